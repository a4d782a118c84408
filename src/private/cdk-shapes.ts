import { RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { listOf, mapOf, oneOf, optionsOf, STRING, withMembers } from './shape';

/** The shapes of values of the CDK that are passed to this library. */

export const CONSTRUCT = withMembers('a construct', 'Pass a stack or another construct of the app.', 'node');
export const DURATION = withMembers('a Duration', 'Use Duration.days(…).', 'toDays', 'isUnresolved');
export const STACK = withMembers('a Stack', 'Pass stacks of the app.', 'stackName', 'templateOptions');
export const REMOVAL_POLICY = oneOf('RemovalPolicy', 'RETAIN', Object.values(RemovalPolicy));
export const RETENTION_DAYS = oneOf('RetentionDays', 'ONE_YEAR', Object.values(logs.RetentionDays));

export const USER = withMembers('an IUser', 'Use iam.User.fromUserName(…) or another user.', 'userName', 'userArn');
export const GROUP = withMembers('an IGroup', 'Use iam.Group.fromGroupName(…) or another group.', 'groupName');
export const GRANTEE = withMembers(
  'an IGrantable',
  'Use iam.Role.fromRoleName(…) or another role, user or group.',
  'grantPrincipal',
);
export const MANAGED_POLICY = withMembers(
  'an IManagedPolicy',
  'Use iam.ManagedPolicy.fromAwsManagedPolicyName(…) or another managed policy.',
  'managedPolicyArn',
);
export const KEY = withMembers('an IKey', 'Use kms.Key.fromKeyArn(…) or another key.', 'keyArn');
export const SECRET = withMembers(
  'an ISecret',
  'Use secretsmanager.Secret.fromSecretNameV2(…) or another secret.',
  'secretArn',
  'secretName',
  'env',
  'node',
);
export const REPLICA_REGION = optionsOf<secretsmanager.ReplicaRegion>({ region: STRING, encryptionKey: KEY }, 'region');

export const TOPIC = withMembers('an ITopic', 'Use sns.Topic.fromTopicArn(…) or another topic.', 'topicArn');
export const TOPIC_SUBSCRIPTION = withMembers(
  'an ITopicSubscription',
  'Use a class of aws-cdk-lib/aws-sns-subscriptions, or Recipient.email(…).',
  'bind',
);

export const ALARM_ACTION = withMembers(
  'an IAlarmAction',
  'Use cloudwatch_actions.SnsAction or another action.',
  'bind',
);
export const METRIC_OPTIONS = optionsOf<cloudwatch.MetricOptions>({
  period: DURATION,
  statistic: STRING,
  dimensionsMap: mapOf(STRING, 'an object of dimensions'),
  unit: oneOf('Unit', 'COUNT', Object.values(cloudwatch.Unit)),
  label: STRING,
  color: STRING,
  account: STRING,
  region: STRING,
  stackAccount: STRING,
  stackRegion: STRING,
});
const WIDGET = withMembers('an IWidget', 'Use cloudwatch.GraphWidget or another widget.', 'position', 'toJson');
export const DASHBOARD_PROPS = optionsOf<cloudwatch.DashboardProps>({
  widgets: listOf(listOf(WIDGET)),
  dashboardName: STRING,
  defaultInterval: DURATION,
  start: STRING,
  end: STRING,
  periodOverride: oneOf('PeriodOverride', 'AUTO', Object.values(cloudwatch.PeriodOverride)),
  variables: listOf(withMembers('an IVariable', 'Use cloudwatch.DashboardVariable.', 'toJson')),
});

const EVENT_PATTERN = withMembers('an event pattern', "Pass one such as { detail: { username: ['alice'] } }.");
export const ON_EVENT_OPTIONS = optionsOf<events.OnEventOptions>({
  target: withMembers('an IRuleTarget', 'Use a class of aws-cdk-lib/aws-events-targets.', 'bind'),
  eventPattern: EVENT_PATTERN,
  ruleName: STRING,
  description: STRING,
  crossStackScope: CONSTRUCT,
});
