/** How old keys go: deactivated after the first grace, deleted after the second. */
import { slotToFree } from './adoption';
import { currentSince } from './current-key';
import { DAY, recoveryPeriodDays, switchPeriodDays } from '../../contract/ages';
import { RUN_MINUTES } from '../../contract/settings';
import { withoutVerification, inUse } from '../domain/last-use';
import { notDue, Step, StepOptions, waiting } from '../domain/step';
import { latest, addMs, isDue, TOLERANCE } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

export function deactivateStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step {
  const retiring = retiringKeys(request, state);
  if ('instead' in retiring) return retiring.instead;
  const { keys, periodFrom } = retiring;
  const unstamped = keys.find((key) => !key.active && !key.facts.inactive);
  if (unstamped) return { do: 'record-inactive', key: unstamped };
  const active = keys.find((key) => key.active);
  if (!active) return notDue('there is no previous key that is still active');
  const days = switchPeriodDays(request.ages);
  const dueAt = addMs(periodFrom(active), days * DAY);
  if (!isPeriodOver(dueAt, state.now)) {
    return (
      reminderStep(active, dueAt, request, state, options)
      ?? notDue(`the previous key ${active.keyId} stays active for ${days} days after people could switch`, dueAt)
    );
  }

  if (!state.lastUse) return lookUpUse(active, state);
  const postponedUntil = addMs(dueAt, request.maxDelayDays * DAY);
  if (!isDue(postponedUntil, state.now) && inUse(state.lastUse.get(active.keyId), request, state.now)) {
    return { do: 'postpone', key: active, until: postponedUntil };
  }
  return { do: 'deactivate', key: active, reason: 'period-over' };
}

export function deleteStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step {
  const retiring = retiringKeys(request, state);
  if ('instead' in retiring) return retiring.instead;
  const inactive = retiring.keys.find((key) => !key.active);
  if (!inactive) return notDue('there is no previous key that is inactive');
  const stamp = inactive.facts.inactive;
  if (!stamp) return { do: 'record-inactive', key: inactive };
  const days = recoveryPeriodDays(request.ages);
  const dueAt = addMs(stamp.at, days * DAY);
  if (!isPeriodOver(dueAt, state.now)) {
    return (
      reminderStep(inactive, dueAt, request, state, options)
      ?? notDue(`the previous key ${inactive.keyId} is kept for ${days} days after it was deactivated`, dueAt)
    );
  }

  // A person may have activated it for some hours between two checks: the recovery period begins again.
  const use = state.lastUse?.get(inactive.keyId);
  if (!use) return { do: 'get-last-used', keys: [inactive], required: true };
  if (use !== 'never' && (use === 'unknown' || use.at.getTime() > stamp.at.getTime() + TOLERANCE)) {
    return { do: 'record-inactive', key: inactive, replaces: stamp };
  }
  return { do: 'delete', key: inactive, reason: 'period-over' };
}

/** A period counts from before the publication or deactivation itself, by as much as a run can take. */
function isPeriodOver(dueAt: Date, now: Date): boolean {
  return isDue(addMs(dueAt, RUN_MINUTES * 60_000), now);
}

/** The decision needs the last use of the old key, and of the current one. */
function lookUpUse(key: UserKey, { current }: UserState): Step {
  return { do: 'get-last-used', keys: [key, ...(current ? [current] : [])], required: false };
}

interface Retiring {
  readonly keys: readonly UserKey[];
  /** When the first grace of a key began. */
  readonly periodFrom: (key: UserKey) => Date;
}

/** With a current key that works, the keys before it; where an adoption found no slot, the key that nobody uses. */
function retiringKeys(request: RotationRequest, state: UserState): Retiring | { readonly instead: Step } {
  const { keys, current, ledger } = state;
  if (ledger.issued.length === 0) {
    const vacant = slotToFree(request, state);
    if ('key' in vacant) return { keys: [vacant.key], periodFrom: ({ facts }) => facts.adopted!.at };
    return { instead: vacant.getLastUsed ?? notDue('no key of this rotation is current') };
  }
  if (!current?.active) {
    const problem = !ledger.current
      ? 'no key of this rotation is current, which the "create" action reports'
      : current
        ? `the current key ${current.keyId} was deactivated by somebody else`
        : `the current key ${ledger.current.subject} does not exist any more`;
    return { instead: waiting(`no previous key is retired while ${problem}`) };
  }
  return { keys: oldKeys(keys, current), periodFrom: (key) => switchPeriodFrom(key, current) };
}

/**
 * Keys that are ours to retire, and were current before. A newer one that was not rejected means that AWSCURRENT was
 * moved, which the create action reports. IAM counts in whole seconds: an adopted key may be of the same one.
 */
export function oldKeys(keys: readonly UserKey[], current: UserKey): UserKey[] {
  return keys.filter(
    (key) => key !== current && key.managed && (key.createdAt <= current.createdAt || !key.issued || key.withdrawn),
  );
}

function switchPeriodFrom({ facts }: UserKey, current: UserKey): Date {
  return latest(currentSince(current), facts.adopted?.at, facts.rejected?.at);
}

/** When an old key will be gone, if nothing holds it up. */
export function deletedAt(key: UserKey, current: UserKey, ages: RotationRequest['ages']): Date {
  const offAt = key.facts.inactive?.at ?? deactivatedAt(key, current, ages);
  return addMs(offAt, recoveryPeriodDays(ages) * DAY);
}

export function deactivatedAt(key: UserKey, current: UserKey, ages: RotationRequest['ages']): Date {
  return addMs(switchPeriodFrom(key, current), switchPeriodDays(ages) * DAY);
}

/**
 * Before a deactivation, people are reminded if the old key is still in use or the new one never was. Before a
 * deletion, which cannot be undone, they are in any case, on the last of the days. Only a schedule's check reminds.
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

  const { current } = state;
  if (!state.lastUse) return lookUpUse(key, state);
  const newKeyUnused = current && withoutVerification(state.lastUse.get(current.keyId), current) === 'never';
  return newKeyUnused || inUse(state.lastUse.get(key.keyId), request, state.now)
    ? { do: 'remind', key, before: 'deactivation', at: dueAt }
    : undefined;
}

function isReminderDue(
  { active, facts }: UserKey,
  dueAt: Date,
  { ages, reminderDays }: RotationRequest,
  now: Date,
): boolean {
  // Not before the grace itself has begun: the message that it begins is just out.
  const shortest = Math.min(switchPeriodDays(ages), recoveryPeriodDays(ages));
  const days = reminderDays.filter((ahead) => ahead < shortest).sort((a, b) => a - b);
  const moments = (active ? days : days.slice(0, 1))
    .map((ahead) => addMs(dueAt, -ahead * DAY))
    .filter((moment) => isDue(moment, now));
  const last = facts.reminded;
  return moments.length > 0 && !(last && last.at >= addMs(latest(...moments), -TOLERANCE));
}
