/** The program behind `npm run integ:deploy`, and what it leaves in the local AWS. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, ListEventBusesCommand, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LocalAws } from '../end-to-end/support';

const MAIN = join(__dirname, 'assumptions', 'main.ts');

export function startProgram(
  { emulator: { clientConfig } }: LocalAws,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const { endpoint, region, credentials } = clientConfig;
  return spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', MAIN, ...args], {
    env: {
      PATH: process.env.PATH,
      TS_NODE_PROJECT: join(__dirname, '..', '..', 'tsconfig.dev.json'),
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...env,
    },
  });
}

/** All that is in the account. */
export async function contentsOf({ emulator: { clientConfig }, iam, secrets }: LocalAws): Promise<string[]> {
  const { Users } = await iam.send(new ListUsersCommand({}));
  const { Roles } = await iam.send(new ListRolesCommand({}));
  const { SecretList } = await secrets.send(new ListSecretsCommand({ IncludePlannedDeletion: true }));
  const { Functions } = await new LambdaClient(clientConfig).send(new ListFunctionsCommand({}));
  const { Buckets } = await new S3Client(clientConfig).send(new ListBucketsCommand({}));
  const { StackSummaries } = await new CloudFormationClient(clientConfig).send(new ListStacksCommand({}));
  const { logGroups } = await new CloudWatchLogsClient(clientConfig).send(new DescribeLogGroupsCommand({}));
  const { MetricAlarms } = await new CloudWatchClient(clientConfig).send(new DescribeAlarmsCommand({}));
  const events = new EventBridgeClient(clientConfig);
  const buses = (await events.send(new ListEventBusesCommand({}))).EventBuses!.map(({ Name }) => Name!);
  const rules: string[] = [];
  for (const EventBusName of buses) {
    const { Rules = [] } = await events.send(new ListRulesCommand({ EventBusName }));
    rules.push(...Rules.map(({ Name }) => `rule ${Name}`));
  }
  const { Topics = [] } = await new SNSClient(clientConfig).send(new ListTopicsCommand({}));
  const { QueueUrls = [] } = await new SQSClient(clientConfig).send(new ListQueuesCommand({}));
  return [
    ...Users!.map(({ UserName }) => `user ${UserName}`),
    ...Roles!.map(({ RoleName }) => `role ${RoleName}`),
    ...SecretList!.map(({ Name }) => `secret ${Name}`),
    ...Functions!.map(({ FunctionName }) => `function ${FunctionName}`),
    ...(Buckets ?? []).map(({ Name }) => `bucket ${Name}`),
    ...(StackSummaries ?? [])
      .filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
      .map(({ StackName }) => `stack ${StackName}`),
    ...(logGroups ?? []).map(({ logGroupName }) => `log group ${logGroupName}`),
    ...(MetricAlarms ?? []).map(({ AlarmName }) => `alarm ${AlarmName}`),
    ...buses.map((name) => `bus ${name}`),
    ...rules,
    ...Topics.map(({ TopicArn }) => `topic ${TopicArn}`),
    ...QueueUrls.map((url) => `queue ${url}`),
  ].sort();
}
