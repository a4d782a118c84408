import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { Context } from 'aws-lambda';
import { DAY } from '../../../src/contract/ages';
import { FIRST_KEY_TYPE, USERS_FILE } from '../../../src/contract/settings';
import { Ports } from '../../../src/rotator/actions/ports';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { Failed } from '../../../src/rotator/domain/failure';
import { handleCheck, measuredFailure } from '../../../src/rotator/handlers/check';
import { Invocation } from '../../../src/rotator/handlers/invocation';
import { Message } from '../../../src/rotator/messages/message';
import { handler } from '../../../src/rotator/rotator.lambda';
import { ModelAws } from '../../fake-aws/fake-aws';
import { captureLog } from '../capture-log';
import { exposed } from '../reports';
import { CONTEXT } from '../support';

afterEach(() => jest.restoreAllMocks());

let requests = 0;

/** Checks of alice on the in-memory AWS, with the notifications that are sent. */
function rotation(more: Partial<Invocation> & { sends?: () => boolean } = {}) {
  const aws = new ModelAws();
  const sent: Message[] = [];
  const notifications = {
    send: async (message: Message) => {
      sent.push(message);
      return more.sends?.() ?? true;
    },
  };
  const invocation: Invocation = {
    users: new Map([['alice', {}]]),
    portsFor: () => ({ ...aws.tools(), notifications }),
    notifications,
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
  return { aws, sent, handle, check, events: () => sent.map(({ attributes }) => attributes.event) };
}

const DUE = { action: 'create', username: 'alice', ifDue: true };
const MANUAL = { action: 'create', username: 'alice' };
const metricsOf = (line: Record<string, any>) =>
  line._aws.CloudWatchMetrics.map(({ Dimensions, Metrics }: any) => ({
    by: Dimensions.at(-1).join(),
    names: Metrics.map(({ Name }: any) => Name),
  }));

describe('a check', () => {
  test('logs one line: the outcome and the metrics', async () => {
    const lines = captureLog();
    const { check } = rotation();
    await check(DUE);
    expect(lines).toEqual([
      {
        level: 'INFO',
        schema: 1,
        at: expect.any(String),
        account: CONTEXT.account,
        record: 'outcome',
        username: 'alice',
        action: 'create',
        outcome: 'created',
        message: 'new key AKIA0001 is current',
        accessKeyId: 'AKIA0001',
        invokedBy: 'check',
        Rotation: CONTEXT.rotation,
        Action: 'create',
        Checks: 1,
        Keys: 0,
        UnmanagedKeys: 0,
        OldestActiveKeyDays: 0,
        OverLimitDays: 0,
        OverdueDays: 0,
        Users: 1,
        OrphanedKeysDeleted: 0,
        _aws: expect.any(Object),
      },
    ]);
    expect(metricsOf(lines[0])).toEqual([
      {
        by: 'Rotation',
        names: [
          'Keys',
          'UnmanagedKeys',
          'OldestActiveKeyDays',
          'OverLimitDays',
          'OverdueDays',
          'OrphanedKeysDeleted',
          'Users',
        ],
      },
      { by: 'Rotation,Action', names: ['Checks'] },
    ]);
  });

  test('measures overdue steps', async () => {
    const lines = captureLog();
    const { aws, check } = rotation();
    await check(DUE);
    aws.now = new Date(aws.now.getTime() + 95 * DAY);
    aws.makeKey();
    await check(DUE);
    expect(lines.at(-1)).toMatchObject({
      Keys: 2,
      UnmanagedKeys: 1,
      OldestActiveKeyDays: 95,
      OverLimitDays: 0,
      OverdueDays: 5,
    });
  });

  test('of a blocked user logs a warning and sends a notification', async () => {
    const lines = captureLog();
    const { aws, check, events } = rotation();
    await check(DUE);
    aws.person.deactivate('AKIA0001');
    expect(await check(DUE)).toMatchObject({ outcome: 'blocked' });
    expect(lines.at(-1)).toMatchObject({ level: 'WARN', outcome: 'blocked', Keys: 1 });
    expect(events()).toEqual(['created', 'blocked']);
  });

  test.each<[string, object]>([
    ['a manual event', MANUAL],
    ['a status', { action: 'status', username: 'alice' }],
  ])('%s is measured, and not counted as a check', async (_what, event) => {
    const lines = captureLog();
    await rotation().check(event);
    expect(metricsOf(lines[0])).toEqual([
      {
        by: 'Rotation',
        names: ['Keys', 'UnmanagedKeys', 'OldestActiveKeyDays', 'OverLimitDays', 'OverdueDays', 'OrphanedKeysDeleted'],
      },
    ]);
    expect(lines[0]).not.toHaveProperty('Checks');
  });

  test('returns the whole status, and does not log it', async () => {
    const lines = captureLog();
    const answer = await rotation().check({ action: 'status', username: 'alice' });
    expect(answer).toMatchObject({ outcome: 'status', status: { keys: [] }, measurements: { Keys: 0 } });
    expect(lines[0]).not.toHaveProperty('status');
    expect(lines[0]).not.toHaveProperty('measurements');
  });

  test('in a dry run of the rotation changes nothing, with any event', async () => {
    captureLog();
    const { aws, sent, check } = rotation({ dryRun: true });
    expect(await check(DUE)).toMatchObject({ outcome: 'dry-run' });
    expect(await check({ ...DUE, dryRun: false })).toMatchObject({ outcome: 'dry-run' });
    expect(aws.keys.size + sent.length).toBe(0);
  });
});

describe('the status of all users', () => {
  test('has an outcome for each user even if some fail, and the log has one record of the command', async () => {
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
    expect(sent).toEqual([]);
    expect(lines).toEqual([
      {
        level: 'INFO',
        schema: 1,
        at: expect.any(String),
        account: CONTEXT.account,
        Rotation: CONTEXT.rotation,
        record: 'outcome',
        action: 'status',
        outcome: 'status',
        message: 'the status of 2 users, 2 of which could not be read',
        invokedBy: 'person',
      },
    ]);
  });

  test('names the users for which there was no time', async () => {
    captureLog();
    let seconds = 46; // 45 are reserved
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
      message: 'the status was not read: the run had no time left',
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

  test('fails, so that Lambda retries it, and sends a notification', async () => {
    const { attempt, sent } = fails(denied);
    await attempt();
    expect(sent).toMatchObject([
      { attributes: { event: 'failed', username: 'alice' }, details: { reason: denied.message } },
    ]);
  });

  test('is measured up to the failure: a user whose checks fail for days is overdue', async () => {
    captureLog();
    const { aws, check, handle } = rotation();
    await check(DUE);
    aws.now = new Date(aws.now.getTime() + 95 * DAY);
    aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'rejected' : undefined);

    expect(measuredFailure((await handle(DUE)) as Failed)).toEqual([
      { values: { Failures: 1 }, by: { Cause: 'Throttled' } },
      {
        values: {
          Keys: 1,
          UnmanagedKeys: 0,
          OldestActiveKeyDays: 95,
          OverLimitDays: 0,
          OverdueDays: 5,
          OrphanedKeysDeleted: 0,
        },
      },
    ]);
    expect(measuredFailure(new Failed(denied))).toEqual([{ values: { Failures: 1 }, by: { Cause: 'AccessDenied' } }]);
  });

  test.each([
    ['UpdateSecretVersionStage', 'its key can be the current one', false],
    ['DescribeSecret', 'the key has not changed', true],
  ])('a failure of %s: %s', async (name, _what, isUnchanged) => {
    captureLog();
    const { aws, check, handle, sent } = rotation();
    await check(DUE);
    const before = aws.currentKey();
    aws.now = new Date(aws.now.getTime() + 95 * DAY);
    if (isUnchanged) aws.person.deleteSecret();
    else aws.faultAt = (call) => (call === name ? 'lost' : undefined);
    expect(await handle(DUE)).toBeInstanceOf(Failed);
    if (!isUnchanged) expect(aws.currentKey()).not.toBe(before);
    expect(sent.at(-1)!.attributes.event).toBe('failed');
    expect(sent.at(-1)!.text.includes('The key in the secret has not changed')).toBe(isUnchanged);
  });

  test('sends one notification for all attempts of an event', async () => {
    const { attempt, events } = fails(denied);
    for (let attempts = 0; attempts < 3; attempts++) await attempt(DUE, 'first');
    expect(events()).toEqual(['failed']);
    await attempt(DUE, 'second');
    expect(events()).toEqual(['failed', 'failed']);
  });

  test('sends the notification in the retry if the first attempt could not', async () => {
    const answers = [false, true, true];
    const { attempt, events } = fails(denied, { sends: () => answers.shift()! });
    for (let attempts = 0; attempts < 3; attempts++) await attempt();
    expect(events()).toEqual(['failed', 'failed']);
  });

  test.each<[string, Error]>([
    ['throttling', new AwsCallFailed('iam ListAccessKeys', 'alice', 'Throttling', true, 'too fast')],
    ['a network error', new AwsCallFailed('iam ListAccessKeys', 'alice', 'TimeoutError', false, 'no answer')],
  ])('sends no notification about a transient failure: %s', async (_what, error) => {
    const { attempt, sent } = fails(error);
    await attempt();
    expect(sent).toEqual([]);
  });

  test.each<[string, object]>([
    ['a manual action', MANUAL],
    ['a command', { action: 'rollback', username: 'alice' }],
    ['a dry run', { ...DUE, dryRun: true }],
  ])('sends no notification about a manual event, whose sender has the error: %s', async (_what, event) => {
    const { attempt, sent } = fails(denied);
    await attempt(event);
    expect(sent).toEqual([]);
  });

  test('sends no notification in a dry run of the rotation', async () => {
    const { attempt, sent } = fails(denied, { dryRun: true });
    await attempt();
    expect(sent).toEqual([]);
  });

  test('sends no notification about an event that is not valid', async () => {
    const { check, sent } = rotation();
    for (const event of [{ ...DUE, username: 'bob' }, { ...DUE, action: 'rotate' }, undefined]) {
      await expect(check(event)).rejects.toThrow(expect.objectContaining({ name: 'BadRequest' }));
    }
    expect(sent).toEqual([]);
  });
});

describe('the handler counts failures by cause', () => {
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
  ])('IAM returns %s with status %p: %s', async (name, httpStatusCode, cause) => {
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
    ['an unknown action', { action: 'rotate', username: 'alice' }],
    ['no event', undefined],
    ['a digest with its own list of recipients', { action: 'digest', recipients: [] }],
    ['a report of AWS to a rotation without exposedKeys', exposed()],
  ])('%s: BadRequest', async (_what, event) => {
    const lines = captureLog();
    await expect(handler(event, context)).rejects.toThrow(expect.objectContaining({ name: 'BadRequest' }));
    expect(lines).toMatchObject([{ level: 'ERROR', Failures: 1, Cause: 'BadRequest' }]);
  });

  test.each(['action', 'username', 'accessKeyId', 'ifDue', 'secretKey', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'])(
    'a secret access key in the field "%s" is neither logged nor in the error, and nothing is called',
    async (field) => {
      const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
      const lines = captureLog();
      const calls = [IAMClient, SNSClient].map((client) => jest.spyOn(client.prototype, 'send'));
      const event = { action: 'revoke', username: 'alice', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', [field]: secret };
      const error = await handler(event, context).catch((failure: Error) => failure);
      expect(error).toMatchObject({ name: 'BadRequest' });
      expect(`${(error as Error).message} ${(error as Error).stack} ${JSON.stringify(lines)}`).not.toContain('wJalr');
      expect(lines).toMatchObject([{ level: 'ERROR', Cause: 'BadRequest' }]);
      for (const call of calls) expect(call).not.toHaveBeenCalled();
    },
  );
  test.each<[string, string | undefined, object]>([
    [
      'a request of CloudFormation to the function itself',
      'rotator',
      { RequestType: 'Delete', ResourceType: FIRST_KEY_TYPE },
    ],
    ['the same, to a version', 'rotator:7', { RequestType: 'Delete', ResourceType: FIRST_KEY_TYPE }],
    ['a check to the alias of CloudFormation', 'rotator:CloudFormation', { ...DUE, ifDue: undefined }],
    ['a digest to the alias of CloudFormation', 'rotator:CloudFormation', { action: 'digest', subscriptions: 0 }],
    ['a report of AWS to the alias of CloudFormation', 'rotator:CloudFormation', exposed()],
    ['a request for another resource to the alias', 'rotator:CloudFormation', { ResourceType: 'Custom::Other' }],
  ])('%s: BadRequest, and nothing is called', async (_what, name, event) => {
    const lines = captureLog();
    const calls = [IAMClient, SecretsManagerClient, SNSClient].map((client) =>
      jest.spyOn(client.prototype, 'send').mockImplementation(() => undefined),
    );
    const request = jest.spyOn(global, 'fetch').mockRejectedValue(new Error('no'));
    const invokedFunctionArn = `arn:aws:lambda:eu-west-1:111122223333:function:${name}`;
    const sent = { ...event, ResponseURL: 'https://example.com/?signature=c0ffee' };
    await expect(handler(sent, { ...context, invokedFunctionArn })).rejects.toThrow(' was sent to the ');
    expect(lines).toMatchObject([{ level: 'ERROR', Failures: 1, Cause: 'BadRequest' }]);
    expect(JSON.stringify(lines)).not.toContain('c0ffee');
    for (const call of [...calls, request]) expect(call).not.toHaveBeenCalled();
  });

  describe('and handles reports of AWS with exposedKeys', () => {
    const reported = { ...context, invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:rotator:live' };
    beforeAll(() => Object.assign(process.env, { EXPOSED_KEYS: 'REVOKE' }));
    afterAll(() => delete process.env.EXPOSED_KEYS);

    test('in the account of the function', async () => {
      captureLog();
      const send = jest.spyOn(IAMClient.prototype, 'send').mockImplementation(async () => ({ UserName: 'mallory' }));
      expect(await handler(exposed(), reported as Context)).toMatch(/is not a key of a user of this rotation/);
      expect(send).toHaveBeenCalledTimes(1);
    });

    test('and of no other account', async () => {
      captureLog();
      const send = jest.spyOn(IAMClient.prototype, 'send');
      expect(await handler(exposed(undefined, '999988887777'), reported as Context)).toMatch(/is ignored/);
      expect(send).not.toHaveBeenCalled();
    });

    test('an error counts as any other', async () => {
      const lines = captureLog();
      await expect(handler({ source: 'aws.health' }, reported as Context)).rejects.toThrow('"detail"');
      expect(lines).toMatchObject([{ level: 'ERROR', Failures: 1, Cause: 'BadRequest' }]);
    });
  });
});
