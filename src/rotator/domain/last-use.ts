/** The last use of an access key, and what follows from it. */
import { addMs, formatTime } from './time';
import { AccessKey, RotationRequest, LastUseStatus } from './user-state';
import { DAY, switchPeriodDays } from '../../contract/ages';
import { RUN_MINUTES } from '../../contract/settings';

/**
 * The default of the AWS Config rule.
 *
 * @see https://docs.aws.amazon.com/config/latest/developerguide/iam-user-unused-credentials-check.html
 */
export const UNUSED_DAYS = 90;

/** A use in the first half of the switch period does not count: it can be from before people switched. */
export function inUse(use: LastUseStatus | undefined, { ages }: Pick<RotationRequest, 'ages'>, now: Date): boolean {
  if (use === 'never') return false;
  return (
    use === undefined || use === 'unknown' || now.getTime() - use.at.getTime() < (switchPeriodDays(ages) * DAY) / 2
  );
}

/** An unknown last use counts as in use. */
export function isUnused(use: LastUseStatus | undefined, now: Date): boolean {
  if (use === undefined || use === 'unknown') return false;
  return use === 'never' || now.getTime() - use.at.getTime() > UNUSED_DAYS * DAY;
}

/** Whether a key works and is as old as the period: a younger one cannot be unused for 90 days. */
export function canBeUnused({ active, createdAt }: AccessKey, now: Date): boolean {
  return active && now.getTime() - createdAt.getTime() >= UNUSED_DAYS * DAY;
}

/** The rotation verifies a new key with GetCallerIdentity, which IAM records as a use. It is ignored here. */
export function withoutVerification(
  use: LastUseStatus | undefined,
  key: Pick<AccessKey, 'createdAt'>,
): LastUseStatus | undefined {
  const isVerification =
    typeof use === 'object' && use.service === 'sts' && use.at <= addMs(key.createdAt, RUN_MINUTES * 60_000);
  return isVerification ? 'never' : use;
}

export function describeUse(use: LastUseStatus | undefined): string {
  if (use === 'never') return 'never used';
  if (use === undefined || use === 'unknown') return 'last used at an unknown time (IAM did not return it)';
  return `last used ${formatTime(use.at)} for ${use.service} in ${use.region}`;
}
