/** One step, carried out. */
import { putFirst } from './claim';
import { discard } from './discard';
import { issue } from './issue';
import { tellDeleted, tellFact, tellForeign, tellOff, tellReminder } from './notify';
import { Ports } from './ports';
import { restore } from './restore';
import { Outcome } from '../../contract/outcome';
import { useOf } from '../domain/last-use';
import { CLAIM_LIFETIME, Fact, labelOf } from '../domain/ledger';
import { Step } from '../domain/step';
import { AccessKey, RotationRequest, UserKey, UserState } from '../domain/user-state';
import { createdMessage } from '../messages/new-key-messages';
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

export async function take(
  step: Step,
  request: RotationRequest,
  state: UserState,
  ports: Ports,
): Promise<Outcome | Settled> {
  const { accessKeys, ledger, announcements } = ports;
  const answer = (
    outcome: Outcome['outcome'],
    message: string,
    { accessKeyId, until }: Pick<Outcome, 'accessKeyId' | 'until'> = {},
  ): Outcome => ({ username: request.username, action: request.action, outcome, message, accessKeyId, until });
  const busy = () =>
    answer('busy', 'another run was faster', { until: new Date(state.now.getTime() + CLAIM_LIFETIME).toISOString() });
  const revoke = async (key: UserKey) => {
    await accessKeys.deactivate(key.keyId);
    await tellOff(key, request, state, ports);
  };

  switch (step.do) {
    case 'issue': {
      const issued = await issue(request, state, step.adopt, ports);
      if (!issued) return busy();
      const { keyId, createdAt, claim } = issued;
      // Before the message, which may take its time: the new key is current, and the leaked one has to stop working.
      if (step.revoke) await revoke(step.revoke);
      const previous = previousKeys(state, keyId, step.adopt).filter((id) => id !== step.revoke?.keyId);
      if (await announcements.send(createdMessage(request, keyId, createdAt, previous))) await ledger.unmark(claim);
      const message = step.revoke
        ? `new key ${keyId} is current, and the leaked key ${step.revoke.keyId} is inactive`
        : `new key ${keyId} is current`;
      return answer('created', message, { accessKeyId: keyId });
    }
    case 'restore': {
      const { key, reject } = step;
      const rejection = reject && rejectionOf(reject, state);
      if (!(await restore(key, rejection, request, state, ports))) return busy();
      if (step.revoke) {
        await revoke(step.revoke);
        return answer(
          'deactivated',
          `${key.subject} is current again, and the leaked key ${step.revoke.keyId} is inactive`,
          { accessKeyId: step.revoke.keyId },
        );
      }
      await tellFact(rejection!, request, { ...state, ledger: { ...state.ledger, current: key } }, ports);
      return answer(
        'rolled-back',
        `${key.subject} is current again; ${reject!.keyId} is retired in its place, after both grace periods`,
        { accessKeyId: key.subject },
      );
    }
    case 'adopt': {
      const adopted = step.adopt.map((keyId) => labelOf('adopted', keyId, state.now));
      if (!(await putFirst(ledger, request.username, state.ledger, { adopted: step.adopt }, adopted))) return busy();
      await announcements.send(adoptedMessage(request, step.adopt, state.now));
      return SETTLED;
    }
    case 'record':
      if (step.add) await ledger.mark(step.add.label, step.add.version);
      for (const mark of step.remove) await ledger.unmark(mark);
      return SETTLED;
    case 'deactivate':
      await accessKeys.deactivate(step.key.keyId);
      await tellOff(step.key, request, state, ports);
      return answer(
        'deactivated',
        step.because === 'leaked'
          ? `the leaked key ${step.key.keyId} is inactive now`
          : `the previous key ${step.key.keyId} is inactive now, ${useOf(state.lastUse?.get(step.key.keyId))}`,
        { accessKeyId: step.key.keyId },
      );
    case 'stamp':
      await tellOff(step.key, request, state, ports, step.usedSince);
      return answer(
        'deactivated',
        step.usedSince
          ? `the previous key ${step.key.keyId} was used while it should have been inactive, ${useOf(state.lastUse?.get(step.key.keyId))}: its grace begins anew`
          : `the previous key ${step.key.keyId} was found inactive, its grace begins now`,
        { accessKeyId: step.key.keyId },
      );
    case 'delete':
      await accessKeys.delete(step.key.keyId);
      await tellDeleted(step.key.keyId, request, state, ports);
      if (step.because === 'leaked') return SETTLED; // to make room for what has to follow
      return answer('deleted', `the previous key ${step.key.keyId} is deleted`, { accessKeyId: step.key.keyId });
    case 'hold': {
      const use = state.lastUse?.get(step.key.keyId);
      await announcements.send(heldMessage(request, step.key.keyId, step.until, use));
      return answer('held', `the previous key ${step.key.keyId} is still in use, ${useOf(use)}`, {
        accessKeyId: step.key.keyId,
        until: step.until.toISOString(),
      });
    }
    case 'announce-created': {
      const { subject: keyId, at: createdAt } = step.key;
      if (!(await announcements.send(createdMessage(request, keyId, createdAt, previousKeys(state, keyId))))) {
        return { sent: false };
      }
      await ledger.unmark(step.claim);
      return SETTLED;
    }
    case 'announce':
      return { sent: await tellFact(step.fact, request, state, ports) };
    case 'announce-deleted':
      return { sent: await tellDeleted(step.stamp.subject, request, state, ports) };
    case 'remind': {
      // Nothing is left to decide, and a ledger that is read again may not show the label yet.
      const sent = await tellReminder(step, request, state, ports);
      return answer(
        'not-due',
        `the ${step.before} of the previous key ${step.key.keyId} is not due yet${sent ? ', people are reminded of it' : ''}`,
        { accessKeyId: step.key.keyId, until: step.at.toISOString() },
      );
    }
    case 'announce-foreign':
      return { sent: await tellForeign(step.key, step.home, request, state, ports) };
    case 'discard':
      return { sent: true, orphansRemoved: await discard(step.claim, request, state, ports) };
    case 'nothing':
      return answer(step.outcome, step.why, { until: step.until?.toISOString() });
    case 'report':
      await announcements.send(blockedMessage(request, step.why, step.remedy));
      return answer('blocked', `${step.why}; ${step.remedy}`);
    case 'look-up-use':
      throw new Error(
        `${request.username}: no decision in spite of what IAM says about the last use of ${step.keys.map(({ keyId }) => keyId).join(', ')}`,
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

/** The keys that people switch from. */
function previousKeys({ keys }: UserState, newKey: string, adopted: readonly string[] = []): string[] {
  return keys
    .filter(({ keyId, ours }) => keyId !== newKey && (ours || adopted.includes(keyId)))
    .map(({ keyId }) => keyId);
}
