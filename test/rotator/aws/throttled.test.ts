/** A throttled CreateAccessKey is repeated; after every other error it is not. */
import { IAMClient } from '@aws-sdk/client-iam';
import { IamAccessKeys } from '../../../src/rotator/aws/iam';

afterEach(() => jest.restoreAllMocks());

/** Calls CreateAccessKey, which fails with these errors one after the other, and then returns a key. */
async function create(...errors: object[]) {
  const [calls, pauses]: [unknown[], number[]] = [[], []];
  const client = {
    send: async (command: unknown) => {
      calls.push(command);
      const error = errors[calls.length - 1];
      if (error) throw Object.assign(new Error('no'), error);
      return { AccessKey: { AccessKeyId: 'AKIA1', SecretAccessKey: 'secret', CreateDate: new Date(0) } };
    },
  };
  const keys = new IamAccessKeys('alice', undefined as never, client as unknown as IAMClient, async (ms) => {
    pauses.push(ms);
  });
  const result = await keys.create().then(
    ({ keyId }) => keyId,
    (error: Error) => error.message,
  );
  return { calls: calls.length, pauses, result };
}

const throttled = { name: 'Throttling', $metadata: { httpStatusCode: 400 } };

test('a throttled call has created no key and is repeated after a pause', async () => {
  expect(await create(throttled, throttled)).toMatchObject({ calls: 3, result: 'AKIA1' });
});

test('seven attempts, with pauses that double, times a random number', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  expect(await create(...Array(9).fill(throttled))).toEqual({
    calls: 7,
    pauses: [250, 500, 1_000, 2_000, 4_000, 8_000],
    result: 'alice: iam CreateAccessKey failed with Throttling: no',
  });
});

test.each<[string, object]>([
  ['a lost response: a key may exist', { name: 'TimeoutError' }],
  ['a server error of IAM: a key may exist', { name: 'ServiceFailure', $metadata: { httpStatusCode: 500 } }],
  ['throttling with a 5xx status: a key may exist', { name: 'Throttling', $metadata: { httpStatusCode: 503 } }],
  ['another rejection: a retry would not help', { name: 'LimitExceededException', $metadata: { httpStatusCode: 409 } }],
])('not after %s', async (_case, error) => {
  expect(await create(error)).toMatchObject({ calls: 1, pauses: [] });
});
