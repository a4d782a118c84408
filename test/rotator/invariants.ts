/** The invariants of a rotation, checked on a model after every single AWS call. */
import { KeyEvent, ModelAws } from './model';
import { Ages, DAY, rollbackGrace, switchGrace, TOLERANCE } from '../../src/rotator/ages';

export function watch(aws: ModelAws, ages: Ages, ours: (keyId: string) => boolean = () => true): void {
  let seen = 0;
  aws.afterEachCall = () => {
    const published = aws.history.some(({ what }) => what === 'published');
    const current = aws.currentKey();
    if (published && !(current && aws.keys.get(current)?.active)) {
      throw new Error(`invariant 1: AWSCURRENT holds ${current}, which is not an active key`);
    }
    for (; seen < aws.history.length; seen++) checkStep(aws.history[seen], aws.history.slice(0, seen), ages, ours);
  };
}

function checkStep(event: KeyEvent, before: KeyEvent[], ages: Ages, ours: (keyId: string) => boolean): void {
  const ageOf = (what: KeyEvent['what'], match: (past: KeyEvent) => boolean) => {
    const past = before.filter((candidate) => candidate.what === what && match(candidate)).at(-1);
    return past ? event.at.getTime() - past.at.getTime() : -1;
  };
  const wasPublished = before.some(({ what, keyId }) => what === 'published' && keyId === event.keyId);
  const isOrphan = event.what === 'deleted' && before.some(({ what, keyId }) => what === 'created' && keyId === event.keyId) && !wasPublished;
  if (event.what === 'deactivated' && ageOf('published', ({ keyId }) => keyId !== event.keyId) < switchGrace(ages) * DAY - TOLERANCE) {
    throw new Error(`invariant 3: ${event.keyId} was deactivated before its successor had been current for ${switchGrace(ages)} days`);
  }
  if (event.what === 'deleted' && !isOrphan && ageOf('deactivated', ({ keyId }) => keyId === event.keyId) < rollbackGrace(ages) * DAY - TOLERANCE) {
    throw new Error(`invariant 3: ${event.keyId} was deleted before it had been inactive for ${rollbackGrace(ages)} days`);
  }
  if ((event.what === 'deactivated' || event.what === 'deleted') && !ours(event.keyId)) {
    throw new Error(`invariant 5: ${event.keyId} is not ours and was ${event.what}`);
  }
}

/** Invariants 4 and 6, which only hold between runs: every key is on record, nothing is left half done. */
export function settled(aws: ModelAws, foreign: string[] = []): void {
  const labels = aws.labels();
  for (const keyId of aws.keys.keys()) {
    const known = labels.some((label) => label.startsWith(`key:${keyId}:`) || label === `adopted:${keyId}`) || foreign.includes(keyId);
    if (!known) throw new Error(`invariant 4: ${keyId} exists and is not in the ledger`);
  }
  const open = labels.filter((label) => label.startsWith('claim:') || label.endsWith(':untold'));
  if (open.length > 0) throw new Error(`not settled: ${open.join(', ')}`);
}
