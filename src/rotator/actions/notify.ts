/**
 * Sends a notification, and then records that it was sent. A run that fails between the two makes a later check send it
 * again.
 */
import type { Issued } from './issue';
import { getLastUsed, Round } from './ports';
import { withoutVerification, describeUse } from '../domain/last-use';
import { Fact, labelOf, recordsOf } from '../domain/ledger';
import { Step } from '../domain/step';
import { AccessKey, LastUseStatus, UserKey, userState, UserState } from '../domain/user-state';
import { Message } from '../messages/message';
import { createdMessage } from '../messages/new-key-messages';
import {
  deactivatedMessage,
  deletedMessage,
  leakedMessage,
  DeactivationDetails,
  reminderMessage,
  rolledBackMessage,
} from '../messages/old-key-messages';
import { invalidLabelsMessage } from '../messages/problem-messages';
import { unmanagedKeyMessage } from '../messages/unmanaged-key-messages';

export async function announceCreated(
  { key: { subject: keyId, at, version }, labels }: Issued,
  { adopt, early, replace }: Pick<Extract<Step, { do: 'issue' }>, 'adopt' | 'early' | 'replace'>,
  { request, state, notifications, ledger }: Round,
): Promise<boolean> {
  const isReason = ({ kind, version: other }: Fact) => kind === 'replaces' && other === version;
  const leaked = replace?.leaked ?? state.ledger.facts.find(isReason)?.subject;
  const previous = state.keys
    .filter((key) => key.keyId !== keyId && key.keyId !== leaked && (key.managed || adopt.includes(key.keyId)))
    .map((key) => key.keyId);
  if (!(await notifications.send(createdMessage(request, keyId, at, previous, { early, leaked })))) return false;
  for (const label of labels) await ledger.removeLabel(label);
  return true;
}

/** After the new key is published: what happened to the leaked key, and to the key that was deleted for its slot. */
export async function announceReplacement(
  issued: Issued,
  { replace }: Pick<Extract<Step, { do: 'issue' }>, 'replace'>,
  round: Round,
): Promise<void> {
  const listed = round.state.keys.filter((key) => key !== issued.freed);
  // Read again: the record of the deletion is new.
  const state = userState(listed, await round.ledger.read(), round.state.now);
  const after = { ...round, state: { ...state, ledger: { ...state.ledger, current: issued.key } } };
  await announceCreated(issued, { adopt: [], replace }, after);
  if (issued.freed) await announceDeletion(issued.freed.keyId, after);
  const inactive = after.state.keys.find(({ keyId }) => keyId === replace?.leaked);
  if (inactive && !inactive.facts.inactive) await announceDeactivation(inactive, after);
}

/**
 * Sends first, which saves the call that a label with `unnotified` would need. After a failure in between, a later
 * check writes the label with a later time: the recovery period becomes longer, never shorter.
 */
export async function announceDeactivation(
  { keyId, recordVersion }: UserKey,
  round: Round,
  before?: Fact,
): Promise<void> {
  const { state, notifications, ledger } = round;
  const notified = await notifications.send(
    deactivationMessage(keyId, state.now, { ...round, state: await withLastUse(keyId, round) }),
  );
  await ledger.addLabel(labelOf('inactive', keyId, state.now, notified), recordVersion!);
  // A failure before this call leaves two labels, and the later one counts.
  if (before) await ledger.removeLabel(before);
}

/** Sends the notification of a fact that an earlier run recorded and could not announce. */
export async function announceFact(fact: Fact, round: Round): Promise<boolean> {
  const { notifications, ledger } = round;
  const state = fact.kind === 'inactive' ? await withLastUse(fact.subject, round) : round.state;
  if (!(await notifications.send(messageFor(fact, { ...round, state })))) return false;
  const notified = labelOf(fact.kind, fact.subject, fact.at, true);
  // An earlier run may have failed between the two calls.
  if (!state.ledger.versions[fact.version].includes(notified)) await ledger.addLabel(notified, fact.version);
  await ledger.removeLabel(fact);
  return true;
}

type Content = Pick<Round, 'request' | 'state'>;

function messageFor({ kind, subject, at }: Fact, content: Content): Message {
  return kind === 'rejected'
    ? rolledBackMessage(content.request, subject, at, content.state.ledger.current?.subject)
    : deactivationMessage(subject, at, content);
}

function deactivationMessage(keyId: string, since: Date, { request, state }: Content): Message {
  return recordsOf(state.ledger, keyId).facts.leaked
    ? leakedMessage(request, keyId, since)
    : deactivatedMessage(request, keyId, since, deactivationDetails(keyId, state), state.now);
}

function deactivationDetails(keyId: string, state: UserState): DeactivationDetails {
  const { issued, facts } = recordsOf(state.ledger, keyId);
  return {
    uses: describeUses(keyId, state),
    current: state.ledger.current?.subject,
    canRollBack: issued !== undefined && !facts.leaked,
  };
}

/** The notification contains the last use even if the decision did not need it. */
async function withLastUse(keyId: string, round: Round): Promise<UserState> {
  const { state } = round;
  if (state.lastUse?.has(keyId)) return state;
  const keys = state.keys.filter((key) => key.keyId === keyId || key.keyId === state.ledger.current?.subject);
  return { ...state, lastUse: await getLastUsed(keys, false, round) };
}

function describeUses(keyId: string, { keys, current, lastUse }: UserState): string[] {
  const use = (key: AccessKey | undefined) => key && withoutVerification(lastUse?.get(key.keyId), key);
  const uses = { old: use(keys.find((key) => key.keyId === keyId)), current: use(current) };
  return [
    ...(uses.old ? [`It was ${describeUse(uses.old)}.`] : []),
    ...(uses.current ? [describeCurrentUse(current!.keyId, uses.current)] : []),
  ];
}

function describeCurrentUse(keyId: string, use: LastUseStatus): string {
  return use === 'never'
    ? `No consumer has used the new key ${keyId} yet.`
    : `The current key ${keyId} was ${describeUse(use)}.`;
}

/** The label comes last: after a failure before it, a later check sends the reminder again. */
export async function announceReminder(
  { key: { keyId, recordVersion }, before, at }: Extract<Step, { do: 'remind' }>,
  round: Round,
): Promise<boolean> {
  const { request, state, notifications, ledger } = round;
  const details = { ...deactivationDetails(keyId, await withLastUse(keyId, round)), before, at };
  if (!(await notifications.send(reminderMessage(request, keyId, details)))) return false;
  await ledger.addLabel(labelOf('reminded', keyId, state.now), recordVersion!);
  return true;
}

/** The labels are removed last: while one exists, a check sends the notification again. */
export async function announceInvalidLabels(
  { labels, isCrowded }: Extract<Step, { do: 'remove-invalid' }>,
  { request, notifications, ledger }: Round,
): Promise<boolean> {
  const sent = await notifications.send(invalidLabelsMessage(request, labels));
  if (sent || isCrowded) for (const label of labels) await ledger.removeLabel(label);
  return sent;
}

/** Sent once for each key: the label records it. */
export async function announceUnmanagedKey(
  { key, recordVersion }: Extract<Step, { do: 'notify-unmanaged' }>,
  { request, state, notifications, ledger }: Round,
): Promise<boolean> {
  if (!(await notifications.send(unmanagedKeyMessage(request, key)))) return false;
  await ledger.addLabel(labelOf('unmanaged', key.keyId, state.now), recordVersion);
  return true;
}

export async function announceDeletion(
  keyId: string,
  { request, state: { ledger: known, now }, notifications, ledger }: Round,
): Promise<boolean> {
  // A claim means that the creation is not announced yet. That notification is pointless for a deleted key.
  const version = recordsOf(known, keyId).issued?.version;
  for (const claim of known.claims.filter((candidate) => candidate.version === version)) {
    await ledger.removeLabel(claim);
  }
  const { leaked, inactive } = recordsOf(known, keyId).facts;
  // People were not notified that it is inactive.
  const message =
    leaked && !inactive?.notified
      ? leakedMessage(request, keyId, now, 'deleted')
      : deletedMessage(request, keyId, known.current, now);
  if (!(await notifications.send(message))) return false;
  // These labels are removed last: while one exists, a check sends the notification again.
  const records = known.facts.filter((fact) => fact.subject === keyId && fact.kind !== 'missing');
  const isReason = ({ kind }: Fact) => kind === 'inactive' || kind === 'leaked';
  for (const fact of [...records.filter((other) => !isReason(other)), ...records.filter(isReason)]) {
    await ledger.removeLabel(fact);
  }
  return true;
}
