import { Readable } from 'stream';
import { EventBridgeClient, PutEventsCommand, PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { DEFAULT_AGES } from '../../../src/contract/ages';
import { NOTIFICATIONS, DETAIL_TYPES } from '../../../src/contract/notifications';
import { Clock, ISSUE_TIME_NEEDED, TIME_RESERVE } from '../../../src/rotator/aws/clock';
import { AwsNotifications } from '../../../src/rotator/aws/notifications';
import { UserLine } from '../../../src/rotator/domain/attention';
import { digestMessage } from '../../../src/rotator/messages/digest-message';
import { Message } from '../../../src/rotator/messages/message';
import { createdMessage, orphanDeletedMessage } from '../../../src/rotator/messages/new-key-messages';
import { blockedMessage } from '../../../src/rotator/messages/problem-messages';
import { adoptedMessage, unmanagedKeyMessage } from '../../../src/rotator/messages/unmanaged-key-messages';
import { captureLog } from '../capture-log';
import { NOW } from '../decide';
import { found } from '../digest-findings';
import { CONTEXT, HOURLY, request } from '../support';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:rotation';
const AT = new Date('2026-04-01T03:12:45Z');
const ONCE = request('create', DEFAULT_AGES, true, HOURLY);
const message = createdMessage(request('create', DEFAULT_AGES, true, HOURLY), 'AKIANEW', AT, ['AKIAOLD']);
const JSON_MESSAGE = {
  version: '1',
  rotation: 'Stack-Rotation',
  account: '123456789012',
  region: 'eu-west-1',
  username: 'alice',
  event: 'created',
  accessKeyId: 'AKIANEW',
  secret: 'alice',
  currentAccessKeyId: 'AKIANEW',
  previousAccessKeyIds: ['AKIAOLD'],
  replacedAt: '2026-06-30T03:00:00.000Z',
  deactivatedAt: '2026-04-15T02:20:00.000Z',
  deletedAt: '2026-04-29T01:40:00.000Z',
  text: message.text,
};

type Put = PutEventsCommand['input'];
type Publish = PublishCommand['input'];

const DEPLOYMENT = { topicArn: TOPIC, rotation: 'Stack-Rotation', account: '123456789012', region: 'eu-west-1' };
const clockWith = (remainingTime: number): Clock => ({
  sleep: async () => undefined,
  remainingTime: () => remainingTime,
});

interface Responses {
  readonly events?: () => Partial<PutEventsCommandOutput>;
  readonly sns?: () => void;
  /** Milliseconds, during the whole run. */
  readonly remainingTime?: number;
}

/** Notifications to stubs of EventBridge and SNS, which record their calls and respond as given. */
function stubbed(responses: Responses = {}) {
  const calls: ({ put: Put } | { publish: Publish })[] = [];
  const eventBridge = {
    send: async ({ input }: PutEventsCommand) => {
      calls.push({ put: input });
      return responses.events ? responses.events() : { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
    },
  } as unknown as EventBridgeClient;
  const sns = {
    send: async ({ input }: PublishCommand) => {
      calls.push({ publish: input });
      responses.sns?.();
      return { MessageId: 'M1' };
    },
  } as unknown as SNSClient;
  const clock = clockWith(responses.remainingTime ?? 300_000);
  const notifications = new AwsNotifications(sns, eventBridge, DEPLOYMENT, clock);
  return { calls, send: (what: Message = message) => notifications.send(what) };
}

const reject = (name: string) => () => {
  throw Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 403 }, request: { secret: 'wJalr' } });
};

/** The answer of PutEvents for an entry that failed: the call succeeds. */
const failedEntry = (ErrorCode: string, ErrorMessage = 'no') => ({
  FailedEntryCount: 1,
  Entries: [{ ErrorCode, ErrorMessage }],
});

/** Fails this many times, and then responds as by default. */
const failing = (times: number, fail: () => Partial<PutEventsCommandOutput>) => () =>
  times-- > 0 ? fail() : { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };

const namesOf = (calls: readonly object[]) => calls.map((call) => Object.keys(call)[0]);

async function published(what?: Message): Promise<Publish & { byProtocol: Record<string, string> }> {
  const { calls, send } = stubbed();
  await send(what);
  const { publish } = calls.at(-1) as { publish: Publish };
  return { ...publish, byProtocol: JSON.parse(publish.Message!) };
}

afterEach(() => jest.restoreAllMocks());

describe('a notification', () => {
  test('is sent to EventBridge first, then to SNS', async () => {
    captureLog();
    const { calls, send } = stubbed();
    expect(await send()).toBe(true);
    expect(calls.map((call) => Object.keys(call)[0])).toEqual(['put', 'publish']);
  });

  test('has a record with the times that it announced, and the keys to which they apply', async () => {
    const lines = captureLog();
    await stubbed().send();
    const { currentAccessKeyId, previousAccessKeyIds, replacedAt, deactivatedAt, deletedAt } = JSON_MESSAGE;
    expect(lines).toMatchObject([
      { record: 'notification', currentAccessKeyId, previousAccessKeyIds, replacedAt, deactivatedAt, deletedAt },
    ]);
  });

  test('is an event on the default bus', async () => {
    const { calls, send } = stubbed();
    await send();
    const [entry] = (calls[0] as { put: Put }).put.Entries!;
    expect(calls[0]).toEqual({
      put: {
        Entries: [{ Source: 'cdk-access-key-rotation', DetailType: 'Access Key Created', Detail: expect.any(String) }],
      },
    });
    expect(JSON.parse(entry.Detail!)).toEqual(JSON_MESSAGE);
  });

  test('is an SNS message with attributes for filter policies', async () => {
    expect(await published()).toMatchObject({
      TopicArn: TOPIC,
      Subject: 'alice (111122223333): new access key, the old one stops working on 2026-04-15',
      MessageStructure: 'json',
      MessageAttributes: {
        username: { DataType: 'String', StringValue: 'alice' },
        event: { DataType: 'String', StringValue: 'created' },
        accessKeyId: { DataType: 'String', StringValue: 'AKIANEW' },
      },
    });
  });

  test('has the text for email, the subject for SMS and JSON for all other protocols', async () => {
    const { byProtocol } = await published();
    expect(Object.keys(byProtocol)).toEqual(['default', 'email', 'sms']);
    expect(byProtocol.email).toBe(message.text);
    expect(byProtocol.sms).toBe('alice (111122223333): new access key, the old one stops working on 2026-04-15');
    expect(JSON.parse(byProtocol.default)).toEqual(JSON_MESSAGE);
  });

  test('has only the fields that apply', async () => {
    const { MessageAttributes, byProtocol } = await published(
      blockedMessage(request('create'), 'no slot is free', 'delete one'),
    );
    expect(Object.keys(MessageAttributes!)).toEqual(['username', 'event']);
    expect(Object.keys(JSON.parse(byProtocol.default))).toEqual([
      'version',
      'rotation',
      'account',
      'region',
      'username',
      'event',
      'secret',
      'reason',
      'remedy',
      'text',
    ]);
  });

  test('has a detail type of its own for each event', () => {
    expect(Object.keys(DETAIL_TYPES)).toEqual(NOTIFICATIONS);
    expect(new Set(Object.values(DETAIL_TYPES)).size).toBe(NOTIFICATIONS.length);
  });
});

describe('a digest', () => {
  test('is an event with its counts, and an SNS message without a user name', async () => {
    const { calls, send } = stubbed();
    expect(await send(digestMessage(CONTEXT, found({ unreadUsers: 2 })))).toBe(true);
    expect(calls).toMatchObject([
      { put: { Entries: [{ DetailType: 'Access Key Digest' }] } },
      { publish: { MessageAttributes: { event: { StringValue: 'digest' } } } },
    ]);
    const [entry] = (calls[0] as { put: Put }).put.Entries!;
    expect(JSON.parse(entry.Detail!)).toMatchObject({
      account: '123456789012',
      event: 'digest',
      counts: { users: 2, unread: 2, needAttention: 0 },
    });
    expect((calls[1] as { publish: Publish }).publish.MessageAttributes).not.toHaveProperty('username');
  });

  test('stays under the 256 KB limits of SNS and EventBridge with the longest possible lines', async () => {
    const name = (index: number) => `${index}`.padStart(64, 'u');
    const reason = blockedMessage(request('create'), 'x'.repeat(300), `aws "${'y'.repeat(500)}"`).text;
    const users: UserLine[] = Array.from({ length: 300 }, (_, index) => ({
      username: name(index),
      status: {
        at: NOW.toISOString(),
        summary: '',
        compliant: false,
        limitDays: 90,
        overdueDays: 9,
        blocked: reason,
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
    const { calls, send } = stubbed();
    await send(
      digestMessage(
        CONTEXT,
        found({
          users,
          inactiveSubscriptions: users.map(({ username }) => `${username}@${'e'.repeat(190)}.com has not confirmed`),
          unusedKeys: users.map(({ username }) => ({
            username,
            accessKeyId: 'A'.repeat(128),
            unmanaged: true,
            createdAt: NOW,
            lastUse: `last used ${'x'.repeat(200)}`,
          })),
        }),
      ),
    );
    const [{ put }, { publish }] = calls as [{ put: Put }, { publish: Publish }];
    expect(Buffer.byteLength(publish.Message!)).toBeLessThan(256 * 1024);
    // The size of an entry: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    const [{ Source, DetailType, Detail }] = put.Entries!;
    expect(Buffer.byteLength(`${Source}${DetailType}${Detail}`)).toBeLessThan(256 * 1024);
  });
});

describe('a failed notification', () => {
  test.each([
    [
      'an entry fails although the call succeeds',
      { events: () => failedEntry('ThrottlingException', 'too fast') },
      'alice: events PutEvents failed with ThrottlingException: too fast',
    ],
    [
      'SNS rejects the call',
      { sns: reject('AuthorizationErrorException') },
      'alice: sns Publish failed with AuthorizationErrorException: no',
    ],
  ])('%s: the log has a line with the metric, and nothing is thrown', async (_case, responses, reason) => {
    const lines = captureLog();
    expect(await stubbed(responses).send()).toBe(false);
    expect(lines).toMatchObject([
      {
        level: 'ERROR',
        username: 'alice',
        record: 'notification',
        event: 'created',
        sent: false,
        message: `alice (111122223333): new access key, the old one stops working on 2026-04-15, not sent: ${reason}`,
        Rotation: 'Stack-Rotation',
        FailedNotifications: 1,
        _aws: { CloudWatchMetrics: [{ Dimensions: [['Rotation']], Metrics: [{ Name: 'FailedNotifications' }] }] },
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain('wJalr');
  });

  test('after a transient error of EventBridge, SNS is not called: the next attempt sends both', async () => {
    captureLog();
    const { calls, send } = stubbed({ events: reject('ThrottlingException') });
    expect(await send()).toBe(false);
    expect(calls).toHaveLength(1);
  });

  test.each(['InternalFailure', 'ThrottlingException'])(
    'an entry that fails with %s is a transient error: SNS is not called',
    async (code) => {
      captureLog();
      const { calls, send } = stubbed({ events: () => failedEntry(code) });
      expect(await send()).toBe(false);
      expect(namesOf(calls)).toEqual(['put']);
    },
  );

  test.each([
    'AccessDeniedException',
    'InvalidAccountIdException',
    'InvalidArgument',
    'MalformedDetail',
    'RedactionFailure',
    'NotAuthorizedForSourceException',
    'NotAuthorizedForDetailTypeException',
  ])('an entry that fails with %s is a permanent error: SNS is called', async (code) => {
    captureLog();
    const { calls, send } = stubbed({ events: () => failedEntry(code) });
    expect(await send()).toBe(true);
    expect(namesOf(calls)).toEqual(['put', 'publish']);
  });

  test('an unmanaged key that a check finds is sent again, as its label is missing', async () => {
    captureLog();
    const { calls, send } = stubbed({ events: reject('ThrottlingException') });
    expect(await send(unmanagedKeyMessage(ONCE, { keyId: 'AKIAONE', createdAt: AT, active: true }))).toBe(false);
    expect(calls).toMatchObject([{ put: {} }]);
  });

  test('after a permanent error of EventBridge, SNS is called, and the log has a line with the metric', async () => {
    const lines = captureLog();
    expect(await stubbed({ events: reject('AccessDeniedException') }).send()).toBe(true);
    expect(lines).toMatchObject([
      {
        message: expect.stringContaining('events PutEvents failed with AccessDeniedException: no'),
        sent: false,
        FailedNotifications: 1,
      },
      { record: 'notification', sent: true },
    ]);
  });

  test('a notification that a later check sends again is tried once by the function', async () => {
    captureLog();
    const { calls, send } = stubbed({ events: failing(1, reject('ThrottlingException')) });
    expect(await send()).toBe(false);
    expect(namesOf(calls)).toEqual(['put']);
  });

  test('a failed digest is logged under the name of the rotation', async () => {
    const lines = captureLog();
    expect(await stubbed({ sns: reject('InternalErrorException') }).send(digestMessage(CONTEXT, found({})))).toBe(
      false,
    );
    expect(lines[0].message).toContain('Stack-Rotation: sns Publish failed with InternalErrorException');
    expect(lines[0]).not.toHaveProperty('username');
  });
});

describe.each([
  ['the deletion of an orphan', orphanDeletedMessage(ONCE, 'AKIAORPHAN'), ISSUE_TIME_NEEDED + 40_000],
  ['the keys of a user at its adoption', adoptedMessage(ONCE, ['AKIAONE', 'AKIATWO'], AT), ISSUE_TIME_NEEDED + 40_000],
  ['a digest', digestMessage(CONTEXT, found({})), TIME_RESERVE],
])('no check sends %s again, so it', (_, once, reserve) => {
  test.each<[string, () => Partial<PutEventsCommandOutput>]>([
    ['the call is throttled', reject('ThrottlingException')],
    ['the entry is throttled', () => failedEntry('ThrottlingException')],
    ['EventBridge fails', () => failedEntry('InternalFailure')],
  ])('is tried up to five times while %s, and nothing is lost', async (_what, fail) => {
    const lines = captureLog();
    const { calls, send } = stubbed({ events: failing(4, fail) });
    expect(await send(once)).toBe(true);
    expect(namesOf(calls)).toEqual(['put', 'put', 'put', 'put', 'put', 'publish']);
    expect(lines).toMatchObject([{ record: 'notification', sent: true }]);
  });

  test('counts as failed once if all five fail, and is published to SNS', async () => {
    const lines = captureLog();
    const { calls, send } = stubbed({ events: reject('ThrottlingException') });
    expect(await send(once)).toBe(true);
    expect(namesOf(calls)).toEqual(['put', 'put', 'put', 'put', 'put', 'publish']);
    expect(lines).toMatchObject([
      { record: 'notification', sent: false, FailedNotifications: 1 },
      { record: 'notification', sent: true },
    ]);
  });

  test('is tried up to five times at SNS', async () => {
    captureLog();
    const { calls, send } = stubbed({ sns: reject('ThrottlingException') });
    expect(await send(once)).toBe(false);
    expect(namesOf(calls)).toEqual(['put', 'publish', 'publish', 'publish', 'publish', 'publish']);
  });

  test('is tried once after a permanent error, and published to SNS', async () => {
    captureLog();
    const { calls, send } = stubbed({ events: reject('AccessDeniedException') });
    expect(await send(once)).toBe(true);
    expect(namesOf(calls)).toEqual(['put', 'publish']);
  });

  test.each([
    [0, 5],
    [-1, 1],
  ])('leaves time for what the run does next: %i ms after that, it is tried %i times', async (more, times) => {
    captureLog();
    const { calls, send } = stubbed({ events: reject('ThrottlingException'), remainingTime: reserve + more });
    expect(await send(once)).toBe(true);
    expect(namesOf(calls)).toEqual([...Array(times).fill('put'), 'publish']);
  });
});

describe('the SDK', () => {
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };
  /** A client of the SDK with answers of EventBridge in place of its connection. */
  function clientWith(statusCode: number, body: object) {
    let requests = 0;
    const handle = async () => {
      requests++;
      return { response: { statusCode, headers: {}, body: Readable.from([JSON.stringify(body)]) } };
    };
    const client = new EventBridgeClient({
      region: 'eu-west-1',
      credentials,
      maxAttempts: 2,
      requestHandler: { handle } as unknown as EventBridgeClient['config']['requestHandler'],
    });
    const sns = { send: async () => ({ MessageId: 'M1' }) } as unknown as SNSClient;
    const notifications = new AwsNotifications(sns, client, DEPLOYMENT, clockWith(300_000));
    return { send: (what: Message) => notifications.send(what), requests: () => requests };
  }

  test.each<[string, number, object, number, number]>([
    ['a throttled call', 400, { __type: 'ThrottlingException' }, 2, 10],
    ['a failure of EventBridge', 500, { __type: 'InternalException' }, 2, 10],
    ['no entry that failed: the call succeeds', 200, failedEntry('ThrottlingException'), 1, 5],
  ])('repeats %s', async (_what, status, body, dueAgain, once) => {
    captureLog();
    const [checked, lost] = [clientWith(status, body), clientWith(status, body)];
    await checked.send(message);
    await lost.send(orphanDeletedMessage(ONCE, 'AKIAORPHAN'));
    expect([checked.requests(), lost.requests()]).toEqual([dueAgain, once]);
  });
});
