/** The status of a user: its keys, the next step of each, and whether each active key is young enough for auditors. */
import { announcedStep, overdueDays } from './deadlines';
import { lockedUntil } from './failed-runs';
import { forecast } from './next-step';
import { AUDITED_DAYS, DAY } from '../../contract/ages';
import { describeFreeze, pastFreezes } from '../../contract/change-window';
import { Measurements, METRICS } from '../../contract/metrics';
import { KeyStatus, UserStatus } from '../../contract/outcome';
import { withoutVerification, describeUse } from '../domain/last-use';
import { Step } from '../domain/step';
import { daysBetween } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

export function statusOf(request: RotationRequest, state: UserState): UserStatus {
  const { username } = request;
  const keys = state.keys.map((key) => keyStatus(key, request, state));
  const { limitDays } = request;
  const tooOld = keys.filter(
    ({ active, ageDays: days }) => active && (limitDays === undefined ? days > AUDITED_DAYS : days >= limitDays),
  );
  const overLimit =
    limitDays !== undefined && tooOld.length > 0
      ? `${tooOld.map(describeAge).join(', ')}, and the limit is ${limitDays} days`
      : undefined;
  const obstacle = obstacleIn(forecast(request, state));
  const window = request.checkTimes?.window;
  const endedFreezes = window ? pastFreezes(window, state.now.getTime()).map(describeFreeze) : [];
  const lockEnd = lockedUntil(state);
  const current = keys.find(({ accessKeyId }) => accessKeyId === state.ledger.current?.subject);
  const summary = [
    current
      ? `${username}: ${current.accessKeyId} is current, ${current.ageDays} days old`
      : `${username}: no key of this rotation is current`,
    ...(overLimit ? [`active: ${overLimit}`] : []),
    ...(!overLimit && tooOld.length > 0
      ? [`active for more than ${AUDITED_DAYS} days: ${tooOld.map(({ accessKeyId }) => accessKeyId).join(', ')}`]
      : []),
    ...(obstacle ? [`blocked: ${obstacle[0]}`] : []),
  ].join('; ');
  return {
    at: state.now.toISOString(),
    summary,
    keys,
    compliant: tooOld.length === 0,
    limitDays: limitDays ?? AUDITED_DAYS,
    ...(overLimit && { overLimit }),
    overdueDays: overdueDays(request, state),
    ...(obstacle && { blocked: obstacle.join('; ') }),
    ...(endedFreezes.length > 0 && { endedFreezes }),
    ...(lockEnd && { lockedUntil: lockEnd.toISOString() }),
  };
}

/** Why the next check takes no step, and what a person can do. */
function obstacleIn(nextCheck: Step): string[] | undefined {
  if (nextCheck.do === 'report') return [nextCheck.why, nextCheck.remedy];
  return nextCheck.do === 'nothing' && nextCheck.outcome === 'removed' ? [nextCheck.why] : undefined;
}

function keyStatus(key: UserKey, request: RotationRequest, state: UserState): KeyStatus {
  return {
    accessKeyId: key.keyId,
    role: roleOf(key, state),
    active: key.active,
    leaked: key.facts.leaked !== undefined,
    createdAt: key.createdAt.toISOString(),
    ageDays: ageDays(key, state),
    lastUse: describeUse(withoutVerification(state.lastUse?.get(key.keyId), key)),
    ...nextOf(key, request, state),
  };
}

/** Such as "AKIA… (unmanaged) for 95 days". */
function describeAge({ accessKeyId, role, ageDays: days }: KeyStatus): string {
  return `${accessKeyId}${role === 'unmanaged' ? ' (unmanaged)' : ''} for ${days} days`;
}

function roleOf(key: UserKey, { current, ledger }: UserState): KeyStatus['role'] {
  const { issued, facts } = key;
  if (key === current) return 'current';
  if (facts.rejected) return 'rejected';
  if (!key.managed) return 'unmanaged';
  if (!issued) return 'adopted';
  if (!key.published) return 'unpublished';
  return ledger.current && issued.at > ledger.current.at && !facts.leaked ? 'displaced' : 'previous';
}

function nextOf(key: UserKey, request: RotationRequest, state: UserState): Pick<KeyStatus, 'next'> {
  const next = announcedStep(key, request, state);
  if (!next) return {};
  const { action, dueAt } = next;
  return { next: { action, dueAt: dueAt.toISOString(), ...(!request.checkTimes && { notBefore: true }) } };
}

/** @param orphanedKeysDeleted - keys of failed runs that this event deleted */
export function measurementsOf(request: RotationRequest, state: UserState, orphanedKeysDeleted: number): Measurements {
  const { keys, ledger } = state;
  const ages = keys.filter(({ active }) => active).map((key) => ageDays(key, state));
  return {
    [METRICS.keys]: keys.length,
    // Before the first key is issued, no key is adopted yet, and none counts as unmanaged.
    [METRICS.unmanagedKeys]: ledger.issued.length === 0 ? 0 : keys.filter(({ managed }) => !managed).length,
    [METRICS.oldestActiveKey]: Math.max(0, ...ages),
    [METRICS.overLimit]: daysOverLimit(request, state),
    [METRICS.overdue]: overdueDays(request, state),
    [METRICS.orphanedKeysDeleted]: orphanedKeysDeleted,
  };
}

/** By the creation dates of IAM alone: no record in the secret can hide a key, and keys of any origin count. */
function daysOverLimit({ limitDays = Infinity }: RotationRequest, { keys, now }: UserState): number {
  const over = keys
    .filter(({ active }) => active)
    .map(({ createdAt }) => Math.ceil((now.getTime() - createdAt.getTime()) / DAY - limitDays));
  return Math.max(0, ...over);
}

function ageDays({ createdAt }: UserKey, { now }: UserState): number {
  return daysBetween(createdAt, now);
}
