/** What a key's last use means. */
import { addMs, formatTime } from './time';
import { AccessKey, RotationRequest, LastUseStatus } from './user-state';
import { DAY, switchPeriodDays } from '../../contract/ages';
import { RUN_MINUTES } from '../../contract/settings';

/** The default of AWS Config's rule iam-user-unused-credentials-check. */
export const UNUSED_DAYS = 90;

/** Used within the last half of the first grace: who switched in the first half is not held up by what was before. */
export function inUse(use: LastUseStatus | undefined, { ages }: Pick<RotationRequest, 'ages'>, now: Date): boolean {
  if (use === 'never') return false;
  return (
    use === undefined || use === 'unknown' || now.getTime() - use.at.getTime() < (switchPeriodDays(ages) * DAY) / 2
  );
}

/** So long unused that nobody will miss it. Unknown means in use. */
export function isUnused(use: LastUseStatus | undefined, now: Date): boolean {
  if (use === undefined || use === 'unknown') return false;
  return use === 'never' || now.getTime() - use.at.getTime() > UNUSED_DAYS * DAY;
}

/** Our own GetCallerIdentity, with which a new key is verified, is not use by anybody. */
export function withoutVerification(
  use: LastUseStatus | undefined,
  key: Pick<AccessKey, 'createdAt'>,
): LastUseStatus | undefined {
  const ours = typeof use === 'object' && use.service === 'sts' && use.at <= addMs(key.createdAt, RUN_MINUTES * 60_000);
  return ours ? 'never' : use;
}

export function describeUse(use: LastUseStatus | undefined): string {
  if (use === 'never') return 'never used';
  if (use === undefined || use === 'unknown') return 'last used nobody knows when (IAM did not say)';
  return `last used ${formatTime(use.at)} for ${use.service} in ${use.region}`;
}
