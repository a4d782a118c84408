/** What a run before left unfinished: the part of the decisions that comes first, whatever is asked. Pure, like lifecycle.ts. */
import { RUN_MINUTES } from './contract';
import { Claim, isOurs, IssuedKey, Ledger } from './ledger-state';
import type { AccessKey, Step, UserState } from './lifecycle';

/** A claim this old belongs to a dead run: three times as long as any run can take. */
export const CLAIM_LIFETIME = 3 * RUN_MINUTES * 60_000;

/** GetAccessKeyLastUsed lags: a key that looks unused for so long is believed to be. */
export const SUSPICION = 6 * 3_600_000;

/**
 * While a key is being issued, nothing else is decided: it exists already, and is not current yet. A run that died may have
 * made a key that it could not put on record; where one is suspected, time tells whether somebody uses it.
 */
export function busyUntil({ keys, ledger, now }: UserState): Date | undefined {
  const ends = ledger.claims.filter((claim) => !publishedBy(claim, ledger)).map((claim) => claim.at.getTime()
    + (suspects(claim, { keys, ledger }).length > 0 ? SUSPICION : CLAIM_LIFETIME));
  const latest = Math.max(...ends);
  return latest >= now.getTime() ? new Date(latest) : undefined;
}

/** Unknown keys that a run may have made, if it died before it could store one. */
export function suspects(claim: Claim, { keys, ledger }: Pick<UserState, 'keys' | 'ledger'>): AccessKey[] {
  if (ledger.issued.some((key) => key.version === claim.version)) return [];
  const [from, to] = [claim.at.getTime(), claim.at.getTime() + RUN_MINUTES * 60_000];
  return keys.filter((key) => !isOurs(ledger, key.keyId) && key.createdAt.getTime() >= from && key.createdAt.getTime() <= to);
}

/** The key that a claim's run made current. What was AWSCURRENT once is AWSPREVIOUS after, and then gets deactivated. */
function publishedBy(claim: Claim, { issued, off, versions }: Ledger): IssuedKey | undefined {
  const key = issued.find(({ version }) => version === claim.version);
  const labels = versions[claim.version];
  const published = labels.includes('AWSCURRENT') || labels.includes('AWSPREVIOUS') || off.some(({ keyId }) => keyId === key?.keyId);
  return published ? key : undefined;
}

export function discardStep({ ledger }: UserState): Step | undefined {
  const dead = ledger.claims.find((claim) => !publishedBy(claim, ledger));
  // Under a value that somebody else wrote, nobody knows what had been published before: report that, delete nothing.
  return dead && !ledger.foreignValue ? { do: 'discard', claim: dead } : undefined;
}

/** Somebody switched the key on again: should it go off later, its grace begins then. */
export function unstampStep({ keys, ledger }: UserState): Step | undefined {
  const stamp = ledger.off.find(({ keyId }) => keys.some((key) => key.keyId === keyId && key.active));
  return stamp && { do: 'unstamp', stamp };
}

export function announceStep({ keys, ledger, now }: UserState): Step | undefined {
  for (const claim of ledger.claims) {
    const key = publishedBy(claim, ledger);
    // A run that is still at it announces its key itself.
    if (key && now.getTime() - claim.at.getTime() > CLAIM_LIFETIME) return { do: 'announce-created', key, claim };
  }
  for (const stamp of ledger.off) {
    if (!keys.some((key) => key.keyId === stamp.keyId)) return { do: 'announce-deleted', stamp };
    if (!stamp.told) return { do: 'announce-deactivated', stamp };
  }
  return undefined;
}
