/** The interfaces that actions use, and the reads that several of them share. */
import { ChangeRecord, InterventionRecord } from '../../contract/log-records';
import { FieldNames } from '../../contract/settings';
import { isKmsFailure } from '../aws/call';
import { Clock, ISSUE_TIME_NEEDED } from '../aws/clock';
import { AccessKeys, OwnerTag } from '../aws/iam';
import { Notifications } from '../aws/notifications';
import { LedgerStore } from '../aws/secrets-manager';
import { Credential } from '../domain/credential';
import { Failure } from '../domain/failure';
import { foreignText } from '../domain/foreign-text';
import { copyOn, IssuedKey, Ledger } from '../domain/ledger';
import { SecretValue } from '../domain/secret-value';
import { AccessKey, Decryption, RotationRequest, LastUseStatus, userState, UserState } from '../domain/user-state';

/** The access to AWS for one user, and the other input that a run cannot compute. */
export interface Ports {
  readonly accessKeys: AccessKeys;
  readonly ledger: LedgerStore;
  readonly ownerTag: OwnerTag;
  readonly notifications: Notifications;
  /** Returns once the key works; throws if it does not work in time. */
  readonly verify: (credential: Credential) => Promise<void>;
  readonly clock: Clock;
  /** Writes a line to the log. */
  readonly writeRecord: (record: ChangeRecord | InterventionRecord) => void;
  /** Makes two claims differ, even for a repeated event: PutSecretValue rejects another value for the same token. */
  readonly runId: string;
}

/** The input of one step of a run. */
export interface Round extends Ports {
  readonly request: RotationRequest;
  /** As read before the decision. */
  readonly state: UserState;
}

/** Reads the keys before the ledger: so the ledger has the claim or the record of every key in the list. */
export async function readState({ accessKeys, ledger }: Ports): Promise<UserState> {
  const { keys, now } = await accessKeys.list();
  const read = await ledger.read();
  const state = userState(keys, read, now);
  const values = await contradictedValues(state.ledger, ledger);
  return values ? userState(keys, read, now, values) : state;
}

/**
 * The values of the versions whose records contradict each other: they show which record is true, so that no person has
 * to find it out.
 *
 * @returns undefined if there are none; without values that cannot be decrypted
 */
export async function contradictedValues(
  { contradictory }: Ledger,
  ledger: LedgerStore,
): Promise<Map<string, SecretValue> | undefined> {
  if (contradictory.length === 0) return undefined;
  const values = new Map<string, SecretValue>();
  for (const version of new Set(contradictory.map((record) => record.version))) {
    const value = await readOrFailure(version, ledger);
    if (!('failure' in value)) values.set(version, value);
  }
  return values;
}

/**
 * Whether a version holds the key that its record names. A record is only a label, and a deletion cannot be undone. A
 * value that cannot be decrypted does not contradict it.
 */
export async function holdsKey({ version, subject }: IssuedKey, ledger: LedgerStore): Promise<boolean> {
  const value = await readOrFailure(version, ledger);
  return 'failure' in value || value.holds(subject);
}

/** @param required - whether to fail if IAM does not answer; otherwise the use is unknown, which counts as in use */
export async function getLastUsed(keys: readonly AccessKey[], required: boolean, { accessKeys }: Ports) {
  const lastUseOf = async ({ keyId }: AccessKey): Promise<[string, LastUseStatus]> => {
    try {
      return [keyId, (await accessKeys.lastUse(keyId)) ?? 'never'];
    } catch (error) {
      if (required) throw error;
      return [keyId, 'unknown'];
    }
  };
  return new Map(await Promise.all(keys.map(lastUseOf)));
}

/**
 * Reads AWSCURRENT. In a version that another principal wrote, a key counts only with the secret access key of
 * the version that the rotation wrote, and before it is accepted, only in fields where consumers look for it.
 */
export async function readCurrent(
  { request, ledger }: Pick<Round, 'request' | 'ledger'>,
  version: string,
  known: Ledger,
): Promise<Pick<UserState, 'decryption' | 'value' | 'holds'>> {
  const value = await readOrFailure(version, ledger);
  if ('failure' in value) return { decryption: value };
  const found: Pick<UserState, 'decryption' | 'value'> = { decryption: 'possible', value };
  const copy = copyOn(known);
  if (!known.unmanagedValue && !copy) return found;
  const { fields } = request;
  const named = value.text(fields.accessKey);
  const candidates = known.issued.filter(({ subject }) => named === undefined || named === null || named === subject);
  const key = candidates.find(({ subject, at }) => value.credential(subject, at, fields));
  // A deploy renamed the fields, and the value has the earlier names until the next key.
  const isRenamed = named === undefined && value.names.some((name) => value.text(name) === copy?.subject);
  if (!key) return isRenamed ? { ...found, holds: copy!.subject } : found;
  const written = await readOrFailure(key.version, ledger);
  const isSame = holdsAsWritten(value, written, key, fields);
  // A deploy can have renamed the fields since the value was accepted.
  const isFound = copy || 'failure' in written || value.keepsFieldsOf(written, key.subject, fields);
  return isSame && isFound ? { ...found, holds: key.subject } : found;
}

/** @throws if the value does not hold the key */
export function credentialOf(
  value: SecretValue,
  { version, subject, at }: IssuedKey,
  { username, secret, fields }: Pick<RotationRequest, 'username' | 'secret' | 'fields'>,
): Credential {
  const where = `${username}: version ${foreignText(version)} of the secret ${secret}`;
  if (value.problem !== undefined) throw new Error(`${where} is not the JSON that was stored`);
  const credential = value.credential(subject, at, fields);
  if (!credential) throw new Error(`${where} does not hold ${subject}`);
  return credential;
}

/** @throws if the value cannot be read for another reason than its KMS key */
export async function decryptionOf(version: string, { ledger }: Pick<Ports, 'ledger'>): Promise<Decryption> {
  const value = await readOrFailure(version, ledger);
  return 'failure' in value ? value : 'possible';
}

/** Whether a value holds a key with the secret access key that its run wrote, if that can be decrypted. */
export function holdsAsWritten(
  value: SecretValue,
  written: SecretValue | { failure: string },
  { subject, at }: IssuedKey,
  fields: FieldNames,
): boolean {
  const secretOf = (one: SecretValue) => one.credential(subject, at, fields)?.reveal();
  const secret = secretOf(value);
  return secret !== undefined && ('failure' in written || secret === secretOf(written));
}

export async function readOrFailure(version: string, ledger: LedgerStore): Promise<SecretValue | { failure: string }> {
  try {
    return await ledger.value(version);
  } catch (error) {
    if (isKmsFailure(error)) return { failure: error.message };
    throw error;
  }
}

export function requireTime(username: string, what: string, { remainingTime }: Clock): void {
  if (remainingTime() >= ISSUE_TIME_NEEDED) return;
  throw new Failure(
    `${username}: ${remainingTime() / 1000} s are left, and up to ${ISSUE_TIME_NEEDED / 1000} s are needed to ${what}. Nothing was done; the next check repeats it`,
    'InsufficientTime',
  );
}
