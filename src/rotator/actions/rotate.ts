/** One event for one user: read, decide, act, tell. The decisions are in next-step.ts. */
import { discard } from './discard';
import { issue, IssueTools } from './issue';
import { lookUp } from './look-up';
import { tellDeleted, tellFact, tellForeign, tellOff, tellReminder } from './notify';
import { restore } from './restore';
import { Action, Command } from '../../contract/settings';
import { Announcements } from '../aws/announcements';
import { seeingOwnWrites } from '../aws/own-writes';
import { putFirst } from '../aws/secrets-manager';
import { nextStep, ROUNDS } from '../decisions/next-step';
import { Readings, readingsOf } from '../decisions/readings';
import { UserStatus, statusOf } from '../decisions/status';
import { useOf } from '../domain/last-use';
import { CLAIM_LIFETIME, Fact, factLabel, isOurs } from '../domain/ledger';
import { AccessKey, Step, StepOptions, UserState } from '../domain/step';
import { RotationRequest } from '../handlers/request';
import { onceRecorded, planOf } from '../messages/dry-run';
import { adoptedMessage, blockedMessage, createdMessage, heldMessage } from '../messages/key-messages';
import { Here } from '../messages/message';

export interface RotateTools extends IssueTools {
  readonly announcements: Announcements;
  readonly here: Here;
}

/** The answer to an event: what was done, or why nothing was. */
export interface Outcome {
  readonly username: string;
  readonly action: Action | Command;
  readonly outcome:
  | 'created' | 'deactivated' | 'deleted' | 'rolled-back' | 'held'
  | 'not-due' | 'refused' | 'busy' | 'waiting' | 'blocked'
  | 'planned' | 'status' | 'failed';
  readonly message: string;
  readonly accessKeyId?: string;
  /** When it is worth asking again, ISO 8601. */
  readonly until?: string;
  readonly status?: UserStatus;
  /** What the user had before that. */
  readonly readings?: Readings;
}

/** Something was put in order, and the next step can be decided. */
interface Settled {
  /** Whether the message that goes with it is on its way. */
  readonly sent: boolean;
  readonly orphansRemoved?: number;
}

const SETTLED: Settled = { sent: true };

export async function rotate(request: RotationRequest, given: RotateTools): Promise<Outcome> {
  const tools = { ...given, accessKeys: seeingOwnWrites(given.accessKeys) };
  if (request.action === 'status') return answerStatus(request, tools);
  if (request.dryRun) return plan(request, tools);
  let [mute, orphansRemoved] = [false, 0];
  let seen: UserState | undefined;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      seen = await readState(tools);
      const { step, state } = await decide(request, seen, tools, { mute });
      const done = await take(step, request, state, tools);
      if ('outcome' in done) return { ...done, readings: readingsOf(request, seen, orphansRemoved) };
      mute ||= !done.sent;
      orphansRemoved += done.orphansRemoved ?? 0;
    }
  } catch (error) {
    // The figures count all the same: a user whose checks fail for days is overdue.
    throw seen ? Object.assign(error as Error, { readings: readingsOf(request, seen, orphansRemoved) }) : error;
  }
  throw new Error(`${request.username}: the ledger of secret ${request.secret} does not settle, look at its staging labels`);
}

/** What would be done, once everything is on record that would be put there first. */
async function plan(request: RotationRequest, tools: RotateTools): Promise<Outcome> {
  const { step, state } = await decide(request, onceRecorded(request, await readState(tools)), tools, { mute: true });
  return { username: request.username, action: request.action, ...planOf(step, request), readings: readingsOf(request, state, 0) };
}

async function answerStatus(request: RotationRequest, tools: RotateTools): Promise<Outcome> {
  const state = await readState(tools);
  const status = statusOf(request, { ...state, lastUse: await lookUp(state.keys, false, tools) });
  return { username: request.username, action: 'status', outcome: 'status', message: status.summary, status, readings: readingsOf(request, state, 0) };
}

/** For the digest: when keys were used last costs a call for each, and is only asked where it makes a difference. */
export async function standing(request: RotationRequest, tools: RotateTools): Promise<UserStatus> {
  const check: RotationRequest = { ...request, action: 'create', onlyIfDue: true };
  const read = await readState(tools);
  const { state: { lastUse } } = await decide(check, onceRecorded(check, read), tools, { mute: true });
  return statusOf(request, { ...read, lastUse });
}

interface Decision {
  readonly step: Step;
  readonly state: UserState;
}

async function decide(request: RotationRequest, state: UserState, tools: RotateTools, options: StepOptions): Promise<Decision> {
  const step = nextStep(request, state, options);
  if (step.do !== 'look-up-use') return { step, state };
  const informed = { ...state, lastUse: await lookUp(step.keys, step.mustKnow, tools) };
  return { step: nextStep(request, informed, options), state: informed };
}

/** First the keys, then the ledger: so whatever key is listed, its claim or its record can be read. */
async function readState({ accessKeys, ledger }: RotateTools): Promise<UserState> {
  const { keys, now } = await accessKeys.list();
  return { keys, ledger: await ledger.read(), now };
}

async function take(step: Step, request: RotationRequest, state: UserState, tools: RotateTools): Promise<Outcome | Settled> {
  const { accessKeys, ledger, announcements, here } = tools;
  const answer = (outcome: Outcome['outcome'], message: string, { accessKeyId, until }: Pick<Outcome, 'accessKeyId' | 'until'> = {}): Outcome =>
    ({ username: request.username, action: request.action, outcome, message, accessKeyId, until });
  const busy = () => answer('busy', 'another run was faster', { until: new Date(state.now.getTime() + CLAIM_LIFETIME).toISOString() });
  const revoke = async (key: AccessKey) => {
    await accessKeys.deactivate(key.keyId);
    await tellOff(key, request, state, tools);
  };

  switch (step.do) {
    case 'issue': {
      const issued = await issue(request, state, step.adopt, tools);
      if (!issued) return busy();
      const { keyId, createdAt, claim } = issued;
      // Before the message, which may take its time: the new key is current, and the leaked one has to stop working.
      if (step.revoke) await revoke(step.revoke);
      const previous = previousKeys(state, keyId, step.adopt).filter((id) => id !== step.revoke?.keyId);
      if (await announcements.send(createdMessage(request, keyId, createdAt, previous, here))) await ledger.unmark(claim);
      const message = step.revoke ? `new key ${keyId} is current, and the leaked key ${step.revoke.keyId} is inactive` : `new key ${keyId} is current`;
      return answer('created', message, { accessKeyId: keyId });
    }
    case 'restore': {
      const { key, reject } = step;
      const rejection = reject && rejectionOf(reject, state);
      if (!await restore(key, rejection, request, state, { ...tools, readState: () => readState(tools) })) return busy();
      if (step.revoke) {
        await revoke(step.revoke);
        return answer('deactivated', `${key.keyId} is current again, and the leaked key ${step.revoke.keyId} is inactive`, { accessKeyId: step.revoke.keyId });
      }
      await tellFact(rejection!, request, { ...state, ledger: { ...state.ledger, current: key } }, tools);
      return answer('rolled-back', `${key.keyId} is current again; ${reject!.keyId} is retired in its place, after both grace periods`, { accessKeyId: key.keyId });
    }
    case 'adopt': {
      const adopted = step.adopt.map((keyId) => factLabel('adopted', keyId, state.now));
      if (!await putFirst(ledger, request.username, state.ledger, { adopted: step.adopt }, adopted)) return busy();
      await announcements.send(adoptedMessage(request, step.adopt, state.now));
      return SETTLED;
    }
    case 'record':
      if (step.add) await ledger.mark(step.add.label, step.add.version);
      for (const mark of step.remove) await ledger.unmark(mark);
      return SETTLED;
    case 'deactivate':
      await accessKeys.deactivate(step.key.keyId);
      await tellOff(step.key, request, state, tools);
      return answer('deactivated', step.because === 'leaked'
        ? `the leaked key ${step.key.keyId} is inactive now`
        : `the previous key ${step.key.keyId} is inactive now, ${useOf(state.lastUse?.get(step.key.keyId))}`, { accessKeyId: step.key.keyId });
    case 'stamp':
      await tellOff(step.key, request, state, tools, step.usedSince);
      return answer('deactivated', step.usedSince
        ? `the previous key ${step.key.keyId} was used while it should have been inactive, ${useOf(state.lastUse?.get(step.key.keyId))}: its grace begins anew`
        : `the previous key ${step.key.keyId} was found inactive, its grace begins now`, { accessKeyId: step.key.keyId });
    case 'delete':
      await accessKeys.delete(step.key.keyId);
      await tellDeleted(step.key.keyId, request, state, tools);
      if (step.because === 'leaked') return SETTLED; // to make room for what has to follow
      return answer('deleted', `the previous key ${step.key.keyId} is deleted`, { accessKeyId: step.key.keyId });
    case 'hold': {
      const use = state.lastUse?.get(step.key.keyId);
      await announcements.send(heldMessage(request, step.key.keyId, step.until, use, here));
      return answer('held', `the previous key ${step.key.keyId} is still in use, ${useOf(use)}`, { accessKeyId: step.key.keyId, until: step.until.toISOString() });
    }
    case 'announce-created': {
      const { keyId, createdAt } = step.key;
      if (!await announcements.send(createdMessage(request, keyId, createdAt, previousKeys(state, keyId), here))) return { sent: false };
      await ledger.unmark(step.claim);
      return SETTLED;
    }
    case 'announce':
      return { sent: await tellFact(step.fact, request, state, tools) };
    case 'announce-deleted':
      return { sent: await tellDeleted(step.stamp.keyId, request, state, tools) };
    case 'remind': {
      // Nothing is left to decide, and a ledger that is read again may not show the label yet.
      const sent = await tellReminder(step, request, state, tools);
      return answer('not-due', `the ${step.before} of the previous key ${step.key.keyId} is not due yet${sent ? ', people are reminded of it' : ''}`,
        { accessKeyId: step.key.keyId, until: step.at.toISOString() });
    }
    case 'announce-foreign':
      return { sent: await tellForeign(step.key, step.home, request, state, tools) };
    case 'discard':
      return { sent: true, orphansRemoved: await discard(step.claim, request, state, tools) };
    case 'nothing':
      return answer(step.outcome, step.why, { until: step.until?.toISOString() });
    case 'report':
      await announcements.send(blockedMessage(request, step.why, step.remedy));
      return answer('blocked', `${step.why}; ${step.remedy}`);
    case 'look-up-use':
      throw new Error(`${request.username}: no decision in spite of what IAM says about the last use of ${step.keys.map(({ keyId }) => keyId).join(', ')}`);
  }
}

function rejectionOf({ keyId }: AccessKey, { ledger, now }: UserState): Fact {
  return { kind: 'rejected', keyId, at: now, told: false, label: factLabel('rejected', keyId, now, false), version: ledger.current!.version };
}

/** The keys that people switch from. */
function previousKeys({ keys, ledger }: UserState, newKey: string, adopted: readonly string[] = []): string[] {
  return keys.filter(({ keyId }) => keyId !== newKey && (isOurs(ledger, keyId) || adopted.includes(keyId))).map(({ keyId }) => keyId);
}

