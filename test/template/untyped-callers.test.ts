/** Mistakes of callers without types: a message names the path of the option, what was given and what is expected. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { Aws, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { warnings } from './annotations';
import { testStack } from './support';
import * as library from '../../src';

const { AccessKeyRotation, ChangeWindow, Deactivation, Recipient, RotationSchedule, RotationTrigger, UserStacks } =
  library;

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
    ...['weekly', 'MONTHLY', true].map((digestFrequency): [object, string] => [
      { digestRecipients: [Recipient.email('a@example.com')], digestFrequency },
      `digestFrequency is ${JSON.stringify(digestFrequency)}, but it must be one of DigestFrequency. Use DigestFrequency.WEEKLY or another one.`,
    ]),
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
      'users[0].replicaRegions[0] is "eu-west-1", but it must be an object of options. Pass { region: … }.',
    ],
    [alice({ replicaRegions: [{ name: 'eu-west-1' }] }), `users[0].replicaRegions[0].region is undefined, ${STRING}`],
    [alice({ sesSmtpRegions: 'eu-west-1' }), `users[0].sesSmtpRegions is "eu-west-1", ${LIST}`],
    [alice({ sesSmtpRegions: [1] }), `users[0].sesSmtpRegions[0] is 1, ${STRING}`],
    [alice({ reminderDays: 3 }), `users[0].reminderDays is 3, ${LIST}`],
    [alice({ reminderDays: ['3'] }), 'users[0].reminderDays[0] is "3", but it must be a number. Pass a number.'],
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
      alice({ changeWindow: { startHour: 9 } }),
      'users[0].changeWindow is an object, but it must be a ChangeWindow. Use ChangeWindow.of({ … }).',
    ],
    [
      { users: [{ user: 'alice' }] },
      'users[0].user is "alice", but it must be an IUser. Use iam.User.fromUserName(…) or another user.',
    ],
    [
      alice({ secret: 'prod/alice' }),
      'users[0].secret is "prod/alice", but it must be an ISecret. Use secretsmanager.Secret.fromSecretNameV2(…) or another secret.',
    ],
    [
      alice({ secret: { secretName: 'x' } }),
      'users[0].secret is an object, but it must be an ISecret. Use secretsmanager.Secret.fromSecretNameV2(…) or another secret.',
    ],
  ])('%#: %p', (props, message) => {
    expect(() => rotate(props)).toThrow(new Error(`AccessKeyRotation Test/Rotation: ${message}`));
  });

  test.each<[() => unknown, string]>([
    [
      () => rotate({}).addUser(untyped('alice')),
      'AccessKeyRotation Test/Rotation, addUser(): user is "alice", but it must be an object of options. Pass { userName: … }.',
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
    [() => UserStacks.fromStacks(untyped('stack')), `UserStacks.fromStacks: stacks is "stack", ${LIST}`],
    [
      () => UserStacks.fromStacks(untyped([testStack(), 'stack'])),
      'UserStacks.fromStacks: stacks[1] is "stack", but it must be a Stack. Pass stacks of the app.',
    ],
    [() => UserStacks.nested(untyped('2')), 'UserStacks.nested: count is "2", but it must be a number. Pass a number.'],
    [
      () => UserStacks.nested(2, untyped({ keepInRotationStack: [7] })),
      `UserStacks.nested: options.keepInRotationStack[0] is 7, ${STRING}`,
    ],
    [
      () => rotate(alice({}), untyped({})),
      'AccessKeyRotation: scope is an object, but it must be a construct. Pass a stack or another construct of the app.',
    ],
    [
      () => new AccessKeyRotation(testStack(), untyped({ users: [] }), untyped(undefined)),
      `AccessKeyRotation: id is an object, ${STRING}`,
    ],
    [
      () => rotate({}).addUser(untyped({ userName: 'bob', groups: 'admins' })),
      `AccessKeyRotation Test/Rotation, addUser(): user.groups is "admins", ${LIST}`,
    ],
    [
      () => rotate(alice({})).alarms!.addAlarmAction(untyped('arn')),
      'RotationAlarms Test/Rotation/Alarms, addAlarmAction(): actions[0] is "arn", but it must be an IAlarmAction. Use cloudwatch_actions.SnsAction or another action.',
    ],
    [
      () => rotate(alice({})).onKeyCreated('Rule', untyped({ target: 'arn' })),
      'AccessKeyRotation Test/Rotation, on…(): options.target is "arn", but it must be an IRuleTarget. Use a class of aws-cdk-lib/aws-events-targets.',
    ],
    [
      () => rotate(alice({})).addDashboard('Dashboard', untyped({ defaultInterval: 180 })),
      `AccessKeyRotation Test/Rotation, addDashboard(): defaultInterval is 180, ${DURATION}`,
    ],
    [
      () => rotate(alice({})).metricChecks(untyped({ period: 5 })),
      `AccessKeyRotation Test/Rotation, metricChecks(): period is 5, ${DURATION}`,
    ],
    [
      () => rotate(alice({})).metric(untyped(undefined)),
      'AccessKeyRotation Test/Rotation, metric(): metricName is undefined, but it must be a string. Pass a string.',
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
  [
    { ...untyped(alice({})), notifiy: true },
    'props has "notifiy", which is not an option of AccessKeyRotationProps. The options are "users", "trigger",',
  ],
  [
    { ...untyped(alice({})), topik: null },
    'props has "topik", which is not an option of AccessKeyRotationProps. The nearest option is "topic".',
  ],
  [
    alice({ recipient: [] }),
    'users[0] has "recipient", which is not an option of RotatedUserProps. The nearest option is "recipients".',
  ],
  [
    { users: [{ username: 'alice', userName: 'alice' }] },
    'users[0] has "username", which is not an option of RotatedUserProps. The nearest option is "userName".',
  ],
  [
    alice({ schedule: RotationSchedule.of(untyped({ rotate: Duration.days(30) })) }),
    'RotationSchedule.of has "rotate", which is not an option of RotationAges. The nearest option is "create".',
  ],
  [
    alice({ deactivation: Deactivation.whenUnused(untyped({ maxDelay: Duration.days(1), max: 1 })) }),
    'Deactivation.whenUnused has "max", which is not an option of WhenUnusedOptions.',
  ],
  [
    alice({ changeWindow: ChangeWindow.of(untyped({ startHour: 9, endhour: 17 })) }),
    'ChangeWindow.of has "endhour", which is not an option of ChangeWindowOptions. The nearest option is "endHour".',
  ],
  [
    { ...untyped(alice({})), trigger: RotationTrigger.eventBridgeRules(untyped({ interval: 1 })) },
    'RotationTrigger.eventBridgeRules has "interval", which is not an option of TriggerOptions. The nearest option is "checkInterval".',
  ],
  [
    { ...untyped(alice({})), userStacks: UserStacks.nested(1, untyped({ keep: [] })) },
    'UserStacks.nested has "keep", which is not an option of UserStacksOptions. The options are "keepInRotationStack".',
  ],
  [
    alice({ secret_name: 'x' }),
    'users[0] has "secret_name", which is not an option of RotatedUserProps. The nearest option is "secretName".',
  ],
])('an unknown option is a warning that can be acknowledged: %#', (props, message) => {
  const found = warnings(rotate(props)).filter((text) => text.includes('cdk-access-key-rotation:unknownOption]'));
  expect(found).toEqual([expect.stringContaining(`AccessKeyRotation Test/Rotation: ${message}`)]);
});

test('an unknown option of a user that is added later is a warning', () => {
  const rotation = rotate({});
  rotation.addUser(untyped({ userName: 'alice', recipient: [] }));

  expect(warnings(rotation)).toEqual([
    expect.stringContaining('AccessKeyRotation Test/Rotation, addUser(): user has "recipient", which is not an option'),
  ]);
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
    digestFrequency: null,
    users: [
      { userName: new CfnParameter(stack, 'Name').valueAsString, id: 'x', description: Aws.REGION, schedule: null },
      { userName: Lazy.string({ produce: () => 'y' }), id: 'y' },
      { user: iam.User.fromUserName(stack, 'U', 'legacy') },
    ],
  };
  expect(() => rotate(props, stack)).not.toThrow();
});

describe('each parameter of each public method, and each option of this library, is checked', () => {
  /** No shape matches a function. */
  function wrong() {}
  const WRONG = 'is the class or function wrong, but it must be';
  const { types } = JSON.parse(readFileSync(join(__dirname, '..', '..', '.jsii'), 'utf8'));
  const valid = (): Record<string, unknown> => ({
    scope: testStack(),
    id: 'X',
    props: {},
    metricName: 'Checks',
    count: 2,
    stacks: [testStack()],
  });
  const receiver = (type: string, isStatic: boolean): any => {
    if (isStatic) return library[type as keyof typeof library];
    const rotation = rotate(alice({}));
    return { AccessKeyRotation: rotation, RotationAlarms: rotation.alarms }[type];
  };

  interface Parameter {
    readonly call: (value: unknown) => unknown;
    readonly name: string;
    readonly optional?: boolean;
    readonly type: { readonly fqn?: string };
  }
  const parametersOf = (method: any, call: (...given: unknown[]) => unknown): [string, Parameter][] =>
    (method.parameters ?? []).map((parameter: Parameter, index: number) => [
      parameter.name,
      {
        ...parameter,
        call: (value: unknown) =>
          call(...method.parameters.slice(0, index).map(({ name }: Parameter) => valid()[name]), value),
      },
    ]);
  const parameters = Object.values<any>(types)
    .filter(({ kind }) => kind === 'class')
    .flatMap(({ name: type, initializer, methods = [] }) => [
      ...parametersOf(initializer ?? {}, (...given) => new (receiver(type, true))(...given)).map(
        ([name, parameter]) => [`new ${type}`, name, parameter] as const,
      ),
      ...methods.flatMap((method: any) =>
        parametersOf(method, (...given) => receiver(type, method.static)[method.name](...given)).map(
          ([name, parameter]) => [`${type}.${method.name}`, name, parameter] as const,
        ),
      ),
    ]);

  test.each(parameters)('%s: %s', (_, name, { call, optional }) => {
    expect(() => call(wrong)).toThrow(new RegExp(`: ${name}(\\[0\\])? ${WRONG}`));
    if (optional) expect(() => call(null)).not.toThrow();
    else expect(() => call(null)).toThrow(/ is null, but it must be/);
  });

  const optionsOf = (type: any): string[] => [
    ...(type.properties ?? []).map(({ name }: { name: string }) => name),
    ...(type.interfaces ?? []).flatMap((base: string) => optionsOf(types[base])),
  ];
  const options = parameters.flatMap(([method, , { call, type }]) =>
    types[type.fqn ?? ''] ? optionsOf(types[type.fqn!]).map((name) => [method, name, call] as const) : [],
  );

  test.each(options)('%s: option %s', (_, name, call) => {
    expect(() => call({ [name]: wrong })).toThrow(new RegExp(`\\b${name} ${WRONG}`));
  });

  test('the methods and options were found', () => {
    expect(parameters.map(([method]) => method)).toEqual(
      expect.arrayContaining(['new AccessKeyRotation', 'RotationAlarms.addAlarmAction', 'UserStacks.nested']),
    );
    expect(options.length).toBeGreaterThan(40);
  });
});
