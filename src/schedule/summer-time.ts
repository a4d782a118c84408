import { DAY, HOUR } from '../contract/ages';
import { cached } from '../contract/cached';
import { hoursOf, WindowSettings } from '../contract/change-window';
import { fromLocal, toLocal } from '../contract/time-zone';

/** Synth has no clock, and governments change the rules of a zone rarely: ten years show them. */
const FROM = Date.UTC(2025, 0, 1) / DAY;
const TO = Date.UTC(2035, 0, 1) / DAY;

const known = new Map<string, boolean>();

/** Whether the change to summer time skips local times within the hours of a window, so that checks do not run. */
export function skipsChecks(window: WindowSettings): boolean {
  const { timeZone } = window;
  if (timeZone === undefined) return false;
  const [start, end] = hoursOf(window);
  const input = [timeZone, start, end].join();
  return cached(known, input, () => findSkipped(timeZone, start, end));
}

function findSkipped(timeZone: string, start: number, end: number): boolean {
  const offset = (day: number) => toLocal(day * DAY, timeZone) - day * DAY;
  for (let day = FROM, before = offset(FROM); day < TO; day++) {
    const after = offset(day + 1);
    if (after > before) {
      for (let local = (day - 1) * DAY; local < (day + 3) * DAY; local += HOUR / 4) {
        const hour = (local % DAY) / HOUR;
        if (start <= hour && hour < end && fromLocal(local, timeZone) === undefined) return true;
      }
    }
    before = after;
  }
  return false;
}
