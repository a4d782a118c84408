/** What an earlier run left unfinished. It is decided first, for every action. */
import { Claim, CLAIM_LIFETIME, Fact, isFromRun, IssuedKey, Ledger, recordsOf } from '../domain/ledger';
import { Step } from '../domain/step';
import { addMs, latest, TOLERANCE } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

/** A check that performs a step can be running this many milliseconds before the step is due. */
export const RACE_MARGIN = TOLERANCE + CLAIM_LIFETIME;

/** GetAccessKeyLastUsed is up to four hours late: a possible orphan counts as unused after this many milliseconds. */
export const ORPHAN_OBSERVATION = 6 * 3_600_000;

/**
 * While a run issues a key, no other step is decided: the key exists, and is not current yet. A failed run may have
 * created a key without recording it. If such a key is possible, the lock lasts until its last use shows whether
 * another principal uses it.
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

/**
 * Milliseconds after a failed attempt in which a scheduled check starts no other one. A secret has up to 100 versions,
 * and Secrets Manager keeps each for 24 hours. An attempt takes two, so there are at most 58 in 24 hours, and 48 with
 * hourly checks: each of them still starts an attempt.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
export const FAILURE_PAUSE = 50 * 60_000;

/** For a step that writes versions. Lambda's repeats of a check that failed get here, and checks of other actions. */
export function awaitNextAttempt(
  step: Step,
  { ifDue, duringDeploy }: Pick<RotationRequest, 'ifDue' | 'duringDeploy'>,
  { ledger: { failed }, now }: UserState,
): Step | undefined {
  if (!ifDue || duringDeploy || !(step.do === 'issue' || step.do === 'restore')) return undefined;
  const failedAt = latest(...failed.map(({ at }) => at));
  const until = addMs(failedAt, FAILURE_PAUSE);
  return now < until ? { do: 'await-next-attempt', failedAt, until } : undefined;
}

/** Keys without a record that the run of a claim may have created, if it failed before it stored one. */
export function possibleOrphans(claim: Claim, { keys, ledger }: UserState): UserKey[] {
  if (claim.kind === 'restore' || ledger.issued.some((key) => key.version === claim.version)) return [];
  return keys.filter((key) => !key.managed && isFromRun(claim, key.createdAt));
}

/** Whether a run may publish this key, or has failed before it did so: then the key is deleted. */
export function isUnpublished(key: UserKey, state: UserState): boolean {
  return state.ledger.claims.some((claim) => {
    if (publishedBy(claim, state.ledger)) return false;
    const isActive = canBeActive(claim, state);
    return key.issued
      ? key.issued.version === claim.version && (isActive || !state.ledger.unmanagedValue)
      : isActive && claim.kind === 'claim' && isFromRun(claim, key.createdAt);
  });
}

/** Whether a run that can still be active makes an older key current again. Its claim is on a version without a key. */
export function restoreUnderWay(state: UserState): boolean {
  const { ledger } = state;
  return ledger.claims.some(
    (claim) => claim.kind === 'restore' && canBeActive(claim, state) && !publishedBy(claim, ledger),
  );
}

/** Whether the run of a claim can still be active. */
export function canBeActive({ at }: Claim, { now }: Pick<UserState, 'now'>): boolean {
  return now.getTime() <= at.getTime() + CLAIM_LIFETIME;
}

/** The key that the run of a claim published. */
function publishedBy(claim: Claim, ledger: Ledger): IssuedKey | undefined {
  const key = ledger.issued.find(({ version }) => version === claim.version);
  return key && recordsOf(ledger, key.subject).published ? key : undefined;
}

/**
 * Claims of published keys that need no notification any more, as a newer key is current or the key was withdrawn:
 * people would switch to it. A key that leaked under the value of another principal may never have been published.
 */
export function obsoleteClaims({ ledger, now }: Pick<UserState, 'ledger' | 'now'>): Claim[] {
  const { current } = ledger;
  return ledger.claims.filter((claim) => {
    const key = publishedBy(claim, ledger);
    if (!current || !key || key.subject === current.subject || canBeActive(claim, { now })) return false;
    return current.at > key.at || recordsOf(ledger, key.subject).withdrawn;
  });
}

export function discardStep({ ledger }: UserState): Step | undefined {
  // After another principal's write, it is unknown which keys had been published. Delete nothing.
  const failedRun = ledger.claims.find(
    (claim) => !publishedBy(claim, ledger) && (claim.kind === 'restore' || !ledger.unmanagedValue),
  );
  return failedRun && { do: 'discard', claim: failedRun };
}

export function announceStep({ keys, ledger, now }: UserState): Step | undefined {
  for (const claim of ledger.claims) {
    const key = publishedBy(claim, ledger);
    // While AWSCURRENT is elsewhere, users cannot fetch this key.
    const isCurrent = key !== undefined && key.subject === ledger.current?.subject;
    // A run that has not ended announces its key itself.
    if (isCurrent && !canBeActive(claim, { now })) return { do: 'notify-created', key, claim };
  }
  const exists = ({ subject: keyId }: Fact) => keys.some((key) => key.keyId === keyId);
  const deleted = ledger.facts.find(
    (fact) =>
      (fact.kind === 'inactive' || fact.kind === 'leaked') && !exists(fact) && fact.subject !== ledger.current?.subject,
  );
  if (deleted) return { do: 'notify-deleted', fact: deleted };
  const unnotified = ledger.facts.find((fact) => !fact.notified && exists(fact));
  return unnotified && { do: 'notify', fact: unnotified };
}
