import type { SoakReport } from './soak';

/** The figures of a soak as text. Pure. */
export function reportText(report: SoakReport): string {
  const years = ((report.users * report.days) / 365).toFixed(1);
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  return [
    `${years} user-years: ${report.users} users, ${report.days} days, ${report.outageDays} of them in outages, ${report.blackouts} of them black,`
      + ` ${report.redeploys} redeploys`,
    `${report.checks} checks, ${report.observations} looks at a user, ${report.logEvents} lines of log searched`,
    `Calls disturbed: ${list(report.faults)}`,
    `Runs: ${report.disturbedRuns} met a fault, ${report.failedRuns} of them failed, ${report.deadLetters} events were given up after three failures`,
    `Keys: ${list(report.keyEvents)}`,
    `Violations: ${report.violations.length}`,
    ...report.violations.map(({ user, at, what }) => `  ${at.toISOString()} ${user}: ${what}`),
    // As it was at each user's first one: what follows is often its consequence.
    ...report.violations
      .filter(({ user }, index, all) => all.findIndex((other) => other.user === user) === index)
      .flatMap(({ user, history }) => [
        `What had happened to the keys of ${user} before:`,
        ...history.map((line) => `  ${line}`),
      ]),
  ].join('\n');
}
