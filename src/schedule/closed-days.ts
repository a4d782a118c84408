import { Ages, recoveryPeriodDays, switchPeriodDays } from '../contract/ages';
import { isOpenDay, startsOfPeriods, WindowSettings } from '../contract/change-window';

/** The first open day, from this one on. */
export function nextOpenDay(window: WindowSettings, from: number): number {
  let day = from;
  while (!isOpenDay(window, day)) day++;
  return day;
}

/** The most closed days in a row. */
export function longestClosedDays(window: WindowSettings): number {
  return Math.max(...startsOfPeriods(window, 0).map((day) => nextOpenDay(window, day) - day));
}

/**
 * Why closed days make the periods too long, with a fix; undefined if they do not. IAM allows two keys per user, so the
 * old key must be deleted before the next one is due.
 */
export function closedDaysProblem(ages: Ages, maxDelayDays: number, window: WindowSettings): string | undefined {
  const fits = (day: number): boolean => {
    const deactivated = nextOpenDay(window, day + switchPeriodDays(ages) + maxDelayDays);
    const deleted = nextOpenDay(window, deactivated + recoveryPeriodDays(ages));
    return deleted < nextOpenDay(window, day + ages.create);
  };
  if (startsOfPeriods(window, ages.create).every(fits)) return undefined;
  const delay = maxDelayDays > 0 ? `, the maximum delay (${maxDelayDays} days)` : '';
  return (
    `"changeWindow" is closed for up to ${longestClosedDays(window)} days in a row: the switch period and the recovery period`
    + ` (${switchPeriodDays(ages)} + ${recoveryPeriodDays(ages)} days)${delay} and the closed days must fit into "create"`
    + ` (${ages.create} days), so that the old key is deleted before the next key is due.`
    + ' Shorten the freezes or the periods, open the window on more days, or rotate less often'
  );
}
