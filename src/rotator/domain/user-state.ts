/** What a decision is made from: a user's keys, what is on record of them, and the time. */
import { KeyRecords, Ledger, recordsOf } from './ledger';
import { Action, Command } from '../../contract/events';
import { UserSettings } from '../../contract/settings';

/** The last time that anybody signed a request with a key, as far as IAM knows: it shows hours late. */
export interface LastUse {
  readonly at: Date;
  /** Such as "s3". */
  readonly service: string;
  /** Such as "us-east-1". */
  readonly region: string;
}

export interface AccessKey {
  readonly keyId: string;
  /** IAM also knows "Expired": whatever is not Active counts as inactive. */
  readonly active: boolean;
  readonly createdAt: Date;
}

/** "unknown" where IAM did not answer; that counts as in use. */
export type LastUseStatus = LastUse | 'never' | 'unknown';

/** A key that IAM lists, with what is on record of it. */
export interface UserKey extends AccessKey, KeyRecords {}

export interface UserState {
  readonly keys: readonly UserKey[];
  /** The key that AWSCURRENT holds, if IAM lists it. */
  readonly current?: UserKey;
  readonly ledger: Ledger;
  /** IAM's clock, the only one that counts. */
  readonly now: Date;
  /** By key ID, as far as it was looked up. */
  readonly lastUse?: ReadonlyMap<string, LastUseStatus>;
}

export function userState(listed: readonly AccessKey[], ledger: Ledger, now: Date): UserState {
  const keys = listed.map((key) => ({ ...key, ...recordsOf(ledger, key.keyId) }));
  return { keys, current: keys.find(({ keyId }) => keyId === ledger.current?.subject), ledger, now };
}

/** Where the rotation runs: for the commands that messages name. */
export interface RotationContext {
  readonly region: string;
  readonly functionName: string;
}

export interface RotationRequest extends UserSettings, RotationContext {
  readonly action: Action | Command;
  readonly username: string;
  /** Asked by a schedule: act only if it is due. */
  readonly ifDue: boolean;
  /** The leaked key, with "revoke". */
  readonly accessKeyId?: string;
  readonly dryRun: boolean;
}
