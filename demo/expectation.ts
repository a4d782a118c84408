/** The events that the demo must show, written independently of the code of the rotation. */
import { picture } from './pictures/picture';
import { keyBars, type KeyEvent, type TimelineRow } from './timeline';
import { nextOpenDay, type DemoWindow } from './window';

/** Ages in days at which a key is replaced, and its predecessor is deactivated and deleted. */
export interface ExpectedAgesOfUser {
  readonly create: number;
  readonly deactivate: number;
  readonly delete: number;
  /** The user had a key before the deployment. That key is retired from the deployment on. */
  readonly adopted?: boolean;
}

export type ExpectedAges = Readonly<Record<string, ExpectedAgesOfUser>>;

/** The users of examples/typescript, with the ages of their schedules. */
export const EXPECTED_AGES: ExpectedAges = {
  'ci-deployer': { create: 90, deactivate: 104, delete: 118 },
  'legacy-erp': { create: 30, deactivate: 44, delete: 58 },
  'partner-x': { create: 90, deactivate: 104, delete: 118, adopted: true },
};
/** With a change window: two keys every 30 days leave no room for a weekend. */
export const EXPECTED_AGES_IN_WINDOW: ExpectedAges = {
  ...EXPECTED_AGES,
  'legacy-erp': { create: 31, deactivate: 45, delete: 59 },
};
export const DEPLOYMENT = new Date('2026-01-01T00:00:00Z');
export const DAYS = 400;
/** The user whose key a process with an AWS SDK uses, one call a day. It takes each new key by clients/. */
export const CONSUMER_OF = 'ci-deployer';

/** A line for each event that is missing, unexpected or without a notification. Empty if there is no difference. */
export function differences(
  rows: readonly TimelineRow[],
  expectations: ExpectedAges,
  lastDay: number,
  window?: DemoWindow,
): string[] {
  const expected = Object.entries(expectations).flatMap(([user, ages]) =>
    expectedEvents(ages, lastDay, window).map(({ day, event }) => line(day, user, event)),
  );
  const actual = rows.map(({ day, user, event }) => line(day, user, event));
  const withoutNotification = rows
    .filter((row) => row.event !== 'existing' && row.day > 0 && !row.subject)
    .map(({ day, user, event }) => `no notification: ${line(day, user, event)}`);
  return [
    ...without(expected, actual).map((event) => `missing: ${event}`),
    ...without(actual, expected).map((event) => `unexpected: ${event}`),
    ...withoutNotification,
  ];
}

/** The picture that the demo must draw: all events happen on the expected days. */
export function timelineDrawn(): string {
  const users = Object.keys(EXPECTED_AGES);
  const calls = { [CONSUMER_OF]: { made: DAYS + 1, failed: 0 } };
  return picture(users, keyBars(users.flatMap((user) => expectedRows(user, DAYS))), DAYS, calls);
}

/** The oldest key is deactivated and deleted first. */
function expectedRows(user: string, days: number): TimelineRow[] {
  const events = expectedEvents(EXPECTED_AGES[user], days);
  const isNew = (event: KeyEvent) => event === 'created' || event === 'existing';
  return events.map(({ day, event }, index) => {
    const before = events
      .slice(0, index)
      .filter((other) => other.event === event || (isNew(event) && isNew(other.event)));
    return { day, user, event, keyId: `${user} ${before.length + 1}` };
  });
}

/** With a window, each step after the deployment is on the first day from its age or period on at which it opens. */
export function expectedEvents(
  { create, deactivate, delete: deletedAt, adopted }: ExpectedAgesOfUser,
  lastDay: number,
  window?: DemoWindow,
): { day: number; event: KeyEvent }[] {
  const open = (day: number) => (window ? nextOpenDay(window, DEPLOYMENT, day) : day);
  const events: { day: number; event: KeyEvent }[] = adopted ? [{ day: 0, event: 'existing' }] : [];
  for (let created = 0; created <= lastDay; created = open(created + create)) {
    events.push({ day: created, event: 'created' });
    if (created > 0 || adopted) {
      // Each key except the first key of a user has a previous key.
      const deactivatedOn = open(created + deactivate - create);
      events.push(
        { day: deactivatedOn, event: 'deactivated' },
        { day: open(deactivatedOn + deletedAt - deactivate), event: 'deleted' },
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
