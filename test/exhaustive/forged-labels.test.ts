/**
 * A principal with UpdateSecretVersionStage alone writes records at any point, which are dated in the future or before
 * their key was created, or claims of no run. No period becomes shorter, no unmanaged key is touched, no rotation
 * stops, and no revocation is stopped: each history ends as without them, and the labels are reported.
 */
import { atLeast, BUDGET, sampled } from './budget';
import { Ended, history } from './engine/explore';
import { CHECKS, DEPLOY, EVENTS, REVOKE_CURRENT, REVOKE_OTHER, run } from './events';
import { histories } from './faults';
import { Forgery, FORGERIES, locks, PLACED_FORGERIES, subjectOf, withForger } from './forgeries';
import { Findings, SearchFromStart, Tally } from './proof';
import { Start, starts } from './starts';
import { DAY } from '../../src/contract/ages';
import { Outcome } from '../../src/contract/outcome';
import { ModelAws } from '../fake-aws/fake-aws';
import { FOREVER, hasForgedDate } from '../fake-aws/forged-dates';
import { InvariantViolation } from '../fake-aws/invariants';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const KIND = 'forged records';
const PLACED = 'forged records about each key, on each version';
/** Each case has hundreds of histories. */
const RARER = 4;
const tally = new Tally(BUDGET);
afterAll(() => tally.print());

async function everyEnd(kind: string, cases: readonly { readonly start: Start; readonly forgery: Forgery }[]) {
  const findings = new Findings();
  for (const { start, forgery } of cases) {
    const proof = new SearchFromStart(withForger(start, forgery));
    for (const event of EVENTS) {
      await findings.unlessBroken(async () => {
        const allowed = new Set([await proof.inSequence([event])]);
        // An event of a person can be answered with "locked". The leak that "revoke" reports is recorded nevertheless.
        if (locks(forgery) && event.action !== 'revoke') allowed.add(await proof.inSequence([]));
        for (const ended of await histories(proof, event, 1, ['forged'])) {
          // Of a key that IAM does not list any more, no date shows which record is true: they block, with a message.
          if (forgery.key !== undefined && !ended.aws.keys.has(subjectOf(start, forgery.key)!)) continue;
          if (locks(forgery) && (await isBlocked(ended, start))) continue;
          await proof.judge(ended, allowed);
          await removed(ended, start);
        }
      });
    }
    tally.add(kind, proof);
  }
  findings.report();
}

test('one record of each kind, before any call of any event: the end is the same, and it is reported', async () => {
  const all = await starts();
  await everyEnd(KIND, sampled(all.flatMap((start) => FORGERIES.map((forgery) => ({ start, forgery })))));
  expect(tally.of(KIND).histories).toBeGreaterThan(atLeast(10_000));
});

test('one about each key, on each version, and claims of no run: no key is retired early, and no unmanaged key', async () => {
  const all = await starts();
  const cases = all.flatMap((start) =>
    PLACED_FORGERIES.filter(({ key }) => subjectOf(start, key!)).map((forgery) => ({ start, forgery })),
  );
  await everyEnd(PLACED, sampled(cases, RARER, RARER));
  expect(tally.of(PLACED).histories).toBeGreaterThan(atLeast(10_000 / RARER));
});

/**
 * A check of the next day, or the deploy that takes a secret over, has removed the labels. That people are notified,
 * and that no claim is left, is checked with the end.
 */
async function removed({ aws, trace }: Ended, { name, settings }: Start): Promise<void> {
  const after = aws.clone();
  after.now = new Date(after.now.getTime() + DAY);
  await run(settings.existingSecret ? DEPLOY : CHECKS[0], after, settings, after.tools());
  const left = after.labels().filter(hasForgedDate);
  if (left.length > 0) throw new InvariantViolation(`${name}: ${left.join(', ')} are left\n${history(trace)}`);
}

/** Whether a person has to act first. Until then, no check discards a claim of no run, which locks nothing any more. */
async function isBlocked({ aws }: Ended, { settings }: Start): Promise<boolean> {
  const after = aws.clone();
  after.now = new Date(after.now.getTime() + DAY);
  const { outcome } = (await run(CHECKS[0], after, settings, after.tools())) as Outcome;
  return outcome === 'blocked' && after.labels().some((label) => label.startsWith('akr1.claim.'));
}

/** Each revocation of a key, with these labels written before any one of its calls, and how it ends. */
async function* revocations(forgery: ModelAws['forgery']) {
  for (const start of await starts((name) => /^(one key|in the (switch|recovery) period|due for)/.test(name))) {
    for (const event of [REVOKE_CURRENT, REVOKE_OTHER]) {
      const leaked = event.names!(start.aws);
      if (!start.aws.keys.has(leaked)) continue;
      const aws = start.aws.clone();
      aws.forgery = forgery;
      const proof = new SearchFromStart({ ...start, aws });
      yield {
        start,
        event,
        leaked,
        ends: await proof.explore(proof.beginning({ faults: 1 }), [event], '', ['forged']),
      };
    }
  }
}

test('a label that no release can read, before any call of a revocation: the leaked key ends inactive, and a new one is current', async () => {
  for await (const { leaked, ends } of revocations(() => ['akr9.x', 'akr1.claim.broken'])) {
    for (const { aws: end, results } of ends) {
      expect(results).toEqual(['ended']);
      expect(end.keys.get(leaked)?.active ?? false).toBe(false);
      expect(end.keys.get(end.currentKey()!)?.active).toBe(true);
    }
  }
});

test('as many void labels as the secret has room for, before any call of a revocation: it ends, or its repetition a day later does', async () => {
  const flood = (at: ModelAws) =>
    Array.from({ length: 20 - at.labels().length }, (_, index) => `akr1.reminded.X${index}.${FOREVER}`);
  for await (const { start, event, leaked, ends } of revocations(flood)) {
    expect(ends.length).toBeGreaterThan(1);
    for (const { aws: end } of ends) {
      const after = end.clone();
      after.now = new Date(after.now.getTime() + DAY);
      await run({ ...event, names: () => leaked }, after, start.settings, after.tools());
      expect(after.keys.get(leaked)?.active ?? false).toBe(false);
      expect(after.keys.get(after.currentKey()!)?.active).toBe(true);
      expect(after.labels().filter(hasForgedDate)).toEqual([]);
    }
  }
});
