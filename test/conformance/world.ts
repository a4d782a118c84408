/**
 * The subject of a scenario: a user and a secret, through the ports of the rotator, and the actions of an
 * administrator.
 */
import { AccessKeys } from '../../src/rotator/aws/iam';
import { LedgerStore } from '../../src/rotator/aws/secrets-manager';
import { Credential } from '../../src/rotator/domain/credential';

/** A person with administrative permissions. */
export interface Administrator {
  makeKey(): Promise<Credential>;
  /** Writes another value into the secret, with the defaults of PutSecretValue. @returns its version */
  overwrite(value: string): Promise<string>;
}

export interface World {
  readonly username: string;
  /** The start of the scenario, a full hour. */
  readonly start: Date;
  readonly accessKeys: AccessKeys;
  readonly ledger: LedgerStore;
  readonly administrator: Administrator;
  /** @throws if the key does not work */
  verify(credential: Credential): Promise<void>;
  /** Uses the key for a request. */
  use(credential: Credential): Promise<void>;
  /** Moves the time forward to a number of hours after the start. */
  passTo(hours: number): Promise<void>;
}
