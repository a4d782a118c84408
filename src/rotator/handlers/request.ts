/** Validates an event. An error names the value, the rule and the fix. */
import { settingsOf, Users } from './users';
import { Ages, agesProblem, DEFAULT_AGES } from '../../contract/ages';
import { Action, ACTIONS, Command, COMMANDS, RotationEvent } from '../../contract/events';
import { BadRequest } from '../domain/failure';
import { RotationContext, RotationRequest } from '../domain/user-state';

const KNOWN_FIELDS: ReadonlySet<string> = new Set<keyof RotationEvent>([
  'action',
  'username',
  'ifDue',
  'ages',
  'accessKeyId',
  'dryRun',
]);
const EXAMPLE = `expected {"action": ${[...ACTIONS, ...COMMANDS].map((action) => `"${action}"`).join(' | ')}, "username": "…"}`;
/** The AWS CLI waits 60 s for an answer by default, and paced.ts limits the calls to IAM. */
const USERS_PER_PAGE = 100;

/** @returns the users of a status without a user name, or those of one page; undefined for any other event */
export function usersToReport(event: unknown, users: Users): string[] | undefined {
  const { action, username, page, ...more } = (event ?? {}) as Record<string, unknown>;
  if (action !== 'status' || username !== undefined || Object.keys(more).length > 0) return undefined;
  const pages = Math.max(1, Math.ceil(users.size / USERS_PER_PAGE));
  if (page === undefined && pages > 1) {
    throw new BadRequest(
      `"status" without "username" is for all ${users.size} users, and an answer has at most ${USERS_PER_PAGE}:`
        + ` send one page after the other, {"action": "status", "page": 1} to {"action": "status", "page": ${pages}}, or name a user`,
    );
  }
  const number = (page === undefined ? 1 : page) as number;
  if (!Number.isInteger(number) || number < 1 || number > pages) {
    throw new BadRequest(
      `"page" is ${show(page)}, expected a whole number from 1 to ${pages}: the rotation has ${users.size} users, ${USERS_PER_PAGE} per page`,
    );
  }
  return [...users.keys()].slice((number - 1) * USERS_PER_PAGE, number * USERS_PER_PAGE);
}

export function parseRequest(event: unknown, users: Users): Omit<RotationRequest, keyof RotationContext> {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new BadRequest(`the event is ${show(event)}, ${EXAMPLE}`);
  }
  const { action, username, ifDue = false, ages, accessKeyId, dryRun = false } = event as Record<string, unknown>;
  if (!isAction(action)) throw new BadRequest(`"action" is ${show(action)}, ${EXAMPLE}`);
  if (typeof username !== 'string' || username === '') {
    throw new BadRequest(`"username" is ${show(username)}, ${EXAMPLE}`);
  }
  // A misspelled "ifDue" or "dryRun" must not start a step at once.
  const unknown = Object.keys(event).filter((field) => !KNOWN_FIELDS.has(field));
  if (unknown.length > 0) throw new BadRequest(`unknown field ${unknown.map(show).join(', ')}, ${EXAMPLE}`);
  if (typeof ifDue !== 'boolean') {
    throw new BadRequest(
      `"ifDue" is ${show(ifDue)}, expected true or false: send true to act only if the step is due, or omit it to act now`,
    );
  }
  if (ifDue && isCommand(action)) {
    throw new BadRequest(`"ifDue" is not allowed with "${action}", which always acts now: omit it`);
  }
  if (ages !== undefined && !ifDue) {
    throw new BadRequest(
      '"ages" is allowed only with "ifDue": true, because any other event uses the deployed ages: omit "ages"',
    );
  }
  if (typeof dryRun !== 'boolean') throw new BadRequest(`"dryRun" is ${show(dryRun)}, expected true or false`);
  if (action === 'revoke' ? !isKeyId(accessKeyId) : accessKeyId !== undefined) {
    throw new BadRequest(
      `"accessKeyId" is ${show(accessKeyId)}: "revoke" needs the ID of the leaked key, such as AKIAIOSFODNN7EXAMPLE, and no other action allows it`,
    );
  }
  const settings = settingsOf(username, users);
  return {
    ...settings,
    ages: parseAges(ages) ?? settings.ages,
    action,
    username,
    ifDue,
    ...(isKeyId(accessKeyId) && { accessKeyId }),
    dryRun,
  };
}

function parseAges(ages: unknown): Ages | undefined {
  if (ages === undefined) return undefined;
  const fields = Object.keys(DEFAULT_AGES);
  if (typeof ages !== 'object' || ages === null || Object.keys(ages).sort().join() !== [...fields].sort().join()) {
    throw new BadRequest(`"ages" is ${show(ages)}, expected an object with ${fields.join(', ')} in days`);
  }
  const problem = agesProblem(ages as Ages);
  if (problem) throw new BadRequest(`"ages" is ${show(ages)}: ${problem}`);
  return ages as Ages;
}

function isAction(value: unknown): value is Action | Command {
  return ACTIONS.includes(value as Action) || isCommand(value);
}

function isCommand(value: unknown): value is Command {
  return COMMANDS.includes(value as Command);
}

function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && /^\w{16,128}$/.test(value);
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 200);
}
