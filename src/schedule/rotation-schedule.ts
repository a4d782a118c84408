import { Duration } from 'aws-cdk-lib';
import { agesUnder, limitProblem, MAX_LIMIT_DAYS, MIN_LIMIT_DAYS } from './active-under';
import { skipsChecks } from './summer-time';
import { Ages, agesProblem, DEFAULT_AGES, formatAges, recoveryPeriodDays, switchPeriodDays } from '../contract/ages';
import { CheckTimes } from '../contract/check-times';
import { DURATION } from '../private/cdk-shapes';
import { checkShape, closedOptionsOf, withMembers } from '../private/shape';
import { unknownOptions } from '../private/unknown-options';

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
 *   schedule: RotationSchedule.activeUnder(Duration.days(90)), // no active key reaches 90 days
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
    if (problem) throw new Error(`RotationSchedule.of(${formatAges(all)}): ${problem}.`);
    return new RotationSchedule(all, undefined, unknownOptions('RotationSchedule.of', ages, ROTATION_AGES));
  }

  /**
   * A schedule that deactivates each key before it reaches a limit, for controls that report active keys of a given
   * age. For AWS Config, the CIS benchmark and Prowler, the limit is 90 days.
   *
   * The limit holds for each key that the rotation creates, at any time of day of the deploy, while AWS answers
   * and at most one check interval is lost. If the rotation is blocked, for example by a second key of a person, a key
   * can exceed it, because the switch period is kept in any case. The alarm `overLimit` reports the key.
   *
   * The ages follow from the limit, the check interval and the maximum delay of `Deactivation.whenUnused()`. A key is
   * replaced at the latest whole day that keeps the limit. The switch period and the recovery period have 14 days, or
   * the most days that fit into a short limit. `IRotatedUser.ages` returns the ages: with one check a day, they are 73,
   * 87 and 101 days for a limit of 90 days.
   *
   * If no ages keep the limit, synth fails. It then says which limit, interval or delay is possible. With
   * `RotationTrigger.fixedRates()`, no limit can be kept.
   *
   * @param limit - a whole number of days, up to 365, not a token. The shortest that checks can keep is 5 days with
   *   checks every hour to every 8 hours, 6 with one every 12 hours, and 7 with one a day
   * @throws if the limit is a token, not a whole number of days, less than 5 days or more than 365 days
   * @see https://docs.aws.amazon.com/config/latest/developerguide/access-keys-rotated.html
   */
  public static activeUnder(limit: Duration): RotationSchedule {
    checkShape('RotationSchedule.activeUnder', 'limit', limit, DURATION);
    const limitDays = days('activeUnder', 'limit', limit)!;
    if (!Number.isInteger(limitDays) || limitDays < MIN_LIMIT_DAYS || limitDays > MAX_LIMIT_DAYS) {
      throw new Error(
        `RotationSchedule.activeUnder: "limit" is ${limit.toHumanString()}, but it must be a whole number of days`
          + ` from ${MIN_LIMIT_DAYS} to ${MAX_LIMIT_DAYS}. Pass a duration such as Duration.days(90).`,
      );
    }
    return new RotationSchedule(undefined, limitDays);
  }

  /** The age at which a key is replaced. Undefined with `activeUnder()`: use `IRotatedUser.ages`. */
  public readonly create?: Duration;

  /** The age at which a replaced key is deactivated. Undefined with `activeUnder()`: use `IRotatedUser.ages`. */
  public readonly deactivate?: Duration;

  /** The age at which a deactivated key is deleted. Undefined with `activeUnder()`: use `IRotatedUser.ages`. */
  public readonly delete?: Duration;

  private constructor(
    /** In days; undefined if they follow from the limit. @internal */
    public readonly _ages: Ages | undefined,
    /** @internal */
    public readonly _limitDays?: number,
    /** @internal */
    public readonly _unknownOptions: readonly string[] = [],
  ) {
    if (!_ages) return;
    this.create = Duration.days(_ages.create);
    this.deactivate = Duration.days(_ages.deactivate);
    this.delete = Duration.days(_ages.delete);
  }

  /** The three ages in days, such as "90/104/118", or "active under 90 days". */
  public toString(): string {
    return this._ages ? formatAges(this._ages) : `active under ${this._limitDays} days`;
  }

  /**
   * The ages for the checks of a user, and the deactivation of its keys. Call `_problemWith()` first. @internal
   */
  public _agesFor(maxDelayDays: number, times: CheckTimes | undefined): Ages {
    return this._ages ?? agesUnder(this._limitDays!, maxDelayDays, times!)!;
  }

  /** Why the limit cannot be kept with these checks, and the fix; undefined if it can. @internal */
  public _problemWith(maxDelayDays: number, times: CheckTimes | undefined): string | undefined {
    if (this._limitDays === undefined) return undefined;
    if (times?.window && skipsChecks(times.window)) {
      return (
        `an active key can reach ${this._limitDays} days, the limit of its schedule, because the change to summer time in`
        + ` ${times.window.timeZone} skips hours of "changeWindow", and the checks in them.`
        + ' Choose hours that are not skipped, such as from 4 on, or hours in UTC'
      );
    }
    return times
      ? limitProblem(this._limitDays, maxDelayDays, times)
      : `with RotationTrigger.fixedRates(), an active key can reach ${this._limitDays} days, the limit of its schedule:`
          + ' the rates drift apart, and old keys are deactivated weeks late.'
          + ' Use RotationTrigger.eventBridgeRules() or RotationTrigger.eventBridgeScheduler()';
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
