/** Secrets Manager is eventually consistent: a version that a run has just written may not be found yet. */
import { rotate } from '../../../src/rotator/actions/rotate';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { withOwnVersions } from '../../../src/rotator/aws/own-versions';
import { LedgerStore } from '../../../src/rotator/aws/secrets-manager';
import { SecretValue } from '../../../src/rotator/domain/secret-value';
import { ModelAws } from '../../fake-aws/fake-aws';
import { request } from '../support';

jest.mock('../../../src/rotator/aws/log');

type Method = keyof LedgerStore;
const METHODS: readonly Method[] = ['read', 'put', 'value', 'publish', 'addLabel', 'removeLabel'];

/** A ledger of which each call fails this many times, after the first put. */
function ledger(failures: number, { code = 'ResourceNotFoundException', remaining = 300_000, seen = 'v0' } = {}) {
  const [calls, pauses]: [string[], number[]] = [[], []];
  let left = 0;
  const call = (method: Method) => async (): Promise<never> => {
    calls.push(method);
    if (left-- > 0) throw new AwsCallFailed(`secretsmanager ${method}`, 'alice', code, true, 'no');
    return 'v1' as never;
  };
  const store = Object.fromEntries(METHODS.map((method) => [method, call(method)])) as unknown as LedgerStore;
  const wrapped = withOwnVersions(store, {
    sleep: async (ms) => void pauses.push(ms),
    remainingTime: () => remaining - pauses.reduce((sum, ms) => sum + ms, 0),
  });
  const requests: Record<Method, (version: string) => Promise<unknown>> = {
    read: () => wrapped.read(),
    put: () => wrapped.put('token', SecretValue.EMPTY, []),
    value: (version) => wrapped.value(version),
    publish: (version) => wrapped.publish(version, seen),
    addLabel: (version) => wrapped.addLabel('label', version),
    removeLabel: (version) => wrapped.removeLabel({ label: 'label', version }),
  };
  return {
    pauses,
    put: () => wrapped.put('token', SecretValue.EMPTY, []),
    attempt: async (method: Method, version = 'v1') => {
      [calls.length, left] = [0, failures];
      const result = await requests[method](version).then(
        () => 'done',
        (error: AwsCallFailed) => error.code,
      );
      return { result, calls: calls.length };
    },
  };
}

describe.each(METHODS)('%s, right after a put of the same run', (method) => {
  test('is repeated for 15 seconds if the version is not found', async () => {
    const found = ledger(4);
    await found.put();
    expect(await found.attempt(method)).toEqual({ result: 'done', calls: 5 });
    expect(found.pauses).toEqual([1_000, 2_000, 4_000, 8_000]);
    const missing = ledger(5);
    await missing.put();
    expect(await missing.attempt(method)).toEqual({ result: 'ResourceNotFoundException', calls: 5 });
  });

  test('is not repeated after another error, or without the time for the rest of the run', async () => {
    const denied = ledger(1, { code: 'AccessDeniedException' });
    await denied.put();
    expect(await denied.attempt(method)).toEqual({ result: 'AccessDeniedException', calls: 1 });
    const late = ledger(4, { remaining: 47_500 });
    await late.put();
    expect(await late.attempt(method)).toEqual({ result: 'ResourceNotFoundException', calls: 2 });
  });

  test('is not repeated in a run that has written nothing', async () => {
    expect(await ledger(1).attempt(method)).toEqual({ result: 'ResourceNotFoundException', calls: 1 });
  });
});

test.each(['value', 'publish', 'addLabel', 'removeLabel'] as const)(
  '%s of a version that a read showed is not repeated',
  async (method) => {
    const other = ledger(1);
    await other.put();
    expect(await other.attempt(method, 'v2')).toEqual({ result: 'ResourceNotFoundException', calls: 1 });
  },
);

test('the publication of a first key, over the version of the claim, is repeated', async () => {
  const first = ledger(1, { seen: 'v1' });
  await first.put();
  expect(await first.attempt('publish', 'v2')).toEqual({ result: 'done', calls: 2 });
});

test('a key whose version is not found for 12 seconds is published, and not deleted', async () => {
  const aws = new ModelAws();
  const { ledger: store, ...ports } = aws.tools();
  const begin = aws.now.getTime();
  const lagging: LedgerStore = {
    ...store,
    value: async (...args) => {
      if (aws.now.getTime() - begin < 12_000) {
        throw new AwsCallFailed('secretsmanager GetSecretValue', 'alice', 'ResourceNotFoundException', true, 'no');
      }
      return store.value(...args);
    },
  };
  expect(await rotate(request('create'), { ...ports, ledger: lagging })).toMatchObject({ outcome: 'created' });
  expect(aws.history.map(({ what }) => what)).toEqual(['created', 'published']);
});
