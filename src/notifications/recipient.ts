import { Token } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';

/** What SNS can send to: ASCII, one name, one domain with a dot. */
const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}$/;

/** RFC 5321, section 4.5.3.1: a path has 256 characters with its brackets. */
const MAX_ADDRESS_LENGTH = 254;

/**
 * Somebody or something that is told. A recipient may be named as often as you like: for each endpoint there is one
 * subscription, and its filter policy lets through what any of the places that name it asks for.
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
  /**
   * A person, or a mailing list. SNS asks for a confirmation first, and forgets the subscription after 48 hours without
   * one. It sends ten e-mails a second to a subscription at most, a limit that cannot be raised: one that would get
   * more is switched off. Every e-mail has a link with which any reader of a list can end the subscription for all of
   * them.
   *
   * @param address - like `alice@example.com`, or a token
   * @throws if it is no e-mail address
   */
  public static email(address: string): Recipient {
    if (!Token.isUnresolved(address) && (!ADDRESS.test(address) || address.length > MAX_ADDRESS_LENGTH)) {
      throw new Error(
        `Recipient.email: "${address}" is no e-mail address. It takes a name, an @ and a domain with a dot, all ASCII and without blanks,`
          + ` ${MAX_ADDRESS_LENGTH} characters at most: pass it like alice@example.com, without a display name.`,
      );
    }
    return new Recipient(new subscriptions.EmailSubscription(address));
  }

  /**
   * Whatever SNS can deliver to: a queue, a function, a phone, an HTTPS endpoint. Its other options hold as well, and a
   * filter policy of its own narrows what it gets.
   *
   * @param subscription - from `aws-cdk-lib/aws-sns-subscriptions`, or one of your own
   */
  public static subscription(subscription: sns.ITopicSubscription): Recipient {
    return new Recipient(subscription);
  }

  private constructor(
    /** @internal */
    public readonly _subscription: sns.ITopicSubscription,
  ) {}
}
