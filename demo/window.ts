/** The change windows of `--window`, written independently of the code of the rotation. All times are in UTC. */
const DAY = 86_400_000;
const HOUR = 3_600_000;

export interface DemoWindow {
  /** For people. */
  readonly text: string;
  /** 0 is Sunday. */
  readonly weekDays: readonly number[];
  readonly startHour: number;
  readonly endHour: number;
}

export const WINDOWS: Readonly<Record<string, DemoWindow>> = {
  'working-days': {
    text: 'Monday to Friday, 09:00 to 17:00 UTC',
    weekDays: [1, 2, 3, 4, 5],
    startHour: 9,
    endHour: 17,
  },
};

export function isOpen({ weekDays, startHour, endHour }: DemoWindow, at: Date): boolean {
  const hour = (at.getTime() % DAY) / HOUR;
  return weekDays.includes(at.getUTCDay()) && startHour <= hour && hour < endHour;
}

/** The first day from one on, counted from a midnight, on which the window opens. */
export function nextOpenDay({ weekDays }: DemoWindow, midnight: Date, from: number): number {
  let day = from;
  while (!weekDays.includes(new Date(midnight.getTime() + day * DAY).getUTCDay())) day++;
  return day;
}
