/**
 * The rotation Lambda. It serves two callers:
 *
 * - rules and people, with `{"action": …, "username": …}`: the answer is an `Outcome`. An error goes to the caller, or for
 *   an asynchronous event, after Lambda's two repeats, to the dead-letter queue. The next check heals what can be healed.
 * - CloudFormation, for the first key of each user: see first-key.ts.
 *
 * This file only wires. What happens to a key is decided in lifecycle.ts.
 */
import { randomUUID } from 'crypto';
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { IamAccessKeys } from './access-keys';
import { SnsAnnouncements } from './announcements';
import { respond } from './cloudformation-response';
import { Command, FIRST_KEY_TYPE, RotatorEnvironment } from './contract';
import { firstKey, ToolsFor } from './first-key';
import { SecretsManagerLedger } from './ledger';
import { log } from './log';
import { IamOwnerTag } from './owner-tag';
import { parseRequest, parseUsers, usersToReport } from './request';
import { Outcome, rotate } from './rotate';
import { seenToWork, stsWhoAmI } from './verification';

const environment = process.env as Partial<RotatorEnvironment>;

// Without the third, the SDK only warns of a request that takes too long, and waits on.
const patient = { maxAttempts: 5, requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true } };
const iam = new IAMClient(patient);
const iamOnce = new IAMClient({ ...patient, maxAttempts: 1 });
const secretsManager = new SecretsManagerClient(patient);
const sns = new SNSClient({ ...patient, maxAttempts: 2 }); // what is not sent now is sent by a later check
const whoAmI = stsWhoAmI({ ...patient, maxAttempts: 1 }); // polled anyway
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function handler(event: unknown, context: Context): Promise<Outcome | Outcome[] | void> {
  const remainingTime = () => context.getRemainingTimeInMillis();
  const toolsFor: ToolsFor = ({ username, secret, fields }) => ({
    accessKeys: new IamAccessKeys(username, iam, iamOnce),
    ledger: new SecretsManagerLedger(username, secret, fields, secretsManager),
    ownerTag: new IamOwnerTag(username, iam),
    announcements: new SnsAnnouncements(environment.TOPIC_ARN!, sns),
    verify: (credential) => seenToWork(username, credential, { whoAmI, sleep, remainingTime }),
    runId: randomUUID(), // not the request's ID, which a repeated event shares
    region: process.env.AWS_REGION!,
    remainingTime,
  });
  if (isFromCloudFormation(event)) return handleFirstKey(event, toolsFor);
  try {
    const users = parseUsers(environment.USERS);
    const one = async (asked: unknown): Promise<Outcome> => {
      const request = parseRequest(asked, users);
      return rotate(environment.DRY_RUN === 'true' ? { ...request, dryRun: true } : request, toolsFor(request));
    };
    const all = usersToReport(event, users);
    if (all) return await inTurn(all, one);
    const outcome = await one(event);
    log(outcome.outcome === 'blocked' ? 'WARN' : 'INFO', { ...outcome });
    return outcome;
  } catch (error) {
    log('ERROR', { message: (error as Error).message });
    throw error;
  }
}

/** One after the other: IAM throttles an account's calls, and nobody waits for this. One that fails does not hide the others. */
async function inTurn(events: readonly { username: string; action: Command }[], one: (event: unknown) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const event of events) {
    outcomes.push(await one(event).catch((error: Error) => ({ ...event, outcome: 'failed' as const, message: error.message })));
  }
  return outcomes;
}

async function handleFirstKey(event: CloudFormationCustomResourceEvent, toolsFor: ToolsFor): Promise<void> {
  const resource = { logicalId: event.LogicalResourceId, requestType: event.RequestType };
  let failure: string | undefined;
  try {
    log('INFO', { ...resource, message: await firstKey(event, { users: parseUsers(environment.USERS), toolsFor, sleep }) });
  } catch (error) {
    failure = (error as Error).message;
    log('ERROR', { ...resource, message: failure });
  }
  await respond(event, failure, sleep);
}

function isFromCloudFormation(event: unknown): event is CloudFormationCustomResourceEvent {
  return typeof event === 'object' && event !== null && (event as { ResourceType?: unknown }).ResourceType === FIRST_KEY_TYPE;
}
