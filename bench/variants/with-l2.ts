import { join } from 'node:path';
import { CustomResource, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';

const BUNDLE = join(__dirname, '..', '..', 'assets', 'rotator', 'rotator.lambda');

const WRITES_OF_OTHERS = ['PutSecretValue', 'UpdateSecretVersionStage', 'RotateSecret', 'CancelRotateSecret'].map(
  (operation) => `secretsmanager:${operation}`,
);

/**
 * The same resources with the L2 constructs, grants and targets of the CDK. Each of several stacks has its own shared
 * resources, because grants across stacks would be a cyclic dependency.
 */
export function withL2(stack: Stack, names: string[], userStacks: Stack[]): void {
  if (userStacks.length > 0) {
    userStacks.forEach((userStack, index) =>
      withL2(
        userStack,
        names.filter((_, nth) => nth % userStacks.length === index),
        [],
      ),
    );
    return;
  }
  const topic = new sns.Topic(stack, 'Topic', { displayName: 'Access keys', enforceSSL: true });
  const deadLetterQueue = new sqs.Queue(stack, 'DeadLetters', {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  const handler = new lambda.Function(stack, 'Handler', {
    description: 'Rotates the access keys of IAM users: creates, deactivates and deletes them at set ages',
    code: lambda.Code.fromAsset(BUNDLE),
    handler: 'index.handler',
    runtime: new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS),
    memorySize: 256,
    timeout: Duration.minutes(5),
    logGroup: new logs.LogGroup(stack, 'Logs', {
      retention: logs.RetentionDays.TWO_YEARS,
      removalPolicy: RemovalPolicy.RETAIN,
    }),
    deadLetterQueue,
    environment: { TOPIC_ARN: topic.topicArn, USERS: JSON.stringify(names.map((name) => [name, {}])) },
  });
  topic.grantPublish(handler);
  topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com'));
  for (const [index, name] of names.entries()) {
    addUser(stack, name, index, handler, deadLetterQueue);
  }
}

function addUser(
  stack: Stack,
  name: string,
  index: number,
  handler: lambda.Function,
  deadLetterQueue: sqs.Queue,
): void {
  const user = new iam.User(stack, `${name}User`, { userName: name });
  const secret = new secretsmanager.Secret(stack, `${name}Secret`, {
    secretName: name,
    description: `Access key of IAM user ${name}`,
  });
  Tags.of(user).add('cdk-access-key-rotation', stack.node.path);
  Tags.of(secret).add('cdk-access-key-rotation', stack.node.path);
  secret.grantRead(user);
  secret.grantRead(handler);
  secret.grantWrite(handler);
  handler.addToRolePolicy(
    new iam.PolicyStatement({
      actions: [
        'iam:CreateAccessKey',
        'iam:DeleteAccessKey',
        'iam:GetAccessKeyLastUsed',
        'iam:ListAccessKeys',
        'iam:UpdateAccessKey',
      ],
      resources: [user.userArn],
    }),
  );
  secret.addToResourcePolicy(
    new iam.PolicyStatement({
      actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
      principals: [handler.grantPrincipal],
      resources: [secret.secretArn],
    }),
  );
  secret.addToResourcePolicy(
    new iam.PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      principals: [user],
      resources: [secret.secretArn],
    }),
  );
  const denied = (actions: string[], conditions: iam.Conditions) =>
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions,
      principals: [new iam.AnyPrincipal()],
      resources: ['*'],
      conditions,
    });
  const read = ['secretsmanager:GetSecretValue'];
  const others = { ArnNotEquals: { 'aws:PrincipalArn': handler.role!.roleArn } };
  const sessions = { ArnEquals: { 'aws:PrincipalArn': user.userArn }, Null: { 'aws:TokenIssueTime': 'false' } };
  const federated = {
    StringEquals: { 'aws:PrincipalType': 'FederatedUser' },
    Null: { 'aws:PrincipalTag/cdk-access-key-rotation': 'false' },
  };
  secret.addToResourcePolicy(denied(WRITES_OF_OTHERS, others));
  secret.addToResourcePolicy(denied(read, sessions));
  secret.addToResourcePolicy(denied(read, federated));
  for (const [nth, action] of (['create', 'deactivate', 'delete'] as const).entries()) {
    new events.Rule(stack, `${name}-${action}`, {
      description: `Checks whether to ${action} an access key of IAM user ${name}`,
      schedule: events.Schedule.cron({ minute: `${index % 60}`, hour: `${nth * 8}` }),
      targets: [
        new targets.LambdaFunction(handler, {
          event: events.RuleTargetInput.fromObject({ action, username: name, ifDue: true }),
          deadLetterQueue,
        }),
      ],
    });
  }
  new CustomResource(stack, `${name}FirstKey`, {
    resourceType: 'Custom::FirstKey',
    serviceToken: handler.functionArn,
    properties: { Username: user.userName, Secret: secret.secretArn },
  });
}
