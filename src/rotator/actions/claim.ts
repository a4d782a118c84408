/** The claim of a user in its secret: only the first of two runs can write it. */
import { createHash } from 'crypto';
import { isTokenConflict } from '../aws/call';
import { LedgerStore } from '../aws/secrets-manager';
import { failedLabel, INITIALIZED_LABEL, Ledger, VersionLabel, Versions } from '../domain/ledger';
import { SecretValue } from '../domain/secret-value';

/**
 * A version ID that is derived from the versions that the run read. Runs that read the same derive the same ID, and
 * PutSecretValue accepts one value for each ID (ClientRequestToken): the second run fails. A run that read an older
 * state can pass. Then the publication decides, which is a compare-and-swap.
 */
export function tokenFor(username: string, purpose: 'claim' | 'key', versions: Versions): string {
  const sorted = Object.entries(versions)
    .map(([id, labels]) => [id, [...labels].sort()])
    .sort();
  return createHash('sha256')
    .update(JSON.stringify([username, purpose, sorted]))
    .digest('hex')
    .slice(0, 32);
}

/**
 * Records in a new version what the run starts.
 *
 * @returns the version, or undefined if another run was first: its token is the same
 */
export async function acquireClaim(
  ledger: LedgerStore,
  username: string,
  { versions }: Ledger,
  value: object,
  labels: string[],
): Promise<string | undefined> {
  const initialized = Object.keys(versions).length === 0 ? [INITIALIZED_LABEL] : [];
  try {
    const stored = SecretValue.of(value);
    return await ledger.put(tokenFor(username, 'claim', versions), stored, [...labels, ...initialized]);
  } catch (error) {
    if (isTokenConflict(error)) return undefined;
    throw error;
  }
}

/**
 * Replaces the claim of a failed attempt by the record of the failure, and removes the record of the one before. Until
 * the new record is written, the claim stays: a failure in between makes a later check repeat this.
 */
export async function abandonClaim(
  claim: VersionLabel,
  ledger: LedgerStore,
  { failed }: Pick<Ledger, 'failed'>,
): Promise<void> {
  const earlier = failed.filter(({ version }) => version !== claim.version);
  if (earlier.length === failed.length) await ledger.addLabel(failedLabel(claim), claim.version);
  await ledger.removeLabel(claim);
  for (const record of earlier) await ledger.removeLabel(record);
}
