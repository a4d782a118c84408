/** Bad input that synth rejects: the input, and the words that the error must contain. */
import { App, Aws, CfnParameter, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { rotation } from './support';
import {
  AccessKeyRotation,
  AccessKeyRotationProps,
  UnmanagedKeys,
  Deactivation,
  RotatedUserProps,
  RotationSchedule,
  RotationTrigger,
} from '../../src';

type Input = (scope: Construct) => AccessKeyRotationProps;

const users =
  (...entries: RotatedUserProps[]): Input =>
  () => ({ users: entries });
const adopted =
  (arnOrName: string, more: Partial<RotatedUserProps> = {}): Input =>
  (scope) => ({
    users: [
      {
        user: arnOrName.startsWith('arn:')
          ? iam.User.fromUserArn(scope, 'U', arnOrName)
          : iam.User.fromUserName(scope, 'U', arnOrName),
        ...more,
      },
    ],
  });
const token = (scope: Construct) => new CfnParameter(scope, 'Name').valueAsString;
const SIXTY_FIVE = 'x'.repeat(65);

describe.each<[string, Input, string[]]>([
  // The list
  ['empty users', users(), ['Test/Rotation', '"users" is empty', 'addUser()']],
  [
    'the same user twice',
    users({ userName: 'alice' }, { userName: 'bob' }, { userName: 'alice' }),
    ['users[2] ("alice")', 'in the rotation already'],
  ],
  [
    'the same user twice, by case',
    users({ userName: 'Alice' }, { userName: 'aLICE' }),
    ['users[1] ("aLICE")', 'in the rotation already', 'case'],
  ],
  [
    'the same user created and adopted',
    (scope) => ({ users: [{ userName: 'alice' }, { user: iam.User.fromUserName(scope, 'U', 'ALICE') }] }),
    ['users[1] ("ALICE")', 'in the rotation already'],
  ],
  [
    'both of userName and user',
    adopted('alice', { userName: 'alice' }),
    ['users[0] ("alice")', 'both "userName"', '"user"', 'Pass one of them'],
  ],
  [
    'neither of userName and user',
    users({ userName: 'alice' }, {}),
    ['users[1]: it has neither "userName"', '"user"', 'Pass one of them'],
  ],
  [
    'the same secret name twice',
    users({ userName: 'alice' }, { userName: 'bob', secretName: 'alice' }),
    ['users[1] ("bob")', 'secret name "alice" is used by another user', 'Pass another "secretName"'],
  ],
  [
    'the same id twice',
    users({ userName: 'alice', id: 'x' }, { userName: 'bob', id: 'x' }),
    ['users[1] ("bob")', 'id "x" is used by another user', 'Pass another "id"'],
  ],

  // User names
  [
    'a comma, which no secret name allows',
    users({ userName: 'smith,john' }),
    ['users[0] ("smith,john")', 'no comma', 'Pass a valid "secretName"'],
  ],
  ['a comma, adopted', adopted('smith,john'), ['users[0] ("smith,john")', 'no comma', 'Pass a valid "secretName"']],
  [
    'a slash in the id',
    users({ userName: 'alice', id: 'a/b' }),
    ['users[0] ("alice")', '"id" is "a/b"', 'without a slash'],
  ],
  ['a slash', users({ userName: 'teams/alice' }), ['users[0] ("teams/alice")', 'contains a slash', '"path"']],
  [
    'an ARN as the name',
    users({ userName: 'arn:aws:iam::111122223333:user/alice' }),
    ['contains a slash', 'To adopt a user, pass iam.User.fromUserArn(…) as "user"'],
  ],
  [
    '65 characters',
    users({ userName: SIXTY_FIVE }),
    [`users[0] ("${SIXTY_FIVE}")`, 'has 65 characters', 'IAM allows up to 64'],
  ],
  [
    'the end of an ARN',
    users({ userName: 'deploy-abc123' }),
    ['users[0] ("deploy-abc123")', 'hyphen and six characters', 'Pass a valid "secretName"'],
  ],
  [
    'the end of an ARN, adopted',
    adopted('arn:aws:iam::111122223333:user/deploy-abc123'),
    ['users[0] ("deploy-abc123")', 'hyphen and six characters'],
  ],
  ['a blank', users({ userName: 'alice smith' }), ['users[0] ("alice smith")', 'letters, digits and any of _+=,.@-']],
  ['no character', users({ userName: '' }), ['users[0] ("")', '1 to 64 characters']],
  [
    'a letter that IAM does not allow',
    users({ userName: 'jürgen' }),
    ['users[0] ("jürgen")', 'letters, digits and any of _+=,.@-'],
  ],
  ['a token without an id', (scope) => ({ users: [{ userName: token(scope) }] }), ['users[0]', 'is a token', '"id"']],
  [
    'a token as the id',
    (scope) => ({ users: [{ userName: 'alice', id: token(scope) }] }),
    ['users[0] ("alice")', 'must be a literal'],
  ],

  // Secret names
  [
    'a secret name with a comma',
    users({ userName: 'alice', secretName: 'a,b' }),
    ['users[0] ("alice")', '"a,b"', 'no comma'],
  ],
  [
    'a secret name like the end of an ARN',
    users({ userName: 'alice', secretName: 'keys/alice-A1b2C3' }),
    ['"keys/alice-A1b2C3"', 'hyphen and six characters'],
  ],
  ['an empty secret name', users({ userName: 'alice', secretName: '' }), ['users[0] ("alice")', '1 to 512 characters']],

  // Policies for keys
  [
    'existingKeys for a created user',
    users({ userName: 'alice', existingKeys: UnmanagedKeys.RETIRE }),
    ['users[0] ("alice")', '"existingKeys" is only for an adopted user', 'Remove it'],
  ],
  [
    'a maximum delay that does not fit',
    users({ userName: 'alice', deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(62) }) }),
    ['users[0] ("alice")', '28 + 62 days', '"create" (90 days)', 'shorten the delay or the periods'],
  ],
  [
    'a maximum delay that does not fit a long check interval',
    () => ({
      trigger: RotationTrigger.eventBridgeRules({ checkInterval: Duration.days(10) }),
      users: [{ userName: 'alice', deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(45) }) }],
    }),
    ['checks every 10 days', 'Set "checkInterval" to Duration.days(8)'],
  ],

  // Ages
  [
    'ages not in order',
    () => ({ schedule: RotationSchedule.of({ create: Duration.days(90), deactivate: Duration.days(60) }) }),
    ['90/60/74', '"deactivate"', 'after "create"'],
  ],
  [
    'an age under a day',
    () => ({ schedule: RotationSchedule.of({ create: Duration.hours(1) }) }),
    ['"create" is 0.04', 'at least 1', 'use whole days'],
  ],
  [
    'a period of zero days',
    () => ({ schedule: RotationSchedule.of({ delete: Duration.days(104) }) }),
    ['90/104/104', '"delete"', 'after "deactivate"'],
  ],
  [
    'a fraction',
    () => ({ schedule: RotationSchedule.of({ deactivate: Duration.hours(2_500) }) }),
    ['"deactivate"', 'whole number of days', '104.16'],
  ],
  [
    'a token as an age',
    () => ({ schedule: RotationSchedule.of({ delete: Duration.days(Lazy.number({ produce: () => 118 })) }) }),
    ['"delete" is a token', 'literal number of days'],
  ],
  [
    'periods that exceed the rotation period',
    () => ({ schedule: RotationSchedule.of({ create: Duration.days(20) }) }),
    ['20/34/48', 'does not fit', 'shorten the periods'],
  ],

  // Checks
  [
    'a check interval longer than a period',
    () => ({
      users: [{ userName: 'alice' }],
      trigger: RotationTrigger.eventBridgeRules({ checkInterval: Duration.days(15) }),
    }),
    ['users[0] ("alice")', '15 days', '14 and 14 days', 'Set "checkInterval" to Duration.days(14)'],
  ],
  [
    'a check interval that does not divide the day',
    () => ({ trigger: RotationTrigger.eventBridgeRules({ checkInterval: Duration.hours(7) }) }),
    ['7 hours', 'divide the day evenly'],
  ],

  // Other options
  [
    'SNAPSHOT',
    users({ userName: 'alice', removalPolicy: RemovalPolicy.SNAPSHOT }),
    ['users[0] ("alice")', 'SNAPSHOT', 'DESTROY or RETAIN'],
  ],
  [
    'an empty field name',
    users({ userName: 'alice', accessKeyField: '' }),
    ['users[0] ("alice")', '"accessKeyField"', 'is empty', 'Pass a name'],
  ],
  [
    'the same name for both fields',
    users({ userName: 'alice', accessKeyField: 'Key', secretKeyField: 'Key' }),
    ['users[0] ("alice")', 'both "Key"', 'Pass two different names'],
  ],
  [
    'the default name of the other field',
    users({ userName: 'alice', accessKeyField: 'SecretKey' }),
    ['users[0] ("alice")', 'both "SecretKey"'],
  ],
  [
    'a country in place of a Region for SMTP',
    users({ userName: 'alice', sesSmtpRegions: ['Ireland'] }),
    ['users[0] ("alice")', '"sesSmtpRegions" has "Ireland"', 'such as "eu-west-1"', 'Change or remove it'],
  ],
  [
    'an empty Region for SMTP',
    users({ userName: 'alice', sesSmtpRegions: [''] }),
    ['users[0] ("alice")', '"sesSmtpRegions" has ""', 'Change or remove it'],
  ],
  [
    'a Region for SMTP twice',
    users({ userName: 'alice', sesSmtpRegions: ['eu-west-1', 'us-east-1', 'eu-west-1'] }),
    ['users[0] ("alice")', '"sesSmtpRegions" has "eu-west-1" more than once', 'Remove it'],
  ],
  [
    'the Region of a stack without one, for SMTP',
    users({ userName: 'alice', sesSmtpRegions: [Aws.REGION] }),
    ['users[0] ("alice")', '"sesSmtpRegions" has a Region that is unknown at synth', 'Pass its code'],
  ],
  [
    'the name of an SMTP field for the key',
    users({ userName: 'alice', sesSmtpRegions: ['eu-west-1'], secretKeyField: 'SmtpPassword_eu_west_1' }),
    ['users[0] ("alice")', '"secretKeyField" is "SmtpPassword_eu_west_1"', 'Pass another name'],
  ],
  [
    'a path for an adopted user',
    adopted('alice', { path: '/teams/' }),
    ['users[0] ("alice")', '"path" is only for a user that the rotation creates', 'adopted', 'Remove it'],
  ],
  [
    'groups for an adopted user',
    adopted('alice', { groups: [] }),
    ['users[0] ("alice")', '"groups" is only for a user that the rotation creates'],
  ],
])('%s', (_title, input, words) => {
  test.each(words)('is rejected, and the error contains: %s', (part) => {
    expect(() => rotation(input)).toThrow(part);
  });
});

test('an error of addUser() names addUser()', () => {
  const { rotation: construct } = rotation({ users: [{ userName: 'alice' }] });
  expect(() => construct.addUser({ userName: 'alice' })).toThrow('Test/Rotation, addUser() ("alice")');
});

test('a rejected user adds no resources', () => {
  const built = rotation({ users: [{ userName: 'alice' }] });
  expect(() => built.rotation.addUser({ userName: 'bob', secretName: 'alice' })).toThrow();
  expect(built.rotation.users.map(({ userName }) => userName)).toEqual(['alice']);
  expect(built.json).not.toContain('bob');
});

test('a rotation without users is rejected at synth', () => {
  const { stack } = rotation({});
  expect(() => Template.fromStack(stack)).toThrow('The rotation has no users. Pass "users", or call addUser()');
});

test("more users with a token as name than fit into the function's environment are rejected, with a fix", () => {
  const many = (scope: Construct) =>
    [...Array(60).keys()].map((index) => ({
      userName: new CfnParameter(scope, `Name${index}`).valueAsString,
      id: `user-${index}`,
    }));
  expect(() => rotation((scope) => ({ users: many(scope) })).template).toThrow(
    /Test\/Rotation: 60 users with a name .* need up to \d+ characters.* the limit is \d+.*Use literal names/s,
  );
});

test('more users than fit into a stack are rejected, with a fix', () => {
  const many = [...Array(80).keys()].map((index) => ({ userName: `user-${index}` }));
  expect(() => rotation({ users: many }).template).toThrow(
    /The stack Test has 5\d\d resources, among them those of 80 users, and CloudFormation allows 500. Pass "userStacks", such as UserStacks.nested\(2\)/,
  );
});

describe.each<[string, RotatedUserProps]>([
  ['a comma', { userName: 'smith,john', secretName: 'smith.john' }],
  ['the end of an ARN', { userName: 'deploy-abc123', secretName: 'keys/deploy' }],
])('the fix for %s', (_title, entry) => {
  test('works', () => {
    expect(
      rotation({ users: [entry] }).userResource(entry.userName!, 'AWS::SecretsManager::Secret').Properties.Name,
    ).toBe(entry.secretName);
  });
});

test('a user of another account is rejected with both account IDs', () => {
  const stack = new Stack(new App(), 'Test', { env: { account: '444455556666', region: 'eu-west-1' } });
  const user = iam.User.fromUserArn(stack, 'U', 'arn:aws:iam::111122223333:user/alice');

  expect(() => new AccessKeyRotation(stack, 'Rotation', { users: [{ user }] })).toThrow(
    /"alice".*account 111122223333.*444455556666/,
  );
});

test.each([[0.5], [0], [1.5]])('a maximum delay of %d days is rejected', (days) => {
  expect(() => Deactivation.whenUnused({ maxDelay: Duration.hours(days * 24) })).toThrow(
    /Deactivation.whenUnused: "maxDelay" is .*whole number of days/,
  );
});

test('a maximum delay that is a token is rejected', () => {
  expect(() => Deactivation.whenUnused({ maxDelay: Duration.days(Lazy.number({ produce: () => 5 })) })).toThrow(
    '"maxDelay" is a token',
  );
});
