/**
 * `npm run simulate -- --years 10 --users 1000 --seed 1`: random lives of users on the in-memory AWS. It plays every
 * daily check, checks the invariants after every call, and prints the smallest history that breaks one, if any.
 */
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import { histories, History } from './history';
import { Life } from './life';
import { asTest } from './print';
import { shrink } from './shrink';
import { Tally } from './tally';

/** About one in ten days. */
const DISTURBANCES_PER_YEAR = 36;
const DAYS_PER_YEAR = 365.25;
/** The simulation stops after this number of failing users. */
const MAX_FAILURES = 10;

interface Options {
  readonly years: number;
  readonly users: number;
  readonly seed: number;
}

// Stack traces of thousands of expected errors would take most of the time.
Error.stackTraceLimit = 0;

async function main({ years, users, seed }: Options): Promise<void> {
  const days = Math.round(years * DAYS_PER_YEAR);
  const arbitrary = histories(days, { exactly: Math.round(years * DISTURBANCES_PER_YEAR) });
  const tally = new Tally();
  const failed: { readonly history: History; readonly violation: string }[] = [];
  const watch = stopwatch();
  let shown = 0;
  for (let user = 0; user < users && failed.length < MAX_FAILURES; user++) {
    const [history] = fc.sample(arbitrary, { seed: seed * 1_000_003 + user, numRuns: 1 });
    const violation = await new Life(history, tally).play();
    if (violation) failed.push({ history, violation });
    if (performance.now() - shown > 5_000 || user === users - 1) {
      shown = performance.now();
      progress(user + 1, users, tally, failed.length, watch());
    }
  }
  report(tally, failed.length, watch());
  if (failed.length === 0) return;
  process.exitCode = 1;
  await showSmallest(failed);
}

async function showSmallest(
  failed: readonly { readonly history: History; readonly violation: string }[],
): Promise<void> {
  const kinds = new Map(failed.map((failure) => [kindOf(failure.violation), failure]));
  console.log(
    [...kinds.keys()]
      .map((kind) => `  ${failed.filter(({ violation }) => kindOf(violation) === kind).length} ${kind}`)
      .join('\n'),
  );
  for (const [kind, { history, violation }] of kinds) {
    console.log(`\nSearching for the smallest history with "${kind}" ...`);
    const smallest = await shrink(
      history,
      async (candidate) => kindOf((await new Life(candidate, new Tally()).play()) ?? '') === kind,
    );
    console.log(`\n${asTest(smallest, (await new Life(smallest, new Tally()).play()) ?? violation)}`);
  }
}

/** The violation without the values that differ between lives. */
function kindOf(violation: string): string {
  return violation.replace(/AKIA\w+|\d[\d.:TZ-]*|[0-9a-f]{32}/g, '…').slice(0, 80);
}

/** Wall time, and CPU time, which other processes do not affect, in seconds. */
function stopwatch(): () => { wall: number; core: number } {
  const [begin, used] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { wall: (performance.now() - begin) / 1_000, core: (user + system) / 1_000_000 };
  };
}

function progress(user: number, users: number, tally: Tally, failures: number, { core }: { core: number }): void {
  const years = tally.days / DAYS_PER_YEAR;
  console.log(
    `${user} of ${users} users, ${years.toFixed(0)} user-years, ${((years / core) * 60).toFixed(0)} a minute of one core, ${failures} violations`,
  );
}

function report(tally: Tally, failures: number, { wall, core }: { wall: number; core: number }): void {
  const sorted = (counts: Map<string, number>) =>
    [...counts].sort((a, b) => b[1] - a[1]).map(([what, count]) => `    ${count} ${what}`);
  console.log(
    [
      '',
      `${(tally.days / DAYS_PER_YEAR).toFixed(1)} user-years, ${tally.checks} checks (${tally.failures} ended in an error), in ${wall.toFixed(1)} s, ${core.toFixed(1)} s of one core`,
      '  outcomes:',
      ...sorted(tally.outcomes),
      '  disturbances:',
      ...sorted(tally.disturbances),
      '  faults:',
      ...sorted(tally.faults),
      '  manual changes:',
      ...sorted(tally.interventions),
      `violations: ${failures}`,
    ].join('\n'),
  );
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  console.error(`--${name} must be a whole number, at least ${least}, got '${text}'`);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    years: { type: 'string', default: '10' },
    users: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
});
main({
  years: wholeNumber('years', values.years, 1),
  users: wholeNumber('users', values.users, 1),
  seed: wholeNumber('seed', values.seed, 0),
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
