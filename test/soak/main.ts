/**
 * `npm run soak`: the shipped Lambda on the local AWS for years, with faults in between, watched from the outside.
 *
 *     npm run soak -- --years 10 --users 20 --seed 1 --rate 0.05
 *
 * `--short` takes schedules of days instead of months: ten times the steps in the same time. More than 50 users are in
 * nested user stacks, one for every 40. A quarter of 300 users, the checks every third day:
 *
 *     npm run soak -- --years 0.25 --users 300 --rate 0 --check-every-days 3 --trigger eventBridgeScheduler
 */
import { parseArgs } from 'node:util';
import { reportText } from './report';
import { Soak, type SoakReport, TRIGGERS } from './soak';
import { soakUsers, schedulesAllowedBy, MIXED_SCHEDULES, plan, SHORT_SCHEDULES } from './soak-users';

const { values } = parseArgs({
  options: {
    years: { type: 'string', default: '10' },
    users: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '0.05' },
    'check-every-days': { type: 'string', default: '1' },
    trigger: { type: 'string', default: 'eventBridgeRules' },
    short: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const seed = number('seed', 0);
  const days = Math.round(number('years', 0.01) * 365);
  const begin = Date.now();
  const trigger = TRIGGERS.find((known) => known === values.trigger);
  if (!trigger) refuse(`--trigger takes ${TRIGGERS.join(' or ')}, not '${values.trigger}'`);
  const checkEveryDays = number('check-every-days', 1);
  const schedules = schedulesAllowedBy(checkEveryDays, values.short ? SHORT_SCHEDULES : MIXED_SCHEDULES);
  if (schedules.length === 0) {
    refuse(`--check-every-days ${checkEveryDays} is too rare for any schedule${values.short ? ' with --short' : ''}`);
  }
  const soak = await Soak.start({
    users: soakUsers(number('users', 1), schedules),
    plan: plan(days, seed),
    seed,
    rate: number('rate', 0),
    checkEveryDays,
    trigger,
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

function number(name: 'years' | 'users' | 'seed' | 'rate' | 'check-every-days', least: number): number {
  const value = Number(values[name]);
  if (!(value >= least)) refuse(`--${name} takes a number, ${least} at least, not '${values[name]}'`);
  return value;
}

function refuse(why: string): never {
  console.error(why);
  process.exit(1);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
