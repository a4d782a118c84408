/**
 * The first key of a user, as a custom resource of CloudFormation. Create issues the key, so that a deploy ends with a
 * working key. Delete deletes the keys; CloudFormation sends it in its clean-up phase, or when it rolls back the deploy
 * that created the resource. For a retained resource CloudFormation sends no Delete: the keys stay, and so does the
 * secret, which has the same deletion policy.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
 */
import { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { FirstKeyRequest, responseIdOf } from './first-key-request';
import { Invocation } from './invocation';
import { Cause } from '../../contract/metrics';
import { Outcome } from '../../contract/outcome';
import { adoptedBy, DEFAULT_SETTINGS, FIRST_KEY_MINUTES } from '../../contract/settings';
import { Ports } from '../actions/ports';
import { releaseTag } from '../actions/release';
import { removeUser, RepeatNeeded } from '../actions/remove';
import { IssueReverted } from '../actions/revert-issue';
import { rotate } from '../actions/rotate';
import { AwsCallFailed, isConcurrentChange, isKmsFailure, unlessNotFound } from '../aws/call';
import { ISSUE_TIME_NEEDED, Clock } from '../aws/clock';
import { OwnerTag } from '../aws/iam';
import { putResponse } from '../aws/response';
import { removedStep } from '../decisions/removal';
import { untagCommand } from '../domain/commands';
import { BadRequest, causeOf, Failure, SecretScheduledForDeletion, UserRemoved } from '../domain/failure';
import { foreignText } from '../domain/foreign-text';
import { asOf, Ledger, ownerSubject } from '../domain/ledger';
import { addMs } from '../domain/time';
import { RotationRequest } from '../domain/user-state';

export type FirstKeyInvocation = Pick<Invocation, 'portsFor' | 'clock' | 'context' | 'dryRun'>;

type RequestOf<T extends FirstKeyRequest['type']> = Extract<FirstKeyRequest, { type: T }>;

/** Milliseconds that an attempt needs: those of an issue, and a reserve for the two calls before it. */
const MIN_TIME_FOR_ATTEMPT = ISSUE_TIME_NEEDED + 15_000;

/**
 * Causes that end when AWS has propagated a new user, policy or secret: the deploy can have created them seconds ago,
 * and the secret again after a deletion.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency
 */
const PROPAGATION_CAUSES: readonly Cause[] = ['NotFound', 'AccessDenied'];
/** Milliseconds after the first attempt; after the second, twice as many. So a deploy makes up to nine attempts. */
const PROPAGATION_PAUSE = 5_000;

/** A deploy of many users issues their first keys at once. Random pauses spread the retries. */
const MAX_THROTTLING_PAUSE = 60_000;

/**
 * @returns what was done, for the log
 * @throws if the deploy must fail
 */
export async function firstKey(request: FirstKeyRequest, invocation: FirstKeyInvocation): Promise<string> {
  switch (request.type) {
    case 'Create':
      return createFirstKey(firstCheck(request, invocation), invocation);
    case 'Update':
      return updateFirstKey(firstCheck(request, invocation), request.hasNewKmsKey, invocation);
    case 'Delete':
      return retrying(() => deleteKeys(request, invocation), invocation);
    case 'DeleteOfRefused':
      return 'no key was issued, because the Create was refused';
  }
}

function firstCheck(
  { properties, settings }: RequestOf<'Create' | 'Update'>,
  { context, dryRun }: FirstKeyInvocation,
): RotationRequest {
  return {
    ...settings,
    ...context,
    username: properties.Username,
    action: 'create',
    ifDue: true,
    duringDeploy: true,
    dryRun,
  };
}

/** CloudFormation can remove the user while this runs, or hours before it, if Lambda was throttled. */
async function createFirstKey(request: RotationRequest, invocation: FirstKeyInvocation): Promise<string> {
  try {
    return (await ensureFirstKey(request, invocation, true)).message;
  } catch (error) {
    if (request.adopted) await releaseRemovedUser(request, invocation, error);
    throw error;
  }
}

async function updateFirstKey(
  request: RotationRequest,
  hasNewKmsKey: boolean,
  invocation: FirstKeyInvocation,
): Promise<string> {
  if (hasNewKmsKey) await kmsPermissionsArePropagated(request, invocation);
  return (await ensureFirstKey(request, invocation, false)).message;
}

async function ensureFirstKey(
  request: RotationRequest,
  invocation: FirstKeyInvocation,
  isNew: boolean,
): Promise<Outcome> {
  const { portsFor } = invocation;
  const { username } = request;
  const isFinal = (error: unknown) => isLastingIn(request, error);
  // A created user has its owner tag from the template, and IAM user names are unique, so it has one rotation.
  if (request.adopted) {
    const { ledger, now } = await retrying(() => readLedgerAsOf(portsFor(request)), invocation, isFinal);
    requireNotRemoved(request, removedStep(request, ledger, now)?.why);
    await withPathHint(() =>
      retrying(async () => {
        const { ownerTag } = portsFor(request);
        if (isNew) await requireOnlyFirstKey(request, ledger, now, ownerTag);
        await claimUser(request, ownerTag);
      }, invocation),
    );
  }
  const outcome = await retrying(() => rotate(request, portsFor(request)), invocation, isFinal);
  requireNotRemoved(request, outcome.outcome === 'removed' ? outcome.message : undefined);
  // The secret cannot be taken over.
  if (outcome.outcome === 'refused') throw new Error(`${username}: ${outcome.message}`);
  // The run that holds the claim can still fail, and this deploy must not succeed without a key.
  if (outcome.outcome === 'locked' && !request.dryRun) {
    throw new Error(`${username}: ${outcome.message}; deploy again after ${outcome.until}`);
  }
  return outcome;
}

/** A secret that the deploy creates can be deleted for some seconds longer, after a deletion of the same name. */
function isLastingIn({ existingSecret }: RotationRequest, error: unknown): boolean {
  return existingSecret !== undefined && error instanceof SecretScheduledForDeletion;
}

/**
 * The deploy changed the policy of the role seconds ago. A value that still cannot be decrypted when the time is over
 * is a matter of the check.
 */
async function kmsPermissionsArePropagated(request: RotationRequest, invocation: FirstKeyInvocation): Promise<void> {
  const { ledger } = invocation.portsFor(request);
  const readCurrent = async () => {
    const { currentVersion } = await ledger.read();
    if (currentVersion !== undefined) await ledger.value(currentVersion);
  };
  await retrying(readCurrent, invocation).catch((error: unknown) => {
    if (!isKmsFailure(error)) throw error;
  });
}

function requireNotRemoved({ username }: RotationRequest, why: string | undefined): void {
  if (why !== undefined) throw new UserRemoved(`${username}: ${why}`);
}

/**
 * Of one user and its secret, a deploy creates one first key. A second one has another `id`, or is in another stack.
 * CloudFormation would delete the one or the other next, and no Delete says which of them stays: both end the rotation
 * of the user. A request is repeated while CloudFormation waits for its answer; after that, nothing reads the refusal.
 *
 * Only a secret that existed before can have two: a second user or secret of the same name cannot be created.
 *
 * @throws if the user and its secret have had a first key for longer than CloudFormation waits for this one
 */
async function requireOnlyFirstKey(
  request: RotationRequest,
  { owners }: Pick<Ledger, 'owners'>,
  now: Date | undefined,
  tag: OwnerTag,
): Promise<void> {
  const { username, secret, rotation } = request;
  const own = owners.find(({ subject }) => subject === ownerSubject(rotation));
  if (!own || !now || now <= addMs(own.at, FIRST_KEY_MINUTES * 60_000)) return;
  // A created user that was retained, and is adopted now, has the tag of the template.
  if ((await tag.read()) !== adoptedBy(rotation)) return;
  throw new BadRequest(
    `${username}: the deploy creates a second first key of this user and the secret ${secret}, which this rotation has used since ${own.at.toISOString()}, and nothing was changed.`
      + ' CloudFormation would delete the other one, and so end the rotation of the user. Keep "id" and the stack of the'
      + ' user; or remove the user, deploy, add it again, and deploy. If no stack has a first key of the user any more,'
      + ` remove the tag (${untagCommand(request)}) and deploy again`,
  );
}

/** Reads the time of IAM only where a record is compared with it. */
async function readLedgerAsOf({ ledger, accessKeys }: Ports): Promise<{ ledger: Ledger; now: Date | undefined }> {
  const read = await ledger.read();
  const isDated = read.removed !== undefined || read.owners.length > 0;
  const now = isDated ? (await unlessNotFound(() => accessKeys.list()))?.now : undefined;
  return { ledger: asOf(read, now), now };
}

/** Removes the tag that this request may have written after the removal had ended. */
async function releaseRemovedUser(
  request: RotationRequest,
  invocation: FirstKeyInvocation,
  failure: unknown,
): Promise<void> {
  const ports = invocation.portsFor(request);
  const release = async () => {
    const found = failure instanceof UserRemoved ? undefined : await unlessNotFound(() => readLedgerAsOf(ports));
    if (found && !removedStep(request, found.ledger, found.now)) return;
    await releaseTag(request.rotation, ports.ownerTag);
  };
  try {
    await retrying(release, invocation, (error) => isLastingIn(request, error));
  } catch (error) {
    if (!isAfterRemoval(failure)) return; // CloudFormation may read the failure of the request
    throw new RepeatNeeded(`${(failure as Error).message}; ${(error as Error).message}. Lambda repeats the request`);
  }
}

/**
 * The user or the secret does not exist any more: the request arrived after the removal, and CloudFormation reads its
 * answer only if the deploy is not over.
 */
export function isAfterRemoval(error: unknown): boolean {
  return error instanceof UserRemoved || (error instanceof AwsCallFailed && error.cause === 'NotFound');
}

/** Without its path, an imported user has the ARN of another user, so the policy of the function does not match. */
async function withPathHint(claim: () => Promise<void>): Promise<void> {
  try {
    await claim();
  } catch (error) {
    if (!(error instanceof Failure && error.cause === 'AccessDenied')) throw error;
    throw new Failure(
      `${error.message}. The user likely has a path, which iam.User.fromUserName() does not know: import the user with`
        + ' iam.User.fromUserArn()',
      error.cause,
      error.stack,
    );
  }
}

async function retrying<T>(
  attempt: () => Promise<T>,
  { clock: { sleep, remainingTime } }: FirstKeyInvocation,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const [pause, left] = [pauseAfter(error, attempts), remainingTime() - MIN_TIME_FOR_ATTEMPT];
      if (pause === undefined || left <= 0 || isFinal(error)) throw error;
      await sleep(Math.min(pause, left));
    }
  }
}

/** @returns milliseconds until the next attempt; undefined if another attempt cannot help */
function pauseAfter(error: unknown, attempts: number): number | undefined {
  const cause = causeOf(error);
  if (cause === 'Throttled' || isConcurrentChange(error)) return Math.random() * MAX_THROTTLING_PAUSE;
  return error instanceof IssueReverted || PROPAGATION_CAUSES.includes(cause)
    ? attempts * PROPAGATION_PAUSE
    : undefined;
}

async function deleteKeys(
  { properties, isCreateOpen, hasMoved }: RequestOf<'Delete'>,
  { portsFor, context: { region, rotation } }: FirstKeyInvocation,
): Promise<string> {
  const { Username: username, Secret: secret, Created, ExistingSecret } = properties;
  const user = {
    username,
    secret,
    region,
    adopted: Created === 'false',
    existingSecret: ExistingSecret === 'true',
    isCreateOpen,
    hasMoved,
    rotation,
  };
  const deleted = await removeUser(user, portsFor({ username, secret, ...DEFAULT_SETTINGS }));
  return `deleted ${deleted.join(', ') || 'no key'} of ${username}`;
}

type Claim = Pick<RotationRequest, 'username' | 'region' | 'rotation' | 'dryRun'>;

/**
 * Records that the rotation adopts the user: a later Delete of CloudFormation is authorized by this record.
 *
 * @throws if the user belongs to another rotation
 */
export async function claimUser(request: Claim, tag: OwnerTag): Promise<void> {
  if (requireUnowned(request, await tag.read()) || request.dryRun) return;
  await tag.write(adoptedBy(request.rotation));
  // IAM cannot write a tag on condition of its value. Of two concurrent deploys the last write stays, and the other
  // deploy finds it here.
  requireUnowned(request, await tag.read());
}

/** @returns whether the user is recorded as adopted by this rotation already */
function requireUnowned(request: Claim, found: string | undefined): boolean {
  const { rotation } = request;
  // A user that this rotation created and then retained has the tag of the template, until it is adopted.
  if (found !== undefined && found !== rotation && found !== adoptedBy(rotation)) {
    throw new Error(
      `${request.username} belongs to another rotation, ${foreignText(found)}; this one is ${rotation}. Two rotations would retire each other's keys.`
        + ' Remove the user from the other rotation first. If that rotation no longer exists or no longer has the user,'
        + ` remove the tag (${untagCommand(request)}) and deploy again`,
    );
  }
  return found === adoptedBy(rotation);
}

/** CloudFormation allows this many bytes for a response. */
const MAX_RESPONSE_BYTES = 4_096;

/**
 * Sends the response that CloudFormation waits for. Without it, the deploy waits until the timeout of the resource.
 *
 * @param request - undefined if it was refused, so that nothing was changed
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export async function respond(
  event: CloudFormationCustomResourceEvent,
  request: FirstKeyRequest | undefined,
  failure: string | undefined,
  sleep: Clock['sleep'],
): Promise<void> {
  const bodyWith = (Reason: string | undefined) =>
    Buffer.from(
      JSON.stringify({
        Status: failure === undefined ? 'SUCCESS' : 'FAILED',
        Reason,
        // Does not change on Update: after a new ID, CloudFormation sends Delete for the old one, which deletes keys.
        PhysicalResourceId: responseIdOf(event, request),
        StackId: event.StackId,
        RequestId: event.RequestId,
        LogicalResourceId: event.LogicalResourceId,
      }),
    );
  // A character has up to six bytes in JSON.
  let reason = failure?.slice(0, 1_000);
  while (reason && bodyWith(reason).length > MAX_RESPONSE_BYTES) reason = reason.slice(0, -50);
  const body = bodyWith(reason);
  for (let attempt = 1; ; attempt++) {
    try {
      return await putResponse(event.ResponseURL, body);
    } catch (error) {
      if (attempt === 5) throw new Error(`CloudFormation did not accept the response: ${(error as Error).message}`);
      await sleep(attempt * 1_000);
    }
  }
}
