/** What actions work with. */
import { Clock } from '../aws/clock';
import { Credential } from '../aws/credential';
import { AccessKeys, OwnerTag } from '../aws/iam';
import { Notifications } from '../aws/notifications';
import { LedgerStore } from '../aws/secrets-manager';
import { Failure } from '../domain/failure';
import { AccessKey, RotationRequest, LastUseStatus, userState, UserState } from '../domain/user-state';

/** What reaches AWS for one user, and what else a run cannot compute. */
export interface Ports {
  readonly accessKeys: AccessKeys;
  readonly ledger: LedgerStore;
  readonly ownerTag: OwnerTag;
  readonly announcements: Notifications;
  /** Returns when the key was seen to work, throws when it was not. */
  readonly verify: (credential: Credential) => Promise<void>;
  readonly clock: Clock;
  /** Makes two claims differ, even those of a repeated event: another value under the same token is what fails. */
  readonly runId: string;
}

/** What one step of a run works with. */
export interface Round extends Ports {
  readonly request: RotationRequest;
  /** As read before the step was decided. */
  readonly state: UserState;
}

/** First the keys, then the ledger: so whatever key is listed, its claim or its record can be read. */
export async function readState({ accessKeys, ledger }: Ports): Promise<UserState> {
  const { keys, now } = await accessKeys.list();
  return userState(keys, await ledger.read(), now);
}

/** @param required - fail where IAM does not answer; else the use is unknown, which counts as in use */
export async function getLastUsed(keys: readonly AccessKey[], required: boolean, { accessKeys }: Ports) {
  const useBy = async ({ keyId }: AccessKey): Promise<[string, LastUseStatus]> => {
    try {
      return [keyId, (await accessKeys.lastUse(keyId)) ?? 'never'];
    } catch (error) {
      if (required) throw error;
      return [keyId, 'unknown'];
    }
  };
  return new Map(await Promise.all(keys.map(useBy)));
}

/**
 * A minute for a key to work, and as much for ten calls, each of which the SDK may have to repeat. A run that Lambda
 * ends half-way is cleaned up after by a later check, but there is no need to begin it.
 */
export const ISSUE_TIME_NEEDED = 120_000;

export function requireTime(username: string, what: string, { remainingTime }: Clock): void {
  if (remainingTime() >= ISSUE_TIME_NEEDED) return;
  throw new Failure(
    `${username}: ${remainingTime() / 1000} s are too few to ${what}, nothing was begun; the next check does it`,
    'InsufficientTime',
  );
}
