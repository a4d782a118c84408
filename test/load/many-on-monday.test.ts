/** Throttling after a freeze, and if one deploy issued all first keys: many steps are due on one Monday. */
import { mockRandom } from './account';
import { USERS } from './day';
import { evenMonday, sameMonday, tuesday } from './monday';
import { ModelAws } from '../fake-aws/fake-aws';

jest.mock('../../src/rotator/aws/log');

beforeEach(mockRandom);
afterEach(() => jest.restoreAllMocks());

test('after a freeze of two weeks, 17 days of new keys and 14 of the other steps: all are taken on that day', async () => {
  const { outcomes, account, lambda } = await evenMonday([
    { start: '2026-05-18', end: '2026-05-31', reason: 'a sale' },
  ]);
  expect(outcomes.created / ((USERS / 90) * 17)).toBeCloseTo(1, 1);
  for (const step of ['deactivated', 'deleted']) expect(outcomes[step] / ((USERS / 90) * 14)).toBeCloseTo(1, 1);
  expect(Object.keys(outcomes).sort()).toEqual(['created', 'deactivated', 'deleted', 'not-due']);
  expect(Object.values(outcomes).reduce((sum, count) => sum + count)).toBe(3 * USERS);
  expect(account.throttled / account.meter('iam').total).toBeLessThan(1 / 10);
  expect(lambda.deadLetters).toBe(0);
});

describe('all users on the same Monday: what fails after three tries is done on Tuesday', () => {
  const keys = (states: string[]) => (user: ModelAws) =>
    [...user.keys.values()].map(({ active }) => (active ? 'active' : 'inactive')).join() === states.join();

  test.each([
    { step: 'created', days: 90, left: 1 / 500, after: ['active', 'active'] },
    { step: 'deactivated', days: 104, left: 1 / 25, after: ['inactive', 'active'] },
    { step: 'deleted', days: 118, left: 1 / 6, after: ['active'] },
  ])('$step', async ({ step, days, left, after }) => {
    const monday = await sameMonday(days);
    expect(monday.outcomes[step] / USERS).toBeGreaterThan(1 - left);
    const next = await tuesday(monday);
    expect(next.lambda.deadLetters).toBe(0);
    expect(next.users.every(keys(after))).toBe(true);
  });
});
