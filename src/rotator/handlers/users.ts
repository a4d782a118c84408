/**
 * The deployed settings: in files next to the code. A user whose name is only known at deploy is in the environment.
 */
import { readFileSync } from 'fs';
import { join } from 'path';
import {
  ASSET_SALT,
  CreatedSubscriptions,
  DEFAULT_SETTINGS,
  SUBSCRIPTIONS_FILE,
  USERS_FILE,
  UserEntry,
  UserSettings,
} from '../../contract/settings';
import { BadRequest } from '../domain/failure';
import { describeValue, foreignText } from '../domain/foreign-text';

export type Users = ReadonlyMap<string, Partial<UserSettings>>;

/**
 * A plain deploy does not replace the code: CloudFormation updates it only if the object key is new, the CDK does not
 * upload an object that exists, and drift detection does not compare code.
 */
const NEW_CODE =
  'the code of the function was changed outside its stack, or its asset was incomplete when it was uploaded.'
  + ` In cdk.json, set the context key ${ASSET_SALT} to a new value, and deploy:`
  + ' this uploads the code under a new object key';
const OLD_VARIABLE =
  'the environment variable USERS of the function was changed outside its stack. Deploy with --revert-drift';

/** @param taskRoot - the directory of the function's code, LAMBDA_TASK_ROOT */
export function readUsers(taskRoot: string | undefined, fromEnvironment: string = '[]'): Users {
  return new Map([
    ...parseUsers(() => readFile(taskRoot, USERS_FILE), NEW_CODE),
    ...parseUsers(() => fromEnvironment, OLD_VARIABLE),
  ]);
}

/** @param taskRoot - the directory of the function's code, LAMBDA_TASK_ROOT */
export function readSubscriptions(taskRoot: string | undefined): CreatedSubscriptions {
  const parse = () => JSON.parse(readFile(taskRoot, SUBSCRIPTIONS_FILE)) as CreatedSubscriptions;
  return readable('subscriptions', parse, NEW_CODE);
}

function parseUsers(read: () => string, causeAndFix: string): Users {
  return readable('users', () => new Map(JSON.parse(read()) as UserEntry[]), causeAndFix);
}

function readFile(taskRoot = '', name: string): string {
  return readFileSync(join(taskRoot, name), 'utf8');
}

/** The message of JSON.parse() quotes the text. */
function readable<T>(what: string, parse: () => T, causeAndFix: string): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(`the list of ${what} cannot be read (${foreignText((error as Error).message)}): ${causeAndFix}`);
  }
}

/** An account can have 5,000 users, and an error must fit into a log line and an email. */
const MAX_NAMES = 50;

export function settingsOf(username: string, users: Users): UserSettings {
  const settings = users.get(username);
  if (!settings) {
    const more = users.size > MAX_NAMES ? ` and ${users.size - MAX_NAMES} more` : '';
    const names = [...users.keys()].slice(0, MAX_NAMES).join(', ');
    throw new BadRequest(
      `${describeValue(username)} is not a user of this rotation, and nothing was changed. Its users: ${names}${more}`,
    );
  }
  return { ...DEFAULT_SETTINGS, secret: username, ...settings };
}
