/** Throttling: what a day of 5,000 users asks of AWS, and that it is enough where AWS gives no more than that. */
import { drawReproducibly } from './account';
import { Day, day, userAfter, USERS } from './day';
import { IAM_BUDGET, PUBLISHED, Service } from './quotas';

jest.mock('../../src/rotator/aws/log');

beforeEach(drawReproducibly);
afterEach(() => jest.restoreAllMocks());

/** As many as most accounts have: all checks of a minute run at once. */
const PLACES = 1_000;
const HALF = { perSecond: IAM_BUDGET.perSecond / 2, burst: IAM_BUDGET.burst / 2 };

const total = ({ account }: Day, service: Service) => account.meter(service).total;
const peak = ({ account }: Day, service: Service, seconds: number) => account.meter(service).peak(seconds);

test('a quiet day: a check costs one call of IAM and one of Secrets Manager, and at most 24 come in a minute', async () => {
  const quiet = await day(await userAfter(30), { places: PLACES });
  expect(quiet.outcomes).toEqual({ 'not-due': 3 * USERS });
  expect([...quiet.account.meters.keys()]).toEqual(['iam', 'secrets-read']);
  for (const service of ['iam', 'secrets-read'] as const) {
    expect(total(quiet, service)).toBe(3 * USERS);
    expect(peak(quiet, service, 1)).toBeLessThanOrEqual(24);
    expect(peak(quiet, service, 60)).toBeLessThanOrEqual(24);
  }
});

test('all keys are due: two calls of IAM for each, 50 a minute at most, and nothing is refused within the budget', async () => {
  const busy = await day(await userAfter(90), { places: PLACES, iam: IAM_BUDGET, actions: ['create'] });
  expect(busy.outcomes).toEqual({ created: USERS });
  expect(busy.users.every(({ keys }) => keys.size === 2)).toBe(true);
  expect(busy.account.throttled).toBe(0);
  expect(total(busy, 'iam')).toBe(2 * USERS);
  expect(peak(busy, 'iam', 60)).toBeLessThanOrEqual(50);
  // Read twice, write four times: claim, key, publication, and the claim taken away.
  expect(total(busy, 'secrets-read')).toBe(2 * USERS);
  expect(total(busy, 'secrets-write')).toBe(4 * USERS);
  expect(peak(busy, 'secrets-write', 1)).toBeLessThanOrEqual(PUBLISHED['secrets-write']!.perSecond);
});

test('with half the budget, some are refused and come again: every user has its new key on that day', async () => {
  const busy = await day(await userAfter(90), { places: PLACES, iam: HALF, actions: ['create'] });
  expect(busy.account.throttled).toBeGreaterThan(0);
  expect(busy.outcomes).toEqual({ created: USERS });
  expect(busy.lambda.deadLetters).toBe(0);
});

test('all old keys are due to be deactivated, at four calls of IAM each, the most that any step takes: all are, within the budget', async () => {
  const busy = await day(await userAfter(104), { places: PLACES, iam: IAM_BUDGET, actions: ['deactivate'] });
  expect(busy.outcomes).toEqual({ deactivated: USERS });
  expect(busy.lambda.deadLetters).toBe(0);
});
