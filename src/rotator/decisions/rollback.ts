/** Back to the previous key, within its second grace. Pure, like next-step.ts. */
import { currentKey, newerThan } from './current-key';
import { leavesAt } from './retirement';
import { FENCE } from './unfinished';
import { CLAIM_LIFETIME, factOf, isSetAside, issuedKey, labelOf } from '../domain/ledger';
import { notDue, refused, Step } from '../domain/step';
import { plus } from '../domain/time';
import { AccessKey, RotationRequest, UserState } from '../domain/user-state';

/**
 * Refused near both ends of the second grace: a check that began before may be about to deactivate or to delete the very key.
 */
export function rollbackStep({ ages }: RotationRequest, { keys, ledger, now }: UserState): Step {
  const current = currentKey({ keys, ledger });
  const newer = current && newerThan(current, keys, ledger);
  // Somebody moved AWSCURRENT back by hand: this says that it was meant.
  if (newer && !isSetAside(newer.keyId, ledger)) {
    const { version } = issuedKey(ledger, newer.keyId)!;
    return { do: 'record', add: { label: labelOf('rejected', newer.keyId, now, false), version }, remove: [] };
  }
  if (current && newer?.active) return notDue(`${current.keyId} is current again already, and ${newer.keyId} is on its way out`);
  if (!current) return refused('there is no current key to roll back from');
  const previous = keys.find((key) => key.keyId !== current.keyId);
  if (!previous) return refused('the previous key does not exist any more');
  return previousProblem(previous, current, ages, { keys, ledger, now })
    ?? { do: 'restore', key: issuedKey(ledger, previous.keyId)!, reject: current };
}

function previousProblem(previous: AccessKey, current: AccessKey, ages: RotationRequest['ages'], { ledger, now }: UserState): Step | undefined {
  const { keyId } = previous;
  if (!issuedKey(ledger, keyId)) return refused(`${keyId} was not issued by this rotation, so its secret half is not known here`);
  if (factOf(ledger, 'leaked', keyId)) return refused(`the previous key ${keyId} leaked`);
  if (previous.active) return refused(`the previous key ${keyId} is still active: whoever needs it can go on using it`);
  const stamp = factOf(ledger, 'inactive', keyId);
  const from = plus(stamp?.at ?? now, CLAIM_LIFETIME);
  if (now < from) return refused(`the previous key ${keyId} was deactivated just now`, from);
  const until = plus(leavesAt(previous, current, ages, ledger), -FENCE);
  return now >= until ? refused(`the previous key ${keyId} is about to be deleted, or is being deleted: since ${until.toISOString()} it is too late`) : undefined;
}
