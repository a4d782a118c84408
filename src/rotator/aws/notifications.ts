/** EventBridge for machines, SNS for people. Never throws: a rotation does not wait for a message. */
import { awsCall } from './call';
import { log, metrics } from './log';
import {
  EventBridgeClient,
  ListSubscriptionsByTopicCommand,
  MessageAttributeValue,
  PublishCommand,
  PutEventsCommand,
  SNSClient,
} from './sdk';
import { METRICS } from '../../contract/metrics';
import { Notification, DETAIL_TYPES, EVENT_SOURCE } from '../../contract/notifications';
import { Failure } from '../domain/failure';
import { Message } from '../messages/message';

export interface Notifications {
  /** Whether the message is on its way. If not, the ledger keeps it owed, and a later check sends it. */
  send(message: Message): Promise<boolean>;
}

export class AwsNotifications implements Notifications {
  constructor(
    private readonly sns: SNSClient,
    private readonly eventBridge: EventBridgeClient,
    private readonly deployment: { readonly topicArn: string; readonly rotation: string; readonly region: string },
  ) {}

  /**
   * Machines first: they tolerate duplicates, should SNS fail and both be sent again. After a refusal by EventBridge,
   * people are notified all the same: the refusal could last.
   */
  async send(message: Message) {
    const { attributes, subject } = message;
    const { username, event } = attributes;
    const announcement = this.announcementOf(message);
    const who = username ?? this.deployment.rotation;
    const attempt = async (what: string, send: () => Promise<void>): Promise<Failure | undefined> => {
      try {
        await awsCall(what, who, send);
        return undefined;
      } catch (error) {
        const values = { [METRICS.failedNotifications]: 1 };
        log('ERROR', {
          username,
          message: `not announced, "${subject}": ${(error as Error).message}`,
          ...metrics(this.deployment.rotation, { values }),
        });
        return error as Failure; // as every failed call
      }
    };
    const cause =
      event === 'digest'
        ? undefined
        : await attempt('events PutEvents', () => this.putEvent(DETAIL_TYPES[event], announcement));
    if (cause?.transient) return false;
    return (await attempt('sns Publish', () => this.publish(message, announcement))) === undefined;
  }

  private announcementOf({ attributes, details, text }: Message): Notification {
    const { rotation, region } = this.deployment;
    return { version: '1', rotation, region, ...attributes, ...details, text };
  }

  private async putEvent(detailType: string, announcement: Notification): Promise<void> {
    const { FailedEntryCount, Entries } = await this.eventBridge.send(
      new PutEventsCommand({
        Entries: [{ Source: EVENT_SOURCE, DetailType: detailType, Detail: JSON.stringify(announcement) }],
      }),
    );
    // An entry can fail in a call that succeeds.
    if (FailedEntryCount) throw Object.assign(new Error(Entries?.[0].ErrorMessage), { name: Entries?.[0].ErrorCode });
  }

  private async publish({ subject, text, attributes }: Message, announcement: Notification): Promise<void> {
    const MessageAttributes: Record<string, MessageAttributeValue> = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    );
    // Text for people, no more than a line for a telephone, and JSON for machines: once for all of them, as SNS takes
    // 256 KB for all together.
    const byProtocol = { default: JSON.stringify(announcement), email: text, sms: subject };
    await this.sns.send(
      new PublishCommand({
        TopicArn: this.deployment.topicArn,
        Subject: subject,
        Message: JSON.stringify(byProtocol),
        MessageStructure: 'json',
        MessageAttributes,
      }),
    );
  }
}

export interface Subscription {
  readonly endpoint: string;
  /** By a click on the link in the first mail. */
  readonly confirmed: boolean;
}

export async function listSubscriptions(topicArn: string, sns: SNSClient): Promise<Subscription[]> {
  const all: Subscription[] = [];
  let NextToken: string | undefined;
  do {
    const page = await awsCall('sns ListSubscriptionsByTopic', topicArn, () =>
      sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn, NextToken })),
    );
    for (const { Endpoint, SubscriptionArn } of page.Subscriptions ?? []) {
      // One that was unsubscribed stays in the list for a while.
      if (SubscriptionArn !== 'Deleted') {
        all.push({ endpoint: Endpoint!, confirmed: SubscriptionArn !== 'PendingConfirmation' });
      }
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return all;
}
