/**
 * Everyone hears in time, and what they are told to do works: each message goes to the queue of whom it is about and to
 * no other, is read there, and its commands are run in a shell.
 */
import { CreateAccessKeyCommand, GetUserPolicyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ReceivedAnnouncement, LocalAws } from './support';
import { Deactivation, Recipient, RotatedUserProps } from '../../src';
import { commandsIn } from '../local-aws/command-line';

let aws: LocalAws;

const queues: Record<string, sqs.Queue> = {};

beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

/**
 * Alice and Bob, each with a queue of their own, one for digests, one for failures, and one for the events of machines.
 */
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
      const machine = new sqs.Queue(stack, 'Machine');
      new CfnOutput(stack, 'MachineInbox', { value: machine.queueUrl });
      rotation.onKeyCreated('ForMachines', { target: new targets.SqsQueue(machine) });
    },
  );
}

const inbox = (name: string): Promise<ReceivedAnnouncement[]> => aws.received(aws.outputs[`${name}Inbox`]);
const eventsOf = (messages: ReceivedAnnouncement[]) => messages.map(({ event }) => event);

async function unsubscribe(endpoint: string): Promise<void> {
  const sns = new SNSClient(aws.emulator.clientConfig);
  const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: aws.outputs.Topic }));
  await sns.send(
    new UnsubscribeCommand({
      SubscriptionArn: Subscriptions!.find(({ Endpoint }) => Endpoint === endpoint)!.SubscriptionArn,
    }),
  );
}

/** The one message of its kind, and the answer to each of its commands. */
async function follow(
  messages: ReceivedAnnouncement[],
  event: ReceivedAnnouncement['event'],
  which: RegExp,
): Promise<string> {
  const message = messages.find((candidate) => candidate.event === event);
  if (!message) throw new Error(`no "${event}" in ${eventsOf(messages).join()}`);
  const command = commandsIn(message.text).find((candidate) => which.test(candidate));
  if (!command) throw new Error(`no command like ${which} in\n${message.text}`);
  return aws.shell(command);
}

test('a new key: its owner hears and fetches it, as a profile too; a machine gets the event; nobody else hears', async () => {
  await deploy();
  await Promise.all(
    ['Alice', 'Bob', 'Digest', 'Failures', 'Machine'].map((name) => aws.letters(aws.outputs[`${name}Inbox`])),
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
  expect(JSON.parse(await follow(messages, 'created', /text --region us-east-1$/))).toEqual({ AccessKey, SecretKey });
  expect(await follow(messages, 'created', /awk/)).toBe(
    `[alice]\naws_access_key_id = ${AccessKey}\naws_secret_access_key = ${SecretKey}\n`,
  );
  expect(await inbox('Bob')).toEqual([]);
  expect(await inbox('Failures')).toEqual([]);
  expect(eventsOf(await inbox('Digest'))).toEqual(['digest', 'digest']);
  expect(await aws.letters(aws.outputs.MachineInbox)).toMatchObject([
    {
      source: 'cdk-access-key-rotation',
      'detail-type': 'Access Key Created',
      detail: { version: '1', username: 'alice', accessKeyId: AccessKey },
    },
  ]);
});

test('reminders come before each deadline while nobody has switched, and name the last use; then the way back works', async () => {
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
  expect(JSON.parse(await follow(week, 'reminder', /text --region us-east-1$/))).toEqual(
    await aws.secretValue('alice'),
  );
  await aws.emulator.advanceDays(6);
  expect(eventsOf(await inbox('Alice'))).toEqual(['reminder']);

  await aws.emulator.advanceDays(2);
  const off = await inbox('Alice');
  expect(eventsOf(off)).toEqual(['deactivated']);
  expect(await follow(off, 'deactivated', /lambda invoke/)).toContain('"rolled-back"');
  const back = await inbox('Alice');
  expect(eventsOf(back)).toEqual(['rolled-back']);
  expect(JSON.parse(await follow(back, 'rolled-back', /get-secret-value/))).toMatchObject({ AccessKey: old });
});

test('whoever has switched is not reminded of the deactivation, only of the deletion that nobody can undo', async () => {
  await deploy();
  await aws.emulator.advanceDays(92);
  // within five minutes of its creation this would be our own verification
  await aws.callerIdentity(await aws.secretValue('alice'));
  await inbox('Alice');
  await aws.emulator.advanceDays(14);
  expect(eventsOf(await inbox('Alice'))).toEqual(['deactivated']);
  await aws.emulator.advanceDays(14);
  expect(eventsOf(await inbox('Alice'))).toEqual(['reminder', 'deleted']);
});

test('a key that is held: its owner hears what still uses it, daily', async () => {
  await deploy({ deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(20) }), reminderDays: [] });
  const old = await aws.secretValue('alice');
  await aws.emulator.advanceDays(103);
  await aws.callerIdentity(old);
  await inbox('Alice');
  await aws.emulator.advanceDays(2);

  const held = await inbox('Alice');
  expect(eventsOf(held)).toContain('postponed');
  expect(held[0].text).toContain('last used 2026-04-14 00:00 UTC for sts in us-east-1');
  expect(JSON.parse(await follow(held, 'postponed', /text --region us-east-1$/))).toEqual(
    await aws.secretValue('alice'),
  );
});

test('a key that somebody else made: the command in the message deletes it', async () => {
  await deploy();
  const theirs = (await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }))).AccessKey!.AccessKeyId!;
  await aws.emulator.advanceDays(1);

  await follow(await inbox('Alice'), 'unmanaged', /delete-access-key/);

  expect(Object.keys(await aws.keys('alice'))).not.toContain(theirs);
});

test('a leak: the message holds the policy that ends what was begun with the key', async () => {
  await deploy();
  const { AccessKey } = await aws.secretValue('alice');
  await aws.invoke({ action: 'revoke', username: 'alice', accessKeyId: AccessKey });

  await follow(await inbox('Alice'), 'deactivated', /put-user-policy/);

  const { PolicyDocument } = await aws.iam.send(
    new GetUserPolicyCommand({ UserName: 'alice', PolicyName: 'RevokeOlderSessions' }),
  );
  expect(decodeURIComponent(PolicyDocument!)).toContain('aws:TokenIssueTime');
});

test('a rotation that is blocked: owner and those on call hear, and the command in the message mends it', async () => {
  await deploy();
  const value = await aws.secretValue('alice');
  await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'alice', SecretString: 'by hand' }));
  await aws.emulator.advanceDays(1);

  const messages = await inbox('Alice');
  expect(await inbox('Failures')).toMatchObject([{ event: 'blocked', username: 'alice' }]);
  await follow(messages, 'blocked', /update-secret-version-stage/);

  expect(await aws.secretValue('alice')).toEqual(value);
  await inbox('Alice');
  await aws.emulator.advanceDays(2);
  expect(await inbox('Alice')).toEqual([]);
});

test('a current key that somebody deactivated: either command of the message mends it', async () => {
  await deploy();
  const { AccessKey } = await aws.secretValue('alice');
  await aws.iam.send(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: AccessKey, Status: 'Inactive' }));
  await aws.emulator.advanceDays(1);

  await follow(await inbox('Alice'), 'blocked', /update-access-key/);

  expect(await aws.keys('alice')).toEqual({ [AccessKey]: 'Active' });
});

test('a check that fails: owner and those on call hear what was tried, once for its repeats, and how to mend it', async () => {
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

test('the daily digest: who needs attention, what comes next, and which recipients are gone', async () => {
  await deploy();
  await aws.emulator.advanceDays(86);
  await inbox('Digest');
  await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'bob', SecretString: 'by hand' }));
  await unsubscribe('boss@example.com'); // as mail scanners do
  await aws.emulator.advanceDays(1);

  const [digest] = await inbox('Digest');

  expect(digest.subject).toBe('Access keys: 1 of 2 users need attention');
  expect(digest.text).toContain('bob: blocked, the current value of secret bob');
  expect(digest.text).toMatch(/2026-04-01 {2}alice: AKIA\w+ is replaced/);
  expect(digest.text).toContain('boss@example.com is not subscribed any more');
});
