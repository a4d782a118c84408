import { Duration } from 'aws-cdk-lib';
import { Ages, agesProblem, DEFAULT_AGES, rollbackGrace, switchGrace } from '../contract/ages';

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
 */
export class RotationSchedule {
  /**
   * A new key every 90 days, the old one off at 104 and deleted at 118. The old key is active for more than 90 days,
   * which AWS Config (`access-keys-rotated`), the CIS benchmark and Prowler report in every cycle.
   */
  public static readonly STANDARD = new RotationSchedule(DEFAULT_AGES);

  /**
   * A new key every 75 days, the old one off at 89 and deleted at 103: no active key ever gets 90 days old, as
   * AWS Config (`access-keys-rotated`), the CIS benchmark and Prowler want it.
   */
  public static readonly ACTIVE_UNDER_90_DAYS = new RotationSchedule({ create: 75, deactivate: 89, delete: 103 });

  /**
   * A schedule with ages of your own. What you leave out keeps the two grace periods of 14 days.
   *
   * @throws if an age is a token, not a whole number of days or under one, if the ages are not in order, or if the
   *   grace periods do not fit into the rotation period
   */
  public static of(ages: RotationAges): RotationSchedule {
    const create = days('create', ages.create) ?? DEFAULT_AGES.create;
    const deactivate = days('deactivate', ages.deactivate) ?? create + switchGrace(DEFAULT_AGES);
    const deleteAt = days('delete', ages.delete) ?? deactivate + rollbackGrace(DEFAULT_AGES);
    const all: Ages = { create, deactivate, delete: deleteAt };
    const problem = agesProblem(all);
    if (problem) throw new Error(`RotationSchedule.of(${describe(all)}): ${problem}.`);
    return new RotationSchedule(all);
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

function days(name: string, age: Duration | undefined): number | undefined {
  if (age?.isUnresolved()) {
    throw new Error(
      `RotationSchedule.of: "${name}" is a token, but the ages are checked at synth: use a literal number of days.`,
    );
  }
  return age?.toDays({ integral: false });
}

function describe(ages: Ages): string {
  return `${ages.create}/${ages.deactivate}/${ages.delete}`;
}
