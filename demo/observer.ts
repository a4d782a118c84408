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
import type { Announcement, Step, StepEvent } from './steps';
import type { ObservedNotification, Sample } from './timeline';
import type { Emulator, JournalEntry } from '../test/local-aws/emulator';

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
    const TopicArn = await this.resource(stackName, 'AWS::SNS::Topic', 'RotationTopic');
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

  /** The dates in the status of all users. */
  public async announced(stackName: string, day: number): Promise<Announcement[]> {
    const name = await this.resource(stackName, 'AWS::Lambda::Function', 'RotationRotatorHandler');
    const all = await this.emulator.invoke<StatusOfUser[]>(name, { action: 'status' });
    return all.flatMap(({ username: user, status }) =>
      status.keys.flatMap(({ accessKeyId: keyId, next }) =>
        next ? [{ day, user, keyId, event: EVENTS[next.action], at: new Date(next.dueAt) }] : [],
      ),
    );
  }

  /** The changes of keys by the rotation since the last call. */
  public async steps(day: number): Promise<Step[]> {
    return (await this.emulator.journal()).flatMap((entry) => stepIn(entry, day));
  }

  private async resource(stackName: string, type: string, logicalIdStart: string): Promise<string> {
    const { StackResources } = await new CloudFormationClient(this.emulator.clientConfig).send(
      new DescribeStackResourcesCommand({ StackName: stackName }),
    );
    return StackResources!.find(
      ({ ResourceType, LogicalResourceId }) => ResourceType === type && LogicalResourceId!.startsWith(logicalIdStart),
    )!.PhysicalResourceId!;
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
  const {
    Subject,
    Message: json,
    MessageAttributes,
  } = JSON.parse(message.Body!) as {
    Subject: string;
    Message: string;
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
      announcements: announcementsIn(JSON.parse(json), day),
    },
  ];
}

interface Dates {
  readonly username: string;
  readonly event: string;
  readonly accessKeyId?: string;
  readonly currentAccessKeyId?: string;
  readonly previousAccessKeyIds?: readonly string[];
  readonly replacedAt?: string;
  readonly deactivatedAt?: string;
  readonly deletedAt?: string;
}

/** The notifications of a step that was taken have the key of that step, and the others have its old keys. */
function announcementsIn(notification: Dates, day: number): Announcement[] {
  const { username: user, event, accessKeyId, currentAccessKeyId, previousAccessKeyIds = [] } = notification;
  const oldKeys = event === 'deactivated' ? [accessKeyId] : previousAccessKeyIds;
  const of = (step: StepEvent, keys: readonly (string | undefined)[], date?: string) =>
    date ? keys.map((keyId) => ({ day, user, event: step, keyId: keyId!, at: new Date(date) })) : [];
  return [
    ...of('created', [currentAccessKeyId], notification.replacedAt),
    ...of('deactivated', oldKeys, notification.deactivatedAt),
    ...of('deleted', oldKeys, notification.deletedAt),
  ];
}

interface StatusOfUser {
  readonly username: string;
  readonly status: {
    readonly keys: readonly {
      readonly accessKeyId: string;
      readonly next?: { readonly action: keyof typeof EVENTS; readonly dueAt: string };
    }[];
  };
}

const EVENTS = { replace: 'created', deactivate: 'deactivated', delete: 'deleted' } as const;

function stepIn({ time, action, byFunction, parameters, created }: JournalEntry, day: number): Step[] {
  const event = byFunction ? stepOf(action, parameters) : undefined;
  const keyId = created?.AccessKeyId ?? String(parameters.AccessKeyId);
  return event ? [{ day, at: new Date(time), user: String(parameters.UserName), keyId, event }] : [];
}

function stepOf(action: string, parameters: JournalEntry['parameters']): StepEvent | undefined {
  if (action === 'CreateAccessKey') return 'created';
  if (action === 'DeleteAccessKey') return 'deleted';
  return action === 'UpdateAccessKey' && parameters.Status === 'Inactive' ? 'deactivated' : undefined;
}
