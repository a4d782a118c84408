/**
 * What the README and the examples show, and each public method, is synthesized without a warning: neither the
 * package's own, nor that of an API of the CDK that is deprecated.
 */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { documentedMethods, SAMPLES } from './public-methods';
import { temporaryDirectory } from './support';
import { AccessKeysStack } from '../../examples/typescript/lib/access-keys-stack';
import { PushToParameterStack } from '../../examples/typescript/lib/push-to-parameter-stack';
import { AccessKeyRotation, Deactivation, Recipient, RotationSchedule, RotationTrigger, UserStacks } from '../../src';

jest.mock('cdk-access-key-rotation', () => jest.requireActual('../../src'), { virtual: true });

const env = { account: '111122223333', region: 'eu-central-1' };
const users = [{ userName: 'alice', recipients: [Recipient.email('ci-team@example.com')] }, { userName: 'bob' }];

/** The CDK's own recommendation for each app with references between stacks. New apps have the flag. */
const FLAGS = { '@aws-cdk/core:defaultCrossStackReferences': 'strong' };

const OF_THE_PACKAGE: [string, (app: App) => void][] = [
  ['the first example of the README', (app) => new AccessKeyRotation(new Stack(app, 'Keys'), 'Rotation', { users })],
  ['the example with users of all kinds', (app) => new AccessKeysStack(app, 'Keys', { env })],
  [
    'keys that are active under 90 days, with the check interval that this needs',
    (app) =>
      new AccessKeyRotation(new Stack(app, 'Keys'), 'Rotation', {
        users,
        schedule: RotationSchedule.activeUnder(Duration.days(90)),
        trigger: RotationTrigger.eventBridgeRules({ checkInterval: Duration.hours(12) }),
      }),
  ],
  [
    'checks every two days, with a delay and a dashboard',
    (app) =>
      new AccessKeyRotation(new Stack(app, 'Keys'), 'Rotation', {
        users,
        deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(14) }),
        trigger: RotationTrigger.eventBridgeRules({ checkInterval: Duration.days(2) }),
      }).addDashboard(),
  ],
  [
    'schedules, nested user stacks, a digest and a dashboard',
    (app) =>
      new AccessKeyRotation(new Stack(app, 'Keys'), 'Rotation', {
        users,
        userStacks: UserStacks.nested(2),
        trigger: RotationTrigger.eventBridgeScheduler(),
        digestRecipients: [Recipient.email('ops@example.com')],
      }).addDashboard(),
  ],
  [
    'stacks of the app as user stacks',
    (app) =>
      new AccessKeyRotation(new Stack(app, 'Keys'), 'Rotation', {
        users,
        userStacks: UserStacks.fromStacks([new Stack(app, 'Users')]),
        trigger: RotationTrigger.fixedRates(),
      }),
  ],
];

/** It has a warning of the CDK about a `Trigger` and its function. */
const WITH_WARNINGS: typeof OF_THE_PACKAGE = [
  ['the example that copies keys', (app) => new PushToParameterStack(app, 'Keys', { env })],
];

const METHODS = SAMPLES.map(({ methods, make }): [string, (app: App) => void] => [methods.join(', '), make]);

describe('an app is synthesized where deprecated APIs are errors', () => {
  const before = process.env.JSII_DEPRECATED;
  beforeAll(() => {
    process.env.JSII_DEPRECATED = 'fail';
  });
  afterAll(() => {
    if (before === undefined) delete process.env.JSII_DEPRECATED;
    else process.env.JSII_DEPRECATED = before;
  });

  test.each([...OF_THE_PACKAGE, ...WITH_WARNINGS])('%s', (_title, make) => {
    expect(() => synthesize(make)).not.toThrow();
  });
});

test('each documented method of the package is called', () => {
  const called = SAMPLES.flatMap(({ methods }) => methods);
  expect(called.sort()).toEqual(documentedMethods().sort());
});

describe('the synth of an app prints nothing', () => {
  test.each([...OF_THE_PACKAGE, ...METHODS])('%s', (_title, make) => {
    const outputs = [
      ...(['log', 'info', 'warn', 'error'] as const).map((name) => jest.spyOn(console, name).mockReturnValue()),
      ...(['stdout', 'stderr'] as const).map((name) => jest.spyOn(process[name], 'write').mockReturnValue(true)),
    ];
    const messages = synthesize(make);
    const printed = outputs.flatMap(({ mock }) => mock.calls.flat());
    jest.restoreAllMocks();
    expect(printed).toEqual([]);
    expect(messages).toEqual([]);
  });
});

/** @returns what the CDK CLI prints for the app */
function synthesize(make: (app: App) => void): unknown[] {
  const app = new App({ outdir: temporaryDirectory(), context: FLAGS });
  make(app);
  return app.synth().stacks.flatMap(({ messages }) => messages.filter(({ level }) => level !== 'info'));
}
