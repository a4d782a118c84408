import { IAMClient } from '@aws-sdk/client-iam';
import { ownerOf } from '../../../src/rotator/aws/iam';
import { KEY_ID } from '../reports';

/** IAM that answers a look-up so, or fails with this code. */
function iam(answer: object | string, status = 400) {
  const sent: unknown[] = [];
  const client = {
    send: async (command: { input: unknown }) => {
      sent.push(command.input);
      if (typeof answer !== 'string') return answer;
      throw Object.assign(new Error('no'), { name: answer, $metadata: { httpStatusCode: status } });
    },
  } as unknown as IAMClient;
  return { client, sent };
}

const noSleep = async () => undefined;

test('IAM says which user has a key, in one call', async () => {
  const { client, sent } = iam({ UserName: 'alice', AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } });
  expect(await ownerOf(KEY_ID, client, noSleep)).toBe('alice');
  expect(sent).toEqual([{ AccessKeyId: KEY_ID }]);
});

test.each(['AccessDenied', 'AccessDeniedException', 'NoSuchEntity', 'NoSuchEntityException'])(
  'after %s, the key is of no user of the rotation',
  async (code) => {
    expect(await ownerOf(KEY_ID, iam(code).client, noSleep)).toBeUndefined();
  },
);

test.each<[string, number]>([
  ['Throttling', 400],
  ['ServiceFailure', 500],
  ['TimeoutError', 0],
])('%s is an error, which names the key', async (code, status) => {
  await expect(ownerOf(KEY_ID, iam(code, status).client, noSleep)).rejects.toThrow(
    `${KEY_ID}: iam GetAccessKeyLastUsed failed with ${code}`,
  );
});
