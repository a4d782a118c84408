import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Recipient } from './notifications/recipient';
import { RotationTrigger } from './schedule/rotation-trigger';
import { RotatedUserProps, RotationOptions } from './users/rotated-user-props';
import { UserStacks } from './users/user-stacks';

/** Properties of an `AccessKeyRotation`. Its `RotationOptions` apply to every user that does not set its own. */
export interface AccessKeyRotationProps extends RotationOptions {
  /**
   * The users whose access keys are rotated. Their order does not matter.
   *
   * @default - none yet; add them with `addUser()`
   */
  readonly users?: RotatedUserProps[];

  /**
   * What asks whether it is time, and how often. EventBridge takes 300 rules for a region unless the quota is raised,
   * which is three for each of 100 users: beyond that, use `RotationTrigger.eventBridgeScheduler()`.
   * Changing it is an ordinary deploy.
   *
   * @default RotationTrigger.eventBridgeRules() - three EventBridge rules per user, once a day each
   */
  readonly trigger?: RotationTrigger;

  /**
   * The stacks that the users' resources are spread over, for more users than fit into one stack, which takes 60 to 70.
   * Chosen once: see `UserStacks` for how many, and for a rotation that has users already.
   *
   * @default - all users are in the stack of the rotation
   */
  readonly userStacks?: UserStacks;

  /**
   * The topic that tells people what happens to their keys. The messages bear the attributes `username`, `event` and
   * `accessKeyId`, for filter policies. An encrypted topic has to come with its key, from `sns.Topic` or from
   * `sns.Topic.fromTopicAttributes({ topicArn, keyArn })`, or the rotation may not use it. It has to be a standard
   * topic in the region of the rotation.
   *
   * @default - a new topic
   */
  readonly topic?: sns.ITopic;

  /**
   * Who gets the daily digest: how all users stand, and which recipients do not get their messages any more. SNS takes
   * 200 recipients for each topic, and 10,000 for each account.
   *
   * @default - nobody
   */
  readonly digestRecipients?: Recipient[];

  /**
   * Who is notified when the rotation of any user fails or is blocked: the people who operate the rotation.
   *
   * @default - nobody but the user's own recipients
   */
  readonly failureRecipients?: Recipient[];

  /**
   * Only look on: no key is created, deactivated or deleted, no message is sent, and each check says in the log what it
   * would do and why. For the first weeks with users that matter. The first keys are issued by the deploy that ends it.
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
   * What all alarms do when they go off, an `SnsAction` say. The topic of the rotation is for those who use the keys;
   * alarms are for those who run the rotation.
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
