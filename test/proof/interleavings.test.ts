import { EVENTS, RotationEvent } from './events';
import { Budget } from './explore';
import { Case, Findings, Tally } from './proof';
import { Start, starts } from './starts';
import { Fault } from '../rotator/model';

jest.mock('../../src/rotator/log'); // what is logged is tested end to end

const PAIRS = EVENTS.flatMap((one, index) => EVENTS.slice(index).map((other): [RotationEvent, RotationEvent] => [one, other]));
const tally = new Tally();
let all: Start[];

beforeAll(async () => { all = await starts((name) => !process.env.ONLY || name === process.env.ONLY); });
afterAll(() => tally.print());

/** Two events at once end as if they had come one after the other, in either order; where one of them dies, as if it had not come is right as well. */
async function everyPair(kind: string, budget: Partial<Budget>, faults: Fault[], prepare: (start: Start) => Start = (start) => start): Promise<void> {
  const findings = new Findings();
  for (const start of all) {
    const proof = new Case(prepare(start));
    for (const [one, other] of PAIRS) {
      await findings.unlessBroken(async () => {
        const orders = faults.length > 0 ? [[one, other], [other, one], [one], [other], []] : [[one, other], [other, one]];
        const allowed = new Set(await Promise.all(orders.map((events) => proof.inSequence(events))));
        for (const ended of await proof.explore(proof.beginning(budget), [one, other], '', faults)) await proof.judge(ended, allowed);
      });
    }
    tally.add(kind, proof);
    if (process.env.VERBOSE) process.stdout.write(`${start.name}: ${JSON.stringify(proof.counts)} ${proof.aftermath.size} ${Math.round(performance.now())}\n`);
  }
  findings.report();
}

test('any two events at once, in every order of their calls', async () => {
  await everyPair('two events', {}, []);
  expect(tally.of('two events').histories).toBeGreaterThan(1_000_000);
}, 600_000);

test('any two events at once, and one of them dies after any of its calls', async () => {
  await everyPair('two events, a crash', { faults: 1 }, ['crash']);
  expect(tally.of('two events, a crash').histories).toBeGreaterThan(10_000_000);
}, 600_000);

test('any two events at once, and one of them is slow: four minutes pass before any of their calls', async () => {
  await everyPair('two events, four minutes between', { pauses: 1 }, []);
  expect(tally.of('two events, four minutes between').histories).toBeGreaterThan(10_000_000);
}, 600_000);

test('any two events at once, and one answer of IAM or Secrets Manager is one write old', async () => {
  const lags = (start: Start) => {
    const aws = start.aws.clone();
    aws.ownIam().lags = { lists: 60_000, sts: 0, uses: 0 };
    aws.ownSecret().lag = 60_000;
    return { ...start, aws };
  };
  await everyPair('two events, an old answer', { stale: 1 }, [], lags);
  expect(tally.of('two events, an old answer').histories).toBeGreaterThan(10_000_000);
}, 600_000);
