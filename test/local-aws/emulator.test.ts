/**
 * The documented behaviour of AWS that other tests require of the emulator. A new version of MiniStack has to pass.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  DeleteUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { App, CfnCondition, CfnOutput, CustomResource, Duration, Fn, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { shell } from './command-line';
import { Emulator } from './emulator';

const HANDLER = `exports.handler = async (event, context) => {
  console.log('received ' + (event.RequestType ? event.RequestType + ' ' + event.LogicalResourceId : JSON.stringify(event)));
  if (event.kill) process.kill(process.pid, 'SIGKILL');
  if (event.arn) return context.invokedFunctionArn;
  if (event.fail) throw new Error('failure as requested');
  if (!event.RequestType) return process.pid;
  const Data = { InvokedArn: context.invokedFunctionArn };
  const body = JSON.stringify({ ...event, Status: 'SUCCESS', PhysicalResourceId: event.LogicalResourceId, Data });
  await fetch(event.ResponseURL, { method: 'PUT', body });
};`;

let emulator: Emulator;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'emulator-test-'));
  emulator = await Emulator.start({ startAt: new Date('2026-01-01T00:00:00Z') });
});

afterAll(async () => {
  await emulator?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function deploy(content: (stack: Stack) => void): Promise<Record<string, string>> {
  const outdir = mkdtempSync(join(directory, 'assembly-'));
  const app = new App({ outdir });
  content(new Stack(app, 'Test'));
  app.synth();
  return emulator.deploy(outdir, 'Test');
}

function user(stack: Stack, name: string): void {
  new iam.User(stack, `User-${name}`, { userName: name });
  new secretsmanager.CfnSecret(stack, `Secret-${name}`, { name });
}

function handler(stack: Stack, deadLetters?: sqs.IQueue): lambda.Function {
  return new lambda.Function(stack, 'Handler', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(HANDLER),
    deadLetterQueue: deadLetters,
  });
}

async function received(): Promise<string[]> {
  return (await emulator.logs())
    .filter(({ message }) => message.startsWith('received '))
    .map(({ message }) => message.slice(9));
}

describe('users and keys', () => {
  const client = () => new IAMClient(emulator.clientConfig);
  const caller = async (key: { AccessKeyId?: string; SecretAccessKey?: string }) =>
    (
      await new STSClient({
        ...emulator.clientConfig,
        credentials: { accessKeyId: key.AccessKeyId!, secretAccessKey: key.SecretAccessKey! },
      }).send(new GetCallerIdentityCommand({}))
    ).Arn;

  beforeAll(() => deploy((stack) => user(stack, 'alice')));
  afterEach(async () => {
    for (const { AccessKeyId } of (await client().send(new ListAccessKeysCommand({ UserName: 'alice' })))
      .AccessKeyMetadata!) {
      await client().send(new DeleteAccessKeyCommand({ UserName: 'alice', AccessKeyId }));
    }
  });

  test('a user has up to two keys, inactive ones included', async () => {
    const { AccessKey } = await client().send(new CreateAccessKeyCommand({ UserName: 'alice' }));
    await client().send(
      new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: AccessKey!.AccessKeyId, Status: 'Inactive' }),
    );
    await client().send(new CreateAccessKeyCommand({ UserName: 'alice' }));
    await expect(client().send(new CreateAccessKeyCommand({ UserName: 'alice' }))).rejects.toThrow(
      'Cannot exceed quota',
    );
  });

  test('a key works while it is active, and its use is recorded', async () => {
    const key = (await client().send(new CreateAccessKeyCommand({ UserName: 'alice' }))).AccessKey!;
    expect(await caller(key)).toBe(`arn:aws:iam::${emulator.accountId}:user/alice`);
    const { AccessKeyLastUsed } = await client().send(
      new GetAccessKeyLastUsedCommand({ AccessKeyId: key.AccessKeyId }),
    );
    expect(AccessKeyLastUsed!.ServiceName).toBe('sts');
    await expect(caller({ ...key, SecretAccessKey: 'wrong' })).rejects.toThrow('signature');
    await client().send(
      new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: key.AccessKeyId, Status: 'Inactive' }),
    );
    await expect(caller(key)).rejects.toThrow('invalid');
  });

  test('dates follow the clock of the emulator', async () => {
    await emulator.advanceTo(new Date('2026-03-01T12:00:00Z'));
    const { AccessKey } = await client().send(new CreateAccessKeyCommand({ UserName: 'alice' }));
    expect(AccessKey!.CreateDate!.toISOString()).toMatch(/^2026-03-01T12:00/);
  });

  test('an unknown user is an error, not an empty list', async () => {
    await expect(client().send(new ListAccessKeysCommand({ UserName: 'unknown' }))).rejects.toThrow('cannot be found');
  });

  test('user names are unique without regard to case', async () => {
    await expect(
      deploy((stack) => [user(stack, 'alice'), new iam.User(stack, 'Other', { userName: 'Alice' })]),
    ).rejects.toThrow('already exists');
  });
});

describe('secrets', () => {
  const client = () => new SecretsManagerClient(emulator.clientConfig);
  const version = (letter: string) => letter.repeat(32);
  const put = (letter: string, labels?: string[], value = letter) =>
    client().send(
      new PutSecretValueCommand({
        SecretId: 'bob',
        SecretString: value,
        ClientRequestToken: version(letter),
        VersionStages: labels,
      }),
    );
  const labels = async () => (await client().send(new DescribeSecretCommand({ SecretId: 'bob' }))).VersionIdsToStages;

  beforeEach(() => deploy((stack) => user(stack, 'bob')));
  afterEach(() => emulator.destroy('Test'));

  test('a secret without a value in its template has no version', async () => {
    await expect(client().send(new GetSecretValueCommand({ SecretId: 'bob' }))).rejects.toThrow("can't find");
  });

  test('the first version is always current, and labels move', async () => {
    await put('a', ['claim']);
    await put('b', ['claim']);
    expect(await labels()).toEqual({ [version('a')]: ['AWSCURRENT'], [version('b')]: ['claim'] });
  });

  test('a token makes a put idempotent, and cannot be used for another value', async () => {
    await put('a');
    await put('a');
    await expect(put('a', undefined, 'other')).rejects.toThrow('already in use');
  });

  test('AWSCURRENT moves only from the version that has it', async () => {
    await put('a');
    await put('b', ['new']);
    const move = (from: string) =>
      client().send(
        new UpdateSecretVersionStageCommand({
          SecretId: 'bob',
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: version('b'),
          RemoveFromVersionId: version(from),
        }),
      );
    await put('c');
    await expect(move('a')).rejects.toThrow('not version');
    await move('c');
    expect((await labels())![version('b')]).toContain('AWSCURRENT');
  });

  test('a policy can name the labels of the version that is read, and exclude sessions', async () => {
    const created = await new IAMClient(emulator.clientConfig).send(new CreateAccessKeyCommand({ UserName: 'bob' }));
    const key = { accessKeyId: created.AccessKey!.AccessKeyId!, secretAccessKey: created.AccessKey!.SecretAccessKey! };
    await new IAMClient(emulator.clientConfig).send(
      new PutUserPolicyCommand({
        UserName: 'bob',
        PolicyName: 'Read',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Action: 'secretsmanager:GetSecretValue',
            Resource: '*',
            Condition: {
              Null: { 'aws:TokenIssueTime': 'true' },
              'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': 'AWSCURRENT' },
            },
          },
        }),
      }),
    );
    await put('a');
    await put('b');
    const config = { ...emulator.clientConfig, credentials: key };
    const { Credentials: session } = await new STSClient(config).send(new GetSessionTokenCommand({}));
    const read = (more: object, credentials: object = key) =>
      new SecretsManagerClient({ ...config, credentials } as typeof config).send(
        new GetSecretValueCommand({ SecretId: 'bob', ...more }),
      );

    expect((await read({})).SecretString).toBe('b');
    expect((await read({ VersionId: version('b') })).SecretString).toBe('b');
    await expect(read({ VersionStage: 'AWSPREVIOUS' })).rejects.toThrow('not authorized');
    await expect(read({ VersionId: version('a') })).rejects.toThrow('not authorized');
    await expect(
      read(
        {},
        {
          accessKeyId: session!.AccessKeyId,
          secretAccessKey: session!.SecretAccessKey,
          sessionToken: session!.SessionToken,
        },
      ),
    ).rejects.toThrow('not authorized');

    await new IAMClient(emulator.clientConfig).send(
      new DeleteUserPolicyCommand({ UserName: 'bob', PolicyName: 'Read' }),
    );
    await new IAMClient(emulator.clientConfig).send(
      new DeleteAccessKeyCommand({ UserName: 'bob', AccessKeyId: key.accessKeyId }),
    );
  });

  test('CloudFormation does not take over a secret that exists', async () => {
    await put('a');
    await expect(
      deploy((stack) => [user(stack, 'bob'), new secretsmanager.CfnSecret(stack, 'Again', { name: 'bob' })]),
    ).rejects.toThrow('already exists');
    expect((await client().send(new GetSecretValueCommand({ SecretId: 'bob' }))).SecretString).toBe('a');
  });
});

describe('schedules', () => {
  afterEach(() => emulator.destroy('Test'));

  /** A daily schedule in a group of its own, with the actions that its role permits. */
  function daily(stack: Stack, sourceGroup: string | undefined, ...actions: string[]): scheduler.CfnSchedule {
    const queue = new sqs.Queue(stack, 'DeadLetters');
    new CfnOutput(stack, 'Queue', { value: queue.queueUrl });
    const group = new scheduler.CfnScheduleGroup(stack, 'Group');
    const role = new iam.Role(stack, 'Role', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceArn': sourceGroup ?? group.attrArn } },
      }),
      inlinePolicies: {
        Invoke: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions, resources: ['*'] })] }),
      },
    });
    return new scheduler.CfnSchedule(stack, 'Daily', {
      name: 'daily',
      groupName: group.ref,
      scheduleExpression: 'cron(30 6 * * ? *)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: handler(stack).functionArn,
        roleArn: role.roleArn,
        input: '{"source":"Scheduler"}',
        deadLetterConfig: { arn: queue.queueArn },
      },
    });
  }

  test('a schedule fires at each of its times, and an outage is not made up for', async () => {
    await deploy((stack) => daily(stack, undefined, 'lambda:InvokeFunction'));
    expect(await emulator.advanceDays(10)).toBe(10);
    expect(await received()).toContain('{"source":"Scheduler"}');
    await emulator.skipTo(new Date((await emulator.now()).getTime() + 30 * 86_400_000));
    expect(await emulator.advanceDays(2)).toBe(2);
  });

  test('a schedule whose role may not invoke the function does not, and its event becomes a dead letter', async () => {
    const { Queue } = await deploy((stack) => daily(stack, undefined, 'sqs:SendMessage'));
    expect(await emulator.advanceDays(1)).toBe(0);
    const { Messages } = await new SQSClient(emulator.clientConfig).send(
      new ReceiveMessageCommand({ QueueUrl: Queue }),
    );
    expect(Messages!.map(({ Body }) => Body)).toEqual(['{"source":"Scheduler"}']);
  });

  test('a schedule is rejected if its role is for another group or its name is not valid', async () => {
    const other = `arn:aws:scheduler:us-east-1:${emulator.accountId}:schedule-group/other`;
    await expect(deploy((stack) => daily(stack, other, 'lambda:InvokeFunction'))).rejects.toThrow(
      'must allow AWS EventBridge Scheduler to assume',
    );
    await expect(
      deploy((stack) => {
        daily(stack, undefined, 'lambda:InvokeFunction').name = 'a@b';
      }),
    ).rejects.toThrow('is not valid');
  });

  test('a schedule that is deleted and created again does not make up for the time between', async () => {
    const scheduleIf = (enabled: boolean) => (stack: Stack) => {
      const schedule = daily(stack, undefined, 'lambda:InvokeFunction');
      schedule.cfnOptions.condition = new CfnCondition(stack, 'Enabled', {
        expression: Fn.conditionEquals(`${enabled}`, 'true'),
      });
    };
    await deploy(scheduleIf(true));
    await emulator.advanceDays(1);
    await deploy(scheduleIf(false));
    expect(await emulator.advanceDays(5)).toBe(0);
    await deploy(scheduleIf(true));
    expect(await emulator.advanceDays(2)).toBe(2);
  });

  describe('with a time zone', () => {
    const deploySchedule = (cron: string, timeZone?: string) =>
      deploy((stack) => {
        const schedule = daily(stack, undefined, 'lambda:InvokeFunction');
        schedule.scheduleExpression = `cron(${cron})`;
        schedule.scheduleExpressionTimezone = timeZone;
      });

    /** The minutes of all runs between two times. */
    async function runs(from: string, to: string): Promise<string[]> {
      await emulator.skipTo(new Date(from));
      await emulator.logs({ forget: true });
      await emulator.advanceTo(new Date(to));
      const logged = (await emulator.logs()).filter(({ message }) => message.startsWith('received '));
      return logged.map(({ time }) => time.slice(0, 16));
    }

    test('a schedule follows the clock of its time zone, and without one UTC', async () => {
      await deploySchedule('30 9 * * ? *', 'Europe/Berlin');
      expect(await runs('2027-03-27T00:00:00Z', '2027-03-29T00:00:00Z')).toEqual([
        '2027-03-27T08:30',
        '2027-03-28T07:30', // since two in the morning, it is summer
      ]);
      await deploySchedule('30 9 * * ? *'); // an update of the stack
      expect(await runs('2027-03-29T00:00:00Z', '2027-03-30T00:00:00Z')).toEqual(['2027-03-29T09:30']);
      await deploySchedule('30 9 * * ? *', 'Asia/Kathmandu');
      expect(await runs('2027-03-30T00:00:00Z', '2027-03-31T00:00:00Z')).toEqual(['2027-03-30T03:45']);
    });

    test('the days of an expression are those of the time zone', async () => {
      await deploySchedule('0 8 ? * MON *', 'Australia/Sydney'); // Sunday evening in UTC
      expect(await runs('2027-04-01T00:00:00Z', '2027-04-12T00:00:00Z')).toEqual([
        '2027-04-04T22:00',
        '2027-04-11T22:00',
      ]);
    });

    test('a local time that the change to summer time skips is not run that day', async () => {
      await deploySchedule('30 2 * * ? *', 'America/New_York');
      expect(await runs('2028-03-11T00:00:00Z', '2028-03-14T00:00:00Z')).toEqual([
        '2028-03-11T07:30',
        '2028-03-13T06:30',
      ]);
    });

    test('a local time that the change back repeats is run once, the first time', async () => {
      await deploySchedule('30 1 * * ? *', 'America/New_York');
      expect(await runs('2028-11-04T00:00:00Z', '2028-11-07T00:00:00Z')).toEqual([
        '2028-11-04T05:30',
        '2028-11-05T05:30',
        '2028-11-06T06:30',
      ]);
    });

    test('two schedules with the same expression run at the times of their own time zones', async () => {
      await deploy((stack) => {
        const { groupName, scheduleExpression, flexibleTimeWindow, target } = daily(stack, undefined, 'lambda:*');
        for (const scheduleExpressionTimezone of ['Asia/Tokyo', 'America/New_York']) {
          new scheduler.CfnSchedule(stack, scheduleExpressionTimezone, {
            groupName,
            scheduleExpression,
            scheduleExpressionTimezone,
            flexibleTimeWindow,
            target,
          });
        }
      });
      expect(await runs('2029-01-01T00:00:00Z', '2029-01-02T00:00:00Z')).toEqual([
        '2029-01-01T06:30',
        '2029-01-01T11:30',
        '2029-01-01T21:30',
      ]);
    });

    test('an unknown time zone is refused, by CloudFormation and by Scheduler itself', async () => {
      await expect(deploySchedule('0 12 * * ? *', 'Europe/Atlantis')).rejects.toThrow('Europe/Atlantis');
      await deploySchedule('0 12 * * ? *', 'Europe/Berlin');
      await expect(deploySchedule('0 12 * * ? *', 'europe/berlin')).rejects.toThrow('europe/berlin');
      for (const command of ['create', 'update']) {
        const request = `--name zoned --schedule-expression 'cron(0 12 * * ? *)' --schedule-expression-timezone CEST2 \
          --flexible-time-window Mode=OFF --target Arn=arn:aws:lambda:::f,RoleArn=arn:aws:iam::${emulator.accountId}:role/r`;
        await expect(shell(`aws scheduler ${command}-schedule ${request}`, emulator.clientConfig)).rejects.toThrow(
          'ValidationException',
        );
      }
    });
  });
});

describe('rules and functions', () => {
  afterEach(() => emulator.destroy('Test'));

  test('a rule fires at each of its times, and an outage is not made up for', async () => {
    await deploy(
      (stack) =>
        new events.Rule(stack, 'Daily', {
          schedule: events.Schedule.cron({ hour: '6', minute: '30' }),
          targets: [new LambdaFunction(handler(stack))],
        }),
    );
    expect(await emulator.advanceDays(10)).toBe(10);
    await emulator.skipTo(new Date((await emulator.now()).getTime() + 30 * 86_400_000));
    expect(await emulator.advanceDays(2)).toBe(2);
  });

  test('a rate counts from the deployment', async () => {
    await deploy(
      (stack) =>
        new events.Rule(stack, 'Rate', {
          schedule: events.Schedule.rate(Duration.days(7)),
          targets: [new LambdaFunction(handler(stack))],
        }),
    );
    expect(await emulator.advanceDays(6)).toBe(0);
    expect(await emulator.advanceDays(10)).toBe(2);
  });

  test('a failed asynchronous invocation is retried twice and then becomes a dead letter', async () => {
    const { Queue } = await deploy((stack) => {
      const queue = new sqs.Queue(stack, 'DeadLetters');
      new events.Rule(stack, 'Failing', {
        schedule: events.Schedule.cron({ hour: '6', minute: '30' }),
        targets: [
          new LambdaFunction(handler(stack, queue), { event: events.RuleTargetInput.fromObject({ fail: true }) }),
        ],
      });
      new CfnOutput(stack, 'Queue', { value: queue.queueUrl });
    });
    await emulator.advanceDays(1);
    expect((await received()).filter((event) => event.includes('fail'))).toHaveLength(3);
    const { Messages } = await new SQSClient(emulator.clientConfig).send(
      new ReceiveMessageCommand({ QueueUrl: Queue }),
    );
    expect(JSON.parse(Messages![0].Body!)).toEqual({ fail: true });
  });

  test('so is an invocation whose process is killed', async () => {
    const { Queue } = await deploy((stack) => {
      const queue = new sqs.Queue(stack, 'DeadLetters');
      new events.Rule(stack, 'Killing', {
        schedule: events.Schedule.cron({ hour: '6', minute: '30' }),
        targets: [
          new LambdaFunction(handler(stack, queue), { event: events.RuleTargetInput.fromObject({ kill: true }) }),
        ],
      });
      new CfnOutput(stack, 'Queue', { value: queue.queueUrl });
    });
    await emulator.advanceDays(1);
    expect((await received()).filter((event) => event.includes('kill'))).toHaveLength(3);
    const { Messages } = await new SQSClient(emulator.clientConfig).send(
      new ReceiveMessageCommand({ QueueUrl: Queue }),
    );
    expect(JSON.parse(Messages![0].Body!)).toEqual({ kill: true });
  });

  test('a function that throws keeps its process and its memory', async () => {
    const { Name } = await deploy((stack) => new CfnOutput(stack, 'Name', { value: handler(stack).functionName }));
    const process = await emulator.invoke(Name, {});
    await expect(emulator.invoke(Name, { fail: true })).rejects.toThrow('failure as requested');
    expect(await emulator.invoke(Name, {})).toBe(process);
    await expect(emulator.invoke(Name, { kill: true })).rejects.toThrow('Worker process died');
    expect(await emulator.invoke(Name, {})).not.toBe(process);
  });

  test('a rule without permission on the function does not invoke it', async () => {
    await deploy(
      (stack) =>
        new events.CfnRule(stack, 'WithoutPermission', {
          scheduleExpression: 'cron(30 6 * * ? *)',
          targets: [{ id: 'handler', arn: handler(stack).functionArn }],
        }),
    );
    expect(await emulator.advanceDays(3)).toBe(0);
  });

  /** A function with an alias. The user `invoker` may invoke one of the two. */
  async function withAlias(opened: 'function' | 'alias') {
    const outputs = await deploy((stack) => {
      const target = handler(stack);
      const alias = new lambda.CfnAlias(stack, 'Alias', {
        name: 'deploys',
        functionName: target.functionName,
        functionVersion: '$LATEST',
      });
      const resources = [opened === 'alias' ? alias.ref : target.functionArn];
      const invoker = new iam.User(stack, 'Invoker', { userName: 'invoker' });
      invoker.addToPolicy(new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources }));
      new CfnOutput(stack, 'Function', { value: target.functionArn });
      const resource = new CustomResource(stack, 'Custom', { serviceToken: alias.ref });
      new CfnOutput(stack, 'InvokedByCloudFormation', { value: resource.getAttString('InvokedArn') });
    });
    const { AccessKey } = await new IAMClient(emulator.clientConfig).send(
      new CreateAccessKeyCommand({ UserName: 'invoker' }),
    );
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    const invokerConfig = { ...emulator.clientConfig, credentials };
    const invoke = async (FunctionName: string, Qualifier?: string): Promise<string> => {
      const command = new InvokeCommand({ FunctionName, Qualifier, Payload: '{"arn": true}' });
      return JSON.parse((await new LambdaClient(invokerConfig).send(command)).Payload!.transformToString());
    };
    const deleteKey = new DeleteAccessKeyCommand({ UserName: 'invoker', AccessKeyId: credentials.accessKeyId });
    return { outputs, invoke, end: () => new IAMClient(emulator.clientConfig).send(deleteKey) };
  }

  test.each(['function', 'alias'] as const)(
    'a permission for the %s opens no other ARN of the function, and a run has the ARN that was invoked',
    async (opened) => {
      const { outputs, invoke, end } = await withAlias(opened);
      const alias = `${outputs.Function}:deploys`;
      const calls = {
        [outputs.Function]: [() => invoke(outputs.Function)],
        [alias]: [() => invoke(alias), () => invoke(outputs.Function, 'deploys')],
      };
      for (const [arn, ways] of Object.entries(calls)) {
        for (const call of ways) {
          if ((arn === alias) === (opened === 'alias')) expect(await call()).toBe(arn);
          else await expect(call()).rejects.toThrow('not authorized');
        }
      }
      expect(outputs.InvokedByCloudFormation).toBe(alias);
      await end();
    },
  );

  test('a custom resource receives its Delete after the update and in a roll-back', async () => {
    const content =
      (first: boolean, ...others: string[]) =>
      (stack: Stack) => {
        const { functionArn } = handler(stack);
        const resources = [...(first ? ['First'] : []), ...others].map(
          (id) => new CustomResource(stack, id, { serviceToken: functionArn }),
        );
        const failing = others.includes('RolledBack') ? [new iam.CfnUser(stack, 'Failing', { groups: ['none'] })] : [];
        failing.forEach((resource) => resource.node.addDependency(...resources));
      };
    const before = (await received()).length;
    await deploy(content(true));
    await deploy(content(false, 'Second'));
    await expect(deploy(content(false, 'Second', 'RolledBack'))).rejects.toThrow('none');
    expect((await received()).slice(before)).toEqual([
      'Create First',
      'Create Second',
      'Delete First',
      'Create RolledBack',
      'Delete RolledBack',
    ]);
  });
});
