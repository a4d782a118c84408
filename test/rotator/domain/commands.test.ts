import { readdirSync, readFileSync } from 'fs';
import { join, resolve } from 'path';
import * as commands from '../../../src/rotator/domain/commands';
import { manualRequest } from '../support';

const AT = new Date('2026-04-01T03:12:45Z');
const alice = manualRequest('create');
const COMMANDS: Record<keyof typeof commands, () => string> = {
  fetchCommand: () => commands.fetchCommand(alice),
  profileCommand: () => commands.profileCommand(alice)!,
  usesCommand: () => commands.usesCommand(alice, 'AKIAOLD'),
  restoreSecretCommand: () => commands.restoreSecretCommand(alice),
  cancelRotationCommand: () => commands.cancelRotationCommand(alice),
  versionKmsKeysCommand: () => commands.versionKmsKeysCommand(alice),
  removeLabelsCommand: () => commands.removeLabelsCommand(alice),
  invokeCommand: () => commands.invokeCommand({ action: 'status', username: 'alice' }, alice),
  activateCommand: () => commands.activateCommand(alice, 'AKIAOLD'),
  deactivateCommand: () => commands.deactivateCommand(alice, 'AKIAOLD'),
  deleteCommand: () => commands.deleteCommand(alice, 'AKIAOLD'),
  revokeSessionsCommand: () => commands.revokeSessionsCommand(alice, AT),
  tagCommand: () => commands.tagCommand(alice, 'eu-west-1/Keys/1'),
  untagCommand: () => commands.untagCommand(alice),
};

test.each(Object.entries(COMMANDS))('%s has --region in each call', (_name, make) => {
  const command = make();
  expect(command.match(/ --region eu-west-1\b/g)).toHaveLength(
    command.match(/\baws (?:cloudtrail|iam|lambda|secretsmanager) /g)!.length,
  );
});

test('no command writes a secret, except between the removal and the return of the policy that denies it', () => {
  const all = Object.entries(COMMANDS).map(([name, make]) => [name, make()]);
  const denied = all.filter(([, command]) =>
    /aws secretsmanager (?:put-secret-value|update-secret-version-stage|rotate-secret|cancel-rotate-secret)/.test(
      command,
    ),
  );
  expect(denied).toEqual([
    // Only for a secret that existed before: it has no such policy.
    ['cancelRotationCommand', "aws secretsmanager cancel-rotate-secret --secret-id 'alice' --region eu-west-1"],
    [
      'removeLabelsCommand',
      "aws secretsmanager get-resource-policy --secret-id 'alice' --query ResourcePolicy --output text --region eu-west-1 > policy.json"
        + " && aws secretsmanager delete-resource-policy --secret-id 'alice' --region eu-west-1"
        + " && { aws secretsmanager update-secret-version-stage --secret-id 'alice' --version-stage LABEL --remove-from-version-id VERSION --region eu-west-1"
        + "; aws secretsmanager put-resource-policy --secret-id 'alice' --resource-policy file://policy.json --region eu-west-1; }",
    ],
  ]);
});

test('no other file of the rotator has an AWS CLI command', () => {
  const directory = resolve(__dirname, '../../../src/rotator');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const withCommands = files.filter((file) =>
    /\baws (cloudtrail|configure|iam|lambda|secretsmanager|sns|sts) [a-z-]/.test(
      readFileSync(join(directory, file), 'utf8'),
    ),
  );
  expect(withCommands).toEqual([join('domain', 'commands.ts')]);
});
