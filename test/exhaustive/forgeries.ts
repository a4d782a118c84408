/** Labels that a principal writes whose only permission is UpdateSecretVersionStage. */
import { Start } from './starts';
import { FACTS, RecordKind } from '../../src/rotator/domain/ledger';
import { ModelAws } from '../fake-aws/fake-aws';
import { BEFORE_KEYS, FOREVER } from '../fake-aws/forged-dates';

/** Records with a date that no run writes. */
export interface Forgery {
  readonly kinds: readonly RecordKind[];
  readonly date: string;
}

/** One record of each kind, in groups: a secret can have 20 labels, and those of the rotation need room. */
export const FORGERIES: readonly Forgery[] = [
  { kinds: ['key', 'claim', 'restore', 'failed', 'removed', 'owner'], date: FOREVER },
  ...[FACTS.slice(0, 6), FACTS.slice(6)].flatMap((kinds) => [
    { kinds, date: FOREVER },
    { kinds, date: BEFORE_KEYS },
  ]),
];

/** The same state, in which the principal can write these records at any call. */
export function withForger(start: Start, { kinds, date }: Forgery): Start {
  const aws = start.aws.clone();
  aws.forgery = (at) => {
    // The date of a key that IAM does not list is not known.
    const known = date === FOREVER || at.keys.has(at.currentKey() ?? '');
    return known ? kinds.map((kind) => `akr1.${kind}.${subjectOf(kind, at)}.${date}`) : [];
  };
  return { ...start, aws };
}

function subjectOf(kind: RecordKind, aws: ModelAws): string {
  return ['claim', 'restore', 'failed', 'removed', 'owner'].includes(kind)
    ? 'forged'
    : (aws.currentKey() ?? 'AKIA0001');
}
