/** The keys that no consumer has used for 90 days. */
import { addMs } from '../../../src/rotator/domain/time';
import { oldKeysOf, unusedKeysOf } from '../../../src/rotator/domain/unused-keys';
import { AccessKey, LastUseStatus } from '../../../src/rotator/domain/user-state';
import { ago, current, inactive, key, stateOf } from '../decide';

const used = (at: Date, service = 's3'): LastUseStatus => ({ at, service, region: 'eu-west-1' });
const namesOf = (listed: AccessKey[]) => oldKeysOf('alice', stateOf(listed, {})).map(({ key: { keyId } }) => keyId);

/** Those of the keys that are unused, all with the same last use. */
function unused(listed: AccessKey[], use: LastUseStatus | undefined): string[] {
  const state = stateOf(listed, current('B', 0));
  const lastUse = use && new Map(listed.map(({ keyId }) => [keyId, use]));
  return unusedKeysOf(oldKeysOf('alice', { ...state, lastUse })).map(({ accessKeyId }) => accessKeyId);
}

test('only an active key that was created 90 days ago or longer can be one', () =>
  expect(namesOf([key('A', 90), key('Y', 89.99), inactive('I', 400), key('Z', 400)])).toEqual(['A', 'Z']));

test.each<[string, LastUseStatus | undefined, string[]]>([
  ['never used', 'never', ['A']],
  ['last used more than 90 days ago', used(addMs(ago(90), -1)), ['A']],
  ['last used 90 days ago', used(ago(90)), []],
  ['last used today', used(ago(0)), []],
  ['used only by the verification of the rotation', used(addMs(ago(90), 60_000), 'sts'), ['A']],
  ['used for STS by a consumer', used(addMs(ago(90), 6 * 60_000), 'sts'), []],
  ['with an unknown last use', 'unknown', []],
  ['whose last use was not read', undefined, []],
])('a key of 90 days that is %s: %s', (_what, use, keys) => {
  expect(unused([key('A', 90)], use)).toEqual(keys);
});

test('it has the user, the date and the last use, and whether it is unmanaged', () => {
  const state = stateOf([key('B', 95), key('X', 400)], current('B', 95));
  const lastUse = new Map<string, LastUseStatus>([
    ['B', used(ago(91))],
    ['X', 'never'],
  ]);
  expect(unusedKeysOf(oldKeysOf('alice', { ...state, lastUse }))).toEqual([
    {
      username: 'alice',
      accessKeyId: 'B',
      unmanaged: false,
      createdAt: ago(95),
      lastUse: 'last used 2026-03-02 12:00 UTC for s3 in eu-west-1',
    },
    { username: 'alice', accessKeyId: 'X', unmanaged: true, createdAt: ago(400), lastUse: 'never used' },
  ]);
});
