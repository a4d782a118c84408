/** How a user stands: its keys, what happens to each and when, and whether that satisfies an auditor. Pure. */
import { deadlineOf, overdueDays } from './deadlines';
import { forecast } from './next-step';
import { busyUntil } from './unfinished';
import { DAY } from '../../contract/ages';
import { KeyStatus, UserStatus } from '../../contract/outcome';
import { byPeople, useOf } from '../domain/last-use';
import { factOf, issuedKey, isOurs, wasPublished } from '../domain/ledger';
import { AccessKey, RotationRequest, UserState } from '../domain/user-state';

/** AWS Config (access-keys-rotated), CIS and Prowler: no active key older than this. */
export const OLDEST_ACTIVE_DAYS = 90;

export function statusOf(request: RotationRequest, state: UserState): UserStatus {
  const { username } = request;
  const keys = state.keys.map((key) => keyStatus(key, request, state));
  const tooOld = keys.filter((key) => key.active && key.ageDays > OLDEST_ACTIVE_DAYS);
  const problem = forecast(request, state);
  const busy = busyUntil(state);
  const current = keys.find(({ accessKeyId }) => accessKeyId === state.ledger.current?.subject);
  const summary = [
    current ? `${username}: ${current.accessKeyId} is current, ${current.ageDays} days old` : `${username}: no key of this rotation is current`,
    ...(tooOld.length > 0 ? [`active for more than ${OLDEST_ACTIVE_DAYS} days: ${tooOld.map((key) => key.accessKeyId).join(', ')}`] : []),
    ...(problem.do === 'report' ? [`blocked: ${problem.why}`] : []),
  ].join('; ');
  return {
    at: state.now.toISOString(),
    summary,
    keys,
    compliant: tooOld.length === 0,
    overdueDays: overdueDays(request, state),
    ...(problem.do === 'report' && { blocked: `${problem.why}; ${problem.remedy}` }),
    ...(busy && { busyUntil: busy.toISOString() }),
  };
}

function keyStatus(key: AccessKey, request: RotationRequest, state: UserState): KeyStatus {
  return {
    accessKeyId: key.keyId,
    role: roleOf(key, state),
    active: key.active,
    leaked: factOf(state.ledger, 'leaked', key.keyId) !== undefined,
    createdAt: key.createdAt.toISOString(),
    ageDays: Math.floor((state.now.getTime() - key.createdAt.getTime()) / DAY),
    lastUse: useOf(byPeople(state.lastUse?.get(key.keyId), key)),
    ...next(key, request, state),
  };
}

function roleOf({ keyId }: AccessKey, { ledger }: UserState): KeyStatus['role'] {
  const issued = issuedKey(ledger, keyId);
  if (keyId === ledger.current?.subject) return 'current';
  if (factOf(ledger, 'rejected', keyId)) return 'rejected';
  if (!isOurs(ledger, keyId)) return 'foreign';
  if (!issued) return 'adopted';
  if (!wasPublished(issued, ledger)) return 'unpublished';
  return ledger.current && issued.at > ledger.current.at && !factOf(ledger, 'leaked', keyId) ? 'bypassed' : 'previous';
}

export function next(key: AccessKey, request: RotationRequest, state: UserState): Pick<KeyStatus, 'next'> {
  const deadline = deadlineOf(key, request, state);
  return deadline ? { next: { action: deadline.action, dueAt: deadline.dueAt.toISOString() } } : {};
}
