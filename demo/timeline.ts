/** Derives the events from the keys of each user, sampled day by day, and from the notifications. */
import type { Announcement } from './steps';

export type KeyEvent = 'existing' | 'created' | 'deactivated' | 'deleted';

/** A key as IAM lists it. */
export interface SampledKey {
  readonly keyId: string;
  readonly active: boolean;
}

/** The keys of a user at the end of a day; day -1 is before the deployment. */
export interface Sample {
  readonly day: number;
  readonly user: string;
  readonly keys: readonly SampledKey[];
}

/** A notification of the rotation. */
export interface ObservedNotification {
  readonly day: number;
  readonly user: string;
  readonly event: string;
  readonly keyId?: string;
  readonly subject: string;
  /** The dates in it. */
  readonly announcements: readonly Announcement[];
}

/** The calls of a process that uses the key of a user. */
export interface Calls {
  readonly made: number;
  readonly failed: number;
}

export interface TimelineRow {
  readonly day: number;
  readonly user: string;
  readonly keyId: string;
  readonly event: KeyEvent;
  /** Subject of the notification about it. */
  readonly subject?: string;
}

export function timeline(samples: readonly Sample[], notifications: readonly ObservedNotification[]): TimelineRow[] {
  const lastSamples = new Map<string, readonly SampledKey[]>();
  const rows: TimelineRow[] = [];
  for (const { day, user, keys } of samples) {
    for (const { keyId, event } of changes(lastSamples.get(user) ?? [], keys, day)) {
      const notification = notifications.find(
        (other) => other.user === user && other.event === event && other.keyId === keyId && other.day === day,
      );
      rows.push({ day: Math.max(day, 0), user, keyId, event, subject: notification?.subject });
    }
    lastSamples.set(user, keys);
  }
  return rows;
}

function changes(
  before: readonly SampledKey[],
  after: readonly SampledKey[],
  day: number,
): { keyId: string; event: KeyEvent }[] {
  const previous = (key: SampledKey) => before.find((other) => other.keyId === key.keyId);
  return [
    ...before
      .filter((key) => !after.some((other) => other.keyId === key.keyId))
      .map(({ keyId }) => ({ keyId, event: 'deleted' as const })),
    ...after
      .filter((key) => !key.active && previous(key)?.active !== false)
      .map(({ keyId }) => ({ keyId, event: 'deactivated' as const })),
    ...after
      .filter((key) => !previous(key))
      .map(({ keyId }) => ({ keyId, event: day < 0 ? ('existing' as const) : ('created' as const) })),
  ];
}

/** The days on which the state of a key changed. */
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
