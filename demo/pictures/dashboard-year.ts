/** A year of three users on the in-memory AWS of the tests. For some days, IAM denies the creation of keys. */
import { Duration } from 'aws-cdk-lib';
import { RotationSchedule, RotationTrigger } from '../../src';
import { Ages } from '../../src/contract/ages';
import { Action } from '../../src/contract/events';
import { Cause, METRICS, NAMESPACE } from '../../src/contract/metrics';
import { rotate } from '../../src/rotator/actions/rotate';
import { ModelAws } from '../../test/fake-aws/fake-aws';
import { Datapoint } from '../../test/monitoring/embedded-metrics';
import { firings, request } from '../../test/rotator/support';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const DAYS = 365;
export const FROM = Date.UTC(2026, 0, 1);
export const TO = FROM + DAYS * DAY;

export const USERS: Readonly<Record<string, RotationSchedule>> = {
  'backup-job': RotationSchedule.STANDARD,
  'ci-deployer': RotationSchedule.STANDARD,
  'legacy-erp': RotationSchedule.of({ create: Duration.days(30) }),
};

/** A key of legacy-erp is due on the first of these days. */
const OUTAGE = { from: Date.UTC(2026, 7, 27), to: Date.UTC(2026, 8, 6), cause: 'AccessDenied' satisfies Cause };

/** When a person redrives the dead letters. */
const REDRIVEN = OUTAGE.to + 12 * HOUR;

/** Lambda attempts an event three times. */
const ATTEMPTS = 3;

/** The state of a user after a check: days, and the number of keys. */
interface State {
  readonly oldest: number;
  readonly overdue: number;
  readonly keys: number;
}

export interface Check {
  readonly at: number;
  readonly username: string;
  readonly action: Action;
  /** Undefined if the check failed. */
  readonly outcome?: string;
  readonly message: string;
  readonly state: State;
}

/** All checks, by time. */
export async function year(): Promise<Check[]> {
  const checks = await Promise.all(
    Object.entries(USERS).map(([username, schedule], index) =>
      checksOf(username, schedule._ages!, index * 47 * MINUTE),
    ),
  );
  return checks.flat().sort((a, b) => a.at - b.at);
}

async function checksOf(username: string, ages: Ages, offset: number): Promise<Check[]> {
  const aws = new ModelAws();
  const check = async (at: number, action: Action): Promise<Check> => {
    aws.now = new Date(at);
    aws.faultAt = (call) =>
      call === 'CreateAccessKey' && at >= OUTAGE.from && at < OUTAGE.to ? 'rejected' : undefined;
    const answer = await rotate(request(action, ages, true, { username, secret: username }), aws.tools()).catch(
      (error: Error) => ({ outcome: undefined, message: error.message }),
    );
    return { at, username, action, outcome: answer.outcome, message: answer.message, state: stateOf(aws, ages) };
  };
  await check(FROM, 'create'); // the first key, at the deploy
  const checks: Check[] = [];
  for (const { at, action } of firings(RotationTrigger.eventBridgeRules(), ages, DAYS)) {
    checks.push(await check(FROM + at + offset + 7_000, action));
  }
  return checks;
}

function stateOf(aws: ModelAws, ages: Ages): State {
  const keys = [...aws.keys.values()].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const daysOf = (createdAt: Date) => (aws.now.getTime() - createdAt.getTime()) / DAY;
  const current = daysOf(keys[0].createdAt);
  const late = keys.map(({ active }, index) =>
    index === 0 ? current - ages.create : active ? current - (ages.deactivate - ages.create) : 0,
  );
  return {
    oldest: Math.max(...keys.filter(({ active }) => active).map(({ createdAt }) => Math.floor(daysOf(createdAt)))),
    overdue: Math.max(0, ...late.map(Math.floor)),
    keys: keys.length,
  };
}

/** The values of the dimensions of a rotation, its function and its queue. */
export interface Names {
  readonly rotation: string;
  readonly handler: string;
  readonly queue: string;
}

/** The datapoints of the checks in CloudWatch. */
export function datapointsOf(checks: readonly Check[], names: Names): Datapoint[] {
  const own = (name: string, timestamp: number, value: number, more: Record<string, string> = {}): Datapoint => ({
    namespace: NAMESPACE,
    name,
    timestamp,
    value,
    dimensions: { Rotation: names.rotation, ...more },
  });
  const errors = (timestamp: number, value: number): Datapoint => ({
    namespace: 'AWS/Lambda',
    name: 'Errors',
    timestamp,
    value,
    dimensions: { FunctionName: names.handler },
  });
  const waiting = (timestamp: number): Datapoint => ({
    namespace: 'AWS/SQS',
    name: 'ApproximateNumberOfMessagesVisible',
    timestamp,
    value: timestamp >= REDRIVEN ? 0 : checks.filter(({ at, outcome }) => at <= timestamp && !outcome).length,
    dimensions: { QueueName: names.queue },
  });
  const hours = Array.from({ length: DAYS * 24 }, (_, hour) => waiting(FROM + hour * HOUR + 59 * MINUTE));
  const measured = ({ at, state }: Check) => [
    own(METRICS.oldestActiveKey, at, state.oldest),
    own(METRICS.overdue, at, state.overdue),
    own(METRICS.overLimit, at, 0),
    own(METRICS.failedNotifications, at, 0),
  ];
  const done = ({ at, action }: Check) => [
    own(METRICS.checks, at, 1),
    own(METRICS.checks, at, 1, { Action: action }),
    own(METRICS.users, at, Object.keys(USERS).length),
    errors(at, 0),
  ];
  const failed = ({ at }: Check) =>
    Array.from({ length: ATTEMPTS }, (_, repeat) => at + repeat * MINUTE).flatMap((when) => [
      own(METRICS.failures, when, 1),
      own(METRICS.failures, when, 1, { Cause: OUTAGE.cause }),
      errors(when, 1),
    ]);
  return [
    ...hours,
    ...checks.flatMap((check) => [...measured(check), ...(check.outcome ? done(check) : failed(check))]),
  ];
}
