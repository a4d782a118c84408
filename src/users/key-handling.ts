import { Duration } from 'aws-cdk-lib';

/** Options for `OldKeyInUse.hold()`. */
export interface HoldOptions {
  /**
   * For how long the deactivation is put off at most, in whole days. Together with the two grace periods it has to be
   * shorter than the rotation period, or the old key would not be gone when the next one is due.
   */
  readonly atMost: Duration;
}

/**
 * What happens to an old key that is still in use when its first grace period is over. A key counts as in use if it
 * signed a request within the last half of that period (7 of 14 days), and also if IAM does not say when it was used
 * last.
 *
 * In either case people are told when, where and for which service it was used last.
 */
export class OldKeyInUse {
  /** It is deactivated on time, and can be switched on again for the second grace period. */
  public static deactivate(): OldKeyInUse {
    return new OldKeyInUse(0);
  }

  /**
   * It stays active until it is not in use any more, or until the time is up.
   *
   * @throws if `atMost` is not a whole number of days, at least 1
   */
  public static hold(options: HoldOptions): OldKeyInUse {
    const { atMost } = options;
    if (atMost.isUnresolved()) throw new Error('OldKeyInUse.hold: "atMost" is a token, use a literal duration.');
    const days = atMost.toDays({ integral: false });
    if (!Number.isInteger(days) || days < 1) {
      throw new Error(
        `OldKeyInUse.hold: "atMost" is ${atMost.toHumanString()}, but it must be a whole number of days, at least 1.`,
      );
    }
    return new OldKeyInUse(days);
  }

  private constructor(
    /** @internal */
    public readonly _holdDays: number,
  ) {}
}

/** What happens to an access key that this rotation did not issue. */
export enum ForeignKeys {
  /** It is left alone, and reported. While a user has it and one more key, IAM allows no new key. */
  LEAVE = 'LEAVE',

  /** It is retired through the two grace periods, like a key of this rotation: never deactivated or deleted at once. */
  RETIRE = 'RETIRE',
}
