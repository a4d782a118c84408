/**
 * `npm run soak`: the bundled function on the local AWS for simulated years with faults, observed from outside.
 *
 *     npm run soak -- --years 10 --users 20 --seed 1 --rate 0.05
 *
 * `--short` uses schedules of days instead of months: ten times the steps in the same time. More than 50 users are in
 * nested user stacks, 40 in each. Three months of 300 users, with a check interval of three days:
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
  const trigger = TRIGGERS.find((name) => name === values.trigger);
  if (!trigger) exitWith(`--trigger is '${values.trigger}', expected ${TRIGGERS.join(' or ')}`);
  const checkEveryDays = number('check-every-days', 1);
  const schedules = schedulesAllowedBy(checkEveryDays, values.short ? SHORT_SCHEDULES : MIXED_SCHEDULES);
  if (schedules.length === 0) {
    exitWith(
      `--check-every-days ${checkEveryDays} is too long for every schedule${values.short ? ' with --short' : ''}`,
    );
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

let printed = 0;

function progress(report: SoakReport, days: number, begin: number): void {
  for (; printed < report.violations.length; printed++) {
    const { user, at, what } = report.violations[printed];
    console.error(`${at.toISOString()} ${user}: ${what}`);
  }
  if (report.days % 30 === 0 || process.stdout.isTTY) {
    const failures = `${report.disturbedRuns} runs with faults, ${report.failedRuns} failed, ${report.violations.length} violations`;
    const text = `Day ${report.days} of ${days}: ${report.checks} checks, ${failures}, ${minutes(begin)} minutes`;
    process.stdout.write(process.stdout.isTTY ? `\r${text}` : `${text}\n`);
  }
}

function minutes(begin: number): string {
  return ((Date.now() - begin) / 60_000).toFixed(1);
}

function number(name: 'years' | 'users' | 'seed' | 'rate' | 'check-every-days', minimum: number): number {
  const value = Number(values[name]);
  if (!(value >= minimum)) exitWith(`--${name} is '${values[name]}', expected a number, at least ${minimum}`);
  return value;
}

function exitWith(message: string): never {
  console.error(message);
  process.exit(1);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
