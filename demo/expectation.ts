/**
 * What the demo has to show: the promise, written down independently of the code that keeps it. Pure.
 */
import type { KeyEvent, TimelineRow } from './timeline';

/** Ages in days at which a key is replaced, and its predecessor is deactivated and deleted. */
export interface PromisedAges {
  readonly create: number;
  readonly deactivate: number;
  readonly delete: number;
  /** The user had a key before the deployment, which retires as if it had just been replaced. */
  readonly adopted?: boolean;
}

export type Promises = Readonly<Record<string, PromisedAges>>;

/** What is amiss: a line for each event that is missing, unexpected, or was not announced. Empty if all is well. */
export function differences(rows: readonly TimelineRow[], promises: Promises, lastDay: number): string[] {
  const expected = Object.entries(promises).flatMap(([user, ages]) => promisedEvents(user, ages, lastDay));
  const actual = rows.map(({ day, user, event }) => line(day, user, event));
  const unannounced = rows.filter((row) => row.event !== 'existing' && row.day > 0 && !row.message)
    .map(({ day, user, event }) => `no message: ${line(day, user, event)}`);
  return [
    ...without(expected, actual).map((event) => `missing: ${event}`),
    ...without(actual, expected).map((event) => `unexpected: ${event}`),
    ...unannounced,
  ];
}

function promisedEvents(user: string, { create, deactivate, delete: gone, adopted }: PromisedAges, lastDay: number): string[] {
  const events: { day: number; event: KeyEvent }[] = adopted ? [{ day: 0, event: 'existing' }] : [];
  for (let created = 0; created <= lastDay; created += create) {
    events.push({ day: created, event: 'created' });
    if (created > 0 || adopted) { // each key but a user's very first has a predecessor
      events.push({ day: created + deactivate - create, event: 'deactivated' }, { day: created + gone - create, event: 'deleted' });
    }
  }
  return events.filter(({ day }) => day <= lastDay).map(({ day, event }) => line(day, user, event));
}

function line(day: number, user: string, event: KeyEvent): string {
  return `day ${day}: ${user} ${event}`;
}

function without(list: string[], others: string[]): string[] {
  const left = [...others];
  return list.filter((entry) => {
    const index = left.indexOf(entry);
    if (index >= 0) {
      left.splice(index, 1);
    }
    return index < 0;
  });
}
