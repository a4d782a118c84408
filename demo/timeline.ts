/**
 * From what was seen (the keys of each user, day by day, and the messages that came) to a list of events. Pure.
 */

export type KeyEvent = 'existing' | 'created' | 'deactivated' | 'deleted';

/** A key as IAM listed it. */
export interface SeenKey {
  readonly keyId: string;
  readonly active: boolean;
}

/** What IAM listed for a user at the end of a day; day -1 is before the deployment. */
export interface Sample {
  readonly day: number;
  readonly user: string;
  readonly keys: readonly SeenKey[];
}

/** An announcement of the rotation. */
export interface Announcement {
  readonly day: number;
  readonly user: string;
  readonly event: string;
  readonly keyId?: string;
  readonly subject: string;
}

export interface TimelineRow {
  readonly day: number;
  readonly user: string;
  readonly keyId: string;
  readonly event: KeyEvent;
  /** Subject of the message that announced it. */
  readonly message?: string;
}

export function timeline(samples: readonly Sample[], announcements: readonly Announcement[]): TimelineRow[] {
  const seen = new Map<string, readonly SeenKey[]>();
  const rows: TimelineRow[] = [];
  for (const { day, user, keys } of samples) {
    for (const { keyId, event } of changes(seen.get(user) ?? [], keys, day)) {
      const announcement = announcements.find(
        (other) => other.user === user && other.event === event && other.keyId === keyId && other.day === day,
      );
      rows.push({ day: Math.max(day, 0), user, keyId, event, message: announcement?.subject });
    }
    seen.set(user, keys);
  }
  return rows;
}

function changes(
  before: readonly SeenKey[],
  after: readonly SeenKey[],
  day: number,
): { keyId: string; event: KeyEvent }[] {
  const known = (key: SeenKey) => before.find((other) => other.keyId === key.keyId);
  return [
    ...before
      .filter((key) => !after.some((other) => other.keyId === key.keyId))
      .map(({ keyId }) => ({ keyId, event: 'deleted' as const })),
    ...after
      .filter((key) => !key.active && known(key)?.active !== false)
      .map(({ keyId }) => ({ keyId, event: 'deactivated' as const })),
    ...after
      .filter((key) => !known(key))
      .map(({ keyId }) => ({ keyId, event: day < 0 ? ('existing' as const) : ('created' as const) })),
  ];
}

/** The life of a key. */
export interface KeyBar {
  readonly user: string;
  readonly keyId: string;
  /** First day; undefined for a key that is older than the deployment. */
  readonly from?: number;
  readonly inactiveFrom?: number;
  readonly to?: number;
}

export function keyBars(rows: readonly TimelineRow[]): KeyBar[] {
  const of = (row: TimelineRow, event: KeyEvent) =>
    rows.find((other) => other.keyId === row.keyId && other.event === event)?.day;
  return rows
    .filter((row) => row.event === 'created' || row.event === 'existing')
    .map((row) => ({
      user: row.user,
      keyId: row.keyId,
      from: of(row, 'created'),
      inactiveFrom: of(row, 'deactivated'),
      to: of(row, 'deleted'),
    }));
}
