/** CloudFormation removes a user while a run of the same user is active, or before one begins. */
import { BUDGET, sampled } from './budget';
import { CHECKS } from './events';
import { Findings, Tally } from './proof';
import { freshKey, RemovalSearch, Sent } from './removals';
import { Start, starts } from './starts';
import { Fault, FAULTS } from '../fake-aws/fake-aws';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

interface Case {
  readonly start: Start;
  readonly created: boolean;
  readonly isAnswered?: boolean;
}

const [create] = CHECKS;
const tally = new Tally(BUDGET);
let all: Case[];

beforeAll(async () => {
  all = (await starts()).flatMap((start) => {
    const created = start.settings.existingSecret === 'without-key';
    return start.settings.existingSecret
      ? [false, true].map((isAnswered) => ({ start, created, isAnswered }))
      : [true, false].map((either) => ({ start, created: either }));
  });
});
// A run that is repeated from its start has to make the same pauses.
beforeEach(() => jest.spyOn(Math, 'random').mockReturnValue(0.5));
afterAll(() => tally.print());

async function prove(
  kind: string,
  cases: readonly Case[],
  sent: readonly Sent[],
  faults?: readonly Fault[],
  stale = 0,
) {
  const findings = new Findings();
  for (const { start, created, isAnswered } of cases) {
    if (isAnswered && sent.includes('Create')) continue;
    const proof = new RemovalSearch(start, created, undefined, isAnswered);
    await findings.unlessBroken(() => proof.prove(sent, faults, stale));
    tally.add(kind, proof);
  }
  findings.report();
}

test('a removal, and a late first key; a fault at any call of them', async () => {
  await prove('a removal, a fault', sampled(all), ['Delete'], FAULTS);
});

test('a removal right after a first key: an answer of IAM may lack the key', async () => {
  const start = await freshKey();
  const cases = [true, false].map((created) => ({ start, created }));
  await prove('a removal, an old answer', cases, ['Delete'], [], 1);
});

/** The states from which a deploy issues a first key. */
const FIRST_KEYS = ['no key yet', 'adopted with one key', 'a first run failed, its key stored'];

test('a removal at each call of a first key, then a late one', async () => {
  const first = all.filter(({ start: { name } }) => FIRST_KEYS.includes(name));
  await prove('a first key and a removal', sampled(first), ['Create', 'Delete']);
});

test.each<[string, readonly Sent[]]>([
  ['a first key and a removal', ['Create', 'Delete']],
  ['a check and a removal', [create, 'Delete']],
  ['two removals', ['Delete', 'Delete']],
])('%s, from any state: in every order of their calls, and with a fault at any', async (kind, sent) => {
  await prove(`${kind}, any state`, sampled(all), sent);
  await prove(`${kind}, a fault`, sampled(all, 2), sent, FAULTS);
});
