import { atLeast, BUDGET, sampled } from './budget';
import { history } from './engine/explore';
import { EVENTS } from './events';
import { everyCase } from './every-case';
import { Tally } from './proof';
import { Start, starts, whereAwsLags } from './starts';
import { FAULTS } from '../fake-aws/fake-aws';
import { InvariantViolation } from '../fake-aws/invariants';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const tally = new Tally(BUDGET);
let all: Start[];

beforeAll(async () => {
  all = (await starts()).map(whereAwsLags);
});
afterAll(() => tally.print());

test('a lag at any call, and at any two: each event ends as without it, and no run fails', async () => {
  const kind = 'one or two lags';
  await everyCase(tally, { kind, starts: all, cases: EVENTS, choose: sampled }, async (event, proof) => {
    const allowed = new Set([await proof.inSequence([event])]);
    const [{ results }] = await proof.explore(proof.beginning(), [event], '');
    for (const ended of await proof.explore(proof.beginning({ faults: 2 }), [event], '', ['lagging'])) {
      await proof.judge(ended, allowed);
      if (ended.results.join() === results.join()) continue;
      throw new InvariantViolation(`${proof.start.name}: a run fails because AWS lags\n${history(ended.trace)}`);
    }
  });
  expect(tally.of(kind).histories).toBeGreaterThan(atLeast(1_000));
});

test('a lag at any call, and a fault at any call before or after it', async () => {
  const kind = 'a lag and a fault';
  await everyCase(tally, { kind, starts: all, cases: EVENTS, choose: sampled }, async (event, proof) => {
    const allowed = new Set([await proof.inSequence([event]), await proof.inSequence([])]);
    const ends = await proof.explore(proof.beginning({ faults: 2 }), [event], '', [...FAULTS, 'lagging']);
    for (const ended of ends) await proof.judge(ended, allowed);
  });
  expect(tally.of(kind).histories).toBeGreaterThan(atLeast(10_000));
});
