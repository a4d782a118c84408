/** Each suppression is taken from docs/compliance.md and pasted, as a reader does. */
import { cpSync, writeFileSync } from 'fs';
import { join } from 'path';
import { CfnResource, Stack } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Validations } from 'aws-cdk-lib-newest';
import ts from 'typescript';
import { parse } from 'yaml';
import { APP_NAMES, AppName } from './app-names';
import { appOf } from './apps';
import { PACKS } from './packs';
import { deployed, failingDays, runProwler, State, stateOf } from './prowler';
import { runTool } from './tool';
import { AccessKeyRotation } from '../../src';
import { OWNER_TAG } from '../../src/contract/settings';
import { pageOf } from '../package/pages/markdown';
import { read } from '../package/pages/repository';
import { CLI } from '../template/fleet';
import { ACCOUNT, temporaryApp, temporaryDirectory } from '../template/support';

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
  const more = parse(pasted('yaml', '/[^/]+$'));
  const withUserStacks = { Accounts: { '*': { Checks: { ...mutelist.Accounts['*'].Checks, ...more } } } };

  const NOW = '2026-01-01T12:00:00Z';
  const stateIn = (name: AppName) => stateOf(deployed(appOf(name)), NOW);
  const hasUserStacks = (name: AppName) => name.endsWith('user stacks');

  /** What is left, as the check and the name of the resource. */
  async function left(states: readonly State[], list: object): Promise<string[]> {
    const { failures } = await runProwler(states, { mutelist: list });
    return failures.flat().map(({ check, resource }) => `${check} on ${resource.split(/[:/]/).at(-1)}`);
  }

  test('mutes all findings in the account of each app, but the policy that an app chose', async () => {
    const [inUserStacks, others] = [APP_NAMES.filter(hasUserStacks), APP_NAMES.filter((name) => !hasUserStacks(name))];
    expect(inUserStacks).toHaveLength(2);
    expect(await left(inUserStacks.map(stateIn), withUserStacks)).toEqual([]);
    expect(await left(others.map(stateIn), mutelist)).toEqual(['iam_policy_attached_only_to_group_or_roles on alice']);
  });

  test('mutes a privilege escalation by an inline policy only with user stacks', async () => {
    const [check] = Object.keys(more);
    const found = await left([stateIn('user stacks')], mutelist);
    expect(found).toEqual([expect.stringMatching(new RegExp(`^${check} on Keys-RotationRotatorRole`))]);
  });

  test('leaves keys over 90 days and unused keys on the days of a cycle', async () => {
    const cycle = 'default schedule, no consumer';
    expect(await failingDays(deployed(appOf('default')), [cycle], { mutelist })).toEqual({
      [cycle]: { iam_user_accesskey_unused: '46-104, 136-194', iam_rotate_access_key_90_days: '91-104, 181-194' },
    });
  });

  test('leaves other policies of a user, and a password without an MFA device', async () => {
    const state = stateIn('default');
    const [alice] = state.users;
    const policies = { ...alice.policies, Own: { Version: '2012-10-17', Statement: [] } };
    const person = { ...alice, policies, password: true };
    expect(await left([{ ...state, users: [person] }], mutelist)).toEqual([
      'iam_policy_attached_only_to_group_or_roles on alice',
      'iam_user_mfa_enabled_console_access on alice',
    ]);
  });

  test.each([
    ['no tags', []],
    ['a tag with a similar key', [{ Key: `my-${OWNER_TAG}`, Value: 'us-east-1/Keys/1' }]],
  ])('mutes nothing on users and secrets of others, with %s', async (_, tags) => {
    const state = stateIn('default');
    const others = {
      ...state,
      users: state.users.map((user) => ({ ...user, tags })),
      secrets: state.secrets.map((secret) => ({ ...secret, tags })),
      roles: [],
      policies: [],
    };
    expect(await countUnmuted(others)).toBeGreaterThan(5);
  });

  test('mutes nothing on roles of others, also if the name contains that of the role', async () => {
    const state = stateIn('user stacks');
    const role = state.roles.find(({ name }) => name.includes('RotatorRole'))!;
    const named = (name: string, path = '/') => ({ ...role, name, arn: `arn:aws:iam::${ACCOUNT}:role${path}${name}` });
    const roles = [
      named('RotatorRole'),
      named('Other-MyRotatorRole1234ABCD-aB3cD4eF5gH6'),
      named(`Other${role.name}`),
      named(`Other-${role.name}`),
      named(`${role.name}-other`),
      named('admin', `/${role.name}/`),
    ];
    // Each fails two checks.
    expect(await countUnmuted({ ...state, users: [], secrets: [], roles })).toBe(2 * roles.length);
  });

  test('mutes each policy of a rotation whose users need more than one', async () => {
    const built = temporaryApp(CLI);
    const users = [...Array(41).keys()].map((index) => ({ userName: `user-${index}` }));
    new AccessKeyRotation(new Stack(built.app, 'Keys'), 'Rotation', { users });
    const state = stateOf(deployed(built), NOW);
    expect(state.policies.map(({ name }) => /Policy\d/.exec(name)![0])).toEqual(['Policy1', 'Policy2', 'Policy3']);
    expect(await left([{ ...state, users: [], secrets: [] }], mutelist)).toEqual([]);
  });

  test('mutes nothing on policies of others, also if the name contains that of the policy', async () => {
    const state = stateIn('default');
    const [policy] = state.policies;
    const named = (name: string, path = '/') => ({
      ...policy,
      name,
      arn: `arn:aws:iam::${ACCOUNT}:policy${path}${name}`,
    });
    const policies = [
      named('RotatorPermissionsPolicy1'),
      named(`Other${policy.name}`),
      named(`Other-${policy.name}`),
      named(`${policy.name}-other`),
      named(policy.name.replace('Policy1', 'PolicyOfAdmin')),
      named('admin', `/${policy.name}/`),
    ];
    const others = { ...state, users: [], secrets: [], roles: [], policies };
    expect(await countUnmuted(others)).toBe(policies.length);
  });

  /** Fails if a finding is muted. */
  async function countUnmuted(state: State): Promise<number> {
    const [all, unmuted] = [await runProwler([state]), await runProwler([state], { mutelist: withUserStacks })];
    expect(unmuted.failures).toEqual(all.failures);
    return all.failures[0].length;
  }
});

test.each(APP_NAMES)('cdk-nag: what is acknowledged is not reported: %s', (name) => {
  const { app, rotation } = appOf(name);
  const text = pasted('js', 'acknowledged').split('// cdk-nag 2')[0];
  new Function('rotation', 'Validations', text)(rotation, Validations);
  const violations = PACKS.flatMap((Pack) => new Pack(app as any).validateScope(app as any).violations);
  const own = violations.filter(({ violatingResources }: any) =>
    violatingResources.some(({ constructPath }: any) => /^(Keys\/Rotation|Users)\//.test(constructPath)),
  );
  // The policy that the app chose is for the app to acknowledge.
  const chosen = 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/ReadOnlyAccess]';
  expect(own.map(({ ruleName }: any) => ruleName)).toEqual(name === 'all options' ? [chosen] : []);
});

describe('checkov', () => {
  const text = ts
    .transpile(pasted('ts', 'skipped'), { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext })
    .replace(/^import .*$/gm, '')
    .replace(/^const rotation = .*$/m, '');
  const paste = (rotation: unknown) => new Function('rotation', 'CfnResource', text)(rotation, CfnResource);

  test('what is skipped is not reported, and another resource in a user stack is', async () => {
    const directory = temporaryDirectory();
    for (const name of APP_NAMES) {
      const { app, directory: assembly, rotation } = appOf(name);
      const users = app.node.tryFindChild('Users');
      if (users) new sqs.CfnQueue(users, 'OfOthers');
      paste(rotation);
      app.synth();
      cpSync(assembly, join(directory, name), { recursive: true, filter: (file) => !file.includes('asset.') });
    }
    const answer = await runTool('templates', 'checkov.main', [
      ...['--directory', directory, '--framework', 'cloudformation', '--output', 'json'],
      ...['--compact', '--quiet', '--soft-fail', '--skip-download'],
    ]);
    const { summary, results } = JSON.parse(answer);
    expect(
      results.failed_checks.map(({ check_id, resource }: Record<string, string>) => `${check_id} on ${resource}`),
    ).toEqual(['CKV_AWS_27 on AWS::SQS::Queue.OfOthers']);
    expect(summary).toMatchObject({ failed: 1, parsing_errors: 0 });
    expect(summary.skipped).toBeGreaterThan(40);
  });

  test('what a resource skips already stays, and other resources get no metadata', () => {
    const { rotation } = appOf('default');
    const log = rotation.logGroup.node.defaultChild as CfnResource;
    log.addMetadata('checkov', { skip: [{ id: 'CKV_AWS_338', comment: 'mine' }], other: true });
    log.addMetadata('cfn_nag', { rules_to_suppress: [{ id: 'W86', reason: 'mine' }] });
    paste(rotation);
    expect(log.getMetadata('checkov')).toEqual({
      skip: [
        { id: 'CKV_AWS_338', comment: 'mine' },
        { id: 'CKV_AWS_158', comment: expect.any(String) },
      ],
      other: true,
    });
    expect(log.getMetadata('cfn_nag').rules_to_suppress.map(({ id }: { id: string }) => id)).toEqual(['W86', 'W84']);
    const alias = rotation.node.findChild('Rotator').node.findChild('FirstKeyAlias') as CfnResource;
    expect([alias.getMetadata('checkov'), alias.getMetadata('cfn_nag')]).toEqual([undefined, undefined]);
  });
});
