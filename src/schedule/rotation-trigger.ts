import { Duration } from 'aws-cdk-lib';
import { CheckScheduler } from './check-scheduler';
import { EventRules } from './event-rules';
import { RotationSchedule } from './rotation-schedule';
import { SchedulerSchedules } from './scheduler-schedules';
import { recoveryPeriodDays, switchPeriodDays } from '../contract/ages';
import { Action, ACTIONS } from '../contract/events';
import { RotationFunction } from '../function/rotation-function';

/** Options of a trigger with a check interval. */
export interface TriggerOptions {
  /**
   * How often each check is made. A step happens at the first check at which it is due: it is late by up to this.
   *
   * One of 1, 2, 3, 4, 6, 8, 12 or 24 hours, or a whole number of days, 28 at most and not longer than any user's grace
   * period.
   *
   * @default Duration.days(1)
   */
  readonly checkInterval?: Duration;
}

/**
 * What asks whether it is time, and how often. A trigger only asks: the Lambda decides by the age of the keys, so a
 * check that comes late, twice, out of order or not at all changes nothing but the moment of the next one.
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
  /**
   * Three EventBridge rules per user on the default bus. Each asks at a time of day of its own, which comes from a hash
   * of the user name: it spreads the users, survives redeploys, and keeps the three actions of a user apart: by eight
   * hours, or by a third of the interval if that is shorter than a day.
   *
   * EventBridge takes 300 rules on a bus unless the quota is raised: 100 users in a region, all rotations together.
   *
   * @throws if `checkInterval` is none of the values that it allows
   */
  public static eventBridgeRules(options: TriggerOptions = {}): RotationTrigger {
    return new IntervalTrigger('eventBridgeRules', options, (rotation) => new EventRules(rotation));
  }

  /**
   * Three schedules of EventBridge Scheduler per user, in a group of their own, which ask at the same times as
   * `eventBridgeRules()`. A region has room for ten million. They use a role that may invoke the Lambda and send to its
   * dead-letter queue, and nothing else.
   *
   * Changing from `eventBridgeRules()` to this, or back, is an ordinary deploy. Both may invoke the Lambda for a short
   * time.
   *
   * @throws if `checkInterval` is none of the values that it allows
   */
  public static eventBridgeScheduler(options: TriggerOptions = {}): RotationTrigger {
    return new IntervalTrigger('eventBridgeScheduler', options, (rotation) => new SchedulerSchedules(rotation));
  }

  /**
   * Three EventBridge rules per user that invoke the Lambda only every 90, 104 and 118 days, or at the ages set.
   *
   * Not recommended: after the first cycle, the three rates drift apart. Old keys are then deactivated and deleted
   * weeks late, and rotations are skipped while both slots of a user are taken. The grace periods still hold.
   */
  public static fixedRates(): RotationTrigger {
    return new FixedRatesTrigger();
  }

  /** How often each action of a user is checked; undefined where that depends on the schedule. @internal */
  public abstract readonly _interval?: Duration;

  /** Creates what all rules or schedules of a rotation share: once for each rotation. @internal */
  public abstract _bind(rotation: RotationFunction): CheckScheduler;

  /** The schedule expression for an action. `hash` is that of the user's name, or of its `id`. @internal */
  public abstract _scheduleExpression(hash: number, action: Action, schedule: RotationSchedule): string;

  /** Why a schedule cannot be kept with this trigger, if it cannot. @internal */
  public abstract _problemWith(schedule: RotationSchedule, maxDelayDays: number): string | undefined;
}

const MINUTES_PER_DAY = 24 * 60;

/** Every month has so many days. */
const MAX_INTERVAL_DAYS = 28;

/** Asks at fixed times, evenly over the day. */
class IntervalTrigger extends RotationTrigger {
  public readonly _interval: Duration;
  private readonly minutes: number;

  constructor(
    factory: 'eventBridgeRules' | 'eventBridgeScheduler',
    { checkInterval = Duration.days(1) }: TriggerOptions,
    public readonly _bind: (rotation: RotationFunction) => CheckScheduler,
  ) {
    super();
    this._interval = checkInterval;
    if (checkInterval.isUnresolved()) {
      throw new Error(`RotationTrigger.${factory}: "checkInterval" is a token, use a literal duration.`);
    }
    this.minutes = checkInterval.toMinutes({ integral: false });
    const evenly =
      this.minutes >= 60
      && this.minutes % 60 === 0
      && (this.minutes <= MINUTES_PER_DAY ? MINUTES_PER_DAY % this.minutes === 0 : this.minutes % MINUTES_PER_DAY === 0)
      && this.minutes <= MAX_INTERVAL_DAYS * MINUTES_PER_DAY;
    if (!evenly) {
      throw new Error(
        `RotationTrigger.${factory}: "checkInterval" is ${checkInterval.toHumanString()}, but it must divide the day evenly:`
          + ` use 1, 2, 3, 4, 6, 8, 12 or 24 hours, or a whole number of days up to ${MAX_INTERVAL_DAYS}.`,
      );
    }
  }

  public _scheduleExpression(hash: number, action: Action): string {
    // A third of the interval for each action, in the order in which they follow each other: on the day on which a new
    // key has had its grace, its check comes after the hour of its creation and not a day later.
    const third = Math.floor(Math.min(this.minutes, MINUTES_PER_DAY) / ACTIONS.length);
    const slot = third * ACTIONS.indexOf(action) + (hash % third);
    const hour = Math.floor(slot / 60);
    const hours = this.minutes < MINUTES_PER_DAY ? `${hour}/${this.minutes / 60}` : `${hour}`;
    // Counted from the first of each month, so the last interval of a month may be shorter, and none is longer.
    const days = this.minutes > MINUTES_PER_DAY ? `1/${this.minutes / MINUTES_PER_DAY}` : '*';
    return `cron(${slot % 60} ${hours} ${days} * ? *)`;
  }

  public _problemWith(schedule: RotationSchedule, maxDelayDays: number): string | undefined {
    const checkDays = this.minutes / MINUTES_PER_DAY;
    const graces = [switchPeriodDays(schedule._ages), recoveryPeriodDays(schedule._ages)];
    const { create } = schedule._ages;
    if (checkDays > 1 && graces[0] + graces[1] + maxDelayDays + 2 * checkDays > create) {
      return (
        `checks every ${checkDays} days can delay the end of each grace period of the schedule ${schedule} by as much, and then`
        + ` the old key is not gone when the next one is due, after ${create} days: lower "checkInterval"`
      );
    }
    if (checkDays <= Math.min(...graces)) return undefined;
    return (
      `checks every ${checkDays} days are rarer than the grace periods of the schedule ${schedule} (${graces.join(' and ')} days),`
      + ' so a step could be late by more than its grace: lower "checkInterval"'
    );
  }
}

class FixedRatesTrigger extends RotationTrigger {
  public readonly _interval = undefined;

  public _bind(rotation: RotationFunction): CheckScheduler {
    return new EventRules(rotation);
  }

  public _scheduleExpression(_hash: number, action: Action, schedule: RotationSchedule): string {
    const days = schedule._ages[action];
    return days === 1 ? 'rate(1 day)' : `rate(${days} days)`;
  }

  public _problemWith(): undefined {
    return undefined;
  }
}
