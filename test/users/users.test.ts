/** Kinds of users, and access to them. Their options are in user-options.test.ts. */
import { CfnParameter, Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AccessKeyRotation, RotatedUserProps, RotationSchedule, UserStacks } from '../../src';
import { Deployment } from '../template/deployment';
import { LONGEST } from '../template/naming';
import { list, rotation, rotationOf, Synthesized } from '../template/support';

const PATH_ARN = 'arn:aws:iam::111122223333:user/teams/blue/bob';

/** The ARNs of the users that the Lambda may manage. */
function managedArns(built: Synthesized): unknown[] {
  return list(
    built
      .the('AWS::IAM::ManagedPolicy')
      .Properties.PolicyDocument.Statement.find(({ Sid }: { Sid: string }) => Sid === 'ManageAccessKeys').Resource,
  );
}

function environment(built: Synthesized): Record<string, unknown> {
  return built.the('AWS::Lambda::Function').Properties.Environment.Variables;
}

describe('an adopted user', () => {
  const adopt = () => rotation((scope) => ({ users: [{ user: iam.User.fromUserArn(scope, 'Bob', PATH_ARN) }] }));

  test('is not created', () => {
    adopt().template.resourceCountIs('AWS::IAM::User', 0);
  });

  test('keeps its path in the policy of the Lambda', () => {
    expect(managedArns(adopt())).toEqual([PATH_ARN]);
  });

  test('keeps its path in the resource policy of its secret', () => {
    const { Statement } = adopt().userResource('bob', 'AWS::SecretsManager::ResourcePolicy').Properties.ResourcePolicy;
    expect(Statement[1].Condition.ArnEquals).toEqual({ 'aws:PrincipalArn': PATH_ARN });
  });

  test('has its name without the path everywhere else', () => {
    const built = adopt();
    expect(built.inputs('bob').create.username).toBe('bob');
    expect(built.users).toEqual([['bob', { adopted: true, retireExistingKeys: true }]]);
    expect(built.userResource('bob', 'AWS::IAM::Policy').Properties.Users).toEqual(['bob']);
    expect(built.userResource('bob', 'AWS::SecretsManager::Secret').Properties.Name).toBe('bob');
    expect(built.userResource('bob', 'Custom::AccessKeyRotationFirstKey').Properties).toMatchObject({
      Username: 'bob',
      Created: 'false',
    });
  });

  test('by name has the ARN without a path', () => {
    const built = rotation((scope) => ({ users: [{ user: iam.User.fromUserName(scope, 'Bob', 'bob') }] }));
    expect(JSON.stringify(managedArns(built))).toContain(':user/bob');
  });

  test('can be a user of the same stack, whose name is a token and needs an id', () => {
    const built = rotation((scope) => ({
      users: [{ user: new iam.User(scope, 'Bob'), id: 'bob', secretName: 'bob' }],
    }));
    const [bob] = Object.entries(built.resources).find(([, { Type }]) => Type === 'AWS::IAM::User')!;
    expect(managedArns(built)).toEqual([{ 'Fn::GetAtt': [bob, 'Arn'] }]);
    expect(built.userResource('bob', 'Custom::AccessKeyRotationFirstKey').Properties).toMatchObject({
      Username: { Ref: bob },
      Created: 'false',
    });
  });
});

describe('a user name that is a token', () => {
  const built = () =>
    rotation((scope) => ({ users: [{ userName: new CfnParameter(scope, 'Name').valueAsString, id: 'deployer' }] }));
  const joined = (before: string, after: string) => ({ 'Fn::Join': ['', [before, { Ref: 'Name' }, after]] });

  test('is resolved in user, secret, rules and the environment of the Lambda', () => {
    expect(built().userResource('deployer', 'AWS::IAM::User').Properties.UserName).toEqual({ Ref: 'Name' });
    expect(built().userResource('deployer', 'AWS::SecretsManager::Secret').Properties.Name).toEqual({ Ref: 'Name' });
    const rules = Object.values(built().ofUser('deployer')).filter(({ Type }) => Type === 'AWS::Events::Rule');
    expect(rules.map(({ Properties }) => Properties.Targets[0].Input)).toContainEqual(
      joined('{"action":"create","username":"', '","ifDue":true}'),
    );
    expect(environment(built()).USERS).toEqual(joined('[["', '",{"checkTimes":{"first":256,"interval":1440}}]]'));
  });

  test('is in no rule name, which would not allow it', () => {
    for (const { Properties } of built().ofType('AWS::Events::Rule')) {
      expect(Properties.Name).toMatch(/^[.\-_A-Za-z0-9]{1,64}$/);
    }
  });

  test('is found by its id', () => {
    expect(built().rotation.user('deployer').node.id).toBe('User-deployer');
  });
});

describe('addUser()', () => {
  test('has the same result as an entry of the list', () => {
    const added = rotation({});
    added.rotation.addUser({ userName: 'alice' });
    expect(added.template.toJSON()).toEqual(rotationOf('alice').template.toJSON());
  });

  test("uses the rotation's defaults", () => {
    const built = rotation({ schedule: RotationSchedule.activeUnder(Duration.days(90)) });
    built.rotation.addUser({ userName: 'alice' });
    expect(built.settings('alice').ages).toEqual({ create: 73, deactivate: 87, delete: 101 });
  });

  test('returns the user', () => {
    const { rotation: construct } = rotation({});
    expect(construct.addUser({ userName: 'alice' })).toBe(construct.user('alice'));
  });
});

describe('user(name)', () => {
  test('returns user, secret and schedule', () => {
    const { rotation: construct, stack } = rotationOf('alice');
    const { user, secret, userName, schedule } = construct.user('alice');
    expect(stack.resolve(user.userName)).toEqual({ Ref: expect.stringContaining('Useralice') });
    expect(stack.resolve(secret.secretArn)).toEqual({ Ref: expect.stringContaining('Secret') });
    expect([userName, String(schedule)]).toEqual(['alice', '90/104/118']);
  });

  test('allows to grant read access to a role', () => {
    const built = rotationOf('alice');
    const role = new iam.Role(built.stack, 'Pipeline', { assumedBy: new iam.AccountRootPrincipal() });
    built.rotation.user('alice').secret.grantRead(role);
    built.template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'] }],
      },
      Roles: [{ Ref: built.stack.getLogicalId(role.node.defaultChild as iam.CfnRole) }],
    });
  });

  test('without such a user lists the users', () => {
    expect(() => rotationOf('alice', 'bob').rotation.user('carol')).toThrow(
      'no user has the name or id "carol". The users of this rotation are: alice, bob.',
    );
  });

  test("prefers a user name to another user's id", () => {
    const { rotation: construct } = rotationOf({ userName: 'alice', id: 'bob' }, { userName: 'bob', id: 'second' });
    expect(construct.user('bob').userName).toBe('bob');
  });

  test('users lists all, in the order in which they were added', () => {
    expect(rotationOf('zoe', 'alice').rotation.users.map(({ userName }) => userName)).toEqual(['zoe', 'alice']);
  });
});

describe('any number of users', () => {
  const many = [...Array(25).keys()].map((index) => ({ userName: `user.${index}` }));
  let rotationOfMany: Synthesized;
  beforeAll(() => {
    rotationOfMany = rotation({ users: many });
  });
  const withKey = (users: RotatedUserProps[]) =>
    rotation((scope) => ({ encryptionKey: new kms.Key(scope, 'Key'), users }));

  test.each<[string, () => Synthesized]>([
    ['created', () => rotationOf('alice')],
    ['adopted', () => rotation((scope) => ({ users: [{ user: iam.User.fromUserName(scope, 'U', 'alice') }] }))],
  ])('a user that is %s has seven resources', (_title, build) => {
    expect(Object.keys(build().ofUser('alice'))).toHaveLength(7);
  });

  test('have seven resources each, a policy for every 20 users, and the shared resources', () => {
    const count = (built: Synthesized) => Object.keys(built.resources).length;
    expect(count(rotationOfMany) - count(rotationOf('alice'))).toBe(
      7 * (many.length - 1) + Math.ceil(many.length / 20) - 1,
    );
  });

  test('the Lambda has one permission for all rules of the rotation and for no others', () => {
    const { Properties } = rotationOfMany.the('AWS::Lambda::Permission');
    const prefix = /:rule\/(akr-[0-9a-f]{8}-[0-9a-f]{8}-)\*/.exec(JSON.stringify(Properties.SourceArn))![1];
    expect(Properties).toMatchObject({ Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' });
    for (const rule of rotationOfMany.ofType('AWS::Events::Rule')) {
      expect(rule.Properties.Name.startsWith(prefix)).toBe(true);
    }
  });

  test('two rotations of a stack do not share their rules', () => {
    const built = rotationOf('alice');
    new AccessKeyRotation(built.stack, 'Second', { users: [{ userName: 'bob' }] });
    const sources = built
      .ofType('AWS::Lambda::Permission')
      .map(({ Properties }) => JSON.stringify(Properties.SourceArn));
    expect(new Set(sources).size).toBe(2);
  });

  test('the dead-letter queue has one statement for rules', () => {
    const { Statement } = rotationOfMany.the('AWS::SQS::QueuePolicy').Properties.PolicyDocument;
    expect(Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow')).toHaveLength(1);
  });

  test('the policy of the KMS key does not grow', () => {
    const statements = (users: RotatedUserProps[]) =>
      withKey(users).the('AWS::KMS::Key').Properties.KeyPolicy.Statement;
    expect(statements(many)).toEqual(statements([{ userName: 'alice' }]));
  });

  test("the Lambda's role has a policy for every 20 users, with one statement each for keys, secrets and KMS", () => {
    const policies = withKey(many).ofType('AWS::IAM::ManagedPolicy');
    expect(policies).toHaveLength(Math.ceil(many.length / 20));
    for (const { Properties } of policies) expect(Properties.PolicyDocument.Statement).toHaveLength(3);
  });

  test('each of these policies fits into the 6,144 characters of a managed policy with the longest names', () => {
    const longest = [...Array(20).keys()].map((index) => ({ userName: `${index}`.padStart(64, 'u') }));
    const built = rotation({ users: longest });
    const deployment = Deployment.of(built, LONGEST);
    const [{ PolicyDocument }] = deployment
      .ofType('AWS::IAM::ManagedPolicy')
      .map((policy) => deployment.properties(policy));
    expect(JSON.stringify(PolicyDocument).length).toBeLessThan(6_144);
  });

  test('a policy that does not fit is rejected at synth, with a fix', () => {
    const long = [...Array(20).keys()].map((index) => ({
      userName: `u${index}`,
      path: `/${'p'.repeat(200)}/`,
      secretName: `${'s'.repeat(100)}/${index}`,
    }));
    expect(() => rotation({ users: long }).template).toThrow(
      /The policy for u0 and 19 more users would have about \d+ characters, but IAM allows up to 6144.*shorter paths/,
    );
  });

  test('the old and the new policies are not more than the ten that a role can have', () => {
    const adopted = (count: number) =>
      rotation((scope) => ({
        userStacks: UserStacks.nested(5),
        users: [...Array(count).keys()].map((index) => ({
          user: iam.User.fromUserName(scope, `U${index}`, `u${index}`),
        })),
      }));
    expect(adopted(100).ofType('AWS::IAM::ManagedPolicy')).toHaveLength(5);
    expect(() => adopted(101).template).toThrow(
      /101 users are adopted, have an existing secret .* can list up to 100.*another rotation/,
    );
  });
});
