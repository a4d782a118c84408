import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AccessKeyRotationProps } from './access-key-rotation-props';
import { NotificationEvent } from './contract/notifications';
import { grantToOperator } from './function/operator-grant';
import { RotationFunction } from './function/rotation-function';
import { allowAlarms } from './monitoring/alarm-topic';
import { addQueries } from './monitoring/audit-queries';
import { RotationAlarms } from './monitoring/rotation-alarms';
import { dashboardWidgets } from './monitoring/rotation-dashboard';
import { RotationMetrics } from './monitoring/rotation-metrics';
import { DigestFrequency } from './notifications/digest-frequency';
import { Recipient } from './notifications/recipient';
import { Recipients } from './notifications/recipients';
import { ruleForEvents } from './notifications/rotation-events';
import { topicProblem, warnOfTopicInOtherAccount } from './notifications/topic-validation';
import { ALARM_ACTION, CONSTRUCT, DASHBOARD_PROPS, GRANTEE, RETENTION_DAYS, TOPIC } from './private/cdk-shapes';
import { problemWithValues } from './private/pending-lookups';
import {
  BOOLEAN,
  checkOptions,
  checkShape,
  closedOptionsOf,
  listOf,
  oneOf,
  PROPS,
  setOptions,
  STRING,
} from './private/shape';
import { unknownOptions } from './private/unknown-options';
import { warnOfUnknownOptions } from './private/warnings';
import { ExposedKeyRules } from './schedule/exposed-key-rules';
import { ExposedKeys } from './schedule/exposed-keys';
import { RotationTrigger } from './schedule/rotation-trigger';
import { IRotatedUser, RotatedUserProps } from './users/rotated-user-props';
import { ROTATED_USER_PROPS, ROTATION_OPTIONS } from './users/rotated-user-shape';
import { RotatedUsers } from './users/rotated-users';
import { UserStacks } from './users/user-stacks';

const ACCESS_KEY_ROTATION_PROPS = closedOptionsOf<AccessKeyRotationProps>('AccessKeyRotationProps', {
  users: listOf(ROTATED_USER_PROPS),
  trigger: RotationTrigger._SHAPE,
  userStacks: UserStacks._SHAPE,
  topic: TOPIC,
  digestRecipients: listOf(Recipient._SHAPE),
  digestFrequency: oneOf('DigestFrequency', 'WEEKLY', Object.values(DigestFrequency)),
  failureRecipients: listOf(Recipient._SHAPE),
  exposedKeys: oneOf('ExposedKeys', 'NOTIFY', Object.values(ExposedKeys)),
  dryRun: BOOLEAN,
  alarms: BOOLEAN,
  alarmActions: listOf(ALARM_ACTION),
  logRetention: RETENTION_DAYS,
  ...ROTATION_OPTIONS,
});

/**
 * Rotates the access keys of IAM users and keeps the current key of each user in an AWS Secrets Manager secret.
 *
 * When the deploy ends, each user has a working key in a secret, as the JSON fields `AccessKey` and `SecretKey`. The
 * name of the secret is by default that of the user. An adopted user with two keys gets its first key later, and with
 * `dryRun`, no user gets one. With the default schedule, a key is replaced at an age of 90 days, deactivated at
 * 104 days and deleted at 118 days: both keys work for 14 days, then the old key is inactive for 14 days. Each step
 * sends a notification to an SNS topic and an event to the default event bus.
 *
 * Prefer temporary credentials wherever the workload supports them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
 * @example
 * import * as iam from 'aws-cdk-lib/aws-iam';
 * import { AccessKeyRotation, Recipient } from 'cdk-access-key-rotation';
 *
 * const rotation = new AccessKeyRotation(stack, 'Rotation', {
 *   users: [{ userName: 'ci-deployer', recipients: [Recipient.email('ci-team@example.com')] }],
 *   failureRecipients: [Recipient.email('on-call@example.com')],
 * });
 *
 * // What the key is for:
 * rotation.user('ci-deployer').user.addToPrincipalPolicy(
 *   new iam.PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
 * );
 */
export class AccessKeyRotation extends RotationMetrics {
  /**
   * The SNS topic of the notifications. A subscription without a filter policy receives those of all users.
   *
   * SNS accepts an endpoint once for each topic, so do not subscribe an endpoint here that is a recipient as well.
   */
  public readonly topic: sns.ITopic;

  /**
   * The Lambda function that all users share.
   *
   * A principal that may invoke it can rotate, revoke and roll back each key of the rotation: grant it with
   * `grantOperate()`. Its `grantInvoke()` also permits the alias that is for CloudFormation, whose `Delete` requests
   * delete the keys of a user without a recovery period.
   *
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/security.md#who-is-trusted
   */
  public readonly rotationFunction: lambda.IFunction;

  /** The log group of the Lambda function. Each line is one JSON object. */
  public readonly logGroup: logs.ILogGroup;

  /**
   * The SQS queue for events that could not be delivered or handled. It keeps them for 14 days.
   *
   * Scheduled checks and digests can be sent again at any time. Never send a request of CloudFormation again: the
   * function refuses it, and by the alias a `Delete` request deletes the keys of a user that may have been deployed
   * again in the meantime. Review all other events before you send them again: other principals can write into the
   * queue, and an event of a person acts at once. The runbook has the commands.
   *
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/runbook.md#dead-letters
   */
  public readonly deadLetterQueue: sqs.IQueue;

  /** The alarms of the rotation. Undefined with `alarms: false`. */
  public readonly alarms?: RotationAlarms;

  private readonly rotator: RotationFunction;
  private readonly recipients: Recipients;
  private readonly rotatedUsers: RotatedUsers;

  /**
   * Create a rotation.
   *
   * @param scope - the construct that contains the rotation, usually a stack. Its account is that of the users
   * @param id - the construct ID of the rotation. Do not change it after the first deploy
   * @param props - the users and the options of the rotation
   * @throws if `users` is empty; if an entry has contradictory options, breaks a naming rule of AWS, does not fit its
   *   schedule or has the name of another entry; if the topic is a FIFO topic or in another Region; if a recipient
   *   cannot be subscribed to the topic; if there are alarm actions and no alarms; if the user stacks are for another
   *   environment, or the rotation is in a StackSet
   */
  constructor(scope: Construct, id: string, props: AccessKeyRotationProps) {
    checkShape('AccessKeyRotation', 'scope', scope, CONSTRUCT);
    checkShape('AccessKeyRotation', 'id', id, STRING);
    super(scope, id);
    const place = `AccessKeyRotation ${this.node.path}`;
    checkShape(place, PROPS, props, ACCESS_KEY_ROTATION_PROPS);
    const options = setOptions(props);
    warnOfUnknownOptions(this, place, unknownOptions(PROPS, props, ACCESS_KEY_ROTATION_PROPS));
    const { trigger = RotationTrigger.eventBridgeRules(), userStacks, dryRun = false } = options;
    this.topic = options.topic ?? this.createTopic();
    const problem =
      propsProblem(options)
      ?? problemWithValues(this, topicProblem(this, this.topic))
      ?? userStacks?._problemWith(this);
    if (problem) throw new Error(`${place}: ${problem}.`);
    warnOfTopicInOtherAccount(this, this.topic);
    this.rotator = new RotationFunction(this, 'Rotator', {
      topic: this.topic,
      logRetention: options.logRetention ?? logs.RetentionDays.TWO_YEARS,
      dryRun,
      exposedKeys: options.exposedKeys,
      userStacks: userStacks !== undefined,
    });
    const { rotator } = this;
    this.rotationFunction = rotator.handler;
    this.logGroup = rotator.logGroup;
    this.deadLetterQueue = rotator.deadLetterQueue;
    const scheduler = trigger._bind(rotator);
    const recipients = new Recipients(this, 'Recipients', this.topic, rotator, scheduler, options.digestFrequency);
    this.recipients = recipients;
    if (options.digestFrequency) recipients.startDigest();
    this.subscribe(recipients, 'digestRecipients', options.digestRecipients, 'digest');
    const exposed: NotificationEvent[] = options.exposedKeys ? ['exposed'] : [];
    this.subscribe(recipients, 'failureRecipients', options.failureRecipients, 'failed', 'blocked', ...exposed);
    if (options.exposedKeys) new ExposedKeyRules(this, 'ExposedKeys', rotator);
    if (options.alarms ?? true) {
      this.alarms = RotationAlarms._of(this, dryRun, trigger._interval);
      if (options.alarmActions) this.alarms.addAlarmAction(...options.alarmActions);
    }
    this.rotatedUsers = new RotatedUsers(this, {
      defaults: options,
      rotator,
      recipients,
      trigger,
      scheduler,
      userStacks,
    });
    options.users?.forEach((user, index) => this.rotatedUsers.add(user, `users[${index}]`));
  }

  /** The users of this rotation, in the order in which they were added. */
  public get users(): IRotatedUser[] {
    return [...this.rotatedUsers.all];
  }

  /**
   * Add a user to the rotation.
   *
   * @param user - the user to create or to adopt. It gets the rotation's options that it does not set itself
   * @returns the user with its secret
   * @throws if the options are contradictory, break a naming rule of AWS or do not fit the schedule; if the user or its
   *   secret is of another account or Region; if a recipient cannot be subscribed to the topic; if the user, its `id`
   *   or its secret is in the rotation already
   */
  public addUser(user: RotatedUserProps): IRotatedUser {
    const place = `AccessKeyRotation ${this.node.path}, addUser()`;
    checkShape(place, 'user', user, ROTATED_USER_PROPS);
    warnOfUnknownOptions(this, place, unknownOptions('user', user, ROTATED_USER_PROPS));
    return this.rotatedUsers.add(user, 'addUser()');
  }

  /**
   * Get a user of this rotation.
   *
   * @param name - the user name, or the `id` of the entry if the user name is a token
   * @returns the user with its secret
   * @throws if no user of the rotation has this name or `id`
   */
  public user(name: string): IRotatedUser {
    checkShape(`AccessKeyRotation ${this.node.path}, user()`, 'name', name, STRING);
    return this.rotatedUsers.get(name);
  }

  /**
   * Allow a principal to operate the rotation: to rotate, revoke and roll back keys, and to read their status.
   *
   * It can invoke the function with events, such as the runbook sends. It cannot invoke the alias of the function,
   * which deletes keys for CloudFormation.
   *
   * The CDK adds nothing to a role that it must not change (`mutable: false`, `withoutPolicyUpdates()`), and reports
   * success for it. Permit `lambda:InvokeFunction` on `rotationFunction.functionArn` in such a role yourself.
   *
   * @param grantee - a user, group or role of the account, such as the role of your on-call engineers
   * @returns the grant
   * @throws if the principal cannot have a policy, or is in another account
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/security.md#who-is-trusted
   * @example
   * import * as iam from 'aws-cdk-lib/aws-iam';
   * import { AccessKeyRotation } from 'cdk-access-key-rotation';
   *
   * const rotation = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'ci-deployer' }] });
   * const onCall = iam.Role.fromRoleName(stack, 'OnCall', 'on-call');
   * rotation.grantOperate(onCall);
   */
  public grantOperate(grantee: iam.IGrantable): iam.Grant {
    const place = `AccessKeyRotation ${this.node.path}, grantOperate()`;
    checkShape(place, 'grantee', grantee, GRANTEE);
    return grantToOperator(place, this, grantee, this.rotator.arns.handler);
  }

  /**
   * Add an EventBridge rule on the default bus for all events of this rotation.
   *
   * The detail of an event has the content of the notification as fields: `event`, `username`, `accessKeyId`,
   * `currentAccessKeyId`, `previousAccessKeyIds`, `secret`, `reason`, `remedy`, `account`, `text` and others. It never
   * contains a secret access key. The digest is one of the events if the rotation sends it: with `digestFrequency`,
   * with recipients or with `onDigest()`.
   *
   * The `eventPattern` of the options restricts the rule. It cannot have a field that the rule sets itself: `source`,
   * `account`, `detail.rotation`, and in the other methods `detailType`. The method `addEventPattern()` of the returned
   * rule is that of the CDK, and not checked: one more value for such a field makes the rule match more events, such as
   * those of another rotation.
   *
   * @param id - the construct ID of the rule, unique within the rotation
   * @param options - the target, and more of an event pattern: `{ detail: { username: ['alice'] } }` selects one user
   * @returns the rule
   * @throws if the event pattern has a field that the rule sets itself
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
   */
  public onEvent(id: string, options?: events.OnEventOptions): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options);
  }

  /**
   * Add a rule for "Access Key Created": a new key was verified and is the secret's current value.
   *
   * @param id - the construct ID of the rule, unique within the rotation
   * @param options - the target, and more of an event pattern, as in `onEvent()`
   * @returns the rule
   */
  public onKeyCreated(id: string, options?: events.OnEventOptions): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'created');
  }

  /**
   * Add a rule for "Access Key Reminder": an old key will be deactivated or deleted in some days.
   *
   * @param id - the construct ID of the rule, unique within the rotation
   * @param options - the target, and more of an event pattern, as in `onEvent()`
   * @returns the rule
   */
  public onKeyReminder(id: string, options?: events.OnEventOptions): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'reminder');
  }

  /**
   * Add a rule for "Access Key Deactivated": an old or leaked key no longer works. It can be activated again.
   *
   * @param id - the construct ID of the rule, unique within the rotation
   * @param options - the target, and more of an event pattern, as in `onEvent()`
   * @returns the rule
   */
  public onKeyDeactivated(id: string, options?: events.OnEventOptions): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'deactivated');
  }

  /**
   * Add a rule for "Access Key Deleted": an old key was deleted permanently.
   *
   * @param id - the construct ID of the rule, unique within the rotation
   * @param options - the target, and more of an event pattern, as in `onEvent()`
   * @returns the rule
   */
  public onKeyDeleted(id: string, options?: events.OnEventOptions): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'deleted');
  }

  /**
   * Add a rule for "Access Key Rotation Failed" and "Access Key Rotation Blocked": a check failed, or a person has to
   * act.
   *
   * @param id - the construct ID of the rule, unique within the rotation
   * @param options - the target, and more of an event pattern, as in `onEvent()`
   * @returns the rule
   */
  public onRotationFailed(id: string, options?: events.OnEventOptions): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'failed', 'blocked');
  }

  /**
   * Add a rule for "Access Key Digest": the state of all users, as text and as numbers. The rotation then sends the
   * digest also without `digestRecipients`, daily or as `digestFrequency` says.
   *
   * @param id - the construct ID of the rule, unique within the rotation
   * @param options - the target, and more of an event pattern, as in `onEvent()`. With the pattern
   *   `{ detail: { counts: { needAttention: events.Match.greaterThan(0) } } }`, the rule only matches a digest in which
   *   a user needs attention
   * @returns the rule
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/notifications.md#the-digest
   */
  public onDigest(id: string, options?: events.OnEventOptions): events.Rule {
    const rule = ruleForEvents(this, id, this.rotator.owner, options, 'digest');
    this.recipients.startDigest();
    return rule;
  }

  /**
   * Add a CloudWatch dashboard: alarms, ages of keys, recent events, checks, failures, dead letters and notifications.
   *
   * @param id - the construct ID of the dashboard, unique within the rotation. By default `Dashboard`
   * @param props - the options of the dashboard. Its `widgets` are placed below those of the rotation; the default
   *   interval is 180 days
   * @returns the dashboard
   */
  public addDashboard(id?: string, props?: cloudwatch.DashboardProps): cloudwatch.Dashboard {
    const place = `AccessKeyRotation ${this.node.path}, addDashboard()`;
    const dashboardId = id ?? 'Dashboard';
    checkShape(place, 'id', dashboardId, STRING);
    const options = checkOptions(place, PROPS, props, DASHBOARD_PROPS);
    return new cloudwatch.Dashboard(this, dashboardId, {
      // Two rotation periods of the default schedule. CloudWatch accepts either an interval or a start.
      ...(options.start === undefined && { defaultInterval: Duration.days(180) }),
      ...options,
      widgets: [...dashboardWidgets(this), ...(options.widgets ?? [])],
    });
  }

  /**
   * Add saved queries of CloudWatch Logs Insights for auditors: changes of keys with their ages and announced dates,
   * what was late and why, notifications, changes outside the rotation, and commands of people.
   *
   * The queries are free; a run is charged by the bytes of the log that it scans. They reach as far back as
   * `logRetention`.
   *
   * @param id - the construct ID of the queries, unique within the rotation. By default `AuditQueries`
   * @returns the queries, in the order of their names
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/audit.md
   * @example
   * import { AccessKeyRotation } from 'cdk-access-key-rotation';
   *
   * const rotation = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'ci-deployer' }] });
   * rotation.addAuditQueries();
   */
  public addAuditQueries(id?: string): logs.QueryDefinition[] {
    const queriesId = id ?? 'AuditQueries';
    checkShape(`AccessKeyRotation ${this.node.path}, addAuditQueries()`, 'id', queriesId, STRING);
    return addQueries(this, queriesId, this.rotator.owner, this.logGroup);
  }

  /** @internal */
  protected get _rotation(): string {
    return this.rotator.owner;
  }

  private createTopic(): sns.Topic {
    const topic = new sns.Topic(this, 'Topic', { displayName: 'Access keys', enforceSSL: true });
    allowAlarms(this, topic); // also for an action of a single alarm, which this construct does not see
    return topic;
  }

  /** Subscribes recipients of the whole rotation. Recipients of one user are subscribed with that user. */
  private subscribe(
    recipients: Recipients,
    prop: string,
    added: Recipient[] = [],
    ...notifications: NotificationEvent[]
  ): void {
    const problem = recipients.problemWith(added, 'event');
    if (problem) throw new Error(`AccessKeyRotation ${this.node.path}, ${prop}: ${problem}.`);
    recipients.addForEvents(added, notifications);
  }
}

/** The first contradiction between props, or undefined. */
function propsProblem(props: AccessKeyRotationProps): string | undefined {
  const { users, alarms, alarmActions } = props;
  if (users?.length === 0) return '"users" is empty. Pass at least one user, or omit "users" and call addUser()';
  if (alarms === false && alarmActions) {
    return '"alarmActions" needs alarms, but "alarms" is false. Remove one of the two';
  }
  return undefined;
}
