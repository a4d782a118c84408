/** After all disturbances: people follow the reports, and some months later the rotation must have recovered. */
import type { DailyChecks } from './daily-checks';
import type { Life } from './life';
import { DAY } from '../../src/contract/ages';
import { TOLERANCE } from '../../src/rotator/domain/time';
import { checkSettled } from '../fake-aws/invariants';

/** More than any life needs. */
const MAX_FIXES = 8;

/** @param closedDays - the most days in a row on which the change window is closed */
export async function settle(life: Life, from: number, checksOf: DailyChecks, closedDays: number): Promise<void> {
  const { aws, oracle } = life;
  const { ages } = oracle;
  const quiet = ages.create + ages.delete + 7 + 2 * closedDays;
  let lastDay = quiet;
  let fixes = 0;
  let stuck = '';
  life.report = undefined; // an old report may not apply any more
  for (let day = 1; day <= lastDay; day++) {
    stuck = '';
    for (const { time, action } of checksOf(from + day)) {
      const outcome = await life.invoke(time, action);
      if (life.violation) return;
      if (outcome?.outcome === 'locked' || outcome?.outcome === 'blocked') {
        stuck = `${outcome.outcome}, ${outcome.message}`;
      }
    }
    if (life.report === undefined) continue;
    if (++fixes > MAX_FIXES) return life.fail(`the commands of the reports do not help: ${life.report}`);
    const before = life.report;
    const action = life.intervene({ do: 'follow the report', choice: 0 });
    if (action) await life.invoke((from + day + 1) * DAY, action);
    lastDay = day + quiet;
    if (life.report === before) return life.fail(`a report has no command that fixes it: ${before}`);
  }
  if (stuck) return life.fail(`after ${quiet} undisturbed days it is still ${stuck}`);
  const working = oracle.working();
  if (!working) return life.fail('after undisturbed months, the secret holds no working key');
  const age = (aws.now.getTime() - aws.keys.get(working)!.createdAt.getTime()) / DAY;
  if (age > ages.create + closedDays + 1 + TOLERANCE / DAY) {
    life.fail(`the current key ${working} is ${age.toFixed(1)} days old and was not replaced`);
  }
  const leaked = [...aws.keys.values()].find(
    ({ keyId, active }) => active && aws.trail.keys.get(keyId)!.leakedAt !== undefined,
  );
  if (leaked) return life.fail(`${leaked.keyId} is recorded as leaked and still active`);
  try {
    checkSettled(aws, [...oracle.unmanaged()]);
  } catch (error) {
    life.fail((error as Error).message);
  }
}
