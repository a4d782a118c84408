/**
 * The metrics of the Lambda function. It writes them to its log in CloudWatch's embedded metric format, which needs no
 * call and no permission.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
 */
export const NAMESPACE = 'AccessKeyRotation';

/** CloudWatch charges each combination of dimensions, so the user is not one: the log line has the user name. */
export const DIMENSIONS = { rotation: 'Rotation', action: 'Action', cause: 'Cause' } as const;

export const METRICS = {
  /** Completed checks. By rotation, with the first keys of a deploy; by rotation and action, without them. */
  checks: 'Checks',
  /** Users of the rotation, in each check. A metric, because a number in an alarm would be wrong after a deploy. */
  users: 'Users',
  /** Age of the user's oldest active key in days, unmanaged keys included. */
  oldestActiveKey: 'OldestActiveKeyDays',
  /** Days by which the oldest active key is over the limit of `activeUnder`, rounded up. Keys of any origin count. */
  overLimit: 'OverLimitDays',
  /** Whole days by which the most overdue step for a key of the user is late. */
  overdue: 'OverdueDays',
  /** Access keys of the user, active or inactive. */
  keys: 'Keys',
  /** Unmanaged keys of the user. */
  unmanagedKeys: 'UnmanagedKeys',
  /** Keys of failed runs that a check deleted. */
  orphanedKeysDeleted: 'OrphanedKeysDeleted',
  /** Failed events, each attempt counted. By rotation, and by rotation and cause. */
  failures: 'Failures',
  /** Attempts to send a notification that failed. Of most, a later check makes the next one. */
  failedNotifications: 'FailedNotifications',
  /** Subscriptions of the rotation that do not exist or are not confirmed. */
  inactiveSubscriptions: 'InactiveSubscriptions',
} as const;
export type MetricName = (typeof METRICS)[keyof typeof METRICS];

export type Measurements = Readonly<Partial<Record<MetricName, number>>>;

/** The causes of a failed event that metrics and alarms distinguish. */
export const CAUSES = [
  'Throttled',
  'AccessDenied',
  'NotFound',
  'VerificationFailed',
  'CleanupFailed',
  'BadRequest',
  'NetworkError',
  'InsufficientTime',
  'RecentFailure',
  'Other',
] as const;
export type Cause = (typeof CAUSES)[number];
