/** The other fields of a secret belong to its owner: each new version has those of AWSCURRENT. */
import { tokenFor } from './claim';
import { credentialOf, holdsAsWritten, readOrFailure, Round } from './ports';
import { isKmsFailure } from '../aws/call';
import { lastPublished } from '../decisions/current-key';
import { Credential } from '../domain/credential';
import { INITIALIZED_LABEL, IssuedKey, labelOf, newestVersionOf } from '../domain/ledger';
import { SecretValue } from '../domain/secret-value';

/**
 * The value of AWSCURRENT without its key, from the version that the run replaces.
 *
 * @returns undefined if it has no fields of an owner
 * @throws if it cannot be decrypted, and the rotation did not create the secret. Otherwise a new value has no other
 *   fields
 */
export async function otherFields(round: Round): Promise<SecretValue | undefined> {
  const { request, state } = round;
  const value = await currentValue(round);
  if (!value || value.problem !== undefined) return undefined;
  const { current } = state.ledger;
  return current ? value.without(current.subject, request.fields) : value;
}

async function currentValue({ request, state, ledger }: Round): Promise<SecretValue | undefined> {
  const { currentVersion, current } = state.ledger;
  // Otherwise the value of AWSCURRENT is the claim of a run.
  const hasOwner = current !== undefined || request.existingSecret !== undefined;
  const isLost = state.decryption !== undefined && state.decryption !== 'possible' && !request.existingSecret;
  if (currentVersion === undefined || !hasOwner || isLost) return undefined;
  if (state.value) return state.value;
  try {
    return await ledger.value(currentVersion);
  } catch (error) {
    if (isKmsFailure(error) && !request.existingSecret) return undefined;
    throw error;
  }
}

interface StoredVersion {
  readonly version: string;
  readonly value: SecretValue;
}

/**
 * The version that holds a key with the newest other fields. The record of a copy is only a label: that version counts
 * if it holds the key as its run wrote it.
 */
async function readNewest(key: IssuedKey, { request, state, ledger }: Round): Promise<StoredVersion> {
  const version = newestVersionOf(key, state.ledger);
  const value = await ledger.value(version);
  const isKey = async () => holdsAsWritten(value, await readOrFailure(key.version, ledger), key, request.fields);
  if (version === key.version || (await isKey())) return { version, value };
  return { version: key.version, value: await ledger.value(key.version) };
}

/**
 * The version to publish for a key that an older version holds: the newest such version. If AWSCURRENT has other fields
 * by now, or the settings name other fields of the key, a new one. Two runs that read the same write the same version.
 */
export async function versionToPublish(
  key: IssuedKey,
  round: Round,
): Promise<{ readonly version: string; readonly credential: Credential }> {
  const { request, state, ledger } = round;
  const { version: newest, value: stored } = await readNewest(key, round);
  const credential = credentialOf(stored, key, request);
  const others = (await otherFields(round)) ?? stored.without(key.subject, request.fields);
  const value = others.with(credential, request);
  if (stored.equals(value)) return { version: newest, credential };
  const token = tokenFor(request.username, 'key', state.ledger.versions);
  const version = await ledger.put(token, value, [labelOf('copy', key.subject, key.at)]);
  return { version, credential };
}

/**
 * The version to publish in place of the value of another principal: that one of the rotation, or in a secret that
 * existed before, a new one with the other fields and without a key.
 */
export async function versionInstead(version: string, round: Round): Promise<string> {
  const { request, state, ledger } = round;
  if (!request.existingSecret) return version;
  const last = lastPublished(state.ledger);
  const { version: newest, value: stored } = last
    ? await readNewest(last, round)
    : { version, value: await ledger.value(version) };
  const value = ((await otherFields(round)) ?? stored).without(last?.subject ?? '', request.fields);
  if (newest === version && stored.equals(value)) return version;
  // The label moves to the new version: it is that of a version without a key.
  return ledger.put(tokenFor(request.username, 'key', state.ledger.versions), value, [INITIALIZED_LABEL]);
}
