import { EVENTS, READ_ONLY_EVENTS, run, EQUIVALENT_EVENTS } from './events';
import { SearchFromStart } from './proof';
import { Start, starts } from './starts';
import { FAULTS } from '../fake-aws/fake-aws';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

let all: Start[];
beforeAll(async () => {
  all = await starts();
});

test.each(EQUIVALENT_EVENTS)(
  '%#: sent by a rule or by a person, with any fault at any call, the effect is the same if nothing binds the rule',
  async (one, other) => {
    const happens = async (start: Start, name: string) => {
      const proof = new SearchFromStart(start);
      const ended = await proof.explore(
        proof.beginning({ faults: 1 }),
        [{ ...(name === one.name ? one : other), name: 'event' }],
        '',
        FAULTS,
      );
      return [proof.counts, ended.map(({ aws, results, ways }) => [aws.fingerprint(), results, ways])];
    };
    // A person is not bound to the change window, and ends a postponement.
    const unbound = all.filter(({ settings }) => !settings.checkTimes && !settings.maxDelayDays);
    for (const start of unbound) expect(await happens(start, one.name)).toEqual(await happens(start, other.name));
  },
);

test('a status event and a dry run change nothing, in every state of the user', async () => {
  for (const start of all) {
    for (const event of READ_ONLY_EVENTS) {
      const proof = new SearchFromStart(start);
      const [ended, ...more] = await proof.explore(proof.beginning(), [event], '');
      expect(more).toEqual([]);
      expect(ended.results).toEqual(['ended']);
      const { keys, secret, sent } = ended.aws;
      expect({ keys, secret, sent }).toEqual({ keys: start.aws.keys, secret: start.aws.secret, sent: start.aws.sent });
    }
  }
});

test('a record of a later release blocks every event but a revocation in every state, with a notification; with a fault at any call, nothing changes', async () => {
  for (const start of all) {
    const aws = start.aws.clone();
    if (aws.versions.size === 0) aws.person.overwrite();
    aws.ownSecret().stage('akr2.key.AKIA0001', [...aws.versions.keys()].at(-1)!, undefined, aws.now);
    for (const event of EVENTS.filter(({ action }) => action !== 'revoke' && !hasPendingLeak(start))) {
      const notified = aws.clone();
      expect(await run(event, aws, start.settings, notified.tools())).toMatchObject({ outcome: 'blocked' });
      expect(notified.sent.slice(aws.sent.length).map(({ attributes }) => attributes.event)).toEqual(['blocked']);
      const proof = new SearchFromStart({ ...start, aws });
      for (const ended of await proof.explore(proof.beginning({ faults: 1 }), [event], '', FAULTS)) {
        expect({ keys: ended.aws.keys, labels: ended.aws.secret.labels }).toEqual({
          keys: aws.keys,
          labels: aws.secret.labels,
        });
      }
    }
  }
});

/** A leaked key that is current or active: what remains of its revocation is not blocked. */
function hasPendingLeak({ aws }: Start): boolean {
  return [...aws.keys].some(
    ([keyId, { active }]) =>
      aws.trail.keys.get(keyId)!.leakedAt !== undefined && (active || keyId === aws.currentKey()),
  );
}
