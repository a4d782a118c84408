import { atLeast, BUDGET, sampled } from './budget';
import { DEPLOY, EVENTS } from './events';
import { endsOf, everyCase } from './every-case';
import { Tally } from './proof';
import { Start, starts } from './starts';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const tally = new Tally(BUDGET);
let all: Start[];

beforeAll(async () => {
  all = await starts();
});
afterAll(() => tally.print());

/** The fields of every published version are checked at each call: see fake-aws/invariants.ts. */
async function everyEdit(kind: string, faults: 0 | 1): Promise<void> {
  await everyCase(tally, { kind, starts: all, cases: [...EVENTS, DEPLOY], choose: sampled }, async (event, proof) => {
    // An event can fail without a fault, because AWSCURRENT has moved.
    const allowed = await endsOf(event, 1, proof);
    const ends = await proof.exploreWithEdit(proof.beginning({ faults }), event, faults > 0 ? ['crash'] : []);
    for (const ended of ends) await proof.judge(ended, allowed);
  });
}

test('the owner of a secret writes another field at any point of any event: it stays, and each event ends as before', async () => {
  await everyEdit('an edit', 0);
  expect(tally.of('an edit').histories).toBeGreaterThan(atLeast(5_000));
});

test('the same, and the run may crash after any call', async () => {
  await everyEdit('an edit and a crash', 1);
  expect(tally.of('an edit and a crash').histories).toBeGreaterThan(atLeast(20_000));
});
