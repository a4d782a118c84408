/**
 * The rotation function. It handles four kinds of events:
 *
 * - `{"action": …, "username": …}` from a trigger or a person: the answer is an `Outcome`. Lambda returns an error to
 *   the caller; it retries an asynchronous event twice, and then sends it to the dead-letter queue.
 * - the digest, from a rule or schedule.
 * - reports of AWS about exposed keys, from a rule: see exposure.ts.
 * - requests of CloudFormation for the first key of each user, through the alias only: see first-key.ts.
 *
 * This file creates the clients and calls the handlers. next-step.ts decides what happens to a key.
 */
import { randomUUID } from 'crypto';
import { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { RepeatNeeded } from './actions/remove';
import { lambdaClock } from './aws/clock';
import { IamAccessKeys, IamOwnerTag, ownerOf as ownerOfKey } from './aws/iam';
import { errorFields, log, metrics } from './aws/log';
import { AwsNotifications, listSubscriptions } from './aws/notifications';
import { addressProblem, dnsSuffixOf } from './aws/response';
import { EventBridgeClient, IAMClient, SecretsManagerClient, SNSClient } from './aws/sdk';
import { SecretsManagerLedger } from './aws/secrets-manager';
import { stsCallerIdentity, waitUntilUsable } from './aws/sts';
import { isReport } from './domain/exposure';
import { BadRequest, Failed } from './domain/failure';
import { isFirstKeyRequest, refusedQualifier } from './domain/qualifier';
import { handleCheck, measuredFailure } from './handlers/check';
import { METRICS } from '../contract/metrics';
import { RotatorEnvironment } from '../contract/settings';
import { handleDigest } from './handlers/digest';
import { namedIn } from './handlers/event-fields';
import { handleExposure } from './handlers/exposure';
import { firstKey, FirstKeyInvocation, isAfterRemoval, respond } from './handlers/first-key';
import { FirstKeyRequest, namedInRequest, readRequest, unanswerable } from './handlers/first-key-request';
import { Invocation } from './handlers/invocation';
import { digestOf } from './handlers/request';
import { readSubscriptions, readUsers, Users } from './handlers/users';
import { Outcome } from '../contract/outcome';

const environment = process.env as Partial<RotatorEnvironment>;

// Without `throwOnRequestTimeout` the SDK only logs a warning and keeps waiting.
const standardRetry = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};
const bestEffort = { ...standardRetry, maxAttempts: 2 }; // a later check, or else AwsNotifications, repeats the call
const iam = new IAMClient(standardRetry);
const iamNoRetry = new IAMClient({ ...standardRetry, maxAttempts: 1 });
const secretsManager = new SecretsManagerClient(standardRetry);
const sns = new SNSClient(bestEffort);
const eventBridge = new EventBridgeClient(bestEffort);
const callerIdentity = stsCallerIdentity({ ...standardRetry, maxAttempts: 1 }); // waitUntilUsable() repeats the call
let cachedUsers: Users | undefined;
// Read in the handler, where an error is logged and returned.
const users = () => (cachedUsers ??= readUsers(process.env.LAMBDA_TASK_ROOT, environment.USERS));

export async function handler(event: unknown, lambda: Context): Promise<Outcome | Outcome[] | string | void> {
  const { TOPIC_ARN, ROTATION, DRY_RUN, EXPOSED_KEYS } = environment as RotatorEnvironment;
  const [, , , , account] = `${lambda.invokedFunctionArn}`.split(':');
  const { functionName } = lambda;
  const context = { account, region: process.env.AWS_REGION!, functionName, rotation: ROTATION };
  const clock = lambdaClock(lambda);
  const deployment = { topicArn: TOPIC_ARN, rotation: ROTATION, account, region: context.region };
  const notifications = new AwsNotifications(sns, eventBridge, deployment, clock);
  const portsFor: Invocation['portsFor'] = ({ username, secret }) => ({
    accessKeys: new IamAccessKeys(username, iam, iamNoRetry, clock.sleep),
    ledger: new SecretsManagerLedger(username, secret, secretsManager, context.region),
    ownerTag: new IamOwnerTag(username, iam, clock.sleep),
    notifications,
    verify: (credential) => waitUntilUsable(username, credential, callerIdentity, clock),
    clock,
    writeRecord: (record) => log(record.record === 'intervention' ? 'WARN' : 'INFO', context, { ...record }),
    runId: randomUUID(), // not the request ID, which Lambda's retries share
  });
  const logged = (failed: Failed) => {
    const measured = metrics(...measuredFailure(failed));
    log('ERROR', context, {
      record: 'failure',
      ...namedIn(event, cachedUsers),
      ...errorFields(failed.error),
      ...measured,
    });
    return failed.error;
  };
  const refused = refusedQualifier(lambda.invokedFunctionArn, event);
  if (refused !== undefined) throw logged(new Failed(new BadRequest(refused)));
  const dryRun = DRY_RUN === 'true';
  if (isFirstKeyRequest(event)) {
    const dnsSuffix = process.env.AWS_ENDPOINT_URL ? undefined : dnsSuffixOf(context.region, secretsManager);
    const problem = addressProblem(event.ResponseURL, dnsSuffix) ?? unanswerable(event);
    if (problem) throw logged(new Failed(problem));
    return handleFirstKey(event, { portsFor, clock, context, dryRun });
  }
  const handle = async () => {
    const invocation = {
      users: users(),
      portsFor,
      notifications,
      clock,
      context,
      dryRun,
      requestId: lambda.awsRequestId,
    };
    if (EXPOSED_KEYS && isReport(event)) {
      const ownerOf = (keyId: string) => ownerOfKey(keyId, iam, clock.sleep);
      return handleExposure(event, { ...invocation, response: EXPOSED_KEYS, ownerOf });
    }
    const digest = digestOf(event);
    if (!digest) return handleCheck(event, invocation);
    return handleDigest(digest, invocation, {
      created: () => readSubscriptions(process.env.LAMBDA_TASK_ROOT),
      list: () => listSubscriptions(TOPIC_ARN, sns),
    });
  };
  const result = await handle().catch((error: unknown) => new Failed(error));
  if (result instanceof Failed) throw logged(result);
  return result;
}

async function handleFirstKey(event: CloudFormationCustomResourceEvent, invocation: FirstKeyInvocation): Promise<void> {
  let request: FirstKeyRequest | undefined;
  let failure: string | undefined;
  const resource = () => ({ record: 'deploy', ...namedInRequest(event, request, cachedUsers) }) as const;
  try {
    request = readRequest(event, { ...invocation, users: users() });
    const message = await firstKey(request, invocation);
    // Counts as a check: without it, the alarm ChecksMissing has no data until a rule or schedule starts one.
    const check = event.RequestType !== 'Delete' && metrics({ values: { [METRICS.checks]: 1 } });
    log('INFO', invocation.context, { ...resource(), message, ...check });
  } catch (error) {
    failure = (error as Error).message;
    log(isAfterRemoval(error) ? 'WARN' : 'ERROR', invocation.context, { ...resource(), ...errorFields(error) });
    if (error instanceof RepeatNeeded) throw error;
    if (error instanceof BadRequest) request = undefined; // the Delete that follows a refused Create does nothing
  }
  await respond(event, request, failure, invocation.clock.sleep);
}
