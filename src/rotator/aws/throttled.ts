/** Repeats what AWS refused because of too many calls. */
import { AwsCallFailed } from './call';
import { causeOf } from '../domain/failure';

/** As the SDK does it: five attempts, and pauses of half a second, doubled each time, times a random number so that many do not come again at once. */
const [FIRST_PAUSE, LAST_PAUSE] = [500, 4_000];

export async function repeatIfThrottled<T>(attempt: () => Promise<T>, sleep: (ms: number) => Promise<void>): Promise<T> {
  for (let pause = FIRST_PAUSE; ; pause *= 2) {
    try {
      return await attempt();
    } catch (error) {
      if (pause > LAST_PAUSE || !(error instanceof AwsCallFailed && error.rejected && causeOf(error) === 'Throttled')) throw error;
      await sleep(Math.random() * pause);
    }
  }
}
