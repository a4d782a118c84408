import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median, range, table } from './statistics';
import { Variant, VARIANT_NAMES } from './synthesis';

const ROOT = join(__dirname, '..');
const SIZES = [5, 25, 50];
const ROUNDS = 7;

type Round = Record<Variant, number>;

/**
 * Synth time, each in a fresh process, as a `cdk synth` is one. The alternative, rounds in one warm process, was tried: its
 * samples spread over a factor of two, and what it shows is code that the compiler has seen a thousand times, which no
 * synth of an app ever gets to be. CPU time, because a synth waits for nothing, and on a busy machine wall time measures the
 * neighbours: ratios then spread about twice as far. The variants take turns within each round, and
 * ratios are made within a round.
 */
export function synthTime(progress: (line: string) => void): string {
  const rounds = new Map<number, Round[]>(SIZES.map((users) => [users, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const users of SIZES) {
      const times = Object.fromEntries(VARIANT_NAMES.map((variant) => [variant, once(variant, users)])) as Round;
      rounds.get(users)!.push(times);
    }
    progress(`synth time, round ${round} of ${ROUNDS}`);
  }
  const of = (users: number, variant: Variant) => median(rounds.get(users)!.map((round) => round[variant]));
  const ratios = (users: number, other: Variant) => rounds.get(users)!.map((round) => round.library / round[other]);
  const ratio = (values: number[]) => `${median(values).toFixed(2)} (${range(values, 2)})`;
  const rows = SIZES.map((users) => [
    users,
    ...VARIANT_NAMES.map((variant) => (of(users, variant) / users).toFixed(1)),
    ratio(ratios(users, 'l1')),
    ratio(ratios(users, 'l2')),
  ]);
  const [few, many] = [SIZES[0], SIZES[SIZES.length - 1]];
  const further = VARIANT_NAMES.map((variant) => (of(many, variant) - of(few, variant)) / (many - few));
  rows.push([`each further, ${few} to ${many}`, ...further.map((ms) => ms.toFixed(1)), (further[0] / further[1]).toFixed(2), (further[0] / further[2]).toFixed(2)]);
  return table(['users', ...VARIANT_NAMES.map((name) => `${name}, ms per user`), 'library / l1', 'library / l2'], rows);
}

function once(variant: Variant, users: number): number {
  return Number(execFileSync(process.execPath, ['-r', 'ts-node/register/transpile-only', join(__dirname, 'synth-once.ts'), variant, String(users)], {
    cwd: ROOT, encoding: 'utf8', env: { ...process.env, TS_NODE_PROJECT: 'tsconfig.dev.json' },
  }));
}
