/** How old an active key can become. */
import { Ages, DAY, HOUR, switchPeriodDays, TOLERANCE } from './ages';
import { cached } from './cached';
import { startsOfPeriods } from './change-window';
import { CheckTimes, checkTimesOf, MINUTE, MINUTES_PER_DAY, nextCheck } from './check-times';
import { RUN_MINUTES } from './settings';

/** Above one day, the intervals differ by month: four years have each sequence of months. All days are alike. */
const FROM = Date.UTC(2025, 0, 1);
const TO = Date.UTC(2029, 0, 1);

/**
 * The age that no active key of the rotation reaches, in milliseconds, while AWS answers and the switch period is not
 * longer than the ages say.
 *
 * A key is created at any time of day: a deploy and a person are not bound to the times of the checks. So a check can
 * run just before the key is due to be replaced, and the whole interval to the next one is lost.
 *
 * @param isOneLost - whether all checks within any one check interval may be missing
 */
export function ageLimitKept(ages: Ages, maxDelayDays: number, times: CheckTimes, isOneLost: boolean): number {
  return (
    ages.create * DAY
    // The engine replaces a key by this much early, for the drift of the checks.
    - TOLERANCE
    + longestToDeactivation(switchPeriodDays(ages) + maxDelayDays, times, isOneLost)
  );
}

const known = new Map<string, number>();

/** From a `create` check that was just too early, until the old key is inactive. */
function longestToDeactivation(bothActiveDays: number, { interval, window }: CheckTimes, isOneLost: boolean): number {
  const input = JSON.stringify([bothActiveDays, interval, window, isOneLost]);
  return cached(known, input, () => findLongest(bothActiveDays, { interval, window }, isOneLost));
}

function findLongest(
  bothActiveDays: number,
  { interval, window }: Pick<CheckTimes, 'interval' | 'window'>,
  isOneLost: boolean,
): number {
  // The first minute is the same for all three actions, so it makes no difference. Of the time zone, only the end of
  // summer time does: it makes a day longer. Synth refuses a window whose checks its begin skips.
  const times = checkTimesOf(0, interval, window && { ...window, timeZone: undefined });
  const longerDay = window?.timeZone === undefined ? 0 : HOUR;
  const check: Check = (action, from) => nextCheck(times, action, from);
  // The checks are missing for one interval, from the moment on at which one would have taken the step.
  const checkAfterLoss: Check = (action, from) => check(action, check(action, from) + interval * MINUTE);
  const starts = window
    ? startsOfPeriods(window, bothActiveDays + 7).map((day) => check('create', day * DAY))
    : [...tooEarly(check, interval > MINUTES_PER_DAY ? TO : FROM + DAY)];
  const longest = starts.map((missed) => {
    const deactivatedAfter = (create: Check, deactivate: Check) => {
      // The wait for the next check that creates a key.
      const published = create('create', missed + 1) + RUN_MINUTES * MINUTE;
      // Both keys are active for the switch period, and for the delay of a key in use. The engine adds the length of a
      // run to it, because a record can be written before the publication itself.
      const periodOver = published + bothActiveDays * DAY + RUN_MINUTES * MINUTE - TOLERANCE;
      // The wait for the next check that deactivates a key.
      return deactivate('deactivate', periodOver) + RUN_MINUTES * MINUTE - missed;
    };
    return isOneLost
      ? Math.max(deactivatedAfter(checkAfterLoss, check), deactivatedAfter(check, checkAfterLoss))
      : deactivatedAfter(check, check);
  });
  return Math.max(...longest) + longerDay;
}

type Check = (action: 'create' | 'deactivate', from: number) => number;

function* tooEarly(check: Check, to: number): Generator<number> {
  for (let at = check('create', FROM); at < to; at = check('create', at + 1)) yield at;
}
