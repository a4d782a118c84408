/** The deploy that issues thousands of first keys: within its timeouts if IAM throttles, repeatable if it failed. */
import { mockRandom } from './account';
import { USERS } from './day';
import { deploy, newUsers } from './deploy';
import { IAM_BUDGET } from './quotas';
import { FIRST_KEY_MINUTES, RUN_MINUTES } from '../../src/contract/settings';
import { ModelAws } from '../fake-aws/fake-aws';

jest.mock('../../src/rotator/aws/log');

beforeEach(mockRandom);
afterEach(() => jest.restoreAllMocks());

const haveOneKey = (users: ReadonlyMap<string, ModelAws>) => [...users.values()].every(({ keys }) => keys.size === 1);

test('5,000 users in 128 stacks, five at a time: every user has one key, and no response takes longer than a run', async () => {
  const users = newUsers(USERS);
  const { failed, longestWait } = await deploy(users, {
    stacks: 128,
    concurrency: 5,
    functionConcurrency: 1_000,
    iam: IAM_BUDGET,
  });
  expect(failed).toEqual([]);
  expect(haveOneKey(users)).toBe(true);
  expect(longestWait).toBeLessThan(RUN_MINUTES);
});

test('ten concurrent executions, the minimum of an account, stack after stack: each response is within the timeout of CloudFormation', async () => {
  const users = newUsers(600);
  const { failed, longestWait } = await deploy(users, {
    stacks: 15,
    concurrency: 1,
    functionConcurrency: 10,
    iam: IAM_BUDGET,
  });
  expect(failed).toEqual([]);
  expect(haveOneKey(users)).toBe(true);
  expect(longestWait).toBeLessThan(FIRST_KEY_MINUTES);
});

test('the deploy fails half-way if IAM throttles too much; a second one issues only the missing keys', async () => {
  const users = newUsers(400);
  const first = await deploy(users, {
    stacks: 8,
    concurrency: 8,
    functionConcurrency: 1_000,
    iam: { perSecond: 0.5, burst: 50 },
  });
  expect(first.failed.length).toBeGreaterThan(50);
  expect(first.failed.length).toBeLessThan(400);
  // CloudFormation received the failures, and did not wait for its timeout.
  expect(first.longestWait).toBeLessThan(RUN_MINUTES);

  // Claims of failed runs expire after 15 minutes.
  for (const user of users.values()) user.now = new Date(user.now.getTime() + 20 * 60_000);
  const second = await deploy(users, { stacks: 8, concurrency: 2, functionConcurrency: 1_000, iam: IAM_BUDGET });
  expect(second.failed).toEqual([]);
  expect(haveOneKey(users)).toBe(true);
  // Keys that were created and not published were deleted; every published key was kept.
  const published = [...users.values()].map(({ history }) => history.filter(({ what }) => what === 'published').length);
  expect(published).toEqual(Array(400).fill(1));
});
