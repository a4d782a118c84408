/** EventBridge Scheduler instead of rules: keys and notifications do not differ. */
import { CfnResource, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { LocalAws, userArn } from './support';
import { AccessKeyRotation, Recipient, RotationTrigger } from '../../src';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

/** The created user alice and the adopted user partner, with a queue that receives the digests. */
async function deploy(
  trigger: RotationTrigger,
  more?: (stack: Stack, rotation: AccessKeyRotation) => void,
): Promise<void> {
  await aws.deploy((stack) => {
    const digests = new sqs.Queue(stack, 'Digests', { retentionPeriod: Duration.days(14) });
    new CfnOutput(stack, 'DigestInbox', { value: digests.queueUrl });
    return {
      trigger,
      users: [
        { userName: 'alice' },
        { user: iam.User.fromUserArn(stack, 'Partner', userArn('partner', '/partners/')) },
      ],
      digestRecipients: [Recipient.subscription(new subscriptions.SqsSubscription(digests))],
    };
  }, more);
}

/** A resource that fails after all others are deployed. */
function failing(stack: Stack, rotation: AccessKeyRotation): void {
  const broken = new CfnResource(stack, 'Broken', {
    type: 'AWS::SecretsManager::ResourcePolicy',
    properties: { SecretId: 'no-such-secret', ResourcePolicy: { Version: '2012-10-17', Statement: [] } },
  });
  broken.node.addDependency(rotation);
}

/** Names of the triggers. */
const rules = async () =>
  JSON.parse(await aws.shell('aws events list-rules --query "Rules[].Name" --output json')) as string[];
const schedules = async () =>
  JSON.parse(await aws.shell('aws scheduler list-schedules --query "Schedules[].Name" --output json')) as string[];
const groups = async () =>
  JSON.parse(
    await aws.shell(
      'aws scheduler list-schedule-groups --query "ScheduleGroups[?Name!=\'default\'].Name" --output json',
    ),
  ) as string[];

/** The state that a deploy must not change: keys, values and the ledger. */
async function stateOfUsers(): Promise<unknown> {
  const of = async (user: string) => [await aws.keys(user), await aws.secretValue(user), await aws.versions(user)];
  return [await of('alice'), await of('partner')];
}

/** Skips days without a step, because each simulated check takes time. */
const skipDays = async (days: number) =>
  aws.emulator.skipTo(new Date((await aws.emulator.now()).getTime() + days * 86_400_000));

/** The users whose keys the rotation created since the last call. */
const issued = async () =>
  (await aws.emulator.journal())
    .filter(({ action, byFunction }) => action.endsWith('CreateAccessKey') && byFunction)
    .map(({ parameters }) => parameters.UserName);

test('schedules start all checks of a created and an adopted key, and a digest each day; there is no rule', async () => {
  const [existing] = await aws.makeUser('partner', 1, '/partners/');
  await deploy(RotationTrigger.eventBridgeScheduler());
  const first = await aws.secretValue('alice');
  expect([await rules(), (await schedules()).length]).toEqual([[], 7]);
  await issued();
  await aws.letters(aws.outputs.DigestInbox);

  expect(await aws.emulator.advanceDays(10)).toBe(70);
  expect(await aws.letters(aws.outputs.DigestInbox)).toHaveLength(10);
  await aws.emulator.advanceDays(20);
  expect(await aws.keys('partner')).not.toHaveProperty(existing); // deactivated after 14 days, deleted after 28
  expect(await issued()).toEqual([]);
  await skipDays(58);
  await aws.emulator.advanceDays(3);
  const second = await aws.secretValue('alice');
  expect((await issued()).sort()).toEqual(['alice', 'partner']);
  expect(await aws.keys('alice')).toEqual({ [first.AccessKey]: 'Active', [second.AccessKey]: 'Active' });
  await aws.emulator.advanceDays(14);
  expect(await aws.keys('alice')).toEqual({ [first.AccessKey]: 'Inactive', [second.AccessKey]: 'Active' });
  await aws.emulator.advanceDays(14);
  expect(await aws.keys('alice')).toEqual({ [second.AccessKey]: 'Active' });
  expect(await aws.callerIdentity(second)).toBe(userArn('alice'));
  expect(await aws.deadLetters()).toEqual([]);
});

test('from rules to schedules and back during a rotation: no key is lost or created, and no check runs twice', async () => {
  const moveTo = async (trigger: RotationTrigger, more?: typeof failing) => {
    const before = await stateOfUsers();
    const done = deploy(trigger, more);
    await (more ? expect(done).rejects.toThrow('ROLLBACK_COMPLETE') : done);
    expect(await stateOfUsers()).toEqual(before);
    expect(await issued()).toEqual([]);
  };
  await aws.makeUser('partner', 0, '/partners/');
  await deploy(RotationTrigger.eventBridgeRules());
  const first = await aws.secretValue('alice');
  const names = await rules();
  await issued();
  await skipDays(88);
  await aws.emulator.advanceDays(4);
  const second = await aws.secretValue('alice');
  expect((await issued()).sort()).toEqual(['alice', 'partner']);

  await moveTo(RotationTrigger.eventBridgeScheduler(), failing); // rolled back
  expect([await rules(), await schedules(), await groups()]).toEqual([names, [], []]);
  expect(await aws.emulator.advanceDays(1)).toBe(7);

  await moveTo(RotationTrigger.eventBridgeScheduler());
  expect([await rules(), (await schedules()).sort()]).toEqual([[], [...names].sort()]);
  expect(await aws.emulator.advanceDays(13)).toBe(7 * 13);
  expect(await aws.keys('alice')).toEqual({ [first.AccessKey]: 'Inactive', [second.AccessKey]: 'Active' });

  await moveTo(RotationTrigger.eventBridgeRules(), failing);
  expect([await rules(), (await schedules()).length]).toEqual([[], 7]);

  await moveTo(RotationTrigger.eventBridgeRules());
  expect([await rules(), await schedules(), await groups()]).toEqual([names, [], []]);
  expect(await aws.emulator.advanceDays(14)).toBe(7 * 14);
  expect(await aws.keys('alice')).toEqual({ [second.AccessKey]: 'Active' });
  expect(await aws.callerIdentity(second)).toBe(userArn('alice'));
  expect(await issued()).toEqual([]);

  await moveTo(RotationTrigger.eventBridgeScheduler()); // a second time, in a group of the same name
  expect(await aws.emulator.advanceDays(1)).toBe(7);
  expect(await aws.deadLetters()).toEqual([]);
});
