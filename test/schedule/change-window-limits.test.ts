/** With a change window, the limits of a schedule still hold, and each step is taken when it was announced. */
import * as fc from 'fast-check';
import { play, Scenario } from './limit-player';
import { Ages, DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { closedReason, WindowSettings } from '../../src/contract/change-window';
import { Action, ACTIONS } from '../../src/contract/events';
import { stableHash } from '../../src/private/hash';
import { agesUnder, limitProblem } from '../../src/schedule/active-under';
import { closedDaysProblem, longestClosedDays } from '../../src/schedule/closed-days';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';
import { skipsChecks } from '../../src/schedule/summer-time';

const START = Date.UTC(2026, 0, 1);
const date = (day: number) => new Date(START + day * DAY).toISOString().slice(0, 10);
const MONDAY_TO_FRIDAY = [1, 2, 3, 4, 5];

type Setting = Pick<Scenario, 'maxDelayDays' | 'crons' | 'ages'> & Required<Pick<Scenario, 'checkTimes'>>;

function settingOf(ages: Ages, window: WindowSettings, name = 'alice', maxDelayDays = 0): Setting {
  const trigger = RotationTrigger.eventBridgeScheduler();
  const checkTimes = trigger._checkTimes(stableHash(name), window)!;
  const crons = ACTIONS.map((action) => [action, trigger._scheduleExpression(checkTimes, action, ages)]);
  return { ages, maxDelayDays, crons: Object.fromEntries(crons) as Record<Action, string>, checkTimes };
}

const SCHEDULES: Ages[] = [
  DEFAULT_AGES,
  { create: 30, deactivate: 37, delete: 44 },
  { create: 365, deactivate: 379, delete: 393 },
];

const windows: fc.Arbitrary<WindowSettings> = fc.record(
  {
    weekDays: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
    hours: fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 1, max: 24 }))
      .filter(([start, end]) => start < end),
    timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'),
    freezes: fc
      .array(fc.tuple(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 0, max: 30 })), { minLength: 1, maxLength: 4 })
      .map((gaps) => {
        let day = 0;
        return gaps.map(([gap, length]) => {
          const start = day + gap;
          day = start + length;
          return { start: date(start), end: date(day), reason: 'a sale' };
        });
      }),
  },
  { requiredKeys: [] },
);

/** Near the freezes, and in summer and winter. */
const deploys = fc.integer({ min: -400 * 96, max: 400 * 96 }).map((quarters) => START + quarters * (DAY / 96) + 30_000);

test('each step is taken while the window is open, by the check that was announced with the key', () => {
  const settings = fc
    .record({ ages: fc.constantFrom(...SCHEDULES), window: windows, name: fc.string({ minLength: 1, maxLength: 8 }) })
    .filter(({ ages, window }) => closedDaysProblem(ages, 0, window) === undefined);
  fc.assert(
    fc.property(settings, deploys, ({ ages, window, name }, deployedAt) => {
      const { acted, notAsAnnounced } = play({
        ...settingOf(ages, window, name),
        deployedAt,
        keys: 3,
        runTime: 20_000,
      });
      expect(acted.filter((at) => closedReason(window, at + 20_000) !== undefined)).toEqual([]);
      expect(notAsAnnounced).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('activeUnder() is kept with any window, delay and lost interval', () => {
  const settings = fc
    .record({
      limit: fc.integer({ min: 20, max: 365 }),
      maxDelayDays: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 })),
      window: windows,
      name: fc.string({ minLength: 1, maxLength: 8 }),
    })
    .filter(({ window }) => !skipsChecks(window))
    .map(({ limit, maxDelayDays, window, name }) => {
      const times = RotationTrigger.eventBridgeScheduler()._checkTimes(stableHash(name), window)!;
      const ages = agesUnder(limit, maxDelayDays, times);
      return { limit, setting: ages && settingOf(ages, window, name, maxDelayDays) };
    })
    .filter(({ setting }) => setting !== undefined);
  fc.assert(
    fc.property(settings, deploys, ({ limit, setting }, deployedAt) => {
      const scenario: Scenario = { ...setting!, deployedAt, keys: 2, runTime: 20_000 };
      const losses = [0, ...play(scenario).acted].map((from) => play({ ...scenario, lost: { from, to: from + DAY } }));
      expect(Math.max(...losses.map(({ oldestDays }) => oldestDays))).toBeLessThan(limit);
    }),
    { numRuns: 40 },
  );
});

describe('activeUnder(90 days)', () => {
  const agesIn = (window: WindowSettings) =>
    Object.values(agesUnder(90, 0, RotationTrigger.eventBridgeScheduler()._checkTimes(0, window)!)!).join('/');

  test.each<[string, WindowSettings, string]>([
    ['on working days', { weekDays: MONDAY_TO_FRIDAY }, '71/85/99'],
    [
      'with a freeze of two weeks',
      { freezes: [{ start: '2026-12-20', end: '2027-01-02', reason: 'a sale' }] },
      '59/73/87',
    ],
  ])('%s: %j makes the ages %s', (_, window, ages) => {
    expect(agesIn(window)).toBe(ages);
  });

  test('is not replaced earlier than that needs: a day later, a key can reach the limit', () => {
    const window = { weekDays: MONDAY_TO_FRIDAY };
    const oldest = (later: number) => {
      const [create, deactivate, deleteAt] = agesIn(window)
        .split('/')
        .map((days) => Number(days) + later);
      const setting = settingOf({ create, deactivate, delete: deleteAt }, window);
      const played = [...Array(7 * 24).keys()].flatMap((hour) => {
        const scenario: Scenario = {
          ...setting,
          deployedAt: START + hour * (DAY / 24) + 120_000,
          keys: 1,
          runTime: 20_000,
        };
        return play(scenario).acted.map((from) => play({ ...scenario, lost: { from, to: from + DAY } }).oldestDays);
      });
      return Math.max(...played);
    };
    expect(oldest(0)).toBeLessThan(90);
    expect(oldest(1)).toBeGreaterThan(89); // the worst minute of a day is between two hours
  });
});

describe('closed days', () => {
  test.each<[number, WindowSettings]>([
    [0, { hours: [9, 17] }],
    [2, { weekDays: MONDAY_TO_FRIDAY }],
    [6, { weekDays: [3] }],
    [14, { freezes: [{ start: '2026-12-20', end: '2027-01-02', reason: 'a sale' }] }],
    // with the weekends before and after it
    [16, { weekDays: MONDAY_TO_FRIDAY, freezes: [{ start: '2026-12-21', end: '2027-01-01', reason: 'a sale' }] }],
  ])('%i in a row: %j', (days, window) =>
    expect(longestClosedDays(window)).toBe(days + (days === 14 && window.weekDays ? 2 : 0)),
  );

  test('that do not fit would delay the next key: its old key is still there', () => {
    const ages: Ages = { create: 40, deactivate: 54, delete: 68 };
    const freeze = (length: number) => ({
      freezes: [{ start: '2026-03-01', end: date(58 + length), reason: 'a sale' }],
    });
    expect(closedDaysProblem(ages, 0, freeze(11))).toBeUndefined();
    expect(closedDaysProblem(ages, 0, freeze(12))).toBe(
      '"changeWindow" is closed for up to 12 days in a row, so the old key can be deleted 40 days after its replacement, when'
        + ' the next key is due after 40 days: the switch period and the recovery period (14 + 14 days) and the closed days'
        + ' before each step must fit into "create" (40 days).'
        + ' Shorten the freezes or the periods, open the window on more days, or rotate less often',
    );
    const eachDay = [...Array(80).keys()].map((day) => START + day * DAY - 40 * DAY + 60_000);
    const late = (length: number) =>
      eachDay.flatMap(
        (deployedAt) =>
          play({ ...settingOf(ages, freeze(length)), deployedAt, keys: 3, runTime: 20_000 }).notAsAnnounced,
      );
    expect(late(11)).toEqual([]);
    expect(late(13).length).toBeGreaterThan(0);
  });

  test('count with the maximum delay', () => {
    const window = { weekDays: [1] };
    expect(closedDaysProblem(DEFAULT_AGES, 50, window)).toBeUndefined();
    expect(closedDaysProblem(DEFAULT_AGES, 60, window)).toContain('the maximum delay (60 days)');
  });
});

test('a limit that no ages keep: the error has the closed days, and what is possible', () => {
  const window = { freezes: [{ start: '2026-12-01', end: '2027-01-31', reason: 'a sale' }] };
  const times = RotationTrigger.eventBridgeScheduler()._checkTimes(0, window)!;
  expect(limitProblem(90, 0, times)).toBe(
    'an active key can reach 90 days, the limit of its schedule, with checks every day in a "changeWindow" that is closed for'
      + ' up to 62 days in a row: the old key must be deactivated before the limit and deleted before the next key is due,'
      + ' even if one check interval is lost. Use a limit of Duration.days(131) or more, or a "changeWindow" with fewer closed days',
  );
});
