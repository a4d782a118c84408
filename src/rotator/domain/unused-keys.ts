/**
 * The active keys that no consumer has used for 90 days: created 90 days ago or longer, and the last request that they
 * signed is longer ago than that, or there is none. The verification of a new key does not count as a use. Keys of any
 * origin count, also unmanaged ones.
 */
import { canBeUnused, describeUse, isUnused, withoutVerification } from './last-use';
import { AccessKey, LastUseStatus, UserState } from './user-state';

/** A key that is old enough to be unused. */
export interface OldKey {
  readonly username: string;
  readonly key: AccessKey;
  readonly unmanaged: boolean;
  /** The time by IAM's clock. */
  readonly now: Date;
  /** Undefined until it is read, which takes a call to IAM for each key. */
  readonly use?: LastUseStatus;
}

export interface UnusedKey {
  readonly username: string;
  readonly accessKeyId: string;
  readonly unmanaged: boolean;
  readonly createdAt: Date;
  readonly lastUse: string;
}

export function oldKeysOf(username: string, { keys, lastUse, now }: UserState): OldKey[] {
  return keys
    .filter((key) => canBeUnused(key, now))
    .map((key) => ({ username, key, unmanaged: !key.managed, now, use: lastUse?.get(key.keyId) }));
}

export function unusedKeysOf(oldKeys: readonly OldKey[]): UnusedKey[] {
  return oldKeys.flatMap(({ username, key, unmanaged, now, use }) => {
    const known = withoutVerification(use, key);
    if (!isUnused(known, now)) return [];
    const { keyId: accessKeyId, createdAt } = key;
    return [{ username, accessKeyId, unmanaged, createdAt, lastUse: describeUse(known) }];
  });
}
