import { atLeast, BUDGET, sampled } from './budget';
import { Budget } from './engine/explore';
import { EVENTS, RotationEvent } from './events';
import { SearchFromStart, Findings, Tally } from './proof';
import { Start, starts } from './starts';
import { Fault } from '../fake-aws/fake-aws';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const PAIRS = EVENTS.flatMap((one, index) =>
  EVENTS.slice(index).map((other): [RotationEvent, RotationEvent] => [one, other]),
);
const tally = new Tally(BUDGET);
let all: Start[];

beforeAll(async () => {
  all = await starts();
});
afterAll(() => tally.print());

/**
 * Two events at once end as if one had come after the other, in either order. If one of them crashes, they may also end
 * as if that one had not come.
 */
async function everyPair(kind: string, budget: Partial<Budget>, faults: Fault[]): Promise<void> {
  const chosen = sampled(all.flatMap((start) => PAIRS.map((pair) => ({ start, pair }))));
  const findings = new Findings();
  for (const start of all) {
    const proof = new SearchFromStart(start);
    for (const {
      pair: [one, other],
    } of chosen.filter((candidate) => candidate.start === start)) {
      await findings.unlessBroken(async () => {
        const orders =
          faults.length > 0
            ? [[one, other], [other, one], [one], [other], []]
            : [
                [one, other],
                [other, one],
              ];
        const allowed = new Set(await Promise.all(orders.map((events) => proof.inSequence(events))));
        for (const ended of await proof.explore(proof.beginning(budget), [one, other], '', faults)) {
          await proof.judge(ended, allowed);
        }
      });
    }
    tally.add(kind, proof);
  }
  findings.report();
}

// It contains every order of the calls in which neither crashes.
test('any two events at once, in every order of their calls, and one of them may crash after any', async () => {
  await everyPair('two events, a crash', { faults: 1 }, ['crash']);
  expect(tally.of('two events, a crash').histories).toBeGreaterThan(atLeast(10_000_000));
});
