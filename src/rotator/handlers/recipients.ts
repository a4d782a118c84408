/** SNS: who is subscribed to the topic. */
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { DigestEvent } from '../../contract/settings';
import { awsCall } from '../aws/call';

export interface Subscription {
  readonly endpoint: string;
  /** By a click on the link in the first mail. */
  readonly confirmed: boolean;
}

export async function listSubscriptions(topicArn: string, sns: SNSClient): Promise<Subscription[]> {
  const all: Subscription[] = [];
  let NextToken: string | undefined;
  do {
    const page = await awsCall('sns ListSubscriptionsByTopic', topicArn, () => sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn, NextToken })));
    for (const { Endpoint, SubscriptionArn } of page.Subscriptions ?? []) {
      // One that was unsubscribed stays in the list for a while.
      if (SubscriptionArn !== 'Deleted') all.push({ endpoint: Endpoint!, confirmed: SubscriptionArn !== 'PendingConfirmation' });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return all;
}

/** Whom messages do not reach, in words: mail scanners click the link that unsubscribes, and some never confirm. */
export function lostRecipients({ subscriptions, recipients }: DigestEvent, found: readonly Subscription[]): string[] {
  const pending = found.filter(({ confirmed }) => !confirmed).map(({ endpoint }) => `${endpoint} has not confirmed`);
  if (recipients) {
    const missing = recipients.filter((endpoint) => !found.some((subscription) => subscription.endpoint === endpoint));
    return [...pending, ...missing.map((endpoint) => `${endpoint} is not subscribed any more`)];
  }
  const missing = subscriptions - found.length;
  return [...pending, ...(missing > 0 ? [`${missing} of ${subscriptions} subscriptions are gone`] : [])];
}
