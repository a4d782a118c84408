/** An event for one user, or the question how all of them stand: answered, measured, and told of where it failed. */
import { Invocation, requestOf } from './invocation';
import { forEachPaced } from './paced';
import { usersToReport } from './request';
import { Measurements, METRICS } from '../../contract/metrics';
import { Outcome } from '../../contract/outcome';
import { attempt, rotate } from '../actions/rotate';
import { log, Measured, metrics } from '../aws/log';
import { causeOf, Failed } from '../domain/failure';
import { RotationRequest } from '../domain/user-state';
import { failedMessage } from '../messages/problem-messages';

/** @throws only if the event makes no sense; a check that fails is a value, for the caller to measure */
export async function handleCheck(event: unknown, invocation: Invocation): Promise<Outcome | Outcome[] | Failed> {
  const all = usersToReport(event, invocation.users);
  if (all) return statusOfUsers(all, invocation);
  const request = requestOf(event, invocation);
  const result = await attempt(request, invocation.portsFor(request));
  if (result instanceof Failed) {
    if (request.ifDue && !request.dryRun) await notifyFailure(result.error as Error, request, invocation);
    return result;
  }
  const { measurements, status, ...notifiedRequests } = result;
  log(result.outcome === 'blocked' ? 'WARN' : 'INFO', {
    ...notifiedRequests,
    ...metrics(invocation.rotation, ...measured(request, measurements!, invocation.users.size)),
  });
  return result;
}

/** One that fails does not hide the others, and neither do those that there was no time for. */
async function statusOfUsers(usernames: readonly string[], invocation: Invocation): Promise<Outcome[]> {
  const event = (username: string) => ({ action: 'status' as const, username });
  const look = async (username: string): Promise<Outcome> => {
    try {
      const request = requestOf(event(username), invocation);
      return await rotate(request, invocation.portsFor(request));
    } catch (error) {
      return { ...event(username), outcome: 'failed', message: (error as Error).message };
    }
  };
  const seen = await forEachPaced(usernames, look, invocation.clock);
  return usernames.map(
    (username, index) =>
      seen[index] ?? { ...event(username), outcome: 'failed', message: 'not looked at: the time was over' },
  );
}

function measured({ action, ifDue }: RotationRequest, values: Measurements, users: number): Measured[] {
  if (!ifDue) return [{ values }];
  return [
    { values: { ...values, [METRICS.users]: users } },
    { values: { [METRICS.checks]: 1 }, by: { Action: action } },
  ];
}

/** What is measured of an event that failed: as much as it got to see. */
export function measuredFailure({ error, measurements }: Failed): Measured[] {
  return [
    { values: { [METRICS.failures]: 1 }, by: { Cause: causeOf(error) } },
    ...(measurements ? [{ values: measurements }] : []),
  ];
}

/** Requests whose failure people know of. Lambda repeats an event twice, and mostly in the same process. */
const notified = new Set<string>();

async function notifyFailure(
  error: Error,
  request: RotationRequest,
  { announcements, requestId }: Invocation,
): Promise<void> {
  if (notified.has(requestId)) return;
  const message = failedMessage(request, error);
  if (message && (await announcements.send(message))) notified.add(requestId);
}
