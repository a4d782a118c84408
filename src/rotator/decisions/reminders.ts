/** Reminders of a deadline, while there is time to act on them. Pure, like next-step.ts. */
import { currentKey, reached } from './current-key';
import { DAY, rollbackGrace, switchGrace, TOLERANCE } from '../../contract/ages';
import { byPeople, inUse } from '../domain/last-use';
import { factOf } from '../domain/ledger';
import { AccessKey, latest, plus, Step, StepOptions, UserState } from '../domain/step';
import { RotationRequest } from '../handlers/request';

/**
 * Before a deactivation, people are reminded so many days ahead as was asked for, while the old key is still in use or the new
 * one never was. Before a deletion, which nobody can undo, they are in any case, as late as the last of these.
 *
 * Only a schedule's check reminds: who asks by hand gets an answer.
 */
export function reminderStep(key: AccessKey, dueAt: Date, request: RotationRequest, state: UserState, { mute }: StepOptions): Step | undefined {
  if (mute || !request.onlyIfDue || !isTime(key, dueAt, request, state)) return undefined;
  if (!key.active) return { do: 'remind', key, before: 'deletion', at: dueAt };

  const current = currentKey(state);
  if (!state.lastUse) return { do: 'look-up-use', keys: [key, ...(current ? [current] : [])], mustKnow: false };
  const nobodySwitched = current && byPeople(state.lastUse.get(current.keyId), current) === 'never';
  return nobodySwitched || inUse(state.lastUse.get(key.keyId), request, state.now) ? { do: 'remind', key, before: 'deactivation', at: dueAt } : undefined;
}

function isTime({ keyId, active }: AccessKey, dueAt: Date, { ages, reminderDays }: RotationRequest, { ledger, now }: UserState): boolean {
  // Not before the grace itself has begun: the message that it begins is just out.
  const shortest = Math.min(switchGrace(ages), rollbackGrace(ages));
  const days = reminderDays.filter((ahead) => ahead < shortest).sort((a, b) => a - b);
  const moments = (active ? days : days.slice(0, 1)).map((ahead) => plus(dueAt, -ahead * DAY)).filter((moment) => reached(moment, now));
  const last = factOf(ledger, 'reminded', keyId);
  return moments.length > 0 && !(last && last.at >= plus(latest(...moments), -TOLERANCE));
}
