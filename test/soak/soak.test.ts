/** The short soak: what `npm run soak` does for years, with schedules of days. */
import { reportText } from './report';
import { Soak } from './soak';
import { soakUsers, SHORT_SCHEDULES } from './soak-users';
import { FAULTS } from '../local-aws/emulator';

test('through ten weeks of faults, outages and redeploys, every rule of the rotation holds from the outside', async () => {
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
    // There was something to withstand.
    for (const fault of FAULTS) expect([fault, report.faults[fault] > 10]).toEqual([fault, true]);
    expect(report.failedRuns).toBeGreaterThan(10);
    expect(report.deadLetters).toBeGreaterThan(0);
    expect(report.redeploys).toBe(2);
    // And something was done: four users with a new key every nine days or so.
    expect(report.keyEvents.published).toBeGreaterThan(20);
  } finally {
    await soak.aws.emulator.stop();
  }
});
