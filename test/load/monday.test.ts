/** Throttling after a weekend: three days of steps are due, and all checks run within the hours of the window. */
import { mockRandom } from './account';
import { USERS } from './day';
import { evenMonday, sameMonday } from './monday';

jest.mock('../../src/rotator/aws/log');

beforeEach(mockRandom);
afterEach(() => jest.restoreAllMocks());

const THREE_DAYS = (USERS / 90) * 3;

test('a day without steps: all checks run within eight hours, at most 64 in a minute, and fewer than 1 call in 500 is throttled', async () => {
  const { outcomes, account, lambda } = await sameMonday(30);
  expect(outcomes).toEqual({ 'not-due': 3 * USERS });
  expect(account.meter('iam').peak(60)).toBeLessThanOrEqual(64);
  expect(account.throttled / account.meter('iam').total).toBeLessThan(1 / 500);
  expect([lambda.errors, lambda.deadLetters]).toEqual([0, 0]);
});

test('the steps that fell due on Saturday, Sunday and Monday: all are taken, no run fails, and fewer than 1 call in 100 is throttled', async () => {
  const { outcomes, account, lambda } = await evenMonday();
  for (const step of ['created', 'deactivated', 'deleted']) expect(outcomes[step] / THREE_DAYS).toBeCloseTo(1, 1);
  expect(Object.keys(outcomes).sort()).toEqual(['created', 'deactivated', 'deleted', 'not-due']);
  expect(Object.values(outcomes).reduce((sum, count) => sum + count)).toBe(3 * USERS);
  expect(account.throttled / account.meter('iam').total).toBeLessThan(1 / 100);
  expect([lambda.errors, lambda.deadLetters]).toEqual([0, 0]);
});
