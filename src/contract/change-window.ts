/** When the checks of a user may change keys. A check outside of it changes nothing. */
import { DAY, HOUR } from './ages';
import { cached } from './cached';
import { toLocal } from './time-zone';

/** In whole days of the time zone of the window. */
export interface Freeze {
  /** The first day, such as "2026-12-18". */
  readonly start: string;
  /** The last day. */
  readonly end: string;
  readonly reason: string;
}

/** As short as possible, because each user has one. */
export interface WindowSettings {
  /** 0 is Sunday. Default: every day. */
  readonly weekDays?: readonly number[];
  /** From the first hour on, until the second one. Default: the whole day. */
  readonly hours?: readonly [start: number, end: number];
  /** Of the IANA database. Default: UTC. */
  readonly timeZone?: string;
  readonly freezes?: readonly Freeze[];
}

/** 1970-01-01 was a Thursday. */
const EPOCH_WEEK_DAY = 4;

/** The number of a day, such as "2026-12-18", since 1970-01-01; NaN if there is no such day. */
export function dayOf(date: string): number {
  return cached(days, date, () => {
    const at = Date.parse(`${date}T00:00:00Z`);
    return new Date(at || 0).toISOString().slice(0, 10) === date ? at / DAY : NaN;
  });
}

const days = new Map<string, number>();

/** @param day - since 1970-01-01 in the time zone of the window */
export function isOpenDay(window: WindowSettings, day: number): boolean {
  const isWeekDay = window.weekDays?.includes((day + EPOCH_WEEK_DAY) % 7) ?? true;
  return isWeekDay && freezeOn(window, day) === undefined;
}

function freezeOn({ freezes = [] }: WindowSettings, day: number): Freeze | undefined {
  return freezes.find(({ start, end }) => dayOf(start) <= day && day <= dayOf(end));
}

/** Why the window is closed at a time; undefined if it is open. */
export function closedReason(window: WindowSettings, at: number): string | undefined {
  const local = toLocal(at, window.timeZone);
  const day = Math.floor(local / DAY);
  const freeze = freezeOn(window, day);
  if (freeze) return `changes are frozen from ${describeFreeze(freeze)}`;
  const [start, end] = hoursOf(window);
  const hour = (local - day * DAY) / HOUR;
  return isOpenDay(window, day) && start <= hour && hour < end ? undefined : 'the change window is closed';
}

export function hoursOf({ hours = [0, 24] }: WindowSettings): readonly [start: number, end: number] {
  return hours;
}

/** Such as "2026-12-18 to 2027-01-04 (end of the year)". */
export function describeFreeze({ start, end, reason }: Freeze): string {
  return `${start} to ${end} (${reason})`;
}

/** The freezes whose last day is past. They can be removed from the settings. */
export function pastFreezes(window: WindowSettings, at: number): Freeze[] {
  const today = Math.floor(toLocal(at, window.timeZone) / DAY);
  return (window.freezes ?? []).filter(({ end }) => dayOf(end) < today);
}

/** Any week. All freezes count, also those that are over: synth has no clock. */
const SOME_WEEK = Date.UTC(2025, 0, 1) / DAY;

/**
 * The days, as numbers since 1970, on which a period can start that a window makes longer than other starts do: a week,
 * and all days from which a period of this length reaches a freeze.
 */
export function startsOfPeriods(window: WindowSettings, lengthDays: number): number[] {
  const starts = new Set<number>();
  const addDays = (first: number, last: number) => {
    for (let day = first; day <= last; day++) starts.add(day);
  };
  addDays(SOME_WEEK, SOME_WEEK + 6);
  for (const { start, end } of window.freezes ?? []) addDays(dayOf(start) - lengthDays - 7, dayOf(end) + 7);
  return [...starts];
}
