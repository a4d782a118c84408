/** The AWS actions that the Lambda calls, read from the list of commands in aws/sdk.ts. */
import * as fs from 'fs';
import * as path from 'path';

const SDK = path.join(__dirname, '..', '..', 'src', 'rotator', 'aws', 'sdk.ts');
const PREFIXES: Record<string, string> = {
  eventbridge: 'events',
  iam: 'iam',
  'secrets-manager': 'secretsmanager',
  sns: 'sns',
  sts: 'sts',
};

/** Allowed to each principal: no policy can grant or deny it. */
const NEEDS_NO_PERMISSION = ['sts:GetCallerIdentity'];

/** All actions that the sources call. */
function calledActions(): string[] {
  const imports = [...fs.readFileSync(SDK, 'utf8').matchAll(/export \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g)];
  const commands = imports.flatMap(([, names, client]) =>
    [...names.matchAll(/\b(\w+)Command\b/g)].map(([, operation]) => `${PREFIXES[client]}:${operation}`),
  );
  return [...new Set(commands)].sort();
}

/** The actions that need a permission. */
export const CALLED = calledActions().filter((action) => !NEEDS_NO_PERMISSION.includes(action));

/** The actions of one service that need a permission. */
export const actionsOf = (prefix: string) => CALLED.filter((action) => action.startsWith(`${prefix}:`));

/** The services that are called. */
export const CALLED_SERVICES = [...new Set(calledActions().map((action) => action.split(':')[0]))].sort();
