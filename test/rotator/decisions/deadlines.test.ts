import { Ages } from '../../../src/contract/ages';
import { deadlineOf, overdueDays } from '../../../src/rotator/decisions/deadlines';
import { Versions } from '../../../src/rotator/domain/ledger';
import { AccessKey, RotationRequest } from '../../../src/rotator/domain/user-state';
import { ago, ahead, current, fact, inactive, key, previous, stateOf } from '../decide';
import { request } from '../support';

const check = request('create');
const deadlines = (keys: AccessKey[], versions: Versions) => {
  const state = stateOf(keys, versions);
  return state.keys.map((one) => deadlineOf(one, check, state));
};
const overdue = (keys: AccessKey[], versions: Versions, more: Partial<RotationRequest> = {}) =>
  overdueDays({ ...check, ...more }, stateOf(keys, versions));

describe('the next step', () => {
  test('the current key is replaced', () => {
    expect(deadlines([key('B', 30)], current('B', 30))).toEqual([{ action: 'replace', dueAt: ahead(60) }]);
  });

  test('an old key is deactivated after the switch period, from the publication of the next one', () => {
    const [old, now] = deadlines([key('A', 95), key('B', 5)], { ...previous('A', 95), ...current('B', 5) });
    expect(old).toEqual({ action: 'deactivate', dueAt: ahead(9) });
    expect(now).toEqual({ action: 'replace', dueAt: ahead(85) });
  });

  test('and deleted after the recovery period, from its record, or without one from its due deactivation', () => {
    const keys = [inactive('A', 110), key('B', 20)];
    expect(deadlines(keys, { ...previous('A', 110, fact('inactive', 'A', 3)), ...current('B', 20) })[0]).toEqual({
      action: 'delete',
      dueAt: ahead(11),
    });
    expect(deadlines(keys, { ...previous('A', 110), ...current('B', 20) })[0]).toEqual({
      action: 'delete',
      dueAt: ahead(8),
    });
  });

  test('after a roll-back, the rejected key is retired, and the current one is replaced after its deletion', () => {
    const versions = { v0: ['AWSPREVIOUS', fact('key', 'B', 20), fact('rejected', 'B', 4)], ...current('A', 110) };
    expect(deadlines([key('A', 110), key('B', 20)], versions)).toEqual([
      { action: 'replace', dueAt: ahead(24) },
      { action: 'deactivate', dueAt: ahead(10) },
    ]);
  });

  test('an adopted key is retired as an old one, an unmanaged key is not', () => {
    const keys = [key('X', 400), key('B', 5)];
    expect(deadlines(keys, current('B', 5, fact('adopted', 'X', 5)))[0]).toEqual({
      action: 'deactivate',
      dueAt: ahead(9),
    });
    expect(deadlines(keys, current('B', 5, fact('unmanaged', 'X', 5)))[0]).toBeUndefined();
    expect(deadlines(keys, current('B', 5))[0]).toBeUndefined();
  });

  test('none for a displaced key, and none while no key is current', () => {
    expect(
      deadlines([key('A', 95), key('B', 5)], {
        ...current('A', 95),
        v2: [fact('key', 'B', 5), fact('displaced', 'B', 1)],
      })[1],
    ).toBeUndefined();
    expect(deadlines([key('A', 95)], { ...previous('A', 95), ...current('B', 5, fact('missing', 'B', 1)) })).toEqual([
      undefined,
    ]);
    expect(deadlines([key('X', 400)], {})).toEqual([undefined]);
  });
});

describe('overdue by whole days', () => {
  test.each([
    [0, 0],
    [89, 0],
    [90, 0],
    [90.9, 0],
    [91, 1],
    [93.5, 3],
    [200, 110],
  ])('a current key of %d days: %d', (age, days) => {
    expect(overdue([key('B', age)], current('B', age))).toBe(days);
  });

  test.each([
    [5, 0],
    [14, 0],
    [14.9, 0],
    [15, 1],
    [20, 6],
  ])('an old key that is active, %d days after its successor: %d', (age, days) => {
    expect(overdue([key('A', 90 + age), key('B', age)], { ...previous('A', 90 + age), ...current('B', age) })).toBe(
      days,
    );
  });

  test.each([
    [5, 0],
    [14, 0],
    [14.9, 0],
    [15, 1],
    [20, 6],
  ])('an old key that is inactive for %d days: %d', (off, days) => {
    expect(
      overdue([inactive('A', 130), key('B', 40)], {
        ...previous('A', 130, fact('inactive', 'A', off)),
        ...current('B', 40),
      }),
    ).toBe(days);
  });

  test('an old inactive key without a record: from the end of both periods', () => {
    const unrecorded = (age: number) =>
      overdue([inactive('A', 90 + age), key('B', age)], { ...previous('A', 90 + age), ...current('B', age) });
    expect([27, 28, 29, 31].map(unrecorded)).toEqual([0, 0, 1, 3]);
  });

  test('of several steps, the most overdue one counts', () => {
    expect(overdue([key('A', 190), key('B', 100)], { ...previous('A', 190), ...current('B', 100) })).toBe(86);
  });

  test('the ages are those of the schedule', () => {
    const ages: Ages = { create: 30, deactivate: 37, delete: 40 };
    expect(overdue([key('B', 35)], current('B', 35), { ages })).toBe(5);
    expect(overdue([key('A', 40), key('B', 10)], { ...previous('A', 40), ...current('B', 10) }, { ages })).toBe(3);
  });

  test('a key with a maximum delay is not overdue before its end', () => {
    const delayed = (age: number) =>
      overdue(
        [key('A', 90 + age), key('B', age)],
        { ...previous('A', 90 + age), ...current('B', age) },
        { maxDelayDays: 10 },
      );
    expect([14, 20, 24, 25, 27].map(delayed)).toEqual([0, 0, 0, 1, 3]);
    // Its recovery period starts with the postponed deactivation.
    const off = (days: number) =>
      overdue(
        [inactive('A', 130), key('B', 40)],
        { ...previous('A', 130, fact('inactive', 'A', days)), ...current('B', 40) },
        { maxDelayDays: 10 },
      );
    expect([14, 16].map(off)).toEqual([0, 2]);
  });

  test('while a rejected key is being retired, the age of the current one does not count', () => {
    const rolledBack = (days: number) =>
      overdue([key('A', 110), key('B', 20)], {
        v0: ['AWSPREVIOUS', fact('key', 'B', 20), fact('rejected', 'B', days)],
        ...current('A', 110),
      });
    expect([0, 14, 15, 17].map(rolledBack)).toEqual([0, 0, 1, 3]);
    const off = (days: number) =>
      overdue([key('A', 130), inactive('B', 40)], {
        v0: ['AWSPREVIOUS', fact('key', 'B', 40), fact('rejected', 'B', 25), fact('inactive', 'B', days)],
        ...current('A', 130),
      });
    expect([11, 14, 16].map(off)).toEqual([0, 0, 2]);
  });

  test('after its deletion, the replacement of the current key is late from the check that found the slot free', () => {
    const deleted = (...more: string[]) =>
      overdue([key('A', 132)], { v0: ['AWSPREVIOUS', fact('key', 'B', 42), ...more], ...current('A', 132) });
    expect(deleted()).toBe(0); // not recorded yet
    expect([0, 0.9, 1, 5].map((days) => deleted(fact('missing', 'B', days)))).toEqual([0, 0, 1, 5]);
    const notDue = { v0: [fact('key', 'B', 20), fact('missing', 'B', 5)], ...current('A', 91) };
    expect(overdue([key('A', 91)], notDue)).toBe(1);
  });

  test('a key that was deleted before the current one was issued delays nothing', () => {
    expect(overdue([key('B', 132)], { ...previous('A', 222), ...current('B', 132) })).toBe(42);
    expect(overdue([key('B', 132)], { ...previous('A', 132), ...current('B', 132) })).toBe(42);
  });

  test('after a reactivation of the current key, the switch period of the old one starts again', () => {
    const since = (days: number) =>
      overdue([key('A', 120), key('B', 30)], {
        ...previous('A', 120),
        ...current('B', 30, fact('current-since', 'B', days)),
      });
    expect([1, 14, 16].map(since)).toEqual([0, 0, 2]);
  });

  test('while the current key is inactive, the old one becomes overdue', () => {
    const broken = (age: number) =>
      overdue([key('A', 90 + age), inactive('B', age)], {
        ...previous('A', 90 + age),
        ...current('B', age, fact('inactive', 'B', 1)),
      });
    expect([10, 14, 17].map(broken)).toEqual([0, 0, 3]);
  });

  test('a missing current key: from its record, with or without other keys', () => {
    const missing = (days: number) =>
      overdue([key('A', 110)], { ...previous('A', 110), ...current('B', 20, fact('missing', 'B', days)) });
    expect([0, 0.9, 1, 5].map(missing)).toEqual([0, 0, 1, 5]);
    expect(overdue([key('A', 110)], { ...previous('A', 110), ...current('B', 20) })).toBe(0); // not recorded yet
    expect(overdue([], current('B', 20, fact('missing', 'B', 3)))).toBe(3);
  });

  test('with a value that another principal wrote, the steps of the newest issued key', () => {
    const overwritten = (age: number) => ({
      v9: ['AWSCURRENT'],
      ...previous('B', age, fact('displaced', 'B', 1)),
      v3: [fact('key', 'A', age + 90)],
    });
    const both = (age: number) => overdue([key('A', age + 90), key('B', age)], overwritten(age));
    expect([1, 10, 14, 17].map(both)).toEqual([0, 0, 0, 3]);
    const alone = (age: number) => overdue([key('B', age)], overwritten(age));
    expect([1, 60, 90, 92].map(alone)).toEqual([0, 0, 0, 2]);
  });

  test('an older key that was made current outside the rotation keeps its age', () => {
    expect(
      overdue([key('A', 97), key('B', 7)], {
        ...current('A', 97),
        v2: [fact('key', 'B', 7), fact('displaced', 'B', 1)],
      }),
    ).toBe(7);
  });

  test('an unmanaged key of any age is not overdue', () => {
    expect(overdue([key('B', 5), key('X', 400)], current('B', 5, fact('unmanaged', 'X', 5)))).toBe(0);
    expect(overdue([key('X', 400)], current('B', 5, fact('missing', 'B', 0), fact('unmanaged', 'X', 5)))).toBe(0);
    expect(
      overdue([key('X', 400)], { v9: ['AWSCURRENT'], v1: [fact('key', 'B', 50), fact('unmanaged', 'X', 5)] }),
    ).toBe(0);
  });

  test('before the first key, the age of the existing keys', () => {
    expect(overdue([key('X', 92)], {})).toBe(2);
    expect(overdue([inactive('X', 400), key('Y', 50)], {})).toBe(0);
    expect(overdue([], {})).toBe(0);
  });

  test('adopted with two keys: both periods until a slot is free for the first key', () => {
    const keys = [key('X', 400), key('Y', 300)];
    const full = (days: number, ...more: string[]) => ({
      v0: ['AWSCURRENT', fact('adopted', 'X', days), fact('adopted', 'Y', days), ...more],
    });
    expect([0, 28, 29, 35].map((days) => overdue(keys, full(days)))).toEqual([0, 0, 1, 7]);
    expect([28, 38, 40].map((days) => overdue(keys, full(days), { maxDelayDays: 10 }))).toEqual([0, 0, 2]);
  });

  test('and the recovery period of a key that was deactivated meanwhile', () => {
    const keys = [key('X', 400), inactive('Y', 300)];
    const full = (days: number, off: number) => ({
      v0: ['AWSCURRENT', fact('adopted', 'X', days), fact('adopted', 'Y', days), fact('inactive', 'Y', off)],
    });
    expect(overdue(keys, full(30, 16))).toBe(2);
    expect(overdue(keys, full(33, 13))).toBe(0);
    expect(overdue(keys, full(36, 16))).toBe(2);
  });
});

test('a state from before the due date is not overdue', () => {
  const state = { ...stateOf([key('B', 90)], current('B', 90)), now: ago(1) };
  expect(overdueDays(check, state)).toBe(0);
});
