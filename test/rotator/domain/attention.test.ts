/** What a digest finds that needs attention: a digest that is sent only when needed is sent for each of these. */
import { statusOf } from '../../../src/rotator/decisions/status';
import { attentionOf, countsOf, Findings, needsAttention, UserLine } from '../../../src/rotator/domain/attention';
import { Versions } from '../../../src/rotator/domain/ledger';
import { AccessKey, RotationRequest } from '../../../src/rotator/domain/user-state';
import { current, fact, inactive, key, NOW, previous, stateOf } from '../decide';
import { found } from '../digest-findings';
import { HOURLY, manualRequest } from '../support';

const alice = (keys: AccessKey[], versions: Versions, more: Partial<RotationRequest> = {}): UserLine => ({
  username: 'alice',
  status: statusOf(manualRequest('status', { ...HOURLY, ...more }), stateOf(keys, versions)),
});
const inOrder = alice([key('B', 30)], current('B', 30));
const unusedKey = { username: 'alice', accessKeyId: 'B', unmanaged: false, createdAt: NOW, lastUse: 'never used' };

test.each<[string, UserLine, RegExp]>([
  ['a status that could not be read', { username: 'bob', failure: 'no' }, /^status could not be read: no$/],
  [
    'a blocked user',
    alice([inactive('B', 30)], current('B', 30, fact('inactive', 'B', 1))),
    /^blocked: the current key B was deactivated/,
  ],
  [
    'a leaked key that is active',
    alice([key('B', 30)], current('B', 30, fact('leaked', 'B', 0))),
    /^leaked and active: B$/,
  ],
  [
    'an active key that has reached the limit of its user',
    alice([key('B', 60)], current('B', 60), { limitDays: 60 }),
    /^too old and active: B for 60 days, and the limit is 60 days$/,
  ],
  ['a step that is overdue by two days', alice([key('B', 92)], current('B', 92)), /^a step is overdue by 2 days$/],
])('%s needs attention', (_what, line, text) => {
  expect(attentionOf(line)).toEqual([expect.stringMatching(text)]);
  expect(needsAttention(found({ users: [inOrder, line] }))).toBe(true);
});

test.each<[string, Partial<Findings>]>([
  ['a user that was not read', { unreadUsers: 1 }],
  ['an inactive subscription', { inactiveSubscriptions: ['a@example.com has not confirmed'] }],
  ['an unused key', { unusedKeys: [unusedKey] }],
])('%s needs attention', (_what, findings) => {
  expect(needsAttention(found({ users: [inOrder], ...findings }))).toBe(true);
});

test.each<[string, UserLine]>([
  ['a user in order', inOrder],
  ['a new key', alice([key('B', 0)], current('B', 0))],
  ['a step that is overdue by less than two days', alice([key('B', 91.9)], current('B', 91.9))],
  [
    'an old key of more than 90 days in the switch period, without a limit',
    alice([key('A', 100), key('B', 10)], { ...previous('A', 100), ...current('B', 10) }),
  ],
  [
    'an unmanaged key that is left alone and was reported',
    alice([key('B', 30), key('X', 20)], current('B', 30, fact('unmanaged', 'X', 20))),
  ],
  [
    'a leaked key that is inactive',
    alice([inactive('A', 30), key('B', 1)], {
      ...previous('A', 30, fact('leaked', 'A', 1), fact('inactive', 'A', 1)),
      ...current('B', 1),
    }),
  ],
])('%s does not', (_what, line) => {
  expect(attentionOf(line)).toEqual([]);
  expect(needsAttention(found({ users: [line] }))).toBe(false);
});

test('each problem is counted by users, and a user that has several needs attention once', () => {
  const users = [
    inOrder,
    { username: 'bob', failure: 'no' },
    alice([inactive('B', 30)], current('B', 30, fact('inactive', 'B', 1))),
    alice([inactive('B', 30)], current('B', 30, fact('inactive', 'B', 1))),
    alice([key('B', 30)], current('B', 30, fact('leaked', 'B', 0))),
    alice([key('B', 92)], current('B', 92), { limitDays: 60 }),
  ];
  const inactiveSubscriptions = ['a@example.com has not confirmed'];
  expect(countsOf(found({ users, unreadUsers: 3, inactiveSubscriptions, unusedKeys: [unusedKey, unusedKey] }))).toEqual(
    {
      users: 9,
      needAttention: 5,
      unread: 4,
      blocked: 2,
      leaked: 1,
      overLimit: 1,
      overdue: 1,
      inactiveSubscriptions: 1,
      unusedKeys: 2,
    },
  );
});

test('a last use that was not read does not: it would be sent each day where the time is never sufficient', () =>
  expect(needsAttention(found({ users: [inOrder], unreadKeys: 3 }))).toBe(false));
