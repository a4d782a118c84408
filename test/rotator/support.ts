import { Duration } from 'aws-cdk-lib';
import { Ages, DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { Action, ACTIONS } from '../../src/contract/events';
import { DEFAULT_SETTINGS } from '../../src/contract/settings';
import { stableHash } from '../../src/private/hash';
import { RotationContext, RotationRequest } from '../../src/rotator/domain/user-state';
import { RotationSchedule } from '../../src/schedule/rotation-schedule';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';

/** Where the rotation runs. */
export const CONTEXT: RotationContext = {
  account: '111122223333',
  region: 'eu-west-1',
  functionName: 'rotator',
  rotation: 'eu-west-1/Keys/1',
};

/** Checks every hour: `create` on the hour, `deactivate` 20 minutes and `delete` 40 minutes later. */
export const HOURLY = { checkTimes: { first: 0, interval: 60 } };

export function request(
  action: RotationRequest['action'],
  ages: Ages = DEFAULT_AGES,
  ifDue = true,
  more: Partial<RotationRequest> = {},
): RotationRequest {
  return {
    ...DEFAULT_SETTINGS,
    action,
    username: 'alice',
    secret: 'alice',
    ages,
    ifDue,
    dryRun: false,
    ...CONTEXT,
    ...more,
  };
}

/** A manual event. */
export const manualRequest = (
  action: RotationRequest['action'],
  more: Partial<RotationRequest> = {},
): RotationRequest => request(action, DEFAULT_AGES, false, more);

export function scheduleOf(ages: Ages): RotationSchedule {
  return RotationSchedule.of({
    create: Duration.days(ages.create),
    deactivate: Duration.days(ages.deactivate),
    delete: Duration.days(ages.delete),
  });
}

/** When the checks of {@link firings} run, as the Lambda reads it. */
export const checkTimesOf = (trigger: RotationTrigger) => trigger._checkTimes(stableHash('alice'));

/** The times at which the rules of a trigger invoke the function, from midnight of day 0. */
export function* firings(
  trigger: RotationTrigger,
  ages: Ages,
  days: number,
): Generator<{ at: number; action: Action }> {
  const rules = ACTIONS.map((action) => ({
    action,
    times: timesOf(trigger._scheduleExpression(trigger._checkTimes(stableHash('alice')), action, ages)),
  }));
  for (let day = 0; day < days; day++) {
    const today = rules.flatMap(({ action, times }) =>
      times(day).map((minutes) => ({ at: day * DAY + minutes * 60_000, action })),
    );
    yield* today.sort((a, b) => a.at - b.at);
  }
}

function timesOf(expression: string): (day: number) => number[] {
  const cron = /^cron\((\d+) (\d+) \* \* \? \*\)$/.exec(expression);
  if (cron) return () => [Number(cron[2]) * 60 + Number(cron[1])];
  const rate = /^rate\((\d+) days?\)$/.exec(expression);
  // A rule with a rate counts from its creation, some seconds after the deploy's first key.
  if (rate) return (day) => (day > 0 && day % Number(rate[1]) === 0 ? [1] : []);
  throw new Error(`the tests do not support ${expression}`);
}
