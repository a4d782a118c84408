/** IAM rejects a call while it changes the same user for another caller: the call is repeated. */
import { IAMClient } from '@aws-sdk/client-iam';
import { IamAccessKeys, IamOwnerTag } from '../../../src/rotator/aws/iam';

/** An IAM that answers with these errors one after the other, and then with a response. */
function iam(response: object, ...errors: object[]) {
  const [sent, pauses]: [string[], number[]] = [[], []];
  const client = {
    send: async (command: { constructor: { name: string }; middlewareStack: unknown }) => {
      sent.push(command.constructor.name.replace('Command', ''));
      const error = errors[sent.length - 1];
      if (error) throw Object.assign(new Error('no'), error);
      return response;
    },
  } as unknown as IAMClient;
  const sleep = async (ms: number) => void pauses.push(ms);
  return {
    keys: new IamAccessKeys('alice', client, client, sleep),
    tag: new IamOwnerTag('alice', client, sleep),
    sent,
    pauses,
  };
}
type Iam = ReturnType<typeof iam>;

const CALLS: [string, (on: Iam) => Promise<unknown>][] = [
  ['TagUser', ({ tag }) => tag.write('owner')],
  ['UntagUser', ({ tag }) => tag.remove()],
  ['ListUserTags', ({ tag }) => tag.read()],
  ['CreateAccessKey', ({ keys }) => keys.create()],
  ['UpdateAccessKey', ({ keys }) => keys.deactivate('AKIA1')],
  ['DeleteAccessKey', ({ keys }) => keys.delete('AKIA1')],
  ['GetAccessKeyLastUsed', ({ keys }) => keys.lastUse('AKIA1')],
];
const KEY = { AccessKey: { AccessKeyId: 'AKIA1', SecretAccessKey: 'secret', CreateDate: new Date(0) } };
const CONFLICTS = [
  'ConcurrentModification',
  'ConcurrentModificationException',
  'EntityTemporarilyUnmodifiable',
  'EntityTemporarilyUnmodifiableException',
];

describe.each(CONFLICTS)('%s', (name) => {
  const conflict = { name, $metadata: { httpStatusCode: 409 } };

  test.each(CALLS)('of %s is repeated, up to five attempts', async (call, send) => {
    const once = iam(KEY, conflict, conflict);
    await send(once);
    expect(once.sent).toEqual([call, call, call]);
    expect(once.pauses).toHaveLength(2);
    const always = iam(KEY, ...Array(9).fill(conflict));
    await expect(send(always)).rejects.toMatchObject({ code: name });
    expect(always.sent).toHaveLength(5);
  });
});

test.each(CALLS)('%s is not repeated after another conflict', async (_call, send) => {
  const other = iam(KEY, { name: 'LimitExceededException', $metadata: { httpStatusCode: 409 } });
  await expect(send(other)).rejects.toMatchObject({ code: 'LimitExceededException' });
  expect(other.sent).toHaveLength(1);
});

describe('GetAccessKeyLastUsed answers AccessDenied', () => {
  const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
  const asking = (listed: string[]) => {
    const on = iam({}, denied);
    const list = jest.fn(async () => ({
      keys: listed.map((keyId) => ({ keyId, active: true, createdAt: new Date(0) })),
      now: new Date(0),
    }));
    on.keys.list = list;
    return { on, list };
  };

  test('for a key that IAM no longer lists: it was deleted, and has no last use', async () => {
    const { on } = asking(['AKIA2']);
    expect(await on.keys.lastUse('AKIA1')).toBeUndefined();
  });

  test('for a key that IAM lists: a permission is missing, and the call fails', async () => {
    const { on, list } = asking(['AKIA1', 'AKIA2']);
    await expect(on.keys.lastUse('AKIA1')).rejects.toMatchObject({ cause: 'AccessDenied' });
    expect(list).toHaveBeenCalledTimes(1);
  });
});
