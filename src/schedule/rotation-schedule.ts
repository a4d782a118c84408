import { Duration } from 'aws-cdk-lib';
import { Ages, agesProblem, DEFAULT_AGES, recoveryPeriodDays, switchPeriodDays } from '../contract/ages';

/** Both periods of 14 days have to fit into the rotation period, which ends 15 days before the limit. */
const MIN_ACTIVE_UNDER_DAYS = 44;

/** The ages of an access key at which something happens to it. Each counts from its creation, in whole days. */
export interface RotationAges {
  /**
   * The age at which a key is replaced: a new key is issued and becomes current.
   *
   * @default Duration.days(90)
   */
  readonly create?: Duration;

  /**
   * The age at which a replaced key is deactivated. Until then, both keys work.
   *
   * @default - 14 days after `create`
   */
  readonly deactivate?: Duration;

  /**
   * The age at which a deactivated key is deleted. Until then, it can be switched on again.
   *
   * @default - 14 days after `deactivate`
   */
  readonly delete?: Duration;
}

/**
 * When keys are replaced, deactivated and deleted.
 *
 * The ages are a promise: however late a step comes, the next one waits for the whole grace period. Because an IAM user
 * holds two keys at most, both grace periods together have to fit into one rotation period.
 *
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
  /**
   * A new key every 90 days, the old one off at 104 and deleted at 118. The old key is active for more than 90 days,
   * which AWS Config (`access-keys-rotated`), the CIS benchmark and Prowler report in every cycle.
   */
  public static readonly STANDARD = new RotationSchedule(DEFAULT_AGES);

  /**
   * A schedule with ages of your own. What you leave out keeps the two grace periods of 14 days.
   *
   * @throws if an age is a token, not a whole number of days or under one, if the ages are not in order, or if the
   *   grace periods do not fit into the rotation period
   */
  public static of(ages: RotationAges): RotationSchedule {
    const create = days('of', 'create', ages.create) ?? DEFAULT_AGES.create;
    const deactivate = days('of', 'deactivate', ages.deactivate) ?? create + switchPeriodDays(DEFAULT_AGES);
    const deleteAt = days('of', 'delete', ages.delete) ?? deactivate + recoveryPeriodDays(DEFAULT_AGES);
    const all: Ages = { create, deactivate, delete: deleteAt };
    const problem = agesProblem(all);
    if (problem) throw new Error(`RotationSchedule.of(${describe(all)}): ${problem}.`);
    return new RotationSchedule(all);
  }

  /**
   * A schedule that deactivates each key before it reaches the limit: a key is replaced 15 days before the limit,
   * deactivated 1 day before it, and deleted 13 days after it. For 90 days, that is 75/89/103.
   *
   * Valid with a check every day or more often, and without `Deactivation.whenUnused()`.
   *
   * @param limit - the age that no active key may reach, in whole days, at least 44
   * @throws if the limit is a token or is not such a number
   */
  public static activeUnder(limit: Duration): RotationSchedule {
    const age = days('activeUnder', 'limit', limit)!;
    const least = MIN_ACTIVE_UNDER_DAYS;
    if (!Number.isInteger(age) || age < least) {
      throw new Error(
        `RotationSchedule.activeUnder: "limit" is ${limit.toHumanString()}, but it must be a whole number of days, at least ${least}:`
          + ' use RotationSchedule.of() with shorter switch and recovery periods.',
      );
    }
    const deactivate = age - 1;
    const create = deactivate - switchPeriodDays(DEFAULT_AGES);
    return new RotationSchedule({ create, deactivate, delete: deactivate + recoveryPeriodDays(DEFAULT_AGES) });
  }

  /** The age at which a key is replaced. */
  public readonly create: Duration;

  /** The age at which a replaced key is deactivated. */
  public readonly deactivate: Duration;

  /** The age at which a deactivated key is deleted. */
  public readonly delete: Duration;

  /** The same in days. @internal */
  public readonly _ages: Ages;

  private constructor(ages: Ages) {
    this._ages = ages;
    this.create = Duration.days(ages.create);
    this.deactivate = Duration.days(ages.deactivate);
    this.delete = Duration.days(ages.delete);
  }

  /** The three ages in days, such as "90/104/118". */
  public toString(): string {
    return describe(this._ages);
  }
}

function days(factory: 'of' | 'activeUnder', name: string, age: Duration | undefined): number | undefined {
  if (age?.isUnresolved()) {
    throw new Error(
      `RotationSchedule.${factory}: "${name}" is a token, but the ages are checked at synth: use a literal number of days.`,
    );
  }
  return age?.toDays({ integral: false });
}

function describe(ages: Ages): string {
  return `${ages.create}/${ages.deactivate}/${ages.delete}`;
}
