/** What is told and what is put on record for it, in an order that loses neither: who dies in between tells twice. */
import { currentKey } from './current';
import { byPeople, useOf } from './last-use';
import { Fact, factLabel, factOf, homeOf, issuedKey, Ledger } from './ledger-state';
import { deactivatedMessage, deletedMessage, foreignMessage, leakedMessage, Message, rolledBackMessage } from './messages';
import { RotationRequest } from './request';
import type { RotateTools } from './rotate';
import { AccessKey, UserState } from './steps';

/** Records of deleted keys that stay in the secret, for auditors. A secret has room for 20 labels. */
const RECORDS_KEPT = 2;

/** Tells first and stamps then, in one call less: a crash in between stamps and tells again, late but never early. */
export async function tellOff(key: AccessKey, request: RotationRequest, state: UserState, tools: RotateTools, before?: Fact): Promise<void> {
  const { keyId } = key;
  const home = homeOf(state.ledger, keyId)!;
  const told = await tools.announcements.send(offMessage(keyId, state.now, request, state, tools.region));
  await tools.ledger.mark(factLabel('off', keyId, state.now, told), home);
  // A crash before this leaves two stamps, and the later one counts.
  if (before) await tools.ledger.unmark(before);
}

/** What a fact is told with, if a run before could not. */
export async function tellFact(fact: Fact, request: RotationRequest, state: UserState, tools: RotateTools): Promise<boolean> {
  if (!await tools.announcements.send(messageFor(fact, request, state, tools.region))) return false;
  await tools.ledger.mark(factLabel(fact.kind, fact.keyId, fact.at, true), fact.version);
  await tools.ledger.unmark(fact);
  return true;
}

function messageFor(fact: Fact, request: RotationRequest, state: UserState, region: string): Message {
  return fact.kind === 'rejected'
    ? rolledBackMessage(request, fact.keyId, fact.at, state.ledger.current?.keyId, region)
    : offMessage(fact.keyId, fact.at, request, state, region);
}

function offMessage(keyId: string, since: Date, request: RotationRequest, state: UserState, region: string): Message {
  return factOf(state.ledger, 'leaked', keyId)
    ? leakedMessage(request, keyId, since, region)
    : deactivatedMessage(request, keyId, since, usesOf(keyId, state), region);
}

function usesOf(keyId: string, state: UserState): string[] {
  const current = currentKey(state);
  const uses = { old: state.lastUse?.get(keyId), current: current && byPeople(state.lastUse?.get(current.keyId), current) };
  return [
    ...(uses.old ? [`It was ${useOf(uses.old)}.`] : []),
    ...(uses.current ? [`The current key ${current!.keyId} was ${useOf(uses.current)}.`] : []),
  ];
}

/** Notices a foreign key once: people know it from then on, and so does the ledger. */
export async function tellForeign(key: AccessKey, home: string, request: RotationRequest, state: UserState, tools: RotateTools): Promise<boolean> {
  if (!await tools.announcements.send(foreignMessage(request, key))) return false;
  await tools.ledger.mark(factLabel('foreign', key.keyId, state.now), home);
  return true;
}

export async function tellDeleted(keyId: string, request: RotationRequest, state: UserState, tools: RotateTools): Promise<boolean> {
  const { ledger } = state;
  // Whether told or not: what is owed for years must not fill the secret's labels, and so stop the rotation.
  await forgetOldRecords(keyId, state, tools);
  await dropClaims(keyId, ledger, tools);
  if (!await tools.announcements.send(deletedMessage(request, keyId, ledger.current))) return false;
  // The stamp goes last: as long as it is there, the message is owed.
  const about = ledger.facts.filter((fact) => fact.keyId === keyId);
  for (const fact of [...about.filter(({ kind }) => kind !== 'off'), ...about.filter(({ kind }) => kind === 'off')]) await tools.ledger.unmark(fact);
  return true;
}

async function forgetOldRecords(keyId: string, { keys, ledger }: UserState, tools: RotateTools): Promise<void> {
  const past = ledger.issued
    .filter((issued) => issued.keyId === keyId || (issued.keyId !== ledger.current?.keyId && !keys.some((key) => key.keyId === issued.keyId)))
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  for (const record of past.slice(RECORDS_KEPT)) {
    const about = ledger.facts.filter((fact) => fact.keyId === record.keyId);
    for (const mark of [...about, record]) await tools.ledger.unmark(mark);
  }
}

/** That a key is new is no news any more once it is deleted. */
async function dropClaims(keyId: string, ledger: Ledger, tools: RotateTools): Promise<void> {
  const version = issuedKey(ledger, keyId)?.version;
  for (const claim of ledger.claims.filter((candidate) => candidate.version === version)) await tools.ledger.unmark(claim);
}
