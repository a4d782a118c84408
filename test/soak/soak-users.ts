/** Who takes part, and what happens to them beside the faults. Pure. */
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
  /** How many keys the user had before it was adopted; a created user where not given. */
  readonly adoptedWith?: number;
  /** The first at the first deploy. A redeploy that is about this user takes the next one. */
  readonly schedules: readonly Ages[];
}

/** What happens on which day after the first deploy. */
export interface Plan {
  readonly days: number;
  /** No rule fires for so many days. */
  readonly outages: ReadonlyMap<number, number>;
  /** Hardly any call succeeds. */
  readonly blackouts: ReadonlySet<number>;
  /** The stack is deployed with other schedules. */
  readonly redeploys: ReadonlySet<number>;
}

const ages = (create: number, deactivate: number, gone: number): Ages => ({ create, deactivate, delete: gone });

/** The seed's default, the preset for auditors, the tightest with two weeks of grace, and some for the impatient. */
export const MIXED_SCHEDULES = [
  ages(90, 104, 118),
  ages(75, 89, 103),
  ages(30, 44, 58),
  ages(7, 9, 11),
  ages(45, 46, 60),
  ages(21, 28, 31),
];

export const SHORT_SCHEDULES = [ages(7, 9, 11), ages(10, 13, 15), ages(14, 18, 21), ages(6, 7, 9)];

/** Those that can be kept with checks this rare, by the rule of RotationTrigger. */
export function schedulesAllowedBy(checkEveryDays: number, schedules: readonly Ages[]): Ages[] {
  return schedules.filter(
    ({ create, deactivate, delete: gone }) =>
      checkEveryDays === 1
      || (Math.min(deactivate - create, gone - deactivate) >= checkEveryDays
        && gone - create + 2 * checkEveryDays <= create),
  );
}

/** Users as different as the library lets them be. */
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

/** About seven outages, four redeploys and two black days a year, drawn from the seed. */
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
      // Mostly some days; now and then longer than any grace period.
      const length = drawn(seed, 'length', day);
      outages.set(day, length < 0.1 ? 40 : 1 + Math.floor(length * 10));
    }
  }
  return { days, outages, blackouts, redeploys };
}

/** From 0 to 1, the same for the same question. */
function drawn(seed: number, question: string, day: number): number {
  return createHash('sha256').update(`${seed} ${question} ${day}`).digest().readUInt32BE() / 2 ** 32;
}
