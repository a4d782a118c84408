/** What people did since the last check, put on record before anything is decided by it. Pure, like lifecycle.ts. */
import { bypassed, currentKey, isSetAside } from './current';
import { Fact, factLabel, factOf, homeOf, isOurs } from './ledger-state';
import { RotationRequest } from './request';
import { Step, UserState } from './steps';
import { suspects } from './unfinished';

export function noticeStep({ keys, ledger, now }: UserState): Step | undefined {
  const { current } = ledger;
  const key = currentKey({ keys, ledger });

  // Somebody switched it on again: should it go off later, its grace begins then.
  const voided = ledger.facts.find(({ kind, keyId }) => kind === 'off' && keys.some((other) => other.keyId === keyId && other.active));
  if (voided) {
    const again = voided.keyId === current?.keyId && { label: factLabel('since', voided.keyId, now), version: current.version };
    return { do: 'record', ...(again && { add: again }), remove: [voided] };
  }
  if (current && key && !key.active && !factOf(ledger, 'off', key.keyId)) {
    return { do: 'record', add: { label: factLabel('off', key.keyId, now), version: current.version }, remove: [] };
  }
  if (current && !key && !factOf(ledger, 'gone', current.keyId)) {
    return { do: 'record', add: { label: factLabel('gone', current.keyId, now), version: current.version }, remove: [] };
  }
  const newest = bypassed({ keys, ledger });
  if (newest && !factOf(ledger, 'away', newest.keyId)) {
    return { do: 'record', add: { label: factLabel('away', newest.keyId, now), version: newest.version }, remove: [] };
  }
  // It is back: what it took over from gets the whole first grace anew.
  const away = factOf(ledger, 'away', current?.keyId);
  if (current && away) return { do: 'record', add: { label: factLabel('since', current.keyId, now), version: current.version }, remove: [away] };
  const over = ledger.facts.filter((fact) => isOver(fact, { keys, ledger, now }));
  return over.length > 0 ? { do: 'record', remove: over } : undefined;
}

/** A fact that says nothing any more. Stamps are taken away with the message about the deletion. */
function isOver(fact: Fact, { keys, ledger }: UserState): boolean {
  const isCurrent = fact.keyId === ledger.current?.keyId;
  const exists = keys.some((key) => key.keyId === fact.keyId);
  switch (fact.kind) {
    case 'off': return false;
    case 'gone': return !isCurrent || exists;
    case 'since': return !isCurrent || factOf(ledger, 'since', fact.keyId) !== fact;
    case 'away': return !exists || isSetAside(fact.keyId, ledger);
    case 'rejected': return isCurrent || !exists;
    case 'foreign': return !exists || isOurs(ledger, fact.keyId);
    case 'adopted':
    case 'leaked': return !exists && !factOf(ledger, 'off', fact.keyId);
  }
}

/** A key that somebody made beside ours: left alone and told about, or put on record to be retired where that is asked for. */
export function foreignStep({ retireForeign }: RotationRequest, { keys, ledger, now }: UserState, mute: boolean): Step | undefined {
  if (ledger.issued.length === 0) return undefined; // not adopted yet
  const suspected = ledger.claims.flatMap((claim) => suspects(claim, { keys, ledger }));
  const foreign = keys.filter((key) => !isOurs(ledger, key.keyId) && !suspected.includes(key));
  for (const key of foreign) {
    const home = homeOf(ledger, key.keyId)!;
    const known = factOf(ledger, 'foreign', key.keyId);
    if (!known && !mute) return { do: 'announce-foreign', key, home };
    if (known && retireForeign) return { do: 'record', add: { label: factLabel('adopted', key.keyId, now), version: home }, remove: [known] };
  }
  return undefined;
}

