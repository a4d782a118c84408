/** Each suppression is taken from docs/compliance.md and pasted, as a reader does. */
import { cpSync, writeFileSync } from 'fs';
import { join } from 'path';
import { CfnResource, Stack } from 'aws-cdk-lib';
import { Validations } from 'aws-cdk-lib-newest';
import ts from 'typescript';
import { parse } from 'yaml';
import { APP_NAMES } from './app-names';
import { appOf } from './apps';
import { PACKS } from './packs';
import { deployed, failingDays, runProwler, stateOf } from './prowler';
import { runTool } from './tool';
import { pageOf } from '../package/pages/markdown';
import { read } from '../package/pages/repository';
import { temporaryDirectory } from '../template/support';

const PAGE = pageOf(read('docs/compliance.md')).fences;

/** The only fence of a language whose text contains this. */
function pasted(language: string, part: string): string {
  const found = PAGE.filter(({ info, text }) => info === language && text.includes(part));
  expect(found).toHaveLength(1);
  return found[0].text;
}

describe('Security Hub: CloudFormation accepts the automation rules', () => {
  const rules = pasted('yaml', 'AutomationRule');

  /** What cfn-lint finds, which has the schemas of CloudFormation. */
  async function lint(template: string): Promise<string[]> {
    const file = join(temporaryDirectory(), 'rules.yaml');
    writeFileSync(file, template);
    const args = ['--format', 'json', '--', file];
    const answer = await runTool('templates', 'cfnlint.runner.cli', args, { exitCodes: (code) => code % 2 === 0 });
    return (JSON.parse(answer) as { Rule: { Id: string } }[]).map(({ Rule }) => Rule.Id);
  }

  test('as they are', async () => {
    expect(await lint(rules)).toEqual([]);
  });

  test.each([
    ['a comparison that does not exist', rules.replace('CONTAINS', 'MATCHES')],
    ['a status that does not exist', rules.replace('SUPPRESSED', 'IGNORED')],
    ['a note without an author', rules.replace(/^ *UpdatedBy: .*\n/m, '')],
  ])('and it would refuse %s', async (_, changed) => {
    expect(changed).not.toBe(rules);
    expect(await lint(changed)).not.toEqual([]);
  });
});

describe('Prowler: its mutelist', () => {
  const { Mutelist: mutelist } = parse(pasted('yaml', 'Mutelist:'));

  test('mutes all findings in the account of each app', async () => {
    const states = APP_NAMES.map((name) => stateOf(deployed(appOf(name)), '2026-01-01T12:00:00Z'));
    const { failures } = await runProwler(states, { mutelist });
    expect(failures.flat()).toEqual([]);
  });

  test('leaves keys over 90 days and unused keys on the days of a cycle', async () => {
    const cycle = 'default schedule, no consumer';
    expect(await failingDays(deployed(appOf('default')), [cycle], { mutelist })).toEqual({
      [cycle]: { iam_user_accesskey_unused: '46-104, 136-194', iam_rotate_access_key_90_days: '91-104, 181-194' },
    });
  });

  test('mutes nothing on users and secrets of others', async () => {
    const state = stateOf(deployed(appOf('default')), '2026-01-01T12:00:00Z');
    const others = {
      ...state,
      users: state.users.map((user) => ({ ...user, tags: [] })),
      secrets: state.secrets.map((secret) => ({ ...secret, tags: [] })),
      roles: [],
    };
    const [all, left] = [await runProwler([others]), await runProwler([others], { mutelist })];
    expect(left.failures).toEqual(all.failures);
    expect(all.failures[0].length).toBeGreaterThan(5);
  });
});

test.each(APP_NAMES)('cdk-nag: what is acknowledged is not reported: %s', (name) => {
  const { app, rotation } = appOf(name);
  const text = pasted('js', 'acknowledged').split('// cdk-nag 2')[0];
  const users = app.node.tryFindChild('Users');
  // "With user stacks of your own, do the same for each of them."
  for (const scope of users ? [rotation, users] : [rotation]) {
    new Function('rotation', 'Validations', text)(scope, Validations);
  }
  const violations = PACKS.flatMap((Pack) => new Pack(app as any).validateScope(app as any).violations);
  const own = violations.filter(({ violatingResources }: any) =>
    violatingResources.some(({ constructPath }: any) => /^(Keys\/Rotation|Users)\//.test(constructPath)),
  );
  // The policy that the app chose is for the app to acknowledge.
  const chosen = 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/ReadOnlyAccess]';
  expect(own.map(({ ruleName }: any) => ruleName)).toEqual(name === 'all options' ? [chosen] : []);
});

test('checkov: what is skipped is not reported', async () => {
  const text = ts
    .transpile(pasted('ts', 'skipped'), { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext })
    .replace(/^import .*$/gm, '')
    .replace(/^const rotation = .*$/m, '');
  const directory = temporaryDirectory();
  for (const name of APP_NAMES) {
    const { app, directory: assembly } = appOf(name);
    for (const stack of app.node.children.filter(Stack.isStack)) {
      new Function('rotation', 'CfnResource', text)(stack, CfnResource);
    }
    app.synth();
    cpSync(assembly, join(directory, name), { recursive: true, filter: (file) => !file.includes('asset.') });
  }
  const answer = await runTool('templates', 'checkov.main', [
    ...['--directory', directory, '--framework', 'cloudformation', '--output', 'json'],
    ...['--compact', '--quiet', '--soft-fail', '--skip-download'],
  ]);
  const { summary, results } = JSON.parse(answer);
  expect(results.failed_checks.map(({ check_id }: { check_id: string }) => check_id)).toEqual([]);
  expect(summary).toMatchObject({ failed: 0, parsing_errors: 0 });
  expect(summary.skipped).toBeGreaterThan(40);
});
