/** Records that only another principal can have written, with a date in the past: what they say is false. */
import { DAY } from '../../../src/contract/ages';
import { rotate } from '../../../src/rotator/actions/rotate';
import { ModelAws } from '../../fake-aws/fake-aws';
import { withOneKey } from '../one-key';
import { manualRequest, request } from '../support';

const time = (at: Date) => `${at.toJSON()}`.replace(/[-:]|\.\d+/g, '');
const events = (aws: ModelAws, from: number) => aws.sent.slice(from).map(({ attributes }) => attributes.event);

describe('`removed`, for a user that the rotation still has', () => {
  const forge = (aws: ModelAws, minutes: number) =>
    aws.person.label(`akr1.removed.abcd1234.${time(new Date(aws.now.getTime() + minutes * 60_000))}`);

  test.each([-90 * 24 * 60, -6 * 60, 0, 5])(
    'of a moment %d minutes from now, is reported by each check once no late request can arrive, and by the status at once',
    async (minutes) => {
      const aws = await withOneKey(5);
      forge(aws, minutes);
      expect(await rotate(manualRequest('status'), aws.tools())).toMatchObject({
        status: { blocked: expect.stringContaining('CloudFormation removed this user from the rotation') },
      });
      aws.now = new Date(aws.now.getTime() + (minutes > -360 ? 7 * 3_600_000 : 0));
      const before = aws.sent.length;
      for (const action of ['create', 'deactivate', 'delete'] as const) {
        expect(await rotate(request(action), aws.tools())).toMatchObject({
          outcome: 'blocked',
          message: expect.stringContaining('but the rotation still has the user; if the secret belongs'),
        });
      }
      expect(events(aws, before)).toEqual(['blocked', 'blocked', 'blocked']);
    },
  );

  test('does not stop "revoke": the leaked key is inactive, the answer says why no key follows, and people know', async () => {
    const aws = await withOneKey(5);
    forge(aws, 0);
    const before = aws.sent.length;
    const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0001' });
    expect(await rotate(revoke, aws.tools())).toMatchObject({
      outcome: 'blocked',
      message: expect.stringMatching(
        /^the leaked key AKIA0001 is inactive; CloudFormation removed this user .*, so no new key replaces it; if the secret/,
      ),
    });
    expect(aws.keys.get('AKIA0001')?.active).toBe(false);
    expect(events(aws, before)).toEqual(['blocked']);

    const [label] = aws.labels().filter((name) => name.includes('.removed.'));
    aws.ownSecret().stage(label, undefined, aws.secret.holder(label), aws.now);
    expect(await rotate(revoke, aws.tools())).toMatchObject({ outcome: 'created', accessKeyId: 'AKIA0002' });
  });
});

describe('`copy`, on a value that another principal wrote', () => {
  const secretOf = (aws: ModelAws) =>
    JSON.parse(aws.versions.get(aws.versionOf('AKIA0001')!)!.value) as Record<string, string>;

  async function forged(value: (own: Record<string, string>) => object): Promise<ModelAws> {
    const aws = await withOneKey(5);
    const label = aws.labels().find((name) => name.startsWith('akr1.key.'))!;
    aws.person.overwrite(JSON.stringify(value(secretOf(aws))));
    aws.person.label(label.replace('.key.', '.copy.'));
    return aws;
  }

  test.each<[string, (own: Record<string, string>) => object]>([
    ['another key', () => ({ AccessKey: 'AKIAMALLORY', SecretKey: 'x' })],
    ['another key, and the ID elsewhere', () => ({ AccessKey: 'AKIAMALLORY', SecretKey: 'x', note: 'AKIA0001' })],
    ['the ID with another secret access key', ({ AccessKey }) => ({ AccessKey, SecretKey: 'x' })],
    ['no key', () => ({ mine: true })],
  ])('that holds %s, is removed, and the value is reported as that of another principal', async (_what, value) => {
    const aws = await forged(value);
    const before = aws.sent.length;
    expect(await rotate(request('create'), aws.tools())).toMatchObject({
      outcome: 'blocked',
      message: expect.stringContaining('was not written by this rotation'),
    });
    expect(events(aws, before)).toContain('blocked');
    expect(aws.labels().filter((label) => label.includes('.copy.'))).toEqual([]);
  });

  test.each<[string, (own: Record<string, string>) => object]>([
    ['with another field', (own) => ({ ...own, host: 'db' })],
    [
      'under the names of its fields before a deploy',
      ({ AccessKey, SecretKey }) => ({ id: AccessKey, key: SecretKey }),
    ],
  ])('that holds the key %s, stays', async (_what, value) => {
    const aws = await forged(value);
    expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
    expect(aws.labels().filter((label) => label.includes('.copy.'))).toHaveLength(1);
  });
});

describe('`key`, beside the true `copy` of a value that the owner of the secret edited', () => {
  /** AWSCURRENT is on a version of a person, which the rotation has accepted. */
  async function edited(): Promise<ModelAws> {
    const aws = await withOneKey(5);
    aws.person.editFields({ note: 1 });
    await rotate(request('create'), aws.tools());
    expect(aws.labels().filter((label) => label.startsWith('akr1.copy.AKIA0001.'))).toHaveLength(1);
    return aws;
  }
  const dates = ['20260101T000000Z', '20260104T000000Z'];

  test.each(dates.flatMap((date) => ['AKIAFORGED', 'AKIA0001'].map((keyId) => [keyId, date])))(
    'of %s, dated %s: it is removed with a notification, and checks, status and "revoke" go on',
    async (keyId, date) => {
      const aws = await edited();
      const label = `akr1.key.${keyId}.${date}`;
      if (aws.labels().includes(label)) return; // the true one, which stays where it is
      aws.person.label(label);
      const revoked = aws.clone();
      expect(await rotate(manualRequest('status'), aws.tools())).toMatchObject({ outcome: 'status' });
      expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
      expect(aws.labels()).not.toContain(label);
      expect(aws.sent.at(-1)).toMatchObject({ attributes: { event: 'blocked' } });

      const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0001' });
      expect(await rotate(revoke, revoked.tools())).toMatchObject({ outcome: 'created' });
      expect(revoked.keys.get('AKIA0001')?.active).toBe(false);
    },
  );

  test('of a key that a person made, on a version of the rotation: nothing is deactivated', async () => {
    const aws = await edited();
    // A version of the rotation with a copy: a run kept the fields of the owner.
    const version = 'e3b0c44298fc1c149afbf4c8996fb924';
    const value = aws.versions.get(aws.secret.holder('AWSCURRENT')!)!.value;
    const copy = aws.labels().find((label) => label.startsWith('akr1.copy.'))!;
    aws.ownSecret().put(version, value, ['AWSCURRENT'], aws.now);
    aws.ownSecret().stage(copy, version, aws.secret.holder(copy), aws.now);
    const other = aws.makeKey();
    aws.person.label(`akr1.key.${other}.${time(aws.keys.get(other)!.createdAt)}`);
    aws.now = new Date(aws.now.getTime() + 20 * DAY);
    expect(await rotate(request('deactivate'), aws.tools())).toMatchObject({ outcome: 'blocked' });
    expect(aws.keys.get('AKIA0001')?.active).toBe(true);
  });

  test('of the current key, with an earlier date: the value of the owner is accepted, and the run ends', async () => {
    const aws = await withOneKey(5);
    const label = aws.labels().find((name) => name.startsWith('akr1.key.'))!;
    const version = aws.secret.holder(label)!;
    aws.ownSecret().stage(label, undefined, version, aws.now);
    aws.ownSecret().stage('akr1.key.AKIA0001.20200101T000000Z', version, undefined, aws.now);
    aws.person.editFields({ note: 1 });
    expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
    const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0001' });
    expect(await rotate(revoke, aws.tools())).toMatchObject({ outcome: 'created' });
  });
});
