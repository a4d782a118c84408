/** KMS keys that do not decrypt or encrypt any more, on the model. test/exhaustive/ has each fault at each call. */
import { DAY, DEFAULT_AGES } from '../../../src/contract/ages';
import { rotate } from '../../../src/rotator/actions/rotate';
import { LedgerStore } from '../../../src/rotator/aws/secrets-manager';
import { ModelAws } from '../../fake-aws/fake-aws';
import { checkSettled, watch } from '../../fake-aws/invariants';
import { manualRequest, request } from '../support';

jest.mock('../../../src/rotator/aws/log');

const START = Date.UTC(2026, 0, 1);

/** A user with keys of these days, and with `deactivate` on day 104. */
async function userWithKeys(...days: number[]): Promise<ModelAws> {
  const aws = new ModelAws();
  watch(aws, DEFAULT_AGES);
  for (const day of days) {
    aws.now = new Date(START + day * DAY);
    await rotate(request(day === 104 ? 'deactivate' : 'create'), aws.tools());
  }
  return after(aws, 5);
}

function after(aws: ModelAws, days: number): ModelAws {
  aws.now = new Date(aws.now.getTime() + days * DAY);
  return aws;
}

const create = (aws: ModelAws) => rotate(request('create'), aws.tools());
const lastMessage = (aws: ModelAws) => aws.sent.at(-1)!;

test('a change of the KMS key that did not encrypt AWSCURRENT again: one new key, with the reason; the old key keeps both periods', async () => {
  const aws = await userWithKeys(0);
  aws.person.changeKmsKey('K2', false);
  aws.person.failKms({ decrypt: ['K1'] });
  expect(await create(aws)).toMatchObject({ outcome: 'created', accessKeyId: 'AKIA0002' });
  expect(lastMessage(aws).attributes.event).toBe('created');
  expect(lastMessage(aws).text).toContain('It was issued before its time: the current value of secret alice');
  expect(lastMessage(aws).text).toContain('Access to KMS is not allowed');
  expect(lastMessage(aws).details.reason).toContain('cannot be decrypted');
  const versions = aws.versions.size;
  for (let day = 1; day <= 13; day++) {
    expect(await create(after(aws, 1))).toMatchObject({ outcome: 'not-due' });
    expect(await rotate(request('deactivate'), aws.tools())).toMatchObject({ outcome: 'not-due' });
  }
  expect(aws.versions.size).toBe(versions);
  expect(await rotate(request('deactivate'), after(aws, 2).tools())).toMatchObject({ accessKeyId: 'AKIA0001' });
  checkSettled(aws);
});

test('AWSCURRENT that was encrypted again is left alone', async () => {
  const aws = await userWithKeys(0);
  aws.person.changeKmsKey('K2', true);
  aws.person.failKms({ decrypt: ['K1'] });
  expect(await create(aws)).toMatchObject({ outcome: 'not-due' });
});

test.each([
  ['neither stores nor decrypts values, with no version', { encrypt: ['K1'], decrypt: ['K1'] }, 0],
  ['stores values and does not decrypt them, with one version', { decrypt: ['K1'] }, 1],
])('a KMS key that %s for each check: blocked, no access key is created', async (_, failures, perCheck) => {
  const aws = await userWithKeys(0);
  aws.person.failKms(failures);
  const before = aws.versions.size;
  for (let day = 1; day <= 3; day++) {
    expect(await create(after(aws, 1))).toMatchObject({ outcome: 'blocked' });
    expect(lastMessage(aws).attributes.event).toBe('blocked');
    expect(lastMessage(aws).details.reason).toContain('no new key can be stored with the KMS key of the secret');
    expect(lastMessage(aws).details.remedy).toContain('deploy another "encryptionKey"');
    expect(aws.versions.size).toBe(before + day * perCheck);
  }
  expect(aws.history.map(({ what }) => what)).toEqual(['created', 'published']);
  aws.person.failKms({});
  expect(await create(after(aws, 1))).toMatchObject({ outcome: 'not-due' });
  checkSettled(aws);
});

test('the same when a new key is due', async () => {
  const aws = after(await userWithKeys(0), 90);
  aws.person.failKms({ decrypt: ['K1'] });
  expect(await create(aws)).toMatchObject({ outcome: 'blocked' });
  expect(aws.keys.size).toBe(1);
});

test('a first key fails: a deploy waits for it', async () => {
  const aws = new ModelAws();
  aws.person.failKms({ decrypt: ['K1'] });
  await expect(create(aws)).rejects.toThrow('Access to KMS is not allowed');
  expect(aws.keys.size).toBe(0);
  checkSettled(aws);
});

test('a policy that is not propagated yet replaces no key: AWSCURRENT is read again before the key is created', async () => {
  const aws = await userWithKeys(0);
  aws.person.failKms({ decrypt: ['K1'] });
  const tools = aws.tools();
  let reads = 0;
  const value: LedgerStore['value'] = async (version) => {
    if (++reads === 2) aws.person.failKms({});
    return tools.ledger.value(version);
  };
  expect(await rotate(request('create'), { ...tools, ledger: { ...tools.ledger, value } })).toMatchObject({
    outcome: 'not-due',
    message: 'the current value could not be decrypted, and can be now',
  });
  expect(aws.keys.size).toBe(1);
  checkSettled(aws);
});

test('a read that fails for another reason is no reason for a new key', async () => {
  const aws = await userWithKeys(0);
  aws.faultAt = (call) => (call === 'GetSecretValue' ? 'rejected' : undefined);
  await expect(create(aws)).rejects.toThrow('Throttling');
  expect(aws.keys.size).toBe(1);
});

test('a roll-back to a version that cannot be decrypted: blocked, with no version and no change', async () => {
  const aws = await userWithKeys(0, 90, 104);
  aws.person.failKms({ decrypt: ['K1'] });
  const before = aws.versions.size;
  const outcome = await rotate(manualRequest('rollback'), aws.tools());
  expect(outcome).toMatchObject({ outcome: 'blocked' });
  expect(outcome.message).toMatch(
    /^AKIA0001 cannot become current again: its value of secret alice \(version \w+, with the key AKIA0001\) cannot be decrypted: /,
  );
  expect(outcome.message).toContain('aws secretsmanager list-secret-version-ids');
  expect(aws.versions.size).toBe(before);
  expect(aws.keys.get('AKIA0001')?.active).toBe(false);
});

test('a leaked current key with such a previous key: a new key replaces it, with its own slot', async () => {
  const aws = await userWithKeys(0, 90);
  watch(aws, DEFAULT_AGES, undefined, (keyId) => keyId === 'AKIA0002');
  aws.person.failKms({ decrypt: ['K1'] });
  aws.ownSecret().kmsKey = 'K2';
  const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0002' });
  expect((await rotate(revoke, aws.tools())).message).toBe('new key AKIA0003 is current, AKIA0002 is deleted');
  expect(aws.currentKey()).toBe('AKIA0003');
});

test('a leaked current key while no value can be stored: blocked, nothing is deleted, with the way out', async () => {
  const aws = await userWithKeys(0, 90);
  watch(aws, DEFAULT_AGES, undefined, (keyId) => keyId === 'AKIA0002');
  aws.person.failKms({ encrypt: ['K1'] });
  const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0002' });
  const { outcome, message } = await rotate(revoke, aws.tools());
  expect(outcome).toBe('blocked');
  expect(message).toMatch(/^the leaked key AKIA0002 is still the current one; no new key can be stored/);
  expect(message).toContain('to deactivate the leaked key anyway: aws iam update-access-key');
  expect(aws.keys.size).toBe(2);
});

test('status and dry run read AWSCURRENT and change nothing', async () => {
  const aws = await userWithKeys(0, 90);
  aws.person.failKms({ decrypt: ['K1'] });
  aws.calls.length = 0;
  expect((await rotate(manualRequest('status'), aws.tools())).status?.blocked).toContain('cannot be decrypted');
  expect((await rotate(request('create', DEFAULT_AGES, true, { dryRun: true }), aws.tools())).outcome).toBe('blocked');
  expect(new Set(aws.calls)).toEqual(
    new Set(['ListAccessKeys', 'DescribeSecret', 'GetAccessKeyLastUsed', 'GetSecretValue']),
  );
});
