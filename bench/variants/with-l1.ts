import { join } from 'node:path';
import { Aws, CfnResource, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnAlarm, CfnAlarmProps } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnManagedPolicy, CfnRole, CfnUser } from 'aws-cdk-lib/aws-iam';
import { CfnAlias, CfnFunction, CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { CfnResourcePolicy, CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnTopic, CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
import { CfnQueue, CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';

const BUNDLE = join(__dirname, '..', '..', 'assets', 'rotator', 'rotator.lambda');
const ACTIONS = ['create', 'deactivate', 'delete'] as const;
const OWNER = `${Aws.REGION}/Bench/00000000`;
const RUNBOOK = 'https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/runbook.md';
const DAY = 86_400;
const KEY_ACTIONS = [
  'iam:CreateAccessKey',
  'iam:DeleteAccessKey',
  'iam:GetAccessKeyLastUsed',
  'iam:ListAccessKeys',
  'iam:UpdateAccessKey',
];
const SECRET_ACTIONS = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
];
const SELF_READ_CONDITION = {
  Null: { 'aws:TokenIssueTime': 'true' },
  'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': 'AWSCURRENT' },
};
const WRITES_OF_OTHERS = [
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
  'secretsmanager:RotateSecret',
  'secretsmanager:CancelRotateSecret',
];
const OWN_TAG_ONLY = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cdk-access-key-rotation'] } };

interface Shared {
  readonly role: CfnRole;
  readonly queue: CfnQueue;
  readonly handler: CfnFunction;
  readonly firstKeyAlias: CfnAlias;
}

/** The resources of a user before its first key, which depends on the policy of all users. */
interface User {
  readonly stack: Stack;
  readonly name: string;
  readonly user: CfnUser;
  readonly secret: CfnSecret;
  readonly secretPolicy: CfnResourcePolicy;
}

/** The template of the library, resource by resource and property by property: the least that the CDK needs for it. */
export function withL1(stack: Stack, names: string[], userStacks: Stack[]): void {
  const shared = sharedResources(stack, userStacks.length > 0 ? permittedByTag() : []);
  alarmResources(stack, shared);
  const users = names.map((name, index) => userResources(userStacks[index % userStacks.length] ?? stack, name, shared));
  const permissions = userStacks.length > 0 ? [] : listPermissions(stack, users, shared);
  for (const [index, one] of users.entries()) firstKeyAndRules(one, index, shared, permissions);
}

function listPermissions(stack: Stack, users: User[], { role }: Shared): CfnManagedPolicy[] {
  return chunksOf(20, users).map(
    (some, index) =>
      new CfnManagedPolicy(stack, `Permissions${index}`, {
        description: 'Allows an access key rotation to manage some of its users',
        policyDocument: document(
          allow(
            [...KEY_ACTIONS, 'iam:ListUserTags', 'iam:TagUser', 'iam:UntagUser'],
            some.map(({ user }) => user.attrArn),
            { Sid: 'ManageAccessKeys', Condition: OWN_TAG_ONLY },
          ),
          allow(
            SECRET_ACTIONS,
            some.map(({ secret }) => secret.ref),
            { Sid: 'StoreKeysInSecrets' },
          ),
        ),
        roles: [role.ref],
      }),
  );
}

function permittedByTag(): object[] {
  const withTag = (value: unknown) => ({ StringEquals: { 'aws:ResourceTag/cdk-access-key-rotation': value } });
  return [
    allow(
      [...KEY_ACTIONS, 'iam:ListUserTags', 'iam:UntagUser'],
      Fn.join('', ['arn:', Aws.PARTITION, ':iam::', Aws.ACCOUNT_ID, ':user/*']),
      { Sid: 'ManageAccessKeysByTag', Condition: { ...withTag([OWNER, `${OWNER}/adopted`]), ...OWN_TAG_ONLY } },
    ),
    allow(
      SECRET_ACTIONS,
      Fn.join('', ['arn:', Aws.PARTITION, ':secretsmanager:', Aws.REGION, ':', Aws.ACCOUNT_ID, ':secret:*']),
      { Sid: 'StoreKeysInSecretsByTag', Condition: withTag(OWNER) },
    ),
  ];
}

function firstKeyAndRules(
  { stack, name, user, secret, secretPolicy }: User,
  index: number,
  shared: Shared,
  permissions: CfnManagedPolicy[],
): void {
  const firstKey = new CfnResource(stack, `${name}FirstKey`, {
    type: 'Custom::AccessKeyRotationFirstKey',
    properties: {
      ServiceToken: shared.firstKeyAlias.ref,
      ServiceTimeout: '900',
      Username: user.ref,
      Secret: secret.ref,
      Created: 'true',
      Owner: OWNER,
      DryRun: 'false',
    },
  });
  firstKey.applyRemovalPolicy(RemovalPolicy.DESTROY);
  for (const resource of [...permissions, secretPolicy, secret]) firstKey.addDependency(resource);
  ruleResources(stack, name, index, shared, firstKey);
}

function sharedResources(stack: Stack, permissions: object[]): Shared {
  const topic = new CfnTopic(stack, 'Topic', { displayName: 'Access keys' });
  new CfnTopicPolicy(stack, 'TopicPolicy', {
    policyDocument: document(
      denyPlainHttp('sns:Publish', '*', topic.ref, { Sid: 'AllowPublishThroughSSLOnly' }),
      allow('sns:Publish', topic.ref, {
        Sid: '1',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    ),
    topics: [topic.ref],
  });
  const logs = new CfnLogGroup(stack, 'Logs', { retentionInDays: 731 });
  logs.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const queue = new CfnQueue(stack, 'DeadLetters', { messageRetentionPeriod: 1_209_600, sqsManagedSseEnabled: true });
  queue.applyRemovalPolicy(RemovalPolicy.DESTROY);
  const rules = Fn.join('', [
    'arn:',
    Aws.PARTITION,
    ':events:',
    Aws.REGION,
    ':',
    Aws.ACCOUNT_ID,
    ':rule/akr-00000000-00000000-*',
  ]);
  new CfnQueuePolicy(stack, 'DeadLettersPolicy', {
    policyDocument: document(
      denyPlainHttp('sqs:*', { AWS: '*' }, queue.attrArn),
      allow('sqs:SendMessage', queue.attrArn, {
        Sid: 'AllowRules',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnLike: { 'aws:SourceArn': rules } },
      }),
    ),
    queues: [queue.ref],
  });
  const role = new CfnRole(stack, 'Role', {
    description: 'Rotates the access keys of the users of this rotation only',
    assumeRolePolicyDocument: document({
      Action: 'sts:AssumeRole',
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
    }),
    policies: [
      {
        policyName: 'Run',
        policyDocument: document(
          allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logs.attrArn),
          allow('sqs:SendMessage', queue.attrArn),
          allow('sns:Publish', topic.ref),
          allow(
            'events:PutEvents',
            Fn.join('', ['arn:', Aws.PARTITION, ':events:', Aws.REGION, ':', Aws.ACCOUNT_ID, ':event-bus/default']),
            { Condition: { 'ForAllValues:StringEquals': { 'events:source': 'cdk-access-key-rotation' } } },
          ),
          ...permissions,
        ),
      },
    ],
  });
  const code = new Asset(stack, 'Code', { path: BUNDLE });
  const handler = new CfnFunction(stack, 'Handler', {
    description: 'Rotates the access keys of IAM users: creates, deactivates and deletes them at set ages',
    code: { s3Bucket: code.s3BucketName, s3Key: code.s3ObjectKey },
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    memorySize: 256,
    timeout: 300,
    role: role.attrArn,
    loggingConfig: { logGroup: logs.ref },
    deadLetterConfig: { targetArn: queue.attrArn },
    environment: { variables: { DRY_RUN: 'false', ROTATION: OWNER, TOPIC_ARN: topic.ref } },
  });
  handler.addDependency(role);
  const firstKeyAlias = new CfnAlias(stack, 'FirstKeyAlias', {
    name: 'CloudFormation',
    description: 'Serves CloudFormation only: the first key of each user, and its removal',
    functionName: handler.ref,
    functionVersion: '$LATEST',
  });
  new CfnPermission(stack, 'RulesPermission', {
    action: 'lambda:InvokeFunction',
    functionName: handler.attrArn,
    principal: 'events.amazonaws.com',
    sourceArn: rules,
  });
  return { role, queue, handler, firstKeyAlias };
}

function alarmResources(stack: Stack, { queue, handler }: Shared): void {
  const metricOf = (metricName: string, more: CfnAlarm.DimensionProperty[] = []) => ({
    namespace: 'AccessKeyRotation',
    metricName,
    dimensions: [...more, { name: 'Rotation', value: OWNER }],
  });
  const ofCause = (cause: string) => metricOf('Failures', [{ name: 'Cause', value: cause }]);
  const alarm = (id: string, description: string, props: Partial<CfnAlarmProps>) =>
    new CfnAlarm(stack, `${id}Alarm`, {
      alarmDescription: description.replace('#', `${RUNBOOK}#`),
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      evaluationPeriods: 1,
      treatMissingData: 'notBreaching',
      ...props,
    });
  const sum = { statistic: 'Sum', period: DAY };
  const tooFew = { evaluationPeriods: 2, threshold: 1, comparisonOperator: 'LessThanThreshold' };
  alarm('OverdueKeys', 'A step of a key rotation is overdue by 3 days or more. #overdue-keys', {
    ...metricOf('OverdueDays'),
    statistic: 'Maximum',
    period: DAY,
    threshold: 3,
    treatMissingData: 'ignore',
  });
  alarm('OverLimit', 'An active access key has reached the limit of its schedule. #over-limit', {
    ...metricOf('OverLimitDays'),
    statistic: 'Maximum',
    period: DAY,
    threshold: 1,
    treatMissingData: 'ignore',
  });
  const query = (id: string, stat: string, metric: CfnAlarm.MetricProperty): CfnAlarm.MetricDataQueryProperty => ({
    id,
    metricStat: { metric, period: DAY, stat },
    returnData: false,
  });
  alarm(
    'ChecksMissing',
    'No check completed for two check intervals, or for seven days: no key is rotated. #checks-missing',
    {
      metrics: [
        { id: 'expr_1', expression: 'FILL(checks, 0) / FILL(checks, REPEAT)', label: 'Periods with checks' },
        query('checks', 'Sum', metricOf('Checks')),
      ],
      ...tooFew,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: 'ignore',
    },
  );
  alarm('UncheckedUsers', 'On two consecutive days, not every user was checked. #unchecked-users', {
    metrics: [
      {
        id: 'expr_1',
        expression: 'FILL(MIN([FILL(create, 0), FILL(deactivate, 0), FILL(delete, 0)]) / users, 1)',
        label: 'Checks per user, of the action with the fewest checks',
      },
      ...ACTIONS.map((action) => query(action, 'Sum', metricOf('Checks', [{ name: 'Action', value: action }]))),
      query('users', 'Minimum', metricOf('Users')),
    ],
    ...tooFew,
  });
  alarm(
    'FailedChecks',
    'The rotation function failed three times within a day: by an error, a timeout or a crash. #failed-checks',
    {
      namespace: 'AWS/Lambda',
      metricName: 'Errors',
      dimensions: [{ name: 'FunctionName', value: handler.ref }],
      ...sum,
      threshold: 3,
    },
  );
  alarm('DeadLetters', 'An event could not be delivered or handled, and is in the dead-letter queue. #dead-letters', {
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: [{ name: 'QueueName', value: queue.attrQueueName }],
    statistic: 'Maximum',
    period: 300,
    threshold: 1,
    treatMissingData: 'ignore',
  });
  alarm('KeyCleanupFailed', 'A new key could be neither published nor deleted. #key-cleanup-failed', {
    ...ofCause('CleanupFailed'),
    ...sum,
    threshold: 1,
  });
  alarm('Throttled', 'AWS throttled three runs within a day, because the account makes too many calls. #throttled', {
    ...ofCause('Throttled'),
    ...sum,
    threshold: 3,
  });
  alarm('NotificationFailures', 'Notifications about access keys could not be sent. #notification-failures', {
    ...metricOf('FailedNotifications'),
    ...sum,
    threshold: 3,
  });
}

function userResources(stack: Stack, name: string, { role }: Shared): User {
  const tags = [{ key: 'cdk-access-key-rotation', value: OWNER }];
  const secret = new CfnSecret(stack, `${name}Secret`, {
    name,
    description: `Access key of IAM user ${name}, rotated by cdk-access-key-rotation`,
    tags,
  });
  secret.applyRemovalPolicy(RemovalPolicy.DESTROY);
  const user = new CfnUser(stack, `${name}User`, {
    userName: name,
    tags,
    policies: [
      {
        policyName: 'ReadOwnSecret',
        policyDocument: document(
          allow('secretsmanager:GetSecretValue', secret.ref, { Condition: SELF_READ_CONDITION }),
        ),
      },
    ],
  });
  user.applyRemovalPolicy(RemovalPolicy.DESTROY);
  const is = (arn: string) => ({ ArnEquals: { 'aws:PrincipalArn': arn } });
  const secretPolicy = new CfnResourcePolicy(stack, `${name}SecretPolicy`, {
    secretId: secret.ref,
    resourcePolicy: document(
      allow(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], secret.ref, {
        Sid: 'AllowRotationReadWrite',
        Principal: { AWS: '*' },
        Condition: is(role.attrArn),
      }),
      allow('secretsmanager:GetSecretValue', secret.ref, {
        Sid: 'AllowUserRead',
        Principal: { AWS: '*' },
        Condition: { ...is(user.attrArn), ...SELF_READ_CONDITION },
      }),
      deny('DenyWritesOfOthers', WRITES_OF_OTHERS, { ArnNotEquals: { 'aws:PrincipalArn': role.attrArn } }),
      deny('DenySessionsOfUser', 'secretsmanager:GetSecretValue', {
        ...is(user.attrArn),
        Null: { 'aws:TokenIssueTime': 'false' },
      }),
      deny('DenyFederatedSessions', 'secretsmanager:GetSecretValue', {
        StringEquals: { 'aws:PrincipalType': 'FederatedUser' },
        Null: { 'aws:PrincipalTag/cdk-access-key-rotation': 'false' },
      }),
    ),
  });
  return { stack, name, user, secret, secretPolicy };
}

function ruleResources(
  stack: Stack,
  name: string,
  index: number,
  { queue, handler }: Shared,
  firstKey: CfnResource,
): void {
  for (const [nth, action] of ACTIONS.entries()) {
    const rule = new CfnRule(stack, `${name}-${action}`, {
      name: `akr-00000000-00000000-${name}-00000000-${action}`,
      description: `Checks whether to ${action} an access key of IAM user ${name}`,
      scheduleExpression: `cron(${index % 60} ${nth * 8} * * ? *)`,
      state: 'ENABLED',
      targets: [
        {
          id: 'Rotation',
          arn: handler.attrArn,
          input: JSON.stringify({ action, username: name, ifDue: true }),
          deadLetterConfig: { arn: queue.attrArn },
        },
      ],
    });
    rule.addDependency(firstKey);
  }
}

function chunksOf<T>(size: number, items: T[]): T[][] {
  return items.length === 0 ? [] : [items.slice(0, size), ...chunksOf(size, items.slice(size))];
}

function document(...statements: object[]): object {
  return { Statement: statements, Version: '2012-10-17' };
}

function allow(actions: string | string[], resources: string | string[], more: object = {}): object {
  return { Action: actions, Effect: 'Allow', Resource: resources, ...more };
}

/** Of a secret's policy, which also applies to its replicas. */
function deny(sid: string, actions: string | string[], condition: object): object {
  return { Sid: sid, Action: actions, Effect: 'Deny', Principal: { AWS: '*' }, Resource: '*', Condition: condition };
}

function denyPlainHttp(action: string, principal: unknown, resource: string, more: object = {}): object {
  return {
    Action: action,
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    Effect: 'Deny',
    Principal: principal,
    Resource: resource,
    ...more,
  };
}
