/**
 * The first key of a user, as a custom resource of CloudFormation. Create issues the key, so that a deploy ends with a
 * working key. Delete deletes the keys; CloudFormation sends it in its clean-up phase, or when it rolls back the deploy
 * that created the resource. For a retained resource CloudFormation sends no Delete: the keys stay, and so does the
 * secret, which has the same deletion policy.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
 */
import { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { Invocation } from './invocation';
import { settingsOf } from './users';
import { Cause } from '../../contract/metrics';
import { Outcome } from '../../contract/outcome';
import { DEFAULT_SETTINGS, FirstKeyProperties } from '../../contract/settings';
import { findOrphans } from '../actions/discard';
import { ISSUE_TIME_NEEDED } from '../actions/ports';
import { IssueReverted } from '../actions/revert-issue';
import { rotate } from '../actions/rotate';
import { isConcurrentChange, isKmsFailure, unlessNotFound } from '../aws/call';
import { Clock } from '../aws/clock';
import { AccessKeys, OwnerTag } from '../aws/iam';
import { LedgerStore } from '../aws/secrets-manager';
import { unreadableStep } from '../decisions/unreadable';
import { untagCommand } from '../domain/commands';
import { causeOf, Failure } from '../domain/failure';
import { AccessKey, RotationRequest, userState } from '../domain/user-state';

export type FirstKeyInvocation = Pick<Invocation, 'users' | 'portsFor' | 'clock' | 'context'>;

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

/** User, secret, and whether the rotation created the user: they cannot change during the life of the resource. */
function physicalIdOf({ Username, Secret, Created }: FirstKeyProperties): string {
  return `${Username}|${Secret}|${Created === 'true' ? 'created' : 'adopted'}`;
}

/**
 * @returns what was done, for the log
 * @throws if the deploy must fail
 */
export async function firstKey(
  event: CloudFormationCustomResourceEvent,
  invocation: FirstKeyInvocation,
): Promise<string> {
  const properties = event.ResourceProperties as unknown as FirstKeyProperties;
  switch (event.RequestType) {
    case 'Create':
      return (await ensureFirstKey(properties, invocation)).message;
    case 'Update':
      if (physicalIdOf(properties) !== event.PhysicalResourceId) {
        throw new Error(
          `${properties.Username}: the keys cannot move from "${event.PhysicalResourceId}" to "${physicalIdOf(properties)}":`
            + ' CloudFormation would delete the old user or secret with a key that is in use. Keep userName or user, and'
            + ' secretName. To change them, add another user, switch all consumers to it, and then remove this user',
        );
      }
      if (properties.KmsKey !== (event.OldResourceProperties as unknown as FirstKeyProperties).KmsKey) {
        await kmsPermissionsArePropagated(properties, invocation);
      }
      return (await ensureFirstKey(properties, invocation)).message;
    case 'Delete':
      return retrying(() => deleteKeys(properties, invocation), invocation);
  }
}

async function ensureFirstKey(properties: FirstKeyProperties, invocation: FirstKeyInvocation): Promise<Outcome> {
  const { users, portsFor, context } = invocation;
  const { Username: username, Created, DryRun, Owner } = properties;
  const request: RotationRequest = {
    ...settingsOf(username, users),
    ...context,
    username,
    action: 'create',
    ifDue: true,
    duringDeploy: true,
    dryRun: DryRun === 'true',
  };
  // A created user has its owner tag from the template, and IAM user names are unique, so it has one rotation.
  if (Created !== 'true') {
    await withPathHint(() => retrying(() => claimUser(request, Owner, portsFor(request).ownerTag), invocation));
  }
  const outcome = await retrying(() => rotate(request, portsFor(request)), invocation);
  // The run that holds the claim can still fail, and this deploy must not succeed without a key.
  if (outcome.outcome === 'locked' && !request.dryRun) {
    throw new Error(`${username}: ${outcome.message}; deploy again after ${outcome.until}`);
  }
  return outcome;
}

/**
 * The deploy changed the policy of the role seconds ago. A value that still cannot be decrypted when the time is over
 * is a matter of the check.
 */
async function kmsPermissionsArePropagated(
  { Username: username, Secret: secret }: FirstKeyProperties,
  invocation: FirstKeyInvocation,
): Promise<void> {
  const { ledger } = invocation.portsFor({ username, secret, ...DEFAULT_SETTINGS });
  const readCurrent = async () => {
    const { currentVersion } = await ledger.read();
    if (currentVersion !== undefined) await ledger.requireReadable(currentVersion);
  };
  await retrying(readCurrent, invocation).catch((error: unknown) => {
    if (!isKmsFailure(error)) throw error;
  });
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
): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const [pause, left] = [pauseAfter(error, attempts), remainingTime() - MIN_TIME_FOR_ATTEMPT];
      if (pause === undefined || left <= 0) throw error;
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

/** Deletes all keys of a created user, which is deleted next, or the issued keys of an adopted user. */
async function deleteKeys(properties: FirstKeyProperties, { portsFor, context }: FirstKeyInvocation): Promise<string> {
  const { Username: username, Secret: secret, Created, Owner } = properties;
  const { accessKeys, ledger, ownerTag } = portsFor({ username, secret, ...DEFAULT_SETTINGS });
  const listed = (await unlessNotFound(() => accessKeys.list())) ?? { keys: [], now: new Date(0) };
  const toDelete =
    Created === 'true'
      ? listed.keys
      : await issuedByRotation(listed, { username, secret, region: context.region }, ledger, accessKeys);
  for (const { keyId } of toDelete) await accessKeys.delete(keyId);
  if ((await unlessNotFound(() => ownerTag.read())) === Owner) await ownerTag.remove();
  return `deleted ${toDelete.map(({ keyId }) => keyId).join(', ') || 'no key'} of ${username}`;
}

async function issuedByRotation(
  { keys, now }: Awaited<ReturnType<AccessKeys['list']>>,
  user: Pick<RotationRequest, 'username' | 'secret' | 'region'>,
  store: LedgerStore,
  accessKeys: AccessKeys,
): Promise<AccessKey[]> {
  const ledger = await unlessNotFound(() => store.read());
  if (!ledger) return [];
  const unreadable = unreadableStep(user, ledger);
  if (unreadable) throw new Error(`${user.username}: no key was deleted, ${unreadable.why}; ${unreadable.remedy}`);
  const state = userState(keys, ledger, now);
  const unfinished = await Promise.all(ledger.claims.map((claim) => findOrphans(claim, state, accessKeys)));
  return [...state.keys.filter(({ issued }) => issued), ...unfinished.flat()];
}

type Claim = Pick<RotationRequest, 'username' | 'region' | 'dryRun'>;

/** @throws if the user belongs to another rotation */
export async function claimUser(request: Claim, owner: string, tag: OwnerTag): Promise<void> {
  if (requireUnowned(request, owner, await tag.read()) || request.dryRun) return;
  await tag.write(owner);
  // IAM cannot write a tag on condition of its value. Of two concurrent deploys the last write stays, and the other
  // deploy finds it here.
  requireUnowned(request, owner, await tag.read());
}

/** @returns whether the user belongs to this rotation already */
function requireUnowned(request: Claim, owner: string, found: string | undefined): boolean {
  if (found !== undefined && found !== owner) {
    throw new Error(
      `${request.username} belongs to another rotation, ${found}; this one is ${owner}. Two rotations would retire each other's keys.`
        + ' Remove the user from the other rotation first. If that rotation no longer exists or no longer has the user,'
        + ` remove the tag (${untagCommand(request)}) and deploy again`,
    );
  }
  return found === owner;
}

/** Sends the response that CloudFormation waits for. Without it, the deploy waits until the timeout of the resource. */
export async function respond(
  event: CloudFormationCustomResourceEvent,
  failure: string | undefined,
  sleep: Clock['sleep'],
): Promise<void> {
  const body = Buffer.from(
    JSON.stringify({
      Status: failure === undefined ? 'SUCCESS' : 'FAILED',
      Reason: failure?.slice(0, 1_000), // the response has at most 4 KB
      // Does not change on Update: after a new ID, CloudFormation sends Delete for the old one, which deletes the keys.
      PhysicalResourceId:
        event.RequestType === 'Create'
          ? physicalIdOf(event.ResourceProperties as unknown as FirstKeyProperties)
          : event.PhysicalResourceId,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    }),
  );
  for (let attempt = 1; ; attempt++) {
    try {
      // The presigned URL of CloudFormation is signed for an empty content type.
      const { ok, status } = await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
      if (!ok) throw new Error(`HTTP ${status}`);
      return;
    } catch (error) {
      // The presigned URL is a credential, so the error must not contain it.
      if (attempt === 5) throw new Error(`CloudFormation did not accept the response: ${(error as Error).message}`);
      await sleep(attempt * 1_000);
    }
  }
}
