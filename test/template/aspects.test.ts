/** Aspects of an app that rename IAM resources and set paths, as landing zones require it. */
import { App, Aspects, Aws, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { Resource, testApp } from './support';
import { AccessKeyRotation, RotationTrigger, UserStacks } from '../../src';

const ENV = { account: '111122223333', region: 'eu-central-1' };
const PREFIX = 'service-';

/** Changes a resource of a type. */
type Change = (resource: CfnResource) => void;

function aspect(type: string, change: Change) {
  return {
    visit: (node: IConstruct) => {
      if (CfnResource.isCfnResource(node) && node.cfnResourceType === type) change(node);
    },
  };
}

/** The name that `AddPermissionBoundary` of @cdklabs/cdk-enterprise-iac gives a resource without one. */
const nameFromPath = ({ node }: CfnResource) => `${PREFIX}${node.path.replace(/[/:]/g, '-')}`.slice(0, 128);

/** The ways in which an app renames a role and sets its path, and the ARN that the schedules must have then. */
const ROLES: [string, Change, RegExp][] = [
  ['nothing', () => undefined, /^arn:aws:iam::111122223333:role\/akr-[0-9a-f-]+-eu-central-1$/],
  [
    'overrides of name and path, as AddPermissionBoundary sets them',
    (role) => {
      role.addPropertyOverride('RoleName', `${PREFIX}${(role as iam.CfnRole).roleName ?? role.node.id}`.slice(0, 64));
      role.addPropertyOverride('Path', '/landing-zone/');
    },
    /^arn:aws:iam::111122223333:role\/landing-zone\/service-akr-[0-9a-f-]+-eu-central-1$/,
  ],
  [
    'properties of the L1 resource',
    (role) => Object.assign(role, { roleName: `${PREFIX}schedules`, path: '/teams/keys/' }),
    /^arn:aws:iam::111122223333:role\/teams\/keys\/service-schedules$/,
  ],
  [
    'a path only',
    (role) => role.addOverride('Properties.Path', '/teams/'),
    /^arn:aws:iam::111122223333:role\/teams\/akr-[0-9a-f-]+-eu-central-1$/,
  ],
];

const isSchedulesRole = ({ node }: CfnResource) => node.path.includes('SchedulesRole');

interface Layout {
  readonly rotationStack: (app: App) => Stack;
  readonly userStacks: (stack: Stack) => UserStacks | undefined;
}

const WITHIN: [string, Layout][] = [
  ['in the stack of the rotation', { rotationStack: newStack, userStacks: () => undefined }],
  ['in nested stacks', { rotationStack: newStack, userStacks: () => UserStacks.nested(2) }],
  [
    'in a nested stack beside that of the rotation',
    {
      rotationStack: (app) => new NestedStack(newStack(app), 'Nested'),
      userStacks: (stack) => UserStacks.fromStacks([new NestedStack(stack.nestedStackParent!, 'Users')]),
    },
  ],
];

const ACROSS: [string, Layout][] = [
  ['in another stack', { rotationStack: newStack, userStacks: otherStack }],
  [
    'in a nested stack of another stack',
    {
      rotationStack: newStack,
      userStacks: (stack) =>
        UserStacks.fromStacks([new NestedStack(new Stack(stack.node.root, 'Other', { env: ENV }), 'Users')]),
    },
  ],
  [
    'in another stack, with the rotation in a nested stack',
    { rotationStack: (app) => new NestedStack(newStack(app), 'Nested'), userStacks: otherStack },
  ],
];

function newStack(app: App): Stack {
  return new Stack(app, 'Keys', { env: ENV });
}

function otherStack(stack: Stack): UserStacks {
  return UserStacks.fromStacks([new Stack(stack.node.root, 'Other', { env: ENV })]);
}

/** The resources of an app with a rotation that uses EventBridge Scheduler, by type. */
function scheduled({ rotationStack, userStacks }: Layout, change: Change): (type: string) => Resource[] {
  const app = testApp();
  const stack = rotationStack(app);
  new AccessKeyRotation(stack, 'Rotation', {
    trigger: RotationTrigger.eventBridgeScheduler(),
    users: [{ userName: 'alice' }, { userName: 'bob' }],
    userStacks: userStacks(stack),
  });
  Aspects.of(app).add(aspect('AWS::IAM::Role', (role) => isSchedulesRole(role) && change(role)));
  const all = resourcesOf(app);
  return (type) => all.filter(({ Type }) => Type === type);
}

function resourcesOf(app: App): Resource[] {
  app.synth();
  const stacks = app.node.findAll().filter((construct): construct is Stack => Stack.isStack(construct));
  return stacks.flatMap((stack) => Object.values<Resource>(Template.fromStack(stack).toJSON().Resources ?? {}));
}

describe.each(ROLES)('an app changes the role of the schedules by %s', (_how, change, arn) => {
  test.each(WITHIN)('schedules %s refer to it', (_where, layout) => {
    const schedules = scheduled(layout, change)('AWS::Scheduler::Schedule');
    expect(schedules).toHaveLength(6);
    for (const { Properties } of schedules) {
      expect(JSON.stringify(Properties.Target.RoleArn)).toMatch(/SchedulesRole\w*"?,?"?(Arn)?"/);
    }
  });

  test.each(ACROSS)('schedules %s have its ARN, without an export', (_where, layout) => {
    const schedules = scheduled(layout, change)('AWS::Scheduler::Schedule');
    expect(schedules).toHaveLength(6);
    for (const { Properties } of schedules) {
      const { RoleArn } = Properties.Target;
      const text =
        typeof RoleArn === 'string'
          ? RoleArn
          : RoleArn['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : 'aws')).join('');
      expect(text).toMatch(arn);
    }
  });
});

test.each<[string, Change]>([
  ['is removed', (role) => role.addPropertyDeletionOverride('RoleName')],
  ['depends on the stack', (role) => role.addPropertyOverride('RoleName', `${Aws.STACK_NAME}-schedules`)],
])('where the name of the role %s, schedules of other stacks import its ARN', (_how, change) => {
  const [, layout] = ACROSS[0];
  for (const { Properties } of scheduled(layout, change)('AWS::Scheduler::Schedule')) {
    expect(JSON.stringify(Properties.Target.RoleArn)).toMatch(/^{"Fn::ImportValue":"Keys:.*SchedulesRole/);
  }
});

test.each([...WITHIN, ...ACROSS])('an app renames the schedule group: schedules %s are in it', (_where, layout) => {
  const app = testApp();
  const stack = layout.rotationStack(app);
  new AccessKeyRotation(stack, 'Rotation', {
    trigger: RotationTrigger.eventBridgeScheduler(),
    users: [{ userName: 'alice' }],
    userStacks: layout.userStacks(stack),
  });
  Aspects.of(app).add(aspect('AWS::Scheduler::ScheduleGroup', (group) => group.addPropertyOverride('Name', 'keys')));
  for (const { Type, Properties } of resourcesOf(app)) {
    if (Type === 'AWS::Scheduler::Schedule') {
      expect(JSON.stringify(Properties.GroupName)).toMatch(/^("keys"|{"Ref":".*RotatorSchedules\w+"})$/);
    }
  }
});

describe('an app names managed policies', () => {
  const NAMES: [string, Change][] = [
    ['by an override', (policy) => policy.addPropertyOverride('ManagedPolicyName', nameFromPath(policy))],
    [
      'by a property of the L1 resource',
      (policy) => Object.assign(policy, { managedPolicyName: nameFromPath(policy) }),
    ],
    ['with 128 characters', (policy) => policy.addPropertyOverride('ManagedPolicyName', PREFIX.padEnd(128, 'x'))],
    ['with a token', (policy) => policy.addPropertyOverride('ManagedPolicyName', `${Aws.REGION}-keys`)],
  ];

  function policyOf(names: string[], change: Change): { id: string; name: any } {
    const app = testApp();
    const stack = new Stack(app, 'Keys');
    new AccessKeyRotation(stack, 'Rotation', { users: names.map((userName) => ({ userName })) });
    Aspects.of(app).add(aspect('AWS::IAM::ManagedPolicy', change));
    const [[id, { Properties }]] = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'));
    return { id, name: Properties.ManagedPolicyName };
  }

  test.each(NAMES)('%s: each list of users has a policy with its own name, which IAM accepts', (_how, change) => {
    const [before, after] = [['alice'], ['alice', 'bob']].map((names) => policyOf(names, change));
    expect(after.id).not.toBe(before.id);
    expect(after.name).not.toEqual(before.name);
    for (const { id, name } of [before, after]) {
      const text = typeof name === 'string' ? name : name['Fn::Join'][1].join('');
      expect(text.endsWith(`-${id.slice(-8)}`)).toBe(true);
      expect(text.length).toBeLessThanOrEqual(128);
    }
    expect(policyOf(['alice'], change)).toEqual(before);
  });

  test('not: CloudFormation generates the name', () => {
    expect(policyOf(['alice'], () => undefined).name).toBeUndefined();
  });
});

describe('an app renames a resource that the rotation finds by its name, which is an error at synth:', () => {
  test.each<[string, string, Change, string]>([
    [
      'a user',
      'AWS::IAM::User',
      (user) => user.addPropertyOverride('UserName', `${PREFIX}alice`),
      'Keys/Rotation/User-alice/User/Resource: an aspect or an override changes "UserName" from "alice" to "service-alice", but the rotation finds it by "userName".'
        + ` Pass "userName: 'service-alice'", or exclude the resource from the aspect.`,
    ],
    [
      'a secret',
      'AWS::SecretsManager::Secret',
      (secret) => Object.assign(secret, { name: `${Aws.STACK_NAME}-alice` }),
      'Keys/Rotation/User-alice/Secret/Resource: an aspect or an override changes "Name" from "alice" to another value, but the rotation finds it by "secretName".'
        + ' Exclude the resource from the aspect.',
    ],
    [
      'a rule',
      'AWS::Events::Rule',
      (rule) => rule.node.id === 'CreateRule' && rule.addPropertyOverride('Name', 'service-create'),
      'Keys/Rotation/User-alice/CreateRule: an aspect or an override changes the name of this rule, but only rules "akr-',
    ],
  ])('%s', (_what, type, change, message) => {
    const app = testApp();
    new AccessKeyRotation(new Stack(app, 'Keys'), 'Rotation', { users: [{ userName: 'alice' }] });
    Aspects.of(app).add(aspect(type, change));
    expect(() => app.synth()).toThrow(message);
  });

  test('a user of the app with a literal name', () => {
    const app = testApp();
    const stack = new Stack(app, 'Keys');
    const user = new iam.User(stack, 'Legacy', { userName: 'legacy' });
    new AccessKeyRotation(stack, 'Rotation', { users: [{ user }] });
    Aspects.of(app).add(
      aspect('AWS::IAM::User', (resource) => resource.addPropertyOverride('UserName', 'service-legacy')),
    );
    expect(() => app.synth()).toThrow(
      'Keys/Legacy/Resource: an aspect or an override changes "UserName" from "legacy" to "service-legacy"',
    );
  });
});

test('a path that an aspect sets counts towards the length of the policy of the Lambda', () => {
  const synthWithPath = (path: string) => {
    const app = testApp();
    const users = [...Array(20).keys()].map((index) => ({ userName: `user-${index}` }));
    new AccessKeyRotation(new Stack(app, 'Keys'), 'Rotation', { users });
    Aspects.of(app).add(aspect('AWS::IAM::User', (user) => user.addPropertyOverride('Path', path)));
    return () => app.synth();
  };
  expect(synthWithPath('/people/')).not.toThrow();
  expect(synthWithPath(`/${'p'.repeat(510)}/`)).toThrow('IAM allows up to 6144');
});
