/** Mistakes of callers without types: a message names the path of the option, what was given and what is expected. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { Aws, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { warnings } from './annotations';
import { testStack } from './support';
import { AccessKeyRotation, Deactivation, Recipient, RotationSchedule, RotationTrigger, UserStacks } from '../../src';
import * as tables from '../../src/private/option-shapes';

const untyped = (value: unknown): any => value;
const rotate = (props: unknown, stack: Stack = testStack()) => new AccessKeyRotation(stack, 'Rotation', untyped(props));
const alice = (more: object): unknown => ({ users: [{ userName: 'alice', ...more }] });

const SCHEDULE = 'but it must be a RotationSchedule. Use RotationSchedule.of({ … }).';
const RECIPIENT = 'but it must be a Recipient. Use Recipient.email(…) or Recipient.subscription(…).';
const LIST = 'but it must be a list. Put it into a list.';
const STRING = 'but it must be a string. Pass a string.';
const BOOLEAN = 'but it must be true or false. Pass a boolean, without quotation marks.';
const POLICY =
  'but it must be an IManagedPolicy. Use iam.ManagedPolicy.fromAwsManagedPolicyName(…) or another managed policy.';
const DURATION = 'but it must be a Duration. Use Duration.days(…).';
const TRIGGER = 'but it must be a RotationTrigger. Use RotationTrigger.eventBridgeRules({ … }).';

describe('a value of the wrong shape is an error', () => {
  test.each<[unknown, string]>([
    [undefined, 'props is undefined, but it must be an object of options. Pass { users: … }.'],
    ['alice', 'props is "alice", but it must be an object of options. Pass { users: … }.'],
    [{ users: 'alice' }, `users is "alice", ${LIST}`],
    [{ users: { userName: 'alice' } }, `users is an object, ${LIST}`],
    [{ users: ['alice'] }, 'users[0] is "alice", but it must be an object of options. Pass { userName: … }.'],
    [{ users: [null] }, 'users[0] is null, but it must be an object of options. Pass { userName: … }.'],
    [{ schedule: 'weekly' }, `schedule is "weekly", ${SCHEDULE}`],
    [{ schedule: { create: 90 } }, `schedule is an object, ${SCHEDULE}`],
    [{ schedule: RotationSchedule }, `schedule is the class or function RotationSchedule, ${SCHEDULE}`],
    [{ trigger: 'daily' }, `trigger is "daily", ${TRIGGER}`],
    [{ trigger: RotationTrigger }, `trigger is the class or function RotationTrigger, ${TRIGGER}`],
    [{ trigger: RotationTrigger.fixedRates }, `trigger is the class or function fixedRates, ${TRIGGER}`],
    [
      { userStacks: 4 },
      'userStacks is 4, but it must be UserStacks. Use UserStacks.nested(…) or UserStacks.fromStacks(…).',
    ],
    [
      { topic: 'arn:aws:sns:eu-central-1:111122223333:t' },
      'topic is "arn:aws:sns:eu-central-1:111122223333:t", but it must be an ITopic. Use sns.Topic.fromTopicArn(…) or another topic.',
    ],
    [{ dryRun: 'false' }, `dryRun is "false", ${BOOLEAN}`],
    [{ dryRun: 1 }, `dryRun is 1, ${BOOLEAN}`],
    [{ alarms: 'false' }, `alarms is "false", ${BOOLEAN}`],
    [{ alarmActions: 'arn' }, `alarmActions is "arn", ${LIST}`],
    [
      { alarmActions: ['arn'] },
      'alarmActions[0] is "arn", but it must be an IAlarmAction. Use cloudwatch_actions.SnsAction or another action.',
    ],
    [
      { logRetention: '1 year' },
      'logRetention is "1 year", but it must be one of RetentionDays. Use RetentionDays.ONE_YEAR or another one.',
    ],
    [{ failureRecipients: 'a@example.com' }, `failureRecipients is "a@example.com", ${LIST}`],
    [{ failureRecipients: ['a@example.com'] }, `failureRecipients[0] is "a@example.com", ${RECIPIENT}`],
    [
      { digestRecipients: Recipient.email('a@example.com') },
      `digestRecipients is an object of the class Recipient, ${LIST}`,
    ],
    [alice({ schedule: 90 }), `users[0].schedule is 90, ${SCHEDULE}`],
    [alice({ recipients: 'a@example.com' }), `users[0].recipients is "a@example.com", ${LIST}`],
    [alice({ recipients: [null] }), `users[0].recipients[0] is null, ${RECIPIENT}`],
    [alice({ groups: 'admins' }), `users[0].groups is "admins", ${LIST}`],
    [
      alice({ groups: ['admins'] }),
      'users[0].groups[0] is "admins", but it must be an IGroup. Use iam.Group.fromGroupName(…) or another group.',
    ],
    [alice({ managedPolicies: ['ReadOnlyAccess'] }), `users[0].managedPolicies[0] is "ReadOnlyAccess", ${POLICY}`],
    [alice({ permissionsBoundary: 'Boundary' }), `users[0].permissionsBoundary is "Boundary", ${POLICY}`],
    [
      alice({ encryptionKey: 'alias/k' }),
      'users[0].encryptionKey is "alias/k", but it must be an IKey. Use kms.Key.fromKeyArn(…) or another key.',
    ],
    [
      alice({ replicaRegions: ['eu-west-1'] }),
      'users[0].replicaRegions[0] is "eu-west-1", but it must be a ReplicaRegion. Pass { region: \'…\' }.',
    ],
    [alice({ reminderDays: 3 }), `users[0].reminderDays is 3, ${LIST}`],
    [
      alice({ reminderDays: ['3'] }),
      'users[0].reminderDays[0] is "3", but it must be a number. Pass a number of days.',
    ],
    [alice({ tags: 'team' }), 'users[0].tags is "team", but it must be an object of tags. Pass { key: \'value\' }.'],
    [alice({ tags: { cost: 5 } }), `users[0].tags.cost is 5, ${STRING}`],
    [alice({ id: 7 }), `users[0].id is 7, ${STRING}`],
    [alice({ userName: 7 }), `users[0].userName is 7, ${STRING}`],
    [
      alice({ removalPolicy: 'keep' }),
      'users[0].removalPolicy is "keep", but it must be one of RemovalPolicy. Use RemovalPolicy.RETAIN or another one.',
    ],
    [
      alice({ unmanagedKeys: 'retire' }),
      'users[0].unmanagedKeys is "retire", but it must be one of UnmanagedKeys. Use UnmanagedKeys.IGNORE or another one.',
    ],
    [
      alice({ deactivation: true }),
      'users[0].deactivation is true, but it must be a Deactivation. Use Deactivation.onSchedule() or Deactivation.whenUnused({ … }).',
    ],
    [
      { users: [{ user: 'alice' }] },
      'users[0].user is "alice", but it must be an IUser. Use iam.User.fromUserName(…) or another user.',
    ],
    [
      alice({ secret_name: 'x' }),
      'users[0]: It has "secret_name": in Python, pass RotatedUserProps(secret_name=…) and not a dict.',
    ],
  ])('%#: %p', (props, message) => {
    expect(() => rotate(props)).toThrow(new Error(`AccessKeyRotation Test/Rotation: ${message}`));
  });

  test.each<[() => unknown, string]>([
    [
      () => rotate({}).addUser(untyped('alice')),
      'AccessKeyRotation Test/Rotation: addUser() is "alice", but it must be an object of options. Pass { userName: … }.',
    ],
    [() => rotate(alice({})).user(untyped(7)), `AccessKeyRotation Test/Rotation, user(): name is 7, ${STRING}`],
    [() => RotationSchedule.of(untyped({ create: 90 })), `RotationSchedule.of: ages.create is 90, ${DURATION}`],
    [
      () => RotationSchedule.of(untyped(90)),
      'RotationSchedule.of: ages is 90, but it must be an object of options. Pass { create: … }.',
    ],
    [() => RotationSchedule.activeUnder(untyped(90)), `RotationSchedule.activeUnder: limit is 90, ${DURATION}`],
    [
      () => RotationTrigger.eventBridgeRules(untyped({ checkInterval: 24 })),
      `RotationTrigger.eventBridgeRules: options.checkInterval is 24, ${DURATION}`,
    ],
    [
      () => Deactivation.whenUnused(untyped({ maxDelay: 14 })),
      `Deactivation.whenUnused: options.maxDelay is 14, ${DURATION}`,
    ],
    [() => Deactivation.whenUnused(untyped({})), `Deactivation.whenUnused: options.maxDelay is undefined, ${DURATION}`],
    [
      () => UserStacks.nested(2, untyped({ keepInRotationStack: 'alice' })),
      `UserStacks.nested: options.keepInRotationStack is "alice", ${LIST}`,
    ],
    [
      () => UserStacks.fromStacks(untyped('stack')),
      'UserStacks.fromStacks: "stacks" is not a list. Pass a list of stacks.',
    ],
    [() => Recipient.email(untyped(5)), `Recipient.email: address is 5, ${STRING}`],
    [
      () => Recipient.subscription(untyped('a@example.com')),
      'Recipient.subscription: subscription is "a@example.com", but it must be an ITopicSubscription. Use a class of aws-cdk-lib/aws-sns-subscriptions, or Recipient.email(…).',
    ],
  ])('%#: %p', (attempt, message) => {
    expect(attempt).toThrow(new Error(message));
  });
});

test('periods in place of ages: the message says from when ages count', () => {
  const [create, period] = [Duration.days(60), Duration.days(14)];
  expect(() => RotationSchedule.of({ create, deactivate: period, delete: period })).toThrow(
    'Ages count from the creation of the key, not from the step before',
  );
});

test.each<[unknown, string]>([
  [{ notifiy: true, ...untyped(alice({})) }, 'props has the unknown option "notifiy"'],
  [alice({ recipient: [] }), 'users[0] has the unknown option "recipient". The nearest option is "recipients".'],
  [alice({ username: 'alice' }), 'users[0] has the unknown option "username". The nearest option is "userName".'],
  [
    alice({ schedule: RotationSchedule.of(untyped({ rotate: Duration.days(30) })) }),
    'RotationSchedule.of has the unknown option "rotate". The nearest option is "create".',
  ],
])('an unknown option is a warning that can be acknowledged: %#', (props, message) => {
  const found = warnings(rotate(props)).filter((text) => text.includes('cdk-access-key-rotation:unknownOption]'));
  expect(found).toEqual([expect.stringContaining(message)]);
});

test('tokens, null and values of another copy of the library pass', () => {
  const stack = testStack();
  let other!: typeof import('../../src');
  jest.isolateModules(() => (other = jest.requireActual('../../src')));
  expect(other.RotationSchedule).not.toBe(RotationSchedule);
  const props = {
    trigger: null,
    userStacks: null,
    schedule: other.RotationSchedule.of({ create: Duration.days(60) }),
    failureRecipients: [other.Recipient.email('a@example.com')],
    digestRecipients: null,
    users: [
      { userName: new CfnParameter(stack, 'Name').valueAsString, id: 'x', description: Aws.REGION, schedule: null },
      { userName: Lazy.string({ produce: () => 'y' }), id: 'y' },
      { user: iam.User.fromUserName(stack, 'U', 'legacy') },
    ],
  };
  expect(() => rotate(props, stack)).not.toThrow();
});

test('each option of each public interface has a shape', () => {
  const { types } = JSON.parse(readFileSync(join(__dirname, '..', '..', '.jsii'), 'utf8'));
  const known = Object.values(tables).filter((table): table is typeof tables.USER_OPTIONS => 'shapes' in table);
  const interfaces = Object.values<any>(types).filter(({ kind, datatype }) => kind === 'interface' && datatype);
  const optionsOf = (type: any): string[] => [
    ...(type.properties ?? []).map(({ name }: { name: string }) => name),
    ...(type.interfaces ?? []).flatMap((base: string) => optionsOf(types[base])),
  ];
  for (const type of interfaces.filter(({ name }) => name !== 'RotationOptions')) {
    const table = known.find(({ name }) => name === type.name);
    expect([type.name, Object.keys(table?.shapes ?? {}).sort()]).toEqual([type.name, optionsOf(type).sort()]);
  }
});
