/** What people did since the last check, put on record before anything is decided by it. */
import { replacedCurrent } from './current-key';
import { possibleOrphans } from './failed-runs';
import { CLAIM_LIFETIME, Fact, FactKind, IssuedKey, labelOf, VersionLabel, recordsOf } from '../domain/ledger';
import { Step } from '../domain/step';
import { RotationRequest, UserState } from '../domain/user-state';

export function recordChangesStep(state: UserState): Step | undefined {
  const { keys, current: key, ledger, now } = state;
  const { current } = ledger;
  const note = (kind: FactKind, { subject, version }: IssuedKey, at: Date, ...remove: VersionLabel[]): Step => ({
    do: 'record',
    add: { label: labelOf(kind, subject, at), version },
    remove,
  });

  // Somebody switched it on again: should it go off later, its grace begins then.
  const voided = ledger.facts.find(
    ({ kind, subject }) => kind === 'inactive' && keys.some(({ keyId, active }) => keyId === subject && active),
  );
  if (voided) {
    return current?.subject === voided.subject
      ? note('current-since', current, now, voided)
      : { do: 'record', remove: [voided] };
  }
  if (current && key && !key.active && !key.facts.inactive) return note('inactive', current, now);
  if (current && !key && !recordsOf(ledger, current.subject).facts.missing) return note('missing', current, now);
  const aside = replacedCurrent(state);
  if (aside && !aside.facts.displaced) return note('displaced', aside.issued, now);
  // It is back: what it took over from gets the whole first grace anew.
  const back = ledger.facts.find(
    ({ kind, subject }) => (kind === 'displaced' || kind === 'rejected') && subject === current?.subject,
  );
  if (current && back) return note('current-since', current, now, back);
  // Its message is owed. That it was current has to be on record before somebody else moves AWSCURRENT and AWSPREVIOUS
  // away.
  const owed =
    current
    && key
    && !key.facts['current-since']
    && ledger.claims.some(
      (claim) => claim.version === current.version && now.getTime() - claim.at.getTime() > CLAIM_LIFETIME,
    );
  if (owed) return note('current-since', current, current.at);

  const over = [...ledger.facts.filter((fact) => isObsolete(fact, state)), ...excessRecords(state)];
  return over.length > 0 ? { do: 'record', remove: [...new Set(over)] } : undefined;
}

/** Records of keys that are gone stay for auditors, so many of them: a secret has room for 20 labels. */
const RECORDS_KEPT = 2;

/** Whether told or not: what is owed for years must not fill the secret's labels, and so stop the rotation. */
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

/** A fact that says nothing any more. Stamps are taken away with the message about the deletion. */
function isObsolete(fact: Fact, state: UserState): boolean {
  const isCurrent = fact.subject === state.ledger.current?.subject;
  const exists = state.keys.some(({ keyId }) => keyId === fact.subject);
  const { facts, managed } = recordsOf(state.ledger, fact.subject);
  switch (fact.kind) {
    case 'inactive':
      return isCurrent && !exists; // nobody awaits a message: that the current key is gone is reported
    case 'missing':
      return !isCurrent || exists;
    case 'current-since':
    case 'reminded':
      return !exists || facts[fact.kind] !== fact;
    case 'displaced':
      return !isCurrent && replacedCurrent(state)?.keyId !== fact.subject;
    case 'rejected':
      return !exists;
    case 'unmanaged':
      return !exists || managed;
    case 'adopted':
    case 'leaked':
      return !exists && !facts.inactive;
  }
}

/** A key that this rotation did not issue: people are notified, and it is retired where the settings say so. */
export function unmanagedKeyStep(
  { retireUnmanagedKeys }: RotationRequest,
  state: UserState,
  withoutNotifications: boolean,
): Step | undefined {
  const { keys, ledger, now } = state;
  if (ledger.issued.length === 0) return undefined; // not adopted yet
  const suspected = ledger.claims.flatMap((claim) => possibleOrphans(claim, state));
  for (const key of keys.filter((other) => !other.managed && !suspected.includes(other))) {
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
