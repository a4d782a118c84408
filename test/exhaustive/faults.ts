/**
 * One event with faults in it, and what follows: Lambda's retries of an event that failed, and the checks of the next
 * day.
 */
import { Ended } from './engine/explore';
import { CHECKS, RotationEvent } from './events';
import { SearchFromStart, later, merged } from './proof';
import { CLAIM_LIFETIME } from '../../src/rotator/domain/ledger';
import { Fault, FAULTS } from '../fake-aws/fake-aws';

const MINUTE = 60_000;
/** How long Lambda waits before the first and the second retry of an asynchronous event that failed. */
const RETRY_DELAYS = [MINUTE, 2 * MINUTE];
const HOURS = [1, 8, 8];

/** All histories of an event with exactly this many faults, the first of them in the run of the event. */
export async function histories(
  proof: SearchFromStart,
  event: RotationEvent,
  faults: number,
  kinds: readonly Fault[] = FAULTS,
): Promise<Ended[]> {
  const first = (await proof.explore(proof.beginning({ faults }), [event], '', kinds)).filter(
    ({ left }) => left.faults < faults,
  );
  const complete = [];
  // Lambda retries asynchronous events. A synchronous invocation gets no retries.
  for (let paths of [first, await retried(proof, event, first, kinds)]) {
    complete.push(...paths.filter(({ left }) => left.faults === 0));
    paths = paths.filter(({ left }) => left.faults > 0).map((ended) => later(ended, CLAIM_LIFETIME));
    for (const [index, check] of CHECKS.entries()) {
      const next = [];
      for (const ended of paths) {
        next.push(
          ...(await proof.explore(later(ended, HOURS[index] * 60 * MINUTE), [check], `check ${index}: `, kinds)),
        );
      }
      complete.push(...next.filter(({ left }) => left.faults === 0));
      paths = merged(next.filter(({ left }) => left.faults > 0));
    }
  }
  return merged(complete);
}

async function retried(
  proof: SearchFromStart,
  event: RotationEvent,
  first: readonly Ended[],
  kinds: readonly Fault[],
): Promise<Ended[]> {
  const over: Ended[] = [];
  let failed = first;
  for (const [index, wait] of RETRY_DELAYS.entries()) {
    const next = [];
    for (const ended of failed.filter(({ results }) => results[0] !== 'ended')) {
      next.push(...(await proof.explore(later(ended, wait), [event], `retry ${index + 1}: `, kinds)));
    }
    over.push(...next.filter(({ results }) => results[0] === 'ended'));
    failed = merged(next.filter(({ results }) => results[0] !== 'ended'));
  }
  return merged([...over, ...failed]);
}
