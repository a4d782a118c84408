import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RotationMetrics } from './rotation-metrics';
import { Action, ACTIONS } from '../contract/events';
import { Cause, DIMENSIONS } from '../contract/metrics';

const RUNBOOK = 'https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/runbook.md';

/** The longest period of a metric. */
const DAY = Duration.days(1);

/** An alarm looks back so many days at most. */
const MAX_EVALUATION_DAYS = 7;

/** Lambda repeats an event that fails twice, so this is one that fails for good. */
const TRIES = 3;

/** What the alarms need of a rotation. */
interface WatchedRotation extends RotationMetrics {
  readonly rotationFunction: lambda.IFunction;
  readonly deadLetterQueue: sqs.IQueue;
}

interface AlarmOptions extends Omit<cloudwatch.AlarmProps, 'evaluationPeriods'> {
  readonly meaning: string;
  readonly evaluationPeriods?: number;
}

/**
 * The alarms of a rotation. Each description says what is the matter, and links what to do about it. They are about all
 * users together; who it is about is in the log.
 */
export class RotationAlarms extends Construct {
  /** @internal */
  public static _of(rotation: WatchedRotation, dryRun: boolean, interval?: Duration): RotationAlarms {
    return new RotationAlarms(rotation, dryRun, interval);
  }

  /**
   * A step with a key is two days later than an interval of the checks explains, whatever the reason. Where checks
   * cannot even see the keys, `failedChecks` goes off instead, and where none come, `checksMissing`.
   *
   * Absent in a dry run, which takes no step, and with `RotationTrigger.fixedRates()`, with which steps are weeks
   * late.
   */
  public readonly overdueKeys?: cloudwatch.Alarm;

  /** The Lambda failed three times within a day, as for one event that fails for good. Time-outs and crashes count. */
  public readonly failedChecks: cloudwatch.Alarm;

  /** An event could not be handled or not even be delivered, and waits in the dead-letter queue. */
  public readonly deadLetters: cloudwatch.Alarm;

  /**
   * For two intervals, no check came to an end: nothing asks, or the Lambda does not answer. It is also on from a first
   * deploy to the first check, which is some hours later.
   *
   * An alarm looks back seven days at most. With checks every four to six days, it is therefore on after seven days; it
   * is absent if they are rarer, and with `RotationTrigger.fixedRates()`.
   */
  public readonly checksMissing?: cloudwatch.Alarm;

  /**
   * On two days in a row, some check of some user did not come to an end, though others did.
   *
   * Absent if checks are rarer than once a day, because no period of a metric is longer.
   */
  public readonly uncheckedUsers?: cloudwatch.Alarm;

  /** A new key could be neither published nor taken back: for a while, the user has a key that nobody knows. */
  public readonly keyCleanupFailed: cloudwatch.Alarm;

  /** AWS refused three tries within a day because the account makes too many calls. */
  public readonly throttled: cloudwatch.Alarm;

  /** Messages could not be sent three times within a day: people are not told what happens to their keys. */
  public readonly notificationFailures: cloudwatch.Alarm;

  /** All of them, without those that are absent. */
  public readonly all: cloudwatch.Alarm[] = [];

  private constructor(rotation: WatchedRotation, dryRun: boolean, interval?: Duration) {
    super(rotation, 'Alarms');
    if (interval) {
      const days = interval.toDays({ integral: false });
      if (!dryRun) this.overdueKeys = this.overdueAlarm(rotation, days);
      if (days < MAX_EVALUATION_DAYS) this.checksMissing = this.checksMissingAlarm(rotation, interval, days);
      if (days <= 1) this.uncheckedUsers = this.uncheckedUsersAlarm(rotation, 1 / days);
    }
    const failures = (cause: Cause) => rotation.metricFailures({ dimensionsMap: { [DIMENSIONS.cause]: cause } });
    this.failedChecks = this.alarm('FailedChecks', {
      meaning: 'The rotation failed three times within a day, by an error, a time-out or a crash.',
      metric: rotation.rotationFunction.metricErrors({ period: DAY }),
      threshold: TRIES,
    });
    this.deadLetters = this.alarm('DeadLetters', {
      meaning: 'An event could not be handled, and waits in the dead-letter queue.',
      metric: rotation.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: cloudwatch.Stats.MAXIMUM,
      }),
      threshold: 1,
      // SQS says nothing of a queue that nobody has touched for hours.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
    this.keyCleanupFailed = this.alarm('KeyCleanupFailed', {
      meaning: 'A new key could be neither published nor taken back.',
      metric: failures('CleanupFailed'),
      threshold: 1,
    });
    this.throttled = this.alarm('Throttled', {
      meaning: 'AWS refused three tries within a day because of too many calls in the account.',
      metric: failures('Throttled'),
      threshold: TRIES,
    });
    this.notificationFailures = this.alarm('NotificationFailures', {
      meaning: 'Messages could not be sent: people are not told what happens to their keys.',
      metric: rotation.metricFailedNotifications(),
      // A message is tried again by each check of its user, and without any soon, once is enough.
      threshold: interval ? ACTIONS.length : 1,
    });
  }

  /**
   * Add actions to all alarms.
   *
   * @param actions - for the state ALARM, such as `SnsAction` of `aws-cloudwatch-actions`
   */
  public addAlarmAction(...actions: cloudwatch.IAlarmAction[]): void {
    for (const alarm of this.all) alarm.addAlarmAction(...actions);
  }

  private overdueAlarm(rotation: RotationMetrics, intervalDays: number): cloudwatch.Alarm {
    const threshold = Math.ceil(intervalDays) + 2;
    return this.alarm('OverdueKeys', {
      meaning: `A step with a key is late by ${threshold} days or more.`,
      metric: rotation.metricOverdueDays(),
      threshold,
      // Until a check says otherwise, it is as late as before.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  private checksMissingAlarm(rotation: RotationMetrics, interval: Duration, intervalDays: number): cloudwatch.Alarm {
    const aDayOrLess = intervalDays <= 1;
    return this.alarm('ChecksMissing', {
      meaning: 'No check has come to an end for two intervals, or for seven days: nothing is rotated.',
      // Not just missing data: while CloudWatch has older data in sight, it takes those in their place, for days.
      metric: new cloudwatch.MathExpression({
        expression: 'FILL(checks, 0)',
        usingMetrics: { checks: rotation.metricChecks() },
        period: aDayOrLess ? interval : DAY,
        label: 'Checks',
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: aDayOrLess ? 2 : Math.min(2 * intervalDays, MAX_EVALUATION_DAYS),
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }

  private uncheckedUsersAlarm(rotation: RotationMetrics, checksPerDay: number): cloudwatch.Alarm {
    const checks = (action: Action) => rotation.metricChecks({ dimensionsMap: { [DIMENSIONS.action]: action } });
    return this.alarm('UncheckedUsers', {
      meaning: 'On two days in a row, not every user was checked.',
      metric: new cloudwatch.MathExpression({
        // A day without any check is for `checksMissing`. If it were missing, CloudWatch would take an older one in its
        // place, and the days on which an outage began and ended would be two in a row.
        expression: `FILL(MIN([${ACTIONS.map((action) => `FILL(${action}, 0)`).join(', ')}]) / users, ${checksPerDay})`,
        usingMetrics: {
          ...Object.fromEntries(ACTIONS.map((action) => [action, checks(action)])),
          users: rotation.metricUsers(),
        },
        period: DAY,
        label: 'Checks by user, of the action that asked least',
      }),
      threshold: checksPerDay,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      // A check that is some seconds late may miss one day's period, but is in the next one. And on the first day, no
      // user that was just added has all its checks.
      evaluationPeriods: 2,
    });
  }

  private alarm(id: string, { meaning, ...options }: AlarmOptions): cloudwatch.Alarm {
    const section = id.replace(/\B[A-Z]/g, '-$&').toLowerCase(); // of the runbook
    const alarm = new cloudwatch.Alarm(this, id, {
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...options,
      alarmDescription: `${meaning} ${RUNBOOK}#${section}`,
    });
    this.all.push(alarm);
    return alarm;
  }
}
