/** Time in days and milliseconds, in words too. */
import { DAY } from '../../contract/ages';

export function addMs(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

export function latest(...times: (Date | undefined)[]): Date {
  return new Date(Math.max(...times.map((at) => at?.getTime() ?? 0)));
}

/**
 * A key is created some seconds after its check fired, so at the check exactly 90 days later it is some seconds short
 * of 90 days: a plain comparison would lose a day in every cycle. The one tolerance, the same for all three ages.
 */
export const TOLERANCE = 3_600_000;

/** Steps are due an hour early, so that no cycle begins a day later than the one before: see ages.ts. */
export function isDue(dueAt: Date, now: Date): boolean {
  return now.getTime() >= dueAt.getTime() - TOLERANCE;
}

/** Days of UTC, as all times in messages. */
export function formatDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

export function addDays(from: Date, days: number): Date {
  return addMs(from, days * DAY);
}

export function formatTime(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
