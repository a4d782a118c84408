/** The lock of a user: a claim, which the first of two runs gets. */
import { createHash } from 'crypto';
import { isTokenConflict } from '../aws/call';
import { LedgerStore } from '../aws/secrets-manager';
import { FAILED_LABEL, INITIALIZED_LABEL, Ledger, VersionLabel, Versions } from '../domain/ledger';

/**
 * A version ID that depends on what was read: who read the same arrives at the same ID, and Secrets Manager takes the
 * first of them. Who read something older may get through; then publication, a compare-and-swap, decides.
 */
export function tokenFor(username: string, purpose: 'claim' | 'key', versions: Versions): string {
  const seen = Object.entries(versions)
    .map(([id, labels]) => [id, [...labels].sort()])
    .sort();
  return createHash('sha256')
    .update(JSON.stringify([username, purpose, seen]))
    .digest('hex')
    .slice(0, 32);
}

/** Puts what is begun on record, in a new version. Nothing where another run was faster: its token is the same. */
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

/** An attempt came to nothing: its claim goes, and the next attempt starts from a ledger that differs. */
export async function abandonClaim(
  claim: VersionLabel,
  ledger: LedgerStore,
  failed: VersionLabel | undefined,
): Promise<void> {
  if (failed?.version !== claim.version) await ledger.addLabel(FAILED_LABEL, claim.version, failed);
  await ledger.removeLabel(claim);
}
