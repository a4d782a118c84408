/** A rotation in a nested stack of a nested stack, with users in nested stacks of that one, on a local AWS. */
import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { App, CfnOutput, NestedStack, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Operator, Runbook } from './operator';
import { RUNBOOK } from './runbook-suite';
import { LocalAws, userArn } from './support';
import { AccessKeyRotation, RotationTrigger, UserStacks } from '../../src';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

const KEPT = ['alice'];
const ADDED = ['bob', 'carol'];

async function deploy(trigger: RotationTrigger, names: string[]): Promise<void> {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'assembly-')) });
  const outermost = new Stack(app, 'Test');
  const own = new NestedStack(new NestedStack(outermost, 'Outer'), 'Inner');
  const rotation = new AccessKeyRotation(own, 'Rotation', {
    trigger,
    users: names.map((userName) => ({ userName })),
    userStacks: UserStacks.nested(2, { keepInRotationStack: KEPT }),
  });
  const queue = new sqs.Queue(outermost, 'Created');
  rotation.onKeyCreated('OnKeyCreated', { target: new targets.SqsQueue(queue) });
  for (const stack of [outermost, own, new NestedStack(own, 'Watch')]) {
    new cloudwatch.Alarm(stack, 'ChecksAlarm', { metric: rotation.metricChecks(), threshold: 1, evaluationPeriods: 1 });
  }
  new CfnOutput(outermost, 'Function', { value: rotation.rotationFunction.functionName });
  new CfnOutput(outermost, 'DeadLetters', { value: rotation.deadLetterQueue.queueUrl });
  new CfnOutput(outermost, 'Queue', { value: queue.queueUrl });
  aws.outputs = await aws.emulator.deploy(app.synth().directory, 'Test');
}

test.each([
  ['rules', RotationTrigger.eventBridgeRules()],
  ['schedules', RotationTrigger.eventBridgeScheduler()],
])('keys are rotated by %s; rules of the app and alarms see them; users come and go', async (_name, trigger) => {
  await deploy(trigger, KEPT);
  const [first] = Object.keys(await aws.keys('alice'));
  await deploy(trigger, [...KEPT, ...ADDED]);
  expect(Object.keys(await aws.keys('alice'))).toEqual([first]);
  for (const name of [...KEPT, ...ADDED]) {
    expect(await aws.callerIdentity(await aws.secretValue(name))).toBe(userArn(name));
  }
  await aws.letters(aws.outputs.Queue);

  await aws.emulator.advanceDays(91, { idle: 80 });
  const created = (await aws.letters(aws.outputs.Queue)).map(({ detail }) => (detail as { username: string }).username);
  expect(created.sort()).toEqual([...KEPT, ...ADDED]);
  expect(await watchedRotations()).toEqual(Array(3).fill(await nameInMetrics()));
  expect(await aws.deadLetters()).toEqual([]);

  await deploy(trigger, KEPT);
  for (const name of ADDED) expect(await aws.userExists(name)).toBe(false);
  expect(Object.values(await aws.keys('alice'))).toEqual(['Active', 'Active']);
});

test.each<[string, (app: App) => { own: Stack; userStack: Stack; userStacks?: string }]>([
  [
    'of the stack of the rotation, which is a nested stack itself',
    (app) => {
      const own = new NestedStack(new NestedStack(new Stack(app, 'Test'), 'Outer'), 'Inner');
      return { own, userStack: new NestedStack(new NestedStack(own, 'Users'), 'Inner') };
    },
  ],
  [
    'of a stack in USER_STACKS',
    (app) => {
      const userStack = new NestedStack(new NestedStack(new Stack(app, 'Users'), 'Outer'), 'Inner');
      return { own: new Stack(app, 'Test'), userStack, userStacks: 'Users' };
    },
  ],
  [
    'of the stack of the rotation, which USER_STACKS names again',
    (app) => {
      const own = new Stack(app, 'Test');
      return { own, userStack: new NestedStack(new NestedStack(own, 'Users'), 'Inner'), userStacks: 'Test' };
    },
  ],
])('the runbook finds deleted rules of users in a nested stack of a nested stack %s', async (_where, stacks) => {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'assembly-')) });
  const { own, userStack, userStacks } = stacks(app);
  new AccessKeyRotation(own, 'Rotation', {
    users: [...KEPT, ...ADDED].map((userName) => ({ userName })),
    userStacks: UserStacks.fromStacks([userStack], { keepInRotationStack: KEPT }),
  });
  new CfnOutput(app.node.findChild('Test') as Stack, 'Stack', { value: own.stackName });
  const { directory, stacks: deployed } = app.synth();
  const outputs = [];
  for (const { stackName } of deployed) outputs.push(await aws.emulator.deploy(directory, stackName));
  const { Stack: STACK } = Object.assign({}, ...outputs);
  const operator = await Operator.begin(aws, new Runbook(RUNBOOK), {
    STACK,
    ...(userStacks && { USER_STACKS: userStacks }),
  });
  expect(await operator.do('unchecked-users', 1)).toBe('');

  const events = new EventBridgeClient(aws.emulator.clientConfig);
  const { Rules } = await events.send(new ListRulesCommand({ NamePrefix: 'akr-' }));
  const deleted = Rules!.map(({ Name }) => Name!).filter((name) => name.endsWith('-delete'));
  expect(deleted).toHaveLength(3);
  for (const name of deleted) {
    await events.send(new RemoveTargetsCommand({ Rule: name, Ids: ['Rotation'] }));
    await events.send(new DeleteRuleCommand({ Name: name }));
  }

  expect((await operator.do('unchecked-users', 1)).trim().split('\n').sort()).toEqual(deleted.sort());
});

/** The value of the dimension `Rotation` with which the Lambda emits metrics. */
async function nameInMetrics(): Promise<string> {
  const command = new GetFunctionConfigurationCommand({ FunctionName: aws.outputs.Function });
  const { Environment } = await new LambdaClient(aws.emulator.clientConfig).send(command);
  return Environment!.Variables!.ROTATION;
}

/** The value of the dimension `Rotation` of each alarm of the app. */
async function watchedRotations(): Promise<string[]> {
  const { MetricAlarms } = JSON.parse(await aws.shell('aws cloudwatch describe-alarms --output json')) as {
    MetricAlarms: { AlarmName: string; Dimensions: { Value: string }[] }[];
  };
  const ofApp = MetricAlarms.filter(({ AlarmName }) => AlarmName.includes('ChecksAlarm'));
  return ofApp.map(({ Dimensions }) => Dimensions[0].Value);
}
