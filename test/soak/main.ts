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
import { soakOptions } from './options';
import { reportText } from './report';
import { Soak, type SoakReport } from './soak';
import { plan, soakUsers } from './soak-users';

async function main({ days, users, schedules, ...options }: ReturnType<typeof soakOptions>): Promise<void> {
  const begin = Date.now();
  const soak = await Soak.start({
    ...options,
    users: soakUsers(users, schedules),
    plan: plan(days, options.seed),
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

try {
  main(soakOptions(process.argv.slice(2))).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
