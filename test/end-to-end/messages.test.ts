/**
 * Each notification is delivered in time, to the queues of its recipients only, and the commands in it work: the tests
 * run them in a shell.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateAccessKeyCommand, GetUserPolicyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ACCOUNT, ReceivedNotification, LocalAws, userArn } from './support';
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
      rotation.onDigest('Digest', { target: new targets.SqsQueue(events) });
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

/** The command of its kind in the message about an event. */
function commandIn(messages: ReceivedNotification[], event: ReceivedNotification['event'], which: RegExp): string {
  const message = messages.find((candidate) => candidate.event === event);
  if (!message) throw new Error(`no "${event}" in ${eventsOf(messages).join()}`);
  const command = commandsIn(message.text).find((candidate) => which.test(candidate));
  if (!command) throw new Error(`no command like ${which} in\n${message.text}`);
  return command;
}

/** @returns the output of the command */
async function runCommand(...command: Parameters<typeof commandIn>): Promise<string> {
  return aws.shell(commandIn(...command));
}

test('a new key: its recipients fetch it; EventBridge has the event; no other recipient is notified', async () => {
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
      account: ACCOUNT,
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
  expect(await inbox('Bob')).toEqual([]);
  expect(await inbox('Failures')).toEqual([]);
  expect(eventsOf(await inbox('Digest'))).toEqual(['digest', 'digest']);
  const events = await aws.letters(aws.outputs.EventsInbox);
  expect(events.filter((event) => event['detail-type'] === 'Access Key Created')).toMatchObject([
    {
      source: 'cdk-access-key-rotation',
      account: ACCOUNT,
      'detail-type': 'Access Key Created',
      detail: { version: '1', account: ACCOUNT, username: 'alice', accessKeyId: AccessKey },
    },
  ]);
});

describe('the command that replaces a profile', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'home-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const asReader = (command: string) => aws.shell(`export HOME='${home}'; ${command}`);
  const credentials = () => readFileSync(join(home, '.aws', 'credentials'), 'utf8');
  const profile = (name: string, { AccessKey, SecretKey }: Record<string, string>) =>
    `[${name}]\naws_access_key_id = ${AccessKey}\naws_secret_access_key = ${SecretKey}\n`;
  /** The command in the message about a new key. */
  async function newKey(): Promise<string> {
    await inbox('Alice');
    await aws.emulator.advanceDays(2);
    await aws.invoke({ action: 'create', username: 'alice' });
    const command = commandIn(await inbox('Alice'), 'created', /aws configure --profile/);
    for (const _ of ['switch', 'recovery']) await aws.emulator.advanceDays(15, { idle: 13 });
    await aws.emulator.advanceDays(10, { idle: 8 }); // the slot of the previous key is free again
    return command;
  }

  test('leaves one valid profile after two rotations, and the other profiles as they were', async () => {
    await deploy();
    mkdirSync(join(home, '.aws'));
    const other = profile('other', { AccessKey: 'AKIAOTHER', SecretKey: 'other' });
    writeFileSync(join(home, '.aws', 'credentials'), other, { mode: 0o600 });
    writeFileSync(join(home, '.aws', 'config'), '[profile alice]\nregion = eu-west-3\noutput = text\n');

    const values = [];
    for (const _ of ['first', 'second']) {
      const command = await newKey();
      expect(await asReader(command)).toBe('');
      values.push(await aws.secretValue('alice'));
      expect(credentials()).toBe(`${other}${profile('alice', values.at(-1)!)}`);
    }

    expect(values[0]).not.toEqual(values[1]);
    expect(await asReader('aws sts get-caller-identity --query Arn --output text --profile alice')).toBe(
      `${userArn('alice')}\n`,
    );
    expect(readFileSync(join(home, '.aws', 'config'), 'utf8')).toContain('region = eu-west-3\noutput = text\n');
    expect(statSync(join(home, '.aws', 'credentials')).mode % 0o100).toBe(0); // others may not read it
  });

  test('reads the secret with the old key of the profile, as the message says', async () => {
    await deploy();
    await asReader(await newKey());
    const old = credentials();
    await aws.invoke({ action: 'create', username: 'alice' });

    const messages = await inbox('Alice');
    const { text } = messages.find(({ event }) => event === 'created')!;
    expect(text).toContain('add --profile alice after get-secret-value');
    const command = commandIn(messages, 'created', /aws configure/);
    await asReader(command.replace('get-secret-value', '$& --profile alice'));

    expect(credentials()).toBe(profile('alice', await aws.secretValue('alice')));
    expect(credentials()).not.toBe(old);
  });

  test('fails and changes nothing if the secret may not be read', async () => {
    await deploy();
    const command = await newKey();
    await asReader(command);
    const before = credentials();

    const failed = asReader(command.replaceAll("--secret-id 'alice'", "--secret-id 'other'"));

    await expect(failed).rejects.toThrow(/ResourceNotFoundException/);
    expect(credentials()).toBe(before);
  });

  test('has the key on no command line', async () => {
    await deploy();
    const command = await newKey();
    const seen = join(home, 'seen');
    // A process is visible for as long as it runs: this shell function writes down the arguments of each `aws`. The two
    // of the command run at the same time, so each writes one line at once.
    await asReader(`aws() { printf '%s\\n' "$*" >>'${seen}'; command aws "$@"; }; ${command}`);

    const { AccessKey, SecretKey } = await aws.secretValue('alice');
    const lines = readFileSync(seen, 'utf8');
    expect(lines).toMatch(/^configure --profile alice$/m);
    for (const text of [lines, command]) {
      expect(text).not.toContain(SecretKey);
      expect(text).not.toContain(AccessKey);
    }
    expect(credentials()).toContain(SecretKey);
  });
});

test('the command about an old key shows who uses it: time, service, call, address and program', async () => {
  await deploy();
  await aws.emulator.recordCloudTrail();
  const old = await aws.secretValue('alice');
  await aws.emulator.advanceDays(91, { idle: 80 });
  await aws.callerIdentity(old);

  const output = await runCommand(await inbox('Alice'), 'created', /cloudtrail lookup-events/);

  // The local AWS has another name for the call than GetCallerIdentity.
  expect(output).toMatch(/^2026-04-02T\S+Z sts\.amazonaws\.com \S+ 127\.0\.0\.1 aws-sdk-js\S+ .*$/m);
});

test('reminders before each deadline while the new key is unused, with the last use; then the roll-back works', async () => {
  await deploy();
  await aws.emulator.advanceDays(91, { idle: 80 });
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
  await aws.emulator.advanceDays(92, { idle: 80 });
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
  await aws.emulator.advanceDays(103, { idle: 80 });
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
  await aws.emulator.advanceDays(86, { idle: 80 });
  await inbox('Digest');
  await aws.letters(aws.outputs.EventsInbox);
  await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'bob', SecretString: 'by hand' }));
  await unsubscribe('boss@example.com'); // as an email scanner can
  await aws.emulator.advanceDays(1);

  const [digest] = await inbox('Digest');

  expect(digest.subject).toBe('Access keys of 111122223333: 1 of 2 users need attention');
  expect(digest.text).toContain('bob: blocked: the current value of secret bob');
  expect(digest.text).toMatch(/2026-04-01 {2}alice: AKIA\w+ is replaced/);
  expect(digest.text).toContain('boss@example.com is not subscribed any more');
  const { subject: _subject, ...detail } = digest;
  expect(detail).toMatchObject({
    account: ACCOUNT,
    counts: { users: 2, needAttention: 1, blocked: 1, unread: 0, inactiveSubscriptions: 1 },
  });
  expect(await aws.letters(aws.outputs.EventsInbox)).toMatchObject([
    { source: 'cdk-access-key-rotation', account: ACCOUNT, 'detail-type': 'Access Key Digest', detail },
  ]);
});
