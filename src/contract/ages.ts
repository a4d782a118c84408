/** The ages that make a schedule, and the rules for them: checked at synth, and by the Lambda in each event. */

/** Ages of an access key in whole days since it was created, as IAM counts them. */
export interface Ages {
  /** A key of this age is replaced. */
  readonly create: number;
  /** A replaced key of this age is deactivated. */
  readonly deactivate: number;
  /** A deactivated key of this age is deleted. */
  readonly delete: number;
}

/** 14 days to switch to the new key, 14 more in which the old one can be switched on again. */
export const DEFAULT_AGES: Ages = { create: 90, deactivate: 104, delete: 118 };

export const DAY = 86_400_000;

/** For how long an old key stays active after its successor was issued, in days. */
export function switchPeriodDays(ages: Ages): number {
  return ages.deactivate - ages.create;
}

/** For how long an old key stays inactive before it is deleted, in days. */
export function recoveryPeriodDays(ages: Ages): number {
  return ages.delete - ages.deactivate;
}

/** Why an old key that is still in use cannot be held for so long, if it cannot. */
export function maxDelayProblem(ages: Ages, maxDelayDays: number): string | undefined {
  const bothPeriods = ages.delete - ages.create;
  return maxDelayDays > 0 && bothPeriods + maxDelayDays >= ages.create
    ? `both grace periods and the time for which an old key in use is held (${bothPeriods} + ${maxDelayDays} days) do not fit into "create" (${ages.create} days),`
        + ' and then the old key would not be gone when the next one is due: hold it for less, or shorten the graces'
    : undefined;
}

/** What is wrong with these days, so many of which before a deadline people are reminded of it. */
export function reminderProblem(ages: Ages, reminderDays: readonly number[]): string | undefined {
  const shortest = Math.min(switchPeriodDays(ages), recoveryPeriodDays(ages));
  const wrong = reminderDays.find((days) => !Number.isInteger(days) || days < 1 || days >= shortest);
  return wrong === undefined
    ? undefined
    : `"reminderDays" has ${wrong}, but a reminder comes a whole number of days before a deadline, at least 1 and less than`
        + ` the shorter grace period (${shortest} days)`;
}

/** What is wrong with these ages and how to mend it; nothing where they can be kept. */
export function agesProblem(ages: Ages): string | undefined {
  for (const [name, days] of Object.entries(ages)) {
    if (typeof days !== 'number' || !Number.isInteger(days) || days < 1) {
      return `"${name}" must be a whole number of days, at least 1, got ${days}`;
    }
  }
  const bothPeriods = ages.delete - ages.create;
  if (switchPeriodDays(ages) < 1) {
    return (
      `"deactivate" (${ages.deactivate} days) must come at least a day after "create" (${ages.create} days):`
      + ' in that time people switch to the new key'
    );
  }
  if (recoveryPeriodDays(ages) < 1) {
    return (
      `"delete" (${ages.delete} days) must come at least a day after "deactivate" (${ages.deactivate} days):`
      + ' in that time the old key can be switched on again'
    );
  }
  if (bothPeriods >= ages.create) {
    return (
      'an IAM user holds two keys at most, so the old key must be gone before the next one is due, but "delete" - "create"'
      + ` (${ages.delete} - ${ages.create} = ${bothPeriods} days) does not fit into "create" (${ages.create} days):`
      + ' shorten the graces, or rotate less often'
    );
  }
  return undefined;
}
