/** `RotationTrigger.eventBridgeScheduler()`: EventBridge Scheduler starts the checks, and nothing else changes. */
import { CfnParameter, Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import * as fc from 'fast-check';
import { AccessKeyRotation, AccessKeyRotationProps, Recipient, RotationTrigger } from '../../src';
import { RotationFunction } from '../../src/function/rotation-function';
import { Account } from '../function/iam-evaluation';
import { Deployment } from '../template/deployment';
import {
  ACCOUNT,
  REGION,
  Resource,
  Resources,
  rotation,
  rotationOf,
  statement,
  Synthesized,
} from '../template/support';

const trigger = RotationTrigger.eventBridgeScheduler();
const USERS = [{ userName: 'alice' }, { userName: 'bob' }];
const DIGEST = { digestRecipients: [Recipient.email('security@example.com')] };
const userNames = fc.stringMatching(/^[A-Za-z0-9_+=,.@-]{1,64}$/);

const onSchedules = (props: AccessKeyRotationProps = {}) => rotation({ users: USERS, trigger, ...props });
const schedules = (built: Synthesized) => built.ofType('AWS::Scheduler::Schedule');

describe('each schedule', () => {
  test.each([6, 24, 7 * 24])('sends the same event as a rule, at the same time in UTC: every %i hours', (hours) => {
    const checkInterval = Duration.hours(hours);
    const rules = rotation({ users: USERS, ...DIGEST, trigger: RotationTrigger.eventBridgeRules({ checkInterval }) })
      .ofType('AWS::Events::Rule')
      .map(({ Properties: { Name, Description, ScheduleExpression, State, Targets } }) => [
        Name,
        Description,
        ScheduleExpression,
        State,
        Targets[0].Input,
        'UTC',
      ]);
    const built = onSchedules({ ...DIGEST, trigger: RotationTrigger.eventBridgeScheduler({ checkInterval }) });
    const actual = schedules(built).map(
      ({ Properties: { Name, Description, ScheduleExpression, State, Target, ScheduleExpressionTimezone } }) => [
        Name,
        Description,
        ScheduleExpression,
        State,
        Target.Input,
        ScheduleExpressionTimezone,
      ],
    );

    expect(actual).toHaveLength(7);
    expect(actual).toEqual(rules);
  });

  test('has no time window, no start date and no end date', () => {
    for (const { Properties } of schedules(onSchedules(DIGEST))) {
      expect(Properties.FlexibleTimeWindow).toEqual({ Mode: 'OFF' });
      expect(Object.keys(Properties)).not.toEqual(expect.arrayContaining(['StartDate']));
      expect(Object.keys(Properties)).not.toEqual(expect.arrayContaining(['EndDate']));
    }
  });

  test('retries for a day, then sends the event to the dead-letter queue', () => {
    const built = onSchedules(DIGEST);
    const [queue] = idsOf(built, 'AWS::SQS::Queue');
    for (const {
      Properties: { Target },
    } of schedules(built)) {
      expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
      expect(Target.DeadLetterConfig).toEqual({ Arn: { 'Fn::GetAtt': [queue, 'Arn'] } });
    }
  });

  test("is created after its user's first key, and deleted before it", () => {
    const built = onSchedules();
    const [firstKey] = idsOf(built, 'Custom::AccessKeyRotationFirstKey').filter((id) => id in built.ofUser('alice'));
    for (const schedule of Object.values(built.ofUser('alice')).filter(
      ({ Type }) => Type === 'AWS::Scheduler::Schedule',
    )) {
      expect(schedule.DependsOn).toContain(firstKey);
    }
  });

  test('is always deleted with the user, as is the policy of the secret, even if the other resources are retained', () => {
    const deleted = ['AWS::Scheduler::Schedule', 'AWS::SecretsManager::ResourcePolicy'];
    const built = onSchedules({ removalPolicy: RemovalPolicy.RETAIN });
    for (const { Type, DeletionPolicy } of Object.values(built.ofUser('alice'))) {
      expect([Type, DeletionPolicy]).toEqual([Type, deleted.includes(Type) ? undefined : 'RetainExceptOnCreate']);
    }
  });

  test('of a user whose name is a token sends that name', () => {
    const built = rotation((scope) => ({
      trigger,
      users: [{ userName: new CfnParameter(scope, 'Name').valueAsString, id: 'deployer' }],
    }));
    for (const {
      Properties: { Name, Target },
    } of schedules(built)) {
      expect(Target.Input['Fn::Join'][1]).toContainEqual({ Ref: 'Name' });
      expect(Name).toMatch(/^akr-[0-9a-f]{8}-[0-9a-f]{8}-deployer-[0-9a-f]{8}-(create|deactivate|delete)$/);
    }
  });

  test('has a unique name that Scheduler accepts, for all user names', () => {
    const lists = fc.uniqueArray(userNames, { minLength: 2, maxLength: 4, selector: (name) => name.toLowerCase() });
    fc.assert(
      fc.property(lists, (names) => {
        const users = names.map((userName, index) => ({ userName, secretName: `secret/${index}` }));
        const scheduleNames = schedules(onSchedules({ users })).map(({ Properties }) => Properties.Name);
        for (const name of scheduleNames) expect(name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
        expect(new Set(scheduleNames).size).toBe(3 * names.length);
      }),
      { numRuns: 20 },
    );
  });

  test.each(['a'.repeat(64), '+=,.@-_'.repeat(9), '@'.repeat(64)])('has such a name for the user %s', (userName) => {
    for (const { Properties } of schedules(onSchedules({ users: [{ userName, secretName: 'x' }] }))) {
      expect(Properties.Name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
    }
  });
});

describe('all schedules of a rotation', () => {
  test('share one group and one role, which are with the Lambda', () => {
    const built = rotation({ users: USERS, trigger, ...DIGEST }, { env: { account: ACCOUNT, region: REGION } });
    const [group, ...groups] = idsOf(built, 'AWS::Scheduler::ScheduleGroup');
    const [role, ...roles] = idsOf(built, 'AWS::IAM::Role').filter((id) => id.includes('Schedules'));

    expect([groups, roles]).toEqual([[], []]);
    for (const {
      DependsOn,
      Properties: { GroupName, Target },
    } of schedules(built)) {
      expect(GroupName).toEqual({ Ref: group });
      expect(Target.RoleArn).toEqual({ 'Fn::GetAtt': [role, 'Arn'] });
      expect(DependsOn).toEqual(expect.arrayContaining([group, role]));
    }
    for (const id of [group, role]) {
      expect(Object.keys(built.below(built.rotation.node.findChild('Rotator')))).toContain(id);
    }
    for (const name of [built.resources[group].Properties.Name, built.resources[role].Properties.RoleName]) {
      expect(name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
    }
  });

  test('have their own group', () => {
    const built = onSchedules();
    new AccessKeyRotation(built.stack, 'Second', { users: [{ userName: 'zoe' }], trigger });
    const groups = idsOf(built, 'AWS::Scheduler::ScheduleGroup');
    expect(new Set(schedules(built).map(({ Properties }) => Properties.GroupName.Ref))).toEqual(new Set(groups));
    expect(new Set(groups.map((id) => built.resources[id].Properties.Name)).size).toBe(2);
  });

  test.each<[string, (stack: Stack) => Stack, RegExp]>([
    [
      'another stack, which does not import the group and the role',
      (stack) => new Stack(stack.node.root, 'Other'),
      /^((?!ImportValue).)*$/,
    ],
    [
      'a nested stack, which gets them as parameters',
      (stack) => new NestedStack(stack, 'Nested'),
      /"Ref":"referenceto/,
    ],
  ])('can be in %s', (_where, other, expected) => {
    const built = rotationOf('alice');
    const stack = other(built.stack);
    const scheduler = trigger._bind(built.rotation.node.findChild('Rotator') as RotationFunction);
    scheduler.schedule(stack, 'Create', {
      name: 'create',
      description: 'Checks',
      expression: 'cron(0 6 * * ? *)',
      input: '{}',
    });
    const { GroupName, Target } = Object.values<Resource>(Template.fromStack(stack).toJSON().Resources)[0].Properties;

    expect(JSON.stringify(GroupName)).toMatch(expected);
    expect(JSON.stringify(Target.RoleArn)).toMatch(expected);
  });

  test('make seven resources per user, as rules do', () => {
    expect(Object.keys(onSchedules().ofUser('alice'))).toHaveLength(7);
  });

  test('add no rule, no permission on the Lambda, no statement of the queue', () => {
    const built = onSchedules(DIGEST);
    built.template.resourceCountIs('AWS::Events::Rule', 0);
    built.template.resourceCountIs('AWS::Lambda::Permission', 0);
    expect(built.json).not.toContain('events.amazonaws.com');
    expect(
      built
        .the('AWS::SQS::QueuePolicy')
        .Properties.PolicyDocument.Statement.map(({ Effect }: { Effect: string }) => Effect),
    ).toEqual(['Deny']);
  });
});

describe('the role of the schedules', () => {
  const built = onSchedules(DIGEST);
  const account = new Account(Deployment.of(built));
  const role = account.arns('AWS::IAM::Role').find((arn) => arn.includes(':role/akr-'))!;
  const [handler] = account.arns('AWS::Lambda::Function');
  const [queue] = account.arns('AWS::SQS::Queue');
  const [group] = account.arns('AWS::Scheduler::ScheduleGroup');

  test('can invoke the Lambda and send to its dead-letter queue, and nothing else', async () => {
    expect(account.granted(role)).toEqual(['lambda:InvokeFunction', 'sqs:SendMessage']);
    expect(await account.allows(role, 'lambda:InvokeFunction', handler)).toBe(true);
    expect(await account.allows(role, 'lambda:InvokeFunction', `${handler}2`)).toBe(false);
    expect(await account.allows(role, 'lambda:InvokeFunction', `${handler}:1`)).toBe(false);
    expect(await account.allows(role, 'sqs:SendMessage', queue)).toBe(true);
    expect(await account.allows(role, 'sqs:SendMessage', `${queue}2`)).toBe(false);
    expect(await account.allows(role, 'sqs:ReceiveMessage', queue)).toBe(false);
  });

  test('can be assumed by Scheduler for schedules of this group, and by no other principal', async () => {
    const acting = (source: string, sourceAccount = ACCOUNT) => ({
      'aws:SourceArn': source,
      'aws:SourceAccount': sourceAccount,
    });
    const assumes = async (principal: string, context: Record<string, string>) =>
      account.mayAssume(principal, role, context);

    expect(await assumes('scheduler.amazonaws.com', acting(group))).toBe(true);
    expect(await assumes('scheduler.amazonaws.com', acting(`${group}2`))).toBe(false);
    expect(
      await assumes('scheduler.amazonaws.com', acting(`arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/default`)),
    ).toBe(false);
    expect(await assumes('scheduler.amazonaws.com', acting(group, '999999999999'))).toBe(false);
    expect(await assumes('lambda.amazonaws.com', acting(group))).toBe(false);
    expect(await assumes(`arn:aws:iam::${ACCOUNT}:user/alice`, acting(group))).toBe(false);
  });
});

describe('a change from rules to schedules, or back', () => {
  const startsChecks = ({ Type }: Resource) => ['AWS::Events::Rule', 'AWS::Scheduler::Schedule'].includes(Type);
  const [rules, withSchedules] = [RotationTrigger.eventBridgeRules(), trigger].map(
    (chosen) => onSchedules({ ...DIGEST, trigger: chosen }).resources,
  );
  const only = (keep: (id: string) => boolean, resources: Resources) =>
    Object.fromEntries(Object.entries(resources).filter(([id]) => keep(id)));

  test('changes the rules or schedules and their permissions only', () => {
    const both = (resources: Resources) =>
      only((id) => id in rules && id in withSchedules && id !== idOf(rules, 'AWS::SQS::QueuePolicy'), resources);
    expect(both(withSchedules)).toEqual(both(rules));
    expect(statement(rules[idOf(rules, 'AWS::SQS::QueuePolicy')].Properties.PolicyDocument, 'AllowRules').Effect).toBe(
      'Allow',
    );
  });

  test('has no logical ID in common, so the new resources are created before the old ones are deleted', () => {
    const differ = (one: Resources, other: Resources) =>
      Object.entries(one)
        .filter(([id]) => !(id in other))
        .map(([, { Type }]) => Type)
        .sort();
    expect(Object.entries(rules).filter(([id, resource]) => startsChecks(resource) && id in withSchedules)).toEqual([]);
    expect(differ(rules, withSchedules)).toEqual([...Array(7).fill('AWS::Events::Rule'), 'AWS::Lambda::Permission']);
    expect(differ(withSchedules, rules)).toEqual([
      'AWS::IAM::Role',
      ...Array(7).fill('AWS::Scheduler::Schedule'),
      'AWS::Scheduler::ScheduleGroup',
    ]);
  });
});

describe('the logical IDs of schedules', () => {
  test.each<[string, Record<string, unknown>]>([
    ['without feature flags', {}],
    ['with all recommended feature flags', CURRENTLY_RECOMMENDED_FLAGS],
  ])('never change: %s', (_flags, context) => {
    const { resources } = rotation({ users: [{ userName: 'alice' }], trigger, ...DIGEST }, { context });
    expect(
      Object.keys(resources)
        .filter((id) => id.includes('Schedule'))
        .sort(),
    ).toEqual([
      'RotationRecipientsDigestSchedule4763CE41',
      'RotationRotatorSchedules17EB86FB',
      'RotationRotatorSchedulesRoleF2203990',
      'RotationUseraliceCreateSchedule221EB1ED',
      'RotationUseraliceDeactivateSchedule99D619D1',
      'RotationUseraliceDeleteScheduleD8A1B91F',
    ]);
  });
});

function idsOf({ resources }: Synthesized, type: string): string[] {
  return Object.keys(resources).filter((id) => resources[id].Type === type);
}

function idOf(resources: Resources, type: string): string {
  return Object.keys(resources).find((id) => resources[id].Type === type)!;
}
