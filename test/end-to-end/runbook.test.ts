/**
 * docs/runbook.md: each trouble is brought about, the commands of its section are run as a person would run them, and
 * the section's own way of seeing that it is mended says so afterwards, and not before.
 */
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  DeleteRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  type AccessKey,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  TagUserCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import {
  GetPolicyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  ConfirmSubscriptionCommand,
  DeleteTopicCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Operator, Runbook } from './operator';
import { ACCOUNT, LocalAws, STACK, userArn } from './support';
import { AccessKeyRotation, RotationSchedule, RotationTrigger } from '../../src';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const runbook = new Runbook(join(__dirname, '..', '..', 'docs', 'runbook.md'));
let aws: LocalAws;
let op: Operator;
afterAll(() => aws?.emulator.stop());

/** A rotation of a few days instead of months. */
const QUICK = RotationSchedule.of({ create: Duration.days(4), deactivate: Duration.days(5), delete: Duration.days(7) });

const passes = async (ms: number) => aws.emulator.advanceTo(new Date((await aws.emulator.now()).getTime() + ms));
const currentKey = async (user: string) => (await aws.secretValue(user)).AccessKey;
const switchKey = async (UserName: string, AccessKeyId: string, Status: 'Active' | 'Inactive') =>
  aws.iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status }));

function withRole(_stack: Stack, rotation: AccessKeyRotation): void {
  new CfnOutput(_stack, 'Role', { value: rotation.rotationFunction.role!.roleName });
}

/** What somebody changes by hand about the role of the Lambda. */
const deny = async (...actions: string[]) =>
  aws.iam.send(
    new PutRolePolicyCommand({
      RoleName: aws.outputs.Role,
      PolicyName: 'Deny',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: actions, Resource: '*' }],
      }),
    }),
  );
const removeDeny = async () =>
  aws.iam.send(new DeleteRolePolicyCommand({ RoleName: aws.outputs.Role, PolicyName: 'Deny' }));

test('it has the sections that alarms and messages link to, and each that mends says how to see it', () => {
  const anchors = runbook.sections.map(({ anchor }) => anchor);
  expect(anchors).toEqual(
    expect.arrayContaining([
      'overdue-keys',
      'failed-checks',
      'dead-letters',
      'checks-missing',
      'unchecked-users',
      'key-cleanup-failed',
      'throttled',
      'notification-failures',
    ]),
  );
  for (const { title, text } of runbook.sections.slice(1)) {
    for (const part of ['**Symptom.**', '**What to do.**', '**How to see that it is mended.**']) {
      expect([title, text]).toEqual([title, expect.stringContaining(part)]);
    }
  }
  const links = runbook.sections.flatMap(({ text }) =>
    [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor),
  );
  expect(anchors).toEqual(expect.arrayContaining(links));
});

describe('alarms', () => {
  beforeAll(async () => {
    aws = await LocalAws.start();
    await aws.deploy(() => ({ users: [{ userName: 'alice', schedule: QUICK }, { userName: 'bob' }] }), withRole);
    op = await Operator.begin(aws, runbook, STACK);
  });
  afterAll(() => aws.emulator.stop());

  const events = () => new EventBridgeClient(aws.emulator.clientConfig);
  const rulesOf = async (user: string) =>
    (await events().send(new ListRulesCommand({ NamePrefix: 'akr-' })))
      .Rules!.map((rule) => rule.Name!)
      .filter((name) => name.includes(`-${user}-`));
  const disable = async (...rules: string[]) => {
    for (const Name of rules) await events().send(new DisableRuleCommand({ Name }));
  };
  const depth = async () => (await op.do('first', 4)).trim().split(/\s+/);

  test('the three questions: users, errors, queue', async () => {
    expect(await op.do('first', 2)).toMatch(
      /^"message": ?"alice: AKIA\w+ is current, 0 days old"\n"overdueDays": ?0\n"message": ?"bob: .*"\n"overdueDays": ?0\n$/,
    );
    await expect(aws.invoke({ action: 'nonsense' })).rejects.toThrow();
    expect(await op.do('first', 3)).toContain('BadRequest');
    expect(await depth()).toEqual(['0', '0']);
  });

  test('overdue keys', async () => {
    await disable(...(await rulesOf('alice')));
    await aws.emulator.advanceDays(8);

    expect(await op.do('overdue-keys', 0)).toMatch(
      /"message": ?"alice.*\n"overdueDays": ?4\n"message": ?"bob.*\n"overdueDays": ?0/,
    );
    expect(await op.do('overdue-keys', 1, { WHO: 'alice' })).toMatch(/"outcome": ?"created"/);
    expect(await op.see('overdue-keys')).toMatch(/^"overdueDays": ?0\n$/);
  });

  test('users missed', async () => {
    const [gone] = (await rulesOf('bob')).filter((name) => name.endsWith('-delete'));
    await events().send(new RemoveTargetsCommand({ Rule: gone, Ids: ['Rotation'] }));
    await events().send(new DeleteRuleCommand({ Name: gone }));
    await passes(25 * HOUR);
    const checked = (output: string) =>
      [...output.matchAll(/\d+ "username":"(\w+)","action":"(\w+)"/g)]
        .map(([, user, action]) => `${user} ${action}`)
        .sort();

    const [who, users] = (await op.do('unchecked-users', 0)).split(/(?="username": ?"alice"\n)/);
    expect(checked(who)).toEqual(['bob create', 'bob deactivate']);
    expect(users).toMatch(/^"username": ?"alice"\n"username": ?"bob"\n$/);
    expect((await op.do('unchecked-users', 1)).trim().split('\n')).toEqual([...(await rulesOf('alice')), gone]);
    await op.do('unchecked-users', 2);
    await op.do('unchecked-users', 3, { RULE: gone, WHO: 'bob', ACTION: 'delete' });
    expect(checked(await op.see('unchecked-users'))).toEqual(['bob create', 'bob deactivate']);
    await passes(25 * HOUR);

    expect(checked(await op.see('unchecked-users'))).toEqual([
      'alice create',
      'alice deactivate',
      'alice delete',
      'bob create',
      'bob deactivate',
      'bob delete',
    ]);
    expect(await op.do('unchecked-users', 1)).toBe('');
  });

  test('compensation failed', async () => {
    const current = await currentKey('bob');
    await deny('iam:DeleteAccessKey', 'secretsmanager:GetSecretValue');
    await expect(aws.invoke({ action: 'create', username: 'bob' })).rejects.toThrow('taking the new key');
    const [left] = Object.keys(await aws.keys('bob')).filter((key) => key !== current);

    expect(await op.do('key-cleanup-failed', 0)).toContain(left);
    await removeDeny();
    expect(await op.do('key-cleanup-failed', 1, { WHO: 'bob' })).toMatch(
      new RegExp(`"${left}"\n"role": ?"unpublished"\n"lockedUntil"`),
    );
    expect(await op.see('key-cleanup-failed')).toMatch(/unpublished.*lockedUntil/s);
    await passes(16 * MINUTE);
    await op.do('key-cleanup-failed', 2);

    expect(await op.see('key-cleanup-failed')).toMatch(/^"role": ?"current"\n$/);
    expect(await aws.keys('bob')).toEqual({ [current]: 'Active' });
  });

  test('failed checks', async () => {
    const { AttachedPolicies } = await aws.iam.send(
      new ListAttachedRolePoliciesCommand({ RoleName: aws.outputs.Role }),
    );
    for (const { PolicyArn } of AttachedPolicies!) {
      await aws.iam.send(new DetachRolePolicyCommand({ RoleName: aws.outputs.Role, PolicyArn }));
    }
    await passes(9 * HOUR); // a check of each user fails

    expect(await op.do('failed-checks', 0)).toMatch(
      /"username":"(alice|bob)"\n"message":"\w+: iam ListAccessKeys failed with AccessDenied/,
    );
    await expect(op.see('failed-checks', { WHO: 'bob' })).resolves.toMatch(/"errorMessage".*"FunctionError"/s);
    await op.do('failed-checks', 1);

    expect(await op.see('failed-checks', { WHO: 'bob' })).toMatch(/^"outcome": ?"not-due"\n$/);
  });

  test('no checks: the rules may not call the Lambda, are disabled, and the Lambda is stopped', async () => {
    const lambda = new LambdaClient(aws.emulator.clientConfig);
    const FunctionName = aws.outputs.Function;
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName }));
    for (const { Sid } of JSON.parse(Policy!).Statement) {
      await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: Sid }));
    }
    await passes(9 * HOUR); // what these rules send is in the queue
    await disable(...(await rulesOf('alice')), ...(await rulesOf('bob')));
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    await aws.emulator.advanceDays(1);

    await expect(op.do('checks-missing', 0)).rejects.toThrow(/TooManyRequests|Rate Exceeded/);
    await expect(op.see('checks-missing')).rejects.toThrow(); // it prints nothing
    expect(await op.do('checks-missing', 1)).toBe('0\n');
    expect(await op.do('checks-missing', 0)).toMatch(/"message": ?"alice/);
    expect((await op.do('checks-missing', 2)).trim().split('\n')).toHaveLength(6);
    expect(await op.do('checks-missing', 3)).toContain('they may not');
    expect(await op.do('checks-missing', 3).catch((error) => error.message)).toContain('exist'); // the permission is there
    await aws.emulator.advanceDays(1);

    expect(await op.see('checks-missing')).toMatch(/"username":"(alice|bob)","action":"\w+","outcome":"[a-z-]+"/);
  });

  test('dead letters: what rules asked is sent again, what CloudFormation or a person asked is not', async () => {
    const send = (body: object) =>
      aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.outputs.DeadLetters, MessageBody: JSON.stringify(body) }));
    const keys = await aws.keys('bob');
    const [rule] = (await rulesOf('bob')).filter((name) => name.endsWith('-create'));
    await send({
      version: '0',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      resources: [`arn:aws:events:us-east-1:${ACCOUNT}:rule/${rule}`],
      detail: {},
    });
    await send({
      RequestType: 'Delete',
      ResourceType: 'Custom::AccessKeyRotationFirstKey',
      ResponseURL: 'http://127.0.0.1:9/',
      ResourceProperties: { Username: 'bob', Secret: 'bob', Created: 'true' },
    });
    await send({ action: 'create', username: 'bob' });
    await send({ action: 'create', username: 'carol', ifDue: true });

    expect(await op.do('dead-letters', 0)).toContain('ifDue');
    const before = Number((await depth())[0]);
    expect(before).toBeGreaterThanOrEqual(2 + 2 + 4); // from the Lambda, from the rules, and these
    const said = await op.do('dead-letters', 1);
    expect(said.match(/"outcome": ?"\w/g)).toHaveLength(before - 3);
    expect(said).toMatch(/"RequestType".*\nA request of CloudFormation/);
    expect(said).toMatch(/\{"action":"create","username":"bob"\}\nSomebody sent that/);
    expect(said).toMatch(/FAILED AGAIN, LEFT: .*not a user of this rotation/);
    expect(await aws.keys('bob')).toEqual(keys);
    expect(await op.see('dead-letters')).toBe('0\t2\n');
    await op.do('dead-letters', 2);

    expect(await op.see('dead-letters')).toBe('0\t0\n');
  });

  test('throttled', async () => {
    await fetch(`${aws.emulator.clientConfig.endpoint}/_ministack/config`, {
      method: 'POST',
      body: JSON.stringify({ 'cloudtrail._recording_enabled': 'true' }),
    });
    await aws.emulator.faults({ rate: 10, kinds: ['throttled'] });
    await expect(aws.invoke({ action: 'create', username: 'bob', ifDue: true })).rejects.toThrow('Throttling');

    expect(await op.see('throttled', { WHO: 'bob' })).toMatch(/"FunctionError".*Throttling/s);
    await aws.emulator.faults({ rate: 0 });
    await passes(2 * HOUR);
    expect(await op.do('throttled', 0)).toMatch(
      /"message":"bob: iam ListAccessKeys failed with Throttling.*\n +\d+ \S+\t\w+/s,
    );
    expect(await op.see('throttled', { WHO: 'bob' })).toMatch(/^"outcome": ?"not-due"\n$/);
  });

  test('unsent messages: the topic is gone, and the permission to publish', async () => {
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName: aws.outputs.Role, PolicyName: 'Run' }));
    await new SNSClient(aws.emulator.clientConfig).send(new DeleteTopicCommand({ TopicArn: aws.outputs.Topic }));
    await aws.invoke({ action: 'create', username: 'bob' });

    expect(await op.do('notification-failures', 0)).toContain('not announced');
    expect(await op.see('notification-failures')).toContain('not announced');
    await op.do('notification-failures', 1);
    await op.do('notification-failures', 2);
    await aws.subscribe();
    await passes(16 * MINUTE); // until then, the run that made the key could still be telling
    await op.do('notification-failures', 3, { WHO: 'bob' });

    expect(await op.see('notification-failures')).toBe('');
    expect(await aws.announced()).toMatchObject([{ event: 'created', username: 'bob' }]);
  });
});

describe('alarms of a rotation on schedules', () => {
  const QUIET = { ScheduleExpressionTimezone: 'UTC', FlexibleTimeWindow: { Mode: 'OFF' } };

  beforeAll(async () => {
    aws = await LocalAws.start();
    await aws.deploy(
      () => ({ users: [{ userName: 'alice' }, { userName: 'bob' }], trigger: RotationTrigger.eventBridgeScheduler() }),
      (stack, rotation) => {
        const [role] = rotation.node
          .findAll()
          .filter((child): child is iam.Role => child instanceof iam.Role && child.node.id === 'SchedulesRole');
        new CfnOutput(stack, 'GroupRole', { value: role.roleName });
      },
    );
    op = await Operator.begin(aws, runbook, STACK);
  });
  afterAll(() => aws.emulator.stop());

  const scheduler = async (command: string) =>
    JSON.parse((await aws.shell(`aws scheduler ${command} --output json`)) || 'null');
  const schedules = async () =>
    (await scheduler('list-schedules')).Schedules as { Name: string; GroupName: string; State: string }[];
  const schedule = async (name: string) =>
    scheduler(`get-schedule --group-name ${(await schedules())[0].GroupName} --name ${name}`);
  const schedulesOf = async (user: string) =>
    (await schedules()).map(({ Name }) => Name).filter((name) => name.includes(`-${user}-`));
  /** As somebody does in the console. */
  const disable = async (...names: string[]) => {
    for (const name of names) {
      const { Name, GroupName, Description, ScheduleExpression, Target } = await schedule(name);
      const input = { ...QUIET, Name, GroupName, Description, ScheduleExpression, Target, State: 'DISABLED' };
      await scheduler(`update-schedule --cli-input-json '${JSON.stringify(input)}'`);
    }
  };

  test('users missed: some schedules are disabled, and one is gone', async () => {
    const checked = (output: string) =>
      [...output.matchAll(/\d+ "username":"(\w+)","action":"(\w+)"/g)]
        .map(([, user, action]) => `${user} ${action}`)
        .sort();
    const before = await schedule((await schedulesOf('alice'))[0]);
    const [gone] = (await schedulesOf('bob')).filter((name) => name.endsWith('-delete'));
    await disable(...(await schedulesOf('alice')));
    await scheduler(`delete-schedule --group-name ${before.GroupName} --name ${gone}`);
    await passes(25 * HOUR);

    expect(checked(await op.do('unchecked-users', 0))).toEqual(['bob create', 'bob deactivate']);
    expect((await op.do('unchecked-users', 1)).trim().split('\n')).toEqual([...(await schedulesOf('alice')), gone]);
    await op.do('unchecked-users', 2);
    await op.do('unchecked-users', 4, { NAME: gone, WHO: 'bob', ACTION: 'delete' });
    await passes(25 * HOUR);

    expect(checked(await op.see('unchecked-users'))).toEqual([
      'alice create',
      'alice deactivate',
      'alice delete',
      'bob create',
      'bob deactivate',
      'bob delete',
    ]);
    expect(await op.do('unchecked-users', 1)).toBe('');
    // but for its state, as it was
    expect(await schedule(before.Name)).toEqual({ ...before, LastModificationDate: expect.anything() });
  });

  test('no checks: the role of the schedules may not call the Lambda, and they are disabled', async () => {
    const onlyTheQueue = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }],
    };
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName: aws.outputs.GroupRole, PolicyName: 'Invoke' }));
    await aws.iam.send(
      new PutRolePolicyCommand({
        RoleName: aws.outputs.GroupRole,
        PolicyName: 'Other',
        PolicyDocument: JSON.stringify(onlyTheQueue),
      }),
    );
    await passes(9 * HOUR); // what these schedules send is in the queue
    await disable(...(await schedulesOf('alice')), ...(await schedulesOf('bob')));
    await aws.emulator.advanceDays(1);

    await expect(op.see('checks-missing')).rejects.toThrow(); // it prints nothing
    expect((await op.do('checks-missing', 2)).trim().split('\n')).toHaveLength(6);
    expect(await op.do('checks-missing', 4)).toContain('they may not');
    expect(await op.do('checks-missing', 4)).toMatch(/\bInvoke\n/);
    await aws.emulator.advanceDays(1);

    expect(await op.see('checks-missing')).toMatch(/"username":"(alice|bob)","action":"\w+","outcome":"[a-z-]+"/);
  });

  test('dead letters: what schedules asked is sent again', async () => {
    expect(await op.do('dead-letters', 1)).toMatch(/"ifDue":true.*\n.*"outcome": ?"not-due"/);
    expect(await op.see('dead-letters')).toBe('0\t0\n');
  });
});

describe('what people do', () => {
  const USERS = ['lea', 'sam', 'otto', 'dora', 'dan', 'mona', 'max', 'fred'];
  let tims: AccessKey[];
  let mail: Server;
  const tokens: string[] = [];

  beforeAll(async () => {
    aws = await LocalAws.start();
    tims = await aws.makeUserWithKeys('tim', 2);
    await aws.deploy(
      (stack) => ({
        users: [
          ...USERS.map((userName) => ({ userName })),
          { userName: 'rita', schedule: QUICK },
          { user: iam.User.fromUserArn(stack, 'Tim', userArn('tim')) },
        ],
      }),
      withRole,
    );
    op = await Operator.begin(aws, runbook, STACK);
    await aws.emulator.advanceDays(6); // rita's old key is off
    mail = createServer((request, response) => {
      let body = '';
      request
        .on('data', (data) => {
          body += data;
        })
        .on('end', () => {
          tokens.push(JSON.parse(body).Token);
          response.end();
        });
    }).listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    mail.close();
    await aws.emulator.stop();
  });

  test('a leaked key', async () => {
    await fetch(`${aws.emulator.clientConfig.endpoint}/_ministack/config`, {
      method: 'POST',
      body: JSON.stringify({ 'cloudtrail._recording_enabled': 'true' }),
    });
    const leaked = await aws.secretValue('lea');
    await aws.callerIdentity(leaked);

    expect(await op.do('a-leaked-key', 0, { WHO: 'lea', KEY: leaked.AccessKey })).toMatch(/"outcome": ?"created"/);
    await expect(aws.callerIdentity(leaked)).rejects.toThrow();
    await switchKey('lea', leaked.AccessKey, 'Active'); // as if it could not be done
    const told = /"accessKeyId": ?"(\w+)"\n"role": ?"(\w+)"\n"active": ?(\w+)\n"leaked": ?(\w+)/g;
    const seen = async () =>
      [...(await op.see('a-leaked-key')).matchAll(told)].map(([, key, role, active, isLeaked]) => [
        key,
        role,
        active,
        isLeaked,
      ]);
    const fresh = await currentKey('lea');
    expect(await seen()).toEqual(
      expect.arrayContaining([
        [leaked.AccessKey, 'previous', 'true', 'true'],
        [fresh, 'current', 'true', 'false'],
      ]),
    );
    await op.do('a-leaked-key', 1);
    await op.do('a-leaked-key', 2);
    expect(await op.do('a-leaked-key', 3)).toContain('sts.amazonaws.com');

    expect(await seen()).toEqual(
      expect.arrayContaining([
        [leaked.AccessKey, 'previous', 'false', 'true'],
        [fresh, 'current', 'true', 'false'],
      ]),
    );
    expect(await aws.callerIdentity(await aws.secretValue('lea'))).toBe(userArn('lea')); // her own key goes on
  });

  test('back to the previous key', async () => {
    const rejected = await currentKey('rita');
    const [old] = Object.keys(await aws.keys('rita')).filter((key) => key !== rejected);

    expect(await op.do('back-to-the-previous-key', 0, { WHO: 'rita' })).toMatch(/"outcome": ?"rolled-back"/);

    const seen = await op.see('back-to-the-previous-key');
    expect(seen).toMatch(new RegExp(`"${old}"\n"role": ?"current"\n"active": ?true`));
    expect(seen).toMatch(new RegExp(`"${rejected}"\n"role": ?"rejected"\n"active": ?true`));
  });

  test('somebody deleted the secret', async () => {
    await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'sam' }));
    await expect(aws.invoke({ action: 'create', username: 'sam', ifDue: true })).rejects.toThrow(
      'is scheduled for deletion',
    );

    await op.do('somebody-deleted-the-secret', 0, { WHO: 'sam', SECRET: 'sam' });

    expect(await op.see('somebody-deleted-the-secret')).toMatch(/^"outcome": ?"not-due"\n$/);
  });

  test('somebody wrote over the secret', async () => {
    const value = await aws.secretValue('otto');
    await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'otto', SecretString: 'something else' }));

    const status = await op.do('somebody-wrote-over-the-secret', 0, { WHO: 'otto' });
    expect(await op.see('somebody-wrote-over-the-secret')).toMatch(/"outcome": ?"blocked"/);
    await op.follow(status, /update-secret-version-stage/);

    expect(await op.see('somebody-wrote-over-the-secret')).toMatch(/^"outcome": ?"not-due"\n$/);
    expect(await aws.secretValue('otto')).toEqual(value);
  });

  test('somebody deactivated the current key', async () => {
    await switchKey('dora', await currentKey('dora'), 'Inactive');

    const status = await op.do('somebody-deactivated-the-current-key', 0, { WHO: 'dora' });
    expect(await op.see('somebody-deactivated-the-current-key')).toMatch(/"outcome": ?"blocked"/);
    await op.follow(status, /update-access-key/);

    expect(await op.see('somebody-deactivated-the-current-key')).toMatch(/^"outcome": ?"not-due"\n$/);
    expect(await aws.callerIdentity(await aws.secretValue('dora'))).toBe(userArn('dora'));
  });

  test('somebody deleted the current key', async () => {
    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'dan', AccessKeyId: await currentKey('dan') }));

    expect(await op.do('somebody-deleted-the-current-key', 0, { WHO: 'dan' })).toMatch(/"outcome": ?"waiting"/);
    await expect(op.see('somebody-deleted-the-current-key')).rejects.toThrow(); // it prints nothing
    await passes(11 * MINUTE);
    expect(await op.do('somebody-deleted-the-current-key', 0, { WHO: 'dan' })).toMatch(/"outcome": ?"created"/);

    expect(await op.see('somebody-deleted-the-current-key')).toMatch(
      new RegExp(`"${await currentKey('dan')}"\n"role": ?"current"\n"active": ?true`),
    );
  });

  test.each([
    ['mona', 'by mistake'],
    ['max', 'as was meant'],
  ])('somebody moved AWSCURRENT (%s, %s)', async (user) => {
    const old = await currentKey(user);
    await aws.invoke({ action: 'create', username: user });
    const fresh = await currentKey(user);
    const versions = Object.entries(await aws.versions(user));
    const versionOf = (label: string) =>
      versions.find(([, labels]) => labels.some((candidate) => candidate.startsWith(label)))![0];
    await aws.secrets.send(
      new UpdateSecretVersionStageCommand({
        SecretId: user,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: versionOf(`akr1.key.${old}`),
        RemoveFromVersionId: versionOf('AWSCURRENT'),
      }),
    );

    const status = await op.do('somebody-moved-awscurrent', 0, { WHO: user });
    expect(await op.see('somebody-moved-awscurrent')).toMatch(/"outcome": ?"blocked"/);
    if (user === 'mona') await op.follow(status, /update-secret-version-stage/);
    else await op.do('somebody-moved-awscurrent', 1);

    expect(await op.see('somebody-moved-awscurrent')).toMatch(/^"outcome": ?"(not-due|waiting)"\n$/);
    expect(await currentKey(user)).toBe(user === 'mona' ? fresh : old);
  });

  test('a key that somebody else made', async () => {
    const { AccessKey } = await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'fred' }));
    const KEY = AccessKey!.AccessKeyId!;

    expect(await op.do('a-key-that-somebody-else-made', 0, { WHO: 'fred', KEY })).toContain('"ServiceName"');
    expect(await op.see('a-key-that-somebody-else-made')).toMatch(/"unmanaged"/);
    await op.do('a-key-that-somebody-else-made', 1);

    expect(await op.see('a-key-that-somebody-else-made')).toMatch(/^"role": ?"current"\n$/);
  });

  test('two keys at adoption', async () => {
    const [one, other] = tims.map((key) => key.AccessKeyId!);
    await aws.callerIdentity({ AccessKey: other, SecretKey: tims[1].SecretAccessKey! });

    expect(await op.do('two-keys-at-adoption', 0, { WHO: 'tim' })).toMatch(
      new RegExp(`"${one}"\n"lastUse": ?"never used"\n.*"${other}"\n"lastUse": ?"last used`, 's'),
    );
    expect(await op.see('two-keys-at-adoption')).not.toMatch(/current/);
    expect(await op.do('two-keys-at-adoption', 1, { KEY: one })).toMatch(/"outcome": ?"created"/);

    expect(((await op.see('two-keys-at-adoption')).match(/\w+(?="\n)/g) ?? []).sort()).toEqual(['adopted', 'current']);
    expect(await aws.keys('tim')).toEqual({ [other]: 'Active', [await currentKey('tim')]: 'Active' });
  });

  test('lost recipients', async () => {
    const sns = new SNSClient(aws.emulator.clientConfig);
    const ENDPOINT = `http://127.0.0.1:${(mail.address() as AddressInfo).port}/`;
    const token = async () => {
      while (tokens.length === 0) await setTimeout(20);
      return tokens.shift()!;
    };
    await sns.send(new SubscribeCommand({ TopicArn: aws.outputs.Topic, Protocol: 'http', Endpoint: ENDPOINT }));
    expect(await op.do('lost-recipients', 0)).toContain('PendingConfirmation');
    const { SubscriptionArn } = await sns.send(
      new ConfirmSubscriptionCommand({ TopicArn: aws.outputs.Topic, Token: await token() }),
    );
    await sns.send(new UnsubscribeCommand({ SubscriptionArn })); // as a mail scanner does

    expect((await op.do('lost-recipients', 0)).trim()).toBe('');
    await op.do('lost-recipients', 1, { PROTOCOL: 'http', ENDPOINT, FILTER: '{"username": ["lea"]}' });
    expect(await op.see('lost-recipients')).toContain('PendingConfirmation');
    await op.do('lost-recipients', 2, { TOKEN: await token() });

    expect(await op.see('lost-recipients')).toMatch(new RegExp(`^http\t${ENDPOINT}\t${aws.outputs.Topic}:\\S+\n$`));
  });
});

describe('deploys', () => {
  const paula = (stack: Stack) => ({ user: iam.User.fromUserArn(stack, 'Paula', userArn('paula')) });
  beforeAll(async () => {
    aws = await LocalAws.start();
  });
  afterAll(() => aws.emulator.stop());

  test('a secret of that name exists; the user belongs to another rotation', async () => {
    await aws.secrets.send(new CreateSecretCommand({ Name: 'quinn', SecretString: 'of somebody' }));
    await aws.makeUser('paula', 0);
    await aws.iam.send(
      new TagUserCommand({
        UserName: 'paula',
        Tags: [{ Key: 'cdk-access-key-rotation', Value: 'us-east-1/Gone/01234567' }],
      }),
    );
    const deploy = () =>
      aws.deploy((stack) => ({ users: [{ userName: 'quinn' }, { userName: 'sara' }, paula(stack)] }), withRole);

    await expect(deploy()).rejects.toThrow('the secret quinn already exists');
    await aws.deploy(() => ({ users: [{ userName: 'sara' }] }), withRole);
    op = await Operator.begin(aws, runbook, STACK);
    expect(await op.do('a-secret-of-that-name-exists', 0, { SECRET: 'quinn' })).toContain('null');
    await op.do('a-secret-of-that-name-exists', 1);

    await expect(deploy()).rejects.toThrow('paula belongs to another rotation, us-east-1/Gone/01234567');
    expect(await op.do('owned-by-another-rotation', 0, { WHO: 'paula' })).toBe('us-east-1/Gone/01234567\n');
    await op.do('owned-by-another-rotation', 1);
    await deploy();

    expect(await op.see('owned-by-another-rotation')).toMatch(/^us-east-1\/Test\/\w{8}\n$/);
    expect(await op.see('a-secret-of-that-name-exists', { WHO: 'quinn' })).toMatch(/^"outcome": ?"not-due"\n$/);
  });

  test('a secret that is gone for good, of a user that the rotation created: three deploys, and its key works all the while', async () => {
    const key = await aws.secretValue('sara');
    await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'sara', ForceDeleteWithoutRecovery: true }));
    const quinn = { userName: 'quinn' };
    const twin = { userName: 'quinn-2' }; // and, beside it, the new name of a user that is renamed

    await aws.deploy(
      (stack) => ({ users: [quinn, twin, { userName: 'sara', removalPolicy: RemovalPolicy.RETAIN }, paula(stack)] }),
      withRole,
    );
    await aws.deploy((stack) => ({ users: [quinn, twin, paula(stack)] }), withRole);
    expect(await aws.callerIdentity(key)).toBe(userArn('sara'));
    await aws.deploy(
      (stack) => ({
        users: [quinn, twin, { user: iam.User.fromUserArn(stack, 'Sara', userArn('sara')) }, paula(stack)],
      }),
      withRole,
    );

    expect(await aws.callerIdentity(key)).toBe(userArn('sara'));
    expect(await aws.keys('sara')).toEqual({ [key.AccessKey]: 'Active', [await currentKey('sara')]: 'Active' });
  });

  test('rename a user', async () => {
    expect(await op.do('rename-a-user', 0, { WHO: 'quinn' })).toMatch(/"lastUse": ?"never used"/);
    await op.do('rename-a-user', 1, { KEY: await currentKey('quinn') });
    expect(await op.see('rename-a-user')).toMatch(/"quinn"\n.*"quinn-2"\n/s);
    await aws.deploy(
      (stack) => ({
        users: [{ userName: 'quinn-2' }, { user: iam.User.fromUserArn(stack, 'Sara', userArn('sara')) }, paula(stack)],
      }),
      withRole,
    );

    expect(await op.see('rename-a-user')).toMatch(
      /^"username": ?"paula"\n"username": ?"quinn-2"\n"username": ?"sara"\n$/,
    );
    expect(await aws.userExists('quinn')).toBe(false);
    expect(await aws.callerIdentity(await aws.secretValue('quinn-2'))).toBe(userArn('quinn-2'));
  });
});

test('no command of the runbook is left that no test runs', () => {
  expect(runbook.neverRun).toEqual([]);
});
