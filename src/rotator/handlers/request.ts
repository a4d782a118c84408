/** Which request an event is. An error names the value, the rule and the fix. */
import { readFields, requireValid } from './event-fields';
import { settingsOf, Users } from './users';
import { Command, COMMANDS, DigestEvent, RotationEvent } from '../../contract/events';
import { BadRequest } from '../domain/failure';
import { RotationContext, RotationRequest } from '../domain/user-state';

/** The AWS CLI waits 60 s for an answer by default, and paced.ts limits the calls to IAM. */
const USERS_PER_PAGE = 100;

/** @returns the users of a status without a user name, or those of one page; undefined for any other event */
export function usersToReport(event: unknown, users: Users): string[] | undefined {
  const { action, username, page, ...more } = readFields(event) as RotationEvent;
  if (action !== 'status' || username !== undefined || Object.keys(more).length > 0) return undefined;
  const pages = Math.max(1, Math.ceil(users.size / USERS_PER_PAGE));
  if (page === undefined && pages > 1) {
    throw new BadRequest(
      `"status" without "username" is for all ${users.size} users, and an answer has at most ${USERS_PER_PAGE}:`
        + ` send one page after the other, {"action": "status", "page": 1} to {"action": "status", "page": ${pages}}, or name a user`,
    );
  }
  const number = page ?? 1;
  if (number > pages) {
    throw new BadRequest(
      `"page" is ${number}, expected a whole number from 1 to ${pages}: the rotation has ${users.size} users, ${USERS_PER_PAGE} per page`,
    );
  }
  return [...users.keys()].slice((number - 1) * USERS_PER_PAGE, number * USERS_PER_PAGE);
}

/** @returns the event if it is that of a digest; undefined for any other event */
export function digestOf(event: unknown): DigestEvent | undefined {
  const fields = readFields(event);
  if (fields.action !== 'digest') return undefined;
  const { action: _, frequency: _frequency, part, parts, ...more } = fields;
  refuse(Object.keys(more), 'digest');
  // Both or neither.
  if (part !== undefined) requireValid('parts', parts);
  if (parts !== undefined) requireValid('part', part);
  if (part !== undefined && part > parts!) {
    throw new BadRequest(`"part" is ${part} and "parts" is ${parts}: expected a part from 1 to ${parts}`);
  }
  return fields;
}

export function parseRequest(event: unknown, users: Users): Omit<RotationRequest, keyof RotationContext> {
  const fields = readFields(event) as RotationEvent;
  const { action, username, ifDue = false, accessKeyId, dryRun = false, ...more } = fields;
  requireValid('username', username);
  refuse(Object.keys(more), action);
  if (ifDue && isCommand(action)) {
    throw new BadRequest(`"ifDue" is not allowed with "${action}", which always acts now: omit it`);
  }
  if (action === 'revoke') requireValid('accessKeyId', accessKeyId);
  else if (accessKeyId !== undefined) refuse(['accessKeyId'], action);
  return {
    ...settingsOf(username!, users),
    action,
    username: username!,
    ifDue,
    ...(accessKeyId && { accessKeyId }),
    dryRun,
  };
}

/** Fields that other events have. */
function refuse(fields: readonly string[], action: string): void {
  if (fields.length === 0) return;
  throw new BadRequest(`"${fields[0]}" is not allowed in this event, "${action}": omit it`);
}

function isCommand(value: unknown): value is Command {
  return COMMANDS.includes(value as Command);
}
