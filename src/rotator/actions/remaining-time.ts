import { Failure } from '../domain/failure';

/**
 * A minute for a key to work, and as much for ten calls, each of which the SDK may have to repeat. A run that Lambda ends
 * half-way is cleaned up after by a later check, but there is no need to begin it.
 */
export const TIME_NEEDED = 120_000;

export function requireTime(username: string, what: string, remainingTime: () => number): void {
  if (remainingTime() >= TIME_NEEDED) return;
  throw new Failure(`${username}: ${remainingTime() / 1000} s are too few to ${what}, nothing was begun; the next check does it`, 'OutOfTime');
}
