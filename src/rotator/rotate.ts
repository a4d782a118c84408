/** One event for one user: read, decide, act, tell. The decisions are in lifecycle.ts. */
import { Announcements } from './announcements';
import { Action } from './contract';
import { discard } from './discard';
import { issue, IssueTools } from './issue';
import { tokenFor } from './ledger';
import { adoptedLabel, isOurs, Ledger, offLabel } from './ledger-state';
import { nextStep, Step, StepOptions, UserState } from './lifecycle';
import { blockedMessage, createdMessage, deactivatedMessage, deletedMessage } from './messages';
import { RotationRequest } from './request';
import { CLAIM_LIFETIME } from './unfinished';

export interface RotateTools extends IssueTools {
  readonly announcements: Announcements;
  readonly region: string;
}

/** The answer to an event: what was done, or why nothing was. */
export interface Outcome {
  readonly username: string;
  readonly action: Action;
  readonly outcome: 'created' | 'deactivated' | 'deleted' | 'not-due' | 'refused' | 'busy' | 'waiting' | 'blocked';
  readonly message: string;
  readonly accessKeyId?: string;
  /** When it is worth asking again, ISO 8601. */
  readonly until?: string;
}

/** Records of deleted keys that stay in the secret: a year of them at 90 days. A secret has room for 20 labels. */
const RECORDS_KEPT = 4;

/** More facts than one user's ledger can owe: beyond it, the settling does not settle. */
const ROUNDS = 25;

export async function rotate(request: RotationRequest, tools: RotateTools, options: StepOptions = {}): Promise<Outcome> {
  let { mute } = options;
  for (let round = 0; round < ROUNDS; round++) {
    const state = await readState(tools);
    const step = nextStep(request, state, { ...options, mute });
    const done = await take(step, request, state, tools);
    if (done === 'unsent') mute = true;
    else if (done !== 'settled') return done;
  }
  throw new Error(`${request.username}: the ledger of secret ${request.secret} does not settle, look at its staging labels`);
}

async function readState({ accessKeys, ledger }: RotateTools): Promise<UserState> {
  const [{ keys, now }, known] = await Promise.all([accessKeys.list(), ledger.read()]);
  return { keys, ledger: known, now };
}

async function take(step: Step, request: RotationRequest, state: UserState, tools: RotateTools): Promise<Outcome | 'settled' | 'unsent'> {
  const { accessKeys, ledger, announcements, region } = tools;
  const answer = (outcome: Outcome['outcome'], message: string, more: Pick<Outcome, 'accessKeyId' | 'until'> = {}): Outcome =>
    ({ username: request.username, action: request.action, outcome, message, ...more });

  switch (step.do) {
    case 'issue': {
      const issued = await issue(request, state, step.adopt, tools);
      if (!issued) return answer('busy', 'another run was faster', { until: new Date(state.now.getTime() + CLAIM_LIFETIME).toISOString() });
      const previous = state.keys.filter((key) => isOurs(state.ledger, key.keyId) || step.adopt.includes(key.keyId)).map((key) => key.keyId);
      if (await announcements.send(createdMessage(request, issued.keyId, issued.createdAt, previous, region))) await ledger.unmark(issued.claim);
      return answer('created', `new key ${issued.keyId} is current`, { accessKeyId: issued.keyId });
    }
    case 'adopt':
      await ledger.put(tokenFor(request.username, 'claim', state.ledger.versions), { adopted: step.adopt }, step.adopt.map(adoptedLabel));
      return 'settled';
    case 'deactivate':
      await accessKeys.deactivate(step.key.keyId);
      await tellOff(step.key.keyId, request, state, tools);
      return answer('deactivated', `the previous key ${step.key.keyId} is inactive now`, { accessKeyId: step.key.keyId });
    case 'stamp':
      await tellOff(step.key.keyId, request, state, tools);
      return answer('deactivated', `the previous key ${step.key.keyId} was found inactive, its grace begins now`, { accessKeyId: step.key.keyId });
    case 'delete':
      await accessKeys.delete(step.key.keyId);
      await tellDeleted(step.key.keyId, request, state, tools);
      return answer('deleted', `the previous key ${step.key.keyId} is deleted`, { accessKeyId: step.key.keyId });
    case 'announce-created': {
      const { keyId, createdAt } = step.key;
      const previous = state.keys.filter((key) => key.keyId !== keyId && isOurs(state.ledger, key.keyId)).map((key) => key.keyId);
      if (!await announcements.send(createdMessage(request, keyId, createdAt, previous, region))) return 'unsent';
      await ledger.unmark(step.claim);
      return 'settled';
    }
    case 'announce-deactivated': {
      const { keyId, since, version } = step.stamp;
      if (!await announcements.send(deactivatedMessage(request, keyId, since, region))) return 'unsent';
      await ledger.mark(offLabel(keyId, since, true), version);
      await ledger.unmark(step.stamp);
      return 'settled';
    }
    case 'announce-deleted':
      return await tellDeleted(step.stamp.keyId, request, state, tools) ? 'settled' : 'unsent';
    case 'unstamp':
      await ledger.unmark(step.stamp);
      return 'settled';
    case 'discard':
      await discard(step.claim, request, state, tools);
      return 'settled';
    case 'nothing':
      return answer(step.outcome, step.why, step.until && { until: step.until.toISOString() });
    case 'report':
      await announcements.send(blockedMessage(request, step.why, step.remedy));
      return answer(step.outcome, `${step.why}; ${step.remedy}`);
  }
}

/** Tells first and stamps then, in one call less: a crash in between stamps and tells again, late but never early. */
async function tellOff(keyId: string, request: RotationRequest, state: UserState, tools: RotateTools): Promise<void> {
  const told = await tools.announcements.send(deactivatedMessage(request, keyId, state.now, tools.region));
  await tools.ledger.mark(offLabel(keyId, state.now, told), recordOf(keyId, state));
}

async function tellDeleted(keyId: string, request: RotationRequest, { keys, ledger }: UserState, tools: RotateTools): Promise<boolean> {
  const past = ledger.issued
    .filter((issued) => issued.keyId === keyId || (issued.keyId !== ledger.current?.keyId && !keys.some((key) => key.keyId === issued.keyId)))
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  // Whether told or not: what is owed for years must not fill the secret's labels, and so stop the rotation.
  for (const record of past.slice(RECORDS_KEPT)) await forget(record.keyId, ledger, tools);
  const version = ledger.issued.find((issued) => issued.keyId === keyId)?.version;
  for (const stale of ledger.claims.filter((claim) => claim.version === version)) await tools.ledger.unmark(stale);
  if (!await tools.announcements.send(deletedMessage(request, keyId, ledger.current))) return false;
  const adoption = ledger.adopted.filter((adopted) => adopted.keyId === keyId);
  // The stamp goes last: as long as it is there, the message is owed.
  for (const mark of [...adoption, ...ledger.off.filter((stamp) => stamp.keyId === keyId)]) await tools.ledger.unmark(mark);
  return true;
}

async function forget(keyId: string, { issued, off }: Ledger, { ledger }: RotateTools): Promise<void> {
  for (const mark of [...off, ...issued].filter((record) => record.keyId === keyId)) await ledger.unmark(mark);
}

/** The version that a key's labels live on: its own, or for an adopted key the one that records the adoption. */
function recordOf(keyId: string, { ledger }: UserState): string {
  return [...ledger.issued, ...ledger.adopted].find((record) => record.keyId === keyId)!.version;
}
