/**
 * A key that a "revoke" event reports as leaked. A thief may hold it, and may have read the secret with it.
 *
 *   leaked key     other key               what happens
 *   not current    any                     the leaked key is deactivated at once, also while another run is active
 *   current        none                    a new key replaces it
 *                  inactive, managed       that key is deleted, which frees a slot; a new key replaces the leaked one.
 *                                          It does not become current again: the thief may hold it as well
 *                  any other               the leaked key is deleted, which frees a slot; a new key replaces it. If
 *                                          none can be issued, the other key becomes current: if it was so before
 *   inactive       any                     no step: it is deleted after the recovery period
 *
 * A "revoke" that ends while the key can be used names the command that deactivates it. A key that is not current is
 * deactivated, except while a run may make it current: see canBecomeCurrent().
 *
 * The new key is published after the leaked key is inactive, so a thief cannot read it: see publish-replacement.ts. The
 * leak is recorded first, so the next check performs what a failed run did not.
 */
import { isIssued } from './current-key';
import { isUnpublished, RACE_MARGIN, restoreUnderWay } from './failed-runs';
import { hasRoomFor, labelLimitStep } from './label-limit';
import { nameDeactivation } from './no-new-key';
import { deactivatedAt } from './retirement';
import { CLAIM_LIFETIME, IssuedKey, labelOf, recordsOf } from '../domain/ledger';
import { blocked, Ending, notDue, refused, Step } from '../domain/step';
import { addMs } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

/** The leak, and that the key is inactive. */
const NEEDED_BY_DEACTIVATION = 2;

/** Records the leak. If it is recorded already, returns what follows. */
export function revokeStep(request: RotationRequest, state: UserState): Step {
  const { username, accessKeyId } = request;
  const { keys, current, ledger, now } = state;
  const key = namedKey(request, state);
  if (!key && recordsOf(ledger, accessKeyId!).facts.leaked) return notDue(`the leaked key ${accessKeyId} is deleted`);
  if (!key) {
    return refused(
      `${accessKeyId} is not an access key of ${username}, which has ${keys.map(({ keyId }) => keyId).join(' and ') || 'none'}`,
    );
  }
  if (!key.recordVersion) {
    return blocked(
      `this rotation has no record of a key of ${username}, so no key can replace ${key.keyId}`,
      'send "revoke" again once the rotation has issued a key',
    );
  }
  if (!key.facts.leaked) {
    const isCurrent = key === current;
    const needed = isCurrent ? 1 : NEEDED_BY_DEACTIVATION;
    const full = hasRoomFor(needed, ledger)
      ? undefined
      : labelLimitStep(request, ledger, isCurrent ? key.keyId : undefined);
    if (!full) {
      const label = labelOf('leaked', key.keyId, now);
      return { do: 'record', add: { label, version: key.recordVersion }, remove: [] };
    }
    return isCurrent || canBecomeCurrent(key, state) ? full : deactivateOnly(request, state, full);
  }
  return notDue(`the leaked key ${key.keyId} is inactive, and is deleted after the recovery period`);
}

/**
 * Where nothing can be recorded, a key that leaked is still deactivated. `end` says why no other step follows.
 */
export function deactivateOnly(
  request: Pick<RotationRequest, 'accessKeyId'>,
  state: Pick<UserState, 'keys'>,
  end: Ending,
): Step {
  const key = namedKey(request, state);
  if (!key) return end;
  if (key.active) return { do: 'deactivate', key, reason: 'leaked', unrecorded: true };
  return { ...end, why: `the leaked key ${key.keyId} is inactive; ${end.why}` };
}

/** The key that a "revoke" names, if IAM lists it. */
function namedKey(
  { accessKeyId }: Pick<RotationRequest, 'accessKeyId'>,
  { keys }: Pick<UserState, 'keys'>,
): UserKey | undefined {
  return keys.find(({ keyId }) => keyId === accessKeyId);
}

/** Whether the key that a "revoke" names can be used, or has no successor yet. */
export function isRevocationPending(request: Pick<RotationRequest, 'accessKeyId'>, state: UserState): boolean {
  const key = namedKey(request, state);
  return key !== undefined && (key === state.current || canBeUsed(key, state));
}

function canBeUsed(key: UserKey, state: UserState): boolean {
  return key.active || canBecomeCurrent(key, state);
}

/** The end of a "revoke", with the command that deactivates its key if the key can be used. */
export function withDeactivation<E extends Ending>(end: E, request: RotationRequest, state: UserState): E {
  const key = namedKey(request, state);
  if (!key || !canBeUsed(key, state)) return end;
  const name = (text: string) => nameDeactivation(text, request, key.keyId);
  return end.do === 'report' ? { ...end, remedy: name(end.remedy) } : { ...end, why: name(end.why) };
}

/** A key that a run may make current in a moment. Deactivated meanwhile, it would be current and inactive. */
function canBecomeCurrent(key: UserKey, state: UserState): boolean {
  return isUnpublished(key, state) || (restoreUnderWay(state) && canBeRestored(key, state));
}

/**
 * Whether a run that makes an older key current may have decided for this key. It publishes the key only if AWSCURRENT
 * has not moved since then, so the state of that moment is known:
 *
 *   roll-back         the key was inactive and had the record of it, and the run may have activated it
 *   AWSCURRENT moved  it is on an older key, or on no key that IAM lists
 *   fallback          the current key leaked
 */
function canBeRestored({ issued, active, facts }: UserKey, { current, ledger }: UserState): boolean {
  if (!issued) return false;
  const isInactive = !active || facts.inactive !== undefined;
  return isInactive || !current || issued.at > ledger.current!.at || current.facts.leaked !== undefined;
}

/** What does not wait for another run, which can take minutes or have failed. */
export function urgentLeakStep(state: UserState): Step | undefined {
  return publishStep(state) ?? deactivateStep(state);
}

/**
 * A run recorded that its key replaces the leaked one, and failed: the leaked key can be inactive already, and
 * AWSCURRENT still on it. If the run has not failed, both publish the same key.
 */
function publishStep({ keys, ledger }: UserState): Step | undefined {
  const leaked = ledger.current && recordsOf(ledger, ledger.current.subject).facts.leaked;
  const replaces = ledger.facts.find(({ kind, subject }) => kind === 'replaces' && subject === leaked?.subject);
  const key = ledger.issued.find(({ version }) => version === replaces?.version);
  const works = keys.some(({ keyId, active, facts }) => keyId === key?.subject && active && !facts.leaked);
  return replaces && key && works ? { do: 'publish', key, replaces } : undefined;
}

function deactivateStep(state: UserState): Step | undefined {
  const key = state.keys.find(
    (candidate) =>
      candidate.active
      && candidate.facts.leaked
      && candidate !== state.current
      // That run reads the leak before it makes the key current, or ends before this step.
      && !canBecomeCurrent(candidate, state),
  );
  if (!key) return undefined;
  // It was activated again. With the old record, a deactivation whose answer is lost would not be announced.
  if (key.facts.inactive) return { do: 'record', remove: [key.facts.inactive] };
  return { do: 'deactivate', key, reason: 'leaked' };
}

/** Whether a leaked key is current, or can be used. */
export function isLeakPending({ keys, ledger }: UserState): boolean {
  return keys.some(({ keyId, active, facts }) => facts.leaked && (active || keyId === ledger.current?.subject));
}

/** Replaces a leaked key that is current. */
export function leakStep(request: RotationRequest, state: UserState): Step | undefined {
  const { keys, current, ledger } = state;
  // Deactivated by a run that failed, or by a person.
  const inactive = keys.find(
    (key) => key !== current && key.facts.leaked && !key.active && !key.facts.inactive && !isUnpublished(key, state),
  );
  if (inactive) return { do: 'record-inactive', key: inactive };
  const leaked = ledger.current?.subject;
  if (leaked === undefined || !recordsOf(ledger, leaked).facts.leaked) return undefined;
  const others = keys.filter((key) => key !== current);
  const frees = keys.length < 2 ? undefined : (others.find((key) => !key.active && key.managed) ?? current);
  if (keys.length >= 2 && !frees) return undefined; // two other keys: the action reports why no slot is free
  const fallback = frees && frees !== current ? undefined : fallbackFor(leaked, others, request, state);
  // With a fallback, the leaked key is deactivated even if no key can be issued.
  const full = fallback ? undefined : labelLimitStep(request, ledger, leaked);
  if (full) return full;
  return { do: 'issue', adopt: [], frees, replace: { leaked, fallback } };
}

function fallbackFor(
  leaked: string,
  others: readonly UserKey[],
  { ages }: RotationRequest,
  { current, ledger, now }: UserState,
): IssuedKey | undefined {
  const [other] = others.filter(isIssued);
  if (!other?.active || !other.published || other.withdrawn) return undefined;
  // A check that started before the leak was recorded may be about to deactivate this key. Later checks read the
  // record. So if such a step can be due, wait until earlier checks have ended.
  const dueAt = current && deactivatedAt(other, current, ages);
  const isSafe =
    now >= addMs(recordsOf(ledger, leaked).facts.leaked!.at, CLAIM_LIFETIME)
    || (dueAt !== undefined && now < addMs(dueAt, -RACE_MARGIN));
  return isSafe ? other.issued : undefined;
}
