/** When checks may change keys: days, hours, time zones and freezes. */
import * as fc from 'fast-check';
import { closedReason, dayOf, pastFreezes, WindowSettings } from '../../src/contract/change-window';
import { checkTimesOf, cronOf, minutesBetweenActions, nextCheck } from '../../src/contract/check-times';
import { ACTIONS } from '../../src/contract/events';
import { fromLocal, toLocal } from '../../src/contract/time-zone';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY_TO_FRIDAY = [1, 2, 3, 4, 5];
const at = (text: string) => Date.parse(text);

/** With offsets of whole and half hours, with and without summer time, which changes at different hours and seasons. */
const ZONES = [
  undefined,
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'America/Santiago',
  'Pacific/Apia',
  'Pacific/Kiritimati',
];

/** What a clock on a wall shows, by the formatter for people. */
function wallClock(time: number, timeZone = 'UTC') {
  const [date, clock] = new Date(time).toLocaleString('sv-SE', { timeZone }).split(' ');
  const [hour, minute] = clock.split(':').map(Number);
  return { date, hour, minute, weekDay: new Date(`${date}T12:00:00Z`).getUTCDay() };
}

/** Whether a window is open, from its definition, by the clock on a wall. */
function isOpenByClock({ weekDays, hours = [0, 24], timeZone, freezes = [] }: WindowSettings, time: number): boolean {
  const { date, hour, weekDay } = wallClock(time, timeZone);
  return (
    (weekDays?.includes(weekDay) ?? true)
    && hours[0] <= hour
    && hour < hours[1]
    && !freezes.some(({ start, end }) => start <= date && date <= end)
  );
}

const times = fc
  .integer({ min: at('2026-01-01T00:00:00Z') / MINUTE, max: at('2036-12-31T00:00:00Z') / MINUTE })
  .map((minutes) => minutes * MINUTE);

const windowNear = (time: number): fc.Arbitrary<WindowSettings> =>
  fc.record(
    {
      weekDays: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
      hours: fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 1, max: 24 }))
        .filter(([start, end]) => start < end),
      timeZone: fc.constantFrom(...ZONES),
      freezes: fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 0, max: 40 })).map(([from, length]) => {
        const date = (days: number) => new Date(time + days * DAY).toISOString().slice(0, 10);
        return [{ start: date(from), end: date(from + length), reason: 'a sale' }];
      }),
    },
    { requiredKeys: [] },
  );

const cases = times.chain((time) => fc.record({ time: fc.constant(time), window: windowNear(time) }));

test('a window is open on its days, between its hours, and outside of freezes, by the clock on the wall', () => {
  fc.assert(
    fc.property(cases, ({ time, window }) => {
      expect(closedReason(window, time) === undefined).toBe(isOpenByClock(window, time));
    }),
    { numRuns: 2_000 },
  );
});

test('the next check is the first one whose local time is that of the cron expression on an open day', () => {
  fc.assert(
    fc.property(cases, fc.nat(), fc.constantFrom(...ACTIONS), ({ time, window }, hash, action) => {
      const user = checkTimesOf(hash, 24 * 60, window);
      const [, minute, hour] = /^cron\((\d+) (\d+) \* \* \? \*\)$/.exec(cronOf(user, action))!.map(Number);
      // Offsets from UTC are quarters of an hour. In autumn, the second of two equal local times is none.
      const isCheck = (moment: number) => {
        const clock = wallClock(moment, window.timeZone);
        const isAgain = fromLocal(toLocal(moment, window.timeZone), window.timeZone) !== moment;
        return clock.hour === hour && clock.minute === minute && !isAgain && isOpenByClock(window, moment);
      };
      const offset = (minute % 15) * MINUTE;
      let expected = Math.ceil((time - offset) / (15 * MINUTE)) * 15 * MINUTE + offset;
      while (!isCheck(expected)) expected += 15 * MINUTE;

      expect(nextCheck(user, action, time)).toBe(expected);
    }),
    { numRuns: 100 },
  );
});

test('the three checks of a day follow each other while the window is open, and end a quarter of an hour before it', () => {
  fc.assert(
    fc.property(cases, fc.nat(), ({ time, window }, hash) => {
      const { hours = [0, 24] } = window;
      const user = checkTimesOf(hash, 24 * 60, { hours });
      const midnight = Math.floor(time / DAY) * DAY;
      const [create, deactivate, last] = ACTIONS.map(
        (action) => (nextCheck(user, action, midnight) - midnight) / MINUTE,
      );
      expect(create).toBeGreaterThanOrEqual(hours[0] * 60 + 5);
      expect([deactivate - create, last - deactivate]).toEqual(
        Array(2).fill(minutesBetweenActions(24 * 60, { hours })),
      );
      expect(last).toBeLessThan(hours[1] * 60 - 15);
    }),
  );
});

describe('summer time in Berlin', () => {
  const berlin = (first: number, window: WindowSettings = {}) => ({
    first,
    interval: 24 * 60,
    window: { timeZone: 'Europe/Berlin', ...window },
  });

  test('moves a check with the clock', () => {
    expect(nextCheck(berlin(9 * 60), 'create', at('2026-03-28T00:00:00Z'))).toBe(at('2026-03-28T08:00:00Z'));
    expect(nextCheck(berlin(9 * 60), 'create', at('2026-03-29T00:00:00Z'))).toBe(at('2026-03-29T07:00:00Z'));
  });

  test('leaves out a check at a time that the clock skips', () => {
    const next = nextCheck(berlin(2 * 60 + 30, { hours: [2, 3] }), 'create', at('2026-03-28T12:00:00Z'));
    expect(next).toBe(at('2026-03-30T00:30:00Z'));
  });

  test('ends with one check at a time that the clock shows twice', () => {
    const user = berlin(2 * 60 + 30, { hours: [2, 3] });
    const first = nextCheck(user, 'create', at('2026-10-24T12:00:00Z'));
    expect(first).toBe(at('2026-10-25T00:30:00Z'));
    expect(nextCheck(user, 'create', first + 1)).toBe(at('2026-10-26T01:30:00Z'));
  });
});

test('ten years of working days: no check on a weekend, and no more than two closed days in a row', () => {
  const user = checkTimesOf(7, 24 * 60, { weekDays: MONDAY_TO_FRIDAY, hours: [9, 17], timeZone: 'Europe/Berlin' });
  const days: string[] = [];
  for (let time = at('2026-01-01T00:00:00Z'); time < at('2036-01-01T00:00:00Z');) {
    const check = nextCheck(user, 'create', time);
    days.push(new Date(check).toLocaleDateString('en-US', { weekday: 'short', timeZone: 'Europe/Berlin' }));
    time = check + 1;
  }
  expect(days).toHaveLength(2_609); // of 3,652 days from Thursday, 2026-01-01
  expect(new Set(days)).toEqual(new Set(['Mon', 'Tue', 'Wed', 'Thu', 'Fri']));
});

describe('a freeze', () => {
  const window = { freezes: [{ start: '2027-12-24', end: '2028-02-29', reason: 'move of the data center' }] };

  test('has its first and its last day, also a leap day, across the end of a year', () => {
    const reason = 'changes are frozen from 2027-12-24 to 2028-02-29 (move of the data center)';
    expect(closedReason(window, at('2027-12-23T23:59:59Z'))).toBeUndefined();
    expect(closedReason(window, at('2027-12-24T00:00:00Z'))).toBe(reason);
    expect(closedReason(window, at('2028-02-29T23:59:59Z'))).toBe(reason);
    expect(closedReason(window, at('2028-03-01T00:00:00Z'))).toBeUndefined();
  });

  test('is in the days of the time zone', () => {
    const there = { ...window, timeZone: 'Pacific/Kiritimati' }; // 14 hours ahead
    expect(closedReason(there, at('2027-12-23T09:59:59Z'))).toBeUndefined();
    expect(closedReason(there, at('2027-12-23T10:00:00Z'))).toBeDefined();
  });

  test('is past on the day after it, and has no effect then', () => {
    expect(pastFreezes(window, at('2028-02-29T23:59:59Z'))).toEqual([]);
    expect(pastFreezes(window, at('2028-03-01T00:00:00Z'))).toEqual(window.freezes);
  });
});

test.each(['2026-02-29', '2026-13-01', '2026-1-1', '2026-01', '26-01-01', '', '2026-01-01T00:00', 'tomorrow'])(
  '%j is no date',
  (text) => expect(dayOf(text)).toBeNaN(),
);
