/**
 * What people do to a user's keys and secret on the model, beside the rotation: with the console, the command line, or
 * a key.
 */
import { Requested, Intervention, WhichKey } from './history';
import { ModelAws } from '../fake-aws/fake-aws';
import { secretOf } from '../fake-aws/iam';

/**
 * What came of it: nothing, as there was nothing to do it to; or it is done; or the Lambda is to be asked something.
 */
export type InterventionResult = false | 'done' | Requested;

/** @param said - the last report of a block, or the last message */
export function changeManually(
  aws: ModelAws,
  what: Intervention,
  made: ReadonlySet<string>,
  said: string | undefined,
): InterventionResult {
  switch (what.do) {
    case 'make a key':
      if (aws.keys.size >= 2) return false;
      aws.makeKey(what.used);
      return 'done';
    case 'overwrite the secret':
      // Each with a version of its own, as the SDK makes one up for every call.
      aws
        .ownSecret()
        .put(
          `by-hand-${aws.now.getTime()}-${aws.versions.size}`,
          { text: 'not JSON', 'other fields': '{"key":"value"}', 'a key of their own': valueOf([...made][0]) }[
            what.with
          ],
          [],
          aws.now,
        );
      return 'done';
    case 'move AWSCURRENT': {
      const version = [...aws.versions.keys()].at(-1 - what.back);
      if (version) moveCurrent(aws, version);
      return version !== undefined && 'done';
    }
    case 'as the report says':
    case 'as the message says':
      return said !== undefined && runCommand(aws, said, what.choice);
    default: {
      const keyId = pick(aws, what.key, made);
      if (!keyId) return false;
      if (what.do === 'use') {
        if (!aws.keys.get(keyId)!.active) return false;
        aws.person.use(keyId);
      } else if (what.do === 'switch on, use and switch off') {
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

export function pick(aws: ModelAws, whose: WhichKey, made: ReadonlySet<string>): string | undefined {
  const current = aws.currentKey();
  return [...aws.keys.keys()].find(
    (keyId) =>
      ({ current: keyId === current, other: keyId !== current && !made.has(keyId), unmanaged: made.has(keyId) })[whose],
  );
}

/** As anybody may, whatever is in that version. */
function moveCurrent(aws: ModelAws, version: string): void {
  aws.ownSecret().stage('AWSCURRENT', version, aws.secret.holder('AWSCURRENT'), aws.now);
  const keyId = aws.currentKey();
  if (keyId !== undefined && aws.trail.keys.has(keyId)) aws.record('published', keyId, 'person');
}

const valueOf = (keyId = 'AKIANONE') => JSON.stringify({ AccessKey: keyId, SecretKey: secretOf(keyId) });

const COMMANDS: readonly [RegExp, (aws: ModelAws, ...parts: string[]) => Requested | void][] = [
  [
    /aws iam update-access-key --user-name \S+ --access-key-id (\w+) --status (Active|Inactive)/,
    (aws, keyId, status) => {
      if (aws.keys.has(keyId)) aws.person[status === 'Active' ? 'activate' : 'deactivate'](keyId);
    },
  ],
  [/aws iam delete-access-key --user-name \S+ --access-key-id (\w+)/, (aws, keyId) => aws.person.deleteKey(keyId)],
  [
    /aws secretsmanager update-secret-version-stage --secret-id \S+ --version-stage AWSCURRENT --move-to-version-id (\S+) --remove-from-version-id ([^\s,;)]+)/,
    (aws, to, from) => {
      // Otherwise Secrets Manager refuses: the report is out of date.
      if (aws.secret.holder('AWSCURRENT') === from && aws.versions.has(to)) moveCurrent(aws, to);
    },
  ],
  [/\{"action": "rollback", "username": "\w+"\}/, () => 'rollback'],
];

/**
 * Types one of the commands of a report or message, as it stands there, whatever AWS then says to it. Whether there was
 * one.
 */
export function runCommand(aws: ModelAws, said: string, choice: number): InterventionResult {
  const found = COMMANDS.map(([pattern, act]) => ({ match: pattern.exec(said), act }))
    .filter(({ match }) => match !== null)
    .sort((a, b) => a.match!.index - b.match!.index);
  if (found.length === 0) return false;
  const { act, match } = found[choice % found.length];
  return act(aws, ...match!.slice(1)) ?? 'done';
}
