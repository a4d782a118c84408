/** Visits many users within the rate limits of IAM and within the time of the run. */
import { Clock } from '../aws/clock';

/** Users visited concurrently, and per second. IAM throttles per account, at rates that AWS does not publish. */
const USERS_PER_SECOND = 5;

/** Milliseconds for what the caller does next, such as listing subscriptions and sending a message. */
const TIME_RESERVE = 45_000;

/** @returns the results in the order of the users; those of the first users only, if the time was not sufficient */
export async function forEachPaced<T>(
  usernames: readonly string[],
  visit: (username: string) => Promise<T>,
  { sleep, remainingTime }: Clock,
): Promise<T[]> {
  const results: T[] = [];
  while (results.length < usernames.length && remainingTime() >= TIME_RESERVE) {
    const group = usernames.slice(results.length, results.length + USERS_PER_SECOND);
    const isLast = results.length + group.length === usernames.length;
    const [groupResults] = await Promise.all([Promise.all(group.map(visit)), isLast ? undefined : sleep(1_000)]);
    results.push(...groupResults);
  }
  return results;
}
