/** Changes that were made outside the rotation since the last check. They are recorded before other steps. */
import { deletedSuccessor, lastPublished, replacedCurrent } from './current-key';
import { canBeActive, obsoleteClaims, possibleOrphans } from './failed-runs';
import { Fact, FactKind, IssuedKey, labelOf, VersionLabel, recordsOf } from '../domain/ledger';
import { Step } from '../domain/step';
import { RotationRequest, UserState } from '../domain/user-state';

export function recordChangesStep(state: UserState): Step | undefined {
  const { keys, current: key, ledger, now } = state;
  const { current } = ledger;
  const record = (kind: FactKind, { subject, version }: IssuedKey, at: Date, ...remove: VersionLabel[]): Step => ({
    do: 'record',
    add: { label: labelOf(kind, subject, at), version },
    remove,
  });

  // It was activated again: if it is deactivated later, its recovery period starts then.
  const reactivated = ledger.facts.find(
    ({ kind, subject }) => kind === 'inactive' && keys.some(({ keyId, active }) => keyId === subject && active),
  );
  if (reactivated) {
    return current?.subject === reactivated.subject
      ? record('current-since', current, now, reactivated)
      : { do: 'record', remove: [reactivated] };
  }
  if (current && key && !key.active && !key.facts.inactive) {
    // A leaked key may have been deactivated by a run that failed before its notification.
    const label = labelOf('inactive', current.subject, now, !key.facts.leaked);
    return { do: 'record', add: { label, version: current.version }, remove: [] };
  }
  const unlisted = key ? deletedSuccessor(state) : current;
  if (unlisted && !recordsOf(ledger, unlisted.subject).facts.missing) return record('missing', unlisted, now);
  const replaced = replacedCurrent(state);
  if (replaced && !replaced.facts.displaced) return record('displaced', replaced.issued, now);
  // It is current again: the key that it replaces gets the whole switch period from now.
  const restored = ledger.facts.find(
    ({ kind, subject }) => (kind === 'displaced' || kind === 'rejected') && subject === current?.subject,
  );
  if (current && restored) return record('current-since', current, now, restored);
  // Its notification is pending. Record that it was current: AWSCURRENT and AWSPREVIOUS, which show it, can be moved.
  const isUnannounced =
    current
    && key
    && !key.facts['current-since']
    && ledger.claims.some((claim) => claim.version === current.version && !canBeActive(claim, state));
  if (isUnannounced) return record('current-since', current, current.at);

  const obsolete = [
    ...ledger.facts.filter((fact) => isObsolete(fact, state)),
    ...excessRecords(state),
    ...obsoleteClaims(state),
  ];
  return obsolete.length > 0 ? { do: 'record', remove: [...new Set(obsolete)] } : undefined;
}

/** How many deleted keys keep their records, for auditors: a secret can have 20 labels. */
const RECORDS_KEPT = 2;

/**
 * Records of older deleted keys, even with a pending notification. Otherwise notifications that fail for years would
 * use up the secret's labels, and stop the rotation.
 */
function excessRecords({ keys, ledger }: UserState): VersionLabel[] {
  const records = [...ledger.facts, ...ledger.issued];
  const latest = new Map<string, number>();
  for (const { subject, at } of records) {
    const isPast = subject !== ledger.current?.subject && !keys.some(({ keyId }) => keyId === subject);
    if (isPast) latest.set(subject, Math.max(at.getTime(), latest.get(subject) ?? 0));
  }

  const past = [...latest]
    .sort(([, a], [, b]) => b - a)
    .slice(RECORDS_KEPT)
    .map(([keyId]) => keyId);
  const versions = past.map((keyId) => recordsOf(ledger, keyId).issued?.version);
  return [
    ...records.filter(({ subject }) => past.includes(subject)),
    ...ledger.claims.filter(({ version }) => versions.includes(version)),
  ];
}

function hasKey(version: string, { keys, ledger }: UserState): boolean {
  return keys.some(({ keyId }) => ledger.issued.some((key) => key.version === version && key.subject === keyId));
}

/** A fact that has no effect any more. The label `inactive` is removed with the notification of the deletion. */
function isObsolete(fact: Fact, state: UserState): boolean {
  const isCurrent = fact.subject === state.ledger.current?.subject;
  const exists = state.keys.some(({ keyId }) => keyId === fact.subject);
  const { facts, managed } = recordsOf(state.ledger, fact.subject);
  switch (fact.kind) {
    case 'inactive':
      return isCurrent && !exists; // no notification is pending: a missing current key is reported otherwise
    case 'copy': // another principal can write a value without fields over it, and a roll-back brings these back
      return isCurrent
        ? fact.version !== state.ledger.currentVersion
        : fact.subject !== lastPublished(state.ledger)?.subject;
    case 'missing':
      return exists || !(isCurrent || fact.subject === deletedSuccessor(state)?.subject);
    case 'current-since':
    case 'exposed':
    case 'reminded':
    case 'suspected':
      return !exists || facts[fact.kind] !== fact;
    case 'displaced':
      return !isCurrent && replacedCurrent(state)?.keyId !== fact.subject;
    case 'rejected':
      return !exists;
    case 'unmanaged':
      return !exists || managed;
    case 'replaces':
      return !state.ledger.claims.some(({ version }) => version === fact.version) || !hasKey(fact.version, state);
    case 'adopted':
      return !exists && !facts.inactive;
    case 'leaked':
      return false; // removed with the notification of the deletion
  }
}

/** A key that this rotation did not issue: a notification is sent, and the key is retired if the settings say so. */
export function unmanagedKeyStep(
  { retireUnmanagedKeys }: RotationRequest,
  state: UserState,
  withoutNotifications: boolean,
): Step | undefined {
  const { keys, ledger, now } = state;
  if (ledger.issued.length === 0) return undefined; // adoption decides about the keys
  const orphans = ledger.claims.flatMap((claim) => possibleOrphans(claim, state));
  for (const key of keys.filter((other) => !other.managed && !orphans.includes(other))) {
    const [known, recordVersion] = [key.facts.unmanaged, key.recordVersion!];
    if (!known && !withoutNotifications) return { do: 'notify-unmanaged', key, recordVersion };
    if (known && retireUnmanagedKeys) {
      return {
        do: 'record',
        add: { label: labelOf('adopted', key.keyId, now), version: recordVersion },
        remove: [known],
      };
    }
  }
  return undefined;
}
