/** The alarms of a synthesized rotation, and the times at which they are in ALARM. */
import { AlarmDefinition, EvaluationOptions, statesOf, Store } from './alarm-evaluation';
import { Datapoint } from './embedded-metrics';
import { plain } from '../template/intrinsics';
import { Synthesized } from '../template/support';

/** The section of the runbook for each alarm. */
export const SECTIONS = {
  overdueKeys: 'overdue-keys',
  overLimit: 'over-limit',
  checksMissing: 'checks-missing',
  uncheckedUsers: 'unchecked-users',
  failedChecks: 'failed-checks',
  deadLetters: 'dead-letters',
  keyCleanupFailed: 'key-cleanup-failed',
  throttled: 'throttled',
  notificationFailures: 'notification-failures',
} as const;
export type Name = keyof typeof SECTIONS;
export const NAMES = Object.keys(SECTIONS) as Name[];

/** A first of a month: intervals of several days count from there. */
export const START = Date.UTC(2026, 0, 1);

export function namesOf(built: Synthesized): Name[] {
  return NAMES.filter((name) => built.rotation.alarms![name]);
}

export function definition(built: Synthesized, name: Name): AlarmDefinition & { readonly AlarmDescription: string } {
  const [{ Properties }] = Object.values(built.below(built.rotation.alarms![name]!));
  return plain(Properties);
}

/** The times of the evaluations at which an alarm is in ALARM. */
export function inAlarm(
  built: Synthesized,
  name: Name,
  datapoints: readonly Datapoint[] | Store,
  options: EvaluationOptions,
): number[] {
  return statesOf(definition(built, name), datapoints, options)
    .filter(({ state }) => state === 'ALARM')
    .map(({ at }) => at);
}
