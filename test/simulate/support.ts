import { History } from './history';
import { Life } from './life';
import { asTest } from './print';
import { shrink } from './shrink';
import { Tally } from './tally';

/** Milliseconds for the search of a smaller history. */
const SHRINK_TIMEOUT = 20_000;

/** Plays a history. @throws the violation, with the smallest violating history as the code of a test */
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
