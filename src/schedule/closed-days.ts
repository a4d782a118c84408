import { Ages, recoveryPeriodDays, switchPeriodDays } from '../contract/ages';
import { cached } from '../contract/cached';
import { isOpenDay, startsOfPeriods, WindowSettings } from '../contract/change-window';

/** The first open day, from this one on. */
function nextOpenDay(window: WindowSettings, from: number): number {
  let day = from;
  while (!isOpenDay(window, day)) day++;
  return day;
}

/** The most closed days in a row. */
export function longestClosedDays(window: WindowSettings): number {
  return Math.max(...startsOfPeriods(window, 0).map((day) => nextOpenDay(window, day) - day));
}

/** The users of a rotation mostly have the same schedule and window. */
const known = new Map<string, string | undefined>();

/**
 * Why closed days make the periods too long, with a fix; undefined if they do not. IAM allows two keys per user, so the
 * old key must be deleted before the next one is due.
 */
export function closedDaysProblem(ages: Ages, maxDelayDays: number, window: WindowSettings): string | undefined {
  const input = JSON.stringify([ages, maxDelayDays, { ...window, timeZone: undefined }]);
  return cached(known, input, () => findProblem(ages, maxDelayDays, window));
}

function findProblem(ages: Ages, maxDelayDays: number, window: WindowSettings): string | undefined {
  const periods = [switchPeriodDays(ages), recoveryPeriodDays(ages)];
  for (const day of startsOfPeriods(window, ages.create)) {
    const deactivated = nextOpenDay(window, day + periods[0] + maxDelayDays);
    const deleted = nextOpenDay(window, deactivated + periods[1]);
    const replaced = nextOpenDay(window, day + ages.create);
    if (deleted < replaced) continue;
    const delay = maxDelayDays > 0 ? `, the maximum delay (${maxDelayDays} days)` : '';
    return (
      `"changeWindow" is closed for up to ${longestClosedDays(window)} days in a row, so the old key can be deleted ${deleted - day} days`
      + ` after its replacement, when the next key is due after ${replaced - day} days: the switch period and the recovery period`
      + ` (${periods.join(' + ')} days)${delay} and the closed days before each step must fit into "create" (${ages.create} days).`
      + ' Shorten the freezes or the periods, open the window on more days, or rotate less often'
    );
  }
  return undefined;
}
