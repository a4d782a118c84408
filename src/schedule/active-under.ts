import { CHECK_INTERVALS } from './check-intervals';
import { closedDaysProblem, longestClosedDays } from './closed-days';
import { ageLimitKept } from '../contract/active-time';
import { Ages, DAY, DEFAULT_AGES, switchPeriodDays } from '../contract/ages';
import { CheckTimes, formatInterval, MINUTES_PER_DAY } from '../contract/check-times';

export const MIN_LIMIT_DAYS = 5;
export const MAX_LIMIT_DAYS = 365;

/**
 * The ages for a limit: `create` is the latest whole day that keeps it, even if one check interval is lost. Both
 * periods have 14 days, or the most days that fit.
 *
 * @returns undefined if no ages keep the limit
 */
export function agesUnder(limitDays: number, maxDelayDays: number, times: CheckTimes): Ages | undefined {
  const intervalDays = times.interval / MINUTES_PER_DAY;
  for (let period = switchPeriodDays(DEFAULT_AGES); period >= Math.max(1, intervalDays); period--) {
    const ages = (create: number): Ages => ({ create, deactivate: create + period, delete: create + 2 * period });
    const create = Math.ceil((limitDays * DAY - ageLimitKept(ages(0), maxDelayDays, times, true)) / DAY) - 1;
    const isSlotFree = 2 * period + maxDelayDays + daysToFreeSlot(intervalDays) <= create;
    if (isSlotFree && !(times.window && closedDaysProblem(ages(create), maxDelayDays, times.window))) {
      return ages(create);
    }
  }
  return undefined;
}

/**
 * IAM allows two keys per user: the old key must be deleted before the next one is due, or the next one is late.
 * Checks that are days apart wait up to one interval for the deactivation and one for the deletion. A lost interval,
 * which can end just after a check, takes up to two more. Checks of the same day need no more than that day.
 */
function daysToFreeSlot(intervalDays: number): number {
  return intervalDays > 1 ? 4 * intervalDays : 1;
}

/** Why a limit cannot be kept, and what is possible; undefined if it can be kept. */
export function limitProblem(limitDays: number, maxDelayDays: number, times: CheckTimes): string | undefined {
  if (agesUnder(limitDays, maxDelayDays, times)) return undefined;
  const keeps = (limit: number, delay: number, interval: number) =>
    agesUnder(limit, delay, { ...times, interval }) !== undefined;
  const { interval, window } = times;
  const limit = range(limitDays + 1, MAX_LIMIT_DAYS).find((days) => keeps(days, maxDelayDays, interval));
  const shorter = window ? [] : CHECK_INTERVALS.filter((minutes) => minutes < interval).reverse();
  const shorterInterval = shorter.find((minutes) => keeps(limitDays, maxDelayDays, minutes));
  const delay = range(0, maxDelayDays - 1)
    .reverse()
    .find((days) => keeps(limitDays, days, interval));
  const possible = [
    ...(limit === undefined ? [] : [`a limit of Duration.days(${limit}) or more`]),
    ...(shorterInterval === undefined ? [] : [`a "checkInterval" of ${durationCode(shorterInterval)} or less`]),
    ...(delay === undefined
      ? []
      : [delay === 0 ? 'Deactivation.onSchedule()' : `a "maxDelay" of Duration.days(${delay}) or less`]),
    ...(window && agesUnder(limitDays, maxDelayDays, { ...times, window: undefined })
      ? ['a "changeWindow" with fewer closed days']
      : []),
  ];
  const closed =
    window && longestClosedDays(window) > 0
      ? ` in a "changeWindow" that is closed for up to ${longestClosedDays(window)} days in a row`
      : '';
  const more = closed + (maxDelayDays > 0 ? ` and a "maxDelay" of ${maxDelayDays} days` : '');
  return (
    `an active key can reach ${limitDays} days, the limit of its schedule, with checks every ${formatInterval(interval)}${more}:`
    + ' the old key must be deactivated before the limit and deleted before the next key is due, even if one check interval is lost.'
    + ` Use ${possible.join(', or ') || 'a shorter "checkInterval" and no "maxDelay"'}`
  );
}

function durationCode(minutes: number): string {
  return minutes < MINUTES_PER_DAY ? `Duration.hours(${minutes / 60})` : `Duration.days(${minutes / MINUTES_PER_DAY})`;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
