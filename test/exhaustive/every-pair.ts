/** Two events at once, from each start state. */
import { Budget } from './engine/explore';
import { RotationEvent } from './events';
import { Cases, everyCase } from './every-case';
import { Tally } from './proof';
import { Fault } from '../fake-aws/fake-aws';

export type Pair = readonly [RotationEvent, RotationEvent];

export interface Pairs extends Cases<Pair> {
  readonly budget: Partial<Budget>;
  readonly faults: readonly Fault[];
}

/**
 * Two events at once end as if one had come after the other, in either order. If one of them crashes, they may also end
 * as if that one had not come. A report ends as the event of a person that has the same effect.
 */
export async function everyPair(tally: Tally, { budget, faults, ...cases }: Pairs): Promise<void> {
  await everyCase(tally, cases, async ([one, other], proof) => {
    const orders = [[one, other], [other, one], ...(faults.length > 0 ? [[one], [other], []] : [])];
    const allowed = new Set(await Promise.all(orders.map((events) => proof.inSequence(events.flatMap(effectOf)))));
    for (const ended of await proof.explore(proof.beginning(budget), [one, other], '', faults)) {
      await proof.judge(ended, allowed);
    }
  });
}

function effectOf(event: RotationEvent): RotationEvent[] {
  if (!event.report) return [event];
  return event.like ? [event.like] : [];
}
