/** The claim of a user in its secret: only the first of two runs can write it. */
import { createHash } from 'crypto';
import { isTokenConflict } from '../aws/call';
import { LedgerStore } from '../aws/secrets-manager';
import { FAILED_LABEL, INITIALIZED_LABEL, Ledger, VersionLabel, Versions } from '../domain/ledger';

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
    return await ledger.put(tokenFor(username, 'claim', versions), value, [...labels, ...initialized]);
  } catch (error) {
    if (isTokenConflict(error)) return undefined;
    throw error;
  }
}

/** Removes the claim of a failed attempt. The label for the failure makes the next attempt derive other tokens. */
export async function abandonClaim(
  claim: VersionLabel,
  ledger: LedgerStore,
  failed: VersionLabel | undefined,
): Promise<void> {
  if (failed?.version !== claim.version) await ledger.addLabel(FAILED_LABEL, claim.version, failed);
  await ledger.removeLabel(claim);
}
