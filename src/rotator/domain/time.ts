/** Arithmetic and formats of times. */
import { DAY, TOLERANCE } from '../../contract/ages';

export { TOLERANCE };

/** By how many milliseconds the clocks of IAM's servers can differ. */
export const CLOCK_SKEW = 60_000;

export function addMs(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

export function latest(...times: (Date | undefined)[]): Date {
  return new Date(Math.max(...times.map((at) => at?.getTime() ?? 0)));
}

/** A reminder is due from {@link TOLERANCE} before its time on. For steps, see actsFrom() in announced.ts. */
export function isDue(dueAt: Date, now: Date): boolean {
  return now.getTime() >= dueAt.getTime() - TOLERANCE;
}

/** In UTC, as all times in messages. */
export function formatDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

export function addDays(from: Date, days: number): Date {
  return addMs(from, days * DAY);
}

/** Whole days, rounded down. */
export function daysBetween(from: Date, to: Date): number {
  return Math.floor((to.getTime() - from.getTime()) / DAY);
}

export function formatTime(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
