import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DATA_KEYS, kmsVia, ManagedUser, RotationPermissions, tagPermissions } from './rotation-permissions';
import { RotatorCode } from './rotator-code';
import { EVENT_SOURCE } from '../contract/notifications';
import { ENVIRONMENT_LIMIT, RotatorEnvironment, RUN_MINUTES, UserEntry } from '../contract/settings';
import { fixLogicalId } from '../private/fixed-logical-ids';
import { inOrder } from '../private/order';

/** The names of the variables, the longest ARN of a topic and the name of the rotation take the rest. */
const ROOM_FOR_USERS = ENVIRONMENT_LIMIT - 600;

/** How the CDK writes a token into a string. Whatever a user's name turns out to be, IAM takes so many characters. */
const TOKEN = /\$\{Token\[[^\]]*\]\}/g;
const MAX_USER_NAME_LENGTH = 64;

export interface RotationFunctionProps {
  readonly topic: sns.ITopic;
  readonly logRetention: logs.RetentionDays;
  readonly dryRun: boolean;
  /** Whether users may be in other stacks. */
  readonly userStacks: boolean;
}

/** The Lambda that all users share, with what it needs: role, log group, dead-letter queue. */
export class RotationFunction extends Construct {
  public readonly handler: lambda.Function;
  public readonly role: iam.Role;
  public readonly logGroup: logs.LogGroup;
  public readonly deadLetterQueue: sqs.Queue;
  public readonly permissions: RotationPermissions;
  public readonly dryRun: boolean;
  /** Which rotation this is, seen from anywhere. It stays the same when the stack is deleted and created again. */
  public readonly owner: string;
  /** Of the resources themselves: those of the L2 constructs are resolved by way of several more tokens. */
  public readonly arns: {
    readonly account: string;
    readonly handler: string;
    readonly role: string;
    readonly deadLetterQueue: string;
  };
  private readonly runPolicy = new iam.PolicyDocument();
  private readonly users: ManagedUser[] = [];
  /** KMS keys of users who are not listed. */
  private readonly keys = new Set<kms.IKey>();

  constructor(scope: Construct, id: string, props: RotationFunctionProps) {
    super(scope, id);
    const { topic } = props;
    this.dryRun = props.dryRun;
    this.owner = `${Stack.of(this).region}/${Stack.of(this).stackName}/${this.node.addr.slice(-8)}`;
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetters', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.role = this.createRole(topic);
    if (props.userStacks) this.runPolicy.addStatements(...tagPermissions(Stack.of(this), this.owner));
    this.permissions = new RotationPermissions(this, 'Permissions', this.role);
    this.handler = new lambda.Function(this, 'Handler', {
      description: 'Rotates the access keys of IAM users: issues, deactivates and deletes them when it is time',
      code: new RotatorCode(() => JSON.stringify(this.entries(true))),
      handler: 'index.handler',
      // by name: the oldest supported CDK does not know it
      runtime: new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS),
      memorySize: 256,
      // Enough for a minute of patience with a new key, two with a new user, and some repeats.
      timeout: Duration.minutes(RUN_MINUTES),
      role: this.role,
      logGroup: this.logGroup,
      environment: {
        TOPIC_ARN: topic.topicArn,
        ROTATION: this.owner,
        DRY_RUN: props.dryRun ? 'true' : 'false',
        USERS: Lazy.string({ produce: () => this.entriesForEnvironment() }),
      } satisfies RotatorEnvironment,
    });
    const resource = this.handler.node.defaultChild as lambda.CfnFunction;
    const role = this.role.node.defaultChild as iam.CfnRole;
    const deadLetterQueue = this.deadLetterQueue.node.defaultChild as sqs.CfnQueue;
    const account = Stack.of(this).formatArn({ service: 'iam', region: '', resource: 'root' });
    this.arns = { account, handler: resource.attrArn, role: role.attrArn, deadLetterQueue: deadLetterQueue.attrArn };
    [resource, role, deadLetterQueue].forEach(fixLogicalId);
    // not by the L2's property: it would give the role a second policy
    resource.deadLetterConfig = { targetArn: this.arns.deadLetterQueue };
  }

  /** For the digest, which says whether everybody is still subscribed. */
  public allowListingSubscriptions(topic: sns.ITopic): void {
    this.runPolicy.addStatements(
      new iam.PolicyStatement({ actions: ['sns:ListSubscriptionsByTopic'], resources: [topic.topicArn] }),
    );
  }

  /** Gives the Lambda a user: in its list, and in its permissions. */
  public addUser(user: ManagedUser): void {
    this.users.push(user);
    if (user.permittedByList) this.permissions.add(user);
    const { inUserStack, encryptionKey } = user;
    if (!inUserStack || !encryptionKey || this.keys.has(encryptionKey)) return;
    this.keys.add(encryptionKey);
    this.runPolicy.addStatements(kmsVia('secretsmanager', DATA_KEYS, [encryptionKey]));
  }

  /** In the role itself: the function can only be created once its role may send to the dead-letter queue. */
  private createRole(topic: sns.ITopic): iam.Role {
    const allow = (actions: string[], resource: string, conditions?: object) =>
      new iam.PolicyStatement({ actions, resources: [resource], conditions });
    const bus = Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    this.runPolicy.addStatements(
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], this.logGroup.logGroupArn),
      allow(['sqs:SendMessage'], this.deadLetterQueue.queueArn),
      allow(['sns:Publish'], topic.topicArn),
      ...(topic.masterKey ? [kmsVia('sns', DATA_KEYS, [topic.masterKey])] : []),
      // The key has as many values as the call has events.
      allow(['events:PutEvents'], bus, { 'ForAllValues:StringEquals': { 'events:source': EVENT_SOURCE } }),
    );
    return new iam.Role(this, 'Role', {
      description: 'Rotates the access keys of the users of this rotation, and of nobody else',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Run: this.runPolicy },
    });
  }

  private entries(known: boolean): UserEntry[] {
    const users = this.users.filter((user) => user.resolvedAtSynth === known);
    return inOrder(users).map(({ entry }) => entry);
  }

  /** What the code's list of users cannot hold. */
  private entriesForEnvironment(): string | undefined {
    const entries = this.entries(false);
    if (entries.length === 0) return undefined;
    const length = JSON.stringify(entries).replace(TOKEN, 'x'.repeat(MAX_USER_NAME_LENGTH)).length;
    if (length > ROOM_FOR_USERS) {
      throw new Error(
        `AccessKeyRotation: ${entries.length} users with a name or secret that is a token need up to ${length} characters in the function's environment,`
          + ` which has room for ${ROOM_FOR_USERS}: give them names that the synthesis knows.`,
      );
    }
    return Stack.of(this).toJsonString(entries);
  }
}
