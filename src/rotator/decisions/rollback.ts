/** Back to the previous key, within its second grace. */
import { newerThan } from './current-key';
import { RACE_MARGIN } from './failed-runs';
import { deletedAt } from './retirement';
import { CLAIM_LIFETIME, labelOf } from '../domain/ledger';
import { notDue, refused, Step } from '../domain/step';
import { addMs } from '../domain/time';
import { RotationRequest, UserState } from '../domain/user-state';

/** Refused near both ends of the recovery period: a check may be about to deactivate or to delete the previous key. */
export function rollbackStep({ ages }: RotationRequest, state: UserState): Step {
  const { keys, current, now } = state;
  const newer = current && newerThan(current, state);
  // Somebody moved AWSCURRENT back by hand: this says that it was meant.
  if (newer && !newer.withdrawn) {
    return {
      do: 'record',
      add: { label: labelOf('rejected', newer.keyId, now, false), version: newer.issued.version },
      remove: [],
    };
  }
  if (current && newer?.active) {
    return notDue(`${current.keyId} is current again already, and ${newer.keyId} is on its way out`);
  }
  if (!current) return refused('there is no current key to roll back from');
  const previous = keys.find((key) => key !== current);
  if (!previous) return refused('the previous key does not exist any more');
  if (!previous.issued) {
    return refused(`${previous.keyId} was not issued by this rotation, so its secret half is not known here`);
  }
  const { keyId, facts } = previous;
  if (facts.leaked) return refused(`the previous key ${keyId} leaked`);
  if (previous.active) return refused(`the previous key ${keyId} is still active: whoever needs it can go on using it`);
  const from = addMs(facts.inactive?.at ?? now, CLAIM_LIFETIME);
  if (now < from) return refused(`the previous key ${keyId} was deactivated just now`, from);
  const until = addMs(deletedAt(previous, current, ages), -RACE_MARGIN);
  if (now >= until) {
    return refused(
      `the previous key ${keyId} is about to be deleted, or is being deleted: since ${until.toISOString()} it is too late`,
    );
  }
  return { do: 'restore', key: previous.issued, reject: current };
}
