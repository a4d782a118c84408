/**
 * What happens when AWS reports that an access key of a user is exposed.
 *
 * AWS Health sends these reports to us-east-1, and in AWS GovCloud (US) to us-gov-west-1. A rotation in another Region
 * needs a rule that forwards them.
 *
 * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/exposed-keys.md
 */
export enum ExposedKeys {
  /**
   * A notification `exposed` says which key AWS reported, what AWS restricts, and the event that revokes the key.
   * Nothing is changed.
   */
  NOTIFY = 'NOTIFY',

  /**
   * The key is revoked at once, as by a `revoke` event, and the notification has the result. A finding of GuardDuty
   * only notifies: it can be about unusual but legitimate use.
   */
  REVOKE = 'REVOKE',
}
