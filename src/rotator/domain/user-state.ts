/** The input of a decision: the keys of a user, their records, and the time. */
import { asOf, KeyRecords, Ledger, recordsOf } from './ledger';
import { SecretValue } from './secret-value';
import { Action, Command } from '../../contract/events';
import { UserSettings } from '../../contract/settings';

/**
 * The last use of a key as IAM reports it, which can be hours late.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html
 */
export interface LastUse {
  readonly at: Date;
  /** Such as "s3". */
  readonly service: string;
  /** Such as "us-east-1". */
  readonly region: string;
}

export interface AccessKey {
  readonly keyId: string;
  /** Every status of IAM other than `Active` counts as inactive. */
  readonly active: boolean;
  readonly createdAt: Date;
}

/** "unknown" if IAM does not return the last use; this counts as in use. */
export type LastUseStatus = LastUse | 'never' | 'unknown';

/** Whether Secrets Manager can decrypt a version for the rotation. `failure`: the answer of AWS. */
export type Decryption = 'possible' | { readonly failure: string };

/** A key that IAM lists, with its records. */
export interface UserKey extends AccessKey, KeyRecords {}

export interface UserState {
  readonly keys: readonly UserKey[];
  /** The key that AWSCURRENT holds, if IAM lists it. */
  readonly current?: UserKey;
  readonly ledger: Ledger;
  /** The time by IAM's clock. Key ages are compared with no other. */
  readonly now: Date;
  /** By key ID; absent until a step reads it. */
  readonly lastUse?: ReadonlyMap<string, LastUseStatus>;
  /** Of AWSCURRENT; absent until a step reads it. */
  readonly decryption?: Decryption;
  /** Of AWSCURRENT; absent until a step reads it, or if it cannot be decrypted. */
  readonly value?: SecretValue;
  /** The issued key that `value` holds, with the secret access key of its version. */
  readonly holds?: string;
  /** Of the versions whose records contradict each other, by version; those that can be decrypted. */
  readonly values?: ReadonlyMap<string, SecretValue>;
}

/** @param read - its records that IAM or the values contradict are void: see {@link asOf} */
export function userState(
  listed: readonly AccessKey[],
  read: Ledger,
  now: Date,
  values?: UserState['values'],
): UserState {
  const ledger = asOf(read, now, listed, values);
  const keys = listed.map((key) => ({ ...key, ...recordsOf(ledger, key.keyId) }));
  const current = keys.find(({ keyId }) => keyId === ledger.current?.subject);
  return { keys, current, ledger, now, ...(values && { values }) };
}

/** Where the rotation runs: for the commands in messages. */
export interface RotationContext {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  /** The value of the owner tag of its users. */
  readonly rotation: string;
}

export interface RotationRequest extends UserSettings, RotationContext {
  readonly action: Action | Command;
  readonly username: string;
  /** Take the step only if it is due. */
  readonly ifDue: boolean;
  /** The leaked key, with "revoke". */
  readonly accessKeyId?: string;
  readonly dryRun: boolean;
  /** CloudFormation waits for the first key, so an attempt that failed is repeated at once. */
  readonly duringDeploy?: boolean;
  /** A report of AWS about an exposed key caused the event. */
  readonly byReport?: boolean;
}
