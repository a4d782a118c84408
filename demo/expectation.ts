/**
 * What the demo has to show: the promise, written down independently of the code that keeps it. Pure.
 */
import { picture } from './pictures/picture';
import { keyBars, type KeyEvent, type TimelineRow } from './timeline';

/** Ages in days at which a key is replaced, and its predecessor is deactivated and deleted. */
export interface ExpectedAgesOfUser {
  readonly create: number;
  readonly deactivate: number;
  readonly delete: number;
  /** The user had a key before the deployment, which retires as if it had just been replaced. */
  readonly adopted?: boolean;
}

export type ExpectedAges = Readonly<Record<string, ExpectedAgesOfUser>>;

/** The users of examples/typescript, and what its author was promised for each. */
export const EXPECTED_AGES: ExpectedAges = {
  'ci-deployer': { create: 90, deactivate: 104, delete: 118 },
  'legacy-erp': { create: 30, deactivate: 44, delete: 58 },
  'partner-x': { create: 90, deactivate: 104, delete: 118, adopted: true },
};
export const DAYS = 400;

/** What is amiss: a line for each event that is missing, unexpected, or was not announced. Empty if all is well. */
export function differences(rows: readonly TimelineRow[], promises: ExpectedAges, lastDay: number): string[] {
  const expected = Object.entries(promises).flatMap(([user, ages]) =>
    promisedEvents(ages, lastDay).map(({ day, event }) => line(day, user, event)),
  );
  const actual = rows.map(({ day, user, event }) => line(day, user, event));
  const unannounced = rows
    .filter((row) => row.event !== 'existing' && row.day > 0 && !row.message)
    .map(({ day, user, event }) => `no message: ${line(day, user, event)}`);
  return [
    ...without(expected, actual).map((event) => `missing: ${event}`),
    ...without(actual, expected).map((event) => `unexpected: ${event}`),
    ...unannounced,
  ];
}

/** The picture that the demo has to draw, where everything happens on the promised days. */
export function timelineDrawn(): string {
  const users = Object.keys(EXPECTED_AGES);
  return picture(users, keyBars(users.flatMap((user) => promisedRows(user, DAYS))), DAYS);
}

/** The oldest key goes first. */
function promisedRows(user: string, days: number): TimelineRow[] {
  const events = promisedEvents(EXPECTED_AGES[user], days);
  const isMade = (event: KeyEvent) => event === 'created' || event === 'existing';
  return events.map(({ day, event }, index) => {
    const before = events
      .slice(0, index)
      .filter((other) => other.event === event || (isMade(event) && isMade(other.event)));
    return { day, user, event, keyId: `${user} ${before.length + 1}` };
  });
}

function promisedEvents(
  { create, deactivate, delete: gone, adopted }: ExpectedAgesOfUser,
  lastDay: number,
): { day: number; event: KeyEvent }[] {
  const events: { day: number; event: KeyEvent }[] = adopted ? [{ day: 0, event: 'existing' }] : [];
  for (let created = 0; created <= lastDay; created += create) {
    events.push({ day: created, event: 'created' });
    if (created > 0 || adopted) {
      // each key but a user's very first has a predecessor
      events.push(
        { day: created + deactivate - create, event: 'deactivated' },
        { day: created + gone - create, event: 'deleted' },
      );
    }
  }
  return events.filter(({ day }) => day <= lastDay);
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
