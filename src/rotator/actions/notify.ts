/** What is told and what is put on record for it, in an order that loses neither: who dies in between tells twice. */
import { lookUp, Ports } from './ports';
import { byPeople, useOf } from '../domain/last-use';
import { Fact, labelOf, Ledger, recordsOf } from '../domain/ledger';
import { Step } from '../domain/step';
import { AccessKey, RotationRequest, UserKey, UserState } from '../domain/user-state';
import { Message } from '../messages/message';
import {
  deactivatedMessage,
  deletedMessage,
  leakedMessage,
  OffDetails,
  reminderMessage,
  rolledBackMessage,
} from '../messages/old-key-messages';
import { foreignMessage } from '../messages/unmanaged-key-messages';

/** Tells first and stamps then, in one call less: a crash in between stamps and tells again, late but never early. */
export async function tellOff(
  key: UserKey,
  request: RotationRequest,
  state: UserState,
  ports: Ports,
  before?: Fact,
): Promise<void> {
  const { keyId } = key;
  const told = await ports.announcements.send(
    offMessage(keyId, state.now, request, await withUses(keyId, state, ports)),
  );
  await ports.ledger.mark(labelOf('inactive', keyId, state.now, told), key.home!);
  // A crash before this leaves two stamps, and the later one counts.
  if (before) await ports.ledger.unmark(before);
}

/** What a fact is told with, if a run before could not. */
export async function tellFact(fact: Fact, request: RotationRequest, state: UserState, ports: Ports): Promise<boolean> {
  const informed = fact.kind === 'inactive' ? await withUses(fact.subject, state, ports) : state;
  if (!(await ports.announcements.send(messageFor(fact, request, informed)))) return false;
  const told = labelOf(fact.kind, fact.subject, fact.at, true);
  // A run may have died between the two calls.
  if (!state.ledger.versions[fact.version].includes(told)) await ports.ledger.mark(told, fact.version);
  await ports.ledger.unmark(fact);
  return true;
}

function messageFor(fact: Fact, request: RotationRequest, state: UserState): Message {
  return fact.kind === 'rejected'
    ? rolledBackMessage(request, fact.subject, fact.at, state.ledger.current?.subject)
    : offMessage(fact.subject, fact.at, request, state);
}

function offMessage(keyId: string, since: Date, request: RotationRequest, state: UserState): Message {
  return recordsOf(state.ledger, keyId).facts.leaked
    ? leakedMessage(request, keyId, since)
    : deactivatedMessage(request, keyId, since, offDetails(keyId, state));
}

function offDetails(keyId: string, state: UserState): OffDetails {
  const { issued, facts } = recordsOf(state.ledger, keyId);
  return {
    uses: usesOf(keyId, state),
    current: state.ledger.current?.subject,
    canRollBack: issued !== undefined && !facts.leaked,
  };
}

/** A decision that needed no answer from IAM is told with it all the same. */
async function withUses(keyId: string, state: UserState, ports: Ports): Promise<UserState> {
  if (state.lastUse?.has(keyId)) return state;
  const about = state.keys.filter((key) => key.keyId === keyId || key.keyId === state.ledger.current?.subject);
  return { ...state, lastUse: await lookUp(about, false, ports) };
}

function usesOf(keyId: string, state: UserState): string[] {
  const { current } = state;
  const use = (key: AccessKey | undefined) => key && byPeople(state.lastUse?.get(key.keyId), key);
  const uses = { old: use(state.keys.find((key) => key.keyId === keyId)), current: use(current) };
  return [
    ...(uses.old ? [`It was ${useOf(uses.old)}.`] : []),
    ...(uses.current ? [`The current key ${current!.keyId} was ${useOf(uses.current)}.`] : []),
  ];
}

/** The label comes last: a crash before it reminds twice. One for each key is enough. */
export async function tellReminder(
  { key, before, at }: Extract<Step, { do: 'remind' }>,
  request: RotationRequest,
  state: UserState,
  ports: Ports,
): Promise<boolean> {
  const { keyId } = key;
  const details = { ...offDetails(keyId, await withUses(keyId, state, ports)), before, at };
  if (!(await ports.announcements.send(reminderMessage(request, keyId, details)))) return false;
  await ports.ledger.mark(labelOf('reminded', keyId, state.now), key.home!);
  return true;
}

/** Notices a foreign key once: people know it from then on, and so does the ledger. */
export async function tellForeign(
  key: AccessKey,
  home: string,
  request: RotationRequest,
  state: UserState,
  ports: Ports,
): Promise<boolean> {
  if (!(await ports.announcements.send(foreignMessage(request, key)))) return false;
  await ports.ledger.mark(labelOf('unmanaged', key.keyId, state.now), home);
  return true;
}

export async function tellDeleted(
  keyId: string,
  request: RotationRequest,
  { ledger }: UserState,
  ports: Ports,
): Promise<boolean> {
  await dropClaims(keyId, ledger, ports);
  if (!(await ports.announcements.send(deletedMessage(request, keyId, ledger.current)))) return false;
  // The stamp goes last: as long as it is there, the message is owed.
  const about = ledger.facts.filter((fact) => fact.subject === keyId);
  for (const fact of [
    ...about.filter(({ kind }) => kind !== 'inactive'),
    ...about.filter(({ kind }) => kind === 'inactive'),
  ]) {
    await ports.ledger.unmark(fact);
  }
  return true;
}

/** That a key is new is no news any more once it is deleted. */
async function dropClaims(keyId: string, ledger: Ledger, ports: Ports): Promise<void> {
  const version = recordsOf(ledger, keyId).issued?.version;
  for (const claim of ledger.claims.filter((candidate) => candidate.version === version)) {
    await ports.ledger.unmark(claim);
  }
}
