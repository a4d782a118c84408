import { Token } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { TOPIC_SUBSCRIPTION } from '../private/cdk-shapes';
import { checkShape, STRING, withMembers } from '../private/shape';

/** Addresses that SNS accepts: ASCII, one local part, one domain with a dot. */
const EMAIL_ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}$/;

/** RFC 5321, section 4.5.3.1: a path has up to 256 characters, including its angle brackets. */
const MAX_ADDRESS_LENGTH = 254;

/**
 * An endpoint that receives notifications. One recipient can be used for several users and options: SNS accepts an
 * endpoint once per topic, so there is one subscription per endpoint, and its filter policy is the sum of all uses.
 *
 * @example
 * import * as sqs from 'aws-cdk-lib/aws-sqs';
 * import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
 * import { AccessKeyRotation, Recipient } from 'cdk-access-key-rotation';
 *
 * const queue = new sqs.Queue(stack, 'Queue', { enforceSSL: true });
 * new AccessKeyRotation(stack, 'Rotation', {
 *   users: [{ userName: 'ci-deployer', recipients: [Recipient.email('ci-team@example.com')] }],
 *   failureRecipients: [Recipient.subscription(new subscriptions.SqsSubscription(queue))],
 * });
 */
export class Recipient {
  /** @internal */
  public static readonly _SHAPE = withMembers(
    'a Recipient',
    'Use Recipient.email(…) or Recipient.subscription(…).',
    '_subscription',
  );

  /**
   * An email address of a person or a mailing list. SNS sends a confirmation link first, and deletes the subscription
   * after 48 hours without a confirmation.
   *
   * SNS sends at most 10 emails per second to a subscription; the quota cannot be raised. A subscription that exceeds
   * it returns to "pending confirmation". Each email has an unsubscribe link, with which any reader of a mailing list
   * can end the subscription for all readers.
   *
   * @param address - such as `alice@example.com`, or a token: ASCII characters without spaces, a domain with a dot, at
   *   most 254 characters, no display name. The rotation that gets the recipient checks this form
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
   */
  public static email(address: string): Recipient {
    checkShape('Recipient.email', 'address', address, STRING);
    return new Recipient(new subscriptions.EmailSubscription(address), addressProblem(address));
  }

  /**
   * Any other endpoint that SNS supports: a queue, a function, a phone number, an HTTPS endpoint. The options of the
   * subscription apply. Its filter policy restricts the notifications further; it must not filter by the message body,
   * nor by an attribute that the rotation filters by (`username` for a user, `event` for the rotation).
   *
   * @param subscription - from `aws-cdk-lib/aws-sns-subscriptions`, or a custom implementation
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
   */
  public static subscription(subscription: sns.ITopicSubscription): Recipient {
    checkShape('Recipient.subscription', 'subscription', subscription, TOPIC_SUBSCRIPTION);
    return new Recipient(subscription);
  }

  private constructor(
    /** @internal */
    public readonly _subscription: sns.ITopicSubscription,
    /** Why SNS does not accept the endpoint. Checked by the rotation: a lookup can be pending. @internal */
    public readonly _problem?: string,
  ) {}
}

function addressProblem(address: string): string | undefined {
  if (Token.isUnresolved(address) || (EMAIL_ADDRESS.test(address) && address.length <= MAX_ADDRESS_LENGTH)) {
    return undefined;
  }
  return (
    `Recipient.email: "${address}" is not an email address. It must have a name, an @ and a domain with a dot, in at most`
    + ` ${MAX_ADDRESS_LENGTH} ASCII characters without spaces. Pass an address such as alice@example.com, without a display name`
  );
}
