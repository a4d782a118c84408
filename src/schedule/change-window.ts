import { TimeZone, Token } from 'aws-cdk-lib';
import { dayOf, WindowSettings } from '../contract/change-window';
import { isKnownTimeZone } from '../contract/time-zone';
import { checkShape, closedOptionsOf, listOf, NUMBER, oneOf, setOptions, STRING, withMembers } from '../private/shape';
import { unknownOptions } from '../private/unknown-options';

/** A day of the week, in the time zone of the window. */
export enum WeekDay {
  /** Sunday. */
  SUNDAY = 'SUNDAY',

  /** Monday. */
  MONDAY = 'MONDAY',

  /** Tuesday. */
  TUESDAY = 'TUESDAY',

  /** Wednesday. */
  WEDNESDAY = 'WEDNESDAY',

  /** Thursday. */
  THURSDAY = 'THURSDAY',

  /** Friday. */
  FRIDAY = 'FRIDAY',

  /** Saturday. */
  SATURDAY = 'SATURDAY',
}

/** In the order of their numbers in the settings. */
const WEEK_DAYS = Object.values(WeekDay);

/** Days on which no key changes, such as the days before a large sale. */
export interface ChangeFreeze {
  /** The first day, as year, month and day: "2026-12-18". It starts at midnight in the time zone of the window. */
  readonly start: string;

  /** The last day, such as "2027-01-04". The same day as `start`, or a later one: a freeze has up to 366 days. */
  readonly end: string;

  /** Why nothing changes, for answers and notifications: 1 to 100 printable characters, and not a token. */
  readonly reason: string;
}

/** Options for `ChangeWindow.of()`. At least one of the days, the hours and the freezes is set. */
export interface ChangeWindowOptions {
  /**
   * The days of the week on which keys may change.
   *
   * @default - every day
   */
  readonly weekDays?: WeekDay[];

  /**
   * The hour of the day from which on keys may change: a whole number from 0 to 23.
   *
   * @default 0
   */
  readonly startHour?: number;

  /**
   * The hour of the day before which keys may change: a whole number from 1 to 24, after `startHour`.
   *
   * @default 24
   */
  readonly endHour?: number;

  /**
   * The time zone of the days, hours and freezes. A zone other than UTC needs
   * `RotationTrigger.eventBridgeScheduler()`, because EventBridge rules run in UTC only.
   *
   * @default TimeZone.ETC_UTC
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#time-zones
   */
  readonly timeZone?: TimeZone;

  /**
   * Days on which no key changes, also if they are among `weekDays`. They do not overlap. A freeze that is over has no
   * effect: `status` and the digest name it, so that it is removed.
   *
   * @default - none
   */
  readonly freezes?: ChangeFreeze[];
}

const FREEZE = closedOptionsOf<ChangeFreeze>(
  'ChangeFreeze',
  { start: STRING, end: STRING, reason: STRING },
  'start',
  'end',
  'reason',
);

const OPTIONS = closedOptionsOf<ChangeWindowOptions>('ChangeWindowOptions', {
  weekDays: listOf(oneOf('WeekDay', 'MONDAY', WEEK_DAYS)),
  startHour: NUMBER,
  endHour: NUMBER,
  timeZone: withMembers('a TimeZone', "Use TimeZone.EUROPE_BERLIN or TimeZone.of('Europe/Berlin').", 'timezoneName'),
  freezes: listOf(FREEZE),
});

/** Names of the IANA database. They are case-sensitive in EventBridge Scheduler, and not in Node.js. */
const ZONE_NAMES = new Set(
  Object.values(TimeZone)
    .filter((value) => value instanceof TimeZone)
    .map(({ timezoneName }) => timezoneName),
);

/** A longer one would leave no room for the periods of any schedule. */
const MAX_FREEZE_DAYS = 366;

const UTC_NAMES = ['UTC', 'Etc/UTC'];

/** Printable, so that it can stand in a notification. */
const REASON = /^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u;

/**
 * When scheduled checks may change the keys of a user: on some days of the week, between some hours, and not in a
 * freeze. A step that is due while the window is closed is taken by the first check at which it is open, so both
 * periods can be longer than the schedule says, never shorter.
 *
 * Checks still run every day, at a time within the hours, and take no step on closed days. What a person requests is
 * not bound to the window, nor is what repairs: a revocation, a roll-back, the first key of a user, and the replacement
 * of a key that leaked, that is missing, or that Secrets Manager cannot decrypt.
 *
 * @example
 * import { TimeZone } from 'aws-cdk-lib';
 * import { AccessKeyRotation, ChangeWindow, RotationTrigger, WeekDay } from 'cdk-access-key-rotation';
 *
 * new AccessKeyRotation(stack, 'Rotation', {
 *   users: [{ userName: 'ci-deployer' }],
 *   trigger: RotationTrigger.eventBridgeScheduler(),
 *   changeWindow: ChangeWindow.of({
 *     weekDays: [WeekDay.MONDAY, WeekDay.TUESDAY, WeekDay.WEDNESDAY, WeekDay.THURSDAY],
 *     startHour: 9,
 *     endHour: 16,
 *     timeZone: TimeZone.EUROPE_BERLIN,
 *     freezes: [{ start: '2026-12-18', end: '2027-01-04', reason: 'end of the year' }],
 *   }),
 * });
 */
export class ChangeWindow {
  /** @internal */
  public static readonly _SHAPE = withMembers('a ChangeWindow', 'Use ChangeWindow.of({ … }).', '_settings');

  /** Keys may change at any time. For a user of a rotation that has another window. */
  public static always(): ChangeWindow {
    return new ChangeWindow(undefined);
  }

  /**
   * A window with these days, hours and freezes.
   *
   * @param options - days, hours, time zone and freezes
   * @throws if no option is set that closes the window; if it never opens; if an hour, a date, a reason or a time zone
   *   is wrong or a token; if a freeze ends before it starts, has more than 366 days, or overlaps
   *   another one
   */
  public static of(options: ChangeWindowOptions): ChangeWindow {
    checkShape('ChangeWindow.of', 'options', options, OPTIONS);
    const given = setOptions(options);
    const problem = problemOf(given);
    if (problem) throw new Error(`ChangeWindow.of: ${problem}.`);
    return new ChangeWindow(settingsOf(given), unknownOptions('ChangeWindow.of', options, OPTIONS));
  }

  private constructor(
    /** Undefined if the window is never closed. @internal */
    public readonly _settings: WindowSettings | undefined,
    /** @internal */
    public readonly _unknownOptions: readonly string[] = [],
  ) {}
}

function settingsOf({ weekDays, startHour = 0, endHour = 24, timeZone, freezes }: ChangeWindowOptions): WindowSettings {
  const zone = timeZone?.timezoneName ?? UTC_NAMES[0];
  return {
    ...(weekDays && { weekDays: WEEK_DAYS.flatMap((day, number) => (weekDays.includes(day) ? [number] : [])) }),
    ...((startHour > 0 || endHour < 24) && { hours: [startHour, endHour] }),
    ...(!UTC_NAMES.includes(zone) && { timeZone: zone }),
    ...(freezes?.length && { freezes: freezes.map(({ start, end, reason }) => ({ start, end, reason })) }),
  };
}

/** The first rule that the options break, with a fix; undefined if they break none. */
function problemOf(options: ChangeWindowOptions): string | undefined {
  const { weekDays, timeZone, freezes = [] } = options;
  if (weekDays?.length === 0) {
    return '"weekDays" is empty, so the window never opens. Pass at least one day, or leave it out for every day';
  }
  return (
    hoursProblem(options)
    ?? zoneProblem(timeZone)
    ?? freezesProblem(freezes)
    ?? (isAlwaysOpen(options) ? ALWAYS : undefined)
  );
}

const ALWAYS =
  'the options never close the window. Pass "weekDays", "startHour", "endHour" or "freezes", or use ChangeWindow.always()';

function isAlwaysOpen({ weekDays, startHour = 0, endHour = 24, freezes }: ChangeWindowOptions): boolean {
  const isEachDay = new Set(weekDays ?? WEEK_DAYS).size === WEEK_DAYS.length;
  return isEachDay && startHour === 0 && endHour === 24 && !freezes?.length;
}

function hoursProblem({ startHour = 0, endHour = 24 }: ChangeWindowOptions): string | undefined {
  const hours = { startHour, endHour };
  for (const [name, hour] of Object.entries(hours)) {
    const [from, to] = name === 'startHour' ? [0, 23] : [1, 24];
    if (!Number.isInteger(hour) || hour < from || hour > to || Token.isUnresolved(hour)) {
      const given = Token.isUnresolved(hour) ? 'a token' : `${hour}`;
      return `"${name}" is ${given}, but must be a whole number from ${from} to ${to}. Pass the hour of a day`;
    }
  }
  return startHour < endHour
    ? undefined
    : `"endHour" (${endHour}) must be after "startHour" (${startHour}): a window ends on the day on which it starts.`
        + ' Pass a later "endHour"';
}

function zoneProblem(timeZone: TimeZone | undefined): string | undefined {
  const name = timeZone?.timezoneName;
  if (name === undefined) return undefined;
  if (Token.isUnresolved(name)) return '"timeZone" is a token, but synth checks it. Pass a literal name';
  if ((ZONE_NAMES.has(name) || UTC_NAMES.includes(name)) && isKnownTimeZone(name)) return undefined;
  return (
    `"timeZone" is "${name}", which is no name of the IANA time zone database that this CDK and this Node.js know.`
    + ' Use a constant such as TimeZone.EUROPE_BERLIN, or newer versions of both'
  );
}

function freezesProblem(freezes: readonly ChangeFreeze[]): string | undefined {
  for (const [index, { start, end, reason }] of freezes.entries()) {
    const place = `"freezes[${index}]`;
    for (const [name, date] of Object.entries({ start, end })) {
      if (!Number.isNaN(dayOf(date))) continue;
      const given = Token.isUnresolved(date) ? 'a token' : `"${date}"`;
      return `${place}.${name}" is ${given}, but must be a date such as "2026-12-18". Pass year, month and day`;
    }
    if (dayOf(end) < dayOf(start)) {
      return `${place}" ends on ${end}, before it starts on ${start}. Exchange the dates, or correct one of them`;
    }
    const days = dayOf(end) - dayOf(start) + 1;
    if (days > MAX_FREEZE_DAYS) {
      return `${place}" lasts ${days} days (${start} to ${end}), and may last ${MAX_FREEZE_DAYS}. Correct the year, or shorten it`;
    }
    if (Token.isUnresolved(reason) || !REASON.test(reason)) {
      const given = Token.isUnresolved(reason) ? 'a token' : JSON.stringify(reason);
      return `${place}.reason" is ${given}, but must have 1 to 100 printable characters. Pass a short text`;
    }
    const other = freezes.findIndex(
      (earlier, at) => at < index && dayOf(earlier.start) <= dayOf(end) && dayOf(start) <= dayOf(earlier.end),
    );
    if (other >= 0) {
      return (
        `${place}" (${start} to ${end}) overlaps "freezes[${other}]" (${freezes[other].start} to ${freezes[other].end}).`
        + ' Change the dates, or make it one freeze'
      );
    }
  }
  return undefined;
}
