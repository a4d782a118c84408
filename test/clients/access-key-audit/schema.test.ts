/** The program is in Python: its lists of what a record must have, and can have, are those of the contract. */
import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';
import * as ts from 'typescript';
import { PYTHON } from './program';
import { NOTIFICATIONS } from '../../../src/contract/notifications';

const ROOT = join(__dirname, '../../..');
const CONTRACT = join(ROOT, 'src/contract/log-records.ts');

interface Lists {
  readonly NEEDED: Readonly<Record<string, readonly string[]>>;
  readonly NEEDED_BY_ALL: readonly string[];
  readonly VALUES: Readonly<Record<string, readonly string[]>>;
}

const PRINT = `
import json, runpy, sys
program = runpy.run_path(sys.argv[1])
print(json.dumps({name: program[name] for name in ('NEEDED', 'NEEDED_BY_ALL', 'VALUES')}))
`;
const program: Lists = JSON.parse(
  execFileSync(PYTHON, ['-B', '-c', PRINT, join(ROOT, 'clients/access-key-audit')], { encoding: 'utf8' }),
);
const { statements } = ts.createSourceFile(CONTRACT, readFileSync(CONTRACT, 'utf8'), ts.ScriptTarget.Latest);

/** The texts that a type of the contract allows. */
function textsOf(type: string): string[] {
  const alias = statements.find((one) => ts.isTypeAliasDeclaration(one) && one.name.text === type);
  const { types } = (alias as ts.TypeAliasDeclaration).type as ts.UnionTypeNode;
  return types.map((one) => ((one as ts.LiteralTypeNode).literal as ts.StringLiteral).text);
}

/** The fields that each record of a type has. */
function requiredBy(type: string): string[] {
  const found = statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === type);
  const members = (found as ts.InterfaceDeclaration).members.filter(({ questionToken }) => !questionToken);
  return members.map(({ name }) => (name as ts.Identifier).text);
}

test.each([
  ['change', textsOf('KeyChange')],
  ['reason', textsOf('ChangeReason')],
  ['invokedBy', textsOf('Invoker')],
  ['intervention', textsOf('Intervention')],
  ['event', [...NOTIFICATIONS]],
])('the values of %s', (name, values) => {
  expect([...program.VALUES[name]].sort()).toEqual([...values].sort());
});

test('the names of records', () => {
  expect(Object.keys(program.NEEDED).sort()).toEqual(textsOf('RecordName').sort());
});

test.each([
  ['change', 'ChangeRecord'],
  ['intervention', 'InterventionRecord'],
  ['notification', 'NotificationRecord'],
])('what a record of %s must have', (name, type) => {
  const required = requiredBy(type).filter((field) => field !== 'record' && !program.NEEDED_BY_ALL.includes(field));
  expect([...program.NEEDED[name]].sort()).toEqual(required.sort());
});
