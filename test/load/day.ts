/** A day of checks of all users, each at the minute of its rule or schedule. */
import { Account, AccountOptions } from './account';
import { LambdaService } from './lambda-service';
import { VirtualTime } from './virtual-time';
import { DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { hoursOf, WindowSettings } from '../../src/contract/change-window';
import { CheckTimes, MINUTE } from '../../src/contract/check-times';
import { Action, ACTIONS } from '../../src/contract/events';
import { stableHash } from '../../src/private/hash';
import { rotate } from '../../src/rotator/actions/rotate';
import { RotationRequest } from '../../src/rotator/domain/user-state';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';
import { ModelAws } from '../fake-aws/fake-aws';
import { request } from '../rotator/support';

export const USERS = 5_000;

/** Milliseconds until AWS accepts a new key: 10 to 15 s, according to aws/aws-sdk-js#559. */
const PROPAGATION = 15_000;

export interface Day {
  readonly account: Account;
  readonly lambda: LambdaService;
  readonly users: readonly ModelAws[];
  /** Number of runs by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
}

export interface DayOptions extends Pick<AccountOptions, 'iam'> {
  /**
   * The actions of the checks. Without a window, their checks are eight hours apart, so they do not run concurrently.
   */
  readonly actions?: readonly Action[];
  /** Concurrent executions of Lambda. */
  readonly concurrency: number;
  /** The change window of every user. Default: none. */
  readonly window?: WindowSettings;
}

/**
 * All checks of a minute start in its first second, which is the worst case: EventBridge Scheduler starts a schedule
 * within its minute (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
 *
 * @param starts - the secret and the keys of every user, or a list that the users take in turn; `now` is the midnight
 *   at which the day begins
 */
export async function day(
  starts: ModelAws | readonly ModelAws[],
  { iam, actions = ACTIONS, concurrency, window }: DayOptions,
): Promise<Day> {
  const states = [starts].flat();
  const midnight = states[0].now.getTime();
  const time = new VirtualTime(midnight);
  const account = new Account({ time, iam });
  const lambda = new LambdaService(time, concurrency);
  const trigger = RotationTrigger.eventBridgeScheduler();
  const outcomes: Record<string, number> = {};
  const users = Array.from({ length: USERS }, (_, index) => {
    const user = states[index % states.length].clone();
    const checkTimes = trigger._checkTimes(stableHash(`user-${index}`), window)!;
    user.iam.lags = { lists: 0, sts: PROPAGATION, uses: 0 };
    for (const action of actions) {
      time.at(
        midnight + minuteOf(trigger, checkTimes, action) * 60_000,
        () =>
          void lambda.invoke(async () => {
            const { outcome } = await rotate(checkOf(action, window && checkTimes), account.toolsFor(user));
            outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
          }),
      );
    }
    return user;
  });
  await time.run();
  return { account, lambda, users, outcomes };
}

function checkOf(action: Action, checkTimes: CheckTimes | undefined): RotationRequest {
  return request(action, DEFAULT_AGES, true, { checkTimes });
}

function minuteOf(trigger: RotationTrigger, times: CheckTimes, action: Action): number {
  const [, minute, hour] = /^cron\((\d+) (\d+) \* \* \? \*\)$/.exec(
    trigger._scheduleExpression(times, action, DEFAULT_AGES),
  )!;
  return Number(hour) * 60 + Number(minute);
}

/**
 * A user whose first key was issued `days` days before a day, with checks until the day before: at midnight, or when
 * the window opens.
 *
 * @param last - the midnight of that day. Default: `days` after the start of the model of AWS
 */
export async function userAfter(days: number, window?: WindowSettings, last?: Date): Promise<ModelAws> {
  const aws = new ModelAws();
  const begin = last ? last.getTime() - days * DAY : aws.now.getTime();
  const first = window && hoursOf(window)[0] * 60;
  const checkTimes = first === undefined ? undefined : { first, interval: DAY / MINUTE, window };
  for (let at = 0; at < days; at++) {
    if (at > 0 && at < DEFAULT_AGES.create) continue; // no step is due
    for (const action of ACTIONS) {
      aws.now = new Date(begin + at * DAY + (first ?? 0) * MINUTE);
      await rotate(checkOf(action, checkTimes), aws.tools());
    }
  }
  aws.now = new Date(begin + days * DAY);
  return aws;
}

/** The users at the midnight after a day. */
export function nextDay({ users }: Day, midnight: Date): ModelAws[] {
  return users.map((user) => Object.assign(user.clone(), { now: new Date(midnight.getTime() + DAY) }));
}
