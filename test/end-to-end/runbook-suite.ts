/**
 * docs/runbook.md in a layout of stacks: each problem is caused, and the blocks of its section are run as an operator
 * runs them. The block that verifies shows that the problem is gone afterwards, and not before.
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
  type Tag,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetUserPolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListUserTagsCommand,
  PutRolePolicyCommand,
  TagUserCommand,
  UntagUserCommand,
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
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { type Names, Operator, Runbook } from './operator';
import { ACCOUNT, DENY_AFTER_CREATE, LocalAws, STACK, userArn } from './support';
import {
  AccessKeyRotation,
  type AccessKeyRotationProps,
  RotationSchedule,
  RotationTrigger,
  UserStacks,
} from '../../src';
import { denyOlderSessions, PROPAGATION_MARGIN } from '../../src/rotator/domain/sessions';
import { exposed } from '../rotator/reports';

export const RUNBOOK = join(__dirname, '..', '..', 'docs', 'runbook.md');

/** How the resources of a rotation are laid out in stacks, and what invokes its function. */
export interface Layout {
  readonly name: string;
  readonly trigger: () => RotationTrigger;
  readonly userStacks?: (stack: Stack, keepInRotationStack?: string[]) => UserStacks;
  /** What an operator fills in for this layout. */
  readonly names?: Names;
}

export const RULES: Layout = { name: 'one stack with rules', trigger: () => RotationTrigger.eventBridgeRules() };
export const SCHEDULES: Layout = {
  name: 'EventBridge Scheduler schedules',
  trigger: () => RotationTrigger.eventBridgeScheduler(),
};
export const NESTED: Layout = {
  name: 'nested user stacks',
  trigger: () => RotationTrigger.eventBridgeRules(),
  userStacks: (_stack, keepInRotationStack) => UserStacks.nested(1, { keepInRotationStack }),
};
export const USER_STACKS: Layout = {
  name: 'user stacks of the app',
  trigger: () => RotationTrigger.eventBridgeRules(),
  userStacks: (stack, keepInRotationStack) =>
    UserStacks.fromStacks([new Stack(stack.node.root as App, 'Users')], { keepInRotationStack }),
  names: { USER_STACKS: 'Users' },
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A rotation of a few days instead of months. */
const QUICK = RotationSchedule.of({ create: Duration.days(4), deactivate: Duration.days(5), delete: Duration.days(7) });

let aws: LocalAws;
let op: Operator;
export const stopAws = async () => aws?.emulator.stop();

const passes = async (ms: number) => aws.emulator.advanceTo(new Date((await aws.emulator.now()).getTime() + ms));
const currentKey = async (user: string) => (await aws.secretValue(user)).AccessKey;
const switchKey = async (UserName: string, AccessKeyId: string, Status: 'Active' | 'Inactive') =>
  aws.iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status }));

/** Removes the owner tag of users. @returns what writes it again */
async function untag(...names: string[]): Promise<() => Promise<void>> {
  const tags: Record<string, Tag[]> = {};
  for (const UserName of names) {
    const { Tags = [] } = await aws.iam.send(new ListUserTagsCommand({ UserName }));
    tags[UserName] = Tags;
    await aws.iam.send(new UntagUserCommand({ UserName, TagKeys: Tags.map(({ Key }) => Key!) }));
  }
  return async () => {
    for (const [UserName, Tags] of Object.entries(tags)) await aws.iam.send(new TagUserCommand({ UserName, Tags }));
  };
}

/** Deploys a rotation in a layout, and adds another rotation to its stack. */
async function deploy(
  { trigger, userStacks }: Layout,
  props: (stack: Stack) => AccessKeyRotationProps,
  options: { readonly keep?: string[]; readonly another?: boolean } = {},
): Promise<void> {
  await aws.deploy(
    (stack) => ({ trigger: trigger(), userStacks: userStacks?.(stack, options.keep), ...props(stack) }),
    (stack, rotation) => {
      const roles = rotation.node.findAll().filter((child): child is iam.Role => child instanceof iam.Role);
      for (const role of roles) new CfnOutput(stack, role.node.id, { value: role.roleName });
      if (!options.another) return;
      new AccessKeyRotation(stack, 'Another', { trigger: trigger(), users: [{ userName: 'another' }], alarms: false });
    },
  );
}

/** Changes that are made to the role of the function outside CloudFormation. */
const deny = async (Statement: object[]) =>
  aws.iam.send(
    new PutRolePolicyCommand({
      RoleName: aws.outputs.Role,
      PolicyName: 'Deny',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
const removeDeny = async () =>
  aws.iam.send(new DeleteRolePolicyCommand({ RoleName: aws.outputs.Role, PolicyName: 'Deny' }));

/** The rules or schedules of users, as the console changes them. */
interface Checks {
  of(user: string): Promise<string[]>;
  disable(...names: string[]): Promise<void>;
  delete(name: string): Promise<void>;
  /** Removes their permission to invoke the function. */
  forbid(): Promise<void>;
  /** All there is to know of one. */
  describe(name: string): Promise<unknown>;
}

class Rules implements Checks {
  private readonly events = new EventBridgeClient(aws.emulator.clientConfig);

  public async of(user: string) {
    const { Rules: rules } = await this.events.send(new ListRulesCommand({ NamePrefix: 'akr-' }));
    return rules!.map((rule) => rule.Name!).filter((name) => name.includes(`-${user}-`));
  }

  public async disable(...names: string[]) {
    for (const Name of names) await this.events.send(new DisableRuleCommand({ Name }));
  }

  public async delete(name: string) {
    await this.events.send(new RemoveTargetsCommand({ Rule: name, Ids: ['Rotation'] }));
    await this.events.send(new DeleteRuleCommand({ Name: name }));
  }

  public async forbid() {
    const lambda = new LambdaClient(aws.emulator.clientConfig);
    const FunctionName = aws.outputs.Function;
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName }));
    for (const { Sid } of JSON.parse(Policy!).Statement) {
      await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: Sid }));
    }
  }

  public async describe(name: string) {
    return JSON.parse(await aws.shell(`aws events describe-rule --name ${name} --output json`));
  }
}

class Schedules implements Checks {
  public async of(user: string) {
    return (await this.all()).map(({ Name }) => Name).filter((name) => name.includes(`-${user}-`));
  }

  public async disable(...names: string[]) {
    for (const name of names) {
      const { Name, GroupName, Description, ScheduleExpression, Target } = await this.get(name);
      const quiet = { ScheduleExpressionTimezone: 'UTC', FlexibleTimeWindow: { Mode: 'OFF' } };
      const input = { ...quiet, Name, GroupName, Description, ScheduleExpression, Target, State: 'DISABLED' };
      await this.scheduler(`update-schedule --cli-input-json '${JSON.stringify(input)}'`);
    }
  }

  public async delete(name: string) {
    await this.scheduler(`delete-schedule --group-name ${await this.groupOf(name)} --name ${name}`);
  }

  public async forbid() {
    const onlyTheQueue = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }],
    };
    const RoleName = aws.outputs.SchedulesRole;
    const { PolicyNames } = JSON.parse(
      await aws.shell(`aws iam list-role-policies --role-name ${RoleName} --output json`),
    );
    for (const PolicyName of PolicyNames) {
      await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
    await aws.iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: 'Other', PolicyDocument: JSON.stringify(onlyTheQueue) }),
    );
  }

  public async describe(name: string) {
    return { ...(await this.get(name)), LastModificationDate: undefined };
  }

  private async get(name: string) {
    return this.scheduler(`get-schedule --group-name ${await this.groupOf(name)} --name ${name}`);
  }

  private async groupOf(name: string) {
    return (await this.all()).find(({ Name }) => Name === name)!.GroupName;
  }

  private async all() {
    return (await this.scheduler('list-schedules')).Schedules as { Name: string; GroupName: string }[];
  }

  private async scheduler(command: string) {
    return JSON.parse((await aws.shell(`aws scheduler ${command} --output json`)) || 'null');
  }
}

export function testAlarms(runbook: Runbook, layout: Layout): void {
  describe(`alarms: ${layout.name}`, () => {
    const USERS = ['alice', 'bob', 'carol'];
    let checks: Checks;
    beforeAll(async () => {
      aws = await LocalAws.start();
      // Only bob is in a user stack, if there are any.
      await deploy(
        layout,
        () => ({ users: [{ userName: 'alice', schedule: QUICK }, { userName: 'bob' }, { userName: 'carol' }] }),
        { keep: ['alice', 'carol'], another: true },
      );
      op = await Operator.begin(aws, runbook, { STACK, ROTATION: 'Rotation', ...layout.names });
      checks = layout === SCHEDULES ? new Schedules() : new Rules();
    });
    afterAll(stopAws);

    const depth = async () => (await op.do('overview', 2)).trim().split(/\s+/);
    const checked = (output: string) =>
      [...output.matchAll(/\d+ "username":"(\w+)","action":"(\w+)"/g)].map(([, ...check]) => check.join(' ')).sort();
    const checksOf = (...users: string[]) =>
      users.flatMap((user) => ['create', 'deactivate', 'delete'].map((action) => `${user} ${action}`));

    test('overview: users, errors, queue', async () => {
      expect(await op.do('overview', 0)).toMatch(
        /^"message": ?"alice: AKIA\w+ is current, 0 days old"\n"overdueDays": ?0\n"message": ?"bob: .*"\n"overdueDays": ?0\n"message": ?"carol: .*"\n"overdueDays": ?0\n$/,
      );
      await expect(aws.invoke({ action: 'nonsense' })).rejects.toThrow();
      expect(await op.do('overview', 1)).toContain('"Cause":"BadRequest"');
      expect(await depth()).toEqual(['0', '0']);
    });

    test('overdue keys', async () => {
      await checks.disable(...(await checks.of('alice')));
      await aws.emulator.advanceDays(8);

      expect(await op.do('overdue-keys', 0)).toMatch(
        /"message": ?"alice.*\n"overdueDays": ?4\n"message": ?"bob.*\n"overdueDays": ?0/,
      );
      expect(await op.do('overdue-keys', 1, { USER_NAME: 'alice' })).toMatch(/"outcome": ?"created"/);
      expect(await op.verify('overdue-keys')).toMatch(/^"overdueDays": ?0\n$/);
    });

    test('over limit: no user has a limit, so no key is named', async () => {
      expect(await op.do('over-limit', 0, { USER_NAME: 'alice' })).toMatch(
        /^"message": ?"alice: .*"\n"message": ?"bob/,
      );
      expect(await op.verify('over-limit')).toMatch(/^"compliant": ?true\n$/);
    });

    test('unchecked users: some checks are disabled, and one is deleted', async () => {
      const [disabled] = await checks.of('alice');
      const before = await checks.describe((await checks.of('bob'))[0]);
      const [deleted] = (await checks.of('bob')).filter((name) => name.endsWith('-delete'));
      await checks.delete(deleted);
      await passes(25 * HOUR);
      const others = [...checksOf('carol'), 'bob create', 'bob deactivate'].sort();

      const [done, users] = (await op.do('unchecked-users', 0)).split(/(?="username": ?"alice"\n)/);
      expect(checked(done)).toEqual(others);
      expect(users).toMatch(/^"username": ?"alice"\n"username": ?"bob"\n"username": ?"carol"\n$/);
      expect((await op.do('unchecked-users', 1)).trim().split('\n')).toEqual([...(await checks.of('alice')), deleted]);
      await op.do('unchecked-users', 2);
      await op.do('unchecked-users', 3, { CHECK: deleted, USER_NAME: 'bob' });
      expect(checked(await op.verify('unchecked-users'))).toEqual(others);
      await passes(25 * HOUR);

      expect(checked(await op.verify('unchecked-users'))).toEqual(checksOf(...USERS).sort());
      expect(await op.do('unchecked-users', 1)).toBe('');
      expect(await checks.describe(disabled)).toMatchObject({ State: 'ENABLED' });
      expect(await checks.describe((await checks.of('bob'))[0])).toEqual(before);
    });

    test('unchecked users: no check is created for a name that is wrong', async () => {
      const [check] = await checks.of('bob');
      const wrong = [
        { CHECK: check, USER_NAME: 'unknown' },
        { CHECK: check.replace(/[a-z]+$/, 'digest'), USER_NAME: 'bob' },
      ];

      for (const names of wrong) {
        await expect(op.do('unchecked-users', 3, names)).rejects.toThrow('docs/runbook.md');
      }
      expect(await checks.of('bob')).toHaveLength(3);
    });

    test('key cleanup failed', async () => {
      const current = await currentKey('carol');
      await deny(DENY_AFTER_CREATE);
      await expect(aws.invoke({ action: 'create', username: 'carol' })).rejects.toThrow();
      const [left] = Object.keys(await aws.keys('carol')).filter((key) => key !== current);

      expect(await op.do('key-cleanup-failed', 0)).toContain(left);
      await removeDeny();
      expect(await op.do('key-cleanup-failed', 1, { USER_NAME: 'carol' })).toMatch(
        new RegExp(`"${left}"\n"role": ?"unpublished"\n"lockedUntil"`),
      );
      expect(await op.verify('key-cleanup-failed')).toMatch(/unpublished.*lockedUntil/s);
      await passes(16 * MINUTE);
      await op.do('key-cleanup-failed', 2);

      expect(await op.verify('key-cleanup-failed')).toMatch(/^"role": ?"current"\n$/);
      expect(await aws.keys('carol')).toEqual({ [current]: 'Active' });
    });

    test('failed checks', async () => {
      const RoleName = aws.outputs.Role;
      const { AttachedPolicies } = await aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      for (const { PolicyArn } of AttachedPolicies!) {
        await aws.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
      }
      // With user stacks, the tag permits too, also for the users in the rotation's own stack.
      const restoreTags = await untag('alice', 'carol');
      await passes(9 * HOUR); // a check of each user fails

      expect(await op.do('failed-checks', 0)).toMatch(
        /"username":"(alice|carol)"\n"message":"\1: .*AccessDenied.*\n"Cause":"AccessDenied"/,
      );
      expect(await op.verify('failed-checks', { USER_NAME: 'carol' })).toMatch(/"errorMessage".*"FunctionError"/s);
      await op.do('failed-checks', 1);

      expect(await op.verify('failed-checks', { USER_NAME: 'carol' })).toMatch(/^"outcome": ?"not-due"\n$/);
      await restoreTags();
    });

    test('checks missing: not permitted to invoke the function, disabled, and its concurrency is 0', async () => {
      const lambda = new LambdaClient(aws.emulator.clientConfig);
      await checks.forbid();
      await passes(9 * HOUR); // what these rules or schedules send is in the queue
      for (const user of USERS) await checks.disable(...(await checks.of(user)));
      await lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: aws.outputs.Function, ReservedConcurrentExecutions: 0 }),
      );
      await aws.emulator.advanceDays(1);

      await expect(op.do('checks-missing', 0)).rejects.toThrow(/(?:TooManyRequests|Rate Exceeded).*docs\/runbook\.md/s);
      await expect(op.verify('checks-missing')).rejects.toThrow(); // it prints nothing
      expect(await op.do('checks-missing', 1)).toBe('0\n');
      expect(await op.do('checks-missing', 0)).toMatch(/"message": ?"alice/);
      expect((await op.do('checks-missing', 2)).trim().split('\n')).toHaveLength(9);
      await op.do('checks-missing', 3);
      await op.do('checks-missing', 3); // again, it changes nothing
      await aws.emulator.advanceDays(1);

      expect(await op.verify('checks-missing')).toMatch(
        /"username":"(alice|bob|carol)","action":"\w+","outcome":"[a-z-]+"/,
      );
    });

    test('dead letters: what rules and schedules sent is sent again, what others sent is not', async () => {
      const send = (body: object | string) => {
        const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
        return aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.outputs.DeadLetters, MessageBody }));
      };
      const keys = await aws.keys('bob');
      const [check] = (await checks.of('bob')).filter((name) => name.endsWith('-create'));
      const ofRule = {
        version: '0',
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        resources: [`arn:aws:events:us-east-1:${ACCOUNT}:rule/${check}`],
        detail: {},
      };
      await send(checks instanceof Rules ? ofRule : { action: 'create', username: 'bob', ifDue: true });
      await send({
        RequestType: 'Delete',
        ResourceType: 'Custom::AccessKeyRotationFirstKey',
        ResponseURL: 'http://127.0.0.1:9/',
        ResourceProperties: { Username: 'bob', Secret: 'bob', Created: 'true' },
      });
      await send({ action: 'create', username: 'bob' });
      await send({ action: 'create', username: 'unknown', ifDue: true });
      // What a principal with `sqs:SendMessage` can write, and a report, which it can write too.
      const [keyId] = Object.keys(keys);
      const revoke = `"action":"revoke","username":"bob","accessKeyId":"${keyId}"`;
      const forged = [
        JSON.stringify(exposed(keyId, ACCOUNT)),
        `{${revoke},"ifDue":true,"ifDue":false}`, // a parser of JSON takes the last one
        `{"action":"create","username":"bob","ifDue":true}\n{${revoke}}`,
        `\n{${revoke}}`,
        '{"detail-type":"Scheduled Event","ifDue":true,"action":"digest"}',
      ];
      for (const body of forged) await send(body);

      expect(await op.do('dead-letters', 0)).toContain('ifDue');
      const before = Number((await depth())[0]);
      // From the function, from the rules or schedules, and these.
      expect(before).toBeGreaterThanOrEqual(2 + 2 + 4 + forged.length);
      const printed = await op.do('dead-letters', 1);
      expect(printed.match(/"outcome": ?"\w/g)).toHaveLength(before - 3 - forged.length);
      expect(printed).toMatch(/"RequestType".*\nDELETED: /);
      expect(printed).toMatch(/\{"action":"create","username":"bob"\}\nKEPT: /);
      expect(printed).toMatch(/KEPT, failed again: .*unknown/);
      for (const body of forged) expect(printed).toContain(`${body.replaceAll('\n', '?')}\nKEPT: not what `);
      expect(await aws.keys('bob')).toEqual(keys);
      expect(await op.verify('dead-letters')).toBe(`0\t${2 + forged.length}\n`);
      await op.do('dead-letters', 2);

      expect(await op.verify('dead-letters')).toBe('0\t0\n');
    });

    test('throttled', async () => {
      await aws.emulator.recordCloudTrail();
      await aws.emulator.faults({ rate: 10, kinds: ['throttled'] });
      await expect(aws.invoke({ action: 'create', username: 'bob', ifDue: true })).rejects.toThrow('Throttling');

      expect(await op.verify('throttled', { USER_NAME: 'bob' })).toMatch(/"FunctionError".*Throttling/s);
      await aws.emulator.faults({ rate: 0 });
      await passes(2 * HOUR);
      expect(await op.do('throttled', 0)).toMatch(/"message":"bob: iam ListAccessKeys.*\n +\d+ \S+\t\w+/s);
      expect(await op.verify('throttled')).toMatch(/^"outcome": ?"not-due"\n$/);
    });

    test('notification failures: the topic is gone, and the permission to publish', async () => {
      await aws.iam.send(new DeleteRolePolicyCommand({ RoleName: aws.outputs.Role, PolicyName: 'Run' }));
      await new SNSClient(aws.emulator.clientConfig).send(new DeleteTopicCommand({ TopicArn: aws.outputs.Topic }));
      await aws.invoke({ action: 'create', username: 'carol' });

      expect(await op.do('notification-failures', 0)).toMatch(/"username":"carol"\n"message":".*PutEvents/);
      expect(await op.verify('notification-failures')).toContain('carol');
      await op.do('notification-failures', 1);
      await op.do('notification-failures', 2);
      await aws.subscribe();
      await passes(16 * MINUTE); // until then, the run that issued the key could still publish
      await op.do('notification-failures', 3, { USER_NAME: 'carol' });

      expect(await op.verify('notification-failures')).toBe('');
      expect(await aws.sentNotifications()).toMatchObject([{ event: 'created', username: 'carol' }]);
    });

    test('the other rotation of the stack is unaffected', async () => {
      const another = await Operator.begin(aws, runbook, { STACK, ROTATION: 'Another', ...layout.names });

      expect(await another.do('overview', 0)).toMatch(/^"message": ?"another: .*"\n"overdueDays": ?0\n$/);
      expect(checked(await another.do('unchecked-users', 0))).toEqual(checksOf('another'));
      expect(await another.do('unchecked-users', 1)).toBe('');
    });
  });
}

export function testPeople(runbook: Runbook, layout: Layout): void {
  describe(`changes outside the rotation: ${layout.name}`, () => {
    const USERS = ['lea', 'sam', 'otto', 'dora', 'dan', 'mona', 'max', 'fred'];
    let tims: AccessKey[];
    let endpoint: Server;
    const tokens: string[] = [];

    beforeAll(async () => {
      aws = await LocalAws.start();
      tims = await aws.makeUserWithKeys('tim', 2);
      await deploy(
        layout,
        (stack) => ({
          users: [
            ...USERS.map((userName) => ({ userName })),
            { userName: 'rita', schedule: QUICK },
            { user: iam.User.fromUserArn(stack, 'Tim', userArn('tim')) },
          ],
        }),
        { another: true },
      );
      op = await Operator.begin(aws, runbook, { STACK, ROTATION: 'Rotation', ...layout.names });
      await aws.emulator.advanceDays(6); // rita's old key is inactive
      endpoint = createServer((request, response) => {
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
      endpoint.close();
      await aws.emulator.stop();
    });

    test('a leaked key', async () => {
      await aws.emulator.recordCloudTrail();
      const leaked = await aws.secretValue('lea');
      await aws.callerIdentity(leaked);

      expect(await op.do('a-leaked-key', 0, { USER_NAME: 'lea', KEY_ID: leaked.AccessKey })).toMatch(
        /"outcome": ?"created"/,
      );
      await expect(aws.callerIdentity(leaked)).rejects.toThrow();
      await switchKey('lea', leaked.AccessKey, 'Active'); // as if that had failed
      const fields = /"accessKeyId": ?"(\w+)"\n"role": ?"(\w+)"\n"active": ?(\w+)\n"leaked": ?(\w+)/g;
      const seen = async () =>
        [...(await op.verify('a-leaked-key')).matchAll(fields)].map(([, key, role, active, isLeaked]) => [
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
      await expect(op.do('a-leaked-key', 2)).rejects.toThrow(/must be inactive, and it is active/);
      await op.do('a-leaked-key', 1);
      await op.do('a-leaked-key', 2);
      const { PolicyDocument } = await aws.iam.send(
        new GetUserPolicyCommand({ UserName: 'lea', PolicyName: 'RevokeOlderSessions' }),
      );
      const policy = JSON.parse(decodeURIComponent(PolicyDocument!));
      const before = new Date(policy.Statement[0].Condition.DateLessThan['aws:TokenIssueTime']);
      expect(policy).toEqual(denyOlderSessions(before)); // as in the notification
      expect(before.getTime() - (await aws.emulator.now()).getTime()).toBeGreaterThan(PROPAGATION_MARGIN - 60_000);
      expect(await op.do('a-leaked-key', 3)).toContain('sts.amazonaws.com');

      expect(await seen()).toEqual(
        expect.arrayContaining([
          [leaked.AccessKey, 'previous', 'false', 'true'],
          [fresh, 'current', 'true', 'false'],
        ]),
      );
      expect(await aws.callerIdentity(await aws.secretValue('lea'))).toBe(userArn('lea')); // the current key keeps working
    });

    test('return to the previous key', async () => {
      const rejected = await currentKey('rita');
      const [old] = Object.keys(await aws.keys('rita')).filter((key) => key !== rejected);

      expect(await op.do('return-to-the-previous-key', 0, { USER_NAME: 'rita' })).toMatch(/"outcome": ?"rolled-back"/);

      const seen = await op.verify('return-to-the-previous-key');
      expect(seen).toMatch(new RegExp(`"${old}"\n"role": ?"current"\n"active": ?true`));
      expect(seen).toMatch(new RegExp(`"${rejected}"\n"role": ?"rejected"\n"active": ?true`));
    });

    test('the secret was deleted', async () => {
      await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'sam' }));
      await expect(aws.invoke({ action: 'create', username: 'sam', ifDue: true })).rejects.toThrow('sam');

      await op.do('the-secret-was-deleted', 0, { USER_NAME: 'sam', SECRET: 'sam' });

      expect(await op.verify('the-secret-was-deleted')).toMatch(/^"outcome": ?"not-due"\n$/);
    });

    test('the secret was overwritten', async () => {
      const value = await aws.secretValue('otto');
      await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'otto', SecretString: 'something else' }));

      const status = await op.do('the-secret-was-overwritten', 0, { USER_NAME: 'otto' });
      expect(await op.verify('the-secret-was-overwritten')).toMatch(/"outcome": ?"blocked"/);
      expect(await op.follow(status, /lambda invoke .*rollback/)).toMatch(/"outcome": ?"rolled-back"/);

      expect(await op.verify('the-secret-was-overwritten')).toMatch(/^"outcome": ?"not-due"\n$/);
      expect(await aws.secretValue('otto')).toEqual(value);
    });

    test('the current key was deactivated', async () => {
      await switchKey('dora', await currentKey('dora'), 'Inactive');

      const status = await op.do('the-current-key-was-deactivated', 0, { USER_NAME: 'dora' });
      expect(await op.verify('the-current-key-was-deactivated')).toMatch(/"outcome": ?"blocked"/);
      await op.follow(status, /update-access-key/);

      expect(await op.verify('the-current-key-was-deactivated')).toMatch(/^"outcome": ?"not-due"\n$/);
      expect(await aws.callerIdentity(await aws.secretValue('dora'))).toBe(userArn('dora'));
    });

    test('the current key was deleted', async () => {
      await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'dan', AccessKeyId: await currentKey('dan') }));

      expect(await op.do('the-current-key-was-deleted', 0, { USER_NAME: 'dan' })).toMatch(/"outcome": ?"waiting"/);
      await expect(op.verify('the-current-key-was-deleted')).rejects.toThrow(); // it prints nothing
      await passes(11 * MINUTE);
      expect(await op.do('the-current-key-was-deleted', 0, { USER_NAME: 'dan' })).toMatch(/"outcome": ?"created"/);

      expect(await op.verify('the-current-key-was-deleted')).toMatch(
        new RegExp(`"${await currentKey('dan')}"\n"role": ?"current"\n"active": ?true`),
      );
    });

    test.each([
      ['mona', 'by mistake'],
      ['max', 'intentionally'],
    ])('AWSCURRENT was moved (%s, %s)', async (user) => {
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

      const status = await op.do('awscurrent-was-moved', 0, { USER_NAME: user });
      expect(await op.verify('awscurrent-was-moved')).toMatch(/"outcome": ?"blocked"/);
      if (user === 'mona') await op.follow(status, /lambda invoke .*create/);
      else await op.do('awscurrent-was-moved', 1);

      expect(await op.verify('awscurrent-was-moved')).toMatch(/^"outcome": ?"(not-due|waiting)"\n$/);
      expect(await currentKey(user)).toBe(user === 'mona' ? fresh : old);
    });

    test('an unmanaged key', async () => {
      const { AccessKey } = await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'fred' }));
      const KEY_ID = AccessKey!.AccessKeyId!;

      expect(await op.do('an-unmanaged-key', 0, { USER_NAME: 'fred', KEY_ID })).toContain('"ServiceName"');
      expect(await op.verify('an-unmanaged-key')).toMatch(/"unmanaged"/);
      await op.do('an-unmanaged-key', 1);
      expect(await aws.keys('fred')).toMatchObject({ [KEY_ID]: 'Inactive' });
      await op.do('an-unmanaged-key', 2);

      expect(await op.verify('an-unmanaged-key')).toMatch(/^"role": ?"current"\n$/);
    });

    test('two existing keys', async () => {
      const [one, other] = tims.map((key) => key.AccessKeyId!);
      await aws.callerIdentity({ AccessKey: other, SecretKey: tims[1].SecretAccessKey! });

      expect(await op.do('two-existing-keys', 0, { USER_NAME: 'tim' })).toMatch(
        new RegExp(`"${one}"\n"lastUse": ?"never used"\n.*"${other}"\n"lastUse": ?"last used`, 's'),
      );
      expect(await op.verify('two-existing-keys')).not.toMatch(/current/);
      await op.do('two-existing-keys', 1, { USER_NAME: 'tim', KEY_ID: one });
      expect(await aws.keys('tim')).toMatchObject({ [one]: 'Inactive' });
      expect(await op.do('two-existing-keys', 2)).toMatch(/"outcome": ?"created"/);

      expect(((await op.verify('two-existing-keys')).match(/\w+(?="\n)/g) ?? []).sort()).toEqual([
        'adopted',
        'current',
      ]);
      expect(await aws.keys('tim')).toEqual({ [other]: 'Active', [await currentKey('tim')]: 'Active' });
    });

    test('inactive subscriptions', async () => {
      const sns = new SNSClient(aws.emulator.clientConfig);
      const ENDPOINT = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
      const token = async () => {
        while (tokens.length === 0) await setTimeout(20);
        return tokens.shift()!;
      };
      await sns.send(new SubscribeCommand({ TopicArn: aws.outputs.Topic, Protocol: 'http', Endpoint: ENDPOINT }));
      expect(await op.do('inactive-subscriptions', 0)).toContain('PendingConfirmation');
      const { SubscriptionArn } = await sns.send(
        new ConfirmSubscriptionCommand({ TopicArn: aws.outputs.Topic, Token: await token() }),
      );
      await sns.send(new UnsubscribeCommand({ SubscriptionArn })); // as an email scanner does

      expect((await op.do('inactive-subscriptions', 0)).trim()).toBe('');
      await op.do('inactive-subscriptions', 1, { PROTOCOL: 'http', ENDPOINT, FILTER: '{"username": ["lea"]}' });
      expect(await op.verify('inactive-subscriptions')).toContain('PendingConfirmation');
      await op.do('inactive-subscriptions', 2, { TOKEN: await token() });

      expect(await op.verify('inactive-subscriptions')).toMatch(
        new RegExp(`^http\t${ENDPOINT}\t${aws.outputs.Topic}:\\S+\n$`),
      );
    });
  });
}

export function testDeploys(runbook: Runbook, layout: Layout): void {
  describe(`deploys: ${layout.name}`, () => {
    const paula = (stack: Stack) => ({ user: iam.User.fromUserArn(stack, 'Paula', userArn('paula')) });
    beforeAll(async () => {
      aws = await LocalAws.start();
    });
    afterAll(stopAws);

    test('a secret of that name exists; the user belongs to another rotation', async () => {
      await aws.secrets.send(new CreateSecretCommand({ Name: 'quinn', SecretString: 'of another application' }));
      await aws.makeUser('paula', 0);
      await aws.iam.send(
        new TagUserCommand({
          UserName: 'paula',
          Tags: [{ Key: 'cdk-access-key-rotation', Value: 'us-east-1/Gone/01234567' }],
        }),
      );
      const [quinn, sara] = [{ userName: 'quinn' }, { userName: 'sara' }];

      await expect(deploy(layout, () => ({ users: [quinn, sara] }))).rejects.toThrow(/ROLLBACK_COMPLETE.*quinn/s);
      await deploy(layout, () => ({ users: [sara] }));
      op = await Operator.begin(aws, runbook, { STACK, ...layout.names });
      expect(await op.do('a-secret-of-that-name-exists', 0, { SECRET: 'quinn' })).toContain('null');
      await op.do('a-secret-of-that-name-exists', 1);

      const attempt = () => deploy(layout, (stack) => ({ users: [quinn, sara, paula(stack)] }));
      await expect(attempt()).rejects.toThrow(/paula.*us-east-1\/Gone\/01234567/);
      expect(await op.do('owned-by-another-rotation', 0, { USER_NAME: 'paula' })).toBe('us-east-1/Gone/01234567\n');
      await op.do('owned-by-another-rotation', 1);
      await attempt();

      expect(await op.verify('owned-by-another-rotation')).toMatch(/^us-east-1\/Test\/\w{8}\/adopted\n$/);
      expect(await op.verify('a-secret-of-that-name-exists', { USER_NAME: 'quinn' })).toMatch(
        /"outcome": ?"not-due"\n$/,
      );
    });

    test('the secret of a created user is deleted permanently: three deploys, and its key keeps working', async () => {
      const key = await aws.secretValue('sara');
      await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'sara', ForceDeleteWithoutRecovery: true }));
      const quinn = { userName: 'quinn' };
      const twin = { userName: 'quinn-2' }; // and, beside it, the new name of a user that is renamed

      await deploy(layout, (stack) => ({
        users: [quinn, twin, { userName: 'sara', removalPolicy: RemovalPolicy.RETAIN }, paula(stack)],
      }));
      await deploy(layout, (stack) => ({ users: [quinn, twin, paula(stack)] }));
      expect(await aws.callerIdentity(key)).toBe(userArn('sara'));
      await deploy(layout, (stack) => ({
        users: [quinn, twin, { user: iam.User.fromUserArn(stack, 'Sara', userArn('sara')) }, paula(stack)],
      }));

      expect(await aws.callerIdentity(key)).toBe(userArn('sara'));
      expect(await aws.keys('sara')).toEqual({ [key.AccessKey]: 'Active', [await currentKey('sara')]: 'Active' });
    });

    test('rename a user', async () => {
      expect(await op.do('rename-a-user', 0, { USER_NAME: 'quinn' })).toMatch(/"lastUse": ?"never used"/);
      await op.do('rename-a-user', 1, { KEY_ID: await currentKey('quinn') });
      expect(await op.verify('rename-a-user')).toMatch(/"quinn"\n.*"quinn-2"\n/s);
      await deploy(layout, (stack) => ({
        users: [{ userName: 'quinn-2' }, { user: iam.User.fromUserArn(stack, 'Sara', userArn('sara')) }, paula(stack)],
      }));

      expect(await op.verify('rename-a-user')).toMatch(
        /^"username": ?"paula"\n"username": ?"quinn-2"\n"username": ?"sara"\n$/,
      );
      expect(await aws.userExists('quinn')).toBe(false);
      expect(await aws.callerIdentity(await aws.secretValue('quinn-2'))).toBe(userArn('quinn-2'));
    });
  });
}
