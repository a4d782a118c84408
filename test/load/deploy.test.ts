/**
 * The deploy that issues thousands of first keys: inside its time-outs where IAM is throttled, and repeatable where it
 * failed.
 */
import { drawReproducibly } from './account';
import { USERS } from './day';
import { deploy, newUsers } from './deploy';
import { IAM_BUDGET } from './quotas';
import { FIRST_KEY_MINUTES, RUN_MINUTES } from '../../src/contract/settings';
import { ModelAws } from '../fake-aws/fake-aws';

jest.mock('../../src/rotator/aws/log');

beforeEach(drawReproducibly);
afterEach(() => jest.restoreAllMocks());

const haveOneKey = (users: ReadonlyMap<string, ModelAws>) => [...users.values()].every(({ keys }) => keys.size === 1);

test('5,000 users in 128 stacks, five at a time: every user has one key, and no answer takes longer than a run', async () => {
  const users = newUsers(USERS);
  const { failed, longestWait } = await deploy(users, { stacks: 128, concurrency: 5, places: 1_000, iam: IAM_BUDGET });
  expect(failed).toEqual([]);
  expect(haveOneKey(users)).toBe(true);
  expect(longestWait).toBeLessThan(RUN_MINUTES);
});

test('with ten places in Lambda, the least that an account has, stack after stack: nobody waits for longer than CloudFormation does', async () => {
  const users = newUsers(600);
  const { failed, longestWait } = await deploy(users, { stacks: 15, concurrency: 1, places: 10, iam: IAM_BUDGET });
  expect(failed).toEqual([]);
  expect(haveOneKey(users)).toBe(true);
  expect(longestWait).toBeLessThan(FIRST_KEY_MINUTES);
});

test('half-way through, it fails where IAM gives too little; a second one issues what is missing, and nothing twice', async () => {
  const users = newUsers(400);
  const first = await deploy(users, { stacks: 8, concurrency: 8, places: 1_000, iam: { perSecond: 0.5, burst: 50 } });
  expect(first.failed.length).toBeGreaterThan(50);
  expect(first.failed.length).toBeLessThan(400);
  // CloudFormation was told, and not left to wait.
  expect(first.longestWait).toBeLessThan(RUN_MINUTES);

  // claims of runs that died are let go after 15
  for (const user of users.values()) user.now = new Date(user.now.getTime() + 20 * 60_000);
  const second = await deploy(users, { stacks: 8, concurrency: 2, places: 1_000, iam: IAM_BUDGET });
  expect(second.failed).toEqual([]);
  expect(haveOneKey(users)).toBe(true);
  // A key that was made and not published was deleted again; every published one was kept.
  const published = [...users.values()].map(({ history }) => history.filter(({ what }) => what === 'published').length);
  expect(published).toEqual(Array(400).fill(1));
});
