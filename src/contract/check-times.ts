/** When the scheduled checks of a user run. The constructs write it as cron expressions; the Lambda announces dates. */
import { Action, ACTIONS } from './events';

/** In minutes, so that the settings of a user are short. */
export interface CheckTimes {
  /** The first `create` check of a day, in minutes after midnight UTC. */
  readonly first: number;
  /** Between two checks of the same action. It divides the day evenly, or is a whole number of days. */
  readonly interval: number;
}

export const MINUTE = 60_000;

export const MINUTES_PER_DAY = 24 * 60;

/**
 * Between the three checks of a user, which follow each other in the order of the actions. At the end of the switch
 * period, the deactivate check is then later in the day than the create check that created the key, so the step is not
 * delayed to the next day.
 */
export function minutesBetweenActions(interval: number): number {
  return Math.floor(Math.min(interval, MINUTES_PER_DAY) / ACTIONS.length);
}

export function cronOf(times: CheckTimes, action: Action): string {
  const { interval } = times;
  const first = firstOfDay(times, action);
  const hour = Math.floor(first / 60);
  const hours = interval < MINUTES_PER_DAY ? `${hour}/${interval / 60}` : `${hour}`;
  // Cron steps of days restart on the first of each month: the last interval of a month can be shorter, never longer.
  const days = interval > MINUTES_PER_DAY ? `1/${interval / MINUTES_PER_DAY}` : '*';
  return `cron(${first % 60} ${hours} ${days} * ? *)`;
}

/** The first check of an action at a time or later, in milliseconds since 1970. */
export function nextCheck(times: CheckTimes, action: Action, from: number): number {
  const { interval } = times;
  const day = MINUTES_PER_DAY * MINUTE;
  const first = firstOfDay(times, action) * MINUTE;
  const step = Math.min(interval, MINUTES_PER_DAY) * MINUTE;
  let at = first + Math.ceil((from - first) / step) * step;
  const days = interval / MINUTES_PER_DAY;
  while (days > 1 && (new Date(at).getUTCDate() - 1) % days !== 0) at += day;
  return at;
}

function firstOfDay({ first, interval }: CheckTimes, action: Action): number {
  return first + minutesBetweenActions(interval) * ACTIONS.indexOf(action);
}

/** Such as "12 hours" or "7 days". */
export function formatInterval(minutes: number): string {
  const [count, unit] = minutes < MINUTES_PER_DAY ? [minutes / 60, 'hour'] : [minutes / MINUTES_PER_DAY, 'day'];
  return count === 1 ? unit : `${count} ${unit}s`;
}
