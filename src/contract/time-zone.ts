/** Local times of a time zone, as milliseconds since 1970 of a clock without time zone. */
import { DAY } from './ages';
import { cached } from './cached';

const PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError if the runtime does not know the time zone */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const parts = Object.fromEntries(PARTS.map((part) => [part, 'numeric'])) as Intl.DateTimeFormatOptions;
  return cached(
    formats,
    timeZone,
    () => new Intl.DateTimeFormat('en-US', { ...parts, hourCycle: 'h23', calendar: 'gregory', timeZone }),
  );
}

/** The local time at a moment. Without a time zone, UTC. */
export function toLocal(at: number, timeZone?: string): number {
  if (timeZone === undefined) return at;
  const parts = formatOf(timeZone).formatToParts(at);
  const [year, month, day, hour, minute, second] = PARTS.map((type) =>
    Number(parts.find((part) => part.type === type)!.value),
  );
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1000) + 1000) % 1000);
}

/** The first moment at which clocks show a local time; undefined if the change to summer time skips it. */
export function fromLocal(local: number, timeZone?: string): number | undefined {
  // A day is more than the largest offset from UTC, 14 hours.
  const offsets = [local - DAY, local + DAY].map((at) => toLocal(at, timeZone) - at);
  const moments = offsets.map((offset) => local - offset).filter((at) => toLocal(at, timeZone) === local);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** Whether the runtime has the data of a time zone. */
export function isKnownTimeZone(timeZone: string): boolean {
  try {
    formatOf(timeZone);
    return true;
  } catch {
    return false;
  }
}
