/** The next step of a key, and when it is due. */
import { deletedSuccessor, isIssued, newest } from './current-key';
import { deactivatedAt, deletedAt, oldKeys } from './retirement';
import { recoveryPeriodDays, switchPeriodDays } from '../../contract/ages';
import { Action } from '../../contract/events';
import { Deadline } from '../../contract/outcome';
import { announced, announcedDeletion, firstOpen, nextCheckAfter } from '../domain/announced';
import { recordsOf } from '../domain/ledger';
import { addDays, daysBetween, latest } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

/** @returns undefined if no step follows. A deactivation that is postponed can be later. */
export function deadlineOf(
  key: UserKey,
  request: Pick<RotationRequest, 'ages' | 'checkTimes'>,
  { keys, current }: Pick<UserState, 'keys' | 'current'>,
): Deadline | undefined {
  if (!current) return undefined;
  const { ages } = request;
  const old = oldKeys(keys, current);
  if (key === current) {
    // Rotation pauses until a rejected key is deleted. By then, this key can be older than the rotation period.
    const free = old.map((other) => deletedAt(other, current, request));
    return { action: 'replace', dueAt: latest(addDays(key.createdAt, ages.create), ...free) };
  }
  if (!old.includes(key)) return undefined;
  return key.active
    ? { action: 'deactivate', dueAt: deactivatedAt(key, current, ages) }
    : { action: 'delete', dueAt: deletedAt(key, current, request) };
}

/**
 * The next step of a key, at the time of the check that takes it: the first one when it is due, or if that is past, the
 * next one from now on.
 */
export function announcedStep(
  key: UserKey,
  request: Pick<RotationRequest, 'ages' | 'maxDelayDays' | 'checkTimes'>,
  state: Pick<UserState, 'keys' | 'current' | 'now'>,
): Deadline | undefined {
  const { keys, current, now } = state;
  const deadline = deadlineOf(key, request, state);
  if (!deadline || !current || !request.checkTimes) return deadline;
  const next = (action: Action, dueAt: Date): Date => announced(action, dueAt, request, now);
  const deactivation = (old: UserKey): Date => {
    const dueAt = deactivatedAt(old, current, request.ages);
    const isPostponed = request.maxDelayDays > 0 && announced('deactivate', dueAt, request) < now;
    return next('deactivate', isPostponed ? addDays(dueAt, request.maxDelayDays) : dueAt);
  };
  const deletion = (old: UserKey): Date =>
    old.active ? announcedDeletion(deactivation(old), request) : next('delete', deletedAt(old, current, request));
  switch (deadline.action) {
    case 'deactivate':
      return { ...deadline, dueAt: deactivation(key) };
    case 'delete':
      return { ...deadline, dueAt: deletion(key) };
    case 'replace': {
      const free = oldKeys(keys, current).map(deletion);
      const replaced = next('create', addDays(key.createdAt, request.ages.create));
      return { ...deadline, dueAt: nextCheckAfter('create', latest(replaced, ...free), request) };
    }
  }
}

type DueTimes = Pick<RotationRequest, 'ages' | 'maxDelayDays' | 'checkTimes'>;

/** Whole days by which the most overdue step of this user is late, or 0. */
export function overdueDays(request: DueTimes, state: UserState): number {
  const late = overdueSince(request, state).map((since) => daysBetween(since, state.now));
  return Math.max(0, ...late);
}

function overdueSince(request: DueTimes, state: UserState): Date[] {
  const { ages, maxDelayDays } = request;
  const { keys, ledger } = state;
  const slotFreeAfter = (inactiveAt: Date) =>
    firstOpen('delete', addDays(inactiveAt, recoveryPeriodDays(ages)), request);
  // If AWSCURRENT was moved away, the newest issued key counts as current.
  const current = ledger.current ? state.current : newest(keys.filter(isIssued));
  if (current) {
    return keys
      .map((key) => deadlineOf(key, request, { keys, current }))
      .filter((deadline) => deadline !== undefined)
      .map(({ action, dueAt }) => {
        switch (action) {
          case 'replace':
            return firstOpen('create', latest(dueAt, slotFreedAt(state)), request);
          case 'deactivate':
            return firstOpen('deactivate', addDays(dueAt, maxDelayDays), request);
          case 'delete':
            return firstOpen('delete', dueAt, request);
        }
      });
  }
  if (ledger.current) {
    return [recordsOf(ledger, ledger.current.subject).facts.missing?.at].filter((at) => at !== undefined);
  }
  if (ledger.issued.length > 0) return []; // only unmanaged keys are left
  // An adopted key that is retired to free a slot for the first key gets both periods.
  const inactive = keys.map(({ facts }) => facts.inactive).filter((fact) => fact !== undefined);
  const retiredAfter = (adoptedAt: Date) =>
    slotFreeAfter(firstOpen('deactivate', addDays(adoptedAt, switchPeriodDays(ages) + maxDelayDays), request));
  return keys
    .filter(({ active }) => active)
    .map(({ createdAt, facts: { adopted } }) =>
      adopted
        ? latest(retiredAfter(adopted.at), ...inactive.map(({ at }) => slotFreeAfter(at)))
        : addDays(createdAt, ages.create),
    );
}

/** After a roll-back, the current key is due while the rejected one has its slot: it is late from the deletion on. */
function slotFreedAt({ keys, ledger, now }: UserState): Date | undefined {
  const rejected = deletedSuccessor({ keys, ledger });
  return rejected && (recordsOf(ledger, rejected.subject).facts.missing?.at ?? now);
}
