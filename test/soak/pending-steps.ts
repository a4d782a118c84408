/** The steps that are due for a user, to find a rotation that stopped without an error. */
import { DAY, HOUR, type KeyHistory } from './key-history';

export interface PendingStep {
  readonly what: string;
  readonly dueAt: Date;
}

/** In addition to the check interval: after a failed run the next check may have to wait for six hours. */
const MAX_DELAY = DAY;

/** An orphaned key is observed for six hours, in case it is in use. */
const ORPHAN_OBSERVATION = 6 * HOUR;

/** Repeated here, so that the test is independent of the code of the rotation. */
const INACTIVE_LABEL = /^akr1\.inactive\.(\w+)\./;
const UNNOTIFIED_LABEL = /^akr1\.claim\.|\.unnotified$/;
const TIME = /(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)/;

/**
 * @param labels - the staging labels of the user's secret
 * @param since - the day of the last deploy, which may have changed the schedule
 */
export function pendingSteps(history: KeyHistory, labels: readonly string[], since: Date): PendingStep[] {
  const { current, keys, ages, slotFreeSince } = history;
  const currentKey = keys.get(current?.keyId ?? '');
  const stepOf = (what: string, from: Date, days: number): PendingStep => ({
    what,
    dueAt: new Date(Math.max(from.getTime() + days * DAY, since.getTime())),
  });
  if (!currentKey) {
    return [stepOf('a working key', since, 0)];
  }
  const found: PendingStep[] = [];
  if (keys.size < 2) {
    const { dueAt } = stepOf('', currentKey.createdAt, ages.create);
    found.push(
      stepOf(`the key after ${currentKey.keyId}`, new Date(Math.max(dueAt.getTime(), slotFreeSince.getTime())), 0),
    );
  }
  for (const key of [...keys.values()].filter((other) => other !== currentKey)) {
    const stamps = labels.filter((label) => INACTIVE_LABEL.exec(label)?.[1] === key.keyId);
    if (!key.published && !key.adopted) {
      found.push(
        stepOf(
          `the deletion of ${key.keyId}, which a failed run left behind or another principal created`,
          key.createdAt,
          ORPHAN_OBSERVATION / DAY,
        ),
      );
    } else if (key.active) {
      found.push(stepOf(`the deactivation of ${key.keyId}`, current!.since, ages.deactivate - ages.create));
    } else if (stamps.length === 0) {
      found.push(stepOf(`a record of the deactivation of ${key.keyId}`, key.since, 0));
    } else {
      found.push(stepOf(`the deletion of ${key.keyId}`, timeOf(stamps[0]), ages.delete - ages.deactivate));
    }
  }
  return [...found, ...unfinished(labels)];
}

/** The records of runs that a later check must finish. */
function unfinished(labels: readonly string[]): PendingStep[] {
  return labels
    .filter((label) => UNNOTIFIED_LABEL.test(label))
    .map((label) => ({ what: `the removal of the label ${label}`, dueAt: timeOf(label) }));
}

function timeOf(label: string): Date {
  const [, year, month, hour, minute, second] = TIME.exec(label)!;
  return new Date(`${year}-${month}-${hour}:${minute}:${second}`);
}

/** The overdue steps: since they were due, a check interval and a day have passed without faults. */
export function overdueSteps(
  all: readonly PendingStep[],
  undisturbedSince: Date,
  now: Date,
  checkEveryDays: number,
): PendingStep[] {
  return all.filter(
    ({ dueAt }) =>
      now.getTime() - Math.max(dueAt.getTime(), undisturbedSince.getTime()) >= checkEveryDays * DAY + MAX_DELAY,
  );
}
