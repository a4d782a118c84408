/**
 * One history of events at the same time: at each moment, chance says which of them gets its next answer, and what goes
 * wrong.
 */
import { Budget, Ended } from './engine/explore';
import { RotationEvent } from './events';
import { SearchFromStart } from './proof';

/** Of so many answers, one goes wrong, as long as something may. */
const RARE = 12;

export async function wander(
  proof: SearchFromStart,
  events: readonly RotationEvent[],
  budget: Partial<Budget>,
  choices: Iterator<number>,
): Promise<Ended> {
  const choose = (count: number) => choices.next().value % count;
  return proof.walk(proof.beginning(budget), events, ['crash'], (moves) => {
    const [good, bad] = [moves.filter(({ goesWrong }) => !goesWrong), moves.filter(({ goesWrong }) => goesWrong)];
    const among = bad.length > 0 && choose(RARE) === 0 ? bad : good;
    return among[choose(among.length)];
  });
}
