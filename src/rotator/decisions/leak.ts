/**
 * A key that a "revoke" event reports as leaked. It is deactivated at once, provided that the user keeps a working key.
 * It is deleted after the recovery period, as any other key.
 *
 *   leaked key     other key               what happens
 *   not current    current, active         the leaked key is deactivated
 *                  current, inactive       blocked: activate the current key first
 *   current        none                    a new key is issued, then the leaked key is deactivated
 *                  issued, active          the other key is made current again, then the leaked key is deactivated
 *                  issued, inactive        the same, but the other key is activated first
 *                  leaked as well          the other key is deactivated and deleted at once, which frees a slot
 *                  not issued              blocked: no slot for a new key, and no key to make current
 *   inactive       any                     no step: it is deleted after the recovery period
 *
 * The leak is recorded first, so the next check performs what a failed run did not.
 */
import { currentKeyProblem, awaitConfirmation } from './current-key';
import { RACE_MARGIN } from './failed-runs';
import { deactivatedAt, deletedAt } from './retirement';
import { Ages } from '../../contract/ages';
import { deactivateCommand, deleteCommand } from '../domain/commands';
import { CLAIM_LIFETIME, labelOf } from '../domain/ledger';
import { blocked, locked, notDue, refused, Step } from '../domain/step';
import { addMs } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

/** Records the leak. If it is recorded already, returns what follows. */
export function revokeStep({ username, accessKeyId }: RotationRequest, { keys, now }: UserState): Step {
  const key = keys.find(({ keyId }) => keyId === accessKeyId);
  if (!key) {
    return refused(
      `${accessKeyId} is not an access key of ${username}, which has ${keys.map(({ keyId }) => keyId).join(' and ') || 'none'}`,
    );
  }
  if (!key.recordVersion) {
    return refused(`this rotation has not issued a key for ${username} yet, so no key can replace ${key.keyId}`);
  }
  if (!key.facts.leaked) {
    return { do: 'record', add: { label: labelOf('leaked', key.keyId, now), version: key.recordVersion }, remove: [] };
  }
  return notDue(`the leaked key ${key.keyId} is inactive, and is deleted after the recovery period`);
}

export function leakStep(request: RotationRequest, state: UserState): Step | undefined {
  const { keys, current } = state;
  const candidates = keys.filter((key) => (key.active || key === current) && key.facts.leaked);
  const leaked = candidates.find((key) => key !== current) ?? candidates[0];
  const step = leaked && stepFor(leaked, request, state);
  // The obstacle can be a key that is being retired: its deactivation and deletion must continue.
  const isRetiring = request.action === 'deactivate' || request.action === 'delete';
  return step?.do === 'report' && isRetiring ? undefined : step;
}

function stepFor(leaked: UserKey, request: RotationRequest, state: UserState): Step {
  const { keys, current, ledger } = state;
  const manualCommand = `; to deactivate the leaked key anyway: ${deactivateCommand(request, leaked.keyId)}`;
  const blockedByLeak = (why: string, remedy: string) =>
    blocked(
      `the leaked key ${leaked.keyId} is still ${leaked.active ? 'active' : 'the current one'}: ${why}`,
      remedy + (leaked.active ? manualCommand : ''),
    );

  const other = keys.find((key) => key !== leaked);
  const remainingKey = current ?? (ledger.issued.length === 0 ? other : undefined);
  if (remainingKey && remainingKey !== leaked && remainingKey.active) {
    return { do: 'deactivate', key: leaked, reason: 'leaked' };
  }
  if (current !== leaked) {
    const obstacle = currentKeyProblem(request, state);
    if (obstacle?.do === 'report') return blockedByLeak(obstacle.why, obstacle.remedy);
    const notYet = awaitConfirmation(state);
    if (notYet) return notYet;
  }
  if (!other) return { do: 'issue', adopt: [], revoke: leaked };
  if (other.facts.leaked) {
    // First deactivated and labelled: while the label `inactive` exists, a check announces the deletion.
    if (other.active) return { do: 'deactivate', key: other, reason: 'leaked' };
    const label = labelOf('inactive', other.keyId, state.now, false);
    if (!other.facts.inactive) return { do: 'record', add: { label, version: other.recordVersion! }, remove: [] };
    return { do: 'delete', key: other, reason: 'leaked' };
  }
  if (!other.issued) {
    return blockedByLeak(
      `no slot is free for a new key, and this rotation does not have the secret access key of ${other.keyId}, the other key`,
      `delete ${other.keyId} if it is not needed (${deleteCommand(request, other.keyId)}), and the next check issues a new key`,
    );
  }
  const safeAt = current && raceMarginEnd(other, leaked, current, request.ages, state.now);
  if (safeAt) return locked(`a check may be retiring ${other.keyId}, which has to become current`, safeAt);
  return { do: 'restore', key: other.issued, revoke: leaked };
}

/**
 * A check that started before the leak was recorded may be about to deactivate or delete the key that has to become
 * current. Every later check reads the record. So if such a step can be due, wait until earlier checks have ended.
 */
function raceMarginEnd(other: UserKey, leaked: UserKey, current: UserKey, ages: Ages, now: Date): Date | undefined {
  // Inactive without a label, a check may have deactivated it a moment ago.
  const dueAt = (other.facts.inactive ? deletedAt : deactivatedAt)(other, current, ages);
  const safeAt = addMs(leaked.facts.leaked!.at, CLAIM_LIFETIME);
  return now < safeAt && now >= addMs(dueAt, -RACE_MARGIN) ? safeAt : undefined;
}
