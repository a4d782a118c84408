/** Visits many users, or keys of users, within the rate limits of IAM and within the time of the run. */
import { Clock } from '../aws/clock';

/** Visits at the same time, and per second. IAM throttles per account, at rates that AWS does not publish. */
const VISITS_PER_SECOND = 5;

/** Milliseconds for what the caller does next, such as listing subscriptions and sending a message. */
const TIME_RESERVE = 45_000;

/** @returns the results in the order of the given ones; those of the first ones only, if the time was not sufficient */
export async function forEachPaced<S, T>(
  all: readonly S[],
  visit: (one: S) => Promise<T>,
  { sleep, remainingTime }: Clock,
): Promise<T[]> {
  const results: T[] = [];
  while (results.length < all.length && remainingTime() >= TIME_RESERVE) {
    const group = all.slice(results.length, results.length + VISITS_PER_SECOND);
    const isLast = results.length + group.length === all.length;
    const [groupResults] = await Promise.all([Promise.all(group.map(visit)), isLast ? undefined : sleep(1_000)]);
    results.push(...groupResults);
  }
  return results;
}
