/** Metrics of the Lambda, in CloudWatch's embedded metric format: lines in the log, without a call or a permission. */
export const NAMESPACE = 'AccessKeyRotation';

/** Each custom metric has a monthly price, so none has the user as a dimension: the line in the log names the user. */
export const DIMENSIONS = { rotation: 'Rotation', action: 'Action', cause: 'Cause' } as const;

export const METRICS = {
  /** Checks by a schedule that came to an end, one each. By rotation, and by rotation and action. */
  checks: 'Checks',
  /** Users in the rotation, with each check, by rotation only: a number in an alarm would be wrong after a deploy. */
  users: 'Users',
  /** Age of the user's oldest active key in days, foreign keys too. */
  oldestActiveKey: 'OldestActiveKeyDays',
  /** So many whole days ago, a step should have been taken with a key of the user. */
  overdue: 'OverdueDays',
  /** Keys that the user has, active or not. */
  keys: 'Keys',
  /** Keys that somebody else made and that are left alone. */
  unmanagedKeys: 'UnmanagedKeys',
  /** Keys that a dead run left behind, and that a check deleted. */
  orphanedKeysDeleted: 'OrphanedKeysDeleted',
  /** Events that failed, each try. By rotation, and by rotation and cause. */
  failures: 'Failures',
  /** Messages that could not be sent. They are with a later check. */
  failedNotifications: 'FailedNotifications',
  /** Subscriptions that ought to be there and are not, or are not confirmed. */
  inactiveSubscriptions: 'InactiveSubscriptions',
} as const;
export type MetricName = (typeof METRICS)[keyof typeof METRICS];

export type Measurements = Readonly<Partial<Record<MetricName, number>>>;

/** Why an event failed, as far as the error tells. */
export const CAUSES = [
  'Throttled',
  'AccessDenied',
  'NotFound',
  'VerificationFailed',
  'CleanupFailed',
  'BadRequest',
  'NetworkError',
  'InsufficientTime',
  'Other',
] as const;
export type Cause = (typeof CAUSES)[number];
