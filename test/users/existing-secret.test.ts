/** A secret that the rotation does not create: what the template has, and what synth refuses. */
import { App, CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AccessKeyRotation, AccessKeyRotationProps, RotatedUserProps, UserStacks } from '../../src';
import { rotation, Synthesized } from '../template/support';

const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/bob-AbCdEf';
const FIRST_KEY = 'Custom::AccessKeyRotationFirstKey';

const byName = (scope: Construct, name = 'prod/bob') => secretsmanager.Secret.fromSecretNameV2(scope, `S${name}`, name);
const bob = (scope: Construct) => iam.User.fromUserName(scope, 'Bob', 'bob');
const adopt = (more: (scope: Construct) => Partial<RotatedUserProps>, defaults: Partial<AccessKeyRotationProps> = {}) =>
  rotation((scope) => ({ ...defaults, users: [{ user: bob(scope), secret: byName(scope), ...more(scope) }] }));

const statementsOf = (built: Synthesized, sid: string) =>
  built
    .the('AWS::IAM::ManagedPolicy')
    .Properties.PolicyDocument.Statement.find(({ Sid }: { Sid: string }) => Sid === sid);

describe('an adopted user with an existing secret', () => {
  const built = () => adopt(() => ({}));

  test('gets no secret and no resource policy', () => {
    built().template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    built().template.resourceCountIs('AWS::SecretsManager::ResourcePolicy', 0);
  });

  test('is in the list of the Lambda with the name of the secret', () => {
    expect(built().users).toEqual([
      ['bob', { secret: 'prod/bob', adopted: true, existingSecret: 'with-key', retireExistingKeys: true }],
    ]);
  });

  test('the Lambda and the user may use it by an ARN that matches its suffix', () => {
    const arn = JSON.stringify(statementsOf(built(), 'StoreKeysInSecrets').Resource);
    expect(arn).toContain(':secret:prod/bob-??????');
    const { PolicyDocument } = built().userResource('bob', 'AWS::IAM::Policy').Properties;
    expect(JSON.stringify(PolicyDocument.Statement[0].Resource)).toBe(arn);
  });

  test('by its full ARN, exactly that', () => {
    const full = adopt((scope) => ({ secret: secretsmanager.Secret.fromSecretCompleteArn(scope, 'S', ARN) }));
    expect(statementsOf(full, 'StoreKeysInSecrets').Resource).toBe(ARN);
    expect(full.userResource('bob', FIRST_KEY).Properties).toMatchObject({ Secret: ARN, ExistingSecret: 'true' });
    expect(full.users).toMatchObject([['bob', { secret: 'prod/bob' }]]);
  });

  test('its removal sends a Delete, which removes the records, and keeps the right to read', () => {
    expect(built().userResource('bob', FIRST_KEY).DeletionPolicy).not.toBe('RetainExceptOnCreate');
    expect(built().userResource('bob', 'AWS::IAM::Policy').DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  test('with the policies of an app that retains everything, the removal sends a Delete as well', () => {
    const retained = built();
    retained.stack.node.findAll().forEach((node) => {
      if (node instanceof iam.CfnPolicy) node.applyRemovalPolicy(RemovalPolicy.RETAIN);
    });
    expect(() => retained.template).not.toThrow();
  });

  test('options of the rotation for secrets that it creates do not apply', () => {
    const plain = built().template.toJSON();
    const withDefaults = adopt(() => ({}), {
      removalPolicy: RemovalPolicy.DESTROY,
      replicaRegions: [{ region: 'eu-west-1' }],
    });
    expect(withDefaults.template.toJSON()).toEqual(plain);
  });

  test('the KMS key of the secret is permitted to the Lambda and to the user, through Secrets Manager', () => {
    const encrypted = adopt((scope) => ({
      secret: secretsmanager.Secret.fromSecretAttributes(scope, 'S', {
        secretCompleteArn: ARN,
        encryptionKey: kms.Key.fromKeyArn(scope, 'K', 'arn:aws:kms:us-east-1:111122223333:key/abc'),
      }),
    }));
    for (const type of ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy']) {
      expect(JSON.stringify(encrypted.template.findResources(type))).toContain(
        'arn:aws:kms:us-east-1:111122223333:key/abc',
      );
    }
  });

  test('can be a secret of the same app: the first key waits for it', () => {
    const inApp = adopt((scope) => ({ secret: new secretsmanager.Secret(scope, 'Own', { secretName: 'own' }) }));
    expect(inApp.userResource('bob', FIRST_KEY).DependsOn).toContainEqual(expect.stringMatching(/^Own/));
    expect(inApp.users).toMatchObject([['bob', { secret: 'own' }]]);
  });

  test('in a rotation with user stacks, the policy of the Lambda lists the secret', () => {
    const nested = rotation((scope) => ({
      userStacks: UserStacks.nested(1),
      users: [
        { user: bob(scope), secret: byName(scope) },
        { userName: 'alice', secret: byName(scope, 'shared') },
      ],
    }));
    const arns = JSON.stringify(statementsOf(nested, 'StoreKeysInSecrets').Resource);
    expect(arns).toContain('prod/bob-??????');
    expect(arns).toContain('shared-??????');
    expect(JSON.stringify(statementsOf(nested, 'ManageAccessKeys').Resource)).not.toContain('alice');
  });

  test('rotation.user() has it', () => {
    const stack = new Stack(new App(), 'Test');
    const secret = byName(stack);
    const made = new AccessKeyRotation(stack, 'Rotation', { users: [{ user: bob(stack), secret }] });
    expect(made.user('bob').secret).toBe(secret);
  });
});

test('a created user with an existing secret is retained, with its key', () => {
  const built = rotation((scope) => ({ users: [{ userName: 'alice', secret: byName(scope), tags: { team: 'x' } }] }));
  expect(built.users).toEqual([['alice', { secret: 'prod/bob', existingSecret: 'without-key' }]]);
  for (const type of ['AWS::IAM::User', FIRST_KEY]) {
    expect(built.userResource('alice', type).DeletionPolicy).toBe('RetainExceptOnCreate');
  }
});

describe.each<[keyof RotatedUserProps, unknown, string]>([
  ['secretName', 'x', 'the secret has a name'],
  ['description', 'x', 'the secret keeps its description'],
  ['encryptionKey', { keyArn: 'x' }, 'the secret keeps its KMS key. Import it together with that key'],
  ['replicaRegions', [], 'the secret keeps its replicas'],
  ['removalPolicy', RemovalPolicy.DESTROY, 'user, secret and keys stay when the entry is removed'],
])('%s beside secret', (option, value, reason) => {
  test('is refused, with the reason', () => {
    expect(() => adopt(() => ({ [option]: value }))).toThrow(
      `AccessKeyRotation Test/Rotation, users[0] ("bob"): "${option}" is only for a secret that the rotation creates: ${reason}`,
    );
  });
});

test.each<[string, (scope: Construct) => RotatedUserProps[], string]>([
  [
    'tags, where neither user nor secret is created',
    (scope) => [{ user: bob(scope), secret: byName(scope), tags: { a: 'b' } }],
    '"tags" is for a user or a secret that the rotation creates, and both exist already. Remove it',
  ],
  [
    'the same secret twice',
    (scope) => [
      { userName: 'a', secret: byName(scope) },
      { userName: 'b', secret: secretsmanager.Secret.fromSecretCompleteArn(scope, 'S', ARN) },
    ],
    'the secret name "prod/bob" is used by another user of the rotation. Pass another "secretName" or "secret"',
  ],
  [
    'the secret that the rotation creates for another user',
    (scope) => [{ userName: 'a' }, { userName: 'b', secret: byName(scope, 'a') }],
    'the secret name "a" is used by another user of the rotation',
  ],
])('%s is refused', (_, users, message) => {
  expect(() => rotation((scope) => ({ users: users(scope) }))).toThrow(message);
});

test.each([
  [
    'Region',
    ARN.replace('us-east-1', 'eu-west-1'),
    'the secret is in Region eu-west-1, but the stack is deployed to us-east-1. Rotate the user from a stack in the Region of its secret',
  ],
  [
    'account',
    ARN.replace('111122223333', '999988887777'),
    'the secret is in account 999988887777, but the stack is deployed to 111122223333.',
  ],
])('a secret in another %s is refused', (_, arn, message) => {
  const stack = new Stack(new App(), 'Test', { env: { account: '111122223333', region: 'us-east-1' } });
  const secret = secretsmanager.Secret.fromSecretCompleteArn(stack, 'S', arn);
  expect(() => new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'alice', secret }] })).toThrow(message);
});

test('a secret whose ARN is a token is compared in the deploy', () => {
  const built = adopt((scope) => ({
    secret: secretsmanager.Secret.fromSecretCompleteArn(scope, 'S', new CfnParameter(scope, 'P').valueAsString),
  }));
  expect(() => built.template).not.toThrow();
});

test('all other options are allowed beside secret', () => {
  expect(
    () =>
      adopt(() => ({
        accessKeyField: 'id',
        secretKeyField: 'secret',
        selfRead: false,
        reminderDays: [1],
        recipients: [],
        id: 'x',
      })).template,
  ).not.toThrow();
});
