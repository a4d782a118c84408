/** An event for one user, or the question how all of them stand: answered, measured, and told of where it failed. */
import { Invocation, requestOf } from './invocation';
import { forEachPaced } from './paced';
import { usersToReport } from './request';
import { METRICS } from '../../contract/metrics';
import { Outcome, Readings } from '../../contract/outcome';
import { rotate } from '../actions/rotate';
import { log, Measured, metrics } from '../aws/log';
import { causeOf } from '../domain/failure';
import { RotationRequest } from '../domain/user-state';
import { failedMessage } from '../messages/problem-messages';

export async function handleCheck(event: unknown, invocation: Invocation): Promise<Outcome | Outcome[]> {
  const all = usersToReport(event, invocation.users);
  if (all) return statusOfEach(all, invocation);
  const request = requestOf(event, invocation);
  try {
    const outcome = await rotate(request, invocation.portsFor(request));
    const { readings, status, ...told } = outcome;
    log(outcome.outcome === 'blocked' ? 'WARN' : 'INFO', { ...told, ...metrics(invocation.rotation, ...measured(request, readings!, invocation.users.size)) });
    return outcome;
  } catch (error) {
    if (request.onlyIfDue && !request.dryRun) await tellFailure(error as Error, request, invocation);
    throw error;
  }
}

/** One that fails does not hide the others, and neither do those that there was no time for. */
async function statusOfEach(usernames: readonly string[], invocation: Invocation): Promise<Outcome[]> {
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
  return usernames.map((username, index) => seen[index] ?? { ...event(username), outcome: 'failed', message: 'not looked at: the time was over' });
}

function measured({ action, onlyIfDue }: RotationRequest, readings: Readings, users: number): Measured[] {
  const values = valuesOf(readings);
  if (!onlyIfDue) return [{ values }];
  return [{ values: { ...values, [METRICS.users]: users } }, { values: { [METRICS.checks]: 1 }, by: { Action: action } }];
}

/** What is measured of an event that failed: as much as it got to see. */
export function measuredFailure(error: unknown): Measured[] {
  const { readings } = error as { readings?: Readings };
  return [{ values: { [METRICS.failures]: 1 }, by: { Cause: causeOf(error) } }, ...(readings ? [{ values: valuesOf(readings) }] : [])];
}

function valuesOf({ keys, foreignKeys, oldestActiveKey, overdue, orphansRemoved }: Readings): Measured['values'] {
  return {
    [METRICS.keys]: keys,
    [METRICS.foreignKeys]: foreignKeys,
    [METRICS.oldestActiveKey]: oldestActiveKey,
    [METRICS.overdue]: overdue,
    [METRICS.orphansRemoved]: orphansRemoved,
  };
}

/** Requests whose failure people know of. Lambda repeats an event twice, and mostly in the same process. */
const told = new Set<string>();

async function tellFailure(error: Error, request: RotationRequest, { announcements, requestId }: Invocation): Promise<void> {
  if (told.has(requestId)) return;
  const message = failedMessage(request, error);
  if (message && await announcements.send(message)) told.add(requestId);
}
