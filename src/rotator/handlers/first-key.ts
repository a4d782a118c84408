/**
 * The first key of a user, as a custom resource of CloudFormation: issued by Create, so that a deploy ends with a
 * working key, and deleted by Delete. CloudFormation deletes in its clean-up phase, or when it rolls back the deploy
 * that created. A retained resource gets no Delete: there the keys stay, as the secret does, which has the same
 * deletion policy.
 */
import { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { Invocation } from './invocation';
import { settingsOf } from './users';
import { Cause } from '../../contract/metrics';
import { Outcome } from '../../contract/outcome';
import { DEFAULT_SETTINGS, FirstKeyProperties } from '../../contract/settings';
import { findOrphans } from '../actions/discard';
import { IssueReverted } from '../actions/issue';
import { ISSUE_TIME_NEEDED } from '../actions/ports';
import { rotate } from '../actions/rotate';
import { unlessNotFound } from '../aws/call';
import { Clock } from '../aws/clock';
import { AccessKeys, OwnerTag } from '../aws/iam';
import { LedgerStore } from '../aws/secrets-manager';
import { unreadableStep } from '../decisions/unreadable';
import { untagCommand } from '../domain/commands';
import { causeOf } from '../domain/failure';
import { AccessKey, RotationRequest, userState } from '../domain/user-state';

export type FirstKeyInvocation = Pick<Invocation, 'users' | 'portsFor' | 'clock' | 'context'>;

/** No attempt begins with less: what an issue needs, and some for the two calls before it. */
const MIN_TIME_FOR_ATTEMPT = ISSUE_TIME_NEEDED + 15_000;

/** The user, the secret and the role's policy may be seconds old, and IAM takes some to spread them. */
const PROPAGATION_CAUSES: readonly Cause[] = ['NotFound', 'AccessDenied'];
const PAUSE = 5_000;

/** A deploy of many users is as many first keys at once. They come again at random, or they would be as many again. */
const MAX_THROTTLING_PAUSE = 60_000;

/** Who is rotated, where to, and whose the user is: fixed for the life of the resource. */
function physicalIdOf({ Username, Secret, Created }: FirstKeyProperties): string {
  return `${Username}|${Secret}|${Created === 'true' ? 'created' : 'adopted'}`;
}

/** @returns what happened, for the log; throws where the deploy has to fail */
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
            + ' the old user or secret would be deleted with a key that is in use. Keep userName or user, and secretName;'
            + ' to change them, add another user, move everything over to it, and only then remove this one',
        );
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
    dryRun: DryRun === 'true',
  };
  // A created user has its tag from the template, and cannot be created a second time.
  if (Created !== 'true') await retrying(() => claimUser(request, Owner, portsFor(request).ownerTag), invocation);
  const outcome = await retrying(() => rotate(request, portsFor(request)), invocation);
  // A run that is under way may fail yet, and this deploy must not end without a key.
  if (outcome.outcome === 'locked' && !request.dryRun) {
    throw new Error(`${username}: ${outcome.message}, deploy again after ${outcome.until}`);
  }
  return outcome;
}

async function retrying<T>(
  attempt: () => Promise<T>,
  { clock: { sleep, remainingTime } }: FirstKeyInvocation,
): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const [pause, left] = [pauseAfter(error), remainingTime() - MIN_TIME_FOR_ATTEMPT];
      if (pause === undefined || left <= 0) throw error;
      await sleep(Math.min(pause, left));
    }
  }
}

/** Nothing where it would not help. */
function pauseAfter(error: unknown): number | undefined {
  const cause = causeOf(error);
  if (cause === 'Throttled') return Math.random() * MAX_THROTTLING_PAUSE;
  return error instanceof IssueReverted || PROPAGATION_CAUSES.includes(cause) ? PAUSE : undefined;
}

/** All keys of a user that goes with the rotation; of an adopted user, those that this rotation made. */
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

/** @throws if another rotation has the user */
export async function claimUser(request: Claim, owner: string, tag: OwnerTag): Promise<void> {
  if (requireUnowned(request, owner, await tag.read()) || request.dryRun) return;
  await tag.write(owner);
  // IAM has no condition on a tag's value: of two deploys at once, the last to write stays, and the other one sees it
  // here.
  requireUnowned(request, owner, await tag.read());
}

/** @returns whether it is ours already */
function requireUnowned(request: Claim, owner: string, found: string | undefined): boolean {
  if (found !== undefined && found !== owner) {
    throw new Error(
      `${request.username} belongs to another rotation, ${found}; this one is ${owner}. Two rotations would retire each other's keys.`
        + ' Take the user off the other one first. If that one is gone or does not list the user any more, remove its tag'
        + ` (${untagCommand(request)}) and deploy again`,
    );
  }
  return found === owner;
}

/** The answer that CloudFormation waits for. Without one, a deploy hangs until its time-out. */
export async function respond(
  event: CloudFormationCustomResourceEvent,
  failure: string | undefined,
  sleep: Clock['sleep'],
): Promise<void> {
  const body = Buffer.from(
    JSON.stringify({
      Status: failure === undefined ? 'SUCCESS' : 'FAILED',
      Reason: failure?.slice(0, 1_000), // the whole answer may have 4 KB
      // Never changes: a new ID would make CloudFormation delete the old one, and the keys with it.
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
      // The URL is signed for an empty content type.
      const { ok, status } = await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
      if (!ok) throw new Error(`HTTP ${status}`);
      return;
    } catch (error) {
      // The URL itself is a credential: it must not get into the log.
      if (attempt === 5) throw new Error(`CloudFormation did not take the answer: ${(error as Error).message}`);
      await sleep(attempt * 1_000);
    }
  }
}
