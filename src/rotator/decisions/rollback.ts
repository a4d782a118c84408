/**
 * Makes the previous key current again, within its recovery period. If another principal wrote a value over the last
 * key, or moved AWSCURRENT to a key that is gone, the last key becomes current again.
 */
import { expectedCurrent, newerThan, valueProblem, versionWithoutKey } from './current-key';
import { RACE_MARGIN } from './failed-runs';
import { deletedAt } from './retirement';
import { DAY, switchPeriodDays } from '../../contract/ages';
import { MINUTE } from '../../contract/check-times';
import { announced, announcedRetirement, nextCheckAfter } from '../domain/announced';
import { CLAIM_LIFETIME, labelOf } from '../domain/ledger';
import { notDue, refused, Step } from '../domain/step';
import { addDays, addMs, latest } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

/** Refused near both ends of the recovery period: a check may be deactivating or deleting the previous key. */
export function rollbackStep(request: RotationRequest, state: UserState): Step {
  const { keys, current, now } = state;
  const lost = !current && (state.ledger.current !== undefined || valueProblem(request, state) !== undefined);
  const expected = lost ? expectedCurrent(state) : undefined;
  if (expected) return { do: 'restore', key: expected.issued };
  if (lost && !state.ledger.current) return { do: 'replace-value', version: versionWithoutKey(state) };
  const newer = current && newerThan(current, state);
  // AWSCURRENT was moved back outside the rotation: this event confirms that it was intended.
  if (newer && !newer.withdrawn) {
    return {
      do: 'record',
      add: { label: labelOf('rejected', newer.keyId, now, false), version: newer.issued.version },
      remove: [],
    };
  }
  if (current && newer?.active) {
    return notDue(`${current.keyId} is current already, and ${newer.keyId} is being retired`);
  }
  if (!current) return refused('there is no current key to roll back from');
  const previous = keys.find((key) => key !== current);
  if (!previous) return refused('there is no previous key: none was issued yet, or it is deleted');
  if (!previous.issued) {
    return refused(`${previous.keyId} was not issued by this rotation, which does not have its secret access key`);
  }
  const { keyId, facts } = previous;
  if (facts.leaked) return refused(`the previous key ${keyId} was reported as leaked`);
  if (previous.active) return refused(`the previous key ${keyId} is still active and can be used as it is`);
  const from = addMs(facts.inactive?.at ?? now, CLAIM_LIFETIME);
  if (now < from) {
    return refused(`the previous key ${keyId} was deactivated less than ${CLAIM_LIFETIME / 60_000} minutes ago`, from);
  }
  const until = addMs(deletedAt(previous, current, request), -RACE_MARGIN);
  if (now >= until) {
    return refused(
      `the recovery period of the previous key ${keyId} is over, or about to be: a roll-back was possible until ${until.toISOString()}`,
    );
  }
  return limitStep(previous, current, request, now) ?? { do: 'restore', key: previous.issued, reject: current };
}

/**
 * Refuses a key that would reach the limit. It stays active until the rejected key is deleted, which frees a slot, and
 * until consumers have switched to the key after it. Both periods are kept in any case.
 */
function limitStep(previous: UserKey, current: UserKey, request: RotationRequest, now: Date): Step | undefined {
  const { ages, limitDays, maxDelayDays, checkTimes } = request;
  if (limitDays === undefined) return undefined;
  const [, slotFreeAt] = announcedRetirement(now, request);
  const dueForReplacement = announced('create', addDays(previous.createdAt, ages.create), request);
  const replacedAt = nextCheckAfter('create', latest(dueForReplacement, slotFreeAt), request);
  const dueAt = addDays(replacedAt, switchPeriodDays(ages) + maxDelayDays);
  // One check interval may be lost.
  const lost = addMs(announced('deactivate', dueAt, request), (checkTimes?.interval ?? 0) * MINUTE);
  const inactiveAt = announced('deactivate', lost, request);
  const days = Math.ceil((inactiveAt.getTime() - previous.createdAt.getTime()) / DAY);
  if (days < limitDays) return undefined;
  const deleteAt = announced('delete', deletedAt(previous, current, request), request, now);
  return refused(
    `the previous key ${previous.keyId} could be active until an age of ${days} days, and the limit is ${limitDays} days:`
      + ` ${current.keyId} would have to be retired before a new key could replace it. If programs do not work with`
      + ` ${current.keyId}, send {"action": "create", "username": "${request.username}"} for a new key when ${previous.keyId} is deleted`,
    deleteAt,
  );
}
