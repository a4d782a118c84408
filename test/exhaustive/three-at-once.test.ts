import * as fc from 'fast-check';
import { BUDGET, randomRuns } from './budget';
import { Budget } from './engine/explore';
import { EVENTS } from './events';
import { SearchFromStart, Tally } from './proof';
import { wander } from './random-order';
import { Start, starts } from './starts';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const tally = new Tally(BUDGET);
let all: Start[];

beforeAll(async () => {
  all = await starts();
});
afterAll(() => tally.print());

/**
 * There are too many orders of three events: each run of the test takes some at random, with the faults of the budget.
 */
async function anyThree(kind: string, budget: Partial<Budget>, series: number): Promise<void> {
  const known = new Map<Start, SearchFromStart>();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(all.length - 1),
      fc.array(fc.constantFrom(...EVENTS), { minLength: 3, maxLength: 3 }),
      fc.infiniteStream(fc.nat()),
      async (index, events, choices) => {
        const start = all[index];
        const proof = known.get(start) ?? new SearchFromStart(start);
        known.set(start, proof);
        const allowed = new Set(await Promise.all(ordersOf(events).map((order) => proof.inSequence(order))));
        await proof.judge(await wander(proof, events, budget, choices), allowed);
      },
    ),
    randomRuns(1_000, series),
  );
  for (const proof of known.values()) tally.add(kind, proof);
}

/** Every order of these events and of some of them: an event that crashes, or is locked out, may have no effect. */
function ordersOf<T>(events: readonly T[]): T[][] {
  return [
    [],
    ...events.flatMap((first, index) =>
      ordersOf(events.filter((_, other) => other !== index)).map((more) => [first, ...more]),
    ),
  ];
}

test('three events at once, in random orders of their calls, and one of them may crash after any', async () => {
  await anyThree('three events, a crash', { faults: 1 }, 0);
});

test('the same, and an answer of IAM or Secrets Manager may lack the latest write', async () => {
  await anyThree('three events, a crash, an old answer', { faults: 1, stale: 1 }, 1);
});

test('the same, and one run may be slow by minutes', async () => {
  await anyThree('three events, a crash, a slow run', { faults: 1, pauses: 1 }, 2);
});
