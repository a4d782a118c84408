import type { SoakReport } from './soak';

/** The results of a soak test as text. */
export function reportText(report: SoakReport): string {
  const years = ((report.users * report.days) / 365).toFixed(1);
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  return [
    `${years} user-years: ${report.users} users, ${report.days} days, ${report.outageDays} of them in outages, ${report.blackouts} of them blackouts,`
      + ` ${report.redeploys} redeploys`,
    `${report.checks} checks, ${report.observations} observations of a user, ${report.logEvents} log lines searched`,
    `Calls with faults: ${list(report.faults)}`,
    `Runs: ${report.disturbedRuns} had a fault, ${report.failedRuns} of them failed, ${report.deadLetters} events in the dead-letter queue`,
    `Keys: ${list(report.keyEvents)}`,
    `Violations: ${report.violations.length}`,
    ...report.violations.map(({ user, at, what }) => `  ${at.toISOString()} ${user}: ${what}`),
    // The history before the first violation of each user: later violations are often its consequence.
    ...report.violations
      .filter(({ user }, index, all) => all.findIndex((other) => other.user === user) === index)
      .flatMap(({ user, history }) => [
        `History of the keys of ${user} before:`,
        ...history.map((line) => `  ${line}`),
      ]),
  ].join('\n');
}
