/** A digest of as many users as one run reads: within the budget for IAM, and before the run ends. */
import { Account, mockRandom } from './account';
import { userAfter } from './day';
import { IAM_BUDGET } from './quotas';
import { VirtualTime } from './virtual-time';
import { DAY } from '../../src/contract/ages';
import { USERS_PER_DIGEST } from '../../src/contract/events';
import { RUN_MINUTES } from '../../src/contract/settings';
import { rotate } from '../../src/rotator/actions/rotate';
import { handleDigest } from '../../src/rotator/handlers/digest';
import { ModelAws } from '../fake-aws/fake-aws';
import { CONTEXT, request } from '../rotator/support';

jest.mock('../../src/rotator/aws/log');

beforeEach(mockRandom);
afterEach(() => jest.restoreAllMocks());

/** @param stateOf - the keys and the secret of the user with this index */
async function digest(stateOf: (index: number) => ModelAws) {
  const users = new Map(Array.from({ length: USERS_PER_DIGEST }, (_, index) => [`user-${index}`, stateOf(index)]));
  const begin = Math.max(...[...users.values()].map(({ now }) => now.getTime()));
  const time = new VirtualTime(begin);
  const account = new Account({ time, iam: IAM_BUDGET });
  const endsAt = begin + RUN_MINUTES * 60_000;
  const clock = { sleep: (ms: number) => time.sleep(ms), remainingTime: () => endsAt - time.now };
  const answer = handleDigest(
    { action: 'digest' },
    {
      users: new Map([...users.keys()].map((name) => [name, {}])),
      portsFor: ({ username }) => account.toolsFor(users.get(username)!),
      notifications: { send: async () => true },
      clock,
      context: CONTEXT,
      dryRun: false,
      requestId: 'request',
    },
    { created: () => ({ endpoints: [], others: 0 }), list: async () => [] },
  );
  await time.run();
  return { text: await answer, account, seconds: (time.now - begin) / 1_000 };
}

/** IAM refuses no call, and the run has the time to list the subscriptions and to send the digest. */
const expectWithinBudget = ({ account, seconds }: Awaited<ReturnType<typeof digest>>) => {
  expect(account.throttled).toBe(0);
  expect(account.meter('iam').peak(60)).toBeLessThanOrEqual(60 * IAM_BUDGET.perSecond + IAM_BUDGET.burst);
  expect(seconds).toBeLessThan(RUN_MINUTES * 60 - 40);
};

test('with the default schedule, one user in six has a key of 90 days or more: each of these keys is read', async () => {
  const old = await userAfter(100);
  const young = new ModelAws();
  young.now = new Date(old.now.getTime() - 30 * DAY);
  await rotate(request('create'), young.tools());
  young.now = old.now;
  const result = await digest((index) => (index % 6 === 0 ? old : young).clone());
  expectWithinBudget(result);
  expect(result.account.meter('iam').total).toBe(USERS_PER_DIGEST + Math.ceil(USERS_PER_DIGEST / 6));
  expect(result.text).toContain('Unused keys, which no consumer has used for 90 days:');
  expect(result.text).not.toContain('could not be read');
});

test('all users have one: as many as the time allows, at least 250, and the others are counted', async () => {
  const old = await userAfter(100);
  const result = await digest(() => old.clone());
  expectWithinBudget(result);
  const [, unread] = /The last use of (\d+) keys could not be read/.exec(result.text)!;
  expect(USERS_PER_DIGEST - Number(unread)).toBeGreaterThanOrEqual(250);
  expect(result.text).toContain(`\n${USERS_PER_DIGEST} users; `);
});
