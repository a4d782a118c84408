/** Two events at once, from each start state. */
import { Budget } from './engine/explore';
import { RotationEvent } from './events';
import { Findings, SearchFromStart, Tally } from './proof';
import { Start } from './starts';
import { Fault } from '../fake-aws/fake-aws';

export type Pair = readonly [RotationEvent, RotationEvent];

export interface Pairs {
  readonly kind: string;
  readonly starts: readonly Start[];
  readonly pairs: readonly Pair[];
  /** Selects the cases that run. */
  readonly choose: <T>(cases: readonly T[]) => readonly T[];
  readonly budget: Partial<Budget>;
  readonly faults: readonly Fault[];
}

/**
 * Two events at once end as if one had come after the other, in either order. If one of them crashes, they may also end
 * as if that one had not come. A report ends as the event of a person that has the same effect.
 */
export async function everyPair(tally: Tally, { kind, starts, pairs, choose, budget, faults }: Pairs): Promise<void> {
  const chosen = choose(starts.flatMap((start) => pairs.map((pair) => ({ start, pair }))));
  const findings = new Findings();
  for (const start of starts) {
    const proof = new SearchFromStart(start);
    for (const { pair } of chosen.filter((candidate) => candidate.start === start)) {
      await findings.unlessBroken(async () => {
        const [one, other] = pair;
        const orders = [[one, other], [other, one], ...(faults.length > 0 ? [[one], [other], []] : [])];
        const allowed = new Set(await Promise.all(orders.map((events) => proof.inSequence(events.flatMap(effectOf)))));
        for (const ended of await proof.explore(proof.beginning(budget), [...pair], '', faults)) {
          await proof.judge(ended, allowed);
        }
      });
    }
    tally.add(kind, proof);
  }
  findings.report();
}

function effectOf(event: RotationEvent): RotationEvent[] {
  if (!event.report) return [event];
  return event.like ? [event.like] : [];
}
