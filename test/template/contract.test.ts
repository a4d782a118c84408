/** The contract of the seed document, row by row (design notes, section 2). */
import { Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { list, rotation, rotationOf, Synthesized, statement } from './support';
import { ACTIONS } from '../../src/contract/events';
import { parseRequest } from '../../src/rotator/handlers/request';

const ADOPTED_ARN = 'arn:aws:iam::111122223333:user/partners/partner-x';

let built: Synthesized; // the rotation under test
beforeAll(() => {
  built = rotation((scope) => ({
    users: [{ userName: 'alice' }, { user: iam.User.fromUserArn(scope, 'Partner', ADOPTED_ARN) }],
  }));
});

describe('row 1: an IAM user with an access key', () => {
  test('is created', () => {
    built.template.hasResourceProperties('AWS::IAM::User', { UserName: 'alice' });
  });

  test('or is an existing one that is adopted', () => {
    built.template.resourceCountIs('AWS::IAM::User', 1);
    expect(built.rotation.user('partner-x').user.userArn).toBe(ADOPTED_ARN);
  });

  test('the first key exists when the deploy ends: CloudFormation waits for the Lambda to issue it', () => {
    const [userId, secretId] = ['AWS::IAM::User', 'AWS::SecretsManager::Secret'].map((type) => idOf('alice', type));
    built.template.hasResourceProperties('Custom::AccessKeyRotationFirstKey', {
      ServiceToken: { Ref: onlyId('AWS::Lambda::Alias') },
      Username: { Ref: userId },
      Secret: { Ref: secretId },
      Created: 'true',
    });
    built.template.hasResourceProperties('Custom::AccessKeyRotationFirstKey', {
      Username: 'partner-x',
      Created: 'false',
    });
  });

  test('the first key is issued after the Lambda has its permissions and the secret has its policy', () => {
    const { DependsOn } = built.userResource('alice', 'Custom::AccessKeyRotationFirstKey');
    const permissions = Object.keys(built.resources).find((id) => id.includes('RotatorPermissions'));
    expect(DependsOn).toEqual(
      expect.arrayContaining([permissions, idOf('alice', 'AWS::SecretsManager::ResourcePolicy')]),
    );
  });

  test('no access key is in the template, which would contain its secret access key', () => {
    built.template.resourceCountIs('AWS::IAM::AccessKey', 0);
  });
});

describe('row 2: an IAM role for the Lambda', () => {
  test('trusts Lambda only', () => {
    built.template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }],
      },
    });
  });

  test('is the only role, and the Lambda has it', () => {
    built.template.resourceCountIs('AWS::IAM::Role', 1);
    built.template.hasResourceProperties('AWS::Lambda::Function', { Role: { 'Fn::GetAtt': [roleId(), 'Arn'] } });
  });
});

describe('row 3: one secret per user', () => {
  test('has the name of the user', () => {
    built.template.resourceCountIs('AWS::SecretsManager::Secret', 2);
    expect(built.userResource('alice', 'AWS::SecretsManager::Secret').Properties.Name).toBe('alice');
    expect(built.userResource('partner-x', 'AWS::SecretsManager::Secret').Properties.Name).toBe('partner-x');
  });

  test('has the fields AccessKey and SecretKey, so the list of the Lambda contains no other names', () => {
    expect(built.users).toEqual([
      ['alice', {}],
      ['partner-x', { adopted: true, retireExistingKeys: true }],
    ]);
  });

  test("is not rotated by Secrets Manager's own rotation", () => {
    built.template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
  });

  test('has no value from CloudFormation, neither given nor generated', () => {
    built.template.allResourcesProperties('AWS::SecretsManager::Secret', {
      SecretString: Match.absent(),
      GenerateSecretString: Match.absent(),
    });
  });
});

describe('row 4: one shared Lambda', () => {
  test('serves all users', () => {
    built.template.resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('accepts each event that a rule sends', () => {
    const users = new Map(built.users);
    for (const name of ['alice', 'partner-x']) {
      for (const [action, event] of Object.entries(built.inputs(name))) {
        expect(parseRequest(event, users)).toMatchObject({ action, username: name, ifDue: true });
      }
    }
  });
});

describe.each(ACTIONS.map((action, index) => [5 + index, action] as const))(
  'row %i: an EventBridge rule to %s',
  (_row, action) => {
    const rule = () =>
      Object.values(built.ofUser('alice')).find(
        ({ Type, Properties }) =>
          Type === 'AWS::Events::Rule' && Properties.Targets[0].Input.includes(`"action":"${action}"`),
      )!.Properties;

    test('is on the default bus, enabled, with a schedule and no event pattern', () => {
      expect(rule()).toMatchObject({
        State: 'ENABLED',
        ScheduleExpression: expect.stringMatching(/^cron\(\d+ \d+ \* \* \? \*\)$/),
      });
      expect(rule()).not.toHaveProperty('EventBusName');
      expect(rule()).not.toHaveProperty('EventPattern');
    });

    test("sends the seed's constant input to the Lambda, with the field of a check", () => {
      expect(rule().Targets).toHaveLength(1);
      expect(rule().Targets[0].Arn).toEqual({ 'Fn::GetAtt': [handlerId(), 'Arn'] });
      expect(JSON.parse(rule().Targets[0].Input)).toEqual({ action, username: 'alice', ifDue: true });
    });

    test('sends undelivered events to the dead-letter queue', () => {
      expect(rule().Targets[0].DeadLetterConfig).toEqual({ Arn: { 'Fn::GetAtt': [queueId(), 'Arn'] } });
    });

    test('is the only one for that action and user', () => {
      built.template.resourceCountIs('AWS::Events::Rule', 6);
      expect(Object.keys(built.inputs('alice')).sort()).toEqual([...ACTIONS].sort());
    });
  },
);

describe('row 8: the policy of the Lambda', () => {
  test("allows to manage access keys on the users' ARNs, not on the secrets and not on *", () => {
    expect(statement(permissions(), 'ManageAccessKeys')).toMatchObject({
      Action: expect.arrayContaining([
        'iam:CreateAccessKey',
        'iam:UpdateAccessKey',
        'iam:DeleteAccessKey',
        'iam:ListAccessKeys',
      ]),
      Resource: [{ 'Fn::GetAtt': [idOf('alice', 'AWS::IAM::User'), 'Arn'] }, ADOPTED_ARN],
    });
  });

  test('allows getting and putting values on the secrets of the users', () => {
    expect(statement(permissions(), 'StoreKeysInSecrets')).toMatchObject({
      Action: expect.arrayContaining(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue']),
      Resource: [
        { Ref: idOf('alice', 'AWS::SecretsManager::Secret') },
        { Ref: idOf('partner-x', 'AWS::SecretsManager::Secret') },
      ],
    });
  });

  test('allows publishing to the topic', () => {
    const [{ PolicyDocument }] = built.the('AWS::IAM::Role').Properties.Policies;
    expect(PolicyDocument.Statement).toContainEqual({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Resource: { Ref: topicId() },
    });
  });

  test('names no principal and no resource *', () => {
    const statements = [
      ...permissions().Statement,
      ...built.the('AWS::IAM::Role').Properties.Policies[0].PolicyDocument.Statement,
    ];
    for (const { Principal, Resource } of statements) {
      expect(Principal).toBeUndefined();
      expect(list(Resource)).not.toContain('*');
    }
  });
});

describe('rows 9 and 10: the policy of the user', () => {
  test('allows a created user to read its own secret', () => {
    expect(built.userResource('alice', 'AWS::IAM::User').Properties.Policies).toEqual([
      { PolicyName: 'ReadOwnSecret', PolicyDocument: readOnly({ Ref: idOf('alice', 'AWS::SecretsManager::Secret') }) },
    ]);
  });

  test('allows an adopted user to read its own secret', () => {
    expect(built.userResource('partner-x', 'AWS::IAM::Policy').Properties).toEqual({
      PolicyName: 'ReadOwnSecret',
      PolicyDocument: readOnly({ Ref: idOf('partner-x', 'AWS::SecretsManager::Secret') }),
      Users: ['partner-x'],
    });
  });

  test('does not conflict with other grants', () => {
    const own = rotationOf('alice');
    own.rotation
      .user('alice')
      .user.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:ListAllMyBuckets'], resources: ['*'] }));
    own.template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [{ Action: 's3:ListAllMyBuckets', Effect: 'Allow', Resource: '*' }] },
      Users: [{ Ref: Object.keys(own.ofUser('alice'))[0] }],
    });
    expect(own.userResource('alice', 'AWS::IAM::User').Properties.Policies).toHaveLength(1);
  });
});

describe('rows 11 and 12: the role of the Lambda', () => {
  test('has the policy that allows the rotation', () => {
    expect(built.the('AWS::IAM::ManagedPolicy').Properties.Roles).toEqual([{ Ref: roleId() }]);
  });

  test('may write its own log and no other, which is less than AWSLambdaBasicExecutionRole allows', () => {
    const {
      ManagedPolicyArns,
      Policies: [{ PolicyDocument }],
    } = built.the('AWS::IAM::Role').Properties;
    const logGroup = Object.keys(built.below(built.rotation.logGroup))[0];
    expect(ManagedPolicyArns).toBeUndefined();
    expect(PolicyDocument.Statement).toContainEqual({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] },
    });
    built.template.hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: { Ref: logGroup } } });
  });
});

describe('row 13: the resource policy of each secret', () => {
  const resourcePolicy = (name: string) =>
    built.userResource(name, 'AWS::SecretsManager::ResourcePolicy').Properties.ResourcePolicy;

  const allowed = (name: string, action: string | string[], arn: unknown, conditions = {}) => ({
    Sid: expect.any(String),
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: action,
    Resource: { Ref: idOf(name, 'AWS::SecretsManager::Secret') },
    Condition: { ArnEquals: { 'aws:PrincipalArn': arn }, ...conditions },
  });

  test("allows the Lambda's role to get and put", () => {
    expect(statement(resourcePolicy('alice'), 'AllowRotationReadWrite')).toEqual(
      allowed('alice', ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], {
        'Fn::GetAtt': [roleId(), 'Arn'],
      }),
    );
  });

  test.each<[string, () => unknown]>([
    ['alice', () => ({ 'Fn::GetAtt': [idOf('alice', 'AWS::IAM::User'), 'Arn'] })],
    ['partner-x', () => ADOPTED_ARN],
  ])('allows the user to get: %s', (name, arn) => {
    expect(statement(resourcePolicy(name), 'AllowUserRead')).toEqual(
      allowed(name, 'secretsmanager:GetSecretValue', arn(), CURRENT_BY_KEY),
    );
  });

  test('allows no other principal', () => {
    const allows = resourcePolicy('alice').Statement.filter(({ Effect }: any) => Effect === 'Allow');
    expect(allows.map(({ Sid }: any) => Sid)).toEqual(['AllowRotationReadWrite', 'AllowUserRead']);
  });
});

describe('row 14: SNS', () => {
  test('has one topic, and the Lambda has its ARN', () => {
    built.template.resourceCountIs('AWS::SNS::Topic', 1);
    expect(environment().TOPIC_ARN).toEqual({ Ref: topicId() });
  });

  test('people can be subscribed to it', () => {
    expect(built.stack.resolve(built.rotation.topic.topicArn)).toEqual({ Ref: topicId() });
  });
});

describe('row 15: the record of previous keys', () => {
  test('is in the versions of the secret and their staging labels, which the Lambda may read and move', () => {
    expect(statement(permissions(), 'StoreKeysInSecrets').Action).toEqual(
      expect.arrayContaining(['secretsmanager:DescribeSecret', 'secretsmanager:UpdateSecretVersionStage']),
    );
  });

  test('is in no other store', () => {
    const types = new Set(Object.values(built.resources).map(({ Type }) => Type.split('::').slice(0, 2).join('::')));
    expect([...types].sort()).toEqual([
      'AWS::CloudWatch',
      'AWS::Events',
      'AWS::IAM',
      'AWS::Lambda',
      'AWS::Logs',
      'AWS::SNS',
      'AWS::SQS',
      'AWS::SecretsManager',
      'Custom::AccessKeyRotationFirstKey',
    ]);
  });
});

describe('row 16: 14 days to switch, then 14 more before deletion', () => {
  test('is in the settings of the user: 90, 104, 118', () => {
    expect(built.settings('alice').ages).toEqual({ create: 90, deactivate: 104, delete: 118 });
  });
});

function idOf(user: string, type: string): string {
  return Object.entries(built.ofUser(user)).find(([, resource]) => resource.Type === type)![0];
}

const onlyId = (type: string) => Object.entries(built.resources).find(([, resource]) => resource.Type === type)![0];
const handlerId = () => onlyId('AWS::Lambda::Function');
const roleId = () => onlyId('AWS::IAM::Role');
const queueId = () => onlyId('AWS::SQS::Queue');
const topicId = () => onlyId('AWS::SNS::Topic');
const environment = () => built.the('AWS::Lambda::Function').Properties.Environment.Variables;
const permissions = () => built.the('AWS::IAM::ManagedPolicy').Properties.PolicyDocument;

/** The current version, with an access key and not with a session. */
const CURRENT_BY_KEY = {
  Null: { 'aws:TokenIssueTime': 'true' },
  'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': 'AWSCURRENT' },
};

function readOnly(secret: object) {
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret, Condition: CURRENT_BY_KEY },
    ],
  };
}
