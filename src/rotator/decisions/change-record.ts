/** What the log says of a change of a key: why, and whether it is late. */
import { announcedStep } from './deadlines';
import { ChangeReason, ChangeRecord, Invoker, KeyChange } from '../../contract/log-records';
import { Deadline } from '../../contract/outcome';
import { Step } from '../domain/step';
import { daysBetween } from '../domain/time';
import { RotationRequest, UserState } from '../domain/user-state';

export function invokerOf({
  ifDue,
  duringDeploy,
  byReport,
}: Pick<RotationRequest, 'ifDue' | 'duringDeploy' | 'byReport'>): Invoker {
  if (duringDeploy) return 'deploy';
  if (byReport) return 'report';
  return ifDue ? 'check' : 'person';
}

/** @param step - the step that is performed, decided by this state */
export function changeRecord(
  change: KeyChange,
  keyId: string,
  step: Step,
  request: RotationRequest,
  state: UserState,
): ChangeRecord {
  const { username, action } = request;
  const reason = reasonOf(change, keyId, step, request, state);
  const key = state.keys.find((listed) => listed.keyId === keyId);
  const replaced = change === 'created' ? state.current : undefined;
  return {
    ...recordOf(change, keyId, { username, reason, invokedBy: invokerOf(request) }),
    action,
    ...(key && { ageDays: daysBetween(key.createdAt, state.now) }),
    ...(replaced && { replaces: replaced.keyId, replacedAgeDays: daysBetween(replaced.createdAt, state.now) }),
    ...(['schedule', 'request'].includes(reason) && timeliness(change, replaced?.keyId ?? keyId, request, state)),
  };
}

/** CloudFormation removes the user from the rotation, at any age of its keys. */
export function removalRecord(change: KeyChange, keyId: string, username: string): ChangeRecord {
  return recordOf(change, keyId, { username, reason: 'removal', invokedBy: 'deploy' });
}

function recordOf(
  change: KeyChange,
  accessKeyId: string,
  { username, reason, invokedBy }: Pick<ChangeRecord, 'username' | 'reason' | 'invokedBy'>,
): ChangeRecord {
  const message = `${accessKeyId} is ${change}: ${reason}`;
  return { record: 'change', message, username, accessKeyId, change, reason, invokedBy };
}

function reasonOf(
  change: KeyChange,
  keyId: string,
  step: Step,
  { ifDue }: RotationRequest,
  { current, ledger }: UserState,
): ChangeReason {
  const regular = ifDue ? 'schedule' : 'request';
  switch (step.do) {
    case 'issue':
      if (change === 'deleted' && step.frees?.keyId !== keyId) return 'failed-run';
      if (change !== 'created' || step.replace) return 'leaked';
      if (step.early !== undefined) return 'undecryptable';
      if (current) return regular;
      return ledger.issued.length === 0 ? 'first-key' : 'no-current-key';
    case 'publish':
      return change === 'deleted' ? 'failed-run' : 'leaked'; // the new key did not work
    case 'restore':
      return change === 'activated' ? 'roll-back' : 'failed-run'; // of another restore, the key is active
    case 'deactivate':
      return step.reason === 'leaked' ? 'leaked' : regular;
    case 'delete':
      return regular;
    default:
      return 'failed-run'; // discard: no other step changes a key
  }
}

const STEPS: Readonly<Partial<Record<KeyChange, Deadline['action']>>> = {
  created: 'replace',
  deactivated: 'deactivate',
  deleted: 'delete',
};

/** @param keyId - the key that was announced to be replaced, deactivated or deleted */
function timeliness(
  change: KeyChange,
  keyId: string,
  request: RotationRequest,
  state: UserState,
): Pick<ChangeRecord, 'announcedAt' | 'lateDays'> {
  const key = state.keys.find((listed) => listed.keyId === keyId);
  // After a roll-back it is due when the rejected key is deleted. The ledger has the time at which a check found that.
  if (change === 'created' && key?.facts['current-since']) return {};
  // Of all checks, also past ones: those that did not take the step make it late.
  const next = key && announcedStep(key, request, { ...state, now: new Date(0) });
  if (next?.action !== STEPS[change]) return {};
  return { announcedAt: next!.dueAt.toISOString(), lateDays: Math.max(0, daysBetween(next!.dueAt, state.now)) };
}
