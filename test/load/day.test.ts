/** Throttling: the AWS calls of a day of 5,000 users, and that the day succeeds within the quotas. */
import { mockRandom } from './account';
import { Day, day, userAfter, USERS } from './day';
import { IAM_BUDGET, PUBLISHED, Service } from './quotas';

jest.mock('../../src/rotator/aws/log');

beforeEach(mockRandom);
afterEach(() => jest.restoreAllMocks());

/** Concurrent executions of most accounts: all checks of a minute run concurrently. */
const CONCURRENCY = 1_000;
const HALF = { perSecond: IAM_BUDGET.perSecond / 2, burst: IAM_BUDGET.burst / 2 };

const total = ({ account }: Day, service: Service) => account.meter(service).total;
const peak = ({ account }: Day, service: Service, seconds: number) => account.meter(service).peak(seconds);

test('a day without steps: a check makes one call to IAM and one to Secrets Manager, that for a new key one more, and at most 24 checks start in a minute', async () => {
  const withoutSteps = await day(await userAfter(30), { concurrency: CONCURRENCY });
  expect(withoutSteps.outcomes).toEqual({ 'not-due': 3 * USERS });
  expect([...withoutSteps.account.meters.keys()]).toEqual(['iam', 'secrets-read']);
  for (const [service, calls] of [
    ['iam', 3],
    ['secrets-read', 4],
  ] as const) {
    expect(total(withoutSteps, service)).toBe(calls * USERS);
    expect(peak(withoutSteps, service, 1)).toBeLessThanOrEqual(48);
    expect(peak(withoutSteps, service, 60)).toBeLessThanOrEqual(48);
  }
  expect(peak(withoutSteps, 'iam', 60)).toBeLessThanOrEqual(24);
});

test('all keys are due: two IAM calls for each, at most 50 per minute, and no call is throttled within the budget', async () => {
  const result = await day(await userAfter(90), { concurrency: CONCURRENCY, iam: IAM_BUDGET, actions: ['create'] });
  expect(result.outcomes).toEqual({ created: USERS });
  expect(result.users.every(({ keys }) => keys.size === 2)).toBe(true);
  expect(result.account.throttled).toBe(0);
  expect(total(result, 'iam')).toBe(2 * USERS);
  expect(peak(result, 'iam', 60)).toBeLessThanOrEqual(50);
  // Six reads: the state with the current value, the state again after the claim and before the publication, the claim
  // and the stored key. Four writes: claim, key, publication, and removal of the claim.
  expect(total(result, 'secrets-read')).toBe(6 * USERS);
  expect(total(result, 'secrets-write')).toBe(4 * USERS);
  expect(peak(result, 'secrets-write', 1)).toBeLessThanOrEqual(PUBLISHED['secrets-write']!.perSecond);
});

test('half the budget: some calls are throttled and retried, and every user has a new key on that day', async () => {
  const result = await day(await userAfter(90), { concurrency: CONCURRENCY, iam: HALF, actions: ['create'] });
  expect(result.account.throttled).toBeGreaterThan(0);
  expect(result.outcomes).toEqual({ created: USERS });
  expect(result.lambda.deadLetters).toBe(0);
});

test('all old keys are due to be deactivated, with four IAM calls each, the most of any step: all are deactivated within the budget', async () => {
  const result = await day(await userAfter(104), {
    concurrency: CONCURRENCY,
    iam: IAM_BUDGET,
    actions: ['deactivate'],
  });
  expect(result.outcomes).toEqual({ deactivated: USERS });
  expect(result.lambda.deadLetters).toBe(0);
});
