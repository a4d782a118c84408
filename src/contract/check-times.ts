/** When the scheduled checks of a user run. The constructs write it as cron expressions; the Lambda announces dates. */
import { DAY } from './ages';
import { WindowSettings, hoursOf, isOpenDay } from './change-window';
import { Action, ACTIONS } from './events';
import { fromLocal, toLocal } from './time-zone';

/** In minutes, so that the settings of a user are short. */
export interface CheckTimes {
  /** The first `create` check of a day, in minutes after midnight: UTC, or in the time zone of the window. */
  readonly first: number;
  /** Between two checks of the same action. It divides the day evenly, or is a whole number of days. */
  readonly interval: number;
  /** With a window, there is one check a day, within the hours of the window. Default: changes at any time. */
  readonly window?: WindowSettings;
}

export const MINUTE = 60_000;

export const MINUTES_PER_DAY = 24 * 60;

/**
 * Between the three checks of a user, which follow each other in the order of the actions. At the end of the switch
 * period, the deactivate check is then later in the day than the create check that created the key, so the step is not
 * delayed to the next day.
 */
export function minutesBetweenActions(interval: number, window?: WindowSettings): number {
  return Math.floor(minutesForChecks(interval, window) / ACTIONS.length);
}

/**
 * A check has to run while the window is open: not at the first minutes, because clocks of AWS differ, and not at the
 * last ones, because deliveries are late and Lambda repeats a failed run after one and two minutes.
 */
const AFTER_OPENING = 5;
const BEFORE_CLOSING = 15;

function minutesForChecks(interval: number, window?: WindowSettings): number {
  if (!window) return Math.min(interval, MINUTES_PER_DAY);
  const [start, end] = hoursOf(window);
  return (end - start) * 60 - AFTER_OPENING - BEFORE_CLOSING;
}

/**
 * The check times of a user.
 *
 * @param hash - spreads the users over the time between two actions
 */
export function checkTimesOf(hash: number, interval: number, window?: WindowSettings): CheckTimes {
  const opens = window ? hoursOf(window)[0] * 60 + AFTER_OPENING : 0;
  return { first: opens + (hash % minutesBetweenActions(interval, window)), interval, ...(window && { window }) };
}

export function cronOf(times: CheckTimes, action: Action): string {
  const { interval } = times;
  const first = firstOfDay(times, action);
  const hour = Math.floor(first / 60);
  const hours = interval < MINUTES_PER_DAY ? `${hour}/${interval / 60}` : `${hour}`;
  // Cron steps of days restart on the first of each month: the last interval of a month can be shorter, never longer.
  const days = interval > MINUTES_PER_DAY ? `1/${interval / MINUTES_PER_DAY}` : '*';
  return `cron(${first % 60} ${hours} ${days} * ? *)`;
}

/** The first check of an action that may change keys, at a time or later, in milliseconds since 1970. */
export function nextCheck(times: CheckTimes, action: Action, from: number): number {
  const { interval, window } = times;
  if (window) return nextOpenCheck(firstOfDay(times, action), window, from);
  const first = firstOfDay(times, action) * MINUTE;
  const step = Math.min(interval, MINUTES_PER_DAY) * MINUTE;
  let at = first + Math.ceil((from - first) / step) * step;
  const days = interval / MINUTES_PER_DAY;
  while (days > 1 && (new Date(at).getUTCDate() - 1) % days !== 0) at += DAY;
  return at;
}

function nextOpenCheck(minute: number, window: WindowSettings, from: number): number {
  for (let day = Math.floor(toLocal(from, window.timeZone) / DAY); ; day++) {
    if (!isOpenDay(window, day)) continue;
    // Scheduler leaves out a check whose local time the change to summer time skips, and runs one only once in autumn:
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
    const at = fromLocal(day * DAY + minute * MINUTE, window.timeZone);
    if (at !== undefined && at >= from) return at;
  }
}

function firstOfDay({ first, interval, window }: CheckTimes, action: Action): number {
  return first + minutesBetweenActions(interval, window) * ACTIONS.indexOf(action);
}

/** Such as "12 hours" or "7 days". */
export function formatInterval(minutes: number): string {
  const [count, unit] = minutes < MINUTES_PER_DAY ? [minutes / 60, 'hour'] : [minutes / MINUTES_PER_DAY, 'day'];
  return count === 1 ? unit : `${count} ${unit}s`;
}
