/** What an earlier run left unfinished: decided first, whatever the action is. */
import { RUN_MINUTES } from '../../contract/settings';
import { Claim, CLAIM_LIFETIME, Fact, IssuedKey, Ledger, recordsOf } from '../domain/ledger';
import { Step } from '../domain/step';
import { TOLERANCE } from '../domain/time';
import { UserKey, UserState } from '../domain/user-state';

/** So long before a step is due by the calendar, a check that takes it may be under way. */
export const RACE_MARGIN = TOLERANCE + CLAIM_LIFETIME;

/** GetAccessKeyLastUsed lags: a key that looks unused for so long is believed to be. */
export const ORPHAN_OBSERVATION = 6 * 3_600_000;

/**
 * While a key is being issued, nothing else is decided: it exists already, and is not current yet. A run that died may
 * have made a key that it could not put on record; where one is suspected, time tells whether somebody uses it.
 */
export function lockedUntil(state: UserState): Date | undefined {
  const { ledger, now } = state;
  const ends = ledger.claims
    .filter((claim) => !publishedBy(claim, ledger))
    .map(
      (claim) => claim.at.getTime() + (possibleOrphans(claim, state).length > 0 ? ORPHAN_OBSERVATION : CLAIM_LIFETIME),
    );
  const last = Math.max(...ends);
  return last >= now.getTime() ? new Date(last) : undefined;
}

/** IAM's own clocks may differ by as much. */
const CLOCK_SKEW = 60_000;

/** Unknown keys that a run may have made, if it died before it could store one. */
export function possibleOrphans(claim: Claim, { keys, ledger }: UserState): UserKey[] {
  if (claim.kind === 'restore' || ledger.issued.some((key) => key.version === claim.version)) return [];
  const [from, to] = [claim.at.getTime() - CLOCK_SKEW, claim.at.getTime() + RUN_MINUTES * 60_000 + CLOCK_SKEW];
  return keys.filter((key) => !key.managed && key.createdAt.getTime() >= from && key.createdAt.getTime() <= to);
}

/** The key that a claim's run made current. */
function publishedBy(claim: Claim, ledger: Ledger): IssuedKey | undefined {
  const key = ledger.issued.find(({ version }) => version === claim.version);
  return key && recordsOf(ledger, key.subject).published ? key : undefined;
}

export function discardStep({ ledger }: UserState): Step | undefined {
  const failedRun = ledger.claims.find((claim) => !publishedBy(claim, ledger));
  // Under a value that somebody else wrote, nobody knows what had been published before: report that, delete nothing.
  return failedRun && !ledger.unmanagedValue ? { do: 'discard', claim: failedRun } : undefined;
}

export function announceStep({ keys, ledger, now }: UserState): Step | undefined {
  for (const claim of ledger.claims) {
    // While AWSCURRENT is elsewhere, no key of ours is there to be fetched.
    const key = ledger.current && publishedBy(claim, ledger);
    // A run that is still at it announces its key itself.
    if (key && now.getTime() - claim.at.getTime() > CLAIM_LIFETIME) return { do: 'notify-created', key, claim };
  }
  const exists = ({ subject: keyId }: Fact) => keys.some((key) => key.keyId === keyId);
  const gone = ledger.facts.find(
    (fact) => fact.kind === 'inactive' && !exists(fact) && fact.subject !== ledger.current?.subject,
  );
  if (gone) return { do: 'notify-deleted', fact: gone };
  const owed = ledger.facts.find((fact) => !fact.notified && exists(fact));
  return owed && { do: 'notify', fact: owed };
}
