/**
 * When the digest is sent: the state of all users, and the recipients that receive no notifications any more.
 *
 * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/notifications.md#the-digest
 */
export enum DigestFrequency {
  /** Each day, also if all users are in order. A missing digest is then a sign of a fault. */
  DAILY = 'DAILY',

  /** Each Monday, by UTC. The digest lists the new keys of seven days, and subscriptions are checked once a week. */
  WEEKLY = 'WEEKLY',

  /**
   * On each day on which something needs attention: a user that is blocked, has a step that is overdue by two days or
   * more, or an active key that leaked or reached the limit of `RotationSchedule.activeUnder()`, a status that was not
   * read, an inactive subscription, or a key that no consumer has used for 90 days.
   */
  WHEN_NEEDED = 'WHEN_NEEDED',
}
