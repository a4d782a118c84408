/**
 * `npm run soak`: the shipped Lambda on the local AWS for years, with faults in between, watched from the outside.
 *
 *     npm run soak -- --years 10 --users 20 --seed 1 --rate 0.05
 *
 * `--short` takes schedules of days instead of months: ten times the steps in the same time.
 */
import { parseArgs } from 'node:util';
import { cast, MIXED_SCHEDULES, plan, SHORT_SCHEDULES } from './cast';
import { reportText } from './report';
import { Soak, type SoakReport } from './soak';

const { values } = parseArgs({
  options: {
    years: { type: 'string', default: '10' },
    users: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '0.05' },
    short: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const seed = number('seed', 0);
  const days = Math.round(number('years', 0.01) * 365);
  const begin = Date.now();
  const soak = await Soak.start({
    users: cast(number('users', 1), values.short ? SHORT_SCHEDULES : MIXED_SCHEDULES),
    plan: plan(days, seed),
    seed,
    rate: number('rate', 0),
    onDay: (report) => progress(report, days, begin),
  });
  try {
    const report = await soak.run();
    console.log(`\n${reportText(report)}\n${minutes(begin)} minutes`);
    process.exitCode = report.violations.length > 0 ? 1 : 0;
  } finally {
    await soak.aws.emulator.stop();
  }
}

let told = 0;

function progress(report: SoakReport, days: number, begin: number): void {
  for (; told < report.violations.length; told++) {
    const { user, at, what } = report.violations[told];
    console.error(`${at.toISOString()} ${user}: ${what}`);
  }
  if (report.days % 30 === 0 || process.stdout.isTTY) {
    const failures = `${report.disturbedRuns} disturbed runs, ${report.failedRuns} failed, ${report.violations.length} violations`;
    const text = `Day ${report.days} of ${days}: ${report.checks} checks, ${failures}, ${minutes(begin)} minutes`;
    process.stdout.write(process.stdout.isTTY ? `\r${text}` : `${text}\n`);
  }
}

function minutes(begin: number): string {
  return ((Date.now() - begin) / 60_000).toFixed(1);
}

function number(name: 'years' | 'users' | 'seed' | 'rate', least: number): number {
  const value = Number(values[name]);
  if (!(value >= least)) {
    console.error(`--${name} takes a number, ${least} at least, not '${values[name]}'`);
    process.exit(1);
  }
  return value;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
