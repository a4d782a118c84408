/** The claim of a user in its secret: of two runs that read the same, only the first can write it. */
import { createHash } from 'crypto';
import { Ports, readOrFailure } from './ports';
import { isTokenConflict } from '../aws/call';
import { ISSUE_TIME_NEEDED } from '../aws/clock';
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

/** Milliseconds after which a read has the claim of a run that was first: as long as other calls may not find it. */
const LISTING_PAUSE = 15_000;

/**
 * The value of the version of a claim. A principal that may move labels and write no values cannot claim what the run
 * did not: the label is in the value, with its date.
 */
export function claimValue(label: string, runId: string): object {
  return { claim: label, run: runId };
}

/** Whether the version of a claim is the one that its run wrote. One that cannot be decrypted does not show it. */
export async function isAsWritten({ label, version }: VersionLabel, ledger: LedgerStore): Promise<boolean> {
  const value = await readOrFailure(version, ledger);
  return !('failure' in value) && value.holds(label);
}

/**
 * Records in a new version what the run starts.
 *
 * @returns the version, or undefined if another run was first: its token is the same
 */
export async function acquireClaim(
  username: string,
  { versions }: Pick<Ledger, 'versions'>,
  value: object,
  labels: string[],
  { ledger, clock, runId }: Pick<Ports, 'ledger' | 'clock' | 'runId'>,
): Promise<string | undefined> {
  const initialized = Object.keys(versions).length === 0 ? [INITIALIZED_LABEL] : [];
  const put = async (token: string) => {
    try {
      return await ledger.put(token, SecretValue.of(value), [...labels, ...initialized]);
    } catch (error) {
      if (isTokenConflict(error)) return undefined;
      throw error;
    }
  };
  const token = tokenFor(username, 'claim', versions);
  const claimed = await put(token);
  if (claimed !== undefined || clock.remainingTime() < ISSUE_TIME_NEEDED + LISTING_PAUSE) return claimed;
  await clock.sleep(LISTING_PAUSE);
  const { versions: listed } = await ledger.read();
  if (tokenFor(username, 'claim', listed) !== token) return undefined;
  // A version without a label has the token, and is not listed. Either another principal computed the token, to stop
  // each run that reads these versions; it does not know the ID of this run. Or a person has removed the labels.
  return put(tokenFor(username, 'claim', { ...versions, [runId]: [] }));
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
