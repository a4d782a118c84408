/** What people did since the last check, put on record before anything is decided by it. Pure, like next-step.ts. */
import { currentKey, displaced } from './current-key';
import { suspects } from './unfinished';
import { CLAIM_LIFETIME, Fact, factOf, homeOf, isOurs, issuedKey, labelOf, Mark } from '../domain/ledger';
import { Step } from '../domain/step';
import { RotationRequest, UserState } from '../domain/user-state';

export function noticeStep({ keys, ledger, now }: UserState): Step | undefined {
  const { current } = ledger;
  const key = currentKey({ keys, ledger });

  // Somebody switched it on again: should it go off later, its grace begins then.
  const voided = ledger.facts.find(({ kind, subject: keyId }) => kind === 'inactive' && keys.some((other) => other.keyId === keyId && other.active));
  if (voided) {
    const again = voided.subject === current?.subject && { label: labelOf('current-since', voided.subject, now), version: current.version };
    return { do: 'record', ...(again && { add: again }), remove: [voided] };
  }
  if (current && key && !key.active && !factOf(ledger, 'inactive', key.keyId)) {
    return { do: 'record', add: { label: labelOf('inactive', key.keyId, now), version: current.version }, remove: [] };
  }
  if (current && !key && !factOf(ledger, 'missing', current.subject)) {
    return { do: 'record', add: { label: labelOf('missing', current.subject, now), version: current.version }, remove: [] };
  }
  const aside = displaced({ keys, ledger });
  if (aside && !factOf(ledger, 'displaced', aside.subject)) {
    return { do: 'record', add: { label: labelOf('displaced', aside.subject, now), version: aside.version }, remove: [] };
  }
  // It is back: what it took over from gets the whole first grace anew.
  const back = ledger.facts.find(({ kind, subject: keyId }) => (kind === 'displaced' || kind === 'rejected') && keyId === current?.subject);
  if (current && back) return { do: 'record', add: { label: labelOf('current-since', current.subject, now), version: current.version }, remove: [back] };
  // Its message is owed. That it was current has to be on record before somebody else moves AWSCURRENT and AWSPREVIOUS away.
  const owed = current && key && !factOf(ledger, 'current-since', current.subject)
    && ledger.claims.some((claim) => claim.version === current.version && now.getTime() - claim.at.getTime() > CLAIM_LIFETIME);
  if (owed) return { do: 'record', add: { label: labelOf('current-since', current.subject, current.at), version: current.version }, remove: [] };

  const over = [...ledger.facts.filter((fact) => isOver(fact, { keys, ledger, now })), ...oldRecords({ keys, ledger })];
  return over.length > 0 ? { do: 'record', remove: [...new Set(over)] } : undefined;
}

/** Records of keys that are gone stay for auditors, so many of them: a secret has room for 20 labels. */
const RECORDS_KEPT = 2;

/** Whether told or not: what is owed for years must not fill the secret's labels, and so stop the rotation. */
function oldRecords({ keys, ledger }: Pick<UserState, 'keys' | 'ledger'>): Mark[] {
  const latest = new Map<string, number>();
  const note = (keyId: string, at: Date) => {
    const isPast = keyId !== ledger.current?.subject && !keys.some((key) => key.keyId === keyId);
    if (isPast) latest.set(keyId, Math.max(at.getTime(), latest.get(keyId) ?? 0));
  };
  for (const { subject: keyId, at } of ledger.facts) note(keyId, at);
  for (const { subject: keyId, at: createdAt } of ledger.issued) note(keyId, createdAt);
  if (latest.size <= RECORDS_KEPT) return [];

  const past = [...latest].sort(([, a], [, b]) => b - a).slice(RECORDS_KEPT).map(([keyId]) => keyId);
  const versions = past.map((keyId) => issuedKey(ledger, keyId)?.version);
  return [
    ...[...ledger.facts, ...ledger.issued].filter(({ subject: keyId }) => past.includes(keyId)),
    ...ledger.claims.filter(({ version }) => versions.includes(version)),
  ];
}

/** A fact that says nothing any more. Stamps are taken away with the message about the deletion. */
function isOver(fact: Fact, { keys, ledger }: UserState): boolean {
  const isCurrent = fact.subject === ledger.current?.subject;
  const exists = keys.some((key) => key.keyId === fact.subject);
  switch (fact.kind) {
    case 'inactive': return isCurrent && !exists; // nobody awaits a message: that the current key is gone is reported
    case 'missing': return !isCurrent || exists;
    case 'current-since':
    case 'reminded': return !exists || factOf(ledger, fact.kind, fact.subject) !== fact;
    case 'displaced': return !isCurrent && displaced({ keys, ledger })?.subject !== fact.subject;
    case 'rejected': return !exists;
    case 'unmanaged': return !exists || isOurs(ledger, fact.subject);
    case 'adopted':
    case 'leaked': return !exists && !factOf(ledger, 'inactive', fact.subject);
  }
}

/** A key that somebody made beside ours: left alone and told about, or put on record to be retired where that is asked for. */
export function foreignStep({ retireForeign }: RotationRequest, { keys, ledger, now }: UserState, mute: boolean): Step | undefined {
  if (ledger.issued.length === 0) return undefined; // not adopted yet
  const suspected = ledger.claims.flatMap((claim) => suspects(claim, { keys, ledger }));
  const foreign = keys.filter((key) => !isOurs(ledger, key.keyId) && !suspected.includes(key));
  for (const key of foreign) {
    const home = homeOf(ledger, key.keyId)!;
    const known = factOf(ledger, 'unmanaged', key.keyId);
    if (!known && !mute) return { do: 'announce-foreign', key, home };
    if (known && retireForeign) return { do: 'record', add: { label: labelOf('adopted', key.keyId, now), version: home }, remove: [known] };
  }
  return undefined;
}

