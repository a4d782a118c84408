/** A first deploy sets no alarm. After it, the alarm checksMissing reports checks that do not start, or stop. */
import { Duration } from 'aws-cdk-lib';
import { Store } from './alarm-evaluation';
import { inAlarm, namesOf, START } from './alarm-states';
import { checksOf, DAY, Emitter, HOUR, MINUTE } from './checks';
import { RotationSchedule, RotationTrigger } from '../../src';
import { rotation, Synthesized } from '../template/support';

/** Additional periods of the evaluation range, whose number CloudWatch does not document. */
const ADDITIONAL_PERIODS = [0, 1, 2, 5];

/** After the alarms exist, CloudFormation issues the first keys, and then it creates the rules. */
const DEPLOY = 20 * MINUTE;

/** An instant at each hour of the day, on different days of the month. */
const instants = Array.from({ length: 24 }, (_, index) => START + 10 * DAY + index * 25 * HOUR);

const RULES = [1, 2, 3, 4, 6, 8, 12, 24, ...[2, 3, 4, 5, 6, 7, 10, 14].map((days) => days * 24)];
const triggers: [string, RotationTrigger, number][] = [
  ...RULES.map((hours): [string, RotationTrigger, number] => [
    `rules every ${hours} hours`,
    RotationTrigger.eventBridgeRules({ checkInterval: Duration.hours(hours) }),
    hours,
  ]),
  ['schedules every day', RotationTrigger.eventBridgeScheduler(), 24],
  ['schedules every 3 days', RotationTrigger.eventBridgeScheduler({ checkInterval: Duration.days(3) }), 72],
  ['rules at fixed rates', RotationTrigger.fixedRates(), 14 * 24],
];

describe.each(triggers)('%s', (_how, trigger, hours) => {
  const built = withTrigger(trigger);
  const emitter = new Emitter(built);
  const all = checksOf(built, START, 90);
  const between = (from: number, to: number) => all.filter(({ at }) => at >= from && at < to);
  const every = (Math.min(hours, 3) / 3) * HOUR;

  test('no alarm, at any hour of the first deploy', () => {
    for (const [index, deploy] of instants.entries()) {
      const to = deploy + hours * HOUR + 2 * DAY;
      const stored = new Store([
        ...emitter.firstKeys(deploy + DEPLOY),
        ...emitter.checks(between(deploy + DEPLOY, to)),
      ]);
      const options = { from: deploy, to, every, additionalPeriods: ADDITIONAL_PERIODS[index % 4] };
      for (const name of namesOf(built)) expect([name, inAlarm(built, name, stored, options)]).toEqual([name, []]);
    }
  });

  if (!built.rotation.alarms!.checksMissing) return;
  const limit = Math.min(2 * hours * HOUR, 7 * DAY);
  const beyondEvaluationRange = limit + 8 * Math.min(hours, 24) * HOUR;
  // Above a day, the last check is only among the additional data. CloudWatch documents that there are some.
  const additional = ADDITIONAL_PERIODS.slice(hours > 24 ? 1 : 0);

  test('checksMissing if no check starts after a first deploy, and until one completes', () => {
    for (const [index, deploy] of instants.entries()) {
      const first = deploy + DEPLOY;
      const additionalPeriods = additional[index % additional.length];
      const options = { from: deploy, to: deploy + beyondEvaluationRange, every, additionalPeriods };
      const times = inAlarm(built, 'checksMissing', emitter.firstKeys(first), options);
      expect(times[0] - first).toBeGreaterThan(hours * HOUR);
      expect(times[0] - first).toBeLessThanOrEqual(limit + HOUR);
      expect(times).toHaveLength((options.to - times[0]) / every + 1);
    }
  });

  test('checksMissing during an outage, from two intervals or seven days after the last check', () => {
    for (const [index, from] of instants.entries()) {
      const to = from + beyondEvaluationRange + hours * HOUR;
      const last = between(START, from).at(-1)!.at;
      const resumed = between(to, to + 3 * hours * HOUR);
      const additionalPeriods = additional[index % additional.length];
      const options = { from, to: resumed[0].at + 2 * hours * HOUR, every, additionalPeriods };
      const checks = emitter.checks([...between(from - beyondEvaluationRange, from), ...resumed]);
      const times = inAlarm(built, 'checksMissing', checks, options);
      expect(times[0] - last).toBeGreaterThan(hours * HOUR);
      expect(times[0] - last).toBeLessThanOrEqual(limit + HOUR);
      expect(times.at(-1)! - resumed[0].at).toBeGreaterThan(-HOUR);
      expect(times.at(-1)! - resumed[0].at).toBeLessThanOrEqual(Math.min(hours, 24) * HOUR + HOUR);
      expect(times).toHaveLength((times.at(-1)! - times[0]) / every + 1);
    }
  });
});

test.each(ADDITIONAL_PERIODS)('without a first key: no alarm, with %i additional periods', (additionalPeriods) => {
  const built = withTrigger(RotationTrigger.eventBridgeRules());
  const options = { from: START, to: START + 20 * DAY, additionalPeriods };
  for (const name of namesOf(built)) expect(inAlarm(built, name, [], options)).toEqual([]);
});

function withTrigger(trigger: RotationTrigger): Synthesized {
  const users = [{ userName: 'alice' }, { userName: 'bob' }];
  return rotation({ users, trigger, schedule: RotationSchedule.STANDARD });
}
