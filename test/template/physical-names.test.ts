/** The names of rules, schedules, groups and roles are unique in an account and Region. */
import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { Resource, testApp } from './support';
import { AccessKeyRotation, Recipient, RotationTrigger, UserStacks } from '../../src';

const TRIGGERS: [string, RotationTrigger][] = [
  ['eventBridgeRules', RotationTrigger.eventBridgeRules()],
  ['fixedRates', RotationTrigger.fixedRates()],
  ['eventBridgeScheduler', RotationTrigger.eventBridgeScheduler()],
];

const NAMED: Record<string, string> = {
  'AWS::Events::Rule': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::IAM::Role': 'RoleName',
};

/** With an `id`, the name of a user is not part of the names of its rules. */
function addRotation(scope: Construct, trigger: RotationTrigger, more: { userStacks?: UserStacks; id?: string } = {}) {
  const { userStacks, id = 'Rotation' } = more;
  new AccessKeyRotation(scope, id, {
    trigger,
    userStacks,
    users: [{ id: 'deployer', userName: `deployer-${id}-${Stack.of(scope).node.path.replace(/\W/g, '.')}` }],
    digestRecipients: [Recipient.email('security@example.com')],
  });
}

/** All resources of a stack and of its nested stacks. */
function resourcesOf(stack: Stack): Resource[] {
  App.of(stack)!.synth();
  const stacks = stack.node.findAll().filter((construct): construct is Stack => Stack.isStack(construct));
  return stacks.flatMap((each) => Object.values<Resource>(Template.fromStack(each).toJSON().Resources ?? {}));
}

function namesOf(...stacks: Stack[]): string[] {
  return stacks
    .flatMap(resourcesOf)
    .filter(({ Type, Properties }) => Properties?.[NAMED[Type]] !== undefined)
    .map(({ Type, Properties }) => `${Type} ${JSON.stringify(Properties[NAMED[Type]])}`);
}

/** The wildcards of the permission on the Lambda and of the policy of its dead-letter queue. */
function wildcardsOf(stack: Stack): string[] {
  return [...JSON.stringify(resourcesOf(stack)).matchAll(/:rule\/(akr-[^*"]+)\*/g)].map(([, prefix]) => prefix);
}

const LAYOUTS: [string, (trigger: RotationTrigger) => Stack[]][] = [
  [
    'one app with two stack names',
    (trigger) =>
      ['dev', 'prod'].map((stage) => {
        const stack = new Stack(testApp(), 'Keys', { stackName: `${stage}-keys` });
        addRotation(stack, trigger);
        return stack;
      }),
  ],
  [
    'one app with two stack names, in a nested stack',
    (trigger) =>
      ['dev', 'prod'].map((stage) => {
        const stack = new Stack(testApp(), 'Keys', { stackName: `${stage}-keys` });
        addRotation(new NestedStack(new NestedStack(stack, 'Nested'), 'Nested'), trigger);
        return stack;
      }),
  ],
  [
    'one app with two stack names, whose users are in nested stacks',
    (trigger) =>
      ['dev', 'prod'].map((stage) => {
        const stack = new Stack(testApp(), 'Keys', { stackName: `${stage}-keys` });
        addRotation(stack, trigger, { userStacks: UserStacks.nested(1) });
        return stack;
      }),
  ],
  [
    'several rotations in one stack and its nested stacks',
    (trigger) => {
      const stack = new Stack(testApp(), 'Keys');
      for (const scope of [stack, new NestedStack(stack, 'N1'), new NestedStack(stack, 'N2')]) {
        for (const id of ['Rotation', 'Second']) addRotation(scope, trigger, { id });
      }
      return [stack];
    },
  ],
];

describe.each(TRIGGERS)('with %s', (_name, trigger) => {
  test.each(LAYOUTS)('no two resources have the same name: %s', (_layout, build) => {
    const names = namesOf(...build(trigger));
    expect(names.length).toBeGreaterThanOrEqual(8);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

test.each(LAYOUTS)('the wildcard of a permission matches the four rules of its own rotation: %s', (_layout, build) => {
  const stacks = build(RotationTrigger.eventBridgeRules());
  const rules = namesOf(...stacks).map((name) => JSON.parse(name.split(' ')[1]) as string);
  const wildcards = stacks.flatMap(wildcardsOf);
  expect(wildcards.length).toBeGreaterThanOrEqual(4); // of a permission and of a queue policy for each rotation
  for (const prefix of wildcards) expect(rules.filter((name) => name.startsWith(prefix))).toHaveLength(4);
});
