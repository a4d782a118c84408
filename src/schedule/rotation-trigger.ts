import { Duration } from 'aws-cdk-lib';
import { CHECK_INTERVALS, MAX_INTERVAL_DAYS } from './check-intervals';
import { CheckScheduler } from './check-scheduler';
import { EventRules } from './event-rules';
import { SchedulerSchedules } from './scheduler-schedules';
import { ageLimitKept } from '../contract/active-time';
import { Ages, DAY, formatAges, recoveryPeriodDays, switchPeriodDays } from '../contract/ages';
import { WindowSettings } from '../contract/change-window';
import { CheckTimes, checkTimesOf, cronOf, MINUTES_PER_DAY, formatInterval } from '../contract/check-times';
import { Action } from '../contract/events';
import { RotationFunction } from '../function/rotation-function';
import { DURATION } from '../private/cdk-shapes';
import { checkOptions, closedOptionsOf, withMembers } from '../private/shape';
import { unknownOptions } from '../private/unknown-options';

/** Options of a trigger with a check interval. */
export interface TriggerOptions {
  /**
   * The time between two checks for the same step of a user. A step happens at the first check at which it is due, so
   * it can be late by up to one interval.
   *
   * One of 1, 2, 3, 4, 6, 8, 12 or 24 hours, or a whole number of days from 1 to 28. Not a token, and not longer than
   * the switch period or the recovery period of any user. Above one day, both periods, the maximum delay of
   * `Deactivation.whenUnused()` and two intervals must fit into the rotation period. Days count from the first of each
   * month, so the last interval of a month can be shorter. For users with a `changeWindow`, it is one day.
   *
   * @default Duration.days(1)
   */
  readonly checkInterval?: Duration;
}

const TRIGGER_OPTIONS = closedOptionsOf<TriggerOptions>('TriggerOptions', { checkInterval: DURATION });

/**
 * Which service starts the checks, and how often. The Lambda decides by the age of the keys whether a step is due: a
 * check that is late or missed delays a step, and a check that is repeated or out of order does no harm.
 *
 * @example
 * import { Duration } from 'aws-cdk-lib';
 * import { AccessKeyRotation, RotationTrigger } from 'cdk-access-key-rotation';
 *
 * new AccessKeyRotation(stack, 'Rotation', {
 *   users: [{ userName: 'ci-deployer' }],
 *   trigger: RotationTrigger.eventBridgeScheduler({ checkInterval: Duration.days(2) }),
 * });
 */
export abstract class RotationTrigger {
  /** @internal */
  public static readonly _SHAPE = withMembers(
    'a RotationTrigger',
    'Use RotationTrigger.eventBridgeRules({ … }).',
    '_bind',
  );

  /**
   * Three EventBridge rules per user on the default event bus, one for each step. The times of day (UTC) come from a
   * hash of the user name (or of `id`): they spread the users over the day and do not change between deploys. The three
   * checks of a user are one third of the interval apart, 8 hours at most.
   *
   * The default quota is 300 rules per event bus: 100 users in a Region, of all rotations together. In af-south-1 and
   * eu-south-1, it is 100 rules: 33 users.
   *
   * @param options - the check interval
   * @throws if the check interval is a token or is not an allowed value
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
   */
  public static eventBridgeRules(options: TriggerOptions = {}): RotationTrigger {
    return new IntervalTrigger('eventBridgeRules', options, (rotation) => new EventRules(rotation));
  }

  /**
   * Three EventBridge Scheduler schedules per user, in one schedule group. They run at the same times as the rules of
   * `eventBridgeRules()`. The default quota is 10 million schedules per Region. Their role can only invoke the Lambda
   * and send to its dead-letter queue.
   *
   * A change from `eventBridgeRules()` to this, or back, is an ordinary deploy. For a short time, both can invoke the
   * Lambda, which is harmless.
   *
   * @param options - the check interval
   * @throws if the check interval is a token or is not an allowed value
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
   */
  public static eventBridgeScheduler(options: TriggerOptions = {}): RotationTrigger {
    return new IntervalTrigger('eventBridgeScheduler', options, (rotation) => new SchedulerSchedules(rotation));
  }

  /**
   * Three EventBridge rules per user that invoke the Lambda every 90, 104 and 118 days, or at the rates of the user's
   * schedule.
   *
   * Not recommended: the rates count from the deploy, so they drift apart after the first cycle. Old keys are then
   * deactivated and deleted weeks late, and rotations are skipped while a user has two keys. After a check that failed,
   * the next one comes a whole period later; the alarm `deadLetters` reports it. The switch period and the recovery
   * period are still kept.
   */
  public static fixedRates(): RotationTrigger {
    return new FixedRatesTrigger();
  }

  /** @internal */
  public abstract readonly _unknownOptions: readonly string[];

  /** The check interval; undefined if it depends on the schedule. @internal */
  public abstract readonly _interval?: Duration;

  /** Creates the resources that all rules or schedules of a rotation share. Call it once per rotation. @internal */
  public abstract _bind(rotation: RotationFunction): CheckScheduler;

  /**
   * When the checks of a user run; undefined if it depends on the deploy. `hash` is the hash of the user's `id`, or of
   * its name. @internal
   */
  public abstract _checkTimes(hash: number, window?: WindowSettings): CheckTimes | undefined;

  /** Why checks cannot keep a change window, or undefined if they can. @internal */
  public abstract _windowProblem(window: WindowSettings): string | undefined;

  /** The age in days that an active key can reach if no check is missing. @internal */
  public abstract _oldestActiveDays(ages: Ages, maxDelayDays: number, window?: WindowSettings): number;

  /** For messages, such as "checks every 7 days". @internal */
  public abstract _describeChecks(): string;

  /** The schedule expression for an action. @internal */
  public abstract _scheduleExpression(times: CheckTimes | undefined, action: Action, ages: Ages): string;

  /** Why the check interval does not fit the ages, or undefined if it fits. @internal */
  public abstract _problemWith(ages: Ages, maxDelayDays: number): string | undefined;
}

/** Checks at fixed times of day. */
class IntervalTrigger extends RotationTrigger {
  public readonly _interval: Duration;
  public readonly _unknownOptions: readonly string[];
  private readonly minutes: number;

  constructor(
    private readonly factory: 'eventBridgeRules' | 'eventBridgeScheduler',
    options: TriggerOptions,
    public readonly _bind: (rotation: RotationFunction) => CheckScheduler,
  ) {
    super();
    const name = `RotationTrigger.${factory}`;
    const { checkInterval = Duration.days(1) } = checkOptions(name, 'options', options, TRIGGER_OPTIONS);
    this._unknownOptions = unknownOptions(name, options, TRIGGER_OPTIONS);
    this._interval = checkInterval;
    if (checkInterval.isUnresolved()) {
      throw new Error(`${name}: "checkInterval" is a token, but it is checked at synth. Pass a literal duration.`);
    }
    this.minutes = checkInterval.toMinutes({ integral: false });
    if (!CHECK_INTERVALS.includes(this.minutes)) {
      throw new Error(
        `${name}: "checkInterval" is ${checkInterval.toHumanString()}, but it must divide the day evenly or be whole days.`
          + ` Use 1, 2, 3, 4, 6, 8, 12 or 24 hours, or a whole number of days up to ${MAX_INTERVAL_DAYS}.`,
      );
    }
  }

  public _checkTimes(hash: number, window?: WindowSettings): CheckTimes {
    return checkTimesOf(hash, this.minutes, window);
  }

  public _windowProblem({ timeZone }: WindowSettings): string | undefined {
    if (this.minutes !== MINUTES_PER_DAY) {
      return (
        `with a "changeWindow", each check runs once a day, but "checkInterval" is ${this._interval.toHumanString()}.`
        + ' Leave "checkInterval" out, or the "changeWindow"'
      );
    }
    return timeZone !== undefined && this.factory === 'eventBridgeRules'
      ? `the time zone of "changeWindow" is ${timeZone}, but EventBridge rules run in UTC only.`
          + ' Use "trigger: RotationTrigger.eventBridgeScheduler()", which has time zones, or hours in UTC'
      : undefined;
  }

  public _oldestActiveDays(ages: Ages, maxDelayDays: number, window?: WindowSettings): number {
    return ageLimitKept(ages, maxDelayDays, this._checkTimes(0, window), false) / DAY;
  }

  public _describeChecks(): string {
    return `checks every ${formatInterval(this.minutes)}`;
  }

  public _scheduleExpression(times: CheckTimes, action: Action): string {
    return cronOf(times, action);
  }

  public _problemWith(ages: Ages, maxDelayDays: number): string | undefined {
    const intervalDays = this.minutes / MINUTES_PER_DAY;
    const switchDays = switchPeriodDays(ages);
    const recoveryDays = recoveryPeriodDays(ages);
    const { create } = ages;
    const spareDays = create - switchDays - recoveryDays - maxDelayDays;
    const maxDays = Math.min(switchDays, recoveryDays, Math.max(1, Math.floor(spareDays / 2)));
    const fix = `Set "checkInterval" to Duration.days(${maxDays}) or less`;
    if (intervalDays > 1 && 2 * intervalDays > spareDays) {
      return (
        `checks every ${intervalDays} days are too far apart for the schedule ${formatAges(ages)}: its switch period, recovery period and maximum delay`
        + ` (${switchDays} + ${recoveryDays} + ${maxDelayDays} days) and two intervals must fit into "create" (${create} days). ${fix}`
      );
    }
    if (intervalDays <= Math.min(switchDays, recoveryDays)) return undefined;
    return (
      `checks every ${intervalDays} days are too far apart for the schedule ${formatAges(ages)}: the interval must not be longer`
      + ` than its switch and recovery periods (${switchDays} and ${recoveryDays} days). ${fix}`
    );
  }
}

class FixedRatesTrigger extends RotationTrigger {
  public readonly _unknownOptions = [];
  public readonly _interval = undefined;

  public _bind(rotation: RotationFunction): CheckScheduler {
    return new EventRules(rotation);
  }

  public _checkTimes(): undefined {
    return undefined;
  }

  public _windowProblem(): string {
    return (
      'RotationTrigger.fixedRates() has no times of day, so it cannot keep a "changeWindow".'
      + ' Use RotationTrigger.eventBridgeRules() or RotationTrigger.eventBridgeScheduler()'
    );
  }

  /** Each check can come just before its step is due. The next one is as many days later as the age. */
  public _oldestActiveDays(ages: Ages, maxDelayDays: number): number {
    return ages.create + ages.create + switchPeriodDays(ages) + maxDelayDays + ages.deactivate;
  }

  public _describeChecks(): string {
    return 'checks at fixed rates';
  }

  public _scheduleExpression(_times: undefined, action: Action, ages: Ages): string {
    const days = ages[action];
    return days === 1 ? 'rate(1 day)' : `rate(${days} days)`;
  }

  public _problemWith(): undefined {
    return undefined;
  }
}
