import { Annotations, Arn, ArnFormat, Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { holdProblem, reminderProblem } from './contract/ages';
import { AnnouncementEvent } from './contract/announcements';
import { RotationFunction } from './function/rotation-function';
import { RotationAlarms } from './monitoring/rotation-alarms';
import { dashboardWidgets } from './monitoring/rotation-dashboard';
import { RotationMetrics } from './monitoring/rotation-metrics';
import { Recipient } from './notifications/recipient';
import { Recipients } from './notifications/recipients';
import { ruleForEvents } from './notifications/rotation-events';
import { topicProblem, warnOfForeignTopic } from './notifications/topic';
import { RotationSchedule } from './schedule/rotation-schedule';
import { RotationTrigger } from './schedule/rotation-trigger';
import { RotatedUser } from './users/rotated-user';
import { IRotatedUser, RotatedUserProps, RotationOptions } from './users/rotated-user-props';
import { constructId, RotatedUsers } from './users/rotated-users';
import { fullStackProblems, UserStacks } from './users/user-stacks';
import { entryProblem, userNameOf } from './users/user-validation';

/**
 * Properties of an `AccessKeyRotation`. What `RotationOptions` says applies to every user that does not say otherwise.
 */
export interface AccessKeyRotationProps extends RotationOptions {
  /**
   * The users whose access keys are rotated. Their order does not matter.
   *
   * @default - none yet; add them with `addUser()`
   */
  readonly users?: RotatedUserProps[];

  /**
   * What asks whether it is time, and how often. EventBridge takes 300 rules for a region unless the quota is raised, which is
   * three for each of 100 users: beyond that, use `RotationTrigger.schedules()`. Changing it is an ordinary deploy.
   *
   * @default RotationTrigger.rules() - three EventBridge rules per user, once a day each
   */
  readonly trigger?: RotationTrigger;

  /**
   * The stacks that the users' resources are spread over, for more users than fit into one stack, which takes 60 to 70. Chosen
   * once: see `UserStacks` for how many, and for a rotation that has users already.
   *
   * @default - all users are in the stack of the rotation
   */
  readonly userStacks?: UserStacks;

  /**
   * The topic that tells people what happens to their keys. The messages bear the attributes `username`, `event` and
   * `accessKeyId`, for filter policies. An encrypted topic has to come with its key, from `sns.Topic` or from
   * `sns.Topic.fromTopicAttributes({ topicArn, keyArn })`, or the rotation may not use it. It has to be a standard topic in
   * the region of the rotation.
   *
   * @default - a new topic
   */
  readonly topic?: sns.ITopic;

  /**
   * Who gets the daily digest: how all users stand, and which recipients do not get their messages any more. SNS takes 200
   * recipients for each topic, and 10,000 for each account.
   *
   * @default - nobody
   */
  readonly digestTo?: Recipient[];

  /**
   * Who is told when a rotation fails or is blocked, whichever user it is about: the people on call, or whoever looks after
   * the rotation.
   *
   * @default - nobody but the user's own recipients
   */
  readonly failuresTo?: Recipient[];

  /**
   * Only look on: no key is created, deactivated or deleted, no message is sent, and each check says in the log what it would
   * do and why. For the first weeks with users that matter. The first keys are issued by the deploy that ends it.
   *
   * @default false
   */
  readonly dryRun?: boolean;

  /**
   * CloudWatch alarms for what needs a person: a key that is overdue, checks that fail or do not come.
   *
   * @default true
   */
  readonly alarms?: boolean;

  /**
   * What all alarms do when they go off, an `SnsAction` say. The topic of the rotation is for those who use the keys; alarms are
   * for those who run the rotation.
   *
   * @default - nothing; the alarms can be seen in CloudWatch
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * How long the Lambda's log is kept.
   *
   * @default logs.RetentionDays.TWO_YEARS
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Rotates the access keys of IAM users, for years and without anyone's help.
 *
 * Each user has a working access key in a Secrets Manager secret when the deploy ends. From then on, the key is replaced at
 * 90 days, the old one deactivated 14 days later and deleted 14 days after that, and people hear about each step by SNS.
 *
 * @example
 * new AccessKeyRotation(this, 'Rotation', {
 *   users: [{ userName: 'ci-deployer' }],
 * });
 */
export class AccessKeyRotation extends RotationMetrics {
  /** The topic that tells people what happens to their keys. Subscribe them to it. */
  public readonly topic: sns.ITopic;

  /**
   * The Lambda that all users share. Whoever may invoke it is trusted with all keys of the rotation: it also serves
   * CloudFormation, whose request to delete a user's keys knows no grace period.
   */
  public readonly rotationFunction: lambda.IFunction;

  /** Where the Lambda logs, one JSON object a line. */
  public readonly logGroup: logs.ILogGroup;

  /** Where events end up that could not be handled. They can be sent again at any time. */
  public readonly deadLetterQueue: sqs.IQueue;

  /** The alarms of the rotation, unless it is to have none. */
  public readonly alarms?: RotationAlarms;

  private readonly shared: RotationFunction;
  private readonly defaults: RotationOptions;
  private readonly trigger: RotationTrigger;
  private readonly recipients: Recipients;
  private readonly userStacks?: UserStacks;
  private readonly rotated = new RotatedUsers();
  private readonly warned = new Set<string>();

  /**
   * @throws if a user's entry is contradictory, its name or schedule breaks a rule, or it is named twice; if nothing can be
   * sent to the topic, or a recipient cannot be subscribed to it; if there are actions for alarms, but no alarms
   */
  constructor(scope: Construct, id: string, props: AccessKeyRotationProps) {
    super(scope, id);
    if (props.users?.length === 0) {
      throw new Error(`AccessKeyRotation ${this.node.path}: "users" is empty: name at least one user, or leave it out and call addUser().`);
    }
    if (props.alarms === false && props.alarmActions) {
      throw new Error(`AccessKeyRotation ${this.node.path}: "alarmActions" needs alarms: leave out "alarms: false", or the actions.`);
    }
    this.defaults = props;
    this.trigger = props.trigger ?? RotationTrigger.rules();
    this.userStacks = props.userStacks;
    this.topic = props.topic ?? new sns.Topic(this, 'Topic', { displayName: 'Access keys', enforceSSL: true });
    const problem = topicProblem(this, this.topic) ?? props.userStacks?._problemWith(this);
    if (problem) throw new Error(`AccessKeyRotation ${this.node.path}: ${problem}.`);
    warnOfForeignTopic(this, this.topic);
    this.shared = new RotationFunction(this, 'Rotator', {
      topic: this.topic,
      logRetention: props.logRetention ?? logs.RetentionDays.TWO_YEARS,
      dryRun: props.dryRun ?? false,
      trigger: this.trigger,
      users: () => this.rotated.inOrder,
      userStacks: props.userStacks !== undefined,
    });
    this.rotationFunction = this.shared.handler;
    this.logGroup = this.shared.logGroup;
    this.deadLetterQueue = this.shared.deadLetterQueue;
    this.recipients = new Recipients(this, 'Recipients', this.topic, this.shared);
    this.tell('digestTo', props.digestTo, 'digest');
    this.tell('failuresTo', props.failuresTo, 'failed', 'blocked');
    if (props.alarms ?? true) {
      this.alarms = RotationAlarms._of(this, { interval: this.trigger._interval, dryRun: props.dryRun ?? false });
      if (props.alarmActions) this.alarms.addAlarmAction(...props.alarmActions);
    }
    this.node.addValidation({
      validate: () => this.rotated.size > 0 ? fullStackProblems(this.rotated.all, this.userStacks) : ['The rotation has no users: pass "users" or call addUser().'],
    });
    props.users?.forEach((user, index) => this.add(user, `users[${index}]`));
  }

  /**
   * The users of this rotation, in the order in which they were added.
   */
  public get users(): IRotatedUser[] {
    return [...this.rotated.all];
  }

  /**
   * Add a user to the rotation.
   *
   * @throws if the entry is contradictory, its name or schedule breaks a rule, or the user is in the rotation already
   */
  public addUser(user: RotatedUserProps): IRotatedUser {
    return this.add(user, 'addUser()');
  }

  /**
   * A user of this rotation.
   *
   * @param name - the user name, or the `id` of a user whose name is a token
   * @throws if there is no such user in the rotation
   */
  public user(name: string): IRotatedUser {
    const found = this.rotated.find(name);
    if (!found) {
      throw new Error(`AccessKeyRotation ${this.node.path}: no user "${name}", there are ${this.rotated.all.map((user) => user.userName).join(', ') || 'none'}.`);
    }
    return found;
  }

  /**
   * A rule for all events of this rotation, on the default bus. Their detail says what people are told, in fields: `username`,
   * `event`, `accessKeyId`, `currentAccessKeyId`, `previousAccessKeyIds`, `secret`, `reason` and others.
   *
   * @param id - of the rule's construct
   * @param options - `eventPattern: { detail: { username: ['alice'] } }` narrows it down to one user
   */
  public onEvent(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.shared.owner, options);
  }

  /** A rule for "Access Key Created": a new key works and is the secret's current value. */
  public onKeyCreated(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.shared.owner, options, 'created');
  }

  /** A rule for "Access Key Reminder": an old key that is still in use is about to be deactivated or deleted. */
  public onKeyReminder(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.shared.owner, options, 'reminder');
  }

  /** A rule for "Access Key Deactivated": an old or leaked key does not work any more, and can still be switched on again. */
  public onKeyDeactivated(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.shared.owner, options, 'deactivated');
  }

  /** A rule for "Access Key Deleted": an old key is gone for good. */
  public onKeyDeleted(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.shared.owner, options, 'deleted');
  }

  /** A rule for "Access Key Rotation Failed" and "Access Key Rotation Blocked": a check failed, or waits for somebody to act. */
  public onRotationFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.shared.owner, options, 'failed', 'blocked');
  }

  /** Subscribes recipients that are not those of one user. */
  private tell(prop: string, recipients: Recipient[] = [], ...announcements: AnnouncementEvent[]): void {
    const problem = this.recipients.problemWith(recipients, 'event');
    if (problem) throw new Error(`AccessKeyRotation ${this.node.path}, ${prop}: ${problem}.`);
    this.recipients.add(recipients, { events: announcements });
  }

  /**
   * Add a CloudWatch dashboard: alarms, the age of each user's keys against its schedule, what happened lately, checks, failures,
   * dead letters and messages.
   *
   * @param id - of the construct, within the rotation
   * @param props - those of any dashboard. Its `widgets` come below these
   */
  public addDashboard(id: string = 'Dashboard', props: cloudwatch.DashboardProps = {}): cloudwatch.Dashboard {
    return new cloudwatch.Dashboard(this, id, {
      ...(props.start === undefined && { defaultInterval: Duration.days(180) }), // two rotations
      ...props,
      widgets: [...dashboardWidgets(this), ...props.widgets ?? []],
    });
  }

  /** @internal */
  protected get _rotation(): string {
    return this.shared.owner;
  }

  private add(user: RotatedUserProps, entry: string): RotatedUser {
    const props = withDefaults(user, this.defaults);
    const name = userNameOf(props);
    const label = props.id ?? name;
    const problem = entryProblem(props)
      ?? this.scheduleProblem(props)
      ?? this.rotated.clash(name, label, props.secretName ?? name)
      ?? this.foreignAccount(props)
      ?? this.recipients.problemWith(props.notify ?? [], 'username');
    if (problem) {
      const who = Token.isUnresolved(name) ? '' : ` ("${name}")`;
      throw new Error(`AccessKeyRotation ${this.node.path}, ${entry}${who}: ${problem}.`);
    }
    const rotated = new RotatedUser(this.userStacks?._scopeOf(label, this) ?? this, constructId(label), this.shared, this.trigger, props);
    this.rotated.add(rotated);
    this.shared.permit(rotated);
    this.recipients.add(props.notify ?? [], { user: rotated });
    this.recipients.cover(this.rotated.size);
    this.warnOfOldKeys(rotated.schedule);
    this.warnOfNestedStacks();
    return rotated;
  }

  private scheduleProblem({ schedule = RotationSchedule.STANDARD, oldKeyInUse, reminderDays = [] }: RotatedUserProps): string | undefined {
    const holdDays = oldKeyInUse?._holdDays ?? 0;
    return holdProblem(schedule._ages, holdDays) ?? reminderProblem(schedule._ages, reminderDays) ?? this.trigger._problemWith(schedule, holdDays);
  }

  private foreignAccount({ user }: RotatedUserProps): string | undefined {
    if (!user || Token.isUnresolved(user.userArn)) return undefined;
    const [theirs, ours] = [Arn.split(user.userArn, ArnFormat.SLASH_RESOURCE_NAME).account, Stack.of(this).account];
    if (Token.isUnresolved(ours) || theirs === ours) return undefined;
    return `the user belongs to account ${theirs}, but the stack is deployed to ${ours}: rotate it from a stack in its own account`;
  }

  private warnOfOldKeys(schedule: RotationSchedule): void {
    if (schedule._ages.deactivate <= 90) return;
    this.warn('activeKeyOver90Days', () => `With the schedule ${schedule}, an old key is still active at more than 90 days: AWS Config (access-keys-rotated),`
      + ' CIS and Prowler report it in every cycle. RotationSchedule.ACTIVE_UNDER_90_DAYS avoids that.');
  }

  private warnOfNestedStacks(): void {
    const most = this.userStacks?._usersPerDeploy ?? Infinity;
    if (this.rotated.size <= most) return;
    this.warn('nestedStackOperation', () => 'CloudFormation creates, updates or deletes up to 2,500 resources in one operation on nested stacks, which are those of'
      + ` ${most} users: a deploy that concerns more of them at once fails. UserStacks.of() takes stacks of your own, which have no such limit.`);
  }

  /** Once for the rotation, not for each of its users. */
  private warn(id: string, message: () => string): void {
    if (this.warned.has(id)) return;
    this.warned.add(id);
    Annotations.of(this).addWarningV2(`cdk-access-key-rotation:${id}`, message());
  }
}

function withDefaults(user: RotatedUserProps, defaults: RotationOptions): RotatedUserProps {
  return {
    ...user,
    schedule: user.schedule ?? defaults.schedule,
    oldKeyInUse: user.oldKeyInUse ?? defaults.oldKeyInUse,
    keysMadeLater: user.keysMadeLater ?? defaults.keysMadeLater,
    reminderDays: user.reminderDays ?? defaults.reminderDays,
    accessKeyField: user.accessKeyField ?? defaults.accessKeyField,
    secretKeyField: user.secretKeyField ?? defaults.secretKeyField,
    encryptionKey: user.encryptionKey ?? defaults.encryptionKey,
    replicaRegions: user.replicaRegions ?? defaults.replicaRegions,
    removalPolicy: user.removalPolicy ?? defaults.removalPolicy,
  };
}
