/** The users of the rotation: in a file next to the code, or in the environment if the name is only known at deploy. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { DEFAULT_SETTINGS, USERS_FILE, UserSettings } from '../../contract/settings';
import { BadRequest } from '../domain/failure';

export type Users = ReadonlyMap<string, Partial<UserSettings>>;

/** @param taskRoot - the directory of the function's code, LAMBDA_TASK_ROOT */
export function readUsers(taskRoot: string | undefined, fromEnvironment: string = '[]'): Users {
  let fromFile: string;
  try {
    fromFile = readFileSync(join(taskRoot ?? '', USERS_FILE), 'utf8');
  } catch (error) {
    throw new Error(
      `the list of users cannot be read (${(error as Error).message}): the function was changed outside its stack. Deploy with --revert-drift`,
    );
  }
  return new Map([...JSON.parse(fromFile), ...JSON.parse(fromEnvironment)]);
}

/** An account can have 5,000 users, and an error must fit into a log line and an email. */
const MAX_NAMES = 50;

export function settingsOf(username: string, users: Users): UserSettings {
  const settings = users.get(username);
  if (!settings) {
    const more = users.size > MAX_NAMES ? ` and ${users.size - MAX_NAMES} more` : '';
    const names = [...users.keys()].slice(0, MAX_NAMES).join(', ');
    throw new BadRequest(
      `"${username}" is not a user of this rotation, and nothing was changed. Its users: ${names}${more}`,
    );
  }
  return { ...DEFAULT_SETTINGS, secret: username, ...settings };
}
