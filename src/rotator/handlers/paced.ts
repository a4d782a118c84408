/** Looks at many users, within what IAM can be asked by an account and in the time that there is. */
import { Clock } from '../aws/clock';

/** So many at once, and no more a second: IAM throttles an account at figures that AWS does not publish. */
const USERS_PER_SECOND = 5;

/** For what comes after: to look for lost recipients, say, and to send a message. */
const TIME_RESERVE = 45_000;

/** @returns what was seen, in the same order; fewer where the time was over before the last ones */
export async function forEachPaced<T>(
  usernames: readonly string[],
  visit: (username: string) => Promise<T>,
  { sleep, remainingTime }: Clock,
): Promise<T[]> {
  const seen: T[] = [];
  while (seen.length < usernames.length && remainingTime() >= TIME_RESERVE) {
    const group = usernames.slice(seen.length, seen.length + USERS_PER_SECOND);
    const isLast = seen.length + group.length === usernames.length;
    const [found] = await Promise.all([Promise.all(group.map(visit)), isLast ? undefined : sleep(1_000)]);
    seen.push(...found);
  }
  return seen;
}
