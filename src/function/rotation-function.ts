import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { KMS_WRITE_ACTIONS, kmsVia } from './kms-permissions';
import { precreatedRole } from './precreated-role';
import { ManagedUser, RotationPermissions, tagPermissions } from './rotation-permissions';
import { RotatorCode } from './rotator-code';
import { ExposureResponse } from '../contract/exposure';
import { MAX_USER_NAME_LENGTH } from '../contract/names';
import { EVENT_SOURCE } from '../contract/notifications';
import {
  CreatedSubscriptions,
  ENVIRONMENT_LIMIT,
  FIRST_KEY_ALIAS,
  RotatorEnvironment,
  RUN_MINUTES,
  SUBSCRIPTIONS_FILE,
  UserEntry,
  USERS_FILE,
} from '../contract/settings';
import { fixLogicalId } from '../private/fixed-logical-ids';
import { inOrder } from '../private/order';
import { outermostStack } from '../private/outermost-stack';

/** The rest is for the names of the variables, the longest ARN of a topic and the name of the rotation. */
const MAX_USERS_LENGTH = ENVIRONMENT_LIMIT - 600;

/** The CDK's encoding of a token in a string. */
const ENCODED_TOKEN = /\$\{Token\[[^\]]*\]\}/g;

const NO_SUBSCRIPTIONS: CreatedSubscriptions = { endpoints: [], others: 0 };

export interface RotationFunctionProps {
  readonly topic: sns.ITopic;
  readonly logRetention: logs.RetentionDays;
  readonly dryRun: boolean;
  readonly exposedKeys?: ExposureResponse;
  /** Whether users can be in other stacks. */
  readonly userStacks: boolean;
}

/** The Lambda of the rotation, with its role, log group and dead-letter queue. */
export class RotationFunction extends Construct {
  public readonly handler: lambda.Function;
  public readonly role: iam.Role;
  public readonly logGroup: logs.LogGroup;
  public readonly deadLetterQueue: sqs.Queue;
  public readonly permissions: RotationPermissions;
  public readonly dryRun: boolean;
  /** Identifies the rotation within the account. It stays the same if the stack is deleted and created again. */
  public readonly owner: string;
  /** ARNs of the L1 resources. Those of the L2 constructs contain more tokens, which makes each synth slower. */
  public readonly arns: {
    readonly handler: string;
    /** For CloudFormation only. A permission that opens one of the two ARNs does not open the other. */
    readonly firstKeyAlias: string;
    readonly role: string;
    readonly deadLetterQueue: string;
  };
  private readonly runPolicy = new iam.PolicyDocument();
  private readonly users: ManagedUser[] = [];
  private subscriptions?: () => CreatedSubscriptions;
  /** KMS keys of the secrets in user stacks. */
  private readonly encryptionKeys = new Set<kms.IKey>();

  constructor(scope: Construct, id: string, props: RotationFunctionProps) {
    super(scope, id);
    const { topic } = props;
    this.dryRun = props.dryRun;
    this.owner = `${Stack.of(this).region}/${outermostStack(this).stackName}/${this.node.addr.slice(-8)}`;
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention,
      // Evidence, for auditors. Its name is generated, so a rotation that is deployed again gets another log group.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetters', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.role = this.createRole(topic);
    if (props.userStacks) this.allow(...tagPermissions(Stack.of(this), this.owner));
    this.permissions = new RotationPermissions(this, 'Permissions', this.role);
    this.handler = new lambda.Function(this, 'Handler', {
      description: 'Rotates the access keys of IAM users: creates, deactivates and deletes them at set ages',
      code: new RotatorCode(() => ({
        [USERS_FILE]: JSON.stringify(this.entries(true)),
        [SUBSCRIPTIONS_FILE]: JSON.stringify(this.subscriptions?.() ?? NO_SUBSCRIPTIONS),
      })),
      handler: 'index.handler',
      // By name: the oldest supported CDK has no constant for it.
      runtime: new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS),
      memorySize: 256,
      // IAM is eventually consistent: up to a minute for a new key, two for a new user, and some retries.
      timeout: Duration.minutes(RUN_MINUTES),
      role: this.role,
      logGroup: this.logGroup,
      environment: {
        TOPIC_ARN: topic.topicArn,
        ROTATION: this.owner,
        DRY_RUN: props.dryRun ? 'true' : 'false',
        USERS: Lazy.string({ produce: () => this.entriesForEnvironment() }),
        ...(props.exposedKeys && { EXPOSED_KEYS: props.exposedKeys }),
      } satisfies RotatorEnvironment,
    });
    const resource = this.handler.node.defaultChild as lambda.CfnFunction;
    const role = this.role.node.defaultChild as iam.CfnRole | undefined;
    const deadLetterQueue = this.deadLetterQueue.node.defaultChild as sqs.CfnQueue;
    // Of $LATEST, so that it always runs the deployed code. A version is immutable: each change of the users would
    // publish one, and CloudFormation fails where Lambda finds no change since the last one.
    // https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    const firstKeyAlias = new lambda.CfnAlias(this, 'FirstKeyAlias', {
      name: FIRST_KEY_ALIAS,
      description: 'Serves CloudFormation only: the first key of each user, and its removal',
      functionName: resource.ref,
      functionVersion: '$LATEST',
    });
    this.arns = {
      handler: resource.attrArn,
      firstKeyAlias: firstKeyAlias.ref,
      role: role?.attrArn ?? this.role.roleArn,
      deadLetterQueue: deadLetterQueue.attrArn,
    };
    [resource, firstKeyAlias, ...(role ? [role] : []), deadLetterQueue].forEach(fixLogicalId);
    // With a report only, the newest CDK returns the ARN of a precreated role, which does not exist.
    resource.role = this.arns.role;
    // The L2's `deadLetterQueue` property would add a second policy to the role.
    resource.deadLetterConfig = { targetArn: this.arns.deadLetterQueue };
  }

  /**
   * For the digest, which reports subscriptions that are no longer active.
   *
   * @param created - complete when all users are added
   */
  public reportSubscriptions(topic: sns.ITopic, created: () => CreatedSubscriptions): void {
    this.subscriptions = created;
    this.allow(new iam.PolicyStatement({ actions: ['sns:ListSubscriptionsByTopic'], resources: [topic.topicArn] }));
  }

  /** Adds a user to the list and to the permissions of the Lambda. */
  public addUser(user: ManagedUser): void {
    this.users.push(user);
    if (user.userPermittedByList || user.secretPermittedByList) this.permissions.add(user);
    const { inUserStack, encryptionKey } = user;
    if (!inUserStack || !encryptionKey || this.encryptionKeys.has(encryptionKey)) return;
    this.encryptionKeys.add(encryptionKey);
    this.allow(...kmsVia('secretsmanager', KMS_WRITE_ACTIONS, [{ key: encryptionKey }]));
  }

  /** Adds to the inline policy, and to the report of a precreated role: the CDK copies the policy only once. */
  private allow(...statements: iam.PolicyStatement[]): void {
    this.runPolicy.addStatements(...statements);
    statements.forEach((statement) => precreatedRole(this.role)?.addToPrincipalPolicy(statement));
  }

  /**
   * The policy is inline in the role: Lambda creates a function only if its role can already send to the dead-letter
   * queue.
   */
  private createRole(topic: sns.ITopic): iam.Role {
    const allow = (actions: string[], resource: string, conditions?: object) =>
      new iam.PolicyStatement({ actions, resources: [resource], conditions });
    const bus = Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    this.runPolicy.addStatements(
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], this.logGroup.logGroupArn),
      allow(['sqs:SendMessage'], this.deadLetterQueue.queueArn),
      allow(['sns:Publish'], topic.topicArn),
      ...(topic.masterKey ? kmsVia('sns', KMS_WRITE_ACTIONS, [{ key: topic.masterKey }]) : []),
      // `events:source` is multivalued: one value per event of the call.
      allow(['events:PutEvents'], bus, { 'ForAllValues:StringEquals': { 'events:source': EVENT_SOURCE } }),
    );
    return new iam.Role(this, 'Role', {
      description: 'Rotates the access keys of the users of this rotation only',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Run: this.runPolicy },
    });
  }

  private entries(resolvedAtSynth: boolean): UserEntry[] {
    const users = this.users.filter((user) => user.resolvedAtSynth === resolvedAtSynth);
    return inOrder(users).map(({ entry }) => entry);
  }

  /** The users whose entries contain tokens. They cannot be in the file of the asset, which is written at synth. */
  private entriesForEnvironment(): string | undefined {
    const entries = this.entries(false);
    if (entries.length === 0) return undefined;
    const length = JSON.stringify(entries).replace(ENCODED_TOKEN, 'x'.repeat(MAX_USER_NAME_LENGTH)).length;
    if (length > MAX_USERS_LENGTH) {
      throw new Error(
        `${this.node.scope!.node.path}: ${entries.length} users with a name or secret that is a token need up to ${length} characters in the environment of the function,`
          + ` but the limit is ${MAX_USERS_LENGTH}. Use literal names for some of them, or several rotations.`,
      );
    }
    return Stack.of(this).toJsonString(entries);
  }
}
