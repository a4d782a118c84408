import { everyEvent } from './every-event';
import { Tally } from './proof';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const tally = new Tally();
afterAll(() => tally.print());

test('a fault at any call: it fails before it takes effect, its answer is lost, or the process crashes', async () => {
  await everyEvent(tally, 'one fault', 1);
  expect(tally.of('one fault').histories).toBeGreaterThan(1_000);
});
