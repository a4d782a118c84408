import { atLeast, BUDGET, sampled } from './budget';
import { everyEvent } from './every-event';
import { Tally } from './proof';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const tally = new Tally(BUDGET);
afterAll(() => tally.print());

test("two faults, the second at any later call of the run, of Lambda's retries or of the next checks", async () => {
  await everyEvent(tally, 'two faults', 2, sampled);
  expect(tally.of('two faults').histories).toBeGreaterThan(atLeast(10_000));
});
