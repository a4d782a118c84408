import { Duration } from 'aws-cdk-lib';

/** Options for `Deactivation.whenUnused()`. */
export interface WhenUnusedOptions {
  /**
   * For how long the deactivation is put off at most, in whole days. Together with the two grace periods it has to be
   * shorter than the rotation period, or the old key would not be gone when the next one is due.
   */
  readonly maxDelay: Duration;
}

/**
 * What happens to an old key that is still in use when its first grace period is over. A key counts as in use if it
 * signed a request within the last half of that period (7 of 14 days), and also if IAM does not say when it was used
 * last.
 *
 * In either case people are told when, where and for which service it was used last.
 *
 * @example
 * import { Duration } from 'aws-cdk-lib';
 * import { AccessKeyRotation, Deactivation } from 'cdk-access-key-rotation';
 *
 * new AccessKeyRotation(stack, 'Rotation', {
 *   users: [{ userName: 'legacy-erp', deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(14) }) }],
 * });
 */
export class Deactivation {
  /** It is deactivated on time, and can be switched on again for the second grace period. */
  public static onSchedule(): Deactivation {
    return new Deactivation(0);
  }

  /**
   * It stays active until it is not in use any more, or until the time is up.
   *
   * @throws if `maxDelay` is not a whole number of days, at least 1
   */
  public static whenUnused(options: WhenUnusedOptions): Deactivation {
    const { maxDelay } = options;
    if (maxDelay.isUnresolved()) {
      throw new Error('Deactivation.whenUnused: "maxDelay" is a token, use a literal duration.');
    }
    const days = maxDelay.toDays({ integral: false });
    if (!Number.isInteger(days) || days < 1) {
      throw new Error(
        `Deactivation.whenUnused: "maxDelay" is ${maxDelay.toHumanString()}, but it must be a whole number of days, at least 1.`,
      );
    }
    return new Deactivation(days);
  }

  private constructor(
    /** @internal */
    public readonly _maxDelayDays: number,
  ) {}
}

/** What happens to an access key that this rotation did not issue. */
export enum UnmanagedKeys {
  /** It is left alone, and reported. While a user has it and one more key, IAM allows no new key. */
  IGNORE = 'LEAVE',

  /** It is retired through the two grace periods, like a key of this rotation: never deactivated or deleted at once. */
  RETIRE = 'RETIRE',
}
