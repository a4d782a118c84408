/**
 * What the Lambda counts and measures, in CloudWatch's embedded metric format: a line in the log is all it takes, no
 * call and no permission. The constructs name the metrics by the same constants.
 */
export const NAMESPACE = 'AccessKeyRotation';

/**
 * A custom metric costs by the month, so none has a dimension for the user: who it is about is in the same line of the
 * log.
 */
export const DIMENSIONS = { rotation: 'Rotation', action: 'Action', cause: 'Cause' } as const;

export const METRICS = {
  /** Checks by a schedule that came to an end, one each. By rotation, and by rotation and action. */
  checks: 'Checks',
  /**
   * Users in the rotation, said with each check: what the number of checks is measured by. A number in an alarm would
   * be wrong for a day after each deploy that adds a user. By rotation only.
   */
  users: 'Users',
  /** Age of the user's oldest active key in days, foreign keys too. */
  oldestActiveKey: 'OldestActiveKeyDays',
  /** So many whole days ago, a step should have been taken with a key of the user. */
  overdue: 'OverdueDays',
  /** Keys that the user has, active or not. */
  keys: 'Keys',
  /** Keys that somebody else made and that are left alone. */
  foreignKeys: 'ForeignKeys',
  /** Keys that a dead run left behind, and that a check deleted. */
  orphansRemoved: 'OrphansRemoved',
  /** Events that failed, each try. By rotation, and by rotation and cause. */
  failures: 'Failures',
  /** Messages that could not be sent. They are with a later check. */
  unsentMessages: 'UnsentMessages',
  /** Subscriptions that ought to be there and are not, or are not confirmed. */
  lostRecipients: 'LostRecipients',
} as const;
export type MetricName = (typeof METRICS)[keyof typeof METRICS];

export type Measurements = Readonly<Partial<Record<MetricName, number>>>;

/** Why an event failed, as far as the error tells. */
export const CAUSES = [
  'Throttled',
  'Denied',
  'Missing',
  'NotVerified',
  'NotTakenBack',
  'BadRequest',
  'Unreachable',
  'OutOfTime',
  'Other',
] as const;
export type Cause = (typeof CAUSES)[number];
