/**
 * Each permission opens one ARN: triggers and people invoke the function itself, CloudFormation its alias. Evaluated
 * offline, in each layout.
 */
import { App, Stack, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Account } from './iam-evaluation';
import { AccessKeyRotation, ExposedKeys, Recipient, RotationTrigger, UserStacks } from '../../src';
import { FIRST_KEY_TYPE } from '../../src/contract/settings';
import { Deployment, Located } from '../template/deployment';
import { CLI } from '../template/fleet';
import { list, rotationOf, temporaryApp } from '../template/support';

const INVOKE = 'lambda:InvokeFunction';

/** What an organization grants to those who deploy and to those who operate, besides what the app grants. */
function addPrincipals(stack: Stack, rotation: AccessKeyRotation): void {
  const role = (id: string) => new iam.Role(stack, id, { roleName: id, assumedBy: new iam.AccountRootPrincipal() });
  rotation.grantOperate(role('Operator'));
  rotation.grantOperate(new iam.User(stack, 'OperatorUser', { userName: 'operator' }));
  // The name of the alias is the same in each rotation.
  const everyAlias = stack.formatArn({ service: 'lambda', resource: 'function:*:CloudFormation' });
  role('Deployer').addToPolicy(new iam.PolicyStatement({ actions: [INVOKE], resources: [everyAlias] }));
  rotation.rotationFunction.grantInvoke(role('WithGrantOfTheCdk'));
  role('Stranger');
}

type Layout = [layout: string, trigger: RotationTrigger, userStacks: (scope: App | Stage) => UserStacks | undefined];
const RULES = RotationTrigger.eventBridgeRules();
const LAYOUTS: Layout[] = [
  ['one stack with rules', RULES, () => undefined],
  ['one stack with EventBridge Scheduler', RotationTrigger.eventBridgeScheduler(), () => undefined],
  ['nested stacks', RULES, () => UserStacks.nested(2)],
  ['user stacks', RULES, (scope) => UserStacks.fromStacks(['A', 'B'].map((id) => new Stack(scope, `Users${id}`)))],
  [
    'user stacks with EventBridge Scheduler',
    RotationTrigger.eventBridgeScheduler(),
    (scope) => UserStacks.fromStacks([new Stack(scope, 'Users')]),
  ],
];

describe.each(LAYOUTS)('%s', (_layout, trigger, userStacks) => {
  describe.each(['deployed by the CLI', 'in a stage of a pipeline'])('%s', (where) => {
    const { app } = temporaryApp(CLI);
    const scope = where === 'in a stage of a pipeline' ? new Stage(app, 'Prod') : app;
    const stack = new Stack(scope, 'Keys');
    const rotation = new AccessKeyRotation(stack, 'Rotation', {
      trigger,
      userStacks: userStacks(scope),
      users: [
        ...['alice', 'bob', 'carol'].map((userName) => ({ userName })),
        { user: iam.User.fromUserName(stack, 'Dora', 'dora') },
      ],
      digestRecipients: [Recipient.email('security@example.com')],
      exposedKeys: ExposedKeys.REVOKE,
    });
    addPrincipals(stack, rotation);
    const deployment = Deployment.ofAssembly(scope.synth().directory);
    const account = new Account(deployment);
    const properties = (type: string) => deployment.ofType(type).map((located) => deployment.properties(located));
    const [arn] = account.arns('AWS::Lambda::Function');
    const alias = `${arn}:CloudFormation`;
    const ARNS = { 'the function': arn, 'the alias': alias, $LATEST: `${arn}:$LATEST`, 'a version': `${arn}:7` };
    const opened = async (mayInvoke: (one: string) => Promise<boolean>) => {
      const all = await Promise.all(Object.values(ARNS).map(mayInvoke));
      return Object.keys(ARNS).filter((_, index) => all[index]);
    };
    const openedTo = (principal: string) => opened((one) => account.allows(principal, INVOKE, one));

    test('the alias is of $LATEST, so it always runs the deployed code', () => {
      expect(properties('AWS::Lambda::Alias')).toMatchObject([{ Name: 'CloudFormation', FunctionVersion: '$LATEST' }]);
      expect(account.arns('AWS::Lambda::Alias')).toEqual([alias]);
    });

    test('each custom resource has the alias as its ServiceToken', () => {
      expect(properties(FIRST_KEY_TYPE).map(({ ServiceToken }) => ServiceToken)).toEqual(Array(4).fill(alias));
    });

    test('rules and schedules have the function itself as their target', () => {
      const targets = [
        ...properties('AWS::Events::Rule').flatMap(({ Targets }) => Targets),
        ...properties('AWS::Scheduler::Schedule').map(({ Target }) => Target),
      ];
      expect(targets).toHaveLength(3 * 4 + 1 + 2);
      expect([...new Set(targets.map(({ Arn }) => Arn))]).toEqual([arn]);
    });

    test('each rule may invoke the function itself, and no other rule may invoke anything', async () => {
      const rules = account.arns('AWS::Events::Rule');
      for (const rule of rules) {
        expect(await opened((one) => account.mayInvoke('events.amazonaws.com', rule, one))).toEqual(['the function']);
        expect(await opened((one) => account.mayInvoke('scheduler.amazonaws.com', rule, one))).toEqual([]);
        expect(await opened((one) => account.mayInvoke('cloudformation.amazonaws.com', rule, one))).toEqual([]);
      }
      const other = rules[0].replace(/rule\/.*/, 'rule/other');
      expect(await opened((one) => account.mayInvoke('events.amazonaws.com', other, one))).toEqual([]);
    });

    test('operators may invoke the function itself, deployers the alias, and no other principal either', async () => {
      const roles = account.arns('AWS::IAM::Role');
      const byRole = await Promise.all(roles.map(async (role) => [role.split('/').pop(), await openedTo(role)]));
      const schedules = roles.filter((role) => role.includes('role/akr-')).map((role) => role.split('/').pop());
      expect(Object.fromEntries(byRole)).toEqual({
        ...Object.fromEntries(schedules.map((name) => [name, ['the function']])),
        Operator: ['the function'],
        Deployer: ['the alias'],
        // Why grantOperate() exists.
        WithGrantOfTheCdk: ['the function', 'the alias', '$LATEST', 'a version'],
        Stranger: [],
        [properties('AWS::Lambda::Function')[0].Role.split('/').pop()]: [],
      });
      for (const user of account.arns('AWS::IAM::User')) {
        expect([user, await openedTo(user)]).toEqual([user, user.endsWith('/operator') ? ['the function'] : []]);
      }
    });

    test('no statement of the library names more than the function itself', () => {
      const isOfTheApp = ({ id }: Located) => /^(?:Deployer|WithGrantOfTheCdk)/.test(id);
      const documents = deployment
        .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::Role', 'AWS::IAM::User')
        .filter((located) => !isOfTheApp(located))
        .map((located) => deployment.properties(located))
        .flatMap(({ PolicyDocument, Policies = [] }) => [
          ...(PolicyDocument ? [PolicyDocument] : []),
          ...Policies.map((policy: any) => policy.PolicyDocument),
        ]);
      const statements = documents.flatMap(({ Statement }) => Statement);
      const invoking = statements.filter(({ Action }) =>
        list(Action).some((action) => /^(?:lambda:|\*)/i.test(action)),
      );
      expect(statements.length).toBeGreaterThan(invoking.length);
      expect(invoking.map(({ Action, Resource }) => [Action, Resource])).toEqual(
        Array(invoking.length).fill([INVOKE, arn]),
      );
      expect(properties('AWS::Lambda::Permission').map(({ FunctionName }) => FunctionName)).toEqual(
        Array(deployment.ofType('AWS::Lambda::Permission').length).fill(arn),
      );
    });
  });
});

describe('grantOperate()', () => {
  const grant = (grantee: (stack: Stack) => iam.IGrantable) => {
    const { stack, rotation } = rotationOf('alice');
    return rotation.grantOperate(grantee(stack));
  };
  const problem = (given: string) =>
    `AccessKeyRotation Test/Rotation, grantOperate(): the grantee is ${given}, but it must be a user, group or role of the account of the rotation.`;

  test.each<[string, (stack: Stack) => iam.IGrantable]>([
    ['an imported role', (stack) => iam.Role.fromRoleName(stack, 'Role', 'on-call')],
    ['an imported group', (stack) => iam.Group.fromGroupName(stack, 'Group', 'on-call')],
    ['a user', (stack) => new iam.User(stack, 'User')],
    [
      'a role by its ARN, where the account of the stack is not known',
      (stack) => iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/on-call'),
    ],
  ])('permits %s', (_who, grantee) => {
    expect(grant(grantee).success).toBe(true);
  });

  test.each<[string, (stack: Stack) => iam.IGrantable, string]>([
    ['a service', () => new iam.ServicePrincipal('sns.amazonaws.com'), 'ServicePrincipal(sns.amazonaws.com)'],
    ['another account', () => new iam.AccountPrincipal('999999999999'), 'AccountPrincipal(999999999999)'],
  ])('%s cannot have a policy: an error, and not a grant without effect', (_who, grantee, given) => {
    expect(() => grant(grantee)).toThrow(problem(given));
  });

  test('a role of another account is an error', () => {
    const stack = new Stack(new App(), 'Test', { env: { account: '111122223333', region: 'eu-central-1' } });
    const rotation = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'alice' }] });
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::999999999999:role/on-call');
    expect(() => rotation.grantOperate(role)).toThrow(problem('a principal of the account 999999999999'));
  });

  test.each<[string, (stack: Stack) => iam.IRole]>([
    [
      'is immutable',
      (stack) => iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/on-call', { mutable: false }),
    ],
    [
      'gets no policy updates',
      (stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }).withoutPolicyUpdates(),
    ],
  ])('adds nothing to a role that %s, and the CDK reports success: the docs say so', (_what, role) => {
    const [without, granted] = [rotationOf('alice'), rotationOf('alice')];
    role(without.stack);
    expect(granted.rotation.grantOperate(role(granted.stack)).success).toBe(true);
    expect(granted.resources).toEqual(without.resources);
  });

  test('a value of the wrong type is an error', () => {
    expect(() => grant(() => 'arn:aws:iam::111122223333:role/on-call' as never)).toThrow(
      'grantOperate(): grantee is "arn:aws:iam::111122223333:role/on-call", but it must be an IGrantable. Use iam.Role.fromRoleName(…) or another role, user or group.',
    );
  });
});
