import { readdirSync, readFileSync } from 'fs';
import { join, resolve } from 'path';
import * as commands from '../../../src/rotator/domain/commands';
import { readLedger } from '../../../src/rotator/domain/ledger';
import { manualRequest } from '../support';

const AT = new Date('2026-04-01T03:12:45Z');
const alice = manualRequest('create');
const COMMANDS: Record<keyof typeof commands, string> = {
  fetchCommand: commands.fetchCommand(alice),
  profileCommand: commands.profileCommand(alice),
  restoreSecretCommand: commands.restoreSecretCommand(alice),
  versionKmsKeysCommand: commands.versionKmsKeysCommand(alice),
  makeCurrentCommand: commands.makeCurrentCommand({ version: 'v1' }, readLedger({ v2: ['AWSCURRENT'] }), alice),
  removeLabelCommand: commands.removeLabelCommand(alice),
  invokeCommand: commands.invokeCommand({ action: 'status', username: 'alice' }, alice),
  activateCommand: commands.activateCommand(alice, 'AKIAOLD'),
  deactivateCommand: commands.deactivateCommand(alice, 'AKIAOLD'),
  deleteCommand: commands.deleteCommand(alice, 'AKIAOLD'),
  revokeSessionsCommand: commands.revokeSessionsCommand(alice, AT),
  tagCommand: commands.tagCommand(alice, 'eu-west-1/Keys/1'),
  untagCommand: commands.untagCommand(alice),
};

test.each(Object.keys(commands))('%s has --region once', (name) => {
  expect(COMMANDS[name as keyof typeof commands].match(/ --region eu-west-1\b/g)).toHaveLength(1);
});

test('no other file of the rotator has an AWS CLI command', () => {
  const directory = resolve(__dirname, '../../../src/rotator');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const withCommands = files.filter((file) =>
    /\baws (iam|lambda|secretsmanager|sns|sts) [a-z]/.test(readFileSync(join(directory, file), 'utf8')),
  );
  expect(withCommands).toEqual([join('domain', 'commands.ts')]);
});
