/** When a digest is sent, and that it names the keys that no consumer has used. */
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { CfnOutput, Duration } from 'aws-cdk-lib';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { LocalAws } from './support';
import { DigestFrequency, Recipient, RotationTrigger } from '../../src';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

const deploy = (digestFrequency: DigestFrequency, trigger?: RotationTrigger) =>
  aws.deploy((stack) => {
    const queue = new sqs.Queue(stack, 'Digests', { retentionPeriod: Duration.days(14) });
    new CfnOutput(stack, 'DigestInbox', { value: queue.queueUrl });
    return {
      users: [{ userName: 'alice' }],
      digestRecipients: [Recipient.subscription(new subscriptions.SqsSubscription(queue))],
      digestFrequency,
      trigger,
    };
  });
const digests = () => aws.received(aws.outputs.DigestInbox);

/** The queue also has the message of SNS about its subscription. */
const emptyInbox = () => aws.letters(aws.outputs.DigestInbox);

test.each<[string, RotationTrigger]>([
  ['rules', RotationTrigger.eventBridgeRules()],
  ['schedules', RotationTrigger.eventBridgeScheduler()],
])('a weekly digest is started by %s once a week', async (_kind, trigger) => {
  await deploy(DigestFrequency.WEEKLY, trigger);
  await emptyInbox();
  await aws.emulator.advanceDays(7);
  expect(await digests()).toHaveLength(1);
  await aws.emulator.advanceDays(7);
  const [digest, ...more] = await digests();
  expect(more).toEqual([]);
  expect(digest.subject).toBe('Access keys of 111122223333: all 1 users are in order');
});

test('a digest that is sent when needed is not sent until something needs attention, and then daily until it is fixed', async () => {
  await deploy(DigestFrequency.WHEN_NEEDED);
  await emptyInbox();
  await aws.emulator.advanceDays(5);
  expect(await digests()).toEqual([]);

  const { SecretString } = await aws.secrets.send(new GetSecretValueCommand({ SecretId: 'alice' }));
  await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'alice', SecretString: 'by hand' }));
  await aws.emulator.advanceDays(2);
  expect((await digests()).map(({ subject }) => subject)).toEqual(
    Array(2).fill('Access keys of 111122223333: 1 of 1 users need attention'),
  );

  await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'alice', SecretString }));
  await aws.emulator.advanceDays(2);
  await emptyInbox(); // the first digest can be from before the next check
  await aws.emulator.advanceDays(2);
  expect(await digests()).toEqual([]);
});

test('a key that no consumer has used for 90 days is named while it is active', async () => {
  await deploy(DigestFrequency.WHEN_NEEDED);
  const { AccessKey } = await aws.secretValue('alice');
  await emptyInbox();
  await aws.emulator.advanceDays(89, { idle: 80 });
  expect(await digests()).toEqual([]);

  await aws.emulator.advanceDays(3);
  const [digest] = await digests();
  expect(digest.subject).toBe('Access keys of 111122223333: 1 unused key');
  expect(digest.text).toMatch(new RegExp(`Unused keys.*:\n {2}alice: ${AccessKey}, created [-\\d]+, never used\n`));
});
