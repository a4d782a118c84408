/**
 * Manual changes to the keys and the secret of a user on the model.
 */
import { RequestedAction, Intervention, WhichKey } from './history';
import { ModelAws } from '../fake-aws/fake-aws';
import { secretOf } from '../fake-aws/iam';

/**
 * false: there was nothing to change. 'done': it was changed. Otherwise the action that the person invokes.
 */
export type InterventionResult = false | 'done' | RequestedAction;

/** @param text - the last report of a blocked rotation, or the last notification */
export function changeManually(
  aws: ModelAws,
  what: Intervention,
  unmanaged: ReadonlySet<string>,
  text: string | undefined,
): InterventionResult {
  switch (what.do) {
    case 'create a key':
      if (aws.keys.size >= 2) return false;
      aws.makeKey(what.used);
      return 'done';
    case 'overwrite the secret':
      aws.person.overwrite(
        { text: 'not JSON', 'other fields': '{"key":"value"}', 'another key': valueOf([...unmanaged][0]) }[what.with],
      );
      return 'done';
    case 'edit other fields':
      return aws.person.editFields({ host: `host ${what.host}` }) && 'done';
    case 'move AWSCURRENT': {
      const version = [...aws.versions.keys()].at(-1 - what.back);
      if (version) moveCurrent(aws, version);
      return version !== undefined && 'done';
    }
    case 'follow the report':
    case 'follow the notification':
      return text !== undefined && runCommand(aws, text, what.choice);
    default: {
      const keyId = pick(aws, what.key, unmanaged);
      if (!keyId) return false;
      if (what.do === 'use') {
        if (!aws.keys.get(keyId)!.active) return false;
        aws.person.use(keyId);
      } else if (what.do === 'activate, use and deactivate') {
        if (aws.keys.get(keyId)!.active) return false;
        aws.person.activate(keyId);
        aws.person.use(keyId);
        aws.person.deactivate(keyId);
      } else if (what.do === 'delete') {
        aws.person.deleteKey(keyId);
      } else {
        aws.person[what.do](keyId);
      }
      return 'done';
    }
  }
}

export function pick(aws: ModelAws, whichKey: WhichKey, unmanaged: ReadonlySet<string>): string | undefined {
  const current = aws.currentKey();
  return [...aws.keys.keys()].find(
    (keyId) =>
      ({
        current: keyId === current,
        other: keyId !== current && !unmanaged.has(keyId),
        unmanaged: unmanaged.has(keyId),
      })[whichKey],
  );
}

/** The version can hold any value. */
function moveCurrent(aws: ModelAws, version: string): void {
  aws.ownSecret().stage('AWSCURRENT', version, aws.secret.holder('AWSCURRENT'), aws.now);
  const keyId = aws.currentKey();
  if (keyId !== undefined && aws.trail.keys.has(keyId)) aws.record('published', keyId, 'person');
}

const valueOf = (keyId = 'AKIANONE') => JSON.stringify({ AccessKey: keyId, SecretKey: secretOf(keyId) });

const COMMANDS: readonly [RegExp, (aws: ModelAws, ...parts: string[]) => RequestedAction | void][] = [
  [
    /aws iam update-access-key --user-name \S+ --access-key-id (\w+) --status (Active|Inactive)/,
    (aws, keyId, status) => {
      if (aws.keys.has(keyId)) aws.person[status === 'Active' ? 'activate' : 'deactivate'](keyId);
    },
  ],
  [/aws iam delete-access-key --user-name \S+ --access-key-id (\w+)/, (aws, keyId) => aws.person.deleteKey(keyId)],
  [/\{"action":"rollback","username":"\w+"\}/, () => 'rollback'],
  [/\{"action":"create","username":"\w+"\}/, () => 'create now'],
];

/**
 * Runs one of the commands in a report or notification. AWS may reject it.
 */
export function runCommand(aws: ModelAws, text: string, choice: number): InterventionResult {
  const found = COMMANDS.map(([pattern, act]) => ({ match: pattern.exec(text), act }))
    .filter(({ match }) => match !== null)
    .sort((a, b) => a.match!.index - b.match!.index);
  if (found.length === 0) return false;
  const { act, match } = found[choice % found.length];
  return act(aws, ...match!.slice(1)) ?? 'done';
}
