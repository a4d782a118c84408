/**
 * What a scenario plays on: a user and a secret, through the rotator's own adapters, and what an administrator can do
 * to them.
 */
import { Credential } from '../../src/rotator/aws/credential';
import { AccessKeys } from '../../src/rotator/aws/iam';
import { LedgerStore } from '../../src/rotator/aws/secrets-manager';

/** The user's administrator, with the console or the command line. */
export interface Administrator {
  makeKey(): Promise<Credential>;
  /** Writes another value into the secret, as PutSecretValue does when nothing else is said. Returns its version. */
  overwrite(value: string): Promise<string>;
}

export interface World {
  readonly username: string;
  /** When the scenario begins: a full hour. */
  readonly start: Date;
  readonly accessKeys: AccessKeys;
  readonly ledger: LedgerStore;
  readonly administrator: Administrator;
  /** Fails if the key does not work. */
  verify(credential: Credential): Promise<void>;
  /** The user works with the key. */
  use(credential: Credential): Promise<void>;
  /** Lets time pass up to so many hours after the start. */
  passTo(hours: number): Promise<void>;
}
