/** An event for one user, or the question how all of them stand: answered, measured, and told of where it failed. */
import { ToolsFor } from './first-key';
import { Pace, survey } from './paced';
import { parseRequest, usersToReport } from './request';
import { Users } from './users';
import { METRICS } from '../../contract/metrics';
import { Outcome, Readings } from '../../contract/outcome';
import { rotate } from '../actions/rotate';
import { Announcements } from '../aws/announcements';
import { log, Measured, metrics } from '../aws/log';
import { causeOf } from '../domain/failure';
import { RotationRequest } from '../domain/user-state';
import { failedMessage } from '../messages/problem-messages';

export interface CheckTools extends Pace {
  readonly users: Users;
  readonly toolsFor: ToolsFor;
  readonly announcements: Announcements;
  readonly rotation: string;
  readonly dryRun: boolean;
  /** The same when Lambda repeats an event that failed. */
  readonly requestId: string;
}

export async function handleCheck(event: unknown, tools: CheckTools): Promise<Outcome | Outcome[]> {
  const all = usersToReport(event, tools.users);
  if (all) return statusOfEach(all, tools);
  const request = requestOf(event, tools);
  try {
    const outcome = await rotate(request, tools.toolsFor(request));
    const { readings, status, ...told } = outcome;
    log(outcome.outcome === 'blocked' ? 'WARN' : 'INFO', { ...told, ...metrics(tools.rotation, ...measured(request, readings!, tools.users.size)) });
    return outcome;
  } catch (error) {
    if (request.onlyIfDue && !request.dryRun) await tellFailure(error as Error, request, tools);
    throw error;
  }
}

/** One that fails does not hide the others, and neither do those that there was no time for. */
async function statusOfEach(usernames: readonly string[], tools: CheckTools): Promise<Outcome[]> {
  const event = (username: string) => ({ action: 'status' as const, username });
  const look = async (username: string): Promise<Outcome> => {
    try {
      const request = requestOf(event(username), tools);
      return await rotate(request, tools.toolsFor(request));
    } catch (error) {
      return { ...event(username), outcome: 'failed', message: (error as Error).message };
    }
  };
  const seen = await survey(usernames, look, tools);
  return usernames.map((username, index) => seen[index] ?? { ...event(username), outcome: 'failed', message: 'not looked at: the time was over' });
}

function requestOf(event: unknown, { users, dryRun }: CheckTools): RotationRequest {
  const request = parseRequest(event, users);
  return dryRun ? { ...request, dryRun } : request;
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

async function tellFailure(error: Error, request: RotationRequest, { announcements, requestId }: CheckTools): Promise<void> {
  if (told.has(requestId)) return;
  const message = failedMessage(request, error);
  if (message && await announcements.send(message)) told.add(requestId);
}
