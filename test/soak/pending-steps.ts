/** What is due for a user, so that a rotation which silently stopped is found. Pure. */
import { DAY, HOUR, type KeyHistory } from './key-history';

export interface PendingStep {
  readonly what: string;
  readonly dueAt: Date;
}

/** On top of the interval of the checks: what a disturbed check left may keep the next one waiting for six hours. */
const MAX_DELAY = DAY;

/** A key of a run that died is left alone for six hours, in case that somebody uses it. */
const ORPHAN_OBSERVATION = 6 * HOUR;

/** Spelled here as well: a rule that is checked by itself is not checked. */
const INACTIVE_LABEL = /^akr1\.inactive\.(\w+)\./;
const UNNOTIFIED_LABEL = /^akr1\.claim\.|\.unnotified$/;
const TIME = /(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)/;

/**
 * @param labels - the staging labels of the user's secret
 * @param since - the day of the last deploy: the schedule was another one before
 */
export function pendingSteps(history: KeyHistory, labels: readonly string[], since: Date): PendingStep[] {
  const { current, keys, ages, roomSince } = history;
  const currentKey = keys.get(current?.keyId ?? '');
  const duty = (what: string, from: Date, days: number): PendingStep => ({
    what,
    dueAt: new Date(Math.max(from.getTime() + days * DAY, since.getTime())),
  });
  if (!currentKey) {
    return [duty('a working key', since, 0)];
  }
  const found: PendingStep[] = [];
  if (keys.size < 2) {
    const { dueAt } = duty('', currentKey.createdAt, ages.create);
    found.push(duty(`a successor of ${currentKey.keyId}`, new Date(Math.max(dueAt.getTime(), roomSince.getTime())), 0));
  }
  for (const key of [...keys.values()].filter((other) => other !== currentKey)) {
    const stamps = labels.filter((label) => INACTIVE_LABEL.exec(label)?.[1] === key.keyId);
    if (!key.published && !key.adopted) {
      found.push(
        duty(
          `the deletion of ${key.keyId}, which a failed run left behind or somebody made`,
          key.createdAt,
          ORPHAN_OBSERVATION / DAY,
        ),
      );
    } else if (key.active) {
      found.push(duty(`the deactivation of ${key.keyId}`, current!.since, ages.deactivate - ages.create));
    } else if (stamps.length === 0) {
      found.push(duty(`a record of the deactivation of ${key.keyId}`, key.since, 0));
    } else {
      found.push(duty(`the deletion of ${key.keyId}`, timeOf(stamps[0]), ages.delete - ages.deactivate));
    }
  }
  return [...found, ...owed(labels)];
}

/** What a run left on record to be finished. */
function owed(labels: readonly string[]): PendingStep[] {
  return labels
    .filter((label) => UNNOTIFIED_LABEL.test(label))
    .map((label) => ({ what: `an end of what ${label} stands for`, dueAt: timeOf(label) }));
}

function timeOf(label: string): Date {
  const [, year, month, hour, minute, second] = TIME.exec(label)!;
  return new Date(`${year}-${month}-${hour}:${minute}:${second}`);
}

/**
 * Those that should have been seen to: an interval of the checks and a day passed since they were due, in which nothing
 * went wrong.
 */
export function late(all: readonly PendingStep[], calmSince: Date, now: Date, checkEveryDays: number): PendingStep[] {
  return all.filter(
    ({ dueAt }) => now.getTime() - Math.max(dueAt.getTime(), calmSince.getTime()) >= checkEveryDays * DAY + MAX_DELAY,
  );
}
