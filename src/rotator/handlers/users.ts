/** The users of the rotation: in a file beside the code, and in the environment those that only the deploy knew. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { DEFAULT_SETTINGS, USERS_FILE, UserSettings } from '../../contract/settings';
import { BadRequest } from '../domain/failure';

export type Users = ReadonlyMap<string, Partial<UserSettings>>;

/** @param taskRoot - where Lambda has put the code */
export function readUsers(taskRoot: string | undefined, fromEnvironment: string = '[]'): Users {
  let beside: string;
  try {
    beside = readFileSync(join(taskRoot ?? '', USERS_FILE), 'utf8');
  } catch (error) {
    throw new Error(
      `the list of users cannot be read (${(error as Error).message}): the function was changed outside its stack, deploy it again`,
    );
  }
  return new Map([...JSON.parse(beside), ...JSON.parse(fromEnvironment)]);
}

/** An account can have 5,000 users, and an error has to fit into a log line and a mail. */
const MAX_NAMES = 50;

export function settingsOf(username: string, users: Users): UserSettings {
  const known = users.get(username);
  if (!known) {
    const more = users.size > MAX_NAMES ? ` and ${users.size - MAX_NAMES} more` : '';
    const names = [...users.keys()].slice(0, MAX_NAMES).join(', ');
    throw new BadRequest(`"${username}" is not a user of this rotation, nothing was done; its users: ${names}${more}`);
  }
  return { ...DEFAULT_SETTINGS, secret: username, ...known };
}
