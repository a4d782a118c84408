/** The ages of a schedule, and their rules, which synth checks. */

/** Ages of an access key, in whole days since its `CreateDate` in IAM. */
export interface Ages {
  /** A key of this age is replaced. */
  readonly create: number;
  /** A replaced key of this age is deactivated. */
  readonly deactivate: number;
  /** A deactivated key of this age is deleted. */
  readonly delete: number;
}

/** A switch period and a recovery period of 14 days each. */
export const DEFAULT_AGES: Ages = { create: 90, deactivate: 104, delete: 118 };

export const HOUR = 3_600_000;

export const DAY = 24 * HOUR;

/**
 * A key is created some seconds after its check starts, so the check 90 days later finds it some seconds younger than
 * 90 days. A plain comparison would lose a day in every cycle.
 */
export const TOLERANCE = HOUR;

/** The maximum age of an active key in the AWS Config rule access-keys-rotated, in the CIS benchmark and in Prowler. */
export const AUDITED_DAYS = 90;

/** Such as "90/104/118". */
export function formatAges(ages: Ages): string {
  return `${ages.create}/${ages.deactivate}/${ages.delete}`;
}

/** The days for which both keys work, so that people can switch to the new one. */
export function switchPeriodDays(ages: Ages): number {
  return ages.deactivate - ages.create;
}

/** The days for which the old key is inactive, and can be activated again. */
export function recoveryPeriodDays(ages: Ages): number {
  return ages.delete - ages.deactivate;
}

/** @returns what is wrong with a maximum delay of the deactivation, and its fix; undefined if it is valid */
export function maxDelayProblem(ages: Ages, maxDelayDays: number): string | undefined {
  const bothPeriods = ages.delete - ages.create;
  return maxDelayDays > 0 && bothPeriods + maxDelayDays >= ages.create
    ? `"maxDelay" is ${maxDelayDays} days, but both periods and the delay (${bothPeriods} + ${maxDelayDays} days)`
        + ` do not fit into "create" (${ages.create} days):`
        + ' shorten the delay or the periods, so that the old key is deleted before the next key is due'
    : undefined;
}

/** @returns what is wrong with the days of the reminders, and its fix; undefined if they are valid */
export function reminderProblem(ages: Ages, reminderDays: readonly number[]): string | undefined {
  const shortest = Math.min(switchPeriodDays(ages), recoveryPeriodDays(ages));
  const wrong = reminderDays.find((days) => !Number.isInteger(days) || days < 1 || days >= shortest);
  return wrong === undefined
    ? undefined
    : `"reminderDays" has ${wrong}, but each entry must be a whole number of days, at least 1 and less than`
        + ` the shorter period (${shortest} days): change or remove it`;
}

/** @returns what is wrong with the ages, and its fix; undefined if they are valid */
export function agesProblem(ages: Ages): string | undefined {
  for (const [name, days] of Object.entries(ages)) {
    if (typeof days !== 'number' || !Number.isInteger(days) || days < 1) {
      const given = typeof days === 'number' ? `${days} days` : JSON.stringify(days);
      return `"${name}" is ${given}, but must be a whole number of days, at least 1: use whole days`;
    }
  }
  const bothPeriods = ages.delete - ages.create;
  if (switchPeriodDays(ages) < 1) {
    return (
      `"deactivate" (${ages.deactivate} days) must come at least a day after "create" (${ages.create} days):`
      + ' raise it, so that people have time to switch to the new key. Ages count from the creation of the key, not from the step before'
    );
  }
  if (recoveryPeriodDays(ages) < 1) {
    return (
      `"delete" (${ages.delete} days) must come at least a day after "deactivate" (${ages.deactivate} days):`
      + ' raise it, so that the old key can be activated again for some time'
    );
  }
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  if (bothPeriods >= ages.create) {
    return (
      'an IAM user can have two access keys, so the old key must be deleted before the next key is due, but'
      + ` "delete" - "create" (${ages.delete} - ${ages.create} = ${bothPeriods} days)`
      + ` does not fit into "create" (${ages.create} days):`
      + ' shorten the periods, or rotate less often'
    );
  }
  return undefined;
}
