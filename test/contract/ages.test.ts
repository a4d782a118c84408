/** The rules for the ages of a schedule, and their error messages. */
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

test('the default ages have a switch period and a recovery period of 14 days each', () => {
  expect(DEFAULT_AGES).toEqual({ create: 90, deactivate: 104, delete: 118 });
  expect([switchPeriodDays(DEFAULT_AGES), recoveryPeriodDays(DEFAULT_AGES)]).toEqual([14, 14]);
  expect(
    [switchPeriodDays, recoveryPeriodDays].map((days) => days({ create: 30, deactivate: 31, delete: 38 })),
  ).toEqual([1, 7]);
});

test('a day has 24 hours, and the tolerance is one of them', () => {
  expect([DAY, TOLERANCE]).toEqual([24 * 60 * 60 * 1000, 60 * 60 * 1000]);
});

test.each([
  [{ create: 3, deactivate: 4, delete: 5 }], // the shortest
  [{ create: 28, deactivate: 41, delete: 55 }], // periods of 27 days in total, one less than "create"
  [DEFAULT_AGES],
])('%j is valid', (ages) => expect(agesProblem(ages)).toBeUndefined());

const WHOLE = 'but must be a whole number of days, at least 1: use whole days';
const SWITCH =
  'must come at least a day after "create" (30 days): raise it, so that people have time to switch to the new key.'
  + ' Ages count from the creation of the key, not from the step before';
const RECOVERY =
  'must come at least a day after "deactivate" (44 days): raise it, so that the old key can be activated again for some time';
const FIT =
  'an IAM user can have two access keys, so the old key must be deleted before the next key is due, but "delete" - "create"';

test.each<[unknown, string]>([
  [{ create: '90', deactivate: 104, delete: 118 }, `"create" is "90", ${WHOLE}`],
  [{ create: 90, deactivate: 104.5, delete: 118 }, `"deactivate" is 104.5 days, ${WHOLE}`],
  [{ create: 0, deactivate: 1, delete: 2 }, `"create" is 0 days, ${WHOLE}`],
  [{ create: 30, deactivate: 44, delete: NaN }, `"delete" is NaN days, ${WHOLE}`],
  [{ create: 30, deactivate: 30, delete: 44 }, `"deactivate" (30 days) ${SWITCH}`],
  [{ create: 30, deactivate: 29, delete: 44 }, `"deactivate" (29 days) ${SWITCH}`],
  [{ create: 30, deactivate: 44, delete: 44 }, `"delete" (44 days) ${RECOVERY}`],
  [{ create: 30, deactivate: 44, delete: 40 }, `"delete" (40 days) ${RECOVERY}`],
  [
    { create: 28, deactivate: 42, delete: 56 },
    `${FIT} (56 - 28 = 28 days) does not fit into "create" (28 days): shorten the periods, or rotate less often`,
  ],
  [
    { create: 1, deactivate: 2, delete: 3 },
    `${FIT} (3 - 1 = 2 days) does not fit into "create" (1 days): shorten the periods, or rotate less often`,
  ],
])('%j is not valid: %s', (ages, problem) => {
  expect(agesProblem(ages as typeof DEFAULT_AGES)).toBe(problem);
});

describe('the deactivation of a key in use can be postponed', () => {
  test.each([[0], [1], [61]])('for %d days', (days) => expect(maxDelayProblem(DEFAULT_AGES, days)).toBeUndefined());

  test('but not until the next key is due', () => {
    expect(maxDelayProblem(DEFAULT_AGES, 62)).toBe(
      '"maxDelay" is 62 days, but both periods and the delay (28 + 62 days) do not fit into "create" (90 days):'
        + ' shorten the delay or the periods, so that the old key is deleted before the next key is due',
    );
  });

  test('without a delay, every schedule is valid', () => {
    expect(maxDelayProblem({ create: 10, deactivate: 20, delete: 30 }, 0)).toBeUndefined();
  });
});

describe('a reminder is due whole days before a deadline, within both periods', () => {
  const AGES = { create: 90, deactivate: 104, delete: 111 }; // periods of 14 and 7 days

  test.each([[[]], [[1]], [[6, 1]]])('%j', (days) => expect(reminderProblem(AGES, days)).toBeUndefined());

  test.each([
    [[0], 0],
    [[3, -1], -1],
    [[1.5], 1.5],
    [[7], 7],
    [[1, 13], 13],
  ])('not %j', (days, wrong) => {
    expect(reminderProblem(AGES, days)).toBe(
      `"reminderDays" has ${wrong}, but each entry must be a whole number of days, at least 1 and less than the shorter period (7 days): change or remove it`,
    );
  });
});
