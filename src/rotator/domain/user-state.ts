/** What a decision is made from: a user's keys, what is on record of them, and the time. */
import { Ledger } from './ledger';
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
export type Use = LastUse | 'never' | 'unknown';

export interface UserState {
  readonly keys: readonly AccessKey[];
  readonly ledger: Ledger;
  /** IAM's clock, the only one that counts. */
  readonly now: Date;
  /** By key ID, as far as it was looked up. */
  readonly lastUse?: ReadonlyMap<string, Use>;
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
  readonly onlyIfDue: boolean;
  /** The leaked key, with "revoke". */
  readonly accessKeyId?: string;
  readonly dryRun: boolean;
}
