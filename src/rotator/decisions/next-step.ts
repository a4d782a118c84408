/**
 * The decisions about a key: pure functions of what IAM and the ledger say and of the time. No AWS, no clock, no I/O.
 *
 * A check first finishes what an earlier run left behind, whatever its action is. Then it takes the one step that its
 * action allows, or says why there is none.
 */
import { keysToAdopt, slotToFree } from './adoption';
import { currentKeyProblem, newerThan, awaitConfirmation } from './current-key';
import { announceStep, lockedUntil, discardStep } from './failed-runs';
import { leakStep, revokeStep } from './leak';
import { unmanagedKeyStep, recordChangesStep } from './manual-changes';
import { deactivateStep, deleteStep, deletedAt } from './retirement';
import { rollbackStep } from './rollback';
import { unreadableStep } from './unreadable';
import { DAY } from '../../contract/ages';
import { deleteCommand, removeLabelCommand } from '../domain/commands';
import { Ledger, readLedger } from '../domain/ledger';
import { blocked, locked, notDue, refused, Step, StepOptions, waiting } from '../domain/step';
import { addMs, isDue } from '../domain/time';
import { RotationRequest, userState, UserState } from '../domain/user-state';

/** A "create" by hand is refused while the current key is younger: two in a row leave people no time to switch. */
export const MIN_AGE_FOR_MANUAL_CREATE = DAY;

/** So long after its time, an old key that is still there is no delay any more. */
const OVERDUE_DAYS = 7;

/** Of the 20 labels that a secret may bear; a new key needs three. */
const MAX_LABELS = 17;

/** More facts than one user's ledger can owe: beyond it, the settling does not settle. */
export const MAX_ROUNDS = 25;

export function nextStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step {
  const unreadable = unreadableStep(request, state.ledger);
  if (unreadable) return unreadable;

  // On record first of all: even if nothing can be done about it now, a later check will.
  const revocation = request.action === 'revoke' ? revokeStep(request, state) : undefined;
  if (revocation?.do === 'record' || (revocation?.do === 'nothing' && revocation.outcome === 'refused')) {
    return revocation;
  }

  const until = lockedUntil(state);
  if (until) return locked('another run is at work for this user, or died at it', until);
  return (
    discardStep(state)
    ?? recordChangesStep(state)
    ?? leakStep(request, state)
    ?? (options.withoutNotifications ? undefined : announceStep(state))
    ?? unmanagedKeyStep(request, state, options.withoutNotifications ?? false)
    ?? revocation
    ?? actionStep(request, state, options)
  );
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
  const { ages, ifDue } = request;
  const { keys, current, ledger, now } = state;
  const obstacle = currentKeyProblem(request, state) ?? awaitConfirmation(state);
  if (obstacle) return obstacle;

  if (current) {
    const dueAt = addMs(current.createdAt, ages.create * DAY);
    if (ifDue && !isDue(dueAt, now)) {
      return notDue(`the current key ${current.keyId} is not ${ages.create} days old`, dueAt);
    }
    const freshUntil = addMs(current.createdAt, MIN_AGE_FOR_MANUAL_CREATE);
    if (!ifDue && now < freshUntil) {
      return refused(`the current key ${current.keyId} is less than a day old`, freshUntil);
    }
  }
  const adopt = keysToAdopt(request, state);
  // Two slots a user: a new key needs one of them, and nothing is destroyed to make room.
  if (keys.length < 2) return labelLimitStep(request, ledger) ?? { do: 'issue', adopt };
  const leaving = current && keys.find((key) => key !== current && key.managed);
  if (leaving) {
    const goneBy = deletedAt(leaving, current, ages);
    // Its own checks do not come: somebody disabled their rules. A rotation must not stop for that.
    const isOverdue = now.getTime() > goneBy.getTime() + (OVERDUE_DAYS + request.maxDelayDays) * DAY;
    if (isOverdue) return leaving.active ? deactivateStep(request, state) : deleteStep(request, state);
    const what = newerThan(current, state)
      ? 'rotation pauses until the newer key'
      : "the user's second slot is held until the previous key";
    return waiting(`${what} ${leaving.keyId} is gone`, goneBy);
  }
  if (adopt.length > 0) return { do: 'adopt', adopt };
  const toFree = slotToFree(request, state);
  if ('key' in toFree) {
    return waiting(
      `both slots are held by keys that the user had before; ${toFree.key.keyId}, which nobody uses, is retired first`,
    );
  }
  const instead = toFree.getLastUsed ?? toFree.refusal;
  if (instead) return instead;
  const ids = keys.filter(({ managed }) => !managed).map(({ keyId }) => keyId);
  return blocked(
    `no slot is free for a new key: ${ids.join(' and ')} ${ids.length === 1 ? 'is' : 'are'} not this rotation's to retire`,
    `delete the one that nobody uses (${deleteCommand(request, ids[0])}), and the next check issues a new key`,
  );
}

function labelLimitStep(request: RotationRequest, { versions }: Ledger): Step | undefined {
  const count = new Set(Object.values(versions).flat()).size;
  return count > MAX_LABELS
    ? blocked(
        `the secret ${request.secret} bears ${count} staging labels, and a new key needs 3 of the 20 that it may bear`,
        `take away labels that are not of this rotation (${removeLabelCommand(request)})`,
      )
    : undefined;
}

/** What the next check for a new key will do: of status and digest, what stands in its way. */
export function forecast(request: RotationRequest, state: UserState): Step {
  const check: RotationRequest = { ...request, action: 'create', ifDue: true };
  return nextStep(check, afterRecords(check, state), { withoutNotifications: true });
}

/** What a check decides by: everything is on record that it puts there first. */
export function afterRecords(request: RotationRequest, state: UserState): UserState {
  let settled = state;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const step = nextStep(request, settled, { withoutNotifications: true });
    if (step.do !== 'record') break;
    settled = applyRecord(step, settled);
  }
  return settled;
}

/** The ledger as it would be after a step that only puts something on record. */
export function applyRecord({ add, remove }: Extract<Step, { do: 'record' }>, state: UserState): UserState {
  const removed = (version: string, label: string) =>
    remove.some((mark) => mark.version === version && mark.label === label);
  const versions = Object.entries(state.ledger.versions).map(([version, labels]): [string, string[]] => [
    version,
    [...labels.filter((label) => !removed(version, label)), ...(add?.version === version ? [add.label] : [])],
  ]);
  return { ...state, ...userState(state.keys, readLedger(Object.fromEntries(versions)), state.now) };
}
