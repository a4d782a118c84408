/** What AWS refused because of too many calls is repeated, even where nothing else may be. */
import { IAMClient } from '@aws-sdk/client-iam';
import { IamAccessKeys } from '../../../src/rotator/aws/iam';

afterEach(() => jest.restoreAllMocks());

/** CreateAccessKey, answered by these errors one after the other, and then by a key. */
async function create(...errors: object[]) {
  const [calls, pauses]: [unknown[], number[]] = [[], []];
  const once = {
    send: async (command: unknown) => {
      calls.push(command);
      const error = errors[calls.length - 1];
      if (error) throw Object.assign(new Error('no'), error);
      return { AccessKey: { AccessKeyId: 'AKIA1', SecretAccessKey: 'secret', CreateDate: new Date(0) } };
    },
  };
  const keys = new IamAccessKeys('alice', undefined as never, once as unknown as IAMClient, async (ms) => {
    pauses.push(ms);
  });
  const result = await keys.create().then(
    ({ keyId }) => keyId,
    (error: Error) => error.message,
  );
  return { calls: calls.length, pauses, result };
}

const throttled = { name: 'Throttling', $metadata: { httpStatusCode: 400 } };

test('a refusal made no key: the call is repeated after a pause', async () => {
  expect(await create(throttled, throttled)).toMatchObject({ calls: 3, result: 'AKIA1' });
});

test('five times in all, with pauses that double, times a random number', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  expect(await create(...Array(9).fill(throttled))).toEqual({
    calls: 5,
    pauses: [250, 500, 1_000, 2_000],
    result: 'alice: iam CreateAccessKey failed with Throttling: no',
  });
});

test.each<[string, object]>([
  ['a lost answer: it may have made a key', { name: 'TimeoutError' }],
  ['an error of IAM: it may have made a key', { name: 'ServiceFailure', $metadata: { httpStatusCode: 500 } }],
  [
    'throttling that comes with a status of the server, and says nothing for certain',
    { name: 'Throttling', $metadata: { httpStatusCode: 503 } },
  ],
  ['another refusal: it would come again', { name: 'LimitExceededException', $metadata: { httpStatusCode: 409 } }],
])('never after %s', async (_what, error) => {
  expect(await create(error)).toMatchObject({ calls: 1, pauses: [] });
});
