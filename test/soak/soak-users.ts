/** The users of a soak test, and its plan: outages, blackouts and redeploys. */
import { createHash } from 'node:crypto';

/** Ages in days, as a user of the library writes them. */
export interface Ages {
  readonly create: number;
  readonly deactivate: number;
  readonly delete: number;
}

export interface SoakUser {
  readonly name: string;
  readonly path?: string;
  readonly secret: string;
  /** Names of the secret's fields: access key ID, secret access key. */
  readonly fields: readonly [string, string];
  /** Number of keys of an adopted user before its adoption; undefined for a created user. */
  readonly adoptedWith?: number;
  /** The first deploy uses the first schedule. Each redeploy that changes this user uses the next one. */
  readonly schedules: readonly Ages[];
}

/** The events of the soak test, by day after the first deploy. */
export interface Plan {
  readonly days: number;
  /** Number of days in which no rule starts a check. */
  readonly outages: ReadonlyMap<number, number>;
  /** Days on which almost every call fails. */
  readonly blackouts: ReadonlySet<number>;
  /** Days on which the stack is deployed with other schedules. */
  readonly redeploys: ReadonlySet<number>;
}

const ages = (create: number, deactivate: number, deleted: number): Ages => ({ create, deactivate, delete: deleted });

/** The default, keys that are active for less than 90 days, the shortest with periods of two weeks, and shorter. */
export const MIXED_SCHEDULES = [
  ages(90, 104, 118),
  ages(75, 89, 103),
  ages(30, 44, 58),
  ages(7, 9, 11),
  ages(45, 46, 60),
  ages(21, 28, 31),
];

export const SHORT_SCHEDULES = [ages(7, 9, 11), ages(10, 13, 15), ages(14, 18, 21), ages(6, 7, 9)];

/** The schedules that RotationTrigger allows for this check interval. */
export function schedulesAllowedBy(checkEveryDays: number, schedules: readonly Ages[]): Ages[] {
  return schedules.filter(
    ({ create, deactivate, delete: deleted }) =>
      checkEveryDays === 1
      || (Math.min(deactivate - create, deleted - deactivate) >= checkEveryDays
        && deleted - create + 2 * checkEveryDays <= create),
  );
}

/** Users with all options that the library has. */
export function soakUsers(count: number, schedules: readonly Ages[]): SoakUser[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `user-${index}`,
    path: index % 3 === 0 ? '/machines/' : undefined,
    secret: index % 3 === 1 ? `prod/keys/${index}` : `user-${index}`,
    fields:
      index % 5 === 2
        ? (['aws_access_key_id', 'aws_secret_access_key'] as const)
        : (['AccessKey', 'SecretKey'] as const),
    adoptedWith: index % 4 === 1 ? ((index + 3) / 4) % 2 : undefined,
    schedules: schedules.map((_schedule, turn) => schedules[(index + turn) % schedules.length]),
  }));
}

/** About seven outages, four redeploys and two blackouts per year, drawn from the seed. */
export function plan(days: number, seed: number): Plan {
  const outages = new Map<number, number>();
  const redeploys = new Set<number>();
  const blackouts = new Set<number>();
  for (let day = 1; day < days; day++) {
    if (drawn(seed, 'redeploy', day) < 1 / 90) {
      redeploys.add(day);
    } else if (drawn(seed, 'blackout', day) < 1 / 180) {
      blackouts.add(day);
    } else if (drawn(seed, 'outage', day) < 1 / 50) {
      // Some days in most cases; sometimes longer than any period of a schedule.
      const length = drawn(seed, 'length', day);
      outages.set(day, length < 0.1 ? 40 : 1 + Math.floor(length * 10));
    }
  }
  return { days, outages, blackouts, redeploys };
}

/** A number from 0 to 1, always the same for the same arguments. */
function drawn(seed: number, event: string, day: number): number {
  return createHash('sha256').update(`${seed} ${event} ${day}`).digest().readUInt32BE() / 2 ** 32;
}
