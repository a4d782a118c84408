/** One step, carried out. */
import { putFirst } from './claim';
import { discard } from './discard';
import { issue } from './issue';
import { tellCreated, tellDeleted, tellFact, tellForeign, tellOff, tellReminder } from './notify';
import { Round } from './ports';
import { restore } from './restore';
import { Outcome } from '../../contract/outcome';
import { useOf } from '../domain/last-use';
import { CLAIM_LIFETIME, Fact, labelOf } from '../domain/ledger';
import { Step } from '../domain/step';
import { plus } from '../domain/time';
import { AccessKey, UserKey, UserState } from '../domain/user-state';
import { heldMessage } from '../messages/old-key-messages';
import { blockedMessage } from '../messages/problem-messages';
import { adoptedMessage } from '../messages/unmanaged-key-messages';

/** Something was put in order, and the next step can be decided. */
interface Settled {
  /** Whether the message that goes with it is on its way. */
  readonly sent: boolean;
  readonly orphansRemoved?: number;
}

const SETTLED: Settled = { sent: true };

export async function take(step: Step, round: Round): Promise<Outcome | Settled> {
  const { request, state, accessKeys, ledger, announcements } = round;
  const { username, action } = request;
  const answer = (outcome: Outcome['outcome'], message: string, accessKeyId?: string, until?: Date): Outcome => ({
    username,
    action,
    outcome,
    message,
    accessKeyId,
    until: until?.toISOString(),
  });
  const busy = () => answer('busy', 'another run was faster', undefined, plus(state.now, CLAIM_LIFETIME));
  const deactivate = async (key: UserKey) => {
    await accessKeys.deactivate(key.keyId);
    await tellOff(key, round);
  };
  const usedLast = (keyId: string) => useOf(state.lastUse?.get(keyId));

  switch (step.do) {
    case 'issue': {
      const issued = await issue(step.adopt, round);
      if (!issued) return busy();
      // Before the message, which may take its time: the new key is current, and the leaked one has to stop working.
      if (step.revoke) await deactivate(step.revoke);
      await tellCreated(issued, issued.claim, step, round);
      const also = step.revoke ? `, and the leaked key ${step.revoke.keyId} is inactive` : '';
      return answer('created', `new key ${issued.subject} is current${also}`, issued.subject);
    }
    case 'restore': {
      const { key, reject, revoke } = step;
      const rejection = reject && rejectionOf(reject, state);
      if (!(await restore(key, rejection, round))) return busy();
      const restored = `${key.subject} is current again`;
      if (revoke) {
        await deactivate(revoke);
        return answer('deactivated', `${restored}, and the leaked key ${revoke.keyId} is inactive`, revoke.keyId);
      }
      await tellFact(rejection!, { ...round, state: { ...state, ledger: { ...state.ledger, current: key } } });
      const message = `${restored}; ${reject!.keyId} is retired in its place, after both grace periods`;
      return answer('rolled-back', message, key.subject);
    }
    case 'adopt': {
      const adopted = step.adopt.map((keyId) => labelOf('adopted', keyId, state.now));
      if (!(await putFirst(ledger, username, state.ledger, { adopted: step.adopt }, adopted))) return busy();
      await announcements.send(adoptedMessage(request, step.adopt, state.now));
      return SETTLED;
    }
    case 'record':
      if (step.add) await ledger.mark(step.add.label, step.add.version);
      for (const mark of step.remove) await ledger.unmark(mark);
      return SETTLED;
    case 'deactivate': {
      const { keyId } = step.key;
      await deactivate(step.key);
      const message =
        step.because === 'leaked'
          ? `the leaked key ${keyId} is inactive now`
          : `the previous key ${keyId} is inactive now, ${usedLast(keyId)}`;
      return answer('deactivated', message, keyId);
    }
    case 'stamp': {
      const { keyId } = step.key;
      await tellOff(step.key, round, step.usedSince);
      const why = step.usedSince
        ? `was used while it should have been inactive, ${usedLast(keyId)}: its grace begins anew`
        : 'was found inactive, its grace begins now';
      return answer('deactivated', `the previous key ${keyId} ${why}`, keyId);
    }
    case 'delete': {
      const { keyId } = step.key;
      await accessKeys.delete(keyId);
      await tellDeleted(keyId, round);
      if (step.because === 'leaked') return SETTLED; // to make room for what has to follow
      return answer('deleted', `the previous key ${keyId} is deleted`, keyId);
    }
    case 'hold': {
      const { keyId } = step.key;
      await announcements.send(heldMessage(request, keyId, step.until, state.lastUse?.get(keyId)));
      return answer('held', `the previous key ${keyId} is still in use, ${usedLast(keyId)}`, keyId, step.until);
    }
    case 'announce-created':
      return { sent: await tellCreated(step.key, step.claim, { adopt: [] }, round) };
    case 'announce':
      return { sent: await tellFact(step.fact, round) };
    case 'announce-deleted':
      return { sent: await tellDeleted(step.stamp.subject, round) };
    case 'remind': {
      // Nothing is left to decide, and a ledger that is read again may not show the label yet.
      const also = (await tellReminder(step, round)) ? ', people are reminded of it' : '';
      const { keyId } = step.key;
      return answer('not-due', `the ${step.before} of the previous key ${keyId} is not due yet${also}`, keyId, step.at);
    }
    case 'announce-foreign':
      return { sent: await tellForeign(step, round) };
    case 'discard':
      return { sent: true, orphansRemoved: await discard(step.claim, round) };
    case 'nothing':
      return answer(step.outcome, step.why, undefined, step.until);
    case 'report':
      await announcements.send(blockedMessage(request, step.why, step.remedy));
      return answer('blocked', `${step.why}; ${step.remedy}`);
    case 'look-up-use':
      throw new Error(
        `${username}: no decision in spite of what IAM says about the last use of ${step.keys.map(({ keyId }) => keyId).join(', ')}`,
      );
  }
}

function rejectionOf({ keyId }: AccessKey, { ledger, now }: UserState): Fact {
  return {
    kind: 'rejected',
    subject: keyId,
    at: now,
    notified: false,
    label: labelOf('rejected', keyId, now, false),
    version: ledger.current!.version,
  };
}
