/** Looks at many users, within what IAM can be asked by an account and in the time that there is. */

/** So many at once, and no more a second: IAM throttles an account at figures that AWS does not publish. */
const A_SECOND = 5;

/** For what comes after: to look for lost recipients, say, and to send a message. */
const RESERVE = 45_000;

export interface Pace {
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds until Lambda ends this run. */
  readonly remainingTime: () => number;
}

/** @returns what was seen, in the same order; fewer where the time was over before the last ones */
export async function survey<T>(usernames: readonly string[], look: (username: string) => Promise<T>, { sleep, remainingTime }: Pace): Promise<T[]> {
  const seen: T[] = [];
  while (seen.length < usernames.length && remainingTime() >= RESERVE) {
    const group = usernames.slice(seen.length, seen.length + A_SECOND);
    const isLast = seen.length + group.length === usernames.length;
    const [found] = await Promise.all([Promise.all(group.map(look)), isLast ? undefined : sleep(1_000)]);
    seen.push(...found);
  }
  return seen;
}
