/**
 * The first key of a user, as a custom resource of CloudFormation: issued by Create, so that a deploy ends with a working
 * key, and deleted by Delete. CloudFormation deletes in its clean-up phase, or when it rolls back the deploy that created.
 * A retained resource gets no Delete: there the keys stay, as the secret does, which has the same deletion policy.
 */
import { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { AccessKeys } from './access-keys';
import { AwsCallFailed } from './aws-call';
import { DEFAULT_FIELDS, FirstKeyProperties, UserSettings } from './contract';
import { orphans } from './discard';
import { LedgerStore } from './ledger';
import { isIssued } from './ledger-state';
import { AccessKey } from './lifecycle';
import { parseUsers, RotationRequest, settingsOf } from './request';
import { Outcome, rotate, RotateTools } from './rotate';

export type ToolsFor = (user: { readonly username: string } & Pick<UserSettings, 'secret' | 'fields'>) => RotateTools;

export interface FirstKeyTools {
  readonly users: ReturnType<typeof parseUsers>;
  readonly toolsFor: ToolsFor;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The user, the secret and the role's policy may be seconds old, and IAM takes some to spread them. */
const PATIENCE = 120_000;
const NOT_SPREAD_YET = ['NoSuchEntityException', 'AccessDenied', 'AccessDeniedException'];

/** Who is rotated, and where to: fixed for the life of the resource. */
export function physicalIdOf({ Username, Secret }: FirstKeyProperties): string {
  return `${Username}|${Secret}`;
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
          + ' the old secret would be deleted with the only copy of a key that is in use. Keep userName and secretName,'
          + ' or take the user off the rotation in one deploy and add it anew in the next');
      }
      return (await ensureFirstKey(properties, tools)).message;
    case 'Delete':
      return deleteKeys(properties, tools);
  }
}

async function ensureFirstKey({ Username: username, Created }: FirstKeyProperties, { users, toolsFor, sleep }: FirstKeyTools): Promise<Outcome> {
  const request: RotationRequest = { ...settingsOf(username, users), username, action: 'create', onlyIfDue: true };
  const adopting = Created !== 'true';
  for (let waited = 0; ; waited += 5_000) {
    try {
      const outcome = await rotate(request, toolsFor(request), { adopting });
      // A run that is under way may fail yet, and this deploy must not end without a key.
      if (outcome.outcome === 'busy') throw new Error(`${username}: ${outcome.message}, deploy again after ${outcome.until}`);
      return outcome;
    } catch (error) {
      if (!(error instanceof AwsCallFailed) || !NOT_SPREAD_YET.includes(error.code) || waited >= PATIENCE) throw error;
      await sleep(5_000);
    }
  }
}

/** All keys of a user that goes with the rotation; of an adopted user, those that this rotation made. */
async function deleteKeys({ Username: username, Secret: secret, Created }: FirstKeyProperties, { toolsFor }: FirstKeyTools): Promise<string> {
  const { accessKeys, ledger } = toolsFor({ username, secret, fields: DEFAULT_FIELDS });
  const { keys } = await unlessGone('NoSuchEntityException', () => accessKeys.list()) ?? { keys: [] };
  const going = Created === 'true' ? keys : await madeByUs(keys, ledger, accessKeys);
  for (const { keyId } of going) await accessKeys.delete(keyId);
  return `deleted ${going.map(({ keyId }) => keyId).join(', ') || 'no key'} of ${username}`;
}

async function madeByUs(keys: AccessKey[], store: LedgerStore, accessKeys: AccessKeys): Promise<AccessKey[]> {
  const ledger = await unlessGone('ResourceNotFoundException', () => store.read());
  if (!ledger) return [];
  const unfinished = await Promise.all(ledger.claims.map((claim) => orphans(claim, { keys, ledger }, accessKeys)));
  return [...keys.filter((key) => isIssued(ledger, key.keyId)), ...unfinished.flat()];
}

async function unlessGone<T>(code: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AwsCallFailed && error.code === code) return undefined;
    throw error;
  }
}
