/** One history of events at the same time: at random, one of them gets its next answer, and a call fails. */
import { Budget, Ended } from './engine/explore';
import { RotationEvent } from './events';
import { SearchFromStart } from './proof';

/** One in this many answers is a failure, while the budget allows failures. */
const RARE = 12;

export async function wander(
  proof: SearchFromStart,
  events: readonly RotationEvent[],
  budget: Partial<Budget>,
  choices: Iterator<number>,
): Promise<Ended> {
  const choose = (count: number) => choices.next().value % count;
  return proof.walk(proof.beginning(budget), events, ['crash'], (moves) => {
    const [successes, failures] = [
      moves.filter(({ isFailure }) => !isFailure),
      moves.filter(({ isFailure }) => isFailure),
    ];
    const among = failures.length > 0 && choose(RARE) === 0 ? failures : successes;
    return among[choose(among.length)];
  });
}
