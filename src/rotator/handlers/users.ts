/** Whom the rotation manages, as the deploy left it: beside the code, and in the environment what only the deploy knew. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { USERS_FILE, UserSettings } from '../../contract/settings';

export type Users = ReadonlyMap<string, Partial<UserSettings>>;

/** @param taskRoot - where Lambda has put the code */
export function readUsers(taskRoot: string | undefined, fromEnvironment: string = '[]'): Users {
  let beside: string;
  try {
    beside = readFileSync(join(taskRoot ?? '', USERS_FILE), 'utf8');
  } catch (error) {
    throw new Error(`the list of users cannot be read (${(error as Error).message}): the function was changed outside its stack, deploy it again`);
  }
  return new Map([...JSON.parse(beside), ...JSON.parse(fromEnvironment)]);
}
