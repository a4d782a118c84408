/** "revoke" events at bad times and for bad keys, on the in-memory AWS. */
import { DAY } from '../../../src/contract/ages';
import { rotate } from '../../../src/rotator/actions/rotate';
import { ModelAws } from '../../fake-aws/fake-aws';
import { captureLog } from '../capture-log';
import { manualRequest, request } from '../support';

beforeEach(() => captureLog());
afterEach(() => jest.restoreAllMocks());

/** A user with one key, issued a day ago. */
async function rotation() {
  const aws = new ModelAws();
  await rotate(request('create'), aws.tools());
  aws.now = new Date(aws.now.getTime() + DAY);
  const revoke = (accessKeyId: string) => rotate(manualRequest('revoke', { accessKeyId }), aws.tools());
  const state = () => ({ keys: aws.keys, labels: aws.secret.labels });
  const statuses = () => Object.fromEntries([...aws.keys.values()].map(({ keyId, active }) => [keyId, active]));
  return { aws, revoke, state, statuses };
}

/** A run that fails after its claim: it may still be active. */
async function beginIssue(aws: ModelAws): Promise<void> {
  aws.faultAt = (call) => (call === 'PutSecretValue' ? 'crash' : undefined);
  await expect(rotate(manualRequest('create'), aws.tools())).rejects.toThrow();
  aws.faultAt = undefined;
}

test('of a key that is not one of the user is refused, and nothing is changed', async () => {
  const { revoke, state } = await rotation();
  const before = state();
  expect(await revoke('AKIAIOSFODNN7EXAMPLE')).toMatchObject({
    outcome: 'refused',
    message: 'AKIAIOSFODNN7EXAMPLE is not an access key of alice, which has AKIA0001',
  });
  expect(state()).toEqual(before);
});

test('of the only key replaces it', async () => {
  const { aws, revoke, statuses } = await rotation();
  expect(await revoke('AKIA0001')).toMatchObject({ outcome: 'created', accessKeyId: 'AKIA0002' });
  expect(aws.currentKey()).toBe('AKIA0002');
  expect(statuses()).toEqual({ AKIA0001: false, AKIA0002: true });
});

test('twice: the second changes nothing', async () => {
  const { revoke, state } = await rotation();
  await revoke('AKIA0001');
  const before = state();
  expect(await revoke('AKIA0001')).toMatchObject({
    outcome: 'not-due',
    message: 'the leaked key AKIA0001 is inactive, and is deleted after the recovery period',
  });
  expect(state()).toEqual(before);
});

test('twice at once: one replaces the key, and the other does nothing', async () => {
  const { aws, revoke, statuses } = await rotation();
  aws.pause = async () => undefined;
  const outcomes = await Promise.all([revoke('AKIA0001'), revoke('AKIA0001')]);
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['created', 'locked']);
  expect(statuses()).toEqual({ AKIA0001: false, AKIA0002: true });
});

describe('while another run issues a key', () => {
  test('of the current key is recorded, and the next check after that run replaces it', async () => {
    const { aws, revoke, statuses } = await rotation();
    await beginIssue(aws);
    expect(await revoke('AKIA0001')).toMatchObject({ outcome: 'locked', until: expect.any(String) });
    expect(statuses()).toEqual({ AKIA0001: true });
    aws.now = new Date(aws.now.getTime() + DAY / 24);
    await rotate(request('delete'), aws.tools());
    expect(statuses()).toEqual({ AKIA0001: false, AKIA0002: true });
  });

  test('of another key deactivates it at once', async () => {
    const { aws, revoke, statuses } = await rotation();
    await beginIssue(aws);
    aws.now = new Date(aws.now.getTime() + 10 * 60_000); // a key that is created later is not that of the run
    const other = aws.makeKey();
    expect(await revoke(other)).toMatchObject({ outcome: 'deactivated', accessKeyId: other });
    expect(statuses()).toEqual({ AKIA0001: true, [other]: false });
  });
});

describe.each<[string, (call: string) => boolean]>([
  ['IAM', (call) => /AccessKey/.test(call)],
  ['Secrets Manager', (call) => /Secret/.test(call)],
  ['STS', (call) => call === 'GetCallerIdentity'],
])('during an outage of %s', (_service, isDown) => {
  test('is an error and leaves a working key, and after the outage it is done', async () => {
    const { aws, revoke, statuses } = await rotation();
    aws.faultAt = (call) => (isDown(call) ? 'unreachable' : undefined);
    await expect(revoke('AKIA0001')).rejects.toThrow('TimeoutError');
    expect(statuses()).toEqual({ AKIA0001: true });
    expect(aws.currentKey()).toBe('AKIA0001');
    aws.faultAt = undefined;
    await revoke('AKIA0001');
    expect(statuses()).toMatchObject({ AKIA0001: false, [aws.currentKey()!]: true });
  });
});
