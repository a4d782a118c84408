/** Notifications to EventBridge and SNS. A failed notification does not stop the rotation, so sending never throws. */
import { awsCall, retryIf } from './call';
import { Clock, ISSUE_TIME_NEEDED, TIME_RESERVE } from './clock';
import { log, metrics } from './log';
import {
  EventBridgeClient,
  ListSubscriptionsByTopicCommand,
  MessageAttributeValue,
  PublishCommand,
  PutEventsCommand,
  PutEventsResultEntry,
  SNSClient,
} from './sdk';
import { NotificationRecord } from '../../contract/log-records';
import { METRICS } from '../../contract/metrics';
import { Notification, DETAIL_TYPES, EVENT_SOURCE } from '../../contract/notifications';
import { Failure } from '../domain/failure';
import { Message } from '../messages/message';

export interface Notifications {
  /** @returns whether the notification was sent; otherwise a record in the ledger can make a later check send it */
  send(message: Message): Promise<boolean>;
}

export class AwsNotifications implements Notifications {
  constructor(
    private readonly sns: SNSClient,
    private readonly eventBridge: EventBridgeClient,
    private readonly deployment: { readonly topicArn: string } & Pick<Notification, 'rotation' | 'account' | 'region'>,
    private readonly clock: Clock,
  ) {}

  /**
   * EventBridge first: if SNS fails, both are sent again, and programs can ignore a duplicate. After a permanent error
   * of EventBridge, SNS is called nevertheless.
   *
   * What no later check sends again is repeated within the run, as long as the run has time for it, and SNS is called
   * in any case.
   */
  async send(message: Message) {
    const { attributes, subject, details } = message;
    const { username, event } = attributes;
    const { currentAccessKeyId, previousAccessKeyIds, replacedAt, deactivatedAt, deletedAt } = details;
    const recordOf = (sent: boolean, error = ''): NotificationRecord => ({
      record: 'notification',
      ...attributes,
      message: `${subject}${error}`,
      sent,
      currentAccessKeyId,
      previousAccessKeyIds,
      replacedAt,
      deactivatedAt,
      deletedAt,
    });
    const notification = this.notificationOf(message);
    const owner = username ?? this.deployment.rotation;
    const once = isSentOnce(message);
    // A run for a user can have a key to issue next.
    const reserve = event === 'digest' ? TIME_RESERVE : ISSUE_TIME_NEEDED + LONGEST_ATTEMPT;
    const canRepeat = (error: unknown) => once && (error as Failure).transient && this.clock.remainingTime() >= reserve;
    const attempt = async <T>(call: string, send: () => Promise<T>): Promise<T | Failure> => {
      try {
        return await retryIf(canRepeat, () => awsCall(call, owner, send), this.clock.sleep);
      } catch (error) {
        const values = { [METRICS.failedNotifications]: 1 };
        log('ERROR', this.deployment, {
          ...recordOf(false, `, not sent: ${(error as Error).message}`),
          ...metrics({ values }),
        });
        return error as Failure; // awsCall throws nothing else
      }
    };
    const put = await attempt('events PutEvents', () => this.putEvent(DETAIL_TYPES[event], notification));
    if (put instanceof Failure && put.transient && !once) return false;
    const messageId = await attempt('sns Publish', () => this.publish(message, notification));
    if (messageId instanceof Failure) return false;
    log('INFO', this.deployment, { ...recordOf(true), messageId });
    return true;
  }

  private notificationOf({ attributes, details, text }: Message): Notification {
    const { rotation, account, region } = this.deployment;
    return { version: '1', rotation, account, region, ...attributes, ...details, text };
  }

  private async putEvent(detailType: string, notification: Notification): Promise<void> {
    const { FailedEntryCount, Entries } = await this.eventBridge.send(
      new PutEventsCommand({
        Entries: [{ Source: EVENT_SOURCE, DetailType: detailType, Detail: JSON.stringify(notification) }],
      }),
    );
    if (FailedEntryCount) throw entryError(Entries?.[0]);
  }

  private async publish({ subject, text, attributes }: Message, notification: Notification): Promise<string> {
    const MessageAttributes: Record<string, MessageAttributeValue> = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    );
    // Email has the text, SMS the subject, and every other protocol the JSON as `default`: once, because SNS limits the
    // whole message to 256 KB. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    const byProtocol = { default: JSON.stringify(notification), email: text, sms: subject };
    const { MessageId } = await this.sns.send(
      new PublishCommand({
        TopicArn: this.deployment.topicArn,
        Subject: subject,
        Message: JSON.stringify(byProtocol),
        MessageStructure: 'json',
        MessageAttributes,
      }),
    );
    return MessageId!;
  }
}

/** Milliseconds: two attempts of the SDK of ten seconds, for EventBridge and then for SNS. */
const LONGEST_ATTEMPT = 2 * 2 * 10_000;

/**
 * An entry can fail although the call succeeds, so the SDK does not repeat it. This is the error that such a call would
 * have: of all codes, AWS documents only InternalFailure and ThrottlingException as temporary.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
 */
function entryError({ ErrorCode, ErrorMessage }: PutEventsResultEntry = {}): Error {
  const httpStatusCode = ErrorCode === 'InternalFailure' ? 500 : 400;
  return Object.assign(new Error(ErrorMessage), { name: ErrorCode, $metadata: { httpStatusCode } });
}

/**
 * Whether nothing makes a later run send the message again: the next digest is another one, and no label exists for a
 * deleted orphan, nor for both keys that a user had at its adoption. The latter is the only message about unmanaged
 * keys that names no single one.
 */
function isSentOnce({ attributes: { event, accessKeyId } }: Message): boolean {
  return event === 'digest' || event === 'orphan-deleted' || (event === 'unmanaged' && accessKeyId === undefined);
}

export interface Subscription {
  readonly endpoint: string;
  /** Whether the recipient has confirmed it with the link in the first email. */
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
      // SNS lists a deleted subscription for up to 72 hours.
      if (SubscriptionArn !== 'Deleted') {
        all.push({ endpoint: Endpoint!, confirmed: SubscriptionArn !== 'PendingConfirmation' });
      }
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return all;
}
