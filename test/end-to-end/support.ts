/** A stack with a rotation on the local AWS, and the questions that the tests ask about it. */
import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import {
  type AccessKey,
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { AccessKeyRotation, AccessKeyRotationProps } from '../../src';
import { Notification } from '../../src/contract/notifications';
import { shell } from '../local-aws/command-line';
import { Emulator, EmulatorOptions } from '../local-aws/emulator';

export const STACK = 'Test';
export const MIDNIGHT = new Date('2026-01-01T00:00:00Z');
export const ACCOUNT = '111122223333';

/** Statements for the role of the function: a new key can be neither read back, before it is current, nor deleted. */
export const DENY_AFTER_CREATE = [
  { Effect: 'Deny', Action: 'iam:DeleteAccessKey', Resource: '*' },
  {
    Effect: 'Deny',
    Action: 'secretsmanager:GetSecretValue',
    Resource: '*',
    Condition: {
      'ForAnyValue:StringLike': { 'secretsmanager:VersionStage': 'akr1.key.*' },
      'ForAllValues:StringNotEquals': { 'secretsmanager:VersionStage': 'AWSCURRENT' },
    },
  },
];

export interface ReceivedNotification extends Notification {
  readonly subject: string;
}

export class LocalAws {
  public static async start(options: Partial<EmulatorOptions> = {}): Promise<LocalAws> {
    return new LocalAws(await Emulator.start({ startAt: MIDNIGHT, ...options }));
  }

  public readonly iam: IAMClient;
  public readonly secrets: SecretsManagerClient;
  public readonly sqs: SQSClient;
  public outputs: Record<string, string> = {};
  private inbox?: string;

  private constructor(public readonly emulator: Emulator) {
    this.iam = new IAMClient(emulator.clientConfig);
    this.secrets = new SecretsManagerClient(emulator.clientConfig);
    this.sqs = new SQSClient(emulator.clientConfig);
  }

  /** As if it had just been started. */
  public async reset(): Promise<void> {
    await this.emulator.reset();
    this.outputs = {};
    this.inbox = undefined;
  }

  /** Deploys a stack with a rotation, with what `more` adds to it, and the other stacks of the app. */
  public async deploy(
    props: (stack: Stack) => AccessKeyRotationProps,
    more?: (stack: Stack, rotation: AccessKeyRotation) => void,
    name = STACK,
  ): Promise<void> {
    const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'assembly-')) });
    const stack = new Stack(app, name);
    const rotation = new AccessKeyRotation(stack, 'Rotation', props(stack));
    new CfnOutput(stack, 'Function', { value: rotation.rotationFunction.functionName });
    new CfnOutput(stack, 'Topic', { value: rotation.topic.topicArn });
    new CfnOutput(stack, 'DeadLetters', { value: rotation.deadLetterQueue.queueUrl });
    more?.(stack, rotation);
    const { directory, stacks } = app.synth();
    for (const { stackName } of stacks) {
      const outputs = await this.emulator.deploy(directory, stackName);
      if (stackName === name) this.outputs = outputs;
    }
  }

  public async invoke(event: object): Promise<{ outcome: string; message: string; accessKeyId?: string }> {
    return this.emulator.invoke(this.outputs.Function, event);
  }

  public async makeUser(userName: string, keys: number, path?: string): Promise<string[]> {
    return (await this.makeUserWithKeys(userName, keys, path)).map((key) => key.AccessKeyId!);
  }

  public async makeUserWithKeys(userName: string, keys: number, path?: string): Promise<AccessKey[]> {
    await this.iam.send(new CreateUserCommand({ UserName: userName, Path: path }));
    const made: AccessKey[] = [];
    for (let key = 0; key < keys; key++) {
      made.push((await this.iam.send(new CreateAccessKeyCommand({ UserName: userName }))).AccessKey!);
    }
    return made;
  }

  public async userExists(userName: string): Promise<boolean> {
    return this.iam.send(new GetUserCommand({ UserName: userName })).then(
      () => true,
      () => false,
    );
  }

  /** Such as `{ AKIA…: 'Active' }`. */
  public async keys(userName: string): Promise<Record<string, string>> {
    const { AccessKeyMetadata } = await this.iam.send(new ListAccessKeysCommand({ UserName: userName }));
    return Object.fromEntries(AccessKeyMetadata!.map((key) => [key.AccessKeyId!, key.Status!]));
  }

  public async secretValue(secret: string): Promise<Record<string, string>> {
    return JSON.parse((await this.secrets.send(new GetSecretValueCommand({ SecretId: secret }))).SecretString!);
  }

  public async versions(secret: string): Promise<Record<string, string[]>> {
    return (await this.secrets.send(new DescribeSecretCommand({ SecretId: secret }))).VersionIdsToStages ?? {};
  }

  public async secretExists(secret: string): Promise<boolean> {
    return this.secrets.send(new DescribeSecretCommand({ SecretId: secret })).then(
      () => true,
      () => false,
    );
  }

  /** Whose key it is, as AWS itself says when it is used. */
  public async callerIdentity({ AccessKey, SecretKey }: Record<string, string>): Promise<string> {
    const sts = new STSClient({
      ...this.emulator.clientConfig,
      credentials: { accessKeyId: AccessKey, secretAccessKey: SecretKey },
    });
    try {
      return (await sts.send(new GetCallerIdentityCommand({}))).Arn!;
    } finally {
      sts.destroy(); // a soak asks thousands of times, and each client keeps a connection
    }
  }

  /** What the user reads with its own key, or with a session that was created with it. */
  public async readAs(
    { AccessKey, SecretKey, SessionToken }: Record<string, string>,
    secret: string,
    VersionStage?: string,
  ): Promise<Record<string, string>> {
    const credentials = { accessKeyId: AccessKey, secretAccessKey: SecretKey, sessionToken: SessionToken };
    const secrets = new SecretsManagerClient({ ...this.emulator.clientConfig, credentials });
    const command = new GetSecretValueCommand({ SecretId: secret, VersionStage });
    return JSON.parse((await secrets.send(command)).SecretString!);
  }

  /** A session of the user, as GetSessionToken returns it to the holder of a key. */
  public async sessionOf({ AccessKey, SecretKey }: Record<string, string>): Promise<Record<string, string>> {
    const credentials = { accessKeyId: AccessKey, secretAccessKey: SecretKey };
    const sts = new STSClient({ ...this.emulator.clientConfig, credentials });
    const { Credentials: session } = await sts.send(new GetSessionTokenCommand({}));
    return {
      AccessKey: session!.AccessKeyId!,
      SecretKey: session!.SecretAccessKey!,
      SessionToken: session!.SessionToken!,
    };
  }

  /** A session of a role that the account may assume. */
  public async roleSession(roleName: string): Promise<Record<string, string>> {
    const sts = new STSClient(this.emulator.clientConfig);
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${roleName}`;
    const { Credentials: session } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
    sts.destroy();
    return {
      AccessKey: session!.AccessKeyId!,
      SecretKey: session!.SecretAccessKey!,
      SessionToken: session!.SessionToken!,
    };
  }

  public async subscribe(): Promise<void> {
    const Endpoint = `arn:aws:sqs:us-east-1:${ACCOUNT}:inbox`;
    const letSnsSend = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Endpoint,
    };
    const { QueueUrl } = await this.sqs.send(
      new CreateQueueCommand({
        QueueName: 'inbox',
        Attributes: {
          MessageRetentionPeriod: '1209600',
          Policy: JSON.stringify({ Version: '2012-10-17', Statement: [letSnsSend] }),
        },
      }),
    );
    this.inbox = QueueUrl!;
    await new SNSClient(this.emulator.clientConfig).send(
      new SubscribeCommand({ TopicArn: this.outputs.Topic, Protocol: 'sqs', Endpoint }),
    );
  }

  /** What was announced since the last call. */
  public async sentNotifications(): Promise<ReceivedNotification[]> {
    return this.received(this.inbox!);
  }

  /** What a queue that is subscribed to the topic got since the last call. */
  public async received(queueUrl: string): Promise<ReceivedNotification[]> {
    return (await this.drain(queueUrl)).map((body) => {
      const { Subject, Message, MessageAttributes } = JSON.parse(body);
      const notification: Notification = JSON.parse(Message);
      for (const name of ['event', 'username', 'accessKeyId'] as const) {
        if (MessageAttributes[name]?.Value !== notification[name]) {
          throw new Error(`the attribute "${name}" differs from ${Message}`);
        }
      }
      return { subject: Subject, ...notification };
    });
  }

  /** What a queue got since the last call, whatever it is. */
  public async letters(queueUrl: string): Promise<Record<string, unknown>[]> {
    return (await this.drain(queueUrl)).map((body) => JSON.parse(body));
  }

  /** Runs a command as people would, with the AWS CLI. */
  public async shell(command: string): Promise<string> {
    return shell(command, this.emulator.clientConfig);
  }

  public async deadLetters(): Promise<unknown[]> {
    return (await this.drain(this.outputs.DeadLetters)).map((body) => JSON.parse(body));
  }

  private async drain(QueueUrl: string): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return bodies;
      for (const { Body, ReceiptHandle } of Messages) {
        bodies.push(Body!);
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }
}

export function userArn(name: string, path = '/'): string {
  return `arn:aws:iam::${ACCOUNT}:user${path}${name}`;
}
