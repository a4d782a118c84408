/**
 * One app with two installed copies of this library and of the CDK, as npm gives to a construct library with another
 * range. Values of one copy that are passed to the other work: no check is by class.
 */
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'fs';
import { join, relative } from 'path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as library from '../../src';
import { ACCOUNT, REGION, testApp } from '../template/support';

interface Copy {
  readonly library: typeof library;
  readonly cdk: typeof import('aws-cdk-lib');
  readonly actions: typeof import('aws-cdk-lib/aws-cloudwatch-actions');
  readonly iam: typeof import('aws-cdk-lib/aws-iam');
  readonly kms: typeof import('aws-cdk-lib/aws-kms');
  readonly sns: typeof import('aws-cdk-lib/aws-sns');
  readonly sqs: typeof import('aws-cdk-lib/aws-sqs');
  readonly subscriptions: typeof import('aws-cdk-lib/aws-sns-subscriptions');
  readonly targets: typeof import('aws-cdk-lib/aws-events-targets');
}

const ROOT = join(__dirname, '..', '..');
/** In the same file system as the CDK. */
const directory = mkdtempSync(join(ROOT, 'node_modules', '.two-copies-'));
let first: Copy;
let second: Copy;

function copyOf(rotation: string, cdk: string): Copy {
  const load = jest.requireActual;
  return {
    library: load(rotation),
    cdk: load(cdk),
    actions: load(`${cdk}/aws-cloudwatch-actions`),
    iam: load(`${cdk}/aws-iam`),
    kms: load(`${cdk}/aws-kms`),
    sns: load(`${cdk}/aws-sns`),
    sqs: load(`${cdk}/aws-sqs`),
    subscriptions: load(`${cdk}/aws-sns-subscriptions`),
    targets: load(`${cdk}/aws-events-targets`),
  };
}

/** The compiled library and its peers under another folder. The files of the CDK are links: it is large. */
beforeAll(() => {
  const modules = join(directory, 'node_modules');
  const other = join(modules, 'cdk-access-key-rotation');
  for (const name of ['lib', 'assets', 'package.json']) {
    cpSync(join(ROOT, name), join(other, name), { recursive: true });
  }
  for (const peer of ['aws-cdk-lib', 'constructs']) link(join(ROOT, 'node_modules', peer), join(modules, peer));
  first = copyOf('../../src', 'aws-cdk-lib');
  second = copyOf(other, join(modules, 'aws-cdk-lib'));
});

function link(source: string, target: string): void {
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const folder = join(target, relative(source, entry.parentPath));
    mkdirSync(folder, { recursive: true });
    linkSync(join(entry.parentPath, entry.name), join(folder, entry.name));
  }
}

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Each copy of the CDK has tokens of its own for an account that is not set, so they would differ. */
const env = { account: ACCOUNT, region: REGION };

/** A rotation of one copy, with values that the other copy made. `app` and `stack` belong to the first. */
function templateOf(rotation: Copy, values: Copy): object {
  const app: App = testApp();
  const stack = new Stack(app, 'Test', { env });
  const { AccessKeyRotation } = rotation.library;
  const { Deactivation, Recipient, RotationSchedule, RotationTrigger, UnmanagedKeys, UserStacks } = values.library;
  const { cdk, iam, kms, sns, sqs } = values;
  const users = new cdk.Stack(app as never, 'Users', { env });
  const key = new kms.Key(stack as never, 'Key');
  const made = new AccessKeyRotation(stack as never, 'Rotation', {
    schedule: RotationSchedule.of({ create: cdk.Duration.days(60) }),
    deactivation: Deactivation.whenUnused({ maxDelay: cdk.Duration.days(3) }),
    trigger: RotationTrigger.eventBridgeScheduler({ checkInterval: cdk.Duration.hours(12) }),
    userStacks: UserStacks.fromStacks([users], { keepInRotationStack: ['legacy'] }),
    topic: new sns.Topic(stack as never, 'Topic', { masterKey: key }),
    encryptionKey: key,
    unmanagedKeys: UnmanagedKeys.RETIRE,
    removalPolicy: cdk.RemovalPolicy.RETAIN,
    alarmActions: [new values.actions.SnsAction(new sns.Topic(stack as never, 'Alarms'))],
    failureRecipients: [
      Recipient.email('a@example.com'),
      Recipient.subscription(new values.subscriptions.SqsSubscription(new sqs.Queue(stack as never, 'Queue'))),
    ],
    users: [
      {
        userName: 'alice',
        recipients: [Recipient.email('a@example.com')],
        groups: [iam.Group.fromGroupName(stack as never, 'Group', 'admins')],
        managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess')],
        permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyName(stack as never, 'Boundary', 'boundary'),
        tags: { team: 'blue' },
      },
      { user: iam.User.fromUserName(stack as never, 'User', 'legacy') },
      { user: new iam.User(stack as never, 'Own', { userName: 'own' }) },
    ],
  } as never);
  made.onKeyCreated('Rule', { target: new values.targets.SqsQueue(new sqs.Queue(stack as never, 'Events')) as never });
  made.addDashboard();
  made.metricChecks({ period: cdk.Duration.hours(1) as never });
  return { test: Template.fromStack(stack).toJSON(), users: Template.fromStack(users as never).toJSON() };
}

test('values of a second copy of the library and of the CDK give the same template', () => {
  expect(second.library.RotationSchedule).not.toBe(first.library.RotationSchedule);
  expect(second.cdk.Duration).not.toBe(first.cdk.Duration);

  const template = templateOf(first, first);

  expect(templateOf(first, second)).toEqual(template);
  expect(templateOf(second, first)).toEqual(template);
});

test('rotations of two copies are in one stack and share user stacks', () => {
  const stack = new Stack(testApp(), 'Test');
  const userStacks = first.library.UserStacks.fromStacks([new Stack(stack.node.root as App, 'Users') as never]);
  for (const [index, { library: own }] of [first, second].entries()) {
    new own.AccessKeyRotation(stack as never, `Rotation${index}`, {
      users: [{ userName: `user-${index}` }],
      schedule: library.RotationSchedule.activeUnder(Duration.days(90)) as never,
      userStacks: userStacks as never,
    });
  }

  Template.fromStack(stack).resourceCountIs('AWS::SNS::Topic', 2);
});

test('a subscription that the other copy adds to the topic is found', () => {
  const stack = new Stack(testApp(), 'Test');
  const topic = new second.sns.Topic(stack as never, 'Topic');
  new library.AccessKeyRotation(stack, 'Rotation', {
    users: [{ userName: 'alice', recipients: [library.Recipient.email('a@example.com')] }],
    topic: topic as never,
  });
  topic.addSubscription(new second.subscriptions.EmailSubscription('a@example.com'));

  expect(() => Template.fromStack(stack)).toThrow('a@example.com is subscribed at');
});
