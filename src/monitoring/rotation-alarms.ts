import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allowAlarms } from './alarm-topic';
import { RotationAlarm } from './rotation-alarm';
import { RotationMetrics } from './rotation-metrics';
import { Action, ACTIONS } from '../contract/events';
import { Cause, DIMENSIONS } from '../contract/metrics';
import { ALARM_ACTION } from '../private/cdk-shapes';
import { checkShape, listOf } from '../private/shape';

const RUNBOOK = 'https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/runbook.md';

/** The longest period of a metric in an alarm. */
const DAY = Duration.days(1);

/**
 * The longest time that an alarm evaluates.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
const MAX_EVALUATION_DAYS = 7;

/**
 * Errors of one event that fails each time: Lambda retries an asynchronous event twice.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
 */
const ATTEMPTS = 3;

/** The parts of a rotation that the alarms need. */
interface WatchedRotation extends RotationMetrics {
  readonly rotationFunction: lambda.IFunction;
  readonly deadLetterQueue: sqs.IQueue;
  readonly topic: sns.ITopic;
}

interface AlarmOptions extends Omit<cloudwatch.AlarmProps, 'evaluationPeriods'> {
  readonly meaning: string;
  readonly evaluationPeriods?: number;
}

/**
 * The alarms of a rotation. The description of each alarm has its meaning and a link to its section of the runbook. An
 * alarm is for all users together; the log has the user.
 */
export class RotationAlarms extends Construct {
  /** @internal */
  public static _of(rotation: WatchedRotation, dryRun: boolean, interval?: Duration): RotationAlarms {
    return new RotationAlarms(rotation, dryRun, interval);
  }

  /**
   * A step is overdue by the check interval plus two days, for any reason. If checks cannot read the keys,
   * `failedChecks` is in ALARM instead; if there are no checks, `checksMissing`.
   *
   * Undefined for a dry run, which takes no step, and with `RotationTrigger.fixedRates()`, whose steps can be weeks
   * late.
   */
  public readonly overdueKeys?: cloudwatch.Alarm;

  /**
   * An active key has reached the limit of `RotationSchedule.activeUnder()`, by the creation dates of IAM alone. Keys
   * of any origin count, unmanaged ones too. A rotation without such a schedule has no limit, and the alarm stays in
   * OK.
   *
   * Undefined for a dry run and with `RotationTrigger.fixedRates()`, as `overdueKeys`.
   */
  public readonly overLimit?: cloudwatch.Alarm;

  /**
   * The function failed three times within a day, as often as Lambda attempts one event. Timeouts and crashes count.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
   */
  public readonly failedChecks: cloudwatch.Alarm;

  /** An event is in the dead-letter queue: all attempts failed, or it could not be delivered to the function. */
  public readonly deadLetters: cloudwatch.Alarm;

  /**
   * No check completed for two check intervals: the function is not invoked, or it fails. With an interval of a day or
   * less, also if no check completed in two of the last three intervals.
   *
   * A first key that a deploy issues or updates counts as a check. Before it, the alarm has no data, so a first deploy
   * does not set it. After it, the alarm reports checks that never start. A deploy with a shorter check interval can
   * set the alarm until the second check.
   *
   * CloudWatch evaluates an alarm over seven days at most. With a check interval of four to six days, the alarm is in
   * ALARM after seven days without a check. Undefined for longer check intervals, and with
   * `RotationTrigger.fixedRates()`.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
   */
  public readonly checksMissing?: cloudwatch.Alarm;

  /**
   * On two consecutive days, a check of a user did not complete, but others did.
   *
   * Undefined for a check interval of more than a day, because the period of a metric in the alarm is at most a day,
   * and with `RotationTrigger.fixedRates()`.
   */
  public readonly uncheckedUsers?: cloudwatch.Alarm;

  /** A new key could be neither published nor deleted. The user has an orphaned key until a later check deletes it. */
  public readonly keyCleanupFailed: cloudwatch.Alarm;

  /** AWS throttled three runs within a day, because the account makes too many calls. */
  public readonly throttled: cloudwatch.Alarm;

  /**
   * Three attempts to send a notification failed within a day; with `RotationTrigger.fixedRates()`, one attempt.
   * Recipients do not receive what happens to their keys.
   */
  public readonly notificationFailures: cloudwatch.Alarm;

  /** All alarms, without those that are undefined. */
  public readonly all: cloudwatch.Alarm[] = [];

  private constructor(
    private readonly rotation: WatchedRotation,
    dryRun: boolean,
    interval?: Duration,
  ) {
    super(rotation, 'Alarms');
    if (interval) {
      const days = interval.toDays({ integral: false });
      if (!dryRun) {
        this.overdueKeys = this.overdueAlarm(rotation, days);
        this.overLimit = this.overLimitAlarm(rotation);
      }
      if (days < MAX_EVALUATION_DAYS) this.checksMissing = this.checksMissingAlarm(rotation, interval, days);
      if (days <= 1) this.uncheckedUsers = this.uncheckedUsersAlarm(rotation, 1 / days);
    }
    const failures = (cause: Cause) => rotation.metricFailures({ dimensionsMap: { [DIMENSIONS.cause]: cause } });
    this.failedChecks = this.alarm('FailedChecks', {
      meaning: 'The rotation function failed three times within a day: by an error, a timeout or a crash.',
      metric: rotation.rotationFunction.metricErrors({ period: DAY }),
      threshold: ATTEMPTS,
    });
    this.deadLetters = this.alarm('DeadLetters', {
      meaning: 'An event could not be delivered or handled, and is in the dead-letter queue.',
      metric: rotation.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: cloudwatch.Stats.MAXIMUM,
      }),
      threshold: 1,
      // SQS publishes no metrics of a queue that is inactive for hours.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
    this.keyCleanupFailed = this.alarm('KeyCleanupFailed', {
      meaning: 'A new key could be neither published nor deleted.',
      metric: failures('CleanupFailed'),
      threshold: 1,
    });
    this.throttled = this.alarm('Throttled', {
      meaning: 'AWS throttled three runs within a day, because the account makes too many calls.',
      metric: failures('Throttled'),
      threshold: ATTEMPTS,
    });
    this.notificationFailures = this.alarm('NotificationFailures', {
      meaning: 'Notifications about access keys could not be sent.',
      metric: rotation.metricFailedNotifications(),
      // Each check of the user sends most of them again. With fixed rates, the next check is weeks away, so one failure
      // counts.
      threshold: interval ? ACTIONS.length : 1,
    });
  }

  /**
   * Add actions to all alarms. If one of them is the topic of the rotation, CloudWatch is allowed to publish to it, as
   * with an action that is added to one of the alarms.
   *
   * @param actions - for the state ALARM, such as `SnsAction` of `aws-cloudwatch-actions`
   */
  public addAlarmAction(...actions: cloudwatch.IAlarmAction[]): void {
    checkShape(`RotationAlarms ${this.node.path}, addAlarmAction()`, 'actions', actions, listOf(ALARM_ACTION));
    for (const alarm of this.all) alarm.addAlarmAction(...actions);
  }

  private allowTopic(alarm: RotationAlarm): void {
    const { topic } = this.rotation;
    if (alarm.publishesTo(topic)) allowAlarms(this, topic);
  }

  private overdueAlarm(rotation: RotationMetrics, intervalDays: number): cloudwatch.Alarm {
    const threshold = Math.ceil(intervalDays) + 2;
    return this.alarm('OverdueKeys', {
      meaning: `A step of a key rotation is overdue by ${threshold} days or more.`,
      metric: rotation.metricOverdueDays(),
      threshold,
      // Without a check the step is still overdue, so the state must not change.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  private overLimitAlarm(rotation: RotationMetrics): cloudwatch.Alarm {
    return this.alarm('OverLimit', {
      meaning: 'An active access key has reached the limit of its schedule.',
      metric: rotation.metricOverLimit(),
      threshold: 1,
      // Without a check the key is still over the limit, so the state must not change.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  private checksMissingAlarm(rotation: RotationMetrics, interval: Duration, intervalDays: number): cloudwatch.Alarm {
    const dailyOrMore = intervalDays <= 1;
    const period = dailyOrMore ? interval : DAY;
    return this.alarm('ChecksMissing', {
      meaning: 'No check completed for two check intervals, or for seven days: no key is rotated.',
      // 1 for a period with checks, 0 for one without, and missing before the first check: a first deploy must not set
      // the alarm. FILL, because in place of missing data CloudWatch evaluates older data, for days.
      metric: new cloudwatch.MathExpression({
        expression: 'FILL(checks, 0) / FILL(checks, REPEAT)',
        usingMetrics: { checks: rotation.metricChecks({ period }) },
        period,
        label: 'Periods with checks',
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      // The last check must be among the data, or nothing tells an outage from a first deploy. Two of three periods
      // have it. Longer alarms need the additional data that CloudWatch retrieves: with more periods than datapoints,
      // one check that is missed would set them.
      ...(dailyOrMore
        ? { evaluationPeriods: 3, datapointsToAlarm: 2 }
        : { evaluationPeriods: Math.min(2 * intervalDays, MAX_EVALUATION_DAYS) }),
      // The state stays: no data before the first check, and ALARM when the last check is out of the evaluation range.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  private uncheckedUsersAlarm(rotation: RotationMetrics, checksPerDay: number): cloudwatch.Alarm {
    const checks = (action: Action) => rotation.metricChecks({ dimensionsMap: { [DIMENSIONS.action]: action } });
    return this.alarm('UncheckedUsers', {
      meaning: 'On two consecutive days, not every user was checked.',
      metric: new cloudwatch.MathExpression({
        // A day without any check is the case of `checksMissing`. Without the outer FILL, CloudWatch would evaluate an
        // older day in its place, and the first and the last day of an outage would count as two consecutive days.
        expression: `FILL(MIN([${ACTIONS.map((action) => `FILL(${action}, 0)`).join(', ')}]) / users, ${checksPerDay})`,
        usingMetrics: {
          ...Object.fromEntries(ACTIONS.map((action) => [action, checks(action)])),
          users: rotation.metricUsers(),
        },
        period: DAY,
        label: 'Checks per user, of the action with the fewest checks',
      }),
      threshold: checksPerDay,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      // A check that is some seconds late can be in the period of the next day. And a user that was just added does not
      // have all checks on its first day.
      evaluationPeriods: 2,
    });
  }

  private alarm(id: string, { meaning, ...options }: AlarmOptions): cloudwatch.Alarm {
    const anchor = id.replace(/\B[A-Z]/g, '-$&').toLowerCase();
    const alarm = new RotationAlarm(
      this,
      id,
      {
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
        ...options,
        alarmDescription: `${meaning} ${RUNBOOK}#${anchor}`,
      },
      (changed) => this.allowTopic(changed),
    );
    this.all.push(alarm);
    return alarm;
  }
}
