import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BOOLEAN, listOf, oneOf, Options, primitive, Shape, withMembers } from './shape';

/** The shape of each public option, by interface. A test compares this list with the public interfaces. */

const STRING = primitive('string', 'Pass a string.');
const DURATION = withMembers('a Duration', 'Use Duration.days(…).', 'toDays', 'isUnresolved');
const SCHEDULE = withMembers('a RotationSchedule', 'Use RotationSchedule.of({ … }).', '_ages');
const RECIPIENT = withMembers('a Recipient', 'Use Recipient.email(…) or Recipient.subscription(…).', '_subscription');
const MANAGED_POLICY = withMembers(
  'an IManagedPolicy',
  'Use iam.ManagedPolicy.fromAwsManagedPolicyName(…) or another managed policy.',
  'managedPolicyArn',
);
const UNMANAGED_KEYS = oneOf('UnmanagedKeys', 'IGNORE', ['IGNORE', 'RETIRE']);
const REPLICA_REGION = withMembers('a ReplicaRegion', "Pass { region: '…' }.", 'region');
const ANY: Shape = { expected: 'any value', fix: '', matches: () => true };

const ROTATION_OPTIONS: Options['shapes'] = {
  schedule: SCHEDULE,
  deactivation: withMembers(
    'a Deactivation',
    'Use Deactivation.onSchedule() or Deactivation.whenUnused({ … }).',
    '_maxDelayDays',
  ),
  unmanagedKeys: UNMANAGED_KEYS,
  reminderDays: listOf(primitive('number', 'Pass a number of days.')),
  accessKeyField: STRING,
  secretKeyField: STRING,
  encryptionKey: withMembers('an IKey', 'Use kms.Key.fromKeyArn(…) or another key.', 'keyArn'),
  replicaRegions: listOf(REPLICA_REGION),
  removalPolicy: oneOf('RemovalPolicy', 'RETAIN', Object.values(RemovalPolicy)),
};

export const USER_OPTIONS: Options = {
  name: 'RotatedUserProps',
  shapes: {
    userName: STRING,
    user: withMembers('an IUser', 'Use iam.User.fromUserName(…) or another user.', 'userName', 'userArn'),
    existingKeys: UNMANAGED_KEYS,
    recipients: listOf(RECIPIENT),
    id: STRING,
    secretName: STRING,
    description: STRING,
    path: STRING,
    groups: listOf(withMembers('an IGroup', 'Use iam.Group.fromGroupName(…) or another group.', 'groupName')),
    managedPolicies: listOf(MANAGED_POLICY),
    permissionsBoundary: MANAGED_POLICY,
    tags: {
      expected: 'an object of tags',
      fix: "Pass { key: 'value' }.",
      matches: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      element: STRING,
    },
    ...ROTATION_OPTIONS,
  },
};

export const ROTATION_PROPS: Options = {
  name: 'AccessKeyRotationProps',
  shapes: {
    // Each entry is checked when it is added.
    users: listOf(ANY),
    trigger: withMembers('a RotationTrigger', 'Use RotationTrigger.eventBridgeRules({ … }).', '_bind'),
    userStacks: withMembers('UserStacks', 'Use UserStacks.nested(…) or UserStacks.fromStacks(…).', '_scopeOf'),
    topic: withMembers('an ITopic', 'Use sns.Topic.fromTopicArn(…) or another topic.', 'topicArn'),
    digestRecipients: listOf(RECIPIENT),
    failureRecipients: listOf(RECIPIENT),
    dryRun: BOOLEAN,
    alarms: BOOLEAN,
    alarmActions: listOf(withMembers('an IAlarmAction', 'Use cloudwatch_actions.SnsAction or another action.', 'bind')),
    logRetention: oneOf('RetentionDays', 'ONE_YEAR', Object.values(RetentionDays)),
    ...ROTATION_OPTIONS,
  },
};

export const ROTATION_AGES: Options = {
  name: 'RotationAges',
  shapes: { create: DURATION, deactivate: DURATION, delete: DURATION },
};

export const TRIGGER_OPTIONS: Options = { name: 'TriggerOptions', shapes: { checkInterval: DURATION } };

export const WHEN_UNUSED_OPTIONS: Options = {
  name: 'WhenUnusedOptions',
  shapes: { maxDelay: DURATION },
  required: ['maxDelay'],
};

export const USER_STACKS_OPTIONS: Options = {
  name: 'UserStacksOptions',
  shapes: { keepInRotationStack: listOf(STRING) },
};

export const LIMIT = DURATION;

export const ADDRESS = STRING;

export const USER_LABEL = STRING;

export const SUBSCRIPTION = withMembers(
  'an ITopicSubscription',
  'Use a class of aws-cdk-lib/aws-sns-subscriptions, or Recipient.email(…).',
  'bind',
);
