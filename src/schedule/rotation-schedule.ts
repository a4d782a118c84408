import { Duration } from 'aws-cdk-lib';
import { Ages, agesProblem, DEFAULT_AGES, recoveryPeriodDays, switchPeriodDays } from '../contract/ages';
import { DURATION } from '../private/cdk-shapes';
import { checkShape, closedOptionsOf, withMembers } from '../private/shape';
import { unknownOptions } from '../private/unknown-options';

/** Both periods (14 + 14 days) must be shorter than the rotation period, which is the limit minus 15 days. */
const MIN_LIMIT_DAYS = 44;

/**
 * Ages of an access key at which it is replaced, deactivated and deleted. Each age is a whole number of days since IAM
 * created the key, at least 1, and not a token.
 */
export interface RotationAges {
  /**
   * The age at which a key is replaced: a new key is created and published in the secret.
   *
   * @default Duration.days(90)
   */
  readonly create?: Duration;

  /**
   * The age at which a replaced key is deactivated. The time from `create` to `deactivate` is the switch period, in
   * which both keys work. It is at least 1 day.
   *
   * @default - 14 days after `create`
   */
  readonly deactivate?: Duration;

  /**
   * The age at which a deactivated key is deleted. The time from `deactivate` to `delete` is the recovery period, in
   * which the key can be activated again. It is at least 1 day.
   *
   * @default - 14 days after `deactivate`
   */
  readonly delete?: Duration;
}

const ROTATION_AGES = closedOptionsOf<RotationAges>('RotationAges', {
  create: DURATION,
  deactivate: DURATION,
  delete: DURATION,
});

/**
 * The ages at which access keys are replaced, deactivated and deleted.
 *
 * The switch period and the recovery period are minimum times: if a step is late, the next step still waits for its
 * whole period. IAM allows two access keys per user, so both periods together must be shorter than the rotation period
 * (`create`).
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * @example
 * import { Duration } from 'aws-cdk-lib';
 * import { AccessKeyRotation, RotationSchedule } from 'cdk-access-key-rotation';
 *
 * new AccessKeyRotation(stack, 'Rotation', {
 *   schedule: RotationSchedule.activeUnder(Duration.days(90)), // 75/89/103
 *   users: [
 *     { userName: 'ci-deployer' },
 *     { userName: 'legacy-erp', schedule: RotationSchedule.of({ create: Duration.days(30) }) }, // 30/44/58
 *   ],
 * });
 */
export class RotationSchedule {
  /** @internal */
  public static readonly _SHAPE = withMembers('a RotationSchedule', 'Use RotationSchedule.of({ … }).', '_ages');

  /**
   * A key is replaced at 90 days, deactivated at 104 days and deleted at 118 days. In each cycle, the old key is active
   * at more than 90 days. AWS Config, the CIS benchmark and Prowler report this.
   *
   * @see https://docs.aws.amazon.com/config/latest/developerguide/access-keys-rotated.html
   */
  public static readonly STANDARD = new RotationSchedule(DEFAULT_AGES);

  /**
   * A schedule with custom ages. An age that is not set keeps the 14 days of its period.
   *
   * @param ages - the ages to set
   * @throws if an age is a token or not a whole number of days of at least 1; if the ages are not in the order
   *   `create`, `deactivate`, `delete`; if both periods together are not shorter than the rotation period
   */
  public static of(ages: RotationAges): RotationSchedule {
    checkShape('RotationSchedule.of', 'ages', ages, ROTATION_AGES);
    const create = days('of', 'create', ages.create) ?? DEFAULT_AGES.create;
    const deactivate = days('of', 'deactivate', ages.deactivate) ?? create + switchPeriodDays(DEFAULT_AGES);
    const deleteAt = days('of', 'delete', ages.delete) ?? deactivate + recoveryPeriodDays(DEFAULT_AGES);
    const all: Ages = { create, deactivate, delete: deleteAt };
    const problem = agesProblem(all);
    if (problem) throw new Error(`RotationSchedule.of(${format(all)}): ${problem}.`);
    return new RotationSchedule(all, unknownOptions('RotationSchedule.of', ages, ROTATION_AGES));
  }

  /**
   * A schedule for controls that report active keys of a given age. A key is replaced 15 days before the limit,
   * deactivated 1 day before it, and deleted 13 days after it. For a limit of 90 days, this is 75/89/103.
   *
   * To stay below the limit, also set a check interval of 12 hours or less. A step happens at the first check at which
   * it is due. With a limit of 90 days, an active key can therefore reach these ages:
   *
   * - Check interval of 12 hours or less: 89 days and 15 hours (the first key of a user, which the deploy creates).
   * - One check a day, the default: 90 days and 7 hours for the first key, **more than the limit**; 89 days and 8 hours
   *   for later keys.
   *
   * Each check that is missed or fails adds one interval. A key can also stay active beyond the limit if the check
   * interval is longer than a day, if rotation is blocked, or with `Deactivation.whenUnused()`. The limit does not
   * apply to keys that this rotation did not create.
   *
   * @param limit - a whole number of days, at least 44, not a token
   * @throws if the limit is a token, not a whole number of days, or less than 44 days
   */
  public static activeUnder(limit: Duration): RotationSchedule {
    checkShape('RotationSchedule.activeUnder', 'limit', limit, DURATION);
    const limitDays = days('activeUnder', 'limit', limit)!;
    if (!Number.isInteger(limitDays) || limitDays < MIN_LIMIT_DAYS) {
      throw new Error(
        `RotationSchedule.activeUnder: "limit" is ${limit.toHumanString()}, but it must be a whole number of days, at least ${MIN_LIMIT_DAYS}.`
          + ` Pass ${MIN_LIMIT_DAYS} days or more, or use RotationSchedule.of() with shorter switch and recovery periods.`,
      );
    }
    const deactivate = limitDays - 1;
    const create = deactivate - switchPeriodDays(DEFAULT_AGES);
    return new RotationSchedule({ create, deactivate, delete: deactivate + recoveryPeriodDays(DEFAULT_AGES) });
  }

  /** The age at which a key is replaced. */
  public readonly create: Duration;

  /** The age at which a replaced key is deactivated. */
  public readonly deactivate: Duration;

  /** The age at which a deactivated key is deleted. */
  public readonly delete: Duration;

  /** The ages in days. @internal */
  public readonly _ages: Ages;

  private constructor(
    ages: Ages,
    /** @internal */
    public readonly _unknownOptions: readonly string[] = [],
  ) {
    this._ages = ages;
    this.create = Duration.days(ages.create);
    this.deactivate = Duration.days(ages.deactivate);
    this.delete = Duration.days(ages.delete);
  }

  /** The three ages in days, such as "90/104/118". */
  public toString(): string {
    return format(this._ages);
  }
}

function days(factory: 'of' | 'activeUnder', name: string, age: Duration | undefined): number | undefined {
  if (age?.isUnresolved()) {
    throw new Error(
      `RotationSchedule.${factory}: "${name}" is a token, but the ages are checked at synth. Pass a literal number of days.`,
    );
  }
  return age?.toDays({ integral: false });
}

function format(ages: Ages): string {
  return `${ages.create}/${ages.deactivate}/${ages.delete}`;
}
