import { Annotations as CoreAnnotations, Duration, Lazy } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AccessKeyRotationProps, RotationAges, RotationSchedule } from '../../src';
import { rotation } from '../template/support';

const days = Duration.days;

describe('presets', () => {
  test("STANDARD has the seed's ages: 90, 104, 118", () => {
    expect(daysOf(RotationSchedule.STANDARD)).toEqual([90, 104, 118]);
  });

  test('activeUnder(90) has the same periods, and deactivates before 90 days', () => {
    const [create, deactivate, deleted] = daysOf(RotationSchedule.activeUnder(Duration.days(90)));
    expect(deactivate).toBeLessThan(90);
    expect([deactivate - create, deleted - deactivate]).toEqual([14, 14]);
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
  test.each([
    [90, '75/89/103'],
    [44, '29/43/57'],
  ])('%i days: %s', (limit, expected) => {
    expect(RotationSchedule.activeUnder(days(limit)).toString()).toBe(expected);
  });

  test.each([
    [days(43), '43 days'],
    [Duration.hours(90 * 24 + 12), '90 days 12 hours'],
  ])('refuses another limit, with value, rule and fix in the error: %#', (limit, value) => {
    expect(() => RotationSchedule.activeUnder(limit)).toThrow(
      `RotationSchedule.activeUnder: "limit" is ${value}, but it must be a whole number of days, at least 44.`
        + ' Pass 44 days or more, or use RotationSchedule.of() with shorter switch and recovery periods.',
    );
  });

  test('refuses a token', () => {
    expect(() => RotationSchedule.activeUnder(days(Lazy.number({ produce: () => 90 })))).toThrow(
      'RotationSchedule.activeUnder: "limit" is a token, but the ages are checked at synth.',
    );
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
    for (const words of [ID, '90/104/118', 'access-keys-rotated', 'RotationSchedule.activeUnder(Duration.days(90))']) {
      expect(message).toContain(words);
    }
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

  test.each([
    [76, 0],
    [77, 1],
  ])('with a key that is replaced at %i days and deactivated 14 days later: %i warnings', (create, count) => {
    expect(
      warnings({ schedule: RotationSchedule.of({ create: days(create) }), users: [{ userName: 'alice' }] }),
    ).toHaveLength(count);
  });

  test('can be acknowledged', () => {
    expect(warnings({ schedule, users: [{ userName: 'alice' }] }, ID)).toEqual([]);
  });
});

function daysOf(schedule: RotationSchedule): number[] {
  return [schedule.create, schedule.deactivate, schedule.delete].map((age) => age.toDays());
}

function warnings(props: AccessKeyRotationProps, acknowledged?: string): string[] {
  const { stack, rotation: construct } = rotation(props);
  if (acknowledged) {
    CoreAnnotations.of(construct).acknowledgeWarning(acknowledged, 'these ages are required');
  }
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}
