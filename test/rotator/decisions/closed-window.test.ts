/** A change window binds the steps that scheduled checks take. Now is Monday, 2026-06-01, 12:00 UTC. */
import { WindowSettings } from '../../../src/contract/change-window';
import { announcedStep, overdueDays } from '../../../src/rotator/decisions/deadlines';
import { nextStep } from '../../../src/rotator/decisions/next-step';
import { statusOf } from '../../../src/rotator/decisions/status';
import { RotationRequest } from '../../../src/rotator/domain/user-state';
import { current, fact, inactive, key, previous, stateOf, step, used } from '../decide';
import { request } from '../support';

/** From 13:00 on: now is closed, and the next checks are today at 13:05, 14:35 and 16:05. */
const AFTERNOON: WindowSettings = { hours: [13, 18] };
const CHECKS = { create: '13:05', deactivate: '14:38', delete: '16:11' };
const FREEZE: WindowSettings = { freezes: [{ start: '2026-05-25', end: '2026-06-14', reason: 'a sale' }] };
const OPEN: WindowSettings = { hours: [12, 18] };

const within = (window: WindowSettings): Partial<RotationRequest> => ({
  checkTimes: { first: (window.hours?.[0] ?? 0) * 60 + 5, interval: 24 * 60, window },
});
const due = {
  create: { keys: [key('B', 90)], versions: current('B', 90) },
  deactivate: { keys: [key('A', 104), key('B', 14)], versions: { ...previous('A', 104), ...current('B', 14) } },
  delete: {
    keys: [inactive('A', 118), key('B', 28)],
    versions: { ...previous('A', 118, fact('inactive', 'A', 14)), ...current('B', 28) },
  },
};
const STEPS = { create: 'issue', deactivate: 'deactivate', delete: 'delete' } as const;
const ACTIONS = ['create', 'deactivate', 'delete'] as const;
const stepOf = (action: (typeof ACTIONS)[number], more: Partial<RotationRequest>, ifDue = true) =>
  step(request(action, undefined, ifDue, { reminderDays: [], ...more }), due[action].keys, due[action].versions);

describe.each(ACTIONS)('a check for "%s"', (action) => {
  test('takes its step while the window is open', () => {
    expect(stepOf(action, within(OPEN)).do).toBe(STEPS[action]);
  });

  test('waits for the next check at which it is open', () => {
    expect(stepOf(action, within(AFTERNOON))).toEqual({
      do: 'nothing',
      outcome: 'waiting',
      why: 'a step is due, and the change window is closed',
      until: new Date(`2026-06-01T${CHECKS[action]}:00Z`),
    });
  });

  test('names a freeze, and waits for the first check after it', () => {
    const waits = stepOf(action, within(FREEZE)) as { why: string; until: Date };
    expect(waits.why).toBe('a step is due, and changes are frozen from 2026-05-25 to 2026-06-14 (a sale)');
    expect(waits.until.toISOString()).toContain('2026-06-15T');
  });

  test('that a person requests is not bound to it', () => {
    expect(stepOf(action, within(FREEZE), false).do).toBe(STEPS[action]);
  });
});

test('a step that is not due is announced for an open check', () => {
  const check = request('create', undefined, true, within(FREEZE));
  expect(step(check, [key('B', 85)], current('B', 85))).toMatchObject({
    outcome: 'not-due',
    until: new Date('2026-06-15T00:05:00Z'),
  });
});

describe('what repairs is not bound to the window', () => {
  const frozen = within(FREEZE);

  test('the first key of a user', () => {
    expect(step(request('create', undefined, true, frozen), [], {}).do).toBe('issue');
  });

  test('a revocation, and the key that replaces a leaked one', () => {
    const revoke = request('revoke', undefined, false, { ...frozen, accessKeyId: 'B' });
    expect(step(revoke, [key('B', 5)], current('B', 5))).toMatchObject({ do: 'record' });
    const leaked = current('B', 5, fact('leaked', 'B', 0.1));
    expect(step(request('create', undefined, true, frozen), [key('B', 5)], leaked)).toMatchObject({
      do: 'issue',
      replace: { leaked: 'B' },
    });
  });

  test('a new key for a value that cannot be decrypted', () => {
    const check = request('create', undefined, true, frozen);
    const decryption = { failure: 'AccessDenied' };
    expect(step(check, [key('B', 5)], current('B', 5), { decryption }).do).toBe('issue');
    expect(step(check, [key('B', 95)], current('B', 95), { decryption }).do).toBe('issue');
  });

  test('a roll-back, until the end of the recovery period', () => {
    const rollback = request('rollback', undefined, false, frozen);
    const inactiveFor = (days: number) =>
      step(rollback, due.delete.keys, { ...previous('A', 118, fact('inactive', 'A', days)), ...current('B', 28) });
    expect(inactiveFor(13)).toMatchObject({ do: 'restore', key: { subject: 'A' } });
    expect(inactiveFor(14)).toMatchObject({ outcome: 'refused' });
  });

  test('what a failed run left', () => {
    const left = { ...current('B', 5), v2: [fact('key', 'C', 1), `akr1.claim.run.${'20260531T120000Z'}`] };
    expect(step(request('create', undefined, true, frozen), [key('B', 5), key('C', 1)], left).do).toBe('discard');
  });
});

test('a reminder is sent on its day before the first open check, also if the step was due before', () => {
  const reminded = (action: 'deactivate' | 'delete', end: string) => {
    const window: WindowSettings = { freezes: [{ start: '2026-05-25', end, reason: 'a sale' }] };
    const more = { ...within(window), reminderDays: [7, 2] };
    return step(request(action, undefined, true, more), due[action].keys, due[action].versions);
  };
  expect(reminded('deactivate', '2026-06-06')).toMatchObject({ do: 'remind', before: 'deactivation' });
  expect(reminded('deactivate', '2026-06-20')).toMatchObject({ outcome: 'waiting' });
  expect(reminded('delete', '2026-06-01')).toMatchObject({ do: 'remind', before: 'deletion' });
  expect(reminded('delete', '2026-06-06')).toMatchObject({ outcome: 'waiting' });
});

test('an adopted user with two keys, before its first key: the unused one is retired within the window', () => {
  const keys = [key('X', 400), key('Y', 300)];
  const adopted = { v1: ['AWSCURRENT', fact('adopted', 'X', 14), fact('adopted', 'Y', 14)] };
  const check = (window: WindowSettings) =>
    step(
      request('deactivate', undefined, true, { ...within(window), reminderDays: [], retireExistingKeys: true }),
      keys,
      adopted,
      { uses: { Y: used(0) } },
    );
  expect(check(OPEN)).toMatchObject({ do: 'deactivate', key: { keyId: 'X' } });
  expect(check(FREEZE)).toMatchObject({ outcome: 'waiting' });
});

test('a closed window does not announce a postponement', () => {
  const more = { ...within(AFTERNOON), maxDelayDays: 10, reminderDays: [] };
  const { keys, versions } = due.deactivate;
  expect(step(request('deactivate', undefined, true, more), keys, versions, { uses: { A: used(0) } })).toMatchObject({
    outcome: 'waiting',
  });
});

test('a status names the freezes that are over, so that they are removed', () => {
  const freezes = [
    { start: '2026-05-18', end: '2026-05-31', reason: 'a sale' },
    { start: '2026-06-01', end: '2026-06-02', reason: 'a move' },
  ];
  const state = stateOf([key('B', 30)], current('B', 30));
  const endedWith = (window: WindowSettings) =>
    statusOf(request('status', undefined, false, within(window)), state).endedFreezes;
  expect(endedWith({ freezes })).toEqual(['2026-05-18 to 2026-05-31 (a sale)']);
  expect(endedWith({ freezes: [freezes[1]] })).toBeUndefined();
  expect(endedWith(OPEN)).toBeUndefined();
});

describe('dates', () => {
  const check = (window: WindowSettings) => request('create', undefined, true, within(window));

  test('a step is announced for the first check at which the window is open', () => {
    const { keys, versions } = due.deactivate;
    const state = stateOf(keys, versions);
    const [old, now] = state.keys.map((one) => announcedStep(one, check(FREEZE), state)!.dueAt.toISOString());
    expect(old).toBe('2026-06-15T07:58:00.000Z'); // due today
    expect(now).toBe('2026-08-17T00:05:00.000Z'); // 90 days old since the day before, at noon
  });

  test('a key is replaced by the check of the same local time, also after the change to summer time', () => {
    const createdAt = new Date('2026-01-15T08:05:59Z'); // 9:05 in Berlin
    const berlin: WindowSettings = { hours: [9, 17], timeZone: 'Europe/Berlin' };
    const versions = { v1: ['AWSCURRENT', 'akr1.key.B.20260115T080559Z'] };
    const keys = [{ keyId: 'B', active: true, createdAt }];
    const at = (text: string) =>
      nextStep(check(berlin), { ...stateOf(keys, versions, new Date(text)), decryption: 'possible' });
    expect(at('2026-04-14T07:05:00Z')).toMatchObject({ outcome: 'not-due', until: new Date('2026-04-15T07:05:00Z') });
    expect(at('2026-04-15T07:05:00Z').do).toBe('issue'); // 90 days, less an hour and a minute
  });

  test('a new key is announced for a check after its slot is free', () => {
    const noon: WindowSettings = { weekDays: [1], hours: [12, 13], timeZone: 'Africa/Abidjan' };
    const keys = [inactive('A', 118), key('B', 95)];
    const state = stateOf(keys, { ...previous('A', 118, fact('inactive', 'A', 13)), ...current('B', 95) });
    const [deleted, replaced] = state.keys.map((one) => announcedStep(one, check(noon), state)!.dueAt.toISOString());
    expect([deleted, replaced]).toEqual(['2026-06-08T12:31:00.000Z', '2026-06-15T12:05:00.000Z']);
  });

  test('a step that waits for the window is not overdue', () => {
    const { keys, versions } = due.create;
    expect(overdueDays(check(FREEZE), stateOf(keys, versions))).toBe(0);
    expect(overdueDays(request('create'), stateOf([key('B', 95)], current('B', 95)))).toBe(5);
    expect(overdueDays(check(FREEZE), stateOf([key('B', 95)], current('B', 95)))).toBe(0);
  });

  test('nor is a replacement that waited for the slot of a rejected key, until the first open check', () => {
    const tuesdays: WindowSettings = { weekDays: [2] };
    const slotFreeFor = (days: number) => {
      const versions = { ...previous('A', 30, fact('missing', 'A', days)), ...current('B', 120) };
      return overdueDays(check(tuesdays), stateOf([key('B', 120)], versions));
    };
    // Today is Monday 2026-06-01. The Tuesdays before it are six and thirteen days ago.
    expect([0, 5, 7, 12, 14].map(slotFreeFor)).toEqual([0, 0, 6, 6, 13]);
    expect(overdueDays(check(tuesdays), stateOf([key('B', 120)], current('B', 120)))).toBeGreaterThan(20);
  });

  test('a step is overdue from the first open check on', () => {
    const over: WindowSettings = { freezes: [{ start: '2026-05-20', end: '2026-05-27', reason: 'a sale' }] };
    expect(overdueDays(check(over), stateOf([key('B', 100)], current('B', 100)))).toBe(4); // since 2026-05-28
  });

  test('the old key of a closed window is deleted by its own check, not by the one for a new key', () => {
    const frozenUntilToday: WindowSettings = {
      freezes: [{ start: '2026-05-18', end: '2026-05-31', reason: 'a sale' }],
    };
    const keys = [inactive('A', 140), key('B', 95)];
    const versions = { ...previous('A', 140, fact('inactive', 'A', 26)), ...current('B', 95) };
    expect(step(check(frozenUntilToday), keys, versions)).toMatchObject({ do: 'nothing', outcome: 'waiting' });
    expect(step(request('create'), keys, versions).do).toBe('delete'); // a week late, without a window
  });
});
