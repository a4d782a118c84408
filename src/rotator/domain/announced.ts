/**
 * The dates that people read, in notifications, answers and statuses: those of the checks that will take the steps.
 * With fixed rates, the times of the checks are unknown, and a date means "not before".
 */
import { addDays, latest, TOLERANCE } from './time';
import { RotationRequest } from './user-state';
import { HOUR, recoveryPeriodDays, switchPeriodDays } from '../../contract/ages';
import { MINUTE, nextCheck } from '../../contract/check-times';
import { Action } from '../../contract/events';
import { RUN_MINUTES, UserSettings } from '../../contract/settings';

/**
 * From when on a check takes a step. The recorded start of a period is before the publication or deactivation itself,
 * by up to the duration of a run.
 *
 * A key is created and replaced by checks of the same local time. In spring, that comes an hour earlier, which would
 * use up the tolerance: the seconds of a delivery would decide whether the step is taken a day later than announced.
 */
export function actsFrom(action: Action, dueAt: Date, { checkTimes }: Pick<UserSettings, 'checkTimes'>): Date {
  if (action !== 'create') return new Date(dueAt.getTime() - TOLERANCE + RUN_MINUTES * MINUTE);
  return new Date(dueAt.getTime() - TOLERANCE - (checkTimes?.window?.timeZone === undefined ? 0 : HOUR));
}

/**
 * The time of the check that takes a step that is due at some time.
 *
 * @param now - leaves out earlier checks, which did not take the step
 */
export function announced(action: Action, dueAt: Date, user: Pick<UserSettings, 'checkTimes'>, now?: Date): Date {
  return user.checkTimes
    ? nextCheckAfter(action, latest(actsFrom(action, dueAt, user), now), user)
    : latest(dueAt, now);
}

/** The next check of an action at a time or later: for a new key, once the slot of the old one is free. */
export function nextCheckAfter(action: Action, at: Date, { checkTimes }: Pick<UserSettings, 'checkTimes'>): Date {
  return checkTimes ? new Date(nextCheck(checkTimes, action, at.getTime())) : at;
}

/** When a step is late from: its time, or with a change window, that of the first check at which it is open. */
export function firstOpen(action: Action, dueAt: Date, user: Pick<UserSettings, 'checkTimes'>): Date {
  return user.checkTimes?.window ? announced(action, dueAt, user) : dueAt;
}

/** When the same event can take the step: a scheduled check at the time of the next one, a manual event at any time. */
export function untilOf(
  action: Action,
  dueAt: Date,
  request: Pick<RotationRequest, 'ifDue' | 'checkTimes'>,
  now?: Date,
): Date {
  return request.ifDue ? announced(action, dueAt, request, now) : dueAt;
}

/** When a key that is replaced at this time is deactivated, and when it is deleted. */
export function announcedRetirement(
  replacedAt: Date,
  user: Pick<UserSettings, 'ages' | 'checkTimes'>,
): [deactivatedAt: Date, deletedAt: Date] {
  const deactivatedAt = announced('deactivate', addDays(replacedAt, switchPeriodDays(user.ages)), user);
  return [deactivatedAt, announcedDeletion(deactivatedAt, user)];
}

export function announcedDeletion(inactiveSince: Date, user: Pick<UserSettings, 'ages' | 'checkTimes'>): Date {
  return announced('delete', addDays(inactiveSince, recoveryPeriodDays(user.ages)), user);
}
