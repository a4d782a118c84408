/** What is to happen next to a key, and when. */
import { isIssued, newest } from './current-key';
import { deactivatedAt, deletedAt, oldKeys } from './retirement';
import { DAY, recoveryPeriodDays, switchPeriodDays } from '../../contract/ages';
import { Deadline } from '../../contract/outcome';
import { recordsOf } from '../domain/ledger';
import { latest, addMs } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

/** Nothing where nothing will happen to it. A key that is held because it is in use may stay for longer. */
export function deadlineOf(
  key: UserKey,
  { ages }: Pick<RotationRequest, 'ages'>,
  { keys, current }: Pick<UserState, 'keys' | 'current'>,
): Deadline | undefined {
  if (!current) return undefined;
  const old = oldKeys(keys, current);
  if (key === current) {
    // Rotation pauses until a key that was rolled back is gone, and this one may be older than its time by then.
    const free = old.map((other) => deletedAt(other, current, ages));
    return { action: 'replace', dueAt: latest(addMs(key.createdAt, ages.create * DAY), ...free) };
  }
  if (!old.includes(key)) return undefined;
  return key.active
    ? { action: 'deactivate', dueAt: deactivatedAt(key, current, ages) }
    : { action: 'delete', dueAt: deletedAt(key, current, ages) };
}

/** For so many whole days, a step with a key of this user should have been taken. */
export function overdueDays(request: Pick<RotationRequest, 'ages' | 'maxDelayDays'>, state: UserState): number {
  const late = overdueSince(request, state).map((since) => Math.floor((state.now.getTime() - since.getTime()) / DAY));
  return Math.max(0, ...late);
}

function overdueSince(request: Pick<RotationRequest, 'ages' | 'maxDelayDays'>, state: UserState): Date[] {
  const { ages, maxDelayDays } = request;
  const { keys, ledger } = state;
  // Where somebody moved AWSCURRENT away, the newest key of ours is as good as current.
  const current = ledger.current ? state.current : newest(keys.filter(isIssued));
  if (current) {
    return keys
      .map((key) => deadlineOf(key, request, { keys, current }))
      .filter((deadline) => deadline !== undefined)
      .map(({ action, dueAt }) => (action === 'deactivate' ? addMs(dueAt, maxDelayDays * DAY) : dueAt));
  }
  if (ledger.current) {
    return [recordsOf(ledger, ledger.current.subject).facts.missing?.at].filter((at) => at !== undefined);
  }
  if (ledger.issued.length > 0) return []; // what is left is not ours
  // A key that had to make room for the first one gets both graces.
  const bothPeriods = (switchPeriodDays(ages) + recoveryPeriodDays(ages) + maxDelayDays) * DAY;
  const stamped = keys.map(({ facts }) => facts.inactive).filter((stamp) => stamp !== undefined);
  const roomBy = stamped.map(({ at }) => addMs(at, recoveryPeriodDays(ages) * DAY));
  return keys
    .filter(({ active }) => active)
    .map(({ createdAt, facts: { adopted } }) =>
      adopted ? latest(addMs(adopted.at, bothPeriods), ...roomBy) : addMs(createdAt, ages.create * DAY),
    );
}
