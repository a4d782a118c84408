/** After all disturbances: what people are told to do is done, and some months later nothing may be left of them. */
import type { Life } from './life';
import { DAY } from '../../src/contract/ages';
import { Action } from '../../src/contract/events';
import { TOLERANCE } from '../../src/rotator/domain/time';
import { checkSettled } from '../fake-aws/invariants';

/** More than any life needs: one block after the other. */
const REMEDIES = 8;

export async function settle(
  life: Life,
  from: number,
  daily: readonly { readonly at: number; readonly action: Action }[],
): Promise<void> {
  const { aws, judge } = life;
  const { ages } = judge;
  const quiet = ages.create + ages.delete + 7;
  let lastDay = quiet;
  let remedies = 0;
  let stuck = '';
  life.report = undefined; // what was blocked months ago may not be any more
  for (let day = 1; day <= lastDay; day++) {
    stuck = '';
    for (const { at, action } of daily) {
      const outcome = await life.ask(from + day * DAY + at, action);
      if (life.violation) return;
      if (outcome?.outcome === 'locked' || outcome?.outcome === 'blocked') {
        stuck = `${outcome.outcome}, ${outcome.message}`;
      }
    }
    if (life.report === undefined) continue;
    if (++remedies > REMEDIES) return life.fail(`what the reports say does not help: ${life.report}`);
    const before = life.report;
    const asks = life.person({ do: 'as the report says', choice: 0 });
    if (asks) await life.ask(from + (day + 1) * DAY, asks);
    lastDay = day + quiet;
    if (life.report === before) return life.fail(`a report names no command that mends it: ${before}`);
  }
  if (stuck) return life.fail(`after ${quiet} quiet days it is still ${stuck}`);
  const working = judge.working();
  if (!working) return life.fail('after quiet months, the secret holds no key that works');
  const age = (aws.now.getTime() - aws.keys.get(working)!.createdAt.getTime()) / DAY;
  if (age > ages.create + 1 + TOLERANCE / DAY) {
    life.fail(`the current key ${working} is ${age.toFixed(1)} days old and was not replaced`);
  }
  const loose = [...aws.keys.values()].find(
    ({ keyId, active }) => active && aws.trail.keys.get(keyId)!.leakedAt !== undefined,
  );
  if (loose) return life.fail(`${loose.keyId} is on record as leaked and still works`);
  try {
    checkSettled(aws, [...judge.unmanaged()]);
  } catch (error) {
    life.fail((error as Error).message);
  }
}
