/** A short soak test, with schedules of days. `npm run soak` simulates years. */
import { reportText } from './report';
import { Soak } from './soak';
import { soakUsers, SHORT_SCHEDULES } from './soak-users';
import { FAULTS } from '../local-aws/emulator';

test('no violation in ten weeks of faults, outages and redeploys, observed from outside', async () => {
  const soak = await Soak.start({
    users: soakUsers(4, SHORT_SCHEDULES),
    plan: {
      days: 75,
      outages: new Map([
        [15, 3],
        [45, 12],
      ]),
      blackouts: new Set([35]),
      redeploys: new Set([25, 65]),
    },
    seed: 7,
    rate: 0.1,
  });
  try {
    const report = await soak.run();

    expect(report.violations.length === 0 ? '' : reportText(report)).toBe('');
    // There were faults of each kind.
    for (const fault of FAULTS) expect([fault, report.faults[fault] > 10]).toEqual([fault, true]);
    expect(report.failedRuns).toBeGreaterThan(10);
    expect(report.deadLetters).toBeGreaterThan(0);
    expect(report.redeploys).toBe(2);
    // Four users had a new key about every nine days.
    expect(report.keyEvents.published).toBeGreaterThan(20);
  } finally {
    await soak.aws.emulator.stop();
  }
});
