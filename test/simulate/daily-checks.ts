/** The checks of a user, day by day since the first deployment. */
import { START } from './history';
import { DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { CheckTimes } from '../../src/contract/check-times';
import { Action, ACTIONS } from '../../src/contract/events';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';
import { nextTimeOf } from '../schedule/limit-player';

/** The checks of a day in UTC, in their order. `time`: in milliseconds since the first deployment. */
export type DailyChecks = (day: number) => readonly { readonly time: number; readonly action: Action }[];

export function dailyChecks(times: CheckTimes): DailyChecks {
  const trigger = RotationTrigger.eventBridgeScheduler();
  const rules = ACTIONS.map((action) => ({
    action,
    next: nextTimeOf(trigger._scheduleExpression(times, action, DEFAULT_AGES), times.window?.timeZone),
  }));
  return (day) => {
    const midnight = START + day * DAY;
    return rules
      .map(({ action, next }) => ({ action, time: next(midnight - 1) - START }))
      .filter(({ time }) => time < (day + 1) * DAY)
      .sort((a, b) => a.time - b.time);
  };
}
