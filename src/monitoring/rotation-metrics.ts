import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { DIMENSIONS, METRICS, NAMESPACE } from '../contract/metrics';
import { METRIC_OPTIONS } from '../private/cdk-shapes';
import { checkOptions, checkShape, PROPS, STRING } from '../private/shape';

const { MAXIMUM, MINIMUM, SUM } = cloudwatch.Stats;

/**
 * The metrics of a rotation. `AccessKeyRotation` extends this class, so its methods are methods of a rotation.
 *
 * @internal
 */
export abstract class RotationMetrics extends Construct {
  /**
   * Value of the dimension `Rotation`, which identifies this rotation.
   *
   * @internal
   */
  protected abstract readonly _rotation: string;

  /**
   * A metric of this rotation, for all its users together. Metrics have no dimension for the user, because CloudWatch
   * charges for each combination of dimensions. The log has the user of each event.
   *
   * `dimensionsMap` adds dimensions to `Rotation`. The rotation publishes two metrics with one more dimension: `Checks`
   * with `Action`, and `Failures` with `Cause`.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension
   * @default - average over a day
   * @param metricName - such as `Checks` or `Failures`
   * @param props - options of the metric, which override the default statistic and period
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const place = `AccessKeyRotation ${this.node.path}, metric()`;
    checkShape(place, 'metricName', metricName, STRING);
    const options = checkOptions(place, PROPS, props, METRIC_OPTIONS);
    return new cloudwatch.Metric({
      period: Duration.days(1),
      ...options,
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { [DIMENSIONS.rotation]: this._rotation, ...options.dimensionsMap },
    }).attachTo(this);
  }

  /**
   * Age in whole days of the oldest active key of any user, unmanaged keys included.
   *
   * @default - maximum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricOldestActiveKey(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.oldestActiveKey, MAXIMUM, props);
  }

  /**
   * Whole days since the most overdue step was due. Less than the check interval is normal.
   *
   * @default - maximum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricOverdueDays(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.overdue, MAXIMUM, props);
  }

  /**
   * Days by which the oldest active key of a user is over the limit of `RotationSchedule.activeUnder()`, rounded up.
   * 0 for a user without a limit. By the creation dates of IAM alone: keys of any origin count, unmanaged ones too, and
   * no record in the secret changes it.
   *
   * @default - maximum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricOverLimit(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.overLimit, MAXIMUM, props);
  }

  /**
   * Number of keys of a user, active and inactive: two at most.
   *
   * @default - maximum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricKeys(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.keys, MAXIMUM, props);
  }

  /**
   * Number of keys of a user that the rotation did not issue and does not retire.
   *
   * @default - maximum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricUnmanagedKeys(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.unmanagedKeys, MAXIMUM, props);
  }

  /**
   * Number of orphaned keys that a check deleted: a failed run created them and did not publish them.
   *
   * @default - sum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricOrphanedKeysDeleted(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.orphanedKeysDeleted, SUM, props);
  }

  /**
   * Number of checks that completed. Each first key that a deploy issues counts as a check. With
   * `dimensionsMap: { Action: 'create' }`, the checks of one action that a trigger started: `create`, `deactivate` or
   * `delete`.
   *
   * @default - sum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricChecks(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.checks, SUM, props);
  }

  /**
   * Number of users in the rotation, as each check reports it.
   *
   * @default - minimum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricUsers(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.users, MINIMUM, props);
  }

  /**
   * Number of runs that failed; Lambda's retries count. With `dimensionsMap: { Cause: 'Throttled' }`, the runs of one
   * cause: `Throttled`, `AccessDenied`, `NotFound`, `VerificationFailed`, `CleanupFailed`, `BadRequest`,
   * `NetworkError`, `InsufficientTime`, `RecentFailure` or `Other`. Runs that time out or crash are only in
   * `rotationFunction.metricErrors()`.
   *
   * @default - sum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.failures, SUM, props);
  }

  /**
   * Number of failed attempts to send a notification. A later check sends it again, but for `digest`, `orphan-deleted`
   * and, at adoption, `unmanaged`.
   *
   * @default - sum over a day
   * @param props - options of the metric, which override the default statistic and period
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/notifications.md#which-notifications-are-repeated
   */
  public metricFailedNotifications(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.failedNotifications, SUM, props);
  }

  /**
   * Number of subscriptions of the rotation that are not confirmed or no longer exist. Counted with each digest of a
   * rotation that has recipients.
   *
   * @default - maximum over a day
   * @param props - options of the metric, which override the default statistic and period
   */
  public metricInactiveSubscriptions(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.ownMetric(METRICS.inactiveSubscriptions, MAXIMUM, props);
  }
  private ownMetric(metricName: string, statistic: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const place = `AccessKeyRotation ${this.node.path}, metric${metricName}()`;
    return this.metric(metricName, { statistic, ...checkOptions(place, PROPS, props, METRIC_OPTIONS) });
  }
}
