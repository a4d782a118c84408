import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median, range, table } from './statistics';
import type { Synthesis } from './synth-once';
import { userStacksFor, Variant, VARIANT_NAMES } from './synthesis';

const ROOT = join(__dirname, '..');

/** Number of rounds by number of users. */
const ROUNDS: ReadonlyMap<number, number> = new Map([
  [5, 9],
  [50, 9],
  [500, 9],
  [5_000, 3],
]);

type Round = Record<Variant, Synthesis>;

/**
 * Synth time and memory, each in a new process, as with `cdk synth`. Rounds in one warm process were tried: their
 * samples vary by a factor of two, and they measure code that the just-in-time compiler has optimized, unlike a synth.
 * CPU time is measured, because a synth does not wait, and wall time depends on other processes of the machine: its
 * ratios vary about twice as much. Each round measures all variants, and ratios are computed within a round.
 */
export function synthTime(progress: (line: string) => void): {
  readonly time: string;
  readonly memory: string;
  readonly growth: string;
} {
  const measured = new Map<number, Round[]>();
  for (const [users, rounds] of ROUNDS) {
    measured.set(users, []);
    for (let round = 1; round <= rounds; round++) {
      measured
        .get(users)!
        .push(Object.fromEntries(VARIANT_NAMES.map((variant) => [variant, once(variant, users)])) as Round);
      progress(`synth of ${users} users, round ${round} of ${rounds}`);
    }
  }
  const rows = (of: (one: Synthesis, users: number) => number, digits: number) =>
    [...measured].map(([users, rounds]) => {
      const ratio = (other: Variant) => {
        const ratios = rounds.map((round) => of(round.library, users) / of(round[other], users));
        return `${median(ratios).toFixed(2)} (${range(ratios, 2)})`;
      };
      const values = VARIANT_NAMES.map((variant) =>
        median(rounds.map((round) => of(round[variant], users))).toFixed(digits),
      );
      return [users, userStacksFor(users), ...values, ratio('l1'), ratio('l2')];
    });
  const head = (unit: string) => [
    'users',
    'user stacks',
    ...VARIANT_NAMES.map((name) => `${name}, ${unit}`),
    'library / l1',
    'library / l2',
  ];
  const perUser = (users: number) => median(measured.get(users)!.map(({ library }) => library.cpu / users));
  return {
    time: table(
      head('ms per user'),
      rows(({ cpu }, users) => cpu / users, 1),
    ),
    memory: table(
      head('MB'),
      rows(({ memory }) => memory, 0),
    ),
    growth: (perUser(5_000) / perUser(500)).toFixed(2),
  };
}

function once(variant: Variant, users: number): Synthesis {
  return JSON.parse(
    execFileSync(
      process.execPath,
      ['-r', 'ts-node/register/transpile-only', join(__dirname, 'synth-once.ts'), variant, String(users)],
      { cwd: ROOT, encoding: 'utf8', env: { ...process.env, TS_NODE_PROJECT: 'tsconfig.dev.json' } },
    ),
  ) as Synthesis;
}
