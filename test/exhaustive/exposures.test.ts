/** AWS reports an access key of a user as exposed, in each state of the user. */
import { atLeast, BUDGET, sampled } from './budget';
import { CHECKS, REPORTS } from './events';
import { Choose, everyCase } from './every-case';
import { everyPair, Pair } from './every-pair';
import { proveReport } from './exposures';
import { Tally } from './proof';
import { Start, starts } from './starts';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const [CURRENT, OTHER, , NOTIFY_CURRENT] = REPORTS;
const tally = new Tally(BUDGET);
let all: Start[];

beforeAll(async () => {
  all = await starts(undefined, 16);
});
afterAll(() => tally.print());

async function everyReport(kind: string, faults: number, choose?: Choose): Promise<void> {
  await everyCase(tally, { kind, starts: all, cases: REPORTS, choose }, (event, proof) =>
    proveReport(event, proof, faults),
  );
}

test('a fault at any call: a report ends as the "revoke" of a person, or only notifies; then it comes again', async () => {
  await everyReport('a report, a fault', 1, (cases) => sampled(cases, 1 / 4));
  expect(tally.of('a report, a fault').histories).toBeGreaterThan(atLeast(1_000));
});

test('two faults, the second in the same run, in the retries of Lambda or in the next checks', async () => {
  await everyReport('a report, two faults', 2, (cases) => sampled(cases, 2, 5));
  expect(tally.of('a report, two faults').histories).toBeGreaterThan(atLeast(1_000));
});

test('a report at once with a check, or with itself, and one of them may crash after any call', async () => {
  const pairs: Pair[] = [
    ...CHECKS.map((check): Pair => [CURRENT, check]),
    [CURRENT, CURRENT],
    [OTHER, CHECKS[1]],
    [NOTIFY_CURRENT, CHECKS[0]],
  ];
  const kind = 'a report and a check, a crash';
  await everyPair(tally, {
    kind,
    starts: all,
    cases: pairs,
    choose: (cases) => sampled(cases, 2, 20),
    budget: { faults: 1 },
    faults: ['crash'],
  });
  expect(tally.of(kind).histories).toBeGreaterThan(atLeast(10_000));
});
