/** Users in several stacks, on a local AWS whose IAM evaluates tags. */
import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { LocalAws, userArn } from './support';
import { AccessKeyRotation, UserStacks } from '../../src';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];
const created = (names: string[]) => names.map((userName) => ({ userName }));

async function currentKeys(names: string[]): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await aws.secretValue(name)).AccessKey])),
  );
}

test('a rotation in one stack gets nested stacks: no key is lost, and all users are rotated', async () => {
  const [before, later] = [NAMES.slice(0, 2), NAMES.slice(2)];
  await aws.deploy(() => ({ users: created(before) }));
  const keys = await currentKeys(before);

  await aws.makeUser('partner', 1, '/partners/');
  const partner = (stack: Stack) => ({
    user: iam.User.fromUserArn(stack, 'Partner', userArn('partner', '/partners/')),
  });
  await aws.deploy((stack) => ({
    users: [...created(NAMES), partner(stack)],
    userStacks: UserStacks.nested(3, { keepInRotationStack: before }),
  }));
  expect(await currentKeys(before)).toEqual(keys);
  for (const name of later) expect(await aws.callerIdentity(await aws.secretValue(name))).toBe(userArn(name));
  expect(await aws.callerIdentity(await aws.secretValue('partner'))).toBe(userArn('partner', '/partners/'));

  const first = await currentKeys([...NAMES, 'partner']);
  for (const _ of ['switch', 'recovery']) await aws.emulator.advanceDays(15, { idle: 13 }); // of the key of the partner
  await aws.emulator.advanceDays(89, { idle: 58 });
  for (const [name, old] of Object.entries(await currentKeys([...NAMES, 'partner']))) {
    expect(old).not.toBe(first[name]);
    expect(await aws.keys(name)).toEqual({ [old]: 'Active' });
  }
  expect(await aws.deadLetters()).toEqual([]);

  await aws.deploy((stack) => ({
    users: [...created(before), partner(stack)],
    userStacks: UserStacks.nested(3, { keepInRotationStack: before }),
  }));
  for (const name of later) expect(await aws.userExists(name)).toBe(false);
  expect(Object.values(await aws.keys('partner'))).toEqual(['Active']);
});

test('user stacks of the app, deployed one by one after the rotation stack: all users are rotated', async () => {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'assembly-')) });
  const stack = new Stack(app, 'Test');
  const stacks = ['UsersA', 'UsersB'].map((id) => new Stack(app, id));
  const rotation = new AccessKeyRotation(stack, 'Rotation', {
    users: created(NAMES),
    userStacks: UserStacks.fromStacks(stacks),
  });
  new CfnOutput(stack, 'Function', { value: rotation.rotationFunction.functionName });
  const { directory } = app.synth();
  aws.outputs = await aws.emulator.deploy(directory, 'Test');
  for (const { stackName } of stacks) await aws.emulator.deploy(directory, stackName);

  const first = await currentKeys(NAMES);
  await aws.emulator.advanceDays(91, { idle: 80 });
  for (const [name, key] of Object.entries(await currentKeys(NAMES))) {
    expect(await aws.keys(name)).toEqual({ [first[name]]: 'Active', [key]: 'Active' });
  }
});
