/**
 * Versions that Secrets Manager cannot decrypt. When the KMS key of a secret changes, it encrypts only AWSCURRENT,
 * AWSPENDING and AWSPREVIOUS again, and no version at all if the deployer may not decrypt with the earlier KMS key. A
 * KMS key can also be disabled or deleted, or its policy can change.
 *
 *   AWSCURRENT     slot for a key   new version    what happens
 *   decryptable    any              any            as if it was not read
 *   undecryptable  free             decryptable    a new key is issued before its time
 *   undecryptable  free             undecryptable  blocked; no key is created
 *   undecryptable  none             any            blocked; nothing is deactivated or deleted early to free one
 *
 * No key is deactivated meanwhile: consumers could not fetch its successor. The new key can be decrypted when it is
 * published, so no issue follows from the one before.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_update-encryption-key.html
 */
import { noNewKey } from './no-new-key';
import { deactivateCommand, deleteCommand, versionKmsKeysCommand } from '../domain/commands';
import { foreignText } from '../domain/foreign-text';
import { IssuedKey, Ledger } from '../domain/ledger';
import { blocked, Step } from '../domain/step';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

type Report = ReturnType<typeof blocked>;

export function decryptStep({ ledger }: UserState): Step {
  return { do: 'decrypt-current', version: ledger.currentVersion! };
}

/** Why AWSCURRENT cannot be decrypted; undefined if it can, or was not read. */
export function currentUndecryptable(request: RotationRequest, { decryption, ledger }: UserState): string | undefined {
  if (decryption === undefined || decryption === 'possible') return undefined;
  // In an existing secret, the owner can have written it before the first key of the user.
  const version = ledger.current ?? { version: ledger.currentVersion! };
  return undecryptable('the current value', version, decryption.failure, request, ledger);
}

/** No key can be issued in place of the one that cannot be fetched. */
export function noSlotStep(why: string, others: readonly UserKey[], request: RotationRequest): Report {
  const ids = others.map(({ keyId }) => keyId);
  return blocked(
    `${why}; no slot is free for a new key`,
    `${allowDecryption(request)}; if the KMS key of that version is lost, delete ${ids.join(' or ')} once no program uses it`
      + ` (${deleteCommand(request, ids[0])}), and the next check issues a new key`,
  );
}

/** A new value would not have the other fields, which belong to the owner of the secret. */
export function otherFieldsStep(why: string, request: RotationRequest): Report {
  return blocked(
    `${why}; no new key is issued, because the other fields of the secret would be lost`,
    allowDecryption(request),
  );
}

/** The previous key stays active. */
export function noDeactivationStep(why: string, key: UserKey, request: RotationRequest): Report {
  return blocked(
    `the previous key ${key.keyId} is not deactivated, because no program can fetch its successor: ${why}`,
    `${allowDecryption(request)}; to deactivate it anyway: ${deactivateCommand(request, key.keyId)}`,
  );
}

/** Secrets Manager cannot store a new key, or cannot decrypt what it stored. */
export function noIssueStep(
  failure: string,
  { early, replace }: Extract<Step, { do: 'issue' }>,
  request: RotationRequest,
  { kmsKey }: Ledger,
): Report {
  return noNewKey(
    `${early ? `${early}; ` : ''}no new key can be stored with the KMS key of the secret, ${nameOf(kmsKey)}: ${failure}`,
    'enable that KMS key or cancel its deletion, and allow the function kms:Decrypt and kms:GenerateDataKey on it; or deploy another "encryptionKey"',
    request,
    replace?.leaked,
  );
}

/** The version of a key that has to become current again. */
export function noRestoreStep(
  failure: string,
  { key }: Extract<Step, { do: 'restore' }>,
  request: RotationRequest,
  ledger: Ledger,
): Report {
  return blocked(
    `${key.subject} cannot become current again: ${undecryptable('its value', key, failure, request, ledger)}`,
    allowDecryption(request),
  );
}

function undecryptable(
  what: string,
  { version, subject }: Pick<IssuedKey, 'version'> & Partial<Pick<IssuedKey, 'subject'>>,
  failure: string,
  { secret }: RotationRequest,
  { kmsKey }: Ledger,
): string {
  return (
    `${what} of secret ${secret} (version ${foreignText(version)}${subject ? `, with the key ${subject}` : ''}) cannot be decrypted: ${failure};`
    + ` the KMS key of the secret is ${nameOf(kmsKey)}, and this version can have an earlier one`
  );
}

function allowDecryption(request: RotationRequest): string {
  return (
    `enable the KMS key of that version or cancel its deletion, and allow the function kms:Decrypt on it`
    + ` (to find it: ${versionKmsKeysCommand(request)})`
  );
}

function nameOf(kmsKey = 'aws/secretsmanager'): string {
  return foreignText(kmsKey);
}
