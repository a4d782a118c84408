/**
 * The app of examples/typescript with another trigger, and with a change window. Arguments: the name of the trigger and
 * of the window, as in options.ts.
 */
import { App, Duration } from 'aws-cdk-lib';
import { EXPECTED_AGES_IN_WINDOW } from './expectation';
import { WINDOWS } from './window';
import { AccessKeysStack } from '../examples/typescript/lib/access-keys-stack';
import type { Trigger } from '../test/local-aws/triggers';
import { ChangeWindow, RotationSchedule, RotationTrigger, WeekDay } from 'cdk-access-key-rotation';

/** In the order of the numbers in window.ts. */
const WEEK_DAYS = Object.values(WeekDay);

const [trigger, windowName] = process.argv.slice(2) as [Trigger, string?];

new AccessKeysStack(new App(), 'AccessKeys', {
  trigger: RotationTrigger[trigger](),
  ...(windowName && inWindow(windowName)),
});

function inWindow(name: string) {
  const { weekDays, startHour, endHour } = WINDOWS[name];
  return {
    changeWindow: ChangeWindow.of({ weekDays: weekDays.map((day) => WEEK_DAYS[day]), startHour, endHour }),
    erpSchedule: RotationSchedule.of({ create: Duration.days(EXPECTED_AGES_IN_WINDOW['legacy-erp'].create) }),
  };
}
