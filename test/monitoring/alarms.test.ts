/** The alarms, and when they are in ALARM: each for its cause, and none in normal operation. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { definition, inAlarm, Name, NAMES, namesOf, SECTIONS, START } from './alarm-states';
import { Check, checksOf, DAY, Emitter, HOUR, MINUTE } from './checks';
import { Datapoint } from './embedded-metrics';
import { AccessKeyRotationProps, RotationSchedule, RotationTrigger } from '../../src';
import { Cause, METRICS } from '../../src/contract/metrics';
import { warnings } from '../template/annotations';
import { rotation, rotationOf, Synthesized } from '../template/support';

const USERS = [{ userName: 'alice' }, { userName: 'bob' }, { userName: 'carol' }];

const TOPIC_ARN = 'arn:aws:sns:eu-west-1:111122223333:alarms';
const KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-1111-1111-111111111111';
const warningsOf = (built: Synthesized) => warnings(built.rotation);

const every = (checkInterval: Duration, more: Partial<AccessKeyRotationProps> = {}) =>
  rotation({ users: USERS, trigger: RotationTrigger.eventBridgeRules({ checkInterval }), ...more });
const fixedRates = () => rotation({ users: USERS, trigger: RotationTrigger.fixedRates() });

describe('a rotation has alarms', () => {
  test('by default: one for each problem that needs a person', () => {
    expect(namesOf(rotationOf('alice'))).toEqual(NAMES);
  });

  test('unless alarms is false', () => {
    const built = rotation({ users: USERS, alarms: false });
    expect(built.rotation.alarms).toBeUndefined();
    built.template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test.each<[string, () => Synthesized, Name[]]>([
    ['checks every hour', () => every(Duration.hours(1)), []],
    ['checks every six days', () => every(Duration.days(6)), ['uncheckedUsers']],
    [
      'checks every seven days, the longest time that an alarm evaluates',
      () => every(Duration.days(7)),
      ['checksMissing', 'uncheckedUsers'],
    ],
    ['fixed rates', fixedRates, ['overdueKeys', 'overLimit', 'checksMissing', 'uncheckedUsers']],
    [
      'a dry run, in which keys are not rotated',
      () => every(Duration.days(1), { dryRun: true }),
      ['overdueKeys', 'overLimit'],
    ],
  ])('with %s, without those that would be wrong', (_what, build, without) => {
    const built = build();
    expect(namesOf(built)).toEqual(NAMES.filter((name) => !without.includes(name)));
    built.template.resourceCountIs('AWS::CloudWatch::Alarm', NAMES.length - without.length);
  });

  test('that do not depend on the users', () => {
    const alarmsOf = (...names: string[]) => {
      const built = rotationOf(...names);
      return built.below(built.rotation.alarms!);
    };
    const alone = alarmsOf('alice');
    expect(alarmsOf('bob', 'alice', 'carol')).toEqual(alone);
    expect(alarmsOf('dan')).toEqual(alone);
  });

  test('of its own, in a stack with another rotation', () => {
    const built = rotationOf('alice');
    const second = new (built.rotation.constructor as any)(built.stack, 'Second', { users: [{ userName: 'bob' }] });
    const [one, other] = [built.rotation, second].map((construct) =>
      JSON.stringify(built.stack.resolve(construct.metricChecks().dimensions)),
    );
    expect(one).not.toEqual(other);
  });

  test.each(NAMES)('the description of %s has its meaning and its section of the runbook', (name) => {
    const description = definition(rotationOf('alice'), name).AlarmDescription;
    expect(description).toMatch(new RegExp(`^[A-Z].*\\. https://\\S+/docs/runbook\\.md#${SECTIONS[name]}$`));
    expect(description.length).toBeLessThan(1_024);
  });

  test.each<[string, () => Synthesized]>([
    ['hourly', () => every(Duration.hours(1))],
    ['daily', () => every(Duration.days(1))],
    ['every four days', () => every(Duration.days(4))],
    ['fixed rates', fixedRates],
  ])('that CloudWatch accepts: %s', (_how, build) => {
    for (const { Properties } of build().ofType('AWS::CloudWatch::Alarm')) {
      const period = Properties.Period ?? Properties.Metrics[1].MetricStat.Period;
      expect(period % 60).toBe(0);
      expect(period).toBeLessThanOrEqual(86_400);
      expect(period * Properties.EvaluationPeriods).toBeLessThanOrEqual(period < 3_600 ? 86_400 : 7 * 86_400);
    }
  });
});

describe('the actions of alarms', () => {
  test('are none by default', () => {
    for (const { Properties } of rotationOf('alice').ofType('AWS::CloudWatch::Alarm')) {
      expect(Properties.AlarmActions).toBeUndefined();
    }
  });

  test.each<[string, () => Synthesized]>([
    [
      'in the options of the rotation',
      () => rotation((scope) => ({ users: USERS, alarmActions: [new SnsAction(new sns.Topic(scope, 'OnCall'))] })),
    ],
    [
      'with addAlarmAction()',
      () => {
        const built = rotation({ users: USERS });
        built.rotation.alarms!.addAlarmAction(new SnsAction(new sns.Topic(built.stack, 'OnCall')));
        return built;
      },
    ],
  ])('are set %s', (_when, build) => {
    const alarms = build().ofType('AWS::CloudWatch::Alarm');
    expect(alarms).toHaveLength(NAMES.length);
    for (const { Properties } of alarms) {
      expect(Properties.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^OnCall/) }]);
    }
  });

  const CLOUDWATCH = { Service: 'cloudwatch.amazonaws.com' };
  const OWN_ACCOUNT = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
  const allowed = (statements: any[]) => statements.filter(({ Principal }) => Principal.Service === CLOUDWATCH.Service);

  test('can publish to the topic that the rotation creates, also those of single alarms', () => {
    const built = rotation({ users: USERS });
    built.rotation.alarms!.addAlarmAction(new SnsAction(built.rotation.topic));
    const { Statement } = built.the('AWS::SNS::TopicPolicy').Properties.PolicyDocument;
    expect(allowed(Statement)).toEqual([
      {
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: CLOUDWATCH,
        Resource: { Ref: expect.stringMatching(/^RotationTopic/) },
        Condition: OWN_ACCOUNT,
        Sid: expect.any(String), // TopicPolicy numbers its statements
      },
    ]);
    expect(
      allowed(rotation({ users: USERS }).the('AWS::SNS::TopicPolicy').Properties.PolicyDocument.Statement),
    ).toEqual(allowed(Statement));
  });

  test('can publish to a topic of the app that is that of the rotation, and use its KMS key', () => {
    const build = (alarm: boolean) =>
      rotation((scope) => {
        const topic = new sns.Topic(scope, 'T', { masterKey: new kms.Key(scope, 'K'), enforceSSL: true });
        return { users: USERS, topic, ...(alarm && { alarmActions: [new SnsAction(topic)] }) };
      });
    const built = build(true);
    expect(allowed(built.the('AWS::SNS::TopicPolicy').Properties.PolicyDocument.Statement)).toMatchObject([
      { Action: 'sns:Publish', Condition: OWN_ACCOUNT },
    ]);
    expect(allowed(built.the('AWS::KMS::Key').Properties.KeyPolicy.Statement)).toEqual([
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Principal: CLOUDWATCH,
        Resource: '*',
        Condition: OWN_ACCOUNT,
      },
    ]);
    expect(warningsOf(built)).toEqual([]);
    expect(allowed(build(false).the('AWS::KMS::Key').Properties.KeyPolicy.Statement)).toEqual([]);
  });

  test.each<[string, (scope: Construct) => sns.ITopic, string]>([
    ['a topic', (scope) => sns.Topic.fromTopicArn(scope, 'T', TOPIC_ARN), 'sns:Publish in the policy of the topic.'],
    [
      'the KMS key of a topic',
      (scope) => new sns.Topic(scope, 'T', { masterKey: kms.Key.fromKeyArn(scope, 'K', KEY_ARN) }),
      'kms:Decrypt and kms:GenerateDataKey* in the policy of its KMS key.',
    ],
  ])('a warning names what %s of another app has to allow', (_what, topicOf, words) => {
    const built = rotation((scope) => {
      const topic = topicOf(scope);
      return { users: USERS, topic, alarmActions: [new SnsAction(topic)] };
    });
    expect(warningsOf(built)).toEqual([expect.stringContaining(words)]);
  });

  const ADDITIONS = ['addAlarmAction', 'addInsufficientDataAction', 'addOkAction'] as const;
  const addTo = (alarm: cloudwatch.Alarm, topic: sns.ITopic) =>
    ADDITIONS.forEach((addition) => alarm[addition](new SnsAction(topic)));

  describe.each(ADDITIONS)('of one alarm, with its %s()', (addition) => {
    const build = (topicOf: (scope: Construct) => sns.ITopic) => {
      const built = rotation((scope) => ({ users: USERS, topic: topicOf(scope) }));
      built.rotation.alarms!.throttled[addition](new SnsAction(built.rotation.topic));
      return built;
    };

    test('can publish to a topic of the app that is that of the rotation', () => {
      const built = build((scope) => new sns.Topic(scope, 'T', { enforceSSL: true }));
      expect(allowed(built.the('AWS::SNS::TopicPolicy').Properties.PolicyDocument.Statement)).toMatchObject([
        { Action: 'sns:Publish', Condition: OWN_ACCOUNT },
      ]);
      expect(warningsOf(built)).toEqual([]);
    });

    test('have a warning if the policy of the topic belongs to another app', () => {
      const built = build((scope) => sns.Topic.fromTopicArn(scope, 'T', TOPIC_ARN));
      expect(warningsOf(built)).toEqual([expect.stringContaining('sns:Publish in the policy of the topic.')]);
    });
  });

  test('of several alarms and states have one permission together', () => {
    const built = rotation((scope) => ({ users: USERS, topic: new sns.Topic(scope, 'T', { enforceSSL: true }) }));
    built.rotation.alarms!.all.forEach((alarm) => addTo(alarm, built.rotation.topic));
    expect(allowed(built.the('AWS::SNS::TopicPolicy').Properties.PolicyDocument.Statement)).toHaveLength(1);
  });

  test('need no permission of another topic', () => {
    const built = rotation((scope) => ({
      users: USERS,
      topic: sns.Topic.fromTopicArn(scope, 'T', TOPIC_ARN),
      alarmActions: [new SnsAction(new sns.Topic(scope, 'OnCall'))],
    }));
    expect(warningsOf(built)).toEqual([]);
    expect(built.ofType('AWS::SNS::TopicPolicy')).toEqual([]);
  });

  test('need alarms', () => {
    expect(() => rotation({ users: USERS, alarms: false, alarmActions: [] })).toThrow(/"alarmActions" needs alarms/);
  });
});

describe('metrics', () => {
  test.each<[string, (built: Synthesized) => cloudwatch.Metric, string, string]>([
    ['metricOverLimit', ({ rotation: one }) => one.metricOverLimit(), 'OverLimitDays', 'Maximum'],
    ['metricOldestActiveKey', ({ rotation: one }) => one.metricOldestActiveKey(), 'OldestActiveKeyDays', 'Maximum'],
    ['metricOverdueDays', ({ rotation: one }) => one.metricOverdueDays(), 'OverdueDays', 'Maximum'],
    ['metricKeys', ({ rotation: one }) => one.metricKeys(), 'Keys', 'Maximum'],
    ['metricUnmanagedKeys', ({ rotation: one }) => one.metricUnmanagedKeys(), 'UnmanagedKeys', 'Maximum'],
    ['metricOrphanedKeysDeleted', ({ rotation: one }) => one.metricOrphanedKeysDeleted(), 'OrphanedKeysDeleted', 'Sum'],
    ['metricChecks', ({ rotation: one }) => one.metricChecks(), 'Checks', 'Sum'],
    ['metricUsers', ({ rotation: one }) => one.metricUsers(), 'Users', 'Minimum'],
    ['metricFailures', ({ rotation: one }) => one.metricFailures(), 'Failures', 'Sum'],
    ['metricFailedNotifications', ({ rotation: one }) => one.metricFailedNotifications(), 'FailedNotifications', 'Sum'],
    [
      'metricInactiveSubscriptions',
      ({ rotation: one }) => one.metricInactiveSubscriptions(),
      'InactiveSubscriptions',
      'Maximum',
    ],
    ['metric', ({ rotation: one }) => one.metric('Keys'), 'Keys', 'Average'],
  ])('%s is a metric of this rotation over a day', (_method, metricOf, metricName, statistic) => {
    const built = rotationOf('alice');
    expect(metricOf(built)).toMatchObject({
      namespace: 'AccessKeyRotation',
      metricName,
      statistic,
      period: Duration.days(1),
    });
    expect(built.stack.resolve(metricOf(built).dimensions)).toEqual({
      Rotation: built.the('AWS::Lambda::Function').Properties.Environment.Variables.ROTATION,
    });
  });

  test('have options and additional dimensions', () => {
    const metric = rotationOf('alice').rotation.metricFailures({
      dimensionsMap: { Cause: 'AccessDenied' },
      period: Duration.hours(1),
      statistic: 'Maximum',
    });
    expect(metric).toMatchObject({ metricName: 'Failures', period: Duration.hours(1), statistic: 'Maximum' });
    expect(metric.dimensions).toEqual({ Rotation: expect.any(String), Cause: 'AccessDenied' });
  });
});

describe('in normal operation', () => {
  const options = { from: START, to: START + 21 * DAY };

  test.each([
    [1, 'h'],
    [8, 'h'],
    [1, 'd'],
    [2, 'd'],
    [3, 'd'],
    [4, 'd'],
    [6, 'd'],
    [14, 'd'],
  ] as const)('with checks every %i%s, no alarm is in ALARM', (count, unit) => {
    const interval = unit === 'h' ? Duration.hours(count) : Duration.days(count);
    const built = every(interval, { schedule: RotationSchedule.STANDARD });
    // As late as a step can be in normal operation.
    const overdue = Math.ceil(interval.toDays({ integral: false }));
    const datapoints = emitter(built).checks(checksOf(built, START, 21), { overdue });
    for (const name of namesOf(built)) expect(inAlarm(built, name, datapoints, options)).toEqual([]);
  });

  test('one failure before a successful retry, or one notification that the next check sends: no alarm', () => {
    const built = daily();
    const datapoints = [
      ...normal(built),
      ...emitter(built).failure(START + 5 * DAY, 'Throttled'),
      emitter(built).own(METRICS.failedNotifications, START + 7 * DAY, 1),
    ];
    for (const name of NAMES) expect(inAlarm(built, name, datapoints, { ...options, from: START + DAY })).toEqual([]);
  });

  test('a user that is added or removed: no alarm', () => {
    const [few, many] = [rotationOf('alice', 'bob'), rotationOf('alice', 'bob', 'carol', 'dan')];
    for (const [before, after] of [
      [few, many],
      [many, few],
    ]) {
      for (let hour = 0; hour < 24; hour += 1.5) {
        const deploy = START + 8 * DAY + hour * HOUR;
        const datapoints = [
          ...emitter(before).checks(checksOf(before, START, 21).filter(({ at }) => at < deploy)),
          ...emitter(after).checks(checksOf(after, START, 21).filter(({ at }) => at >= deploy)),
        ];
        expect(inAlarm(after, 'uncheckedUsers', datapoints, options)).toEqual([]);
      }
    }
  });

  test('checks that are some minutes late or early: no alarm', () => {
    const built = daily();
    const late = (check: Check, index: number) => ({ ...check, at: check.at + ((index * 37) % 4) * MINUTE });
    const datapoints = emitter(built).checks(checksOf(built, START, 21).map(late));
    for (const name of ['uncheckedUsers', 'checksMissing'] as const) {
      expect(inAlarm(built, name, datapoints, { from: START + 3 * DAY, to: options.to, every: 10 * MINUTE })).toEqual(
        [],
      );
    }
  });
});

describe('an alarm is in ALARM', () => {
  const CAUSE = START + 7 * DAY + 5 * HOUR;
  const options = { from: START + DAY, to: START + 21 * DAY };
  const daysUntil = (name: Name, built: Synthesized, datapoints: Datapoint[], additionalPeriods?: number) => {
    const times = inAlarm(built, name, datapoints, { ...options, additionalPeriods });
    expect(times.length).toBeGreaterThan(0);
    return (times[0] - CAUSE) / DAY;
  };

  test('overdueKeys: while a step is overdue by three days', () => {
    const built = daily();
    const [before, late, after] = [
      [START, CAUSE],
      [CAUSE, CAUSE + 3 * DAY],
      [CAUSE + 3 * DAY, Infinity],
    ].map(([from, to]) => checksOf(built, START, 21).filter(({ at }) => at >= from && at < to));
    const datapoints = [
      ...emitter(built).checks(before),
      ...emitter(built).checks(late, { overdue: 3 }),
      ...emitter(built).checks(after),
    ];
    const times = inAlarm(built, 'overdueKeys', datapoints, options);
    expect(times[0] - CAUSE).toBeLessThan(12 * HOUR);
    expect(times.at(-1)! - CAUSE).toBeLessThan(4.5 * DAY);
  });

  test('overdueKeys: still, if there are no more checks', () => {
    const built = daily();
    const datapoints = emitter(built).checks(checksOf(built, START, 8), { overdue: 3 });
    expect(inAlarm(built, 'overdueKeys', datapoints, options).at(-1)).toBe(options.to);
  });

  test('overdueKeys: later for a longer check interval', () => {
    const thresholds = [Duration.hours(1), Duration.days(1), Duration.days(7)].map(
      (interval) => definition(every(interval), 'overdueKeys').Threshold,
    );
    expect(thresholds).toEqual([3, 3, 9]);
  });

  test('overLimit: as soon as a key is over its limit, and still if there are no more checks', () => {
    const built = daily();
    const [before, over] = [
      [START, CAUSE],
      [CAUSE, CAUSE + 3 * DAY],
    ].map(([from, to]) => checksOf(built, START, 21).filter(({ at }) => at >= from && at < to));
    const datapoints = [...emitter(built).checks(before), ...emitter(built).checks(over, { overLimit: 1 })];
    const times = inAlarm(built, 'overLimit', datapoints, options);
    expect(times[0] - CAUSE).toBeLessThan(12 * HOUR);
    expect(times.at(-1)).toBe(options.to);
  });

  test('failedChecks: an event whose three attempts fail', () => {
    const built = daily();
    const datapoints = [
      ...normal(built),
      ...[0, 1, 3].flatMap((minutes) => emitter(built).failure(CAUSE + minutes * MINUTE, 'AccessDenied')),
    ];
    expect(daysUntil('failedChecks', built, datapoints)).toBeLessThan(0.1);
  });

  test('failedChecks: timeouts, which the function cannot report itself', () => {
    const built = daily();
    const datapoints = [
      ...normal(built),
      ...[0, 6, 13].map((minutes) => emitter(built).errors(CAUSE + minutes * MINUTE, 1)),
    ];
    expect(daysUntil('failedChecks', built, datapoints)).toBeLessThan(0.1);
  });

  test('deadLetters: while an event is in the queue', () => {
    const built = daily();
    const datapoints = [
      [START, 0],
      [CAUSE, 1],
      [CAUSE + 3 * DAY, 0],
    ].flatMap(([at, length]) => emitter(built).deadLetters(at, length));
    const times = inAlarm(built, 'deadLetters', datapoints, { ...options, every: 5 * MINUTE }).map(
      (at) => (at - CAUSE) / DAY,
    );
    expect(times[0]).toBeCloseTo(0, 1);
    expect(times.at(-1)).toBeCloseTo(3, 1);
  });

  test.each([0, 1, 2, 5])(
    'checksMissing: two days after the last check, with %i additional periods',
    (additionalPeriods) => {
      const built = daily();
      const datapoints = emitter(built).checks(checksOf(built, START, 21).filter(({ at }) => at < CAUSE));
      const days = daysUntil('checksMissing', built, datapoints, additionalPeriods);
      expect(days).toBeGreaterThan(1.5);
      expect(days).toBeLessThan(2.1);
      expect(inAlarm(built, 'checksMissing', datapoints, { ...options, additionalPeriods }).at(-1)).toBe(options.to);
    },
  );

  test.each<[string, Duration, number]>([
    ['hourly: after two hours', Duration.hours(1), 2 / 24],
    ['every two days: after four', Duration.days(2), 4],
    ['every five days: after seven, the longest time that an alarm evaluates', Duration.days(5), 7],
  ])('checksMissing: %s', (_how, interval, days) => {
    const built = every(interval);
    const last = checksOf(built, START, 12).at(-1)!.at;
    const datapoints = emitter(built).checks(checksOf(built, START, 12));
    const times = inAlarm(built, 'checksMissing', datapoints, { from: START + 7 * DAY, to: options.to }).map(
      (at) => (at - last) / DAY,
    );
    expect(times[0]).toBeGreaterThanOrEqual(days - 0.01);
    expect(times[0]).toBeLessThan(days + 0.1);
  });

  test('checksMissing: until the first check after an outage', () => {
    const built = daily();
    const resumed = CAUSE + 5 * DAY;
    const datapoints = emitter(built).checks(
      checksOf(built, START, 21).filter(({ at }) => at < CAUSE || at >= resumed),
    );
    const times = inAlarm(built, 'checksMissing', datapoints, options);
    expect(times.at(-1)).toBeGreaterThanOrEqual(resumed - HOUR);
    expect(times.at(-1)).toBeLessThan(resumed + 9 * HOUR);
  });

  test.each(['create', 'deactivate', 'delete'])(
    'uncheckedUsers: the rule for "%s" of one user in three does not start checks',
    (missing) => {
      const built = daily();
      const datapoints = emitter(built).checks(
        checksOf(built, START, 21).filter(
          ({ at, username, action }) => at < CAUSE || username !== 'bob' || action !== missing,
        ),
      );
      expect(daysUntil('uncheckedUsers', built, datapoints)).toBeLessThan(3.1);
      expect(inAlarm(built, 'uncheckedUsers', datapoints, options).at(-1)).toBe(options.to);
    },
  );

  test.each([0, 1, 2, 5])(
    'uncheckedUsers: not if all checks are missing long enough for checksMissing, with %i additional periods',
    (additionalPeriods) => {
      const built = daily();
      const datapoints = emitter(built).checks(
        checksOf(built, START, 21).filter(({ at }) => at < CAUSE || at > CAUSE + 2.5 * DAY),
      );
      expect(inAlarm(built, 'checksMissing', datapoints, { ...options, additionalPeriods })).not.toEqual([]);
      expect(inAlarm(built, 'uncheckedUsers', datapoints, { ...options, additionalPeriods })).toEqual([]);
    },
  );

  test('uncheckedUsers: no rule of an action starts checks', () => {
    const built = daily();
    const datapoints = emitter(built).checks(
      checksOf(built, START, 21).filter(({ at, action }) => at < CAUSE || action !== 'delete'),
    );
    expect(daysUntil('uncheckedUsers', built, datapoints)).toBeLessThan(3.1);
  });

  test('uncheckedUsers: some hourly checks of one user are missing', () => {
    const built = every(Duration.hours(1));
    const datapoints = emitter(built).checks(
      checksOf(built, START, 21).filter(
        ({ at, username, action }) =>
          at < CAUSE || username !== 'bob' || action !== 'create' || new Date(at).getUTCHours() % 3 > 0,
      ),
    );
    expect(daysUntil('uncheckedUsers', built, datapoints)).toBeLessThan(2.1);
  });

  test('keyCleanupFailed: a new key that could be neither published nor deleted', () => {
    const built = daily();
    const datapoints = [...normal(built), ...emitter(built).failure(CAUSE, 'CleanupFailed')];
    expect(daysUntil('keyCleanupFailed', built, datapoints)).toBeLessThan(0.1);
  });

  test('throttled: three runs, of any users', () => {
    const built = daily();
    const datapoints = (cause: Cause) => [
      ...normal(built),
      ...[0, 3, 9].flatMap((hours) => emitter(built).failure(CAUSE + hours * HOUR, cause)),
    ];
    expect(daysUntil('throttled', built, datapoints('Throttled'))).toBeLessThan(0.5);
    expect(inAlarm(built, 'throttled', datapoints('Other'), options)).toEqual([]);
  });

  test('notificationFailures: a notification that none of the three checks of a day can send', () => {
    const built = daily();
    const attempts = checksOf(built, START, 21)
      .filter(({ at, username }) => username === 'bob' && at >= CAUSE)
      .slice(0, 3);
    const datapoints = [
      ...normal(built),
      ...attempts.map(({ at }) => emitter(built).own(METRICS.failedNotifications, at, 1)),
    ];
    expect(daysUntil('notificationFailures', built, datapoints)).toBeLessThan(1.1);
  });

  test('notificationFailures: one notification, with fixed rates', () => {
    const built = fixedRates();
    expect(
      daysUntil('notificationFailures', built, [emitter(built).own(METRICS.failedNotifications, CAUSE, 1)]),
    ).toBeLessThan(0.1);
  });
});

function daily(): Synthesized {
  return rotation({ users: USERS });
}

const emitter = (built: Synthesized) => new Emitter(built);
const normal = (built: Synthesized) => emitter(built).checks(checksOf(built, START, 21));
