import { History } from './history';
import { Life } from './life';
import { asTest } from './print';
import { shrink } from './shrink';
import { Tally } from './tally';

/** Time to look for a smaller history, in ms. */
const SHRINK_TIMEOUT = 20_000;

/** Plays a history; a violation is thrown with the smallest history that breaks anything, as a test to paste. */
export async function playWithoutViolation(history: History): Promise<void> {
  const violationOf = (candidate: History) => new Life(candidate, new Tally()).play();
  const violation = await violationOf(history);
  if (!violation) return;
  const until = performance.now() + SHRINK_TIMEOUT;
  const smallest = await shrink(
    history,
    async (candidate) => performance.now() < until && (await violationOf(candidate)) !== undefined,
  );
  throw new Error(`${await violationOf(smallest)}\n\n${asTest(smallest, violation)}`);
}
