/**
 * The rotation Lambda. It serves three callers:
 *
 * - rules and people, with `{"action": …, "username": …}`: the answer is an `Outcome`. An error goes to the caller, or for
 *   an asynchronous event, after Lambda's two repeats, to the dead-letter queue. The next check heals what can be healed.
 * - a rule that asks for the daily digest.
 * - CloudFormation, for the first key of each user: see first-key.ts.
 *
 * This file only wires. What happens to a key is decided in next-step.ts.
 */
import { randomUUID } from 'crypto';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { AwsAnnouncements, listSubscriptions } from './aws/announcements';
import { IamAccessKeys, IamOwnerTag } from './aws/iam';
import { log, metrics } from './aws/log';
import { SecretsManagerLedger } from './aws/secrets-manager';
import { seenToWork, stsWhoAmI } from './aws/sts';
import { handleCheck, measuredFailure } from './handlers/check';
import { FIRST_KEY_TYPE, RotatorEnvironment } from '../contract/settings';
import { handleDigest, isDigest } from './handlers/digest';
import { firstKey, FirstKeyTools, respond, ToolsFor } from './handlers/first-key';
import { readUsers, Users } from './handlers/users';
import { Outcome } from '../contract/outcome';

const environment = process.env as Partial<RotatorEnvironment>;

// Without the third, the SDK only warns of a request that takes too long, and waits on.
const patient = { maxAttempts: 5, requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true } };
const hasty = { ...patient, maxAttempts: 2 }; // what is not sent now is sent by a later check
const iam = new IAMClient(patient);
const iamOnce = new IAMClient({ ...patient, maxAttempts: 1 });
const secretsManager = new SecretsManagerClient(patient);
const sns = new SNSClient(hasty);
const eventBridge = new EventBridgeClient(hasty);
const whoAmI = stsWhoAmI({ ...patient, maxAttempts: 1 }); // polled anyway
let knownUsers: Users | undefined;
const users = () => knownUsers ??= readUsers(process.env.LAMBDA_TASK_ROOT, environment.USERS); // read where a failure is told
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function handler(event: unknown, context: Context): Promise<Outcome | Outcome[] | string | void> {
  const { TOPIC_ARN, ROTATION, DRY_RUN } = environment as RotatorEnvironment;
  const here = { region: process.env.AWS_REGION!, functionName: context.functionName };
  const remainingTime = () => context.getRemainingTimeInMillis();
  const announcements = new AwsAnnouncements({ sns, eventBridge, topicArn: TOPIC_ARN, rotation: ROTATION, region: here.region });
  const toolsFor: ToolsFor = ({ username, secret, fields }) => ({
    accessKeys: new IamAccessKeys(username, iam, iamOnce, sleep),
    ledger: new SecretsManagerLedger(username, secret, fields, secretsManager),
    ownerTag: new IamOwnerTag(username, iam),
    announcements,
    verify: (credential) => seenToWork(username, credential, { whoAmI, sleep, remainingTime }),
    runId: randomUUID(), // not the request's ID, which a repeated event shares
    here,
    remainingTime,
  });
  if (isFromCloudFormation(event)) return handleFirstKey(event, { toolsFor, sleep, remainingTime });
  try {
    const tools = {
      users: users(), toolsFor, announcements, rotation: ROTATION, dryRun: DRY_RUN === 'true', requestId: context.awsRequestId, sleep, remainingTime,
    };
    if (isDigest(event)) return await handleDigest(event, { ...tools, subscriptions: () => listSubscriptions(TOPIC_ARN, sns) });
    return await handleCheck(event, tools);
  } catch (error) {
    const { action, username } = (event ?? {}) as { action?: unknown; username?: unknown };
    log('ERROR', { action, username, message: (error as Error).message, ...metrics(ROTATION, ...measuredFailure(error)) });
    throw error;
  }
}

async function handleFirstKey(event: CloudFormationCustomResourceEvent, tools: Omit<FirstKeyTools, 'users'>): Promise<void> {
  const resource = { logicalId: event.LogicalResourceId, requestType: event.RequestType };
  let failure: string | undefined;
  try {
    log('INFO', { ...resource, message: await firstKey(event, { ...tools, users: users() }) });
  } catch (error) {
    failure = (error as Error).message;
    log('ERROR', { ...resource, message: failure });
  }
  await respond(event, failure, sleep);
}

function isFromCloudFormation(event: unknown): event is CloudFormationCustomResourceEvent {
  return typeof event === 'object' && event !== null && (event as { ResourceType?: unknown }).ResourceType === FIRST_KEY_TYPE;
}
