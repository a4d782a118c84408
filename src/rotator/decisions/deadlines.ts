/** What is to happen next to a key, and when. Pure. */
import { currentKey } from './current-key';
import { deactivatesAt, leavesAt, oldKeys } from './retirement';
import { Ages, DAY, rollbackGrace, switchGrace } from '../../contract/ages';
import { Deadline } from '../../contract/outcome';
import { factOf, issuedKey, Ledger } from '../domain/ledger';
import { latest, plus } from '../domain/time';
import { AccessKey, RotationRequest, UserState } from '../domain/user-state';

/** Nothing where nothing will happen to it. A key that is held because it is in use may stay for longer. */
export function deadlineOf(key: AccessKey, { ages }: Pick<RotationRequest, 'ages'>, { keys, ledger }: UserState): Deadline | undefined {
  const current = currentKey({ keys, ledger });
  return current && deadlineBeside(current, key, ages, { keys, ledger });
}

function deadlineBeside(current: AccessKey, key: AccessKey, ages: Ages, { keys, ledger }: Pick<UserState, 'keys' | 'ledger'>): Deadline | undefined {
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

function lateSince({ ages, holdDays }: Pick<RotationRequest, 'ages' | 'holdDays'>, { keys, ledger }: UserState): Date[] {
  // Where somebody moved AWSCURRENT away, the newest key of ours is as good as current.
  const current = ledger.current ? currentKey({ keys, ledger }) : newestOfOurs(keys, ledger);
  if (current) {
    return keys.map((key) => deadlineBeside(current, key, ages, { keys, ledger })).filter((deadline) => deadline !== undefined)
      .map(({ action, dueAt }) => action === 'deactivate' ? plus(dueAt, holdDays * DAY) : dueAt);
  }
  if (ledger.current) return [factOf(ledger, 'missing', ledger.current.subject)?.at].filter((at) => at !== undefined);
  if (ledger.issued.length > 0) return []; // what is left is not ours
  // A key that had to make room for the first one gets both graces.
  const makesRoom = (switchGrace(ages) + rollbackGrace(ages) + holdDays) * DAY;
  const stamped = keys.map(({ keyId }) => factOf(ledger, 'inactive', keyId)).filter((stamp) => stamp !== undefined);
  const roomBy = stamped.map(({ at }) => plus(at, rollbackGrace(ages) * DAY));
  return keys.filter(({ active }) => active).map((key) => {
    const adopted = factOf(ledger, 'adopted', key.keyId);
    return adopted ? latest(plus(adopted.at, makesRoom), ...roomBy) : plus(key.createdAt, ages.create * DAY);
  });
}

function newestOfOurs(keys: readonly AccessKey[], ledger: Ledger): AccessKey | undefined {
  return keys.filter(({ keyId }) => issuedKey(ledger, keyId)).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
}
