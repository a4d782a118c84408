import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { ObservedNotification, Sample } from './timeline';
import type { Emulator } from '../test/local-aws/emulator';

const QUEUE = 'timeline';

/** Observes a rotation from outside: the keys that IAM lists, and the notifications that SNS delivers. */
export class Observer {
  private readonly iam: IAMClient;
  private readonly sqs: SQSClient;
  private queueUrl = '';

  constructor(private readonly emulator: Emulator) {
    this.iam = new IAMClient(emulator.clientConfig);
    this.sqs = new SQSClient(emulator.clientConfig);
  }

  /** Creates a user with a key, which exists before the rotation. */
  public async createUserWithKey(path: string, userName: string): Promise<void> {
    await this.iam.send(new CreateUserCommand({ UserName: userName, Path: path }));
    await this.iam.send(new CreateAccessKeyCommand({ UserName: userName }));
  }

  /** Subscribes to the topic of the rotation in a stack. The stack can have other topics. */
  public async subscribe(stackName: string): Promise<void> {
    const { StackResources } = await new CloudFormationClient(this.emulator.clientConfig).send(
      new DescribeStackResourcesCommand({ StackName: stackName }),
    );
    const TopicArn = StackResources!.find(
      ({ ResourceType, LogicalResourceId }) =>
        ResourceType === 'AWS::SNS::Topic' && LogicalResourceId!.startsWith('RotationTopic'),
    )!.PhysicalResourceId!;
    const queueArn = `arn:aws:sqs:${this.emulator.clientConfig.region}:${this.emulator.accountId}:${QUEUE}`;
    this.queueUrl = (await this.sqs.send(new CreateQueueCommand({ QueueName: QUEUE }))).QueueUrl!;
    await this.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: this.queueUrl,
        Attributes: {
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'sns.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: queueArn,
              },
            ],
          }),
        },
      }),
    );
    const sns = new SNSClient(this.emulator.clientConfig);
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn }));
  }

  public async sample(users: readonly string[], day: number): Promise<Sample[]> {
    return Promise.all(
      users.map(async (user) => {
        const { AccessKeyMetadata } = await this.iam.send(new ListAccessKeysCommand({ UserName: user }));
        return {
          day,
          user,
          keys: AccessKeyMetadata!.map((key) => ({ keyId: key.AccessKeyId!, active: key.Status === 'Active' })),
        };
      }),
    );
  }

  /** The notifications since the last call. */
  public async notifications(day: number): Promise<ObservedNotification[]> {
    const received: ObservedNotification[] = [];
    for (;;) {
      const { Messages } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.queueUrl, MaxNumberOfMessages: 10 }),
      );
      if (!Messages?.length) {
        return received;
      }
      received.push(...Messages.flatMap((message) => notificationIn(message, day)));
      await this.sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: this.queueUrl,
          Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
    }
  }
}

/** None for the digest, which has no user name. */
function notificationIn(message: Message, day: number): ObservedNotification[] {
  const { Subject, MessageAttributes } = JSON.parse(message.Body!) as {
    Subject: string;
    MessageAttributes: Record<string, { Value: string } | undefined>;
  };
  if (!MessageAttributes.username) return [];
  return [
    {
      day,
      user: MessageAttributes.username.Value,
      event: MessageAttributes.event!.Value,
      keyId: MessageAttributes.accessKeyId?.Value,
      subject: Subject,
    },
  ];
}
