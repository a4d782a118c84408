/** Reports of AWS about exposed keys, on the in-memory AWS. */
import { DAY } from '../../../src/contract/ages';
import { rotate } from '../../../src/rotator/actions/rotate';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { BadRequest, Failed } from '../../../src/rotator/domain/failure';
import { CLAIM_LIFETIME } from '../../../src/rotator/domain/ledger';
import { ExposureInvocation, handleExposure } from '../../../src/rotator/handlers/exposure';
import { Message } from '../../../src/rotator/messages/message';
import { ModelAws } from '../../fake-aws/fake-aws';
import { Iam } from '../../fake-aws/iam';
import { captureLog } from '../capture-log';
import { ACCOUNT, attackSequence, exposed, exposedIn2016, finding } from '../reports';
import { CONTEXT, manualRequest, request } from '../support';

afterEach(() => jest.restoreAllMocks());

/** A rotation of alice with her first key, and the notifications since then. */
async function rotation(
  response: 'NOTIFY' | 'REVOKE',
  more: Partial<ExposureInvocation> & { sends?: () => boolean } = {},
) {
  const log = captureLog();
  const aws = new ModelAws(new Iam(16));
  const ports = () => ({ ...aws.tools(), notifications });
  const sent: Message[] = [];
  const notifications = {
    send: async (message: Message) => {
      const works = more.sends?.() ?? true;
      if (works) sent.push(message);
      return works;
    },
  };
  await rotate(request('create'), ports());
  const key = aws.currentKey()!;
  aws.calls.length = log.length = sent.length = 0;
  const lookups: string[] = [];
  const invocation: ExposureInvocation = {
    users: new Map([['alice', {}]]),
    portsFor: ports,
    notifications,
    clock: { sleep: async () => undefined, remainingTime: () => 300_000 },
    context: CONTEXT,
    dryRun: false,
    requestId: 'request',
    response,
    ownerOf: async (keyId) => {
      lookups.push(keyId);
      return aws.keys.has(keyId) ? 'alice' : undefined;
    },
    ...more,
  };
  const handle = (event: object) => handleExposure(event as Record<string, unknown>, invocation);
  const events = () => sent.map(({ attributes }) => attributes.event);
  return { aws, key, sent, events, log, lookups, handle, ports };
}

describe('REVOKE', () => {
  test.each([
    ['of today', exposed],
    ['of 2016', exposedIn2016],
  ])('from the report %s to a new working key, in one invocation', async (_title, report) => {
    const { aws, key, handle, sent } = await rotation('REVOKE');

    const answer = await handle(report(key));

    expect(answer).toContain(`${key} of alice: `);
    expect(aws.keys.get(key)!.active).toBe(false);
    expect(aws.currentKey()).not.toBe(key);
    expect(aws.keys.get(aws.currentKey()!)!.active).toBe(true);
    const [message] = sent.filter(({ attributes }) => attributes.event === 'exposed');
    expect(message).toMatchObject({
      subject: 'alice (111122223333): AWS reports an exposed access key, it was revoked',
      attributes: { username: 'alice', event: 'exposed', accessKeyId: key },
      details: { secret: 'alice', reason: 'AWS_RISK_CREDENTIALS_EXPOSED' },
    });
    expect(message.text).toContain('It was revoked');
    expect(message.text).not.toContain('mallory'); // whom the report names
  });

  test('the same report again, or another one about the key, changes nothing and notifies nobody', async () => {
    const { aws, key, handle, events } = await rotation('REVOKE');
    await handle(exposed(key));
    const [keys, before] = [[...aws.keys.keys()], events()];

    await handle(exposed(key));
    await handle(exposed(key, ACCOUNT, 'AWS_RISK_IAM_QUARANTINE'));
    await handle(finding(key));

    expect([...aws.keys.keys()]).toEqual(keys);
    expect(events()).toEqual(before);
    expect(before.filter((event) => event === 'exposed')).toHaveLength(1);
  });

  test('a revocation that fails is an error, which Lambda repeats, and people are notified once', async () => {
    const { aws, key, handle, events, sent } = await rotation('REVOKE');
    aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'unreachable' : undefined);

    const failed = await handle(exposed(key));
    expect(failed).toBeInstanceOf(Failed);
    expect(sent.at(-1)!.text).toMatch(
      /It is not revoked yet: .*CreateAccessKey.*\n\nWhat to do: revoke the key now: aws lambda invoke/s,
    );

    await handle(exposed(key));
    expect(events().filter((event) => event === 'exposed')).toHaveLength(1);
  });

  test('while another run has a claim, the report is repeated by Lambda, and people are notified once', async () => {
    const { aws, key, handle, events, ports } = await rotation('REVOKE');
    aws.now = new Date(aws.now.getTime() + 2 * DAY);
    aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'unreachable' : undefined);
    await expect(rotate(manualRequest('create'), ports())).rejects.toThrow();
    aws.faultAt = undefined;

    expect(await handle(exposed(key))).toBeInstanceOf(Failed);
    expect(await handle(exposed(key))).toBeInstanceOf(Failed);
    aws.now = new Date(aws.now.getTime() + CLAIM_LIFETIME + 1_000);
    expect(await handle(exposed(key))).toContain(`${key} of alice: `);
    expect(aws.keys.get(key)!.active).toBe(false);
    expect(events().filter((event) => event === 'exposed')).toHaveLength(1);
  });

  test.each([
    ['a finding', finding],
    ['an attack sequence', attackSequence],
  ])('%s of GuardDuty notifies only', async (_title, report) => {
    const { aws, key, handle, sent } = await rotation('REVOKE');
    const event = report(key);
    await handle(event);
    await handle(event);
    expect(aws.keys.get(key)!.active).toBe(true);
    expect(sent.map(({ attributes, details }) => [attributes.event, attributes.accessKeyId, details.reason])).toEqual([
      ['exposed', key, event.detail.type],
    ]);
  });

  test('a report after a finding about the same key is not held back by it', async () => {
    const { key, handle, events } = await rotation('NOTIFY');
    await handle(finding(key));
    await handle(finding(key));
    await handle(exposed(key));
    await handle(finding(key));
    expect(events()).toEqual(['exposed', 'exposed']);
  });

  test('in a dry run, nothing is changed and nobody is notified', async () => {
    const { aws, key, handle, sent, log } = await rotation('REVOKE', { dryRun: true });
    expect(await handle(exposed(key))).toContain('dry run');
    expect(aws.keys.get(key)!.active).toBe(true);
    expect(sent).toEqual([]);
    expect(log.some(({ level, accessKeyId }) => level === 'WARN' && accessKeyId === key)).toBe(true);
  });
});

describe('NOTIFY', () => {
  test('changes no key: the message says what AWS restricts and what not, and the event that revokes the key', async () => {
    const { aws, key, handle, sent } = await rotation('NOTIFY');
    await handle(exposed(key));
    expect([...aws.keys.values()].map(({ active }) => active)).toEqual([true]);
    expect(sent).toHaveLength(1);
    const [{ text, details, subject }] = sent;
    expect(subject).toBe('alice (111122223333): AWS reports an exposed access key');
    expect(text).toContain(`{"action":"revoke","username":"alice","accessKeyId":"${key}"}`);
    expect(details.remedy).toContain('"action":"revoke"');
    expect(text).toMatch(
      /AWSCompromisedKeyQuarantine.*denies managing access keys.*It does not deny reading the secret/s,
    );
  });

  test('an inactive previous key is reported as inactive', async () => {
    const { aws, key, handle, sent, ports } = await rotation('NOTIFY');
    await rotate(manualRequest('revoke', { accessKeyId: key }), ports());
    await handle(exposed(key));
    expect(aws.keys.get(key)!.active).toBe(false);
    expect(sent.at(-1)!.text).toContain('It is inactive.');
  });

  test('a notification that cannot be sent is an error, and the next try sends it', async () => {
    let works = true;
    const { key, handle, events } = await rotation('NOTIFY', { sends: () => works });
    works = false;
    expect(await handle(exposed(key))).toBeInstanceOf(Failed);
    works = true;
    await handle(exposed(key));
    await handle(exposed(key));
    expect(events()).toEqual(['exposed']);
  });
});

describe('keys that are not of this rotation', () => {
  test('an unknown key: one look-up, one line, nothing else', async () => {
    const { aws, handle, log, lookups, sent } = await rotation('REVOKE');
    expect(await handle(exposed('AKIAUNKNOWN000000000'))).toBe(
      'AKIAUNKNOWN000000000 is not a key of a user of this rotation',
    );
    expect(lookups).toEqual(['AKIAUNKNOWN000000000']);
    expect(aws.calls).toEqual([]);
    expect(log).toEqual([expect.objectContaining({ level: 'INFO', accessKeyId: 'AKIAUNKNOWN000000000' })]);
    expect(sent).toEqual([]);
  });

  test('a key of a user that is not deployed, whatever the report says', async () => {
    const { aws, handle, key } = await rotation('REVOKE', { ownerOf: async () => 'mallory' });
    await handle(exposed(key));
    expect(aws.calls).toEqual([]);
  });

  test.each<[string, object]>([
    ['another account', exposed('AKIA0000000000000001', '999988887777')],
    ['another event of AWS Health', exposed('AKIA0000000000000001', ACCOUNT, 'AWS_EC2_OPERATIONAL_ISSUE')],
    ['a report without a key', exposed('none')],
  ])('%s: no call at all, one line', async (_title, event) => {
    const { aws, handle, log, lookups } = await rotation('REVOKE');
    expect(await handle(event)).toContain('is ignored');
    expect([...aws.calls, ...lookups]).toEqual([]);
    expect(log).toEqual([expect.objectContaining({ level: 'INFO', message: expect.stringContaining('is ignored') })]);
  });

  test('an event that AWS does not send is an error of its sender', async () => {
    const { handle } = await rotation('REVOKE');
    await expect(handle({ source: 'aws.health' })).rejects.toThrow(BadRequest);
  });

  test.each<[string, object]>([
    ['a text as account', { account: 'x' }],
    ['an ARN as account', { account: 'arn:aws:iam::999988887777:root' }],
    ['a number as affected account', { affectedAccount: 999988887777 }],
    ['a list of affected accounts', { affectedAccount: [ACCOUNT] }],
    ['an affected account with a space', { affectedAccount: ' 999988887777' }],
  ])('%s: an error, no call, and nothing is revoked', async (_title, { account = ACCOUNT, ...detail }: any) => {
    const { aws, key, handle, lookups } = await rotation('REVOKE');
    const report = exposed(key, account);
    await expect(handle({ ...report, detail: { ...report.detail, ...detail } })).rejects.toThrow(BadRequest);
    expect([...aws.calls, ...lookups]).toEqual([]);
  });
});

test('a report of several keys: the others are handled although one fails, and although one is unknown', async () => {
  const { aws, key, handle, events } = await rotation('REVOKE', {
    ownerOf: async (keyId) => (keyId.endsWith('1') ? 'alice' : undefined),
  });
  const event = exposed('AKIAUNKNOWN000000000');
  const entities = ['AKIAGONE000000000001', key].map((entityValue) => ({ entityValue }));
  await handle({ ...event, detail: { ...event.detail, affectedEntities: entities } });
  expect(aws.keys.get(key)!.active).toBe(false);
  expect(events()).toContain('exposed');
});

test('a thousand reports at once: one look-up each, and one notification of the key that is known', async () => {
  const { aws, key, handle, events, lookups } = await rotation('REVOKE');
  const ids = [...Array(999).keys()].map((index) => `AKIAOTHER${String(index).padStart(11, '0')}`);
  await Promise.all([...ids, key].map((keyId) => handle(exposed(keyId))));
  expect(lookups).toHaveLength(1000);
  expect(aws.keys.get(key)!.active).toBe(false);
  expect(events().filter((event) => event === 'exposed')).toHaveLength(1);
});

test('a report of more keys than the run has time for is repeated by Lambda', async () => {
  const { handle } = await rotation('REVOKE', { clock: { sleep: async () => undefined, remainingTime: () => 1_000 } });
  const failed = (await handle(exposed('AKIAUNKNOWN000000000'))) as Failed;
  expect(failed.error).toMatchObject({ cause: 'InsufficientTime' });
});

test('a look-up that fails is an error', async () => {
  const { handle } = await rotation('REVOKE', {
    ownerOf: async () => {
      throw new AwsCallFailed('iam GetAccessKeyLastUsed', 'x', 'Throttling', true, 'rate exceeded');
    },
  });
  await expect(handle(exposed())).rejects.toThrow('Throttling');
});
