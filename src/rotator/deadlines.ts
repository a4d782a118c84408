/** What is to happen next to a key, and when. Pure. */
import { DAY, rollbackGrace, switchGrace } from './ages';
import { currentKey } from './current';
import { factOf } from './ledger-state';
import { RotationRequest } from './request';
import { deactivatesAt, leavesAt, oldKeys } from './retirement';
import { AccessKey, latest, plus, UserState } from './steps';

export interface Deadline {
  readonly action: 'replace' | 'deactivate' | 'delete';
  readonly dueAt: Date;
}

/** Nothing where nothing will happen to it. A key that is held because it is in use may stay for longer. */
export function deadlineOf(key: AccessKey, { ages }: Pick<RotationRequest, 'ages'>, { keys, ledger }: UserState): Deadline | undefined {
  const current = currentKey({ keys, ledger });
  if (!current) return undefined;
  const old = oldKeys(keys, ledger, current);
  if (key === current) {
    // Rotation pauses until a key that was rolled back is gone, and this one may be older than its time by then.
    const free = old.map((other) => leavesAt(other, current, ages, ledger));
    return { action: 'replace', dueAt: latest(plus(key.createdAt, ages.create * DAY), ...free) };
  }
  if (!old.includes(key)) return undefined;
  return key.active
    ? { action: 'deactivate', dueAt: deactivatesAt(key, current, ages, ledger) }
    : { action: 'delete', dueAt: leavesAt(key, current, ages, ledger) };
}

/** For so many whole days, a step with a key of this user should have been taken. */
export function overdueDays(request: Pick<RotationRequest, 'ages' | 'holdDays'>, state: UserState): number {
  const late = lateSince(request, state).map((since) => Math.floor((state.now.getTime() - since.getTime()) / DAY));
  return Math.max(0, ...late);
}

function lateSince({ ages, holdDays }: Pick<RotationRequest, 'ages' | 'holdDays'>, state: UserState): Date[] {
  const { keys, ledger } = state;
  if (currentKey(state)) {
    return keys.map((key) => deadlineOf(key, { ages }, state)).filter((deadline) => deadline !== undefined)
      .map(({ action, dueAt }) => action === 'deactivate' ? plus(dueAt, holdDays * DAY) : dueAt);
  }
  // A key that had to make room for the first one gets both graces.
  const makesRoom = (switchGrace(ages) + rollbackGrace(ages) + holdDays) * DAY;
  const gone = factOf(ledger, 'gone', ledger.current?.keyId);
  return [...keys.filter(({ active }) => active).map((key) => {
    const adopted = factOf(ledger, 'adopted', key.keyId);
    return adopted ? plus(adopted.at, makesRoom) : plus(key.createdAt, ages.create * DAY);
  }), ...(gone ? [gone.at] : [])];
}
