/** Each rule accepts a value at its limit, and reports the value one above it. */
import { RULES, WARNINGS } from '.';
import { bytes } from './rule';
import { Deployment, stackOf, TemplateBody } from '../deployment';
import { LONGEST } from '../naming';

type Sample = TemplateBody | Deployment;

const RULES_AND_WARNINGS = { ...RULES, ...WARNINGS };

const one = (Type: string, Properties: Record<string, any>): TemplateBody => ({
  Resources: { R: { Type, Properties } },
});
const many = (
  count: number,
  make: (index: number) => { Type: string; Properties: Record<string, any> },
): TemplateBody => ({
  Resources: Object.fromEntries([...Array(count).keys()].map((index) => [`R${index}`, make(index)])),
});
const section = (count: number, value: unknown) =>
  Object.fromEntries([...Array(count).keys()].map((index) => [`N${index}`, value])) as any;
const letters = (count: number) => 'x'.repeat(count);

/** A policy of the given number of bytes. */
function policy(size: number): object {
  const empty = { Version: '2012-10-17', Statement: [{ Sid: '' }] };
  return { ...empty, Statement: [{ Sid: letters(size - bytes(empty)) }] };
}

/** A resource of a type with a property of the given number of characters. */
function property(type: string, path: string, of: (size: number) => unknown = letters): (size: number) => TemplateBody {
  return (size) =>
    one(
      type,
      path.split('.').reduceRight((inside, name) => (name === '0' ? [inside] : { [name]: inside }), of(size)) as Record<
        string,
        any
      >,
    );
}

function deployment(sample: Sample): Deployment {
  return sample instanceof Deployment ? sample : new Deployment([stackOf('Test', JSON.stringify(sample))]);
}

/** A stack with nested stacks of 100 resources each, and one for the remainder. */
function nested(resources: number): Deployment {
  const stack = stackOf('Test', '{}');
  const sizes = [...Array(Math.floor(resources / 100)).fill(100), resources % 100];
  return new Deployment([
    stack,
    ...sizes.map((size, index) => ({
      ...stackOf(`Nested${index}`, JSON.stringify({ Resources: section(size, {}) })),
      parent: { stack, id: 'N' },
    })),
  ]);
}

/** By rule: the limit, and a function that makes a sample of a given size. */
const BOUNDARIES: Record<string, [limit: number, sampleOf: (size: number) => Sample]> = {
  resources: [500, (size) => many(size, () => ({ Type: 'AWS::SNS::Topic', Properties: {} }))],
  templateSize: [1_000_000, (size) => new Deployment([stackOf('Test', '{}'.padEnd(size))])],
  parameters: [200, (size) => ({ Parameters: section(size, {}) })],
  outputs: [200, (size) => ({ Outputs: section(size, { Value: '' }) })],
  templateDescription: [1_024, (size) => ({ Description: letters(size) })],
  stackName: [128, (size) => new Deployment([stackOf(letters(size), '{}')])],
  parameterValue: [4_096, property('AWS::CloudFormation::Stack', 'Parameters.Name')],
  logicalIds: [255, (size) => ({ Parameters: { [letters(size)]: {} } })],
  exportNames: [255, (size) => ({ Outputs: { Out: { Value: '', Export: { Name: letters(size) } } } })],
  customResourceRequest: [131_072, (size) => one('Custom::Thing', { Value: letters(size - bytes({ Value: '' })) })],
  customResourceTimeout: [3_600, property('Custom::Thing', 'ServiceTimeout', String)],
  nestedOperation: [2_500, nested],

  userName: [64, property('AWS::IAM::User', 'UserName')],
  userPath: [512, property('AWS::IAM::User', 'Path', (size) => `/${letters(size - 2)}/`)],
  roleName: [64, property('AWS::IAM::Role', 'RoleName')],
  roleDescription: [1_000, property('AWS::IAM::Role', 'Description')],
  managedPolicyDescription: [1_000, property('AWS::IAM::ManagedPolicy', 'Description')],
  secretName: [512, property('AWS::SecretsManager::Secret', 'Name')],
  secretDescription: [2_048, property('AWS::SecretsManager::Secret', 'Description')],
  ruleName: [64, property('AWS::Events::Rule', 'Name')],
  ruleDescription: [512, property('AWS::Events::Rule', 'Description')],
  ruleExpression: [256, property('AWS::Events::Rule', 'ScheduleExpression')],
  ruleInput: [8_192, property('AWS::Events::Rule', 'Targets.0.Input')],
  scheduleName: [64, property('AWS::Scheduler::Schedule', 'Name')],
  schedulesGroup: [64, property('AWS::Scheduler::Schedule', 'GroupName')],
  scheduleGroupName: [64, property('AWS::Scheduler::ScheduleGroup', 'Name')],
  scheduleDescription: [512, property('AWS::Scheduler::Schedule', 'Description')],
  scheduleExpression: [256, property('AWS::Scheduler::Schedule', 'ScheduleExpression')],
  scheduleInput: [8_192, property('AWS::Scheduler::Schedule', 'Target.Input')],
  functionDescription: [256, property('AWS::Lambda::Function', 'Description')],
  alarmName: [255, property('AWS::CloudWatch::Alarm', 'AlarmName')],
  alarmDescription: [1_024, property('AWS::CloudWatch::Alarm', 'AlarmDescription')],
  tags: [256, property('AWS::IAM::User', 'Tags.0', (size) => ({ Key: 'team', Value: letters(size) }))],
  uniqueNames: [
    1,
    (size) =>
      many(size, (index) => ({ Type: 'AWS::IAM::User', Properties: { UserName: index === 0 ? 'alice' : 'Alice' } })),
  ],

  inlineOfRole: [
    10_240,
    (size) => ({
      Resources: {
        Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: policy(5_000) }] } },
        More: {
          Type: 'AWS::IAM::Policy',
          Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: policy(size - 5_000) },
        },
      },
    }),
  ],
  inlineOfUser: [
    2_048,
    (size) => ({
      Resources: {
        User: {
          Type: 'AWS::IAM::User',
          Properties: { UserName: 'alice', Policies: [{ PolicyDocument: policy(1_000) }] },
        },
        More: { Type: 'AWS::IAM::Policy', Properties: { Users: ['alice'], PolicyDocument: policy(size - 1_000) } },
      },
    }),
  ],
  managedPolicy: [6_144, property('AWS::IAM::ManagedPolicy', 'PolicyDocument', policy)],
  managedPoliciesOfRole: [
    5,
    (size) => many(size, () => ({ Type: 'AWS::IAM::ManagedPolicy', Properties: { Roles: ['rotation'] } })),
  ],
  trustPolicy: [2_048, property('AWS::IAM::Role', 'AssumeRolePolicyDocument', policy)],
  secretPolicy: [20_480, property('AWS::SecretsManager::ResourcePolicy', 'ResourcePolicy', policy)],
  // One permission for each rule, as the CDK's own target creates them.
  functionPolicy: [
    42,
    (size) =>
      many(size, (index) => ({
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: letters(64),
          Principal: 'events.amazonaws.com',
          SourceArn: `arn:aws:events:eu-central-1:111122223333:rule/${index}`.padEnd(155, 'x'),
        },
      })),
  ],
  queuePolicyStatements: [
    20,
    property('AWS::SQS::QueuePolicy', 'PolicyDocument.Statement', (size) => Array(size).fill({})),
  ],
  queuePolicy: [8_192, property('AWS::SQS::QueuePolicy', 'PolicyDocument', policy)],
  topicPolicy: [30_720, property('AWS::SNS::TopicPolicy', 'PolicyDocument', policy)],
  keyPolicy: [32_768, property('AWS::KMS::Key', 'KeyPolicy', policy)],
  policyCharacters: [
    0xff,
    (code) => one('AWS::IAM::Policy', { PolicyDocument: { Statement: [{ Sid: String.fromCharCode(code) }] } }),
  ],

  users: [5_000, (size) => many(size, () => ({ Type: 'AWS::IAM::User', Properties: {} }))],
  rulesOnTheBus: [300, (size) => many(size, () => ({ Type: 'AWS::Events::Rule', Properties: {} }))],
  targetsOfRule: [5, property('AWS::Events::Rule', 'Targets', (size) => Array(size).fill({}))],
  stacks: [2_000, (size) => new Deployment([...Array(size).keys()].map((index) => stackOf(`Stack${index}`, '{}')))],
  filterPolicies: [
    200,
    (size) =>
      many(size, () => ({
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: 'topic', FilterPolicy: { username: ['alice'] } },
      })),
  ],
  environment: [
    4_096,
    (size) =>
      one('AWS::Lambda::Function', { Environment: { Variables: { USERS: letters(size - bytes({ USERS: '' })) } } }),
  ],
};

test.each(Object.keys(RULES_AND_WARNINGS))('%s: the limit is accepted, and one more is reported', (rule) => {
  const [limit, sampleOf] = BOUNDARIES[rule];
  const problems = (size: number) => RULES_AND_WARNINGS[rule](deployment(sampleOf(size)));
  expect(problems(limit)).toEqual([]);
  expect(problems(limit + 1)).not.toEqual([]);
});

test.each<[rule: string, sample: TemplateBody]>([
  ['logicalIds', { Outputs: { 'with-hyphen': { Value: '' } } }],
  [
    'exportNames',
    { Outputs: { One: { Value: '', Export: { Name: 'same' } }, Two: { Value: '', Export: { Name: 'same' } } } },
  ],
  ['userName', one('AWS::IAM::User', { UserName: 'a b' })],
  ['userPath', one('AWS::IAM::User', { Path: '/teams' })],
  ['roleName', one('AWS::IAM::Role', { RoleName: 'a/b' })],
  ['secretName', one('AWS::SecretsManager::Secret', { Name: 'a,b' })],
  ['secretName', one('AWS::SecretsManager::Secret', { Name: 'looks-AbCdEf' })],
  ['ruleName', one('AWS::Events::Rule', { Name: 'a@b' })],
  ['scheduleName', one('AWS::Scheduler::Schedule', { Name: 'a+b' })],
  ['schedulesGroup', one('AWS::Scheduler::Schedule', { GroupName: 'a/b' })],
  ['scheduleGroupName', one('AWS::Scheduler::ScheduleGroup', { Name: '' })],
  ['tags', one('AWS::SecretsManager::Secret', { Tags: [{ Key: 'owner?', Value: '' }] })],
])('%s: a name of another form is reported, example %#', (rule, sample) => {
  expect(RULES[rule](deployment(sample))).toHaveLength(1);
});

test('a resolved function of CloudFormation counts with its value, and with the longest one', () => {
  const sample = one('AWS::IAM::Role', { RoleName: { 'Fn::Join': ['', [letters(50), '-', { Ref: 'AWS::Region' }]] } });
  expect(RULES.roleName(deployment(sample))).toEqual([]);
  expect(RULES.roleName(deployment(sample).named(LONGEST))).toEqual([
    expect.stringMatching(/^Test\/R: RoleName is "x{50}-ap-northeast-1", AWS allows 64 characters/),
  ]);
});

test('a violation is reported with its place, its size and the limit', () => {
  expect(RULES.outputs(deployment({ Outputs: section(201, { Value: '' }) }))).toEqual([
    'Test: 201 outputs, AWS allows 200',
  ]);
});
