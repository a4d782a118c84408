/** Retirement of old keys: deactivated after the switch period, deleted after the recovery period. */
import { slotToFree } from './adoption';
import { closedStep } from './closed-window';
import { currentSince } from './current-key';
import { currentUndecryptable, decryptStep, noDeactivationStep } from './decryption';
import { recoveryPeriodDays, switchPeriodDays } from '../../contract/ages';
import { actsFrom, firstOpen, untilOf } from '../domain/announced';
import { withoutVerification, inUse } from '../domain/last-use';
import { notDue, Step, StepOptions, waiting } from '../domain/step';
import { addDays, addMs, isDue, latest, TOLERANCE } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

export function deactivateStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step {
  const retiring = retiringKeys(request, state);
  if ('instead' in retiring) return retiring.instead;
  const { keys } = retiring;
  const unrecorded = keys.find((key) => !key.active && !key.facts.inactive);
  if (unrecorded) return { do: 'record-inactive', key: unrecorded };
  const active = keys.find((key) => key.active);
  if (!active) return notDue('there is no previous key that is still active');
  const dueAt = deactivatedAt(active, state.current, request.ages);
  const days = switchPeriodDays(request.ages);
  const early = `the previous key ${active.keyId} stays active for the switch period of ${days} days`;
  const wait = waitStep({ action: 'deactivate', key: active, dueAt, early }, request, state, options);
  if (wait) return wait;

  if (!state.lastUse) return getUses(active, state);
  const postponed = postponeStep(active, addDays(dueAt, request.maxDelayDays), request, state);
  if (postponed) return postponed;
  if (state.current && !state.decryption) return decryptStep(state);
  const undecryptable = currentUndecryptable(request, state);
  if (undecryptable) return noDeactivationStep(undecryptable, active, request);
  return { do: 'deactivate', key: active, reason: 'period-over' };
}

export function deleteStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step {
  const retiring = retiringKeys(request, state);
  if ('instead' in retiring) return retiring.instead;
  const inactive = retiring.keys.find((key) => !key.active);
  if (!inactive) return notDue('there is no previous key that is inactive');
  const fact = inactive.facts.inactive;
  if (!fact) return { do: 'record-inactive', key: inactive };
  const days = recoveryPeriodDays(request.ages);
  const dueAt = addDays(fact.at, days);
  const early = `the previous key ${inactive.keyId} is inactive, and is kept for the recovery period of ${days} days`;
  const wait = waitStep({ action: 'delete', key: inactive, dueAt, early }, request, state, options);
  if (wait) return wait;

  // It may have been active for some hours between two checks: then the recovery period starts again.
  const use = state.lastUse?.get(inactive.keyId);
  if (!use) return { do: 'get-last-used', keys: [inactive], required: true };
  if (use !== 'never' && (use === 'unknown' || use.at.getTime() > fact.at.getTime() + TOLERANCE)) {
    return { do: 'record-inactive', key: inactive, replaces: fact };
  }
  return { do: 'delete', key: inactive };
}

interface DueStep {
  readonly action: 'deactivate' | 'delete';
  readonly key: UserKey;
  readonly dueAt: Date;
  /** Why the step is not taken before. */
  readonly early: string;
}

/** What a check does before it can take a step: it sends a reminder, or nothing. Undefined if it can take the step. */
function waitStep(
  { action, key, dueAt, early }: DueStep,
  request: RotationRequest,
  state: UserState,
  options: StepOptions,
): Step | undefined {
  const at = untilOf(action, dueAt, request, state.now);
  const isEarly = state.now < actsFrom(action, dueAt, request);
  const wait = isEarly ? notDue(early, at) : closedStep(action, request, state);
  return wait && (reminderStep(key, at, request, state, options) ?? wait);
}

/** A person who requests the deactivation has decided, so only checks postpone it. */
function postponeStep(key: UserKey, latestAt: Date, request: RotationRequest, state: UserState): Step | undefined {
  if (!request.ifDue || state.now >= actsFrom('deactivate', latestAt, request)) return undefined;
  const until = untilOf('deactivate', latestAt, request);
  if (inUse(state.lastUse?.get(key.keyId), request, state.now)) return { do: 'postpone', key, until };
  const unused = unusedCurrent(state);
  return unused && { do: 'postpone', key, until, unused };
}

/** The current key, if no consumer has used it yet: the consumers have not switched. */
function unusedCurrent({ current, lastUse }: UserState): UserKey | undefined {
  return current && withoutVerification(lastUse?.get(current.keyId), current) === 'never' ? current : undefined;
}

/** The decision needs the last use of the old key and of the current key. */
function getUses(key: UserKey, { current }: UserState): Step {
  return { do: 'get-last-used', keys: [key, ...(current ? [current] : [])], required: false };
}

/** If the current key works: the keys before it. If an adopted user has no free slot: the key that is not in use. */
function retiringKeys(
  request: RotationRequest,
  state: UserState,
): { readonly keys: readonly UserKey[] } | { readonly instead: Step } {
  const { keys, current, ledger } = state;
  if (ledger.issued.length === 0) {
    const toFree = slotToFree(request, state);
    if ('key' in toFree) return { keys: [toFree.key] };
    return { instead: toFree.getLastUsed ?? notDue('no key of this rotation is current') };
  }
  if (!current?.active) {
    const problem = !ledger.current
      ? 'no key of this rotation is current (the "create" action reports why)'
      : current
        ? `the current key ${current.keyId} is inactive`
        : `IAM does not list the current key ${ledger.current.subject}`;
    return { instead: waiting(`no previous key is retired while ${problem}`) };
  }
  return { keys: oldKeys(keys, current) };
}

/**
 * Keys that this rotation retires, and that were current before. A newer key that was not rejected means that
 * AWSCURRENT was moved, which the create action reports. IAM's CreateDate has whole seconds, so an adopted key can have
 * the same one.
 */
export function oldKeys(keys: readonly UserKey[], current: UserKey): UserKey[] {
  return keys.filter(
    (key) => key !== current && key.managed && (key.createdAt <= current.createdAt || !key.issued || key.withdrawn),
  );
}

/** @param current - undefined if the key is retired to free the slot of the first one */
function switchPeriodFrom({ facts }: UserKey, current: UserKey | undefined): Date {
  return latest(current && currentSince(current), facts.adopted?.at, facts.rejected?.at);
}

/** When an old key is due to be deleted, if its deactivation is not postponed. */
export function deletedAt(
  key: UserKey,
  current: UserKey | undefined,
  request: Pick<RotationRequest, 'ages' | 'checkTimes'>,
): Date {
  const { ages } = request;
  const inactiveFrom = key.facts.inactive?.at ?? firstOpen('deactivate', deactivatedAt(key, current, ages), request);
  return addDays(inactiveFrom, recoveryPeriodDays(ages));
}

export function deactivatedAt(key: UserKey, current: UserKey | undefined, ages: RotationRequest['ages']): Date {
  return addDays(switchPeriodFrom(key, current), switchPeriodDays(ages));
}

/**
 * Before a deactivation, a reminder is sent if the old key is still in use or the new key was never used. Before a
 * deletion, which cannot be undone, it is always sent, once, on the last of the reminder days. Only scheduled checks
 * send reminders.
 */
function reminderStep(
  key: UserKey,
  dueAt: Date,
  request: RotationRequest,
  state: UserState,
  { withoutNotifications }: StepOptions,
): Step | undefined {
  if (withoutNotifications || !request.ifDue || !isReminderDue(key, dueAt, request, state.now)) return undefined;
  if (!key.active) return { do: 'remind', key, before: 'deletion', at: dueAt };

  if (!state.lastUse) return getUses(key, state);
  return unusedCurrent(state) || inUse(state.lastUse.get(key.keyId), request, state.now)
    ? { do: 'remind', key, before: 'deactivation', at: dueAt }
    : undefined;
}

function isReminderDue(
  { active, facts }: UserKey,
  dueAt: Date,
  { ages, reminderDays }: RotationRequest,
  now: Date,
): boolean {
  // Not before the period starts: the notification of its start was just sent.
  const shortest = Math.min(switchPeriodDays(ages), recoveryPeriodDays(ages));
  const days = reminderDays.filter((ahead) => ahead < shortest).sort((a, b) => a - b);
  const moments = (active ? days : days.slice(0, 1))
    .map((ahead) => addDays(dueAt, -ahead))
    .filter((moment) => isDue(moment, now));
  const last = facts.reminded;
  return moments.length > 0 && !(last && last.at >= addMs(latest(...moments), -TOLERANCE));
}
