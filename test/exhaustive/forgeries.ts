/** Labels that a principal writes whose only permission is UpdateSecretVersionStage. */
import { Start } from './starts';
import { FACTS, RecordKind } from '../../src/rotator/domain/ledger';
import { ModelAws } from '../fake-aws/fake-aws';

/** After the time of every run. */
const FOREVER = '29990101T000000Z';

/** One record of each kind, in groups: a secret can have 20 labels, and those of the rotation need room. */
export const FORGERIES: readonly (readonly RecordKind[])[] = [
  ['key', 'claim', 'restore', 'failed', 'removed', 'owner'],
  FACTS.slice(0, 6),
  FACTS.slice(6),
];

/** The same state, in which the principal can write records of these kinds at any call. */
export function withForger(start: Start, kinds: readonly RecordKind[]): Start {
  const aws = start.aws.clone();
  aws.forgery = (at) => kinds.map((kind) => `akr1.${kind}.${subjectOf(kind, at)}.${FOREVER}`);
  return { ...start, aws };
}

function subjectOf(kind: RecordKind, aws: ModelAws): string {
  return ['claim', 'restore', 'failed', 'removed', 'owner'].includes(kind)
    ? 'forged'
    : (aws.currentKey() ?? 'AKIA0001');
}
