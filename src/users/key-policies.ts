import { Duration } from 'aws-cdk-lib';
import { DURATION } from '../private/cdk-shapes';
import { checkShape, closedOptionsOf, withMembers } from '../private/shape';
import { unknownOptions } from '../private/unknown-options';

/** Options for `Deactivation.whenUnused()`. */
export interface WhenUnusedOptions {
  /**
   * The longest postponement of a deactivation: a whole number of days, at least 1.
   *
   * Together with the switch period and the recovery period, it must be shorter than the rotation period. Otherwise the
   * old key would still exist when the next one is due, and an IAM user has at most two keys.
   */
  readonly maxDelay: Duration;
}

const WHEN_UNUSED_OPTIONS = closedOptionsOf<WhenUnusedOptions>('WhenUnusedOptions', { maxDelay: DURATION }, 'maxDelay');

/**
 * Whether the deactivation of an old key waits for its consumers.
 *
 * A key is in use if it signed a request within the last half of the switch period (7 of 14 days), or if IAM does not
 * report its last use. A new key is not used yet if IAM reports no use of it but the one by which the rotation verified
 * it. With both policies, the notification says when, where and for which service each was last used.
 * AWS does not document whether email that is sent with the SMTP credentials of a key (`sesSmtpRegions`) is a use.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
 * @example
 * import { Duration } from 'aws-cdk-lib';
 * import { AccessKeyRotation, Deactivation } from 'cdk-access-key-rotation';
 *
 * new AccessKeyRotation(stack, 'Rotation', {
 *   users: [{ userName: 'legacy-erp', deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(14) }) }],
 * });
 */
export class Deactivation {
  /** @internal */
  public static readonly _SHAPE = withMembers(
    'a Deactivation',
    'Use Deactivation.onSchedule() or Deactivation.whenUnused({ … }).',
    '_maxDelayDays',
  );

  /**
   * Deactivate an old key at the end of the switch period, in use or not. During the recovery period, it can be
   * activated again.
   */
  public static onSchedule(): Deactivation {
    return new Deactivation(0);
  }

  /**
   * Postpone the deactivation while the old key is in use, or while no consumer has used the new key, up to a maximum
   * delay. The event `{"action": "deactivate", "username": "…"}` of a person ends the postponement at once.
   *
   * @param options - the maximum delay
   * @throws if the maximum delay is a token, or is not a whole number of days of at least 1
   */
  public static whenUnused(options: WhenUnusedOptions): Deactivation {
    checkShape('Deactivation.whenUnused', 'options', options, WHEN_UNUSED_OPTIONS);
    const { maxDelay } = options;
    if (maxDelay.isUnresolved()) {
      throw new Error('Deactivation.whenUnused: "maxDelay" is a token, but synth checks it. Use a literal duration.');
    }
    const days = maxDelay.toDays({ integral: false });
    if (!Number.isInteger(days) || days < 1) {
      throw new Error(
        `Deactivation.whenUnused: "maxDelay" is ${maxDelay.toHumanString()}, but must be a whole number of days,`
          + ' at least 1. Use a duration such as Duration.days(14).',
      );
    }
    return new Deactivation(days, unknownOptions('Deactivation.whenUnused', options, WHEN_UNUSED_OPTIONS));
  }

  private constructor(
    /** @internal */
    public readonly _maxDelayDays: number,
    /** @internal */
    public readonly _unknownOptions: readonly string[] = [],
  ) {}
}

/** What happens to an access key that the rotation did not issue. */
export enum UnmanagedKeys {
  /**
   * The key is reported, and never changed. While it and another key exist, the user has no free slot for a new key.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  IGNORE = 'IGNORE',

  /**
   * The key is deactivated after the switch period and deleted after the recovery period, like a key of the rotation.
   */
  RETIRE = 'RETIRE',
}
