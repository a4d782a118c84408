import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { DIMENSIONS, METRICS, NAMESPACE } from '../contract/metrics';

const { MAXIMUM, MINIMUM, SUM } = cloudwatch.Stats;

/**
 * What a rotation can be watched by. The methods are those of `AccessKeyRotation`.
 *
 * @internal
 */
export abstract class RotationMetrics extends Construct {
  /**
   * Which rotation this is: the value of the dimension `Rotation`.
   *
   * @internal
   */
  protected abstract readonly _rotation: string;

  /**
   * A metric of this rotation, of all its users together. Metrics have no dimension for the user, because each would
   * cost by the month: who it is about is in the log.
   *
   * `dimensionsMap` adds to the dimension `Rotation`, and only where the rotation emits such metrics: `Action` of
   * `Checks`, `Cause` of `Failures`.
   *
   * @default - average over a day
   * @param metricName - `Checks`, `Failures` and so on
   */
  public metric(metricName: string, props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      period: Duration.days(1),
      ...props,
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { [DIMENSIONS.rotation]: this._rotation, ...props.dimensionsMap },
    }).attachTo(this);
  }

  /**
   * Age of the oldest active key in whole days, keys of others too.
   *
   * @default - maximum over a day
   */
  public metricOldestActiveKey(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.oldestActiveKey, { statistic: MAXIMUM, ...props });
  }

  /**
   * Whole days by which the most overdue step is late. Less than the check interval is normal.
   *
   * @default - maximum over a day
   */
  public metricOverdueDays(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.overdue, { statistic: MAXIMUM, ...props });
  }

  /**
   * Keys of a user, active or not: two at most.
   *
   * @default - maximum over a day
   */
  public metricKeys(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.keys, { statistic: MAXIMUM, ...props });
  }

  /**
   * Keys of a user that somebody else made and that are left alone.
   *
   * @default - maximum over a day
   */
  public metricUnmanagedKeys(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.unmanagedKeys, { statistic: MAXIMUM, ...props });
  }

  /**
   * Number of keys that a run left behind when it died, and that a check deleted.
   *
   * @default - sum over a day
   */
  public metricOrphanedKeysDeleted(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.orphanedKeysDeleted, { statistic: SUM, ...props });
  }

  /**
   * Number of checks by a schedule that came to an end; with `dimensionsMap: { Action: 'create' }` those of one action
   * (`create`, `deactivate`, `delete`).
   *
   * @default - sum over a day
   */
  public metricChecks(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.checks, { statistic: SUM, ...props });
  }

  /**
   * Number of users in the rotation, as the checks know it.
   *
   * @default - minimum over a day
   */
  public metricUsers(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.users, { statistic: MINIMUM, ...props });
  }

  /**
   * Number of events that failed, each of Lambda's tries; with `dimensionsMap: { Cause: 'Throttled' }` those of one
   * cause: `Throttled`, `AccessDenied`, `NotFound`, `VerificationFailed`, `CleanupFailed`, `BadRequest`,
   * `NetworkError`, `InsufficientTime` or `Other`. Runs that time out or crash are in `rotationFunction.metricErrors()`
   * alone.
   *
   * @default - sum over a day
   */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.failures, { statistic: SUM, ...props });
  }

  /**
   * Number of messages that could not be sent, each try. They come with a later check.
   *
   * @default - sum over a day
   */
  public metricFailedNotifications(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.failedNotifications, { statistic: SUM, ...props });
  }

  /**
   * Number of subscriptions that the rotation made and that are gone, or were never confirmed. Counted once a day.
   *
   * @default - maximum over a day
   */
  public metricInactiveSubscriptions(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.inactiveSubscriptions, { statistic: MAXIMUM, ...props });
  }
}
