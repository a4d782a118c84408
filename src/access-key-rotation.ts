import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AccessKeyRotationProps } from './access-key-rotation-props';
import { NotificationEvent } from './contract/notifications';
import { RotationFunction } from './function/rotation-function';
import { RotationAlarms } from './monitoring/rotation-alarms';
import { dashboardWidgets } from './monitoring/rotation-dashboard';
import { RotationMetrics } from './monitoring/rotation-metrics';
import { Recipient } from './notifications/recipient';
import { Recipients } from './notifications/recipients';
import { ruleForEvents } from './notifications/rotation-events';
import { topicProblem, warnOfTopicInOtherAccount } from './notifications/topic-validation';
import { RotationTrigger } from './schedule/rotation-trigger';
import { IRotatedUser, RotatedUserProps } from './users/rotated-user-props';
import { RotatedUsers } from './users/rotated-users';

/**
 * Rotates the access keys of IAM users, for years and without anyone's help.
 *
 * Each user has a working access key in a Secrets Manager secret when the deploy ends. From then on, the key is
 * replaced at 90 days, the old one deactivated 14 days later and deleted 14 days after that. SNS messages announce each
 * step.
 *
 * @example
 * import { AccessKeyRotation } from 'cdk-access-key-rotation';
 *
 * new AccessKeyRotation(stack, 'Rotation', {
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

  private readonly rotator: RotationFunction;
  private readonly rotated: RotatedUsers;

  /**
   * @param scope - the stack, or a construct in it
   * @param id - the ID of the construct, unique in its scope
   * @param props - the users, and what holds for all of them
   * @throws if a user's entry is contradictory, its name or schedule breaks a rule, or it is named twice; if nothing
   *   can be sent to the topic, or a recipient cannot be subscribed to it; if there are actions for alarms, but no
   *   alarms
   */
  constructor(scope: Construct, id: string, props: AccessKeyRotationProps) {
    super(scope, id);
    const { trigger = RotationTrigger.eventBridgeRules(), userStacks, dryRun = false } = props;
    this.topic = props.topic ?? new sns.Topic(this, 'Topic', { displayName: 'Access keys', enforceSSL: true });
    const problem = propsProblem(props) ?? topicProblem(this, this.topic) ?? userStacks?._problemWith(this);
    if (problem) throw new Error(`AccessKeyRotation ${this.node.path}: ${problem}.`);
    warnOfTopicInOtherAccount(this, this.topic);
    this.rotator = new RotationFunction(this, 'Rotator', {
      topic: this.topic,
      logRetention: props.logRetention ?? logs.RetentionDays.TWO_YEARS,
      dryRun,
      userStacks: userStacks !== undefined,
    });
    const { rotator } = this;
    this.rotationFunction = rotator.handler;
    this.logGroup = rotator.logGroup;
    this.deadLetterQueue = rotator.deadLetterQueue;
    const scheduler = trigger._bind(rotator);
    const recipients = new Recipients(this, 'Recipients', this.topic, rotator, scheduler);
    this.subscribe(recipients, 'digestRecipients', props.digestRecipients, 'digest');
    this.subscribe(recipients, 'failureRecipients', props.failureRecipients, 'failed', 'blocked');
    if (props.alarms ?? true) {
      this.alarms = RotationAlarms._of(this, dryRun, trigger._interval);
      if (props.alarmActions) this.alarms.addAlarmAction(...props.alarmActions);
    }
    this.rotated = new RotatedUsers(this, { defaults: props, rotator, recipients, trigger, scheduler, userStacks });
    props.users?.forEach((user, index) => this.rotated.add(user, `users[${index}]`));
  }

  /** The users of this rotation, in the order in which they were added. */
  public get users(): IRotatedUser[] {
    return [...this.rotated.all];
  }

  /**
   * Add a user to the rotation.
   *
   * @throws if the entry is contradictory, its name or schedule breaks a rule, or the user is in the rotation already
   */
  public addUser(user: RotatedUserProps): IRotatedUser {
    return this.rotated.add(user, 'addUser()');
  }

  /**
   * A user of this rotation.
   *
   * @param name - the user name, or the `id` of a user whose name is a token
   * @throws if there is no such user in the rotation
   */
  public user(name: string): IRotatedUser {
    return this.rotated.get(name);
  }

  /**
   * A rule for all events of this rotation, on the default bus. Their detail says what people are told, in fields:
   * `username`, `event`, `accessKeyId`, `currentAccessKeyId`, `previousAccessKeyIds`, `secret`, `reason` and others.
   *
   * @param id - of the rule's construct
   * @param options - `eventPattern: { detail: { username: ['alice'] } }` narrows it down to one user
   */
  public onEvent(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options);
  }

  /**
   * A rule for "Access Key Created": a new key works and is the secret's current value.
   *
   * @param id - the ID of the rule's construct
   * @param options - the target and the description of the rule
   */
  public onKeyCreated(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'created');
  }

  /**
   * A rule for "Access Key Reminder": an old key that is still in use is about to be deactivated or deleted.
   *
   * @param id - the ID of the rule's construct
   * @param options - the target and the description of the rule
   */
  public onKeyReminder(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'reminder');
  }

  /**
   * A rule for "Access Key Deactivated": an old or leaked key no longer works, and can still be reactivated.
   *
   * @param id - the ID of the rule's construct
   * @param options - the target and the description of the rule
   */
  public onKeyDeactivated(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'deactivated');
  }

  /**
   * A rule for "Access Key Deleted": an old key is gone for good.
   *
   * @param id - the ID of the rule's construct
   * @param options - the target and the description of the rule
   */
  public onKeyDeleted(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'deleted');
  }

  /**
   * A rule for "Access Key Rotation Failed" and "Access Key Rotation Blocked": a check failed, or needs a person.
   *
   * @param id - the ID of the rule's construct
   * @param options - the target and the description of the rule
   */
  public onRotationFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ruleForEvents(this, id, this.rotator.owner, options, 'failed', 'blocked');
  }

  /**
   * Add a CloudWatch dashboard: alarms, ages of keys, recent events, checks, failures, dead letters and messages.
   *
   * @param id - of the construct, within the rotation
   * @param props - those of any dashboard. Its `widgets` come below these
   */
  public addDashboard(id: string = 'Dashboard', props: cloudwatch.DashboardProps = {}): cloudwatch.Dashboard {
    return new cloudwatch.Dashboard(this, id, {
      ...(props.start === undefined && { defaultInterval: Duration.days(180) }), // two rotations
      ...props,
      widgets: [...dashboardWidgets(this), ...(props.widgets ?? [])],
    });
  }

  /** @internal */
  protected get _rotation(): string {
    return this.rotator.owner;
  }

  /** Subscribes recipients that are not those of one user. */
  private subscribe(
    recipients: Recipients,
    prop: string,
    added: Recipient[] = [],
    ...announcements: NotificationEvent[]
  ): void {
    const problem = recipients.problemWith(added, 'event');
    if (problem) throw new Error(`AccessKeyRotation ${this.node.path}, ${prop}: ${problem}.`);
    recipients.addForEvents(added, announcements);
  }
}

/** Why props do not go together, if they do not. */
function propsProblem({ users, alarms, alarmActions }: AccessKeyRotationProps): string | undefined {
  if (users?.length === 0) return '"users" is empty: name at least one user, or leave it out and call addUser()';
  if (alarms === false && alarmActions) return '"alarmActions" needs alarms: leave out "alarms: false", or the actions';
  return undefined;
}
