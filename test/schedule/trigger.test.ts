import { Annotations, Duration, Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { nextTimeOf } from './limit-player';
import { AccessKeyRotationProps, Deactivation, Recipient, RotationSchedule, RotationTrigger } from '../../src';
import { DEFAULT_AGES } from '../../src/contract/ages';
import { nextCheck } from '../../src/contract/check-times';
import { Action, ACTIONS } from '../../src/contract/events';
import { stableHash } from '../../src/private/hash';
import { rotation, Synthesized } from '../template/support';

const MINUTES_PER_DAY = 24 * 60;
const HOURS_THAT_DIVIDE_THE_DAY = [1, 2, 3, 4, 6, 8, 12, 24];
const userNames = fc.stringMatching(/^[A-Za-z0-9_+=,.@-]{1,64}$/);

describe('by default', () => {
  test('each rule runs once a day, at a fixed time', () => {
    const expressions = Object.values(expressionsOf(rotation({ users: [{ userName: 'alice' }] }), 'alice'));
    expect(expressions).toHaveLength(3);
    for (const expression of expressions) expect(timesOf(expression, MINUTES_PER_DAY)).toHaveLength(1);
  });

  test('the three rules of a user are hours apart', () => {
    const minutes = Object.values(expressionsOf(rotation({ users: [{ userName: 'alice' }] }), 'alice')).map(
      (cron) => timesOf(cron, MINUTES_PER_DAY)[0],
    );
    expect(minutes[1] - minutes[0]).toBe(8 * 60);
    expect(minutes[2] - minutes[1]).toBe(8 * 60);
  });

  test('users are spread over the day', () => {
    const trigger = RotationTrigger.eventBridgeRules();
    const names = [...Array(480).keys()].map((index) => `user-${index}`);
    const expressions = new Set(
      names.map((name) => trigger._scheduleExpression(trigger._checkTimes(stableHash(name)), 'create', DEFAULT_AGES)),
    );
    expect(expressions.size).toBeGreaterThan(250); // 480 names in 480 minutes: 303 different ones on average
  });

  test("the time does not depend on the list, so a redeploy does not move another user's checks", () => {
    const alone = rotation({ users: [{ userName: 'alice' }] });
    const among = rotation({ users: [{ userName: 'zoe' }, { userName: 'alice' }, { userName: 'bob' }] });
    expect(expressionsOf(among, 'alice')).toEqual(expressionsOf(alone, 'alice'));
  });

  test('the time of a user whose name is a token comes from its id', () => {
    const { rotation: construct, stack } = rotation({
      users: [{ userName: Lazy.string({ produce: () => 'alice' }), id: 'first' }],
    });
    const literal = rotation({ users: [{ userName: 'first' }] });
    const rule = stack.resolve((construct.user('first').node.findChild('CreateRule') as any).scheduleExpression);
    expect(rule).toBe(expressionsOf(literal, 'first').create);
  });
});

describe('checkInterval', () => {
  test.each(HOURS_THAT_DIVIDE_THE_DAY)('%i hours: evenly over the day', (hours) => {
    const trigger = RotationTrigger.eventBridgeRules({ checkInterval: Duration.hours(hours) });
    for (const action of ACTIONS) {
      const times = timesOf(
        trigger._scheduleExpression(trigger._checkTimes(stableHash('alice')), action, DEFAULT_AGES),
        MINUTES_PER_DAY,
      );
      expect(times).toHaveLength(24 / hours);
      times.slice(1).forEach((time, index) => expect(time - times[index]).toBe(hours * 60));
    }
  });

  test('of several days counts from the first of each month, at the time of day of the daily checks', () => {
    const every = (days: number) =>
      expressionsOf(
        rotation({
          users: [{ userName: 'alice' }],
          trigger: RotationTrigger.eventBridgeRules({ checkInterval: Duration.days(days) }),
        }),
        'alice',
      );
    const daily = every(1);
    expect(every(7)).toEqual(
      Object.fromEntries(Object.entries(daily).map(([action, cron]) => [action, cron.replace('* * ?', '1/7 * ?')])),
    );
  });

  test('in each interval, the order is create, deactivate, delete, for every user name', () => {
    fc.assert(
      fc.property(userNames, fc.constantFrom(...HOURS_THAT_DIVIDE_THE_DAY), (name, hours) => {
        const trigger = RotationTrigger.eventBridgeRules({ checkInterval: Duration.hours(hours) });
        const [create, deactivate, remove] = ACTIONS.map(
          (action) =>
            timesOf(
              trigger._scheduleExpression(trigger._checkTimes(stableHash(name)), action, DEFAULT_AGES),
              MINUTES_PER_DAY,
            )[0],
        );
        expect(create).toBeLessThan(deactivate);
        expect(deactivate).toBeLessThan(remove);
        expect(remove).toBeLessThan(hours * 60);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['30 minutes', Duration.minutes(30)],
    ['5 hours', Duration.hours(5)],
    ['90 minutes', Duration.minutes(90)],
    ['36 hours', Duration.hours(36)],
    ['zero', Duration.hours(0)],
  ])('%s: refused, because it does not divide the day evenly', (_what, checkInterval) => {
    const act = () => RotationTrigger.eventBridgeRules({ checkInterval });
    expect(act).toThrow(`"checkInterval" is ${checkInterval.toHumanString()}`);
    expect(act).toThrow('Use 1, 2, 3, 4, 6, 8, 12 or 24 hours, or a whole number of days up to 28');
  });

  test('as a token is refused', () => {
    expect(() =>
      RotationTrigger.eventBridgeRules({ checkInterval: Duration.days(Lazy.number({ produce: () => 1 })) }),
    ).toThrow('"checkInterval" is a token, but it is checked at synth. Pass a literal duration.');
  });

  test('has the same rules for both triggers, and the error names the trigger', () => {
    expect(() => RotationTrigger.eventBridgeScheduler({ checkInterval: Duration.hours(5) })).toThrow(
      'RotationTrigger.eventBridgeScheduler: "checkInterval" is 5 hours',
    );
    expect(() => RotationTrigger.eventBridgeRules({ checkInterval: Duration.hours(5) })).toThrow(
      'RotationTrigger.eventBridgeRules: "checkInterval" is 5 hours',
    );
    expect(() =>
      rotation({
        users: [{ userName: 'alice' }],
        trigger: RotationTrigger.eventBridgeScheduler({ checkInterval: Duration.days(15) }),
      }),
    ).toThrow('Set "checkInterval" to Duration.days(14) or less');
  });
});

describe('an interval that is longer than a period', () => {
  const trigger = RotationTrigger.eventBridgeRules({ checkInterval: Duration.days(15) });
  const shortPeriod = RotationSchedule.of({ deactivate: Duration.days(91) });

  test('is refused, with the entry, the interval, the periods and the fix in the error', () => {
    const act = () => rotation({ users: [{ userName: 'alice' }], trigger });
    for (const words of [
      'users[0] ("alice")',
      'every 15 days',
      '90/104/118',
      '14 and 14 days',
      'Set "checkInterval" to Duration.days(14) or less',
    ]) {
      expect(act).toThrow(words);
    }
  });

  test('is refused for the one user whose switch period is too short', () => {
    expect(() =>
      rotation({
        users: [{ userName: 'alice' }, { userName: 'bob', schedule: shortPeriod }],
        trigger: RotationTrigger.eventBridgeRules({ checkInterval: Duration.days(2) }),
      }),
    ).toThrow(/users\[1\] \("bob"\): checks every 2 days .* Set "checkInterval" to Duration.days\(1\) or less\.$/);
  });

  test('is refused for a user that is added later', () => {
    const { rotation: construct } = rotation({ trigger });
    expect(() => construct.addUser({ userName: 'alice' })).toThrow('every 15 days');
  });

  test('is refused if periods, maximum delay and two intervals do not fit into the rotation period', () => {
    const deactivation = Deactivation.whenUnused({ maxDelay: Duration.days(45) });
    const checkInterval = Duration.days(10);
    expect(() =>
      rotation({
        users: [{ userName: 'alice', deactivation }],
        trigger: RotationTrigger.eventBridgeRules({ checkInterval }),
      }),
    ).toThrow(
      'checks every 10 days are too far apart for the schedule 90/104/118: its switch period, recovery period and maximum delay'
        + ' (14 + 14 + 45 days) and two intervals must fit into "create" (90 days). Set "checkInterval" to Duration.days(8) or less.',
    );
  });

  test('is accepted if it equals the period', () => {
    expect(() =>
      rotation({
        users: [{ userName: 'alice' }],
        trigger: RotationTrigger.eventBridgeRules({ checkInterval: Duration.days(14) }),
      }),
    ).not.toThrow();
  });

  test('is accepted with fixed rates', () => {
    expect(() =>
      rotation({ users: [{ userName: 'bob', schedule: shortPeriod }], trigger: RotationTrigger.fixedRates() }),
    ).not.toThrow();
  });
});

describe('fixedRates', () => {
  const trigger = RotationTrigger.fixedRates();

  test('has the ages of the schedule as rates', () => {
    expect(expressionsOf(rotation({ users: [{ userName: 'alice' }], trigger }), 'alice')).toEqual({
      create: 'rate(90 days)',
      deactivate: 'rate(104 days)',
      delete: 'rate(118 days)',
    });
  });

  test("uses each user's own schedule", () => {
    const users = [
      { userName: 'alice' },
      { userName: 'bob', schedule: RotationSchedule.of({ create: Duration.days(30) }) },
    ];
    expect(expressionsOf(rotation({ users, trigger }), 'bob')).toEqual({
      create: 'rate(30 days)',
      deactivate: 'rate(44 days)',
      delete: 'rate(58 days)',
    });
  });

  test('sends events with ifDue: the switch and recovery periods are kept', () => {
    expect(rotation({ users: [{ userName: 'alice' }], trigger }).inputs('alice').delete).toMatchObject({ ifDue: true });
  });
});

describe('the times of the checks in the settings of the Lambda', () => {
  test.each([Duration.hours(1), Duration.hours(8), Duration.days(1), Duration.days(7)])(
    'are those of the rules: %s',
    (checkInterval) => {
      const users = [{ userName: 'alice' }, { userName: 'bob' }];
      const built = rotation({ users, alarms: false, trigger: RotationTrigger.eventBridgeRules({ checkInterval }) });
      for (const [name, { checkTimes }] of built.usersWithTimes) {
        for (const [action, cron] of Object.entries(expressionsOf(built, name))) {
          const fires = nextTimeOf(cron);
          for (let from = Date.UTC(2028, 0, 1), n = 0; n < 200; n++) {
            from = fires(from);
            expect(new Date(nextCheck(checkTimes!, action as Action, from))).toEqual(new Date(from));
            expect(nextCheck(checkTimes!, action as Action, from + 1)).toBe(fires(from));
          }
        }
      }
    },
  );

  test('are unknown with fixed rates', () => {
    const built = rotation({ users: [{ userName: 'alice' }], trigger: RotationTrigger.fixedRates() });
    expect(built.usersWithTimes).toEqual([['alice', {}]]);
  });
});

describe("the warning about EventBridge's quota of rules", () => {
  const ID = 'cdk-access-key-rotation:ruleQuota';
  const hundred = [...Array(100).keys()].map((index) => ({ userName: `u${index}` }));
  const digestRecipients = [Recipient.email('security@example.com')];

  test('is added once above 300 rules, including the digest; it has an ID, the quota and the fix', () => {
    const [message, ...more] = warnings({ users: hundred, digestRecipients });
    expect(more).toEqual([]);
    for (const words of [ID, 'more than 300 rules', 'RotationTrigger.eventBridgeScheduler()']) {
      expect(message).toContain(words);
    }
  });

  test('is added with fixed rates, which are rules too', () => {
    expect(warnings({ users: hundred, digestRecipients, trigger: RotationTrigger.fixedRates() })).toHaveLength(1);
  });

  test('is absent with exactly 300 rules', () => {
    expect(warnings({ users: hundred })).toEqual([]);
  });

  test('is absent with schedules', () => {
    expect(warnings({ users: hundred, digestRecipients, trigger: RotationTrigger.eventBridgeScheduler() })).toEqual([]);
  });

  test('can be acknowledged', () => {
    expect(warnings({ users: hundred, digestRecipients }, ID)).toEqual([]);
  });
});

/** Warnings about the quota, from the tree: a stack of 100 users cannot be synthesized. */
function warnings(props: AccessKeyRotationProps, acknowledged?: string): string[] {
  const { rotation: construct } = rotation(props);
  if (acknowledged) Annotations.of(construct).acknowledgeWarning(acknowledged, 'the quota was raised');
  return construct.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .map(({ data }) => String(data))
    .filter((text) => text.includes('ruleQuota'));
}

function expressionsOf(built: Synthesized, name: string): Record<string, string> {
  return Object.fromEntries(
    Object.values(built.ofUser(name))
      .filter(({ Type }) => Type === 'AWS::Events::Rule')
      .map(({ Properties }) => [JSON.parse(Properties.Targets[0].Input).action, Properties.ScheduleExpression]),
  );
}

/** The minutes of the day at which a cron expression of a trigger runs. */
function timesOf(cron: string, until: number): number[] {
  const [, minute, start, , step] = /^cron\((\d+) (\d+)(\/(\d+))? \* \* \? \*\)$/.exec(cron)!;
  const first = Number(start) * 60 + Number(minute);
  const every = Number(step ?? 24) * 60;
  return [...Array(24).keys()].map((n) => first + n * every).filter((time) => time < until);
}
