/** Invariant 12: no active key that the rotation issued reaches the limit of `activeUnder()`. */
import { Duration } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { nextTimeOf, play, Scenario } from './limit-player';
import { RotationTrigger } from '../../src';
import { Ages } from '../../src/contract/ages';
import { Action, ACTIONS } from '../../src/contract/events';
import { stableHash } from '../../src/private/hash';
import { agesUnder, MAX_LIMIT_DAYS, MIN_LIMIT_DAYS } from '../../src/schedule/active-under';
import { randomRuns } from '../exhaustive/budget';

const QUARTER = 15 * 60_000;
const HOUR = 4 * QUARTER;
const DAY = 24 * HOUR;
const HOURS = [1, 2, 3, 4, 6, 8, 12, 24, ...[2, 3, 5, 7, 10, 14].map((days) => days * 24)];

type Setting = Pick<Scenario, 'ages' | 'maxDelayDays' | 'crons' | 'checkTimes'> & { readonly interval: number };

/** The ages and checks of a user; undefined if the limit cannot be kept. */
function settingOf(limit: number, hours: number, maxDelayDays = 0, name = 'alice'): Setting | undefined {
  const trigger = RotationTrigger.eventBridgeRules({ checkInterval: Duration.hours(hours) });
  const checkTimes = trigger._checkTimes(stableHash(name))!;
  const ages = agesUnder(limit, maxDelayDays, checkTimes);
  if (!ages) return undefined;
  const crons = Object.fromEntries(
    ACTIONS.map((action) => [action, trigger._scheduleExpression(checkTimes, action, ages)]),
  ) as Record<Action, string>;
  return { ages, maxDelayDays, crons, checkTimes, interval: hours * HOUR };
}

/** The highest age of an active key over all losses of one interval, each from a check on that takes a step. */
function oldestDays(setting: Setting, deployedAt: number, keys: number, runTime: number): number {
  const scenario: Scenario = { ...setting, deployedAt, keys, runTime };
  const undisturbed = play(scenario);
  const losses = [0, ...undisturbed.acted].map((from) =>
    play({ ...scenario, lost: { from, to: from + setting.interval } }),
  );
  return Math.max(...losses.map((played) => played.oldestDays));
}

test('is kept for every quarter hour of the deploy, whichever check is lost, with one check a day', () => {
  const setting = settingOf(90, 24)!;
  expect(setting.ages).toEqual({ create: 73, deactivate: 87, delete: 101 });
  for (let quarter = 0; quarter < 96; quarter++) {
    expect(oldestDays(setting, Date.UTC(2026, 0, 1) + quarter * QUARTER, 4, 20_000)).toBeLessThan(90);
  }
});

test('the least limit that is accepted is the least that any checks can keep', () => {
  const kept = (limit: number) => HOURS.filter((hours) => settingOf(limit, hours));
  expect(kept(MIN_LIMIT_DAYS - 1)).toEqual([]);
  expect(kept(MIN_LIMIT_DAYS)).toEqual([1, 2, 3, 4, 6, 8]);
});

const settings = fc
  .record({
    limit: fc.integer({ min: MIN_LIMIT_DAYS, max: MAX_LIMIT_DAYS }),
    hours: fc.constantFrom(...HOURS),
    maxDelayDays: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 })),
    name: fc.string({ minLength: 1, maxLength: 8 }),
  })
  .map(({ limit, hours, maxDelayDays, name }) => ({ limit, setting: settingOf(limit, hours, maxDelayDays, name) }))
  .filter(({ setting }) => setting !== undefined);

test('is kept for any deploy, interval, phase, delay, limit and lost interval', () => {
  fc.assert(
    fc.property(
      settings,
      fc.integer({ min: 0, max: 4 * 366 * 96 }),
      fc.constantFrom(1_000, 60_000, 4 * 60_000),
      ({ limit, setting }, quarters, runTime) => {
        const deployedAt = Date.UTC(2025, 0, 1) + quarters * QUARTER;
        expect(oldestDays(setting!, deployedAt, 3, runTime)).toBeLessThan(limit);
      },
    ),
    randomRuns(200),
  );
});

test('each step is taken by the check that was announced with the key', () => {
  fc.assert(
    fc.property(
      settings.filter(({ setting }) => setting!.maxDelayDays === 0),
      fc.integer({ min: 0, max: 4 * 366 * 96 }),
      ({ setting }, quarters) => {
        const deployedAt = Date.UTC(2025, 0, 1) + quarters * QUARTER + 30_000;
        expect(play({ ...setting!, deployedAt, keys: 3, runTime: 20_000 }).notAsAnnounced).toEqual([]);
      },
    ),
    randomRuns(600, 1),
  );
});

/** Deploys whose key is due just after a check, in a leap year. */
function* worstDeploys({ ages, crons }: Setting): Generator<number> {
  const from = Date.UTC(2028, 0, 1);
  const next = nextTimeOf(crons.create);
  for (let check = next(from); check < from + 366 * DAY; check = next(check)) {
    yield check - ages.create * DAY + HOUR + 60_000;
  }
}

describe('is kept, and the key is not replaced earlier than that needs', () => {
  test.each([
    [90, 24, 0],
    [90, 12, 0],
    [90, 1, 0],
    [44, 24, 0],
    [7, 24, 0],
    [120, 24, 30],
    [365, 8, 0],
    [90, 48, 0],
    [90, 72, 0],
    [120, 168, 0],
    [365, 336, 14],
  ])('limit of %i days, checks every %i hours, maximum delay of %i days', (limit, hours, maxDelayDays) => {
    const setting = settingOf(limit, hours, maxDelayDays)!;
    const oldest = (candidate: Setting) =>
      Math.max(
        ...[...worstDeploys(candidate)]
          .filter((_, index) => hours > 24 || index < 3)
          .map((at) => oldestDays(candidate, at, 1, 20_000)),
      );
    expect(oldest(setting)).toBeLessThan(limit);
    expect(oldest({ ...setting, ages: later(setting.ages) })).toBeGreaterThanOrEqual(limit);
  });

  function later({ create, deactivate, delete: deleteAt }: Ages): Ages {
    return { create: create + 1, deactivate: deactivate + 1, delete: deleteAt + 1 };
  }
});

test('both periods have 14 days, or the most days that fit into a short limit', () => {
  const of = (limit: number) => Object.values(agesUnder(limit, 0, { first: 0, interval: 24 * 60 })!).join('/');
  expect([90, 46, 44, 20, 7].map(of)).toEqual(['73/87/101', '29/43/57', '28/41/54', '12/17/22', '3/4/5']);
});
