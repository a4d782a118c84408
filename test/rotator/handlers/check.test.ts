import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { IAMClient } from '@aws-sdk/client-iam';
import { SNSClient } from '@aws-sdk/client-sns';
import { Context } from 'aws-lambda';
import { DAY } from '../../../src/contract/ages';
import { USERS_FILE } from '../../../src/contract/settings';
import { Ports } from '../../../src/rotator/actions/ports';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { Failed } from '../../../src/rotator/domain/failure';
import { handleCheck, measuredFailure } from '../../../src/rotator/handlers/check';
import { Invocation } from '../../../src/rotator/handlers/invocation';
import { Message } from '../../../src/rotator/messages/message';
import { handler } from '../../../src/rotator/rotator.lambda';
import { ModelAws } from '../../fake-aws/fake-aws';
import { captureLog } from '../capture-log';
import { CONTEXT } from '../support';

afterEach(() => jest.restoreAllMocks());

let requests = 0;

/** Checks of alice on a model, and what people and the log are told. */
function rotation(more: Partial<Invocation> & { sends?: () => boolean } = {}) {
  const aws = new ModelAws();
  const sent: Message[] = [];
  const announcements = {
    send: async (message: Message) => {
      sent.push(message);
      return more.sends?.() ?? true;
    },
  };
  const invocation: Invocation = {
    users: new Map([['alice', {}]]),
    portsFor: () => ({ ...aws.tools(), announcements }),
    announcements,
    rotation: 'R',
    dryRun: false,
    requestId: `request ${++requests}`,
    clock: { sleep: async () => undefined, remainingTime: () => 300_000 },
    context: CONTEXT,
    ...more,
  };
  const handle = (event: unknown, requestId = invocation.requestId) => handleCheck(event, { ...invocation, requestId });
  const check = async (event: unknown, requestId?: string) => {
    const result = await handle(event, requestId);
    if (result instanceof Failed) throw result.error;
    return result;
  };
  return { aws, sent, handle, check, told: () => sent.map(({ attributes }) => attributes.event) };
}

const DUE = { action: 'create', username: 'alice', ifDue: true };
const BY_HAND = { action: 'create', username: 'alice' };
const metricsOf = (line: Record<string, any>) =>
  line._aws.CloudWatchMetrics.map(({ Dimensions, Metrics }: any) => ({
    by: Dimensions.at(-1).join(),
    names: Metrics.map(({ Name }: any) => Name),
  }));

describe('a check', () => {
  test('leaves one line: what was done, and what it saw', async () => {
    const lines = captureLog();
    const { check } = rotation();
    await check(DUE);
    expect(lines).toEqual([
      {
        level: 'INFO',
        username: 'alice',
        action: 'create',
        outcome: 'created',
        message: 'new key AKIA0001 is current',
        accessKeyId: 'AKIA0001',
        Rotation: 'R',
        Action: 'create',
        Checks: 1,
        Keys: 0,
        UnmanagedKeys: 0,
        OldestActiveKeyDays: 0,
        OverdueDays: 0,
        Users: 1,
        OrphanedKeysDeleted: 0,
        _aws: expect.any(Object),
      },
    ]);
    expect(metricsOf(lines[0])).toEqual([
      {
        by: 'Rotation',
        names: ['Keys', 'UnmanagedKeys', 'OldestActiveKeyDays', 'OverdueDays', 'OrphanedKeysDeleted', 'Users'],
      },
      { by: 'Rotation,Action', names: ['Checks'] },
    ]);
  });

  test('sees what is late', async () => {
    const lines = captureLog();
    const { aws, check } = rotation();
    await check(DUE);
    aws.now = new Date(aws.now.getTime() + 95 * DAY);
    aws.makeKey();
    await check(DUE);
    expect(lines.at(-1)).toMatchObject({ Keys: 2, UnmanagedKeys: 1, OldestActiveKeyDays: 95, OverdueDays: 5 });
  });

  test('of a blocked user is a warning, and told', async () => {
    const lines = captureLog();
    const { aws, check, told } = rotation();
    await check(DUE);
    aws.person.deactivate('AKIA0001');
    expect(await check(DUE)).toMatchObject({ outcome: 'blocked' });
    expect(lines.at(-1)).toMatchObject({ level: 'WARN', outcome: 'blocked', Keys: 1 });
    expect(told()).toEqual(['created', 'blocked']);
  });

  test.each<[string, object]>([
    ['by hand', BY_HAND],
    ['a question', { action: 'status', username: 'alice' }],
  ])('%s is measured, and not counted as one of the schedule', async (_what, event) => {
    const lines = captureLog();
    await rotation().check(event);
    expect(metricsOf(lines[0])).toEqual([
      { by: 'Rotation', names: ['Keys', 'UnmanagedKeys', 'OldestActiveKeyDays', 'OverdueDays', 'OrphanedKeysDeleted'] },
    ]);
    expect(lines[0]).not.toHaveProperty('Checks');
  });

  test('answers with the whole status, and does not log it', async () => {
    const lines = captureLog();
    const answer = await rotation().check({ action: 'status', username: 'alice' });
    expect(answer).toMatchObject({ outcome: 'status', status: { keys: [] }, measurements: { Keys: 0 } });
    expect(lines[0]).not.toHaveProperty('status');
    expect(lines[0]).not.toHaveProperty('measurements');
  });

  test('in a dry run of the rotation does nothing, whatever the event says', async () => {
    captureLog();
    const { aws, sent, check } = rotation({ dryRun: true });
    expect(await check(DUE)).toMatchObject({ outcome: 'dry-run' });
    expect(await check({ ...DUE, dryRun: false })).toMatchObject({ outcome: 'dry-run' });
    expect(aws.keys.size + sent.length).toBe(0);
  });
});

describe('the question how all stand', () => {
  test('is answered for each, though one fails, and neither measured nor told', async () => {
    const lines = captureLog();
    const { aws, sent, check } = rotation({
      users: new Map([
        ['alice', {}],
        ['bob', {}],
      ]),
    });
    aws.person.deleteSecret();
    const failed = { outcome: 'failed', action: 'status', message: expect.stringContaining('scheduled for deletion') };
    expect(await check({ action: 'status' })).toEqual([
      { ...failed, username: 'alice' },
      { ...failed, username: 'bob' },
    ]);
    expect([lines, sent]).toEqual([[], []]);
  });

  test('says of whom it was not asked, for lack of time', async () => {
    captureLog();
    let seconds = 46; // and 45 are held back
    const users = new Map(Array.from({ length: 12 }, (_, index) => [`user-${index}`, {}]));
    const { check } = rotation({
      users,
      clock: {
        remainingTime: () => seconds * 1_000,
        sleep: async () => {
          seconds--;
        },
      },
    });
    const outcomes = (await check({ action: 'status' })) as { username: string; outcome: string; message: string }[];
    expect(outcomes.map(({ username }) => username)).toEqual([...users.keys()]);
    expect(outcomes.filter(({ outcome }) => outcome === 'status')).toHaveLength(10);
    expect(outcomes.at(-1)).toEqual({
      username: 'user-11',
      action: 'status',
      outcome: 'failed',
      message: 'not looked at: the time was over',
    });
  });
});

const portsThatFail = (error: Error): Ports => {
  const ports = new ModelAws().tools();
  return { ...ports, accessKeys: { ...ports.accessKeys, list: () => Promise.reject(error) } };
};

describe('a check that fails', () => {
  const fails = (error: Error, more: Parameters<typeof rotation>[0] = {}) => {
    const world = rotation({ ...more, portsFor: () => portsThatFail(error) });
    return {
      ...world,
      attempt: async (event: unknown = DUE, requestId?: string) =>
        expect(world.check(event, requestId)).rejects.toBe(error),
    };
  };
  const denied = new AwsCallFailed('iam ListAccessKeys', 'alice', 'AccessDenied', true, 'no');

  test('fails, so that Lambda repeats it, and people are told', async () => {
    const { attempt, sent } = fails(denied);
    await attempt();
    expect(sent).toMatchObject([
      { attributes: { event: 'failed', username: 'alice' }, details: { reason: denied.message } },
    ]);
  });

  test('is measured as far as it came: a user whose checks fail for days is overdue', async () => {
    captureLog();
    const { aws, check, handle } = rotation();
    await check(DUE);
    aws.now = new Date(aws.now.getTime() + 95 * DAY);
    aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'rejected' : undefined);

    expect(measuredFailure((await handle(DUE)) as Failed)).toEqual([
      { values: { Failures: 1 }, by: { Cause: 'Throttled' } },
      { values: { Keys: 1, UnmanagedKeys: 0, OldestActiveKeyDays: 95, OverdueDays: 5, OrphanedKeysDeleted: 0 } },
    ]);
    expect(measuredFailure(new Failed(denied))).toEqual([{ values: { Failures: 1 }, by: { Cause: 'AccessDenied' } }]);
  });

  test('is told once, though Lambda repeats it', async () => {
    const { attempt, told } = fails(denied);
    for (let tries = 0; tries < 3; tries++) await attempt(DUE, 'first');
    expect(told()).toEqual(['failed']);
    await attempt(DUE, 'second');
    expect(told()).toEqual(['failed', 'failed']);
  });

  test('is told again with the repetition where the message could not be sent', async () => {
    const answers = [false, true, true];
    const { attempt, told } = fails(denied, { sends: () => answers.shift()! });
    for (let tries = 0; tries < 3; tries++) await attempt();
    expect(told()).toEqual(['failed', 'failed']);
  });

  test.each<[string, Error]>([
    ['AWS is asked too often', new AwsCallFailed('iam ListAccessKeys', 'alice', 'Throttling', true, 'too fast')],
    ['AWS cannot be reached', new AwsCallFailed('iam ListAccessKeys', 'alice', 'TimeoutError', false, 'no answer')],
  ])('is not told where that mostly passes by itself: %s', async (_what, error) => {
    const { attempt, sent } = fails(error);
    await attempt();
    expect(sent).toEqual([]);
  });

  test.each<[string, object]>([
    ['by hand', BY_HAND],
    ['as a command', { action: 'rollback', username: 'alice' }],
    ['as a dry run', { ...DUE, dryRun: true }],
  ])('is not told where a person asked, %s: that person has the answer', async (_what, event) => {
    const { attempt, sent } = fails(denied);
    await attempt(event);
    expect(sent).toEqual([]);
  });

  test('is not told in a dry run of the rotation', async () => {
    const { attempt, sent } = fails(denied, { dryRun: true });
    await attempt();
    expect(sent).toEqual([]);
  });

  test('is not told where the request makes no sense', async () => {
    const { check, sent } = rotation();
    for (const event of [{ ...DUE, username: 'bob' }, { ...DUE, action: 'rotate' }, undefined]) {
      await expect(check(event)).rejects.toThrow(expect.objectContaining({ name: 'BadRequest' }));
    }
    expect(sent).toEqual([]);
  });
});

describe('the handler counts failures by their cause', () => {
  const context = {
    functionName: 'rotator',
    awsRequestId: 'handled',
    getRemainingTimeInMillis: () => 300_000,
  } as Context;
  const taskRoot = mkdtempSync(join(tmpdir(), 'task-'));
  writeFileSync(join(taskRoot, USERS_FILE), '[["alice",{}]]');
  const environment = {
    LAMBDA_TASK_ROOT: taskRoot,
    TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:rotation',
    ROTATION: 'R',
    DRY_RUN: 'false',
    AWS_REGION: 'eu-west-1',
  };
  const before = { ...process.env };
  beforeAll(() => Object.assign(process.env, environment));
  afterAll(() => {
    process.env = before;
    rmSync(taskRoot, { recursive: true });
  });

  test.each([
    ['Throttling', 429, 'Throttled'],
    ['NoSuchEntityException', 404, 'NotFound'],
    ['TimeoutError', undefined, 'NetworkError'],
    ['LimitExceeded', 409, 'Other'],
  ])('IAM answers %s with status %p: %s', async (name, httpStatusCode, cause) => {
    const lines = captureLog();
    jest
      .spyOn(IAMClient.prototype, 'send')
      .mockImplementation(() =>
        Promise.reject(Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } })),
      );
    jest.spyOn(SNSClient.prototype, 'send').mockImplementation(() => undefined);
    await expect(handler({ ...DUE, ifDue: undefined }, context)).rejects.toThrow(
      `alice: iam ListAccessKeys failed with ${name}: no`,
    );
    expect(lines).toMatchObject([
      { level: 'ERROR', action: 'create', username: 'alice', Rotation: 'R', Failures: 1, Cause: cause },
    ]);
    expect(metricsOf(lines[0])).toEqual([{ by: 'Rotation,Cause', names: ['Failures'] }]);
  });

  test.each<[string, unknown]>([
    ['an action that there is not', { action: 'rotate', username: 'alice' }],
    ['nothing', undefined],
    ['a digest without its number', { action: 'digest' }],
  ])('%s: BadRequest', async (_what, event) => {
    const lines = captureLog();
    await expect(handler(event, context)).rejects.toThrow(expect.objectContaining({ name: 'BadRequest' }));
    expect(lines).toMatchObject([{ level: 'ERROR', Failures: 1, Cause: 'BadRequest' }]);
  });
});
