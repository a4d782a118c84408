/** The steps of the rotation with their times, compared with the change window and with the dates that it announced. */
import { isOpen, type DemoWindow } from './window';

export type StepEvent = 'created' | 'deactivated' | 'deleted';

/** A change of a key by the rotation. */
export interface Step {
  /** Since the deployment. */
  readonly day: number;
  readonly at: Date;
  readonly user: string;
  readonly keyId: string;
  readonly event: StepEvent;
}

/** A date in a notification or in a status. */
export interface Announcement {
  /** On which it was announced; -1 is before the first check. */
  readonly day: number;
  readonly user: string;
  readonly event: StepEvent;
  /** The key that is deactivated, deleted, or replaced by the one that is created. */
  readonly keyId: string;
  readonly at: Date;
}

/** A line for each step at a closed time, without an announced date, or on another date. Empty if all are right. */
export function stepProblems(
  steps: readonly Step[],
  announcements: readonly Announcement[],
  window: DemoWindow,
): string[] {
  return steps.flatMap((step) => {
    const dates = announcedDates(step, announcements);
    const name = `${step.at.toISOString()}: ${step.user} ${step.event}`;
    return [
      ...(isOpen(window, step.at) ? [] : [`closed window: ${name}`]),
      ...(dates.length > 0 ? [] : [`no date announced: ${name}`]),
      ...dates.filter((date) => date !== dateOf(step.at)).map((date) => `announced for ${date}: ${name}`),
    ];
  });
}

export function windowLine({ text }: DemoWindow, steps: readonly Step[]): string {
  return `window: ${text}; ${steps.length} steps, all within it and on their announced dates`;
}

/** All that was announced for the key before the day of the step. A new key replaces the last one of its user. */
function announcedDates({ day, user, keyId, event }: Step, announcements: readonly Announcement[]): string[] {
  const before = announcements.filter((other) => other.user === user && other.event === event && other.day < day);
  const subject = event === 'created' ? before.at(-1)?.keyId : keyId;
  return [...new Set(before.filter((other) => other.keyId === subject).map(({ at }) => dateOf(at)))];
}

function dateOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
