/** The rules that every schedule keeps, with the words for those that do not. */
import {
  agesProblem,
  DAY,
  DEFAULT_AGES,
  maxDelayProblem,
  reminderProblem,
  recoveryPeriodDays,
  switchPeriodDays,
} from '../../src/contract/ages';
import { TOLERANCE } from '../../src/rotator/domain/time';

test('the ages of every user that says nothing: 14 days to switch, 14 more to go back', () => {
  expect(DEFAULT_AGES).toEqual({ create: 90, deactivate: 104, delete: 118 });
  expect([switchPeriodDays(DEFAULT_AGES), recoveryPeriodDays(DEFAULT_AGES)]).toEqual([14, 14]);
  expect(
    [switchPeriodDays, recoveryPeriodDays].map((grace) => grace({ create: 30, deactivate: 31, delete: 38 })),
  ).toEqual([1, 7]);
});

test('a day has 24 hours, and the tolerance is one of them', () => {
  expect([DAY, TOLERANCE]).toEqual([24 * 60 * 60 * 1000, 60 * 60 * 1000]);
});

test.each([
  [{ create: 3, deactivate: 4, delete: 5 }], // the shortest
  [{ create: 28, deactivate: 41, delete: 55 }], // graces of 27 days, one less than the key lives
  [DEFAULT_AGES],
])('%j can be kept', (ages) => expect(agesProblem(ages)).toBeUndefined());

const SWITCH = 'must come at least a day after "create" (30 days): in that time people switch to the new key';
const BACK = 'must come at least a day after "deactivate" (44 days): in that time the old key can be switched on again';
const FIT =
  'an IAM user holds two keys at most, so the old key must be gone before the next one is due, but "delete" - "create"';

test.each<[unknown, string]>([
  [{ create: '90', deactivate: 104, delete: 118 }, '"create" must be a whole number of days, at least 1, got 90'],
  [
    { create: 90, deactivate: 104.5, delete: 118 },
    '"deactivate" must be a whole number of days, at least 1, got 104.5',
  ],
  [{ create: 0, deactivate: 1, delete: 2 }, '"create" must be a whole number of days, at least 1, got 0'],
  [{ create: 30, deactivate: 44, delete: NaN }, '"delete" must be a whole number of days, at least 1, got NaN'],
  [{ create: 30, deactivate: 30, delete: 44 }, `"deactivate" (30 days) ${SWITCH}`],
  [{ create: 30, deactivate: 29, delete: 44 }, `"deactivate" (29 days) ${SWITCH}`],
  [{ create: 30, deactivate: 44, delete: 44 }, `"delete" (44 days) ${BACK}`],
  [{ create: 30, deactivate: 44, delete: 40 }, `"delete" (40 days) ${BACK}`],
  [
    { create: 28, deactivate: 42, delete: 56 },
    `${FIT} (56 - 28 = 28 days) does not fit into "create" (28 days): shorten the graces, or rotate less often`,
  ],
  [
    { create: 1, deactivate: 2, delete: 3 },
    `${FIT} (3 - 1 = 2 days) does not fit into "create" (1 days): shorten the graces, or rotate less often`,
  ],
])('%j cannot: %s', (ages, problem) => {
  expect(agesProblem(ages as typeof DEFAULT_AGES)).toBe(problem);
});

describe('an old key in use can be held', () => {
  test.each([[0], [1], [61]])('for %d days', (days) => expect(maxDelayProblem(DEFAULT_AGES, days)).toBeUndefined());

  test('no longer than until the next key is due', () => {
    expect(maxDelayProblem(DEFAULT_AGES, 62)).toBe(
      'both grace periods and the time for which an old key in use is held (28 + 62 days) do not fit into "create" (90 days),'
        + ' and then the old key would not be gone when the next one is due: hold it for less, or shorten the graces',
    );
  });

  test('and where it is not held, there is nothing to fit', () => {
    expect(maxDelayProblem({ create: 10, deactivate: 20, delete: 30 }, 0)).toBeUndefined();
  });
});

describe('a reminder comes whole days before a deadline, and within both graces', () => {
  const AGES = { create: 90, deactivate: 104, delete: 111 }; // graces of 14 and 7 days

  test.each([[[]], [[1]], [[6, 1]]])('%j', (days) => expect(reminderProblem(AGES, days)).toBeUndefined());

  test.each([
    [[0], 0],
    [[3, -1], -1],
    [[1.5], 1.5],
    [[7], 7],
    [[1, 13], 13],
  ])('and not %j', (days, wrong) => {
    expect(reminderProblem(AGES, days)).toBe(
      `"reminderDays" has ${wrong}, but a reminder comes a whole number of days before a deadline, at least 1 and less than the shorter grace period (7 days)`,
    );
  });
});
