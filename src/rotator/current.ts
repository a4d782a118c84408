/** The key that AWSCURRENT holds: whether it works, and what is amiss where it does not. Pure, like lifecycle.ts. */
import { TOLERANCE } from './ages';
import { factOf, IssuedKey, issuedKey, Ledger } from './ledger-state';
import { RotationRequest } from './request';
import { AccessKey, blocked, plus, Step, UserState, waiting } from './steps';

/** IAM's lists lag behind its writes: believe that a key is gone when it was not listed twice, so long apart. */
export const LOOK_TWICE = 10 * 60_000;

export function currentKey({ keys, ledger }: Pick<UserState, 'keys' | 'ledger'>): AccessKey | undefined {
  return keys.find((key) => key.keyId === ledger.current?.keyId);
}

/** Since when the current key is current and active, as first seen by us. */
export function currentSince(current: AccessKey, ledger: Ledger): Date {
  return factOf(ledger, 'since', current.keyId)?.at ?? current.createdAt;
}

/** There was a current key, and it is not listed any more: only seen once so far? */
export function stillBelieved({ keys, ledger, now }: UserState): Step | undefined {
  const { current } = ledger;
  if (!current || currentKey({ keys, ledger })) return undefined;
  const until = plus(factOf(ledger, 'gone', current.keyId)?.at ?? now, LOOK_TWICE);
  return now < until ? waiting(`IAM does not list the current key ${current.keyId}: it is believed to be gone if it is still not listed then`, until) : undefined;
}

/** Our newest key, where AWSCURRENT is on a value that somebody else wrote, or on an older key without anybody having said so. */
export function bypassed({ keys, ledger }: Pick<UserState, 'keys' | 'ledger'>): IssuedKey | undefined {
  const existing = ledger.issued.filter(({ keyId }) => keys.some((key) => key.keyId === keyId));
  const [newest] = existing.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime()) as (IssuedKey | undefined)[];
  if (!newest || ledger.foreignValue) return newest;
  const older = ledger.current && ledger.current.createdAt < newest.createdAt;
  return older && !isSetAside(newest.keyId, ledger) ? newest : undefined;
}

/** What people did to the current key or to the secret's value, and what they have to do before anything goes on. */
export function broken(request: RotationRequest, { keys, ledger }: UserState): Step | undefined {
  const { username, secret } = request;
  const newest = bypassed({ keys, ledger });
  if (ledger.foreignValue && newest) {
    return blocked(`the current value of secret ${secret} (version ${ledger.currentVersion}) was not written by this rotation`,
      `make the last key of ${username}, ${newest.keyId}, current again: ${makeCurrent(newest, ledger, secret)}`);
  }
  const current = currentKey({ keys, ledger });
  if (current && !current.active) {
    return blocked(`the current key ${current.keyId} was deactivated by somebody else`,
      `either activate it again (aws iam update-access-key --user-name ${username} --access-key-id ${current.keyId} --status Active)`
      + ' or delete it, and a later check issues a new one');
  }
  if (newest) {
    return blocked(`the current key ${ledger.current!.keyId} is older than ${newest.keyId}, so somebody moved AWSCURRENT back`,
      `move it forward (${makeCurrent(newest, ledger, secret)})`
      + (current ? `, or send {"action": "rollback", "username": "${username}"} to have ${newest.keyId} retired` : ''));
  }
  return undefined;
}

/** A key that we issued after the current one: it was rolled back, or somebody moved AWSCURRENT. */
export function newerThan(current: AccessKey, keys: readonly AccessKey[], ledger: Ledger): AccessKey | undefined {
  return keys.find((key) => key.createdAt > current.createdAt && issuedKey(ledger, key.keyId));
}

/** A newer key that is meant to go: people rejected it, or it leaked. */
export function isSetAside(keyId: string, ledger: Ledger): boolean {
  return factOf(ledger, 'rejected', keyId) !== undefined || factOf(ledger, 'leaked', keyId) !== undefined;
}

export function makeCurrent({ version }: IssuedKey, { currentVersion }: Ledger, secret: string): string {
  return `aws secretsmanager update-secret-version-stage --secret-id ${secret} --version-stage AWSCURRENT`
    + ` --move-to-version-id ${version} --remove-from-version-id ${currentVersion}`;
}

/** Steps are due an hour early, so that no cycle begins a day later than the one before: see ages.ts. */
export function reached(dueAt: Date, now: Date): boolean {
  return now.getTime() >= dueAt.getTime() - TOLERANCE;
}
