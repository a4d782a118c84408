import { Annotations as CoreAnnotations, Duration, Lazy } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AccessKeyRotationProps, RotationAges, RotationSchedule } from '../../src';
import { rotation } from '../template/support';

const days = Duration.days;

describe('presets', () => {
  test("STANDARD has the seed's ages: 90, 104, 118", () => {
    expect(daysOf(RotationSchedule.STANDARD)).toEqual([90, 104, 118]);
  });

  test('ACTIVE_UNDER_90_DAYS has the same graces, and no active key gets 90 days old', () => {
    const [create, deactivate, deleted] = daysOf(RotationSchedule.activeUnder(Duration.days(90)));
    expect(deactivate).toBeLessThan(90);
    expect([deactivate - create, deleted - deactivate]).toEqual([14, 14]);
  });

  test('STANDARD is what users get that say nothing', () => {
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
    ['nothing: the standard', of(), '90/104/118'],
    ['create: both graces of 14 days stay', of(30), '30/44/58'],
    ['deactivate: the second grace stays', of(undefined, 100), '90/100/114'],
    ['delete: the first grace stays', of(undefined, undefined, 150), '90/104/150'],
    ['create and deactivate', of(60, 70), '60/70/84'],
    ['create and delete', of(60, undefined, 80), '60/74/80'],
    ['all', of(10, 12, 15), '10/12/15'],
    ['the tightest that fits: the old key goes a day before the next is due', of(29), '29/43/57'],
  ])('%s', (_what, ages, expected) => {
    expect(RotationSchedule.of(ages).toString()).toBe(expected);
  });

  test('takes whole days in any unit', () => {
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
      'a first grace of zero',
      of(90, 90),
      '90/90/104',
      '"deactivate" (90 days) must come at least a day after "create" (90 days)',
    ],
    [
      'a second grace of zero',
      of(90, 104, 104),
      '90/104/104',
      '"delete" (104 days) must come at least a day after "deactivate" (104 days)',
    ],
    ['an age of zero', of(0), '0/14/28', '"create" must be a whole number of days, at least 1, got 0'],
    ['graces longer than the period', of(20), '20/34/48', '(48 - 20 = 28 days) does not fit into "create" (20 days)'],
    [
      'graces as long as the period: no slot is free when the next key is due',
      of(28),
      '28/42/56',
      '(56 - 28 = 28 days) does not fit into "create" (28 days)',
    ],
  ])('refuses %s and says the ages', (_what, ages, shown, rule) => {
    const act = () => RotationSchedule.of(ages);
    expect(act).toThrow(shown);
    expect(act).toThrow(rule);
  });

  test('says the way out where the graces do not fit', () => {
    expect(() => RotationSchedule.of(of(20))).toThrow('shorten the graces, or rotate less often');
  });

  test('refuses an age under a day', () => {
    expect(() => RotationSchedule.of({ create: Duration.hours(12) })).toThrow(
      '"create" must be a whole number of days, at least 1, got 0.5',
    );
  });

  test('refuses fractions of a day', () => {
    expect(() => RotationSchedule.of({ create: Duration.hours(732) })).toThrow(
      '"create" must be a whole number of days, at least 1, got 30.5',
    );
  });

  test.each(['create', 'deactivate', 'delete'] as const)(
    'refuses a token for %s, which cannot be checked at synth',
    (age) => {
      const token = days(Lazy.number({ produce: () => 90 }));
      expect(() => RotationSchedule.of({ [age]: token })).toThrow(
        `"${age}" is a token, but the ages are checked at synth: use a literal number of days`,
      );
    },
  );
});

describe('the warning of keys that are active for over 90 days', () => {
  const ID = 'cdk-access-key-rotation:activeKeyOver90Days';

  test('has an ID, says the ages and the way out', () => {
    const [message, ...more] = warnings({ users: [{ userName: 'alice' }] });
    expect(more).toEqual([]);
    for (const words of [ID, '90/104/118', 'access-keys-rotated', 'RotationSchedule.activeUnder(Duration.days(90))']) {
      expect(message).toContain(words);
    }
  });

  test('comes once for a rotation and not for each of its users', () => {
    expect(warnings({ users: [{ userName: 'alice' }, { userName: 'bob' }, { userName: 'carol' }] })).toHaveLength(1);
  });

  test('does not come with ACTIVE_UNDER_90_DAYS', () => {
    expect(
      warnings({ schedule: RotationSchedule.activeUnder(Duration.days(90)), users: [{ userName: 'alice' }] }),
    ).toEqual([]);
  });

  test('comes if a single user has such a schedule', () => {
    const users = [{ userName: 'alice' }, { userName: 'bob', schedule: RotationSchedule.STANDARD }];
    expect(warnings({ schedule: RotationSchedule.activeUnder(Duration.days(90)), users })).toHaveLength(1);
  });

  test.each([
    [76, 0],
    [77, 1],
  ])('with a key that is replaced at %i days and off 14 days later, %i times', (create, times) => {
    expect(
      warnings({ schedule: RotationSchedule.of({ create: days(create) }), users: [{ userName: 'alice' }] }),
    ).toHaveLength(times);
  });

  test('can be acknowledged', () => {
    expect(warnings({ users: [{ userName: 'alice' }] }, ID)).toEqual([]);
  });
});

function daysOf(schedule: RotationSchedule): number[] {
  return [schedule.create, schedule.deactivate, schedule.delete].map((age) => age.toDays());
}

function warnings(props: AccessKeyRotationProps, acknowledged?: string): string[] {
  const { stack, rotation: construct } = rotation(props);
  if (acknowledged) {
    CoreAnnotations.of(construct).acknowledgeWarning(acknowledged, 'the seed document asks for these ages');
  }
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}
