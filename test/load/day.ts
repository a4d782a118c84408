/** A day of checks of all users, each at the minute of its rule or schedule. */
import { Account, AccountOptions } from './account';
import { LambdaService } from './lambda-service';
import { VirtualTime } from './virtual-time';
import { DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { Action, ACTIONS } from '../../src/contract/events';
import { stableHash } from '../../src/private/hash';
import { rotate } from '../../src/rotator/actions/rotate';
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
  /** The actions of the checks. Their checks are eight hours apart, so they do not run concurrently. */
  readonly actions?: readonly Action[];
  /** Concurrent executions of Lambda. */
  readonly concurrency: number;
}

/**
 * All checks of a minute start in its first second, which is the worst case: EventBridge Scheduler starts a schedule
 * within its minute (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
 *
 * @param start - the secret and the keys of every user; `now` is the midnight at which the day begins
 */
export async function day(start: ModelAws, { iam, actions = ACTIONS, concurrency }: DayOptions): Promise<Day> {
  const midnight = start.now.getTime();
  const time = new VirtualTime(midnight);
  const account = new Account({ time, iam });
  const lambda = new LambdaService(time, concurrency);
  const trigger = RotationTrigger.eventBridgeScheduler();
  const outcomes: Record<string, number> = {};
  const users = Array.from({ length: USERS }, (_, index) => {
    const user = start.clone();
    user.iam.lags = { lists: 0, sts: PROPAGATION, uses: 0 };
    for (const action of actions) {
      time.at(
        midnight + minuteOf(trigger, `user-${index}`, action) * 60_000,
        () =>
          void lambda.invoke(async () => {
            const { outcome } = await rotate(request(action), account.toolsFor(user));
            outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
          }),
      );
    }
    return user;
  });
  await time.run();
  return { account, lambda, users, outcomes };
}

function minuteOf(trigger: RotationTrigger, user: string, action: Action): number {
  const [, minute, hour] = /^cron\((\d+) (\d+) \* \* \? \*\)$/.exec(
    trigger._scheduleExpression(trigger._checkTimes(stableHash(user)), action, DEFAULT_AGES),
  )!;
  return Number(hour) * 60 + Number(minute);
}

/** A user whose first key was issued `days` days ago at midnight, with checks until yesterday. */
export async function userAfter(days: number): Promise<ModelAws> {
  const aws = new ModelAws();
  const begin = aws.now.getTime();
  for (let at = 0; at < days; at++) {
    for (const action of ACTIONS) {
      aws.now = new Date(begin + at * DAY);
      await rotate(request(action), aws.tools());
    }
  }
  aws.now = new Date(begin + days * DAY);
  return aws;
}
