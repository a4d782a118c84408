/**
 * A key that somebody named as leaked. It is deactivated at once, provided that the user keeps a working key; it is
 * deleted like any other, after the second grace.
 *
 *   leaked key     other key               what happens
 *   not current    current, active         the leaked key is deactivated
 *                  current, inactive       reported: activate the current key first
 *   current        none                    a new key is issued, then the leaked key is deactivated
 *                  issued, active          the other key is made current again, then the leaked key is deactivated
 *                  issued, inactive        the other key is activated first, then the same
 *                  leaked as well          the other key is deactivated and deleted at once, which frees a slot
 *                  not issued by us        reported: no slot for a new key, and no key to fall back to
 *   inactive       any                     nothing: it is deleted after the recovery period
 *
 * It is on record first, so the next check does what a failed run did not.
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

/** Puts the leak on record; after that, says how it stands. */
export function revokeStep({ username, accessKeyId }: RotationRequest, { keys, now }: UserState): Step {
  const key = keys.find(({ keyId }) => keyId === accessKeyId);
  if (!key) {
    return refused(
      `${accessKeyId} is not an access key of ${username}, which has ${keys.map(({ keyId }) => keyId).join(' and ') || 'none'}`,
    );
  }
  if (!key.recordVersion) {
    return refused(
      `this rotation has not issued a key for ${username} yet, so there is nothing to replace ${key.keyId} with`,
    );
  }
  if (!key.facts.leaked) {
    return { do: 'record', add: { label: labelOf('leaked', key.keyId, now), version: key.recordVersion }, remove: [] };
  }
  return notDue(`the leaked key ${key.keyId} is inactive, and is deleted after the second grace period`);
}

export function leakStep(request: RotationRequest, state: UserState): Step | undefined {
  const { keys, current } = state;
  const all = keys.filter((key) => (key.active || key === current) && key.facts.leaked);
  const leaked = all.find((key) => key !== current) ?? all[0];
  const step = leaked && stepFor(leaked, request, state);
  // What stands in the way may be a key that is on its way out: that must go on.
  const isRetiring = request.action === 'deactivate' || request.action === 'delete';
  return step?.do === 'report' && isRetiring ? undefined : step;
}

function stepFor(leaked: UserKey, request: RotationRequest, state: UserState): Step {
  const { keys, current, ledger } = state;
  const manualCommand = `; to deactivate the leaked key all the same: ${deactivateCommand(request, leaked.keyId)}`;
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
    // Off first, and a stamp: a deletion is told of for as long as that stands.
    if (other.active) return { do: 'deactivate', key: other, reason: 'leaked' };
    const label = labelOf('inactive', other.keyId, state.now, false);
    if (!other.facts.inactive) return { do: 'record', add: { label, version: other.recordVersion! }, remove: [] };
    return { do: 'delete', key: other, reason: 'leaked' };
  }
  if (!other.issued) {
    return blockedByLeak(
      `there is no slot for a new key, and the secret half of the other one, ${other.keyId}, is not known here`,
      `delete ${other.keyId} if it can be done without (${deleteCommand(request, other.keyId)}), and the next check issues a new key`,
    );
  }
  const safeAt = current && raceMarginEnd(other, leaked, current, request.ages, state.now);
  if (safeAt) return locked(`a check that retires ${other.keyId}, which has to take over, may be under way`, safeAt);
  return { do: 'restore', key: other.issued, revoke: leaked };
}

/**
 * A check that began before the leak was on record may be about to deactivate or delete the key that has to take over.
 * From then on every check sees the record; so wait until those before it are dead, if that key is about to go at all.
 */
function raceMarginEnd(other: UserKey, leaked: UserKey, current: UserKey, ages: Ages, now: Date): Date | undefined {
  // Inactive without a stamp, it may be one that is being deactivated right now.
  const goesAt = (other.facts.inactive ? deletedAt : deactivatedAt)(other, current, ages);
  const safeAt = addMs(leaked.facts.leaked!.at, CLAIM_LIFETIME);
  return now < safeAt && now >= addMs(goesAt, -RACE_MARGIN) ? safeAt : undefined;
}
