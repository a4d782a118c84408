/** How old keys go: deactivated after the first grace, deleted after the second. Pure, like next-step.ts. */
import { vacating } from './adoption';
import { currentKey, currentSince } from './current-key';
import { DAY, rollbackGrace, switchGrace } from '../../contract/ages';
import { RUN_MINUTES } from '../../contract/settings';
import { byPeople, inUse } from '../domain/last-use';
import { factOf, isOurs, isSetAside, issuedKey, Ledger } from '../domain/ledger';
import { notDue, Step, StepOptions, waiting } from '../domain/step';
import { latest, plus, reached, TOLERANCE } from '../domain/time';
import { AccessKey, RotationRequest, UserState } from '../domain/user-state';

export function deactivateStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step {
  const retiring = retiringKeys(request, state);
  if ('instead' in retiring) return retiring.instead;
  const { keys, graceFrom } = retiring;
  const unstamped = keys.find((key) => !key.active && !factOf(state.ledger, 'inactive', key.keyId));
  if (unstamped) return { do: 'stamp', key: unstamped };
  const active = keys.find((key) => key.active);
  if (!active) return notDue('there is no previous key that is still active');
  const days = switchGrace(request.ages);
  const dueAt = plus(graceFrom(active), days * DAY);
  if (!isOver(dueAt, state.now)) {
    return reminderStep(active, dueAt, request, state, options)
      ?? notDue(`the previous key ${active.keyId} stays active for ${days} days after people could switch`, dueAt);
  }

  const current = currentKey(state);
  const toKnow = [active, ...(current ? [current] : [])];
  if (!state.lastUse) return { do: 'look-up-use', keys: toKnow, mustKnow: false };
  const heldUntil = plus(dueAt, request.holdDays * DAY);
  if (!reached(heldUntil, state.now) && inUse(state.lastUse.get(active.keyId), request, state.now)) {
    return { do: 'hold', key: active, until: heldUntil };
  }
  return { do: 'deactivate', key: active, because: 'grace-over' };
}

export function deleteStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step {
  const retiring = retiringKeys(request, state);
  if ('instead' in retiring) return retiring.instead;
  const inactive = retiring.keys.find((key) => !key.active);
  if (!inactive) return notDue('there is no previous key that is inactive');
  const stamp = factOf(state.ledger, 'inactive', inactive.keyId);
  if (!stamp) return { do: 'stamp', key: inactive };
  const days = rollbackGrace(request.ages);
  const dueAt = plus(stamp.at, days * DAY);
  if (!isOver(dueAt, state.now)) {
    return reminderStep(inactive, dueAt, request, state, options)
      ?? notDue(`the previous key ${inactive.keyId} is kept for ${days} days after it was deactivated`, dueAt);
  }

  // Somebody may have switched it on for some hours between two checks: what worked then has to be given its time anew.
  const use = state.lastUse?.get(inactive.keyId);
  if (!use) return { do: 'look-up-use', keys: [inactive], mustKnow: true };
  if (use !== 'never' && (use === 'unknown' || use.at.getTime() > stamp.at.getTime() + TOLERANCE)) {
    return { do: 'stamp', key: inactive, usedSince: stamp };
  }
  return { do: 'delete', key: inactive, because: 'grace-over' };
}

/**
 * A grace is counted from the key's creation and from the list that a deactivation was decided by: before the publication and
 * the deactivation themselves, by as much as a run can take.
 */
function isOver(dueAt: Date, now: Date): boolean {
  return reached(plus(dueAt, RUN_MINUTES * 60_000), now);
}

interface Retiring {
  readonly keys: readonly AccessKey[];
  /** When the first grace of a key began. */
  readonly graceFrom: (key: AccessKey) => Date;
}

/** What may be retired. With a current key that works, the keys before it; or, where an adoption found no slot, the key that nobody uses. */
function retiringKeys(request: RotationRequest, state: UserState): Retiring | { readonly instead: Step } {
  const { keys, ledger } = state;
  if (ledger.issued.length === 0) {
    const vacant = vacating(request, state);
    if ('key' in vacant) return { keys: [vacant.key], graceFrom: (key) => factOf(ledger, 'adopted', key.keyId)!.at };
    return { instead: vacant.lookUp ?? notDue('no key of this rotation is current') };
  }
  const current = currentKey(state);
  if (!current?.active) {
    const problem = !ledger.current ? 'no key of this rotation is current, which the "create" action reports'
      : current ? `the current key ${current.keyId} was deactivated by somebody else` : `the current key ${ledger.current.subject} does not exist any more`;
    return { instead: waiting(`no previous key is retired while ${problem}`) };
  }
  return { keys: oldKeys(keys, ledger, current), graceFrom: (key) => firstGraceFrom(key, current, ledger) };
}

/**
 * Keys that are ours to retire, and were current before. A newer one that nobody rejected is not among them: then somebody
 * moved AWSCURRENT, and the create action reports that. IAM's times are whole seconds, and an adopted key may have been made
 * in the same one.
 */
export function oldKeys(keys: readonly AccessKey[], ledger: Ledger, current: AccessKey): AccessKey[] {
  return keys.filter((key) => key.keyId !== current.keyId && isOurs(ledger, key.keyId)
    && (key.createdAt <= current.createdAt || !issuedKey(ledger, key.keyId) || isSetAside(key.keyId, ledger)));
}

function firstGraceFrom({ keyId }: AccessKey, current: AccessKey, ledger: Ledger): Date {
  return latest(currentSince(current, ledger), factOf(ledger, 'adopted', keyId)?.at, factOf(ledger, 'rejected', keyId)?.at);
}

/** When an old key will be gone, if nothing holds it up. */
export function leavesAt(key: AccessKey, current: AccessKey, ages: RotationRequest['ages'], ledger: Ledger): Date {
  const offAt = factOf(ledger, 'inactive', key.keyId)?.at ?? deactivatesAt(key, current, ages, ledger);
  return plus(offAt, rollbackGrace(ages) * DAY);
}

export function deactivatesAt(key: AccessKey, current: AccessKey, ages: RotationRequest['ages'], ledger: Ledger): Date {
  return plus(firstGraceFrom(key, current, ledger), switchGrace(ages) * DAY);
}

/**
 * Before a deactivation, people are reminded so many days ahead as was asked for, while the old key is still in use or the new
 * one never was. Before a deletion, which nobody can undo, they are in any case, as late as the last of these.
 *
 * Only a schedule's check reminds: who asks by hand gets an answer.
 */
export function reminderStep(key: AccessKey, dueAt: Date, request: RotationRequest, state: UserState, { mute }: StepOptions): Step | undefined {
  if (mute || !request.onlyIfDue || !isTime(key, dueAt, request, state)) return undefined;
  if (!key.active) return { do: 'remind', key, before: 'deletion', at: dueAt };

  const current = currentKey(state);
  if (!state.lastUse) return { do: 'look-up-use', keys: [key, ...(current ? [current] : [])], mustKnow: false };
  const nobodySwitched = current && byPeople(state.lastUse.get(current.keyId), current) === 'never';
  return nobodySwitched || inUse(state.lastUse.get(key.keyId), request, state.now) ? { do: 'remind', key, before: 'deactivation', at: dueAt } : undefined;
}

function isTime({ keyId, active }: AccessKey, dueAt: Date, { ages, reminderDays }: RotationRequest, { ledger, now }: UserState): boolean {
  // Not before the grace itself has begun: the message that it begins is just out.
  const shortest = Math.min(switchGrace(ages), rollbackGrace(ages));
  const days = reminderDays.filter((ahead) => ahead < shortest).sort((a, b) => a - b);
  const moments = (active ? days : days.slice(0, 1)).map((ahead) => plus(dueAt, -ahead * DAY)).filter((moment) => reached(moment, now));
  const last = factOf(ledger, 'reminded', keyId);
  return moments.length > 0 && !(last && last.at >= plus(latest(...moments), -TOLERANCE));
}
