/** SNS: tells people. Never throws: a rotation does not wait for the post. */
import { MessageAttributeValue, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { awsCall } from './aws-call';
import { log } from './log';
import { Message } from './messages';

export interface Announcements {
  /** Whether the message is on its way. If not, the ledger keeps it owed, and a later check sends it. */
  send(message: Message): Promise<boolean>;
}

export class SnsAnnouncements implements Announcements {
  constructor(private readonly topicArn: string, private readonly sns: SNSClient) {}

  async send({ subject, text, attributes }: Message) {
    const MessageAttributes: Record<string, MessageAttributeValue> = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]));
    try {
      await awsCall('sns Publish', attributes.username ?? 'all users', () => this.sns.send(
        new PublishCommand({ TopicArn: this.topicArn, Subject: subject, Message: text, MessageAttributes })));
      return true;
    } catch (error) {
      log('ERROR', { username: attributes.username, message: `not announced yet, "${subject}": ${(error as Error).message}` });
      return false;
    }
  }
}
