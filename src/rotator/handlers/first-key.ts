/**
 * The first key of a user, as a custom resource of CloudFormation: issued by Create, so that a deploy ends with a working
 * key, and deleted by Delete. CloudFormation deletes in its clean-up phase, or when it rolls back the deploy that created.
 * A retained resource gets no Delete: there the keys stay, as the secret does, which has the same deletion policy.
 */
import { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { RotationRequest, settingsOf } from './request';
import { Users } from './users';
import { Cause } from '../../contract/metrics';
import { DEFAULT_SETTINGS, FirstKeyProperties, UserSettings } from '../../contract/settings';
import { orphans } from '../actions/discard';
import { TakenBack } from '../actions/issue';
import { TIME_NEEDED } from '../actions/remaining-time';
import { Outcome, rotate, RotateTools } from '../actions/rotate';
import { AwsCallFailed } from '../aws/call';
import { AccessKeys } from '../aws/iam';
import { own, OwnerTag } from '../aws/owner-tag';
import { LedgerStore } from '../aws/secrets-manager';
import { causeOf } from '../domain/failure';
import { issuedKey } from '../domain/ledger';
import { AccessKey } from '../domain/step';

export type ToolsFor = (user: { readonly username: string } & Pick<UserSettings, 'secret' | 'fields'>) => RotateTools & { readonly ownerTag: OwnerTag };

export interface FirstKeyTools {
  readonly users: Users;
  readonly toolsFor: ToolsFor;
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds until Lambda ends this run. */
  readonly remainingTime: () => number;
}

/** No attempt begins with less: what an issue needs, and some for the two calls before it. */
const LAST_ATTEMPT = TIME_NEEDED + 15_000;

/** The user, the secret and the role's policy may be seconds old, and IAM takes some to spread them. */
const SPREADING: readonly Cause[] = ['Missing', 'Denied'];
const PAUSE = 5_000;

/** A deploy of many users is as many first keys at once. They come again at random, or they would be as many again. */
const LONGEST_PAUSE_IN_A_CROWD = 60_000;

/** Who is rotated, where to, and whose the user is: fixed for the life of the resource. */
export function physicalIdOf({ Username, Secret, Created }: FirstKeyProperties): string {
  return `${Username}|${Secret}|${Created === 'true' ? 'created' : 'adopted'}`;
}

/** @returns what happened, for the log; throws where the deploy has to fail */
export async function firstKey(event: CloudFormationCustomResourceEvent, tools: FirstKeyTools): Promise<string> {
  const properties = event.ResourceProperties as unknown as FirstKeyProperties;
  switch (event.RequestType) {
    case 'Create':
      return (await ensureFirstKey(properties, tools)).message;
    case 'Update':
      if (physicalIdOf(properties) !== event.PhysicalResourceId) {
        throw new Error(`${properties.Username}: the keys cannot move from "${event.PhysicalResourceId}" to "${physicalIdOf(properties)}":`
          + ' the old user or secret would be deleted with a key that is in use. Keep userName or user, and secretName;'
          + ' to change them, add another user, move everything over to it, and only then remove this one');
      }
      return (await ensureFirstKey(properties, tools)).message;
    case 'Delete':
      return patiently(() => deleteKeys(properties, tools), tools);
  }
}

async function ensureFirstKey(properties: FirstKeyProperties, tools: FirstKeyTools): Promise<Outcome> {
  const { users, toolsFor } = tools;
  const { Username: username, Created, DryRun, Owner } = properties;
  const request: RotationRequest = { ...settingsOf(username, users), username, action: 'create', onlyIfDue: true, dryRun: DryRun === 'true' };
  const userTools = toolsFor(request);
  // A created user has its tag from the template, and cannot be created a second time.
  if (Created !== 'true') await patiently(() => own(username, Owner, userTools.ownerTag, request.dryRun), tools);
  const outcome = await patiently(() => rotate(request, toolsFor(request)), tools);
  // A run that is under way may fail yet, and this deploy must not end without a key.
  if (outcome.outcome === 'busy' && !request.dryRun) throw new Error(`${username}: ${outcome.message}, deploy again after ${outcome.until}`);
  return outcome;
}

async function patiently<T>(attempt: () => Promise<T>, { sleep, remainingTime }: FirstKeyTools): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const [pause, left] = [pauseAfter(error), remainingTime() - LAST_ATTEMPT];
      if (pause === undefined || left <= 0) throw error;
      await sleep(Math.min(pause, left));
    }
  }
}

/** Nothing where it would not help. */
function pauseAfter(error: unknown): number | undefined {
  const cause = causeOf(error);
  if (cause === 'Throttled') return Math.random() * LONGEST_PAUSE_IN_A_CROWD;
  return error instanceof TakenBack || SPREADING.includes(cause) ? PAUSE : undefined;
}

/** All keys of a user that goes with the rotation; of an adopted user, those that this rotation made. */
async function deleteKeys(properties: FirstKeyProperties, { toolsFor }: FirstKeyTools): Promise<string> {
  const { Username: username, Secret: secret, Created, Owner } = properties;
  const { accessKeys, ledger, ownerTag } = toolsFor({ username, secret, ...DEFAULT_SETTINGS });
  const { keys } = await unlessGone('NoSuchEntityException', () => accessKeys.list()) ?? { keys: [] };
  const going = Created === 'true' ? keys : await madeByUs(keys, ledger, accessKeys);
  for (const { keyId } of going) await accessKeys.delete(keyId);
  if (await unlessGone('NoSuchEntityException', () => ownerTag.read()) === Owner) await ownerTag.remove();
  return `deleted ${going.map(({ keyId }) => keyId).join(', ') || 'no key'} of ${username}`;
}

async function madeByUs(keys: AccessKey[], store: LedgerStore, accessKeys: AccessKeys): Promise<AccessKey[]> {
  const ledger = await unlessGone('ResourceNotFoundException', () => store.read());
  if (!ledger) return [];
  const unfinished = await Promise.all(ledger.claims.map((claim) => orphans(claim, { keys, ledger }, accessKeys)));
  return [...keys.filter((key) => issuedKey(ledger, key.keyId)), ...unfinished.flat()];
}

async function unlessGone<T>(code: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AwsCallFailed && error.code === code) return undefined;
    throw error;
  }
}
