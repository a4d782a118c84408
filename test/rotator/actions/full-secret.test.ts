/** Runs on a secret with nearly as many staging labels as it can have. */
import { DAY } from '../../../src/contract/ages';
import { attempt, rotate } from '../../../src/rotator/actions/rotate';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { ModelAws } from '../../fake-aws/fake-aws';
import { FOREVER, hasForgedDate } from '../../fake-aws/forged-dates';
import { withOneKey } from '../one-key';
import { manualRequest, request } from '../support';

const COUNTS = [16, 17, 18, 19, 20];
const revoke = (accessKeyId: string) => manualRequest('revoke', { accessKeyId });

/** In the switch period of the second key. */
async function switching(): Promise<ModelAws> {
  const aws = await withOneKey(90);
  await rotate(request('create'), aws.tools());
  aws.now = new Date(aws.now.getTime() + DAY);
  return aws;
}

/** Until the secret has this many. */
function fill(aws: ModelAws, count: number, labelOf: (index: number) => string): void {
  for (let index = 0; aws.labels().length < count; index++) aws.person.label(labelOf(index));
}
const VOID = (index: number) => `akr1.reminded.X${index}.${FOREVER}`;
const OTHERS = (index: number) => `team-${index}`;

describe.each(COUNTS)('%d labels, of which most are void', (count) => {
  test('"revoke" replaces the current key, and the labels are gone', async () => {
    const aws = await withOneKey(5);
    fill(aws, count, VOID);
    expect(await rotate(revoke('AKIA0001'), aws.tools())).toMatchObject({ outcome: 'created' });
    expect(aws.keys.get('AKIA0001')?.active).toBe(false);
    expect(aws.labels().filter(hasForgedDate)).toEqual([]);
  });

  test('"revoke" deactivates the previous key', async () => {
    const aws = await switching();
    fill(aws, count, VOID);
    expect(await rotate(revoke('AKIA0001'), aws.tools())).toMatchObject({ outcome: 'deactivated' });
    expect(aws.keys.get('AKIA0001')?.active).toBe(false);
  });

  test('without a notification they are removed too where records need the room, and the log names them', async () => {
    const aws = await withOneKey(5);
    fill(aws, count, VOID);
    aws.snsIsDown = true;
    aws.records = [];
    expect(await rotate(revoke('AKIA0001'), aws.tools())).toMatchObject({ outcome: 'created' });
    expect(aws.keys.get('AKIA0001')?.active).toBe(false);
    expect(aws.records.some((line) => 'intervention' in line && line.intervention === 'labels-forged')).toBe(true);
  });
});

describe.each(COUNTS)('%d labels, of which most are of others', (count) => {
  test('"revoke" of the current key replaces it, or creates nothing and names what is in its way', async () => {
    const aws = await withOneKey(5);
    fill(aws, count, OTHERS);
    const result = await rotate(revoke('AKIA0001'), aws.tools());
    expect(result.outcome).toBe(count <= 16 ? 'created' : 'blocked');
    expect(aws.keys.get('AKIA0001')?.active).toBe(count > 16);
    if (count <= 16) return;
    expect(aws.iam.keys.size).toBe(1);
    expect(result.message).toMatch(
      /^the leaked key AKIA0001 is still the current one; the secret alice has \d+ staging/,
    );
    expect(result.message).toContain('to deactivate the leaked key anyway: aws iam update-access-key');
    expect(aws.sent.at(-1)).toMatchObject({ attributes: { event: 'blocked' } });

    aws
      .labels()
      .filter((label) => label.startsWith('team-'))
      .forEach((label) => removeLabel(aws, label));
    expect(await rotate(revoke('AKIA0001'), aws.tools())).toMatchObject({ outcome: 'created' });
    expect(aws.keys.get('AKIA0001')?.active).toBe(false);
  });

  test('"revoke" of the previous key deactivates it, recorded or not', async () => {
    const aws = await switching();
    fill(aws, count, OTHERS);
    const result = await attempt(revoke('AKIA0001'), aws.tools());
    expect(aws.keys.get('AKIA0001')?.active).toBe(false);
    if (count < 20) return;
    expect(result).toMatchObject({
      outcome: 'blocked',
      message: expect.stringMatching(/^the leaked key AKIA0001 is inactive; the secret alice has 20 staging labels/),
    });
    expect(aws.currentKey()).toBe('AKIA0002');
    const { text } = aws.sent.at(-1)!;
    expect(text).toContain('is blocked: the leaked key AKIA0001 is inactive; ');
    expect(text).not.toContain('Nothing was changed');
    expect(text).toContain('The event "revoke" is not: send it again then.');
  });
});

test('a principal that writes void labels without end neither stops a run nor causes more than one report', async () => {
  const aws = await withOneKey(5);
  let written = 0;
  const tools = aws.tools();
  const read: typeof tools.ledger.read = () => {
    aws.person.label(VOID(written++));
    return tools.ledger.read();
  };
  const before = aws.sent.length;
  const result = await rotate(revoke('AKIA0001'), { ...tools, ledger: { ...tools.ledger, read } });
  expect(result).toMatchObject({ outcome: 'created' });
  expect(aws.keys.get('AKIA0001')?.active).toBe(false);
  expect(aws.sent.slice(before).filter(({ attributes }) => attributes.event === 'blocked')).toHaveLength(1);
});

function removeLabel(aws: ModelAws, label: string): void {
  aws.ownSecret().stage(label, undefined, aws.secret.holder(label), aws.now);
}

describe('another principal writes versions in a day until no new one has room', () => {
  /** With other fields beside the key, so that the rotation accepts each of them. */
  function write(aws: ModelAws, upTo: number): void {
    for (let index = 0; aws.versions.size < upTo; index++) aws.person.editFields({ note: index });
  }

  test('"revoke" of the current key creates nothing, names what is in its way, and succeeds a day later', async () => {
    const aws = await withOneKey(5);
    write(aws, 100);
    expect(await rotate(revoke('AKIA0001'), aws.tools())).toMatchObject({
      outcome: 'blocked',
      message: expect.stringMatching(
        /^the leaked key AKIA0001 is still the current one; the secret alice has as many versions .* find in CloudTrail who .*; to deactivate the leaked key anyway: aws iam update-access-key/,
      ),
    });
    expect(aws.iam.keys.size).toBe(1);
    expect(aws.sent.at(-1)).toMatchObject({ attributes: { event: 'blocked' } });

    aws.now = new Date(aws.now.getTime() + DAY + 1);
    expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'created' });
    expect(aws.keys.get('AKIA0001')?.active).toBe(false);
  });

  test('"revoke" of the previous key deactivates it', async () => {
    const aws = await switching();
    write(aws, 100);
    expect(await rotate(revoke('AKIA0001'), aws.tools())).toMatchObject({ outcome: 'deactivated' });
  });

  test('"revoke" with room for its claim only deletes the key that it could not store, and names the same', async () => {
    const aws = await withOneKey(5);
    write(aws, 99);
    for (let times = 0; times < 2; times++) {
      const { outcome, message } = await rotate(revoke('AKIA0001'), aws.tools());
      expect(outcome).toBe('blocked');
      expect(message).toContain('LimitExceededException');
      expect(message).not.toContain('was deleted');
      expect(message).toContain('to deactivate the leaked key anyway: aws iam update-access-key');
      expect(aws.iam.keys.size).toBe(1);
    }
  });

  test('a check reports it', async () => {
    const aws = await withOneKey(5);
    aws.now = new Date(aws.now.getTime() + 90 * DAY);
    write(aws, 100);
    expect(await rotate(request('create'), aws.tools())).toMatchObject({
      outcome: 'blocked',
      message: expect.stringMatching(/^the secret alice has as many versions as Secrets Manager allows, and a new key/),
    });
    expect(aws.sent.at(-1)).toMatchObject({ attributes: { event: 'blocked' } });
  });

  test('the first key of a user fails, so that its deploy does', async () => {
    const aws = new ModelAws();
    const tools = aws.tools();
    const put: typeof tools.ledger.put = async () => {
      throw new AwsCallFailed('secretsmanager PutSecretValue', 'alice', 'LimitExceededException', true, 'too many');
    };
    await expect(rotate(request('create'), { ...tools, ledger: { ...tools.ledger, put } })).rejects.toThrow('too many');
  });
});
