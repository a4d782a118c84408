/** A rotation in a nested stack of a nested stack, with users in nested stacks of that one, on a local AWS. */
import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { App, CfnOutput, NestedStack, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
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

  await aws.emulator.advanceDays(91);
  const created = (await aws.letters(aws.outputs.Queue)).map(({ detail }) => (detail as { username: string }).username);
  expect(created.sort()).toEqual([...KEPT, ...ADDED]);
  expect(await watchedRotations()).toEqual(Array(3).fill(await nameInMetrics()));
  expect(await aws.deadLetters()).toEqual([]);

  await deploy(trigger, KEPT);
  for (const name of ADDED) expect(await aws.userExists(name)).toBe(false);
  expect(Object.values(await aws.keys('alice'))).toEqual(['Active', 'Active']);
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
