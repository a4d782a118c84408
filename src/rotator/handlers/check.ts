/** Handles an event for one user, or a status of all users: returns the outcome, and logs its metrics. */
import { Invocation, requestOf } from './invocation';
import { forEachPaced } from './paced';
import { usersToReport } from './request';
import { Measurements, METRICS } from '../../contract/metrics';
import { Outcome } from '../../contract/outcome';
import { attempt, rotate } from '../actions/rotate';
import { log, Measured, metrics } from '../aws/log';
import { invokerOf } from '../decisions/change-record';
import { nameDeactivation } from '../decisions/no-new-key';
import { causeOf, Failed } from '../domain/failure';
import { RotationRequest } from '../domain/user-state';
import { Message } from '../messages/message';
import { failedMessage, notRevokedMessage } from '../messages/problem-messages';

/**
 * @returns a failure as a value, so that the caller can measure it
 * @throws `BadRequest` if the event is not valid
 */
export async function handleCheck(event: unknown, invocation: Invocation): Promise<Outcome | Outcome[] | Failed> {
  const all = usersToReport(event, invocation.users);
  if (all) return statusOfUsers(all, invocation);
  const request = requestOf(event, invocation);
  const result = await attempt(request, invocation.portsFor(request));
  if (result instanceof Failed) {
    if (!request.dryRun) await notifyOnce(failureMessage(request, result), request, invocation);
    return result;
  }
  if (request.action === 'revoke' && result.outcome === 'locked') {
    const reason = nameDeactivation(result.message, request, request.accessKeyId!);
    await notifyOnce(notRevokedMessage(request, reason), request, invocation);
  }
  const { measurements, status, ...outcome } = result;
  log(result.outcome === 'blocked' ? 'WARN' : 'INFO', invocation.context, {
    record: 'outcome',
    ...outcome,
    invokedBy: invokerOf(request),
    ...metrics(...measured(request, measurements!, invocation.users.size)),
  });
  return result;
}

/** One outcome for each user, even if the status of some could not be read or the time was not sufficient. */
async function statusOfUsers(usernames: readonly string[], invocation: Invocation): Promise<Outcome[]> {
  const event = (username: string) => ({ action: 'status' as const, username });
  const statusOf = async (username: string): Promise<Outcome> => {
    try {
      const request = requestOf(event(username), invocation);
      return await rotate(request, invocation.portsFor(request));
    } catch (error) {
      return { ...event(username), outcome: 'failed', message: (error as Error).message };
    }
  };
  const read = await forEachPaced(usernames, statusOf, invocation.clock);
  const outcomes = usernames.map(
    (username, index): Outcome =>
      read[index] ?? {
        ...event(username),
        outcome: 'failed',
        message: 'the status was not read: the run had no time left',
      },
  );
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed').length;
  log('INFO', invocation.context, {
    record: 'outcome',
    action: 'status',
    outcome: 'status',
    message: `the status of ${outcomes.length} users, ${failed} of which could not be read`,
    invokedBy: 'person',
  });
  return outcomes;
}

function measured({ action, ifDue }: RotationRequest, values: Measurements, users: number): Measured[] {
  if (!ifDue) return [{ values }];
  return [
    { values: { ...values, [METRICS.users]: users } },
    { values: { [METRICS.checks]: 1 }, by: { Action: action } },
  ];
}

/** Metrics of an event that failed. The measurements of the user are in it if the state was read before the failure. */
export function measuredFailure({ error, measurements }: Failed): Measured[] {
  return [
    { values: { [METRICS.failures]: 1 }, by: { Cause: causeOf(error) } },
    ...(measurements ? [{ values: measurements }] : []),
  ];
}

function failureMessage(request: RotationRequest, failed: Failed): Message | undefined {
  if (request.action === 'revoke') return notRevokedMessage(request, (failed.error as Error).message);
  return request.ifDue ? failedMessage(request, failed) : undefined;
}

/** Events with a sent notification. Lambda retries an event twice, usually in the same process. */
const notified = new Set<string>();

async function notifyOnce(
  message: Message | undefined,
  { accessKeyId }: RotationRequest,
  { notifications, requestId }: Invocation,
): Promise<void> {
  // A report of AWS can name several keys.
  const event = [requestId, accessKeyId].join();
  if (notified.has(event)) return;
  if (message && (await notifications.send(message))) notified.add(event);
}
