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
const NAMES = [...KEPT, 'bob', 'carol'];

/** Once: the local AWS cannot update a nested stack that another nested stack refers to. */
async function deploy(trigger: RotationTrigger): Promise<void> {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'assembly-')) });
  const outermost = new Stack(app, 'Test');
  const own = new NestedStack(new NestedStack(outermost, 'Outer'), 'Inner');
  const rotation = new AccessKeyRotation(own, 'Rotation', {
    trigger,
    users: NAMES.map((userName) => ({ userName })),
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
])('keys are rotated by %s; rules of the app and alarms see them', async (_name, trigger) => {
  await deploy(trigger);
  for (const name of NAMES) {
    expect(await aws.callerIdentity(await aws.secretValue(name))).toBe(userArn(name));
  }
  await aws.letters(aws.outputs.Queue);

  await aws.emulator.advanceDays(91);
  const created = (await aws.letters(aws.outputs.Queue)).map(({ detail }) => (detail as { username: string }).username);
  expect(created.sort()).toEqual(NAMES);
  expect(await watchedRotations()).toEqual(Array(3).fill(await nameInMetrics()));
  expect(await aws.deadLetters()).toEqual([]);
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
