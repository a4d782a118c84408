/**
 * The decisions about a user's keys: pure functions of the state in IAM, of the ledger and of the time. They call no
 * AWS API, read no clock and do no I/O.
 *
 * A check first completes what an earlier run left, for every action. Then it performs the one step that its action
 * allows, or returns why there is none.
 */
import { keysToAdopt, slotToFree } from './adoption';
import { closedStep } from './closed-window';
import { awaitConfirmation, currentKeyProblem, forwardStep, newerThan } from './current-key';
import { currentUndecryptable, decryptStep, noSlotStep, otherFieldsStep } from './decryption';
import { editStep } from './edits';
import { announceStep, awaitNextAttempt, lockedUntil, discardStep } from './failed-runs';
import { invalidLabelsStep } from './invalid-labels';
import { canRecord, labelLimitStep } from './label-limit';
import { deactivateOnly, isLeakPending, isRevocationPending, leakStep, revokeStep, urgentLeakStep } from './leak';
import { unmanagedKeyStep, recordChangesStep } from './manual-changes';
import { removedStep } from './removal';
import { deactivateStep, deleteStep, deletedAt } from './retirement';
import { rollbackStep } from './rollback';
import { takeOverStep } from './take-over';
import { unreadableStep } from './unreadable';
import { DAY, recoveryPeriodDays } from '../../contract/ages';
import { actsFrom, announced, firstOpen, nextCheckAfter, untilOf } from '../domain/announced';
import { deleteCommand } from '../domain/commands';
import { isAmong, readLedger, VersionLabel } from '../domain/ledger';
import { blocked, locked, notDue, refused, Step, StepOptions, waiting } from '../domain/step';
import { addDays, addMs } from '../domain/time';
import { RotationRequest, UserKey, userState, UserState } from '../domain/user-state';

/** A manual "create" is refused while the current key is younger: two in a row leave no time to switch. */
export const MIN_AGE_FOR_MANUAL_CREATE = DAY;

/** An old key that exists this many days after it had to be deleted is retired by the check for a new key. */
const OVERDUE_DAYS = 7;

/** More steps than the ledger of one user can need. A run that reaches it stops with an error. */
export const MAX_ROUNDS = 25;

export function nextStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step {
  const unreadable = unreadableStep(request, state.ledger);
  const isBlocked = unreadable && request.action !== 'revoke' && !isLeakPending(state);
  const removal = removedStep(request, state.ledger, state.now);
  if (removal) return deactivateOnly(request, state, removal);
  const takenOver = takeOverStep(request, state, options);
  if (takenOver) return takenOver;
  const invalid = invalidLabelsStep(request, state.ledger, options);
  if (invalid?.isCrowded) return invalid;
  const edit = isBlocked ? undefined : editStep(request, state);
  // An edit that cannot be recorded is still an edit.
  if (edit?.do === 'record' && !canRecord(edit, state.ledger)) {
    return nextStep(request, applyRecord(edit, state), options);
  }
  if (edit) return edit;

  // Recorded first: even if no step is possible now, a later check acts on it.
  const revocation = request.action === 'revoke' ? revokeStep(request, state) : undefined;
  if (revocation && !(revocation.do === 'nothing' && revocation.outcome === 'not-due')) return revocation;

  const urgent = urgentLeakStep(state);
  if (urgent) return urgent;

  if (invalid) return invalid;
  // What another release recorded does not matter to a key that leaked.
  if (unreadable && !isLeakPending(state)) return revocation ?? unreadable;

  const until = lockedUntil(state);
  // A key that was revoked before does not wait for the lock.
  if (until && revocation && !isRevocationPending(request, state)) return revocation;
  if (until) return locked('another run works on this user, or has failed', until);
  const step =
    discardStep(state)
    ?? recordChangesStep(state)
    ?? leakStep(request, state)
    ?? (unreadable && (revocation ?? unreadable))
    ?? (options.withoutNotifications ? undefined : announceStep(state))
    ?? unmanagedKeyStep(request, state, options.withoutNotifications ?? false)
    ?? revocation
    ?? actionStep(request, state, options);
  return awaitNextAttempt(step, request, state) ?? step;
}

/**
 * The state that people see: AWSCURRENT can be a version that the rotation did not write, with the key that the next
 * event records as the current one.
 */
export function recognized(request: RotationRequest, state: UserState): UserState {
  const step = takeOverStep(request, state, { withoutNotifications: true }) ?? editStep(request, state);
  if (step?.do === 'take-over') return recognized(request, applyLabels(step.labels, step.remove, state));
  return step?.do === 'record' ? recognized(request, applyRecord(step, state)) : state;
}

function actionStep(request: RotationRequest, state: UserState, options: StepOptions): Step {
  switch (request.action) {
    case 'deactivate':
      return deactivateStep(request, state, options);
    case 'delete':
      return deleteStep(request, state, options);
    case 'rollback':
      return rollbackStep(request, state);
    default:
      return createStep(request, state);
  }
}

function createStep(request: RotationRequest, state: UserState): Step {
  const { ages } = request;
  const { keys, current, ledger, now } = state;
  const obstacle = forwardStep(request, state) ?? currentKeyProblem(request, state) ?? awaitConfirmation(state);
  if (obstacle) return obstacle;

  if (current && !state.decryption) return decryptStep(state);
  const undecryptable = currentUndecryptable(request, state);
  const tooEarly = current && tooEarlyStep(current, request, now);
  if (tooEarly && !undecryptable) return tooEarly;
  // A new value has the other fields of the current one.
  if (undecryptable && request.existingSecret) return otherFieldsStep(undecryptable, request);
  const adopt = keysToAdopt(request, state);
  // IAM allows two access keys per user. A new key needs a free slot, and no key is deleted early to free one.
  if (keys.length < 2) {
    // What repairs does not wait for the change window: there is no current key, or no consumer can read it.
    const closed = current && !undecryptable ? closedStep('create', request, state) : undefined;
    return (
      labelLimitStep(request, ledger) ?? closed ?? { do: 'issue', adopt, ...(tooEarly && { early: undecryptable }) }
    );
  }
  // Without a current key, the slot of a key that leaked is needed at once.
  const leaked = keys.find((key) => !key.active && key.facts.leaked);
  if (!current && leaked) return { do: 'issue', adopt, frees: leaked };
  const retiring = current && keys.find((key) => key !== current && key.managed);
  if (retiring) {
    const deletedBy = deletedAt(retiring, current, request);
    // The checks that retire it do not run: for example, their rules are disabled. Rotation must not stop for that.
    const lateFrom = firstOpen('delete', deletedBy, request);
    const isOverdue = now > addDays(lateFrom, OVERDUE_DAYS + request.maxDelayDays);
    if (isOverdue) return retiring.active ? deactivateStep(request, state) : deleteStep(request, state);
    const what = newerThan(current, state)
      ? 'rotation pauses until the newer key'
      : 'no slot is free for a new key until the previous key';
    if (!undecryptable) {
      return waiting(`${what} ${retiring.keyId} is deleted`, slotFreeFrom(deletedBy, request, now));
    }
  }
  if (undecryptable) {
    const others = keys.filter((key) => key !== current);
    return noSlotStep(undecryptable, others, request);
  }
  if (adopt.length > 0) return { do: 'adopt', adopt };
  const toFree = slotToFree(request, state);
  if ('key' in toFree) {
    const { key } = toFree;
    // The next check for a deactivation records that it is inactive.
    const isUnrecorded = !key.active && !key.facts.inactive;
    const deletedBy = isUnrecorded ? addDays(now, recoveryPeriodDays(ages)) : deletedAt(key, current, request);
    return waiting(
      `no slot is free for a new key: the user had two access keys already; ${key.keyId}, which is not in use, is retired first`,
      slotFreeFrom(deletedBy, request, now),
    );
  }
  const instead = toFree.getLastUsed ?? toFree.refusal;
  if (instead) return instead;
  const ids = keys.filter(({ managed }) => !managed).map(({ keyId }) => keyId);
  return blocked(
    `no slot is free for a new key: this rotation does not retire ${ids.join(' and ')}, which it did not issue`,
    `delete a key that is not in use (${deleteCommand(request, ids[0])}), and the next check issues a new key`,
  );
}

/** A scheduled check can use it later than a person. */
function slotFreeFrom(deletedBy: Date, request: RotationRequest, now: Date): Date {
  if (!request.ifDue) return deletedBy;
  return nextCheckAfter('create', announced('delete', deletedBy, request, now), request);
}

function tooEarlyStep(current: UserKey, request: RotationRequest, now: Date): Step | undefined {
  const { ages, ifDue } = request;
  const dueAt = addDays(current.createdAt, ages.create);
  if (ifDue && now < actsFrom('create', dueAt, request)) {
    return notDue(`the current key ${current.keyId} is not ${ages.create} days old`, untilOf('create', dueAt, request));
  }
  // A deploy that takes a secret over changes no key.
  if (request.duringDeploy && request.existingSecret) {
    return notDue(
      `the current key ${current.keyId} is ${ages.create} days old or older, and the next check replaces it`,
      untilOf('create', now, request, now),
    );
  }
  const freshUntil = addMs(current.createdAt, MIN_AGE_FOR_MANUAL_CREATE);
  if (!ifDue && now < freshUntil) return refused(`the current key ${current.keyId} is less than a day old`, freshUntil);
  return undefined;
}

/** The step of the next check for a new key: status and digest report what blocks it. */
export function forecast(request: RotationRequest, state: UserState): Step {
  const check: RotationRequest = { ...request, action: 'create', ifDue: true };
  return nextStep(check, afterRecords(check, state), { withoutNotifications: true });
}

/** The state that a check decides by: after all steps that only record something. */
export function afterRecords(request: RotationRequest, state: UserState): UserState {
  let recorded = state;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const step = nextStep(request, recorded, { withoutNotifications: true });
    if (step.do === 'take-over') recorded = applyLabels(step.labels, step.remove, recorded);
    else if (step.do === 'record') recorded = applyRecord(step, recorded);
    else break;
  }
  return recorded;
}

/** The state after a step that only records something. */
export function applyRecord({ add, remove }: Extract<Step, { do: 'record' }>, state: UserState): UserState {
  return applyLabels(add ? [add] : [], remove, state);
}

function applyLabels(added: readonly VersionLabel[], removed: readonly VersionLabel[], state: UserState): UserState {
  // A label is on one version only.
  const isGone = (version: string, label: string) =>
    isAmong(removed, { label, version }) || added.some((entry) => entry.label === label);
  const versions = Object.entries({
    ...Object.fromEntries(added.map(({ version }) => [version, []])),
    ...state.ledger.versions,
  }).map(([version, labels]): [string, string[]] => [
    version,
    [
      ...labels.filter((label) => !isGone(version, label)),
      ...added.filter((entry) => entry.version === version).map(({ label }) => label),
    ],
  ]);
  const { kmsKey, otherWriter } = state.ledger;
  const ledger = { ...readLedger(Object.fromEntries(versions)), kmsKey, otherWriter };
  return { ...state, ...userState(state.keys, ledger, state.now, state.values) };
}
