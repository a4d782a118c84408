import { EventBridgeClient, PutEventsCommand, PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { NOTIFICATIONS, DETAIL_TYPES } from '../../../src/contract/notifications';
import { AwsNotifications } from '../../../src/rotator/aws/notifications';
import { digestMessage, UserLine } from '../../../src/rotator/messages/digest-message';
import { Message } from '../../../src/rotator/messages/message';
import { createdMessage } from '../../../src/rotator/messages/new-key-messages';
import { blockedMessage } from '../../../src/rotator/messages/problem-messages';
import { captureLog } from '../capture-log';
import { NOW } from '../decide';
import { request } from '../support';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:rotation';
const AT = new Date('2026-04-01T03:12:45Z');
const message = createdMessage(request('create'), 'AKIANEW', AT, ['AKIAOLD']);
const MACHINES = {
  version: '1',
  rotation: 'Stack-Rotation',
  region: 'eu-west-1',
  username: 'alice',
  event: 'created',
  accessKeyId: 'AKIANEW',
  secret: 'alice',
  currentAccessKeyId: 'AKIANEW',
  previousAccessKeyIds: ['AKIAOLD'],
  replacedAt: '2026-06-30T03:12:45.000Z',
  deactivatedAt: '2026-04-15T03:12:45.000Z',
  deletedAt: '2026-04-29T03:12:45.000Z',
  text: message.text,
};

type Put = PutEventsCommand['input'];
type Publish = PublishCommand['input'];

/** What EventBridge and SNS were asked, in that order, and what either of them answers. */
function post(answers: { events?: () => Partial<PutEventsCommandOutput>; sns?: () => void } = {}) {
  const asked: ({ put: Put } | { publish: Publish })[] = [];
  const eventBridge = {
    send: async ({ input }: PutEventsCommand) => {
      asked.push({ put: input });
      return answers.events ? answers.events() : { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
    },
  } as unknown as EventBridgeClient;
  const sns = {
    send: async ({ input }: PublishCommand) => {
      asked.push({ publish: input });
      answers.sns?.();
    },
  } as unknown as SNSClient;
  const announcements = new AwsNotifications(sns, eventBridge, {
    topicArn: TOPIC,
    rotation: 'Stack-Rotation',
    region: 'eu-west-1',
  });
  return { asked, send: (what: Message = message) => announcements.send(what) };
}

const refuse = (name: string) => () => {
  throw Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 403 }, request: { secret: 'wJalr' } });
};

async function published(what?: Message): Promise<Publish & { by: Record<string, string> }> {
  const { asked, send } = post();
  await send(what);
  const { publish } = asked.at(-1) as { publish: Publish };
  return { ...publish, by: JSON.parse(publish.Message!) };
}

afterEach(() => jest.restoreAllMocks());

describe('on its way', () => {
  test('machines first, then people', async () => {
    const { asked, send } = post();
    expect(await send()).toBe(true);
    expect(asked.map((call) => Object.keys(call)[0])).toEqual(['put', 'publish']);
  });

  test('the event on the default bus', async () => {
    const { asked, send } = post();
    await send();
    const [entry] = (asked[0] as { put: Put }).put.Entries!;
    expect(asked[0]).toEqual({
      put: {
        Entries: [{ Source: 'cdk-access-key-rotation', DetailType: 'Access Key Created', Detail: expect.any(String) }],
      },
    });
    expect(JSON.parse(entry.Detail!)).toEqual(MACHINES);
  });

  test('the message: attributes for filters, and a text for each protocol', async () => {
    expect(await published()).toMatchObject({
      TopicArn: TOPIC,
      Subject: 'alice: new access key, the old one stops on 2026-04-15',
      MessageStructure: 'json',
      MessageAttributes: {
        username: { DataType: 'String', StringValue: 'alice' },
        event: { DataType: 'String', StringValue: 'created' },
        accessKeyId: { DataType: 'String', StringValue: 'AKIANEW' },
      },
    });
  });

  test('text for mail, a line for telephones, JSON for queues, functions and whatever else is a machine', async () => {
    const { by } = await published();
    expect(Object.keys(by)).toEqual(['default', 'email', 'sms']);
    expect(by.email).toBe(message.text);
    expect(by.sms).toBe('alice: new access key, the old one stops on 2026-04-15');
    expect(JSON.parse(by.default)).toEqual(MACHINES);
  });

  test('what a message is not about is not in it', async () => {
    const { MessageAttributes, by } = await published(
      blockedMessage(request('create'), 'no slot is free', 'delete one'),
    );
    expect(Object.keys(MessageAttributes!)).toEqual(['username', 'event']);
    expect(Object.keys(JSON.parse(by.default))).toEqual([
      'version',
      'rotation',
      'region',
      'username',
      'event',
      'secret',
      'reason',
      'remedy',
      'text',
    ]);
  });

  test('every announcement but the digest is an event, each with a type of its own', () => {
    expect(Object.keys(DETAIL_TYPES)).toEqual(NOTIFICATIONS.filter((event) => event !== 'digest'));
    expect(new Set(Object.values(DETAIL_TYPES)).size).toBe(NOTIFICATIONS.length - 1);
  });
});

describe('a digest', () => {
  test('is for people: no event, and of no user', async () => {
    const { asked, send } = post();
    expect(await send(digestMessage([], []))).toBe(true);
    expect(asked).toMatchObject([{ publish: { MessageAttributes: { event: { StringValue: 'digest' } } } }]);
    expect((asked[0] as { publish: Publish }).publish.MessageAttributes).not.toHaveProperty('username');
  });

  test('fits into the 256 KB that SNS takes, with as many and as long lines as there may be', async () => {
    const name = (index: number) => `${index}`.padStart(64, 'u');
    const why = blockedMessage(request('create'), 'x'.repeat(300), `aws "${'y'.repeat(500)}"`).text;
    const users: UserLine[] = Array.from({ length: 300 }, (_, index) => ({
      username: name(index),
      status: {
        at: NOW.toISOString(),
        summary: '',
        compliant: false,
        overdueDays: 9,
        blocked: why,
        keys: [0, 1].map(() => ({
          accessKeyId: 'A'.repeat(20),
          role: 'current',
          active: true,
          leaked: false,
          ageDays: 0,
          lastUse: '',
          createdAt: NOW.toISOString(),
          next: { action: 'deactivate', dueAt: NOW.toISOString() },
        })),
      },
    }));
    const { Message: text } = await published(
      digestMessage(
        users,
        users.map(({ username }) => `${username}@${'e'.repeat(190)}.com has not confirmed`),
      ),
    );
    expect(Buffer.byteLength(text!)).toBeLessThan(256 * 1024);
  });
});

describe('not on its way', () => {
  test.each([
    [
      'an entry fails in a call that succeeds',
      {
        events: () => ({
          FailedEntryCount: 1,
          Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'too fast' }],
        }),
      },
      'alice: events PutEvents failed with ThrottlingException: too fast',
    ],
    [
      'SNS refuses',
      { sns: refuse('AuthorizationErrorException') },
      'alice: sns Publish failed with AuthorizationErrorException: no',
    ],
  ])('%s: nothing is thrown, and the log has a line that counts', async (_what, answers, why) => {
    const lines = captureLog();
    expect(await post(answers).send()).toBe(false);
    expect(lines).toMatchObject([
      {
        level: 'ERROR',
        username: 'alice',
        message: `not announced, "alice: new access key, the old one stops on 2026-04-15": ${why}`,
        Rotation: 'Stack-Rotation',
        FailedNotifications: 1,
        _aws: { CloudWatchMetrics: [{ Dimensions: [['Rotation']], Metrics: [{ Name: 'FailedNotifications' }] }] },
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain('wJalr');
  });

  test('where EventBridge could not be asked, people are told with the next try, as machines are', async () => {
    captureLog();
    const { asked, send } = post({ events: refuse('ThrottlingException') });
    expect(await send()).toBe(false);
    expect(asked).toHaveLength(1);
  });

  test('where EventBridge refuses, which would last, people are told all the same, and the log has a line that counts', async () => {
    const lines = captureLog();
    expect(await post({ events: refuse('AccessDeniedException') }).send()).toBe(true);
    expect(lines).toMatchObject([
      {
        message: expect.stringContaining('events PutEvents failed with AccessDeniedException: no'),
        FailedNotifications: 1,
      },
    ]);
  });

  test('a digest that fails is of the rotation', async () => {
    const lines = captureLog();
    expect(await post({ sns: refuse('InternalErrorException') }).send(digestMessage([], []))).toBe(false);
    expect(lines[0].message).toContain('Stack-Rotation: sns Publish failed with InternalErrorException');
    expect(lines[0]).not.toHaveProperty('username');
  });
});
