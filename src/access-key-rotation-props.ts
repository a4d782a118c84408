import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { DigestFrequency } from './notifications/digest-frequency';
import { Recipient } from './notifications/recipient';
import { ExposedKeys } from './schedule/exposed-keys';
import { RotationTrigger } from './schedule/rotation-trigger';
import { RotatedUserProps, RotationOptions } from './users/rotated-user-props';
import { UserStacks } from './users/user-stacks';

/** Properties of an `AccessKeyRotation`. Its `RotationOptions` apply to each user that does not set its own. */
export interface AccessKeyRotationProps extends RotationOptions {
  /**
   * The users whose access keys are rotated. Their order does not matter. An empty list is an error.
   *
   * A user belongs to one rotation only. Up to 100 users can be adopted, have an existing `secret`, or be in the stack
   * of the rotation.
   *
   * @default - no users; add them with `addUser()`, at least one
   */
  readonly users?: RotatedUserProps[];

  /**
   * What starts the checks, and how often: three rules or schedules for each user.
   *
   * By default, EventBridge allows 300 rules for each event bus, and 100 in af-south-1 and eu-south-1. This is enough
   * for 100 (33) users of all rotations in the Region. For more users, use `RotationTrigger.eventBridgeScheduler()`.
   * The trigger can be changed with an ordinary deploy.
   *
   * @default RotationTrigger.eventBridgeRules() - three EventBridge rules per user, once a day each
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
   */
  readonly trigger?: RotationTrigger;

  /**
   * The stacks that the resources of the users are distributed over. One stack has room for 59 to 68 users.
   *
   * The number of stacks cannot be changed after the first deploy. See `UserStacks` for how many to choose, and for a
   * rotation that has users already.
   *
   * @default - all users are in the stack of the rotation
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
   */
  readonly userStacks?: UserStacks;

  /**
   * The SNS topic of the notifications: a standard topic in the Region of the rotation.
   *
   * Messages have the attributes `username`, `event` and `accessKeyId`, for filter policies. Pass an encrypted topic
   * together with its KMS key: create it with `sns.Topic`, or import it with
   * `sns.Topic.fromTopicAttributes({ topicArn, keyArn })`. Without the key, the rotation gets no permission to use it,
   * and no notification can be sent.
   *
   * @default - a new topic, not encrypted with KMS, that accepts only TLS connections
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
   */
  readonly topic?: sns.ITopic;

  /**
   * Recipients of the digest: the state of all users, and the recipients that receive no notifications any more. It is
   * sent once a day, or as `digestFrequency` says.
   *
   * SNS allows 200 filter policies for each topic and 10,000 for each account. Each recipient needs one.
   *
   * @default - no recipients
   * @see https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
   */
  readonly digestRecipients?: Recipient[];

  /**
   * When the digest is sent: daily, weekly, or only when something needs attention. Without `digestRecipients`, it is
   * only an event on the default event bus.
   *
   * @default DigestFrequency.DAILY
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/notifications.md#the-digest
   */
  readonly digestFrequency?: DigestFrequency;

  /**
   * Recipients that are notified when the rotation of any user fails or is blocked, or when AWS reports one of its keys
   * (`exposedKeys`): the operators of the rotation.
   *
   * @default - no recipients; the recipients of the user are notified
   */
  readonly failureRecipients?: Recipient[];

  /**
   * What happens when AWS reports that an access key of a user is exposed: AWS Health, which finds keys in public
   * repositories, or GuardDuty, which finds suspicious use.
   *
   * AWS Health sends its reports to us-east-1. In another Region, synth warns until the events are forwarded.
   *
   * @default - reports of AWS are not received; send a `revoke` event when a key leaks
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/exposed-keys.md
   */
  readonly exposedKeys?: ExposedKeys;

  /**
   * Whether checks only log what they would do and why. No key is created, deactivated or deleted, and no notification
   * is sent.
   *
   * Use it for the first weeks with important users. The deploy that ends the dry run creates the first keys.
   *
   * @default false
   */
  readonly dryRun?: boolean;

  /**
   * Whether to create CloudWatch alarms for what needs a person, such as an overdue key, or checks that fail or are
   * missing.
   *
   * @default true
   */
  readonly alarms?: boolean;

  /**
   * Actions of all alarms, such as an `SnsAction`. Not possible with `alarms: false`.
   *
   * Use another topic than that of the rotation: its subscribers use the keys, and alarms are for operators. If it is
   * that topic nevertheless, CloudWatch is allowed to publish to it and to use its KMS key.
   *
   * @default - no actions; the alarms change their state in CloudWatch only
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * How long the log events of the Lambda function are kept.
   *
   * The log group is evidence, so it stays when the rotation is removed: its events expire after this time. Its name is
   * generated, and a rotation that is deployed again gets another one. To delete it with the stack:
   * `rotation.logGroup.applyRemovalPolicy(RemovalPolicy.DESTROY)`.
   *
   * @default logs.RetentionDays.TWO_YEARS
   */
  readonly logRetention?: logs.RetentionDays;
}
