/** The figures of docs/cost.md follow from the prices and the assumptions that it names, and from counted calls. */
import { read } from './repository';
import { AccessKeyRotation } from '../../../src';
import { DAY, DEFAULT_AGES } from '../../../src/contract/ages';
import { ACTIONS } from '../../../src/contract/events';
import { DEFAULT_SETTINGS } from '../../../src/contract/settings';
import { rotate } from '../../../src/rotator/actions/rotate';
import { ModelAws } from '../../fake-aws/fake-aws';
import { CONTEXT } from '../../rotator/support';
import { Synthesized, testStack } from '../../template/support';

const PAGE = read('docs/cost.md');
const ONE_LINE = PAGE.replace(/\s+/g, ' ');

const USERS = [1, 10, 100, 1_000];
const DAYS = 30;
const CHECKS = ACTIONS.length * DAYS;
const REPLACEMENTS = DAYS / DEFAULT_AGES.create;

/** Calls of Secrets Manager that the life of a key makes, beside those of its checks, and its notifications. */
let life: { calls: number; notifications: number };

beforeAll(async () => {
  const aws = new ModelAws();
  const start = aws.now.getTime();
  const cycle = DEFAULT_AGES.create;
  let before = 0;
  for (let day = 0; day < 5 * cycle; day++) {
    // In the first cycles, there are no records of deleted keys to remove.
    if (day === 4 * cycle) before = aws.calls.length;
    for (const [index, action] of ACTIONS.entries()) {
      aws.now = new Date(start + (day + index / ACTIONS.length) * DAY);
      const request = { ...DEFAULT_SETTINGS, action, username: 'alice', secret: 'alice', ifDue: true, dryRun: false };
      await rotate({ ...request, ...CONTEXT }, aws.tools());
    }
  }
  const calls = aws.calls.slice(before);
  life = {
    calls: calls.filter((call) => call.includes('Secret')).length - (ACTIONS.length + 1) * cycle,
    notifications: calls.filter((call) => call === 'Publish').length,
  };
});

/** Dollars a month for the checks of one user and the life of its keys. */
function ofChecks(checksPerMonth = CHECKS) {
  const calls = (checksPerMonth * (ACTIONS.length + 1)) / ACTIONS.length + REPLACEMENTS * life.calls;
  const seconds = (checksPerMonth - REPLACEMENTS) * 0.3 + REPLACEMENTS * 25;
  const gigabytes = (checksPerMonth * 1_300) / 1e9;
  return {
    calls: (calls * 0.05) / 10_000,
    lambda: checksPerMonth * 0.2e-6 + (seconds * 256 * 0.0000166667) / 1024,
    log: gigabytes * 0.5 + gigabytes * 24 * 0.03,
    scheduler: checksPerMonth * 1e-6,
  };
}

const ALARMS = 12 * 0.1;

/** Eight metrics of the rotation and three by action, by the hours of a day in which a check runs. */
function metrics(users: number): number {
  // The three checks of a user are eight hours apart, at an hour that a hash of its name selects.
  const hours = 24 * (1 - (7 / 8) ** users);
  return (0.3 * (8 + 3 / 3) * hours) / 24;
}

function total(users: number): number {
  const { calls, lambda, log } = ofChecks();
  return users * (0.4 + calls + lambda + log) + ALARMS + metrics(users);
}

/** The cells of the row of a table that begins with a text. */
function row(start: string): string[] {
  const found = PAGE.split('\n').filter((line) => line.startsWith(`| ${start}`));
  expect(found).toHaveLength(1);
  return found[0]
    .split(' | ')
    .slice(1)
    .map((cell) => cell.replace(/[*|\s]/g, ''));
}

const inDollars = (values: readonly number[]) => values.map((value) => value.toFixed(2));
const perUser = (value: number) => inDollars(USERS.map((users) => users * value));

test('the table', () => {
  const { calls, lambda, log, scheduler } = ofChecks();
  expect(row('Secrets, [$0.40 each]')).toEqual(perUser(0.4));
  expect(row('Calls of Secrets Manager, [$0.05 per 10,000]')).toEqual(perUser(calls));
  expect(row('Lambda, [$0.20 per million runs and $0.0000166667 per GB-second]')).toEqual(perUser(lambda));
  expect(row('Log, [$0.50 per GB, and $0.03 per GB and month stored]')).toEqual(perUser(log));
  expect(row('or EventBridge Scheduler, [$1.00 per million invocations]')).toEqual(perUser(scheduler));
  expect(row('Alarms, [$0.10 per metric')).toEqual(inDollars(USERS.map(() => ALARMS)));
  expect(row('Metrics, [$0.30 each]')).toEqual(inDollars(USERS.map(metrics)));
  expect(row('**Total, with rules**')).toEqual(inDollars(USERS.map(total)));
  expect(row('**Total per user**')).toEqual(inDollars(USERS.map((users) => total(users) / users)));
});

test('the sums in the text, and that of the README', () => {
  const range = `$${(ALARMS + metrics(1)).toFixed(2)} to $${(ALARMS + metrics(1_000)).toFixed(2)}`;
  expect(ONE_LINE).toContain(range);
  expect(read('README.md')).toContain(range);
  expect(ONE_LINE).toContain(`5,000 users cost $${Math.round(total(5_000)).toLocaleString('en-US')}.`);
});

test('the calls of the life of a key', () => {
  expect(ONE_LINE).toContain(`${(CHECKS * (ACTIONS.length + 1)) / ACTIONS.length} calls a month`);
  expect(ONE_LINE).toContain(`It makes ${life.calls} more calls of Secrets Manager`);
  expect(ONE_LINE).toContain(`Each replacement of a key sends 4 to ${life.notifications} to each recipient`);
});

test('the metrics of the alarms', () => {
  const stack = testStack();
  const construct = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'alice' }] });
  const alarms = new Synthesized(stack, construct).ofType('AWS::CloudWatch::Alarm');
  const evaluated = alarms.map(({ Properties: { Metrics } }) =>
    Metrics ? Metrics.filter((metric: { MetricStat?: object }) => metric.MetricStat).length : 1,
  );
  expect(row('Alarms | ')[0]).toBe(`${alarms.length},whichevaluate${evaluated.reduce((sum, one) => sum + one)}metrics`);
});

test('the digest, and other check intervals', () => {
  const [users, seconds] = [1_000, 1_000 / 5 + 55];
  const digest = (users * 2 * DAYS * 0.05) / 10_000 + (DAYS * seconds * 0.0000166667) / 4;
  expect(ONE_LINE).toContain(`the run of the Lambda: $${digest.toFixed(2)} a month with 1,000 users`);
  const sum = ({ calls, lambda, log }: ReturnType<typeof ofChecks>) => calls + lambda + log;
  const hourly = sum(ofChecks(24 * CHECKS));
  expect(ONE_LINE).toContain(
    `Hourly checks cost about $${hourly.toFixed(2)} per user and month instead of less than $0.001`,
  );
  expect(sum(ofChecks())).toBeLessThan(0.001);
});
