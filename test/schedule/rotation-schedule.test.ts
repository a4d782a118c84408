import { Annotations as CoreAnnotations, Duration, Lazy } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AccessKeyRotationProps, Deactivation, RotationAges, RotationSchedule, RotationTrigger } from '../../src';
import { rotation } from '../template/support';

const days = Duration.days;

describe('presets', () => {
  test("STANDARD has the seed's ages: 90, 104, 118", () => {
    expect(daysOf(RotationSchedule.STANDARD)).toEqual([90, 104, 118]);
  });

  test('STANDARD is the default of users', () => {
    expect(String(rotation({ users: [{ userName: 'alice' }] }).rotation.user('alice').schedule)).toBe('90/104/118');
  });
});

describe('RotationSchedule.of', () => {
  const of = (create?: number, deactivate?: number, deleted?: number): RotationAges => ({
    create: create === undefined ? undefined : days(create),
    deactivate: deactivate === undefined ? undefined : days(deactivate),
    delete: deleted === undefined ? undefined : days(deleted),
  });

  test.each([
    ['no age: the standard', of(), '90/104/118'],
    ['create: both periods stay at 14 days', of(30), '30/44/58'],
    ['deactivate: the recovery period stays at 14 days', of(undefined, 100), '90/100/114'],
    ['delete: the switch period stays at 14 days', of(undefined, undefined, 150), '90/104/150'],
    ['create and deactivate', of(60, 70), '60/70/84'],
    ['create and delete', of(60, undefined, 80), '60/74/80'],
    ['all', of(10, 12, 15), '10/12/15'],
    ['the shortest rotation period: the old key is deleted a day before the next one is due', of(29), '29/43/57'],
  ])('%s', (_what, ages, expected) => {
    expect(RotationSchedule.of(ages).toString()).toBe(expected);
  });

  test('accepts whole days in any unit', () => {
    expect(RotationSchedule.of({ create: Duration.hours(720) }).toString()).toBe('30/44/58');
  });

  test.each([
    [
      'deactivate before create',
      of(90, 80),
      '90/80/94',
      '"deactivate" (80 days) must come at least a day after "create" (90 days)',
    ],
    [
      'delete before deactivate',
      of(90, 104, 100),
      '90/104/100',
      '"delete" (100 days) must come at least a day after "deactivate" (104 days)',
    ],
    [
      'a switch period of zero',
      of(90, 90),
      '90/90/104',
      '"deactivate" (90 days) must come at least a day after "create" (90 days)',
    ],
    [
      'a recovery period of zero',
      of(90, 104, 104),
      '90/104/104',
      '"delete" (104 days) must come at least a day after "deactivate" (104 days)',
    ],
    [
      'an age of zero',
      of(0),
      '0/14/28',
      '"create" is 0 days, but must be a whole number of days, at least 1: use whole days',
    ],
    [
      'periods longer than the rotation period',
      of(20),
      '20/34/48',
      '(48 - 20 = 28 days) does not fit into "create" (20 days)',
    ],
    [
      'periods as long as the rotation period: no slot is free when the next key is due',
      of(28),
      '28/42/56',
      '(56 - 28 = 28 days) does not fit into "create" (28 days)',
    ],
  ])('refuses %s, with the ages and the rule in the error', (_what, ages, shown, rule) => {
    const act = () => RotationSchedule.of(ages);
    expect(act).toThrow(shown);
    expect(act).toThrow(rule);
  });

  test('names the fix if the periods do not fit', () => {
    expect(() => RotationSchedule.of(of(20))).toThrow('shorten the periods, or rotate less often');
  });

  test('refuses an age under a day', () => {
    expect(() => RotationSchedule.of({ create: Duration.hours(12) })).toThrow(
      '"create" is 0.5 days, but must be a whole number of days, at least 1: use whole days',
    );
  });

  test('refuses fractions of a day', () => {
    expect(() => RotationSchedule.of({ create: Duration.hours(732) })).toThrow(
      '"create" is 30.5 days, but must be a whole number of days, at least 1: use whole days',
    );
  });

  test.each(['create', 'deactivate', 'delete'] as const)(
    'refuses a token for %s, which cannot be checked at synth',
    (age) => {
      const token = days(Lazy.number({ produce: () => 90 }));
      expect(() => RotationSchedule.of({ [age]: token })).toThrow(
        `"${age}" is a token, but the ages are checked at synth. Pass a literal number of days`,
      );
    },
  );
});

describe('RotationSchedule.activeUnder', () => {
  const limit = (count: number) => RotationSchedule.activeUnder(days(count));
  const trigger = (interval: Duration) => RotationTrigger.eventBridgeRules({ checkInterval: interval });
  const agesOf = (props: AccessKeyRotationProps) =>
    rotation(props).rotation.users.map(({ ages }) => daysOf(ages as RotationSchedule).join('/'));

  test('has no ages of its own: they follow from the limit, the check interval and the maximum delay of each user', () => {
    expect([limit(90).create, limit(90).deactivate, limit(90).delete]).toEqual([undefined, undefined, undefined]);
    expect(String(limit(90))).toBe('active under 90 days');
    const delayed = { deactivation: Deactivation.whenUnused({ maxDelay: days(7) }) };
    const users = [{ userName: 'alice' }, { userName: 'bob', ...delayed }, { userName: 'carol', schedule: limit(60) }];
    expect(agesOf({ schedule: limit(90), users })).toEqual(['73/87/101', '66/80/94', '43/57/71']);
    expect(agesOf({ schedule: limit(90), users, trigger: trigger(days(2)) })).toEqual([
      '70/84/98',
      '62/76/90',
      '40/54/68',
    ]);
    expect(
      agesOf({ schedule: limit(90), users: [{ userName: 'alice' }], trigger: trigger(Duration.hours(1)) }),
    ).toEqual(['75/89/103']);
  });

  test('the ages of the user are in its rules, and in the settings of the Lambda', () => {
    const built = rotation({ schedule: limit(90), users: [{ userName: 'alice' }] });
    const ages = { create: 73, deactivate: 87, delete: 101 };
    expect(built.settings('alice')).toMatchObject({ ages });
    expect(Object.fromEntries(built.users).alice).toMatchObject({ ages });
  });

  test('STANDARD and own ages are the ages of the user too', () => {
    const users = [{ userName: 'alice' }, { userName: 'bob', schedule: RotationSchedule.of({ create: days(30) }) }];
    expect(agesOf({ users })).toEqual(['90/104/118', '30/44/58']);
  });

  test.each([
    [days(4), '4 days'],
    [days(366), '366 days'],
    [Duration.hours(90 * 24 + 12), '90 days 12 hours'],
    [days(0), '0 days'],
  ])('refuses another limit, with value, rule and fix in the error: %#', (refused, value) => {
    expect(() => RotationSchedule.activeUnder(refused)).toThrow(
      `RotationSchedule.activeUnder: "limit" is ${value}, but it must be a whole number of days from 5 to 365.`
        + ' Pass a duration such as Duration.days(90).',
    );
  });

  test('refuses a token', () => {
    expect(() => RotationSchedule.activeUnder(days(Lazy.number({ produce: () => 90 })))).toThrow(
      'RotationSchedule.activeUnder: "limit" is a token, but the ages are checked at synth.',
    );
  });

  test.each<[string, AccessKeyRotationProps, string]>([
    [
      'the limit',
      { schedule: limit(6) },
      'an active key can reach 6 days, the limit of its schedule, with checks every day: the old key must be deactivated before'
        + ' the limit and deleted before the next key is due, even if one check interval is lost.'
        + ' Use a limit of Duration.days(7) or more, or a "checkInterval" of Duration.hours(12) or less.',
    ],
    [
      'the check interval',
      { schedule: limit(60), trigger: trigger(days(14)) },
      'with checks every 14 days: the old key must be deactivated before the limit and deleted before the next key is due, even if'
        + ' one check interval is lost. Use a limit of Duration.days(130) or more, or a "checkInterval" of Duration.days(6) or less.',
    ],
    [
      'the maximum delay',
      { schedule: limit(30), deactivation: Deactivation.whenUnused({ maxDelay: days(20) }) },
      'with checks every day and a "maxDelay" of 20 days: the old key must be deactivated before the limit and deleted before the'
        + ' next key is due, even if one check interval is lost. Use a limit of Duration.days(47) or more,'
        + ' or a "maxDelay" of Duration.days(11) or less.',
    ],
    [
      'fixed rates',
      { schedule: limit(90), trigger: RotationTrigger.fixedRates() },
      'with RotationTrigger.fixedRates(), an active key can reach 90 days, the limit of its schedule: the rates drift apart, and old'
        + ' keys are deactivated weeks late. Use RotationTrigger.eventBridgeRules() or RotationTrigger.eventBridgeScheduler().',
    ],
  ])('fails with the numbers, and with what is possible, if %s does not fit', (_what, props, message) => {
    const act = () => rotation({ ...props, users: [{ userName: 'alice' }] });
    expect(act).toThrow('users[0] ("alice"): ');
    expect(act).toThrow(message);
  });
});

describe('the warning about keys that are active at more than 90 days', () => {
  const ID = 'cdk-access-key-rotation:activeKeyOver90Days';
  const schedule = RotationSchedule.STANDARD;

  test('is absent with the default schedule, of which the documentation says it', () => {
    expect(warnings({ users: [{ userName: 'alice' }, { userName: 'bob', schedule: undefined }] })).toEqual([]);
  });

  test('has an ID, the ages and the fix', () => {
    const [message, ...more] = warnings({ schedule, users: [{ userName: 'alice' }] });
    expect(more).toEqual([]);
    expect(message).toContain(ID);
    expect(message).toContain(
      'A key of "alice" can be active at an age of up to 105.3 days, more than 90 days: its schedule is 90/104/118, with checks every day.'
        + ' AWS Config (access-keys-rotated), CIS and Prowler report such a key in each rotation period.'
        + ' Use RotationSchedule.activeUnder(Duration.days(90)).',
    );
  });

  test('is added once per rotation, not per user', () => {
    expect(warnings({ schedule, users: [{ userName: 'alice' }, { userName: 'bob' }] })).toHaveLength(1);
  });

  test('is absent with activeUnder(90)', () => {
    expect(
      warnings({ schedule: RotationSchedule.activeUnder(Duration.days(90)), users: [{ userName: 'alice' }] }),
    ).toEqual([]);
  });

  test('is added if a single user has such a schedule', () => {
    const users = [{ userName: 'alice' }, { userName: 'bob', schedule }];
    expect(warnings({ schedule: RotationSchedule.activeUnder(Duration.days(90)), users })).toHaveLength(1);
  });

  test.each<[string, number, Partial<AccessKeyRotationProps>, string | undefined]>([
    ['the ages, which are low enough', 74, {}, undefined],
    ['the hour of the deploy: the first key waits up to a day, then 8 hours', 75, {}, '90.3 days'],
    [
      'no lateness of importance',
      75,
      { trigger: RotationTrigger.eventBridgeRules({ checkInterval: Duration.hours(12) }) },
      undefined,
    ],
    [
      'the check interval',
      70,
      { trigger: RotationTrigger.eventBridgeScheduler({ checkInterval: days(7) }) },
      '94.3 days',
    ],
    ['the maximum delay', 70, { deactivation: Deactivation.whenUnused({ maxDelay: days(7) }) }, '92.3 days'],
    ['fixed rates', 30, { trigger: RotationTrigger.fixedRates() }, '118 days'],
  ])('depends on %s', (_cause, create, props, age) => {
    const found = warnings({
      schedule: RotationSchedule.of({ create: days(create) }),
      users: [{ userName: 'alice' }],
      ...props,
    });
    expect(found).toEqual(age === undefined ? [] : [expect.stringContaining(`up to ${age}, more than 90 days`)]);
  });

  test('is added with a limit of more than 90 days', () => {
    expect(
      warnings({ schedule: RotationSchedule.activeUnder(days(120)), users: [{ userName: 'alice' }] }),
    ).toHaveLength(1);
  });

  test('is absent with the default schedule, whatever the interval and the delay', () => {
    const deactivation = Deactivation.whenUnused({ maxDelay: days(7) });
    const trigger = RotationTrigger.eventBridgeRules({ checkInterval: days(7) });
    expect(warnings({ deactivation, trigger, users: [{ userName: 'alice' }] })).toEqual([]);
  });

  test('can be acknowledged', () => {
    expect(warnings({ schedule, users: [{ userName: 'alice' }] }, ID)).toEqual([]);
  });
});

function daysOf(schedule: RotationSchedule): number[] {
  return [schedule.create, schedule.deactivate, schedule.delete].map((age) => age!.toDays());
}

function warnings(props: AccessKeyRotationProps, acknowledged?: string): string[] {
  const { stack, rotation: construct } = rotation({ alarms: false, ...props });
  if (acknowledged) {
    CoreAnnotations.of(construct).acknowledgeWarning(acknowledged, 'these ages are required');
  }
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}
