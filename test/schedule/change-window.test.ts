/** `ChangeWindow`: its rules, when its checks run, and what the Lambda receives. */
import { Duration, Lazy, TimeZone } from 'aws-cdk-lib';
import {
  AccessKeyRotationProps,
  ChangeWindow,
  ChangeWindowOptions,
  Deactivation,
  RotationSchedule,
  RotationTrigger,
  WeekDay,
} from '../../src';
import { rotation, Synthesized } from '../template/support';

const { MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY } = WeekDay;
const WORKING_DAYS = [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY];
const FREEZE = { start: '2026-12-18', end: '2027-01-04', reason: 'end of the year' };
const TOKEN = Lazy.string({ produce: () => 'a' });

const alice = (changeWindow: ChangeWindow, more: AccessKeyRotationProps = {}) =>
  rotation({ users: [{ userName: 'alice', changeWindow }], ...more });
const scheduler = RotationTrigger.eventBridgeScheduler();
const settingsOf = (built: Synthesized, name = 'alice') =>
  built.rotation.user(name) as never as { entry: [string, { checkTimes: object }] };

describe('is refused', () => {
  test.each<[ChangeWindowOptions, string]>([
    [
      {},
      'the options never close the window. Pass "weekDays", "startHour", "endHour" or "freezes", or use ChangeWindow.always().',
    ],
    [
      { timeZone: TimeZone.EUROPE_BERLIN, weekDays: Object.values(WeekDay), freezes: [] },
      'the options never close the window.',
    ],
    [
      { weekDays: [] },
      '"weekDays" is empty, so the window never opens. Pass at least one day, or leave it out for every day.',
    ],
    [{ startHour: 24 }, '"startHour" is 24, but must be a whole number from 0 to 23. Pass the hour of a day.'],
    [{ startHour: 8.5 }, '"startHour" is 8.5, but must be a whole number from 0 to 23.'],
    [{ startHour: -1 }, '"startHour" is -1, but'],
    [{ endHour: 0 }, '"endHour" is 0, but must be a whole number from 1 to 24.'],
    [{ endHour: NaN }, '"endHour" is NaN, but'],
    [{ endHour: Lazy.number({ produce: () => 17 }) }, '"endHour" is a token, but must be a whole number from 1 to 24.'],
    [
      { startHour: 22, endHour: 4 },
      '"endHour" (4) must be after "startHour" (22): a window ends on the day on which it starts. Pass a later "endHour".',
    ],
    [{ startHour: 9, endHour: 9 }, '"endHour" (9) must be after "startHour" (9)'],
    [
      { startHour: 9, timeZone: TimeZone.of('Europe/Berlim') },
      '"timeZone" is "Europe/Berlim", which is no name of the IANA time zone database that this CDK and this Node.js know. Use a constant such as TimeZone.EUROPE_BERLIN,',
    ],
    [{ startHour: 9, timeZone: TimeZone.of('europe/berlin') }, '"timeZone" is "europe/berlin", which'],
    [{ startHour: 9, timeZone: TimeZone.of('EUROPE/BERLIN') }, '"timeZone" is "EUROPE/BERLIN", which'],
    [{ startHour: 9, timeZone: TimeZone.of('+01:00') }, '"timeZone" is "+01:00", which'],
    [{ startHour: 9, timeZone: TimeZone.of('UTC+1') }, '"timeZone" is "UTC+1", which'],
    [
      { startHour: 9, timeZone: TimeZone.of(TOKEN) },
      '"timeZone" is a token, but synth checks it. Pass a literal name.',
    ],
    [
      { freezes: [{ ...FREEZE, start: '18.12.2026' }] },
      '"freezes[0].start" is "18.12.2026", but must be a date such as "2026-12-18". Pass year, month and day.',
    ],
    [{ freezes: [{ ...FREEZE, end: '2027-02-29' }] }, '"freezes[0].end" is "2027-02-29", but must be a date'],
    [{ freezes: [{ ...FREEZE, end: TOKEN }] }, '"freezes[0].end" is a token, but must be a date'],
    [
      { freezes: [{ ...FREEZE, end: '2026-12-17' }] },
      '"freezes[0]" ends on 2026-12-17, before it starts on 2026-12-18. Exchange the dates, or correct one of them.',
    ],
    [
      { freezes: [{ ...FREEZE, reason: '' }] },
      '"freezes[0].reason" is "", but must have 1 to 100 printable characters. Pass a short text.',
    ],
    [{ freezes: [{ ...FREEZE, reason: 'a\nb' }] }, '"freezes[0].reason" is "a\\nb", but'],
    [
      { freezes: [{ ...FREEZE, reason: 'a'.repeat(101) }] },
      `"freezes[0].reason" is "${'a'.repeat(101)}", but must have 1 to 100 printable characters`,
    ],
    [{ freezes: [{ ...FREEZE, reason: TOKEN }] }, '"freezes[0].reason" is a token, but'],
    [
      {
        freezes: [
          FREEZE,
          { start: '2027-02-01', end: '2027-02-02', reason: 'b' },
          { start: '2027-01-04', end: '2027-01-04', reason: 'c' },
        ],
      },
      '"freezes[2]" (2027-01-04 to 2027-01-04) overlaps "freezes[0]" (2026-12-18 to 2027-01-04). Change the dates, or make it one freeze.',
    ],
  ])('%j', (options, message) => {
    expect(() => ChangeWindow.of(options)).toThrow(`ChangeWindow.of: ${message}`);
  });

  test.each<[string, () => Synthesized, string]>([
    [
      'a time zone with rules',
      () => alice(ChangeWindow.of({ startHour: 9, timeZone: TimeZone.EUROPE_BERLIN })),
      'users[0] ("alice"): the time zone of "changeWindow" is Europe/Berlin, but EventBridge rules run in UTC only.'
        + ' Use "trigger: RotationTrigger.eventBridgeScheduler()", which has time zones, or hours in UTC.',
    ],
    [
      'fixed rates',
      () => alice(ChangeWindow.of({ startHour: 9 }), { trigger: RotationTrigger.fixedRates() }),
      'RotationTrigger.fixedRates() has no times of day, so it cannot keep a "changeWindow".'
        + ' Use RotationTrigger.eventBridgeRules() or RotationTrigger.eventBridgeScheduler().',
    ],
    ...[Duration.hours(1), Duration.days(2)].map((checkInterval): [string, () => Synthesized, string] => [
      `checks every ${checkInterval.toHumanString()}`,
      () => alice(ChangeWindow.of({ startHour: 9 }), { trigger: RotationTrigger.eventBridgeRules({ checkInterval }) }),
      `with a "changeWindow", each check runs once a day, but "checkInterval" is ${checkInterval.toHumanString()}.`
        + ' Leave "checkInterval" out, or the "changeWindow".',
    ]),
    [
      'a freeze that leaves no room for both periods',
      () => alice(ChangeWindow.of({ freezes: [{ ...FREEZE, end: '2027-03-31' }] })),
      '"changeWindow" is closed for up to 104 days in a row, so the old key can be deleted',
    ],
    [
      'a maximum delay that fits only without closed days',
      () =>
        rotation({
          changeWindow: ChangeWindow.of({ weekDays: [MONDAY] }),
          users: [{ userName: 'alice', deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(60) }) }],
        }),
      'the switch period and the recovery period (14 + 14 days), the maximum delay (60 days) and the closed days before each step must fit',
    ],
    [
      'a limit, with hours that the change to summer time skips',
      () =>
        alice(
          ChangeWindow.of({ weekDays: [WeekDay.SUNDAY], startHour: 1, endHour: 5, timeZone: TimeZone.EUROPE_BERLIN }),
          { schedule: RotationSchedule.activeUnder(Duration.days(90)), trigger: scheduler },
        ),
      'an active key can reach 90 days, the limit of its schedule, because the change to summer time in Europe/Berlin skips hours'
        + ' of "changeWindow", and the checks in them. Choose hours that are not skipped, such as from 4 on, or hours in UTC.',
    ],
    [
      'a limit that the freeze does not keep',
      () =>
        alice(ChangeWindow.of({ freezes: [FREEZE] }), { schedule: RotationSchedule.activeUnder(Duration.days(40)) }),
      'an active key can reach 40 days, the limit of its schedule, with checks every day in a "changeWindow" that is closed'
        + ' for up to 18 days in a row',
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});

describe('checks within a window', () => {
  const window = ChangeWindow.of({
    weekDays: WORKING_DAYS,
    startHour: 9,
    endHour: 17,
    timeZone: TimeZone.EUROPE_BERLIN,
  });
  const times = (built: Synthesized) =>
    built
      .ofType('AWS::Scheduler::Schedule')
      .map(
        ({ Properties }) => [Properties.ScheduleExpressionTimezone, minutesOf(Properties.ScheduleExpression)] as const,
      );
  const minutesOf = (cron: string) => {
    const [, minute, hour] = /^cron\((\d+) (\d+) \* \* \? \*\)$/.exec(cron)!.map(Number);
    return hour * 60 + minute;
  };

  test('run every day, within the hours and in the time zone of the window, in the order of the steps', () => {
    for (let user = 0; user < 40; user++) {
      const built = rotation({ trigger: scheduler, changeWindow: window, users: [{ userName: `user-${user}` }] });
      const [create, deactivate, last] = times(built);
      expect(new Set([create[0], deactivate[0], last[0]])).toEqual(new Set(['Europe/Berlin']));
      expect(create[1]).toBeGreaterThanOrEqual(9 * 60 + 5);
      expect(deactivate[1]).toBeGreaterThan(create[1]);
      expect(last[1]).toBeGreaterThan(deactivate[1]);
      expect(last[1]).toBeLessThan(17 * 60 - 15);
    }
  });

  test('of one hour still have minutes between them', () => {
    const [create, deactivate, last] = times(
      alice(ChangeWindow.of({ startHour: 3, endHour: 4 }), { trigger: scheduler }),
    ).map(([, at]) => at);
    expect([deactivate - create, last - deactivate]).toEqual([13, 13]);
  });

  test('with rules, in UTC', () => {
    for (const timeZone of [undefined, TimeZone.ETC_UTC, TimeZone.of('UTC')]) {
      const built = alice(ChangeWindow.of({ startHour: 3, endHour: 4, timeZone }));
      for (const { Properties } of built.ofType('AWS::Events::Rule')) {
        expect(Math.floor(minutesOf(Properties.ScheduleExpression) / 60)).toBe(3);
      }
    }
  });

  test('without a window are where they were', () => {
    const schedulesOf = (built: Synthesized) =>
      built.ofType('AWS::Events::Rule').map(({ Properties }) => Properties.ScheduleExpression);
    expect(schedulesOf(alice(ChangeWindow.always()))).toEqual(
      schedulesOf(rotation({ users: [{ userName: 'alice' }] })),
    );
  });
});

describe('the Lambda receives', () => {
  test('the window of each user: its own, or that of the rotation', () => {
    const built = rotation({
      trigger: scheduler,
      changeWindow: ChangeWindow.of({ weekDays: [FRIDAY, MONDAY, MONDAY], freezes: [FREEZE] }),
      users: [
        { userName: 'alice' },
        { userName: 'bob', changeWindow: ChangeWindow.of({ endHour: 6, timeZone: TimeZone.ASIA_TOKYO }) },
        { userName: 'carol', changeWindow: ChangeWindow.always() },
      ],
    });
    const windowOf = (name: string) => (settingsOf(built, name).entry[1].checkTimes as { window?: object }).window;
    expect(windowOf('alice')).toEqual({ weekDays: [1, 5], freezes: [FREEZE] });
    expect(windowOf('bob')).toEqual({ hours: [0, 6], timeZone: 'Asia/Tokyo' });
    expect(windowOf('carol')).toBeUndefined();
  });
});

test('the schedule that a limit leads to counts the window in', () => {
  const ages = (changeWindow: ChangeWindow) => {
    const { rotation: built } = alice(changeWindow, { schedule: RotationSchedule.activeUnder(Duration.days(90)) });
    return built.user('alice').ages.create.toDays();
  };
  expect([ages(ChangeWindow.always()), ages(ChangeWindow.of({ weekDays: WORKING_DAYS }))]).toEqual([73, 71]);
});
