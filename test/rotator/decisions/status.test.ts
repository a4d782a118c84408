import { statusOf } from '../../../src/rotator/decisions/status';
import { Versions } from '../../../src/rotator/domain/ledger';
import { AccessKey, LastUseStatus, RotationRequest } from '../../../src/rotator/domain/user-state';
import { ago, ahead, current, fact, inactive, key, previous, stateOf, used } from '../decide';
import { manualRequest } from '../support';

const status = (keys: AccessKey[], versions: Versions, uses: Record<string, LastUseStatus> = {}) =>
  statusOf(manualRequest('status'), {
    ...stateOf(keys, versions),
    lastUse: new Map(Object.entries(uses)),
    decryption: 'possible',
  });
const at = (days: number) => ahead(days).toISOString();

test('the current key: its age, its last use, and when it is replaced', () => {
  const { keys, compliant, summary } = status([key('A', 30)], current('A', 30), { A: used(1) });
  expect(keys).toEqual([
    {
      accessKeyId: 'A',
      role: 'current',
      active: true,
      leaked: false,
      createdAt: ago(30).toISOString(),
      ageDays: 30,
      lastUse: 'last used 2026-05-31 12:00 UTC for s3 in eu-west-1',
      next: { action: 'replace', dueAt: at(60), notBefore: true },
    },
  ]);
  expect(compliant).toBe(true);
  expect(summary).toBe('alice: A is current, 30 days old');
});

test('the verification does not count as use', () => {
  const [{ lastUse }] = status([key('A', 30)], current('A', 30), {
    A: { at: ago(30), service: 'sts', region: 'us-east-1' },
  }).keys;
  expect(lastUse).toBe('never used');
});

test('an old key: when it is deactivated, and once it is, when it is deleted', () => {
  const first = status([key('A', 95), key('B', 5)], { ...previous('A', 95), ...current('B', 5) });
  expect(first.keys[0]).toMatchObject({ role: 'previous', next: { action: 'deactivate', dueAt: at(9) } });
  const second = status([inactive('A', 106), key('B', 16)], {
    ...previous('A', 106, fact('inactive', 'A', 2)),
    ...current('B', 16),
  });
  expect(second.keys[0]).toMatchObject({ role: 'previous', active: false, next: { action: 'delete', dueAt: at(12) } });
});

test.each([
  [90, true],
  [91, false],
])('an active key of %d days: compliant is %p', (age, compliant) => {
  const result = status([key('A', age), key('B', 1)], { ...previous('A', age), ...current('B', 1) });
  expect(result.compliant).toBe(compliant);
  expect(result.summary.includes('active for more than 90 days: A')).toBe(!compliant);
});

describe('a date is that of the check that takes the step', () => {
  const daily = { checkTimes: { first: 15 * 60, interval: 24 * 60 } }; // 15:00, 23:00, 07:00 of the next day
  const nextOf = (keys: AccessKey[], versions: Versions, more: Partial<RotationRequest> = {}) =>
    statusOf({ ...manualRequest('status'), ...daily, ...more }, stateOf(keys, versions)).keys.map(({ next }) => next);
  const time = (days: number, hours: number) => new Date(Date.UTC(2026, 5, 1 + days, hours)).toISOString();
  const retiring = (age: number, more: Partial<RotationRequest> = {}) =>
    nextOf([key('A', 90 + age), key('B', age)], { ...previous('A', 90 + age), ...current('B', age) }, more);

  test('the first one when it is due', () => {
    expect(nextOf([key('A', 30)], current('A', 30))).toEqual([{ action: 'replace', dueAt: time(60, 15) }]);
    expect(retiring(5)[0]).toEqual({ action: 'deactivate', dueAt: time(9, 23) });
    const [deletion] = nextOf([inactive('A', 106), key('B', 16)], {
      ...previous('A', 106, fact('inactive', 'A', 2)),
      ...current('B', 16),
    });
    expect(deletion).toEqual({ action: 'delete', dueAt: time(13, 7) });
  });

  test('the next one from now on, if that did not take the step', () => {
    expect(nextOf([key('A', 93)], current('A', 93))).toEqual([{ action: 'replace', dueAt: time(0, 15) }]);
    expect(retiring(17)[0]).toEqual({ action: 'deactivate', dueAt: time(0, 23) });
  });

  test('the last one that a postponement allows, once the deactivation is postponed', () => {
    expect(retiring(5, { maxDelayDays: 20 })[0]).toEqual({ action: 'deactivate', dueAt: time(9, 23) });
    expect(retiring(17, { maxDelayDays: 20 })[0]).toEqual({ action: 'deactivate', dueAt: time(17, 23) });
  });

  test('for a key whose slot is not free: the first one after the old key is deleted', () => {
    expect(retiring(89, { maxDelayDays: 0 })[1]).toEqual({ action: 'replace', dueAt: time(15, 15) });
  });
});

describe('with a limit of its own, a user', () => {
  const limited = (keys: AccessKey[], versions: Versions, limitDays = 60) =>
    statusOf({ ...manualRequest('status'), limitDays }, { ...stateOf(keys, versions), lastUse: new Map() });

  test.each([
    [59.9, true],
    [60, false],
    [75, false],
  ])('has an active key of %d days: compliant is %p', (age, compliant) => {
    const result = limited([key('A', age), key('B', 1)], { ...previous('A', age), ...current('B', 1) });
    expect([result.compliant, result.limitDays]).toEqual([compliant, 60]);
    expect(result.overLimit).toBe(compliant ? undefined : `A for ${age} days, and the limit is 60 days`);
  });

  test('names each key that is too old', () => {
    const result = limited([key('A', 95), key('B', 65)], { ...previous('A', 95), ...current('B', 65) });
    expect(result.overLimit).toBe('A for 95 days, B for 65 days, and the limit is 60 days');
  });

  test('may have a key of more than 90 days, if the limit allows it', () => {
    expect(limited([key('A', 95)], current('A', 95), 120)).toMatchObject({ compliant: true, limitDays: 120 });
  });

  test('is not compliant because of an unmanaged key, which is named as such', () => {
    const result = limited([key('A', 10), key('X', 200)], current('A', 10));
    expect(result.compliant).toBe(false);
    expect(result.summary).toContain('active: X (unmanaged) for 200 days, and the limit is 60 days');
  });
});

test('without a limit, 90 days is what compliant compares with', () => {
  expect(status([key('A', 5)], current('A', 5)).limitDays).toBe(90);
});

test('an inactive key of any age is compliant', () => {
  expect(status([inactive('A', 400), key('B', 1)], { ...previous('A', 400), ...current('B', 1) }).compliant).toBe(true);
});

test.each<[string, AccessKey[], Versions]>([
  [
    'rejected',
    [key('B', 20), key('A', 110)],
    { ...current('A', 110), v2: [fact('key', 'B', 20), fact('rejected', 'B', 1)] },
  ],
  [
    'unpublished',
    [key('B', 0), key('A', 90)],
    { ...current('A', 90), v2: [fact('key', 'B', 0), fact('claim', 'run', 0)] },
  ],
  ['displaced', [key('B', 5), key('A', 90)], { ...current('A', 90), v2: [fact('key', 'B', 5)] }],
  ['adopted', [key('X', 400), key('A', 5)], current('A', 5, fact('adopted', 'X', 5))],
  ['unmanaged', [key('X', 2), key('A', 5)], current('A', 5)],
])('%s', (role, keys, versions) => {
  expect(status(keys, versions).keys[0].role).toBe(role);
});

test('no next step for an unmanaged key, and none while no key is current', () => {
  expect(status([key('X', 2), key('A', 5)], current('A', 5)).keys[0].next).toBeUndefined();
  expect(status([key('X', 2)], {}).keys[0].next).toBeUndefined();
  expect(status([key('X', 2)], {}).summary).toBe('alice: no key of this rotation is current');
});

test('a leaked key of any role is shown as leaked', () => {
  expect(status([key('B', 20)], current('B', 20, fact('leaked', 'B', 0))).keys[0]).toMatchObject({
    role: 'current',
    leaked: true,
  });
});

test('what blocks the rotation, and until when another run locks the user', () => {
  expect(status([inactive('A', 5)], current('A', 5, fact('inactive', 'A', 1)))).toMatchObject({
    blocked: expect.stringContaining('deactivated outside the rotation'),
  });
  expect(status([key('A', 90)], { ...current('A', 90), v2: [fact('claim', 'run', 0)] }).lockedUntil).toBe(
    '2026-06-01T12:15:00.000Z',
  );
  expect(status([key('A', 5)], current('A', 5))).not.toHaveProperty('blocked');
});

test('a displaced key has no next step, unless it was rejected', () => {
  const [displaced] = status([key('B', 20), key('A', 110)], { ...current('A', 110), v2: [fact('key', 'B', 20)] }).keys;
  expect(displaced).toMatchObject({ role: 'displaced' });
  expect(displaced).not.toHaveProperty('next');
  const [rejected] = status([key('B', 20), key('A', 110)], {
    ...current('A', 110),
    v2: [fact('key', 'B', 20), fact('rejected', 'B', 1)],
  }).keys;
  expect(rejected.next).toEqual({ action: 'deactivate', dueAt: at(13), notBefore: true });
});

test('an issued key is previous if the current one is as old or missing', () => {
  expect(status([key('A', 20), key('B', 20)], { ...previous('A', 20), ...current('B', 20) }).keys[0].role).toBe(
    'previous',
  );
  expect(status([key('A', 110)], { ...previous('A', 110), ...current('B', 20) }).keys[0]).toMatchObject({
    role: 'previous',
  });
  expect(status([key('A', 110)], { ...previous('A', 110), ...current('B', 20) }).keys[0]).not.toHaveProperty('next');
});

test('only whole days count, and a last use that was not read is unknown', () => {
  const result = statusOf(manualRequest('status'), stateOf([key('A', 30.99)], current('A', 30.99)));
  expect(result.keys[0]).toMatchObject({
    ageDays: 30,
    lastUse: 'last used at an unknown time (IAM did not return it)',
  });
});

test('all problems, in one line', () => {
  const versions = { v0: ['AWSPREVIOUS', fact('key', 'B', 91), fact('displaced', 'B', 1)], ...current('A', 110) };
  const result = status([key('A', 110), key('B', 91)], versions);
  expect(result.summary).toBe(
    'alice: A is current, 110 days old; active for more than 90 days: A, B;'
      + ' blocked: the current key A is older than B: AWSCURRENT was moved back outside the rotation',
  );
  expect(result.blocked).toMatch(
    /^the current key A is older than B: AWSCURRENT was moved back outside the rotation; to make B current: aws .*; or to retire B: aws .*$/,
  );
  expect(Object.keys(status([key('A', 5)], current('A', 5)))).toEqual([
    'at',
    'summary',
    'keys',
    'compliant',
    'limitDays',
    'overdueDays',
  ]);
});

test('a step that was not performed is overdue, in whole days', () => {
  const late = (age: number) =>
    status([key('A', 90 + age), key('B', age)], { ...previous('A', 90 + age), ...current('B', age) }).overdueDays;
  expect([14, 14.9, 15, 17.5].map(late)).toEqual([0, 0, 1, 3]);
});

test('what blocks a new key is reported when one is due, and not before', () => {
  const withUnmanagedKey = (age: number) =>
    status([key('A', age), key('X', 3)], current('A', age, fact('unmanaged', 'X', 2)));
  expect(withUnmanagedKey(30)).not.toHaveProperty('blocked');
  expect(withUnmanagedKey(90).blocked).toContain('no slot is free for a new key: this rotation does not retire X');
});

test('a pending notification does not hide what blocks', () => {
  const pending = {
    ...previous('A', 110, `${fact('rejected', 'A', 1)}.unnotified`),
    ...current('B', 20, fact('inactive', 'B', 1)),
  };
  expect(status([key('A', 110), inactive('B', 20)], pending).blocked).toContain(
    'the current key B was deactivated outside the rotation',
  );
});

test('a newer key that leaked is a previous key, not a displaced one', () => {
  const { keys } = status([key('A', 95), inactive('B', 5)], {
    v0: ['AWSPREVIOUS', fact('key', 'B', 5), fact('leaked', 'B', 1), fact('inactive', 'B', 1)],
    ...current('A', 95),
  });
  expect(keys[1]).toMatchObject({ role: 'previous', leaked: true, next: { action: 'delete' } });
});

test('a change outside the rotation blocks before a check recorded it', () => {
  const { blocked, summary } = status([inactive('A', 30)], current('A', 30));
  expect(blocked).toContain('the current key A was deactivated outside the rotation');
  expect(summary).toContain('blocked: the current key A was deactivated');
});
