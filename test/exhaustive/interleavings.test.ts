import { atLeast, BUDGET, sampled } from './budget';
import { EVENTS } from './events';
import { everyPair, Pair } from './every-pair';
import { Tally } from './proof';
import { starts } from './starts';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const PAIRS = EVENTS.flatMap((one, index) => EVENTS.slice(index).map((other): Pair => [one, other]));
const tally = new Tally(BUDGET);
afterAll(() => tally.print());

// It contains every order of the calls in which neither crashes.
test('any two events at once, in every order of their calls, and one of them may crash after any', async () => {
  const kind = 'two events, a crash';
  await everyPair(tally, {
    kind,
    starts: await starts(),
    cases: PAIRS,
    choose: sampled,
    budget: { faults: 1 },
    faults: ['crash'],
  });
  expect(tally.of(kind).histories).toBeGreaterThan(atLeast(10_000_000));
});
