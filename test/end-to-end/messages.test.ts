/**
 * Each notification is delivered in time, to the queues of its recipients only, and the commands in it work: the tests
 * run them in a shell.
 */
import { CreateAccessKeyCommand, GetUserPolicyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ReceivedNotification, LocalAws } from './support';
import { Deactivation, Recipient, RotatedUserProps } from '../../src';
import { commandsIn } from '../local-aws/command-line';

let aws: LocalAws;

const queues: Record<string, sqs.Queue> = {};

beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

/** Two users, each with a queue, and queues for digests, for failures and for EventBridge events. */
async function deploy(alice: Partial<RotatedUserProps> = {}): Promise<void> {
  const recipientOf = (stack: Stack, name: string) => {
    queues[name] = new sqs.Queue(stack, `${name}Queue`, { retentionPeriod: Duration.days(14) });
    new CfnOutput(stack, `${name}Inbox`, { value: queues[name].queueUrl });
    return Recipient.subscription(new subscriptions.SqsSubscription(queues[name]));
  };
  await aws.deploy(
    (stack) => ({
      users: [
        { userName: 'alice', recipients: [recipientOf(stack, 'Alice')], ...alice },
        { userName: 'bob', recipients: [recipientOf(stack, 'Bob')] },
      ],
      digestRecipients: [recipientOf(stack, 'Digest'), Recipient.email('boss@example.com')],
      failureRecipients: [recipientOf(stack, 'Failures')],
    }),
    (stack, rotation) => {
      const events = new sqs.Queue(stack, 'Events');
      new CfnOutput(stack, 'EventsInbox', { value: events.queueUrl });
      rotation.onKeyCreated('KeyCreated', { target: new targets.SqsQueue(events) });
    },
  );
}

const inbox = (name: string): Promise<ReceivedNotification[]> => aws.received(aws.outputs[`${name}Inbox`]);
const eventsOf = (messages: ReceivedNotification[]) => messages.map(({ event }) => event);

async function unsubscribe(endpoint: string): Promise<void> {
  const sns = new SNSClient(aws.emulator.clientConfig);
  const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: aws.outputs.Topic }));
  await sns.send(
    new UnsubscribeCommand({
      SubscriptionArn: Subscriptions!.find(({ Endpoint }) => Endpoint === endpoint)!.SubscriptionArn,
    }),
  );
}

/** Runs a command in the message about an event. @returns the output of the command */
async function runCommand(
  messages: ReceivedNotification[],
  event: ReceivedNotification['event'],
  which: RegExp,
): Promise<string> {
  const message = messages.find((candidate) => candidate.event === event);
  if (!message) throw new Error(`no "${event}" in ${eventsOf(messages).join()}`);
  const command = commandsIn(message.text).find((candidate) => which.test(candidate));
  if (!command) throw new Error(`no command like ${which} in\n${message.text}`);
  return aws.shell(command);
}

test('a new key: its recipients fetch it, also as a profile; EventBridge has the event; no other recipient is notified', async () => {
  await deploy();
  await Promise.all(
    ['Alice', 'Bob', 'Digest', 'Failures', 'Events'].map((name) => aws.letters(aws.outputs[`${name}Inbox`])),
  );
  await aws.emulator.advanceDays(2);
  await aws.invoke({ action: 'create', username: 'alice' });
  const { AccessKey, SecretKey } = await aws.secretValue('alice');

  const messages = await inbox('Alice');
  expect(messages).toMatchObject([
    {
      event: 'created',
      username: 'alice',
      accessKeyId: AccessKey,
      version: '1',
      currentAccessKeyId: AccessKey,
      secret: 'alice',
    },
  ]);
  expect(JSON.parse(await runCommand(messages, 'created', /text --region us-east-1$/))).toEqual({
    AccessKey,
    SecretKey,
  });
  expect(await runCommand(messages, 'created', /awk/)).toBe(
    `[alice]\naws_access_key_id = ${AccessKey}\naws_secret_access_key = ${SecretKey}\n`,
  );
  expect(await inbox('Bob')).toEqual([]);
  expect(await inbox('Failures')).toEqual([]);
  expect(eventsOf(await inbox('Digest'))).toEqual(['digest', 'digest']);
  expect(await aws.letters(aws.outputs.EventsInbox)).toMatchObject([
    {
      source: 'cdk-access-key-rotation',
      'detail-type': 'Access Key Created',
      detail: { version: '1', username: 'alice', accessKeyId: AccessKey },
    },
  ]);
});

test('reminders before each deadline while the new key is unused, with the last use; then the roll-back works', async () => {
  await deploy();
  await aws.emulator.advanceDays(91);
  const old = Object.keys(await aws.keys('alice')).find(
    async (keyId) => keyId !== (await aws.secretValue('alice')).AccessKey,
  )!;
  await inbox('Alice');

  await aws.emulator.advanceDays(7);
  const week = await inbox('Alice');
  expect(week).toMatchObject([
    { event: 'reminder', accessKeyId: old, deactivatedAt: expect.stringMatching(/^2026-04-15/) },
  ]);
  expect(week[0].text).toContain('was never used');
  expect(JSON.parse(await runCommand(week, 'reminder', /text --region us-east-1$/))).toEqual(
    await aws.secretValue('alice'),
  );
  await aws.emulator.advanceDays(6);
  expect(eventsOf(await inbox('Alice'))).toEqual(['reminder']);

  await aws.emulator.advanceDays(2);
  const deactivated = await inbox('Alice');
  expect(eventsOf(deactivated)).toEqual(['deactivated']);
  expect(await runCommand(deactivated, 'deactivated', /lambda invoke/)).toContain('"rolled-back"');
  const rolledBack = await inbox('Alice');
  expect(eventsOf(rolledBack)).toEqual(['rolled-back']);
  expect(JSON.parse(await runCommand(rolledBack, 'rolled-back', /get-secret-value/))).toMatchObject({ AccessKey: old });
});

test('no reminder of the deactivation after the consumers have switched, only of the deletion', async () => {
  await deploy();
  await aws.emulator.advanceDays(92);
  // within five minutes of its creation, this would count as the verification by the rotation
  await aws.callerIdentity(await aws.secretValue('alice'));
  await inbox('Alice');
  await aws.emulator.advanceDays(14);
  expect(eventsOf(await inbox('Alice'))).toEqual(['deactivated']);
  await aws.emulator.advanceDays(14);
  expect(eventsOf(await inbox('Alice'))).toEqual(['reminder', 'deleted']);
});

test('a postponed deactivation: a daily notification with the last use', async () => {
  await deploy({ deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(20) }), reminderDays: [] });
  const old = await aws.secretValue('alice');
  await aws.emulator.advanceDays(103);
  await aws.callerIdentity(old);
  await inbox('Alice');
  await aws.emulator.advanceDays(2);

  const postponed = await inbox('Alice');
  expect(eventsOf(postponed)).toContain('postponed');
  expect(postponed[0].text).toContain('last used 2026-04-14 00:00 UTC for sts in us-east-1');
  expect(JSON.parse(await runCommand(postponed, 'postponed', /text --region us-east-1$/))).toEqual(
    await aws.secretValue('alice'),
  );
});

test('an unmanaged key: the command in the notification deletes it', async () => {
  await deploy();
  const unmanaged = (await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }))).AccessKey!.AccessKeyId!;
  await aws.emulator.advanceDays(1);

  await runCommand(await inbox('Alice'), 'unmanaged', /delete-access-key/);

  expect(Object.keys(await aws.keys('alice'))).not.toContain(unmanaged);
});

test('a leak: the notification has the command that ends the sessions of the key', async () => {
  await deploy();
  const { AccessKey } = await aws.secretValue('alice');
  await aws.invoke({ action: 'revoke', username: 'alice', accessKeyId: AccessKey });

  await runCommand(await inbox('Alice'), 'deactivated', /put-user-policy/);

  const { PolicyDocument } = await aws.iam.send(
    new GetUserPolicyCommand({ UserName: 'alice', PolicyName: 'RevokeOlderSessions' }),
  );
  expect(decodeURIComponent(PolicyDocument!)).toContain('aws:TokenIssueTime');
});

test('a blocked user: recipients and failure recipients are notified, and the command in the notification fixes it', async () => {
  await deploy();
  const value = await aws.secretValue('alice');
  await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'alice', SecretString: 'by hand' }));
  await aws.emulator.advanceDays(1);

  const messages = await inbox('Alice');
  expect(await inbox('Failures')).toMatchObject([{ event: 'blocked', username: 'alice' }]);
  await runCommand(messages, 'blocked', /lambda invoke .*rollback/);

  expect(await aws.secretValue('alice')).toEqual(value);
  await inbox('Alice');
  await aws.emulator.advanceDays(2);
  expect(await inbox('Alice')).toEqual([]);
});

test('a current key that was deactivated by hand: the command in the notification activates it', async () => {
  await deploy();
  const { AccessKey } = await aws.secretValue('alice');
  await aws.iam.send(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: AccessKey, Status: 'Inactive' }));
  await aws.emulator.advanceDays(1);

  await runCommand(await inbox('Alice'), 'blocked', /update-access-key/);

  expect(await aws.keys('alice')).toEqual({ [AccessKey]: 'Active' });
});

test('a check that fails: one notification for all attempts, to recipients and failure recipients, with the fix', async () => {
  await deploy();
  await inbox('Alice');
  await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'alice' }));
  await aws.emulator.advanceDays(1);

  const failures = await inbox('Failures');
  expect(eventsOf(failures)).toEqual(['failed', 'failed', 'failed']); // one for each of the day's three checks
  expect(failures[0].text).toContain('is scheduled for deletion');
  expect(eventsOf(await inbox('Alice'))).toEqual(['failed', 'failed', 'failed']);
  await aws.shell(/"(aws secretsmanager restore-secret .*?)"/.exec(failures[0].text)![1]);

  await aws.emulator.advanceDays(1);
  expect(await inbox('Failures')).toEqual([]);
});

test('the daily digest: users that need attention, next steps, and inactive subscriptions', async () => {
  await deploy();
  await aws.emulator.advanceDays(86);
  await inbox('Digest');
  await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'bob', SecretString: 'by hand' }));
  await unsubscribe('boss@example.com'); // as an email scanner can
  await aws.emulator.advanceDays(1);

  const [digest] = await inbox('Digest');

  expect(digest.subject).toBe('Access keys: 1 of 2 users need attention');
  expect(digest.text).toContain('bob: blocked: the current value of secret bob');
  expect(digest.text).toMatch(/2026-04-01 {2}alice: AKIA\w+ is replaced/);
  expect(digest.text).toContain('boss@example.com is not subscribed any more');
});
