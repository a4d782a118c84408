import { EVENTS } from './events';
import { histories } from './faults';
import { Case, Findings, Tally } from './proof';
import { Start, starts } from './starts';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const tally = new Tally();
let all: Start[];

beforeAll(async () => { all = await starts(); });
afterAll(() => tally.print());

async function everyEvent(kind: string, faults: number): Promise<void> {
  const findings = new Findings();
  for (const start of all) {
    const proof = new Case(start);
    for (const event of EVENTS) {
      await findings.unlessBroken(async () => {
      // What a person asked for and what came to nothing is not done later by itself.
        const allowed = new Set([await proof.inSequence([event]), await proof.inSequence([])]);
        for (const ended of await histories(proof, event, faults)) await proof.judge(ended, allowed);
      });
    }
    tally.add(kind, proof);
  }
  findings.report();
}

test('a fault at any call: it fails before it takes effect, its answer is lost, or the process dies', async () => {
  await everyEvent('one fault', 1);
  expect(tally.of('one fault').histories).toBeGreaterThan(1_000);
}, 600_000);

test('two faults, the second at any later call of the run, of Lambda\'s repeats or of the next day\'s checks', async () => {
  await everyEvent('two faults', 2);
  expect(tally.of('two faults').histories).toBeGreaterThan(10_000);
}, 600_000);
