/** A policy that names the alias of a KMS key permits nothing: KMS compares it with the ARN of the key. */
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AccessKeyRotationProps, Recipient, UserStacks } from '../../src';
import { annotationIds } from '../template/annotations';
import { ACCOUNT, REGION, rotation, Synthesized } from '../template/support';

const ENV = { env: { account: ACCOUNT, region: REGION } };

/** Ways to pass an alias, with the resource and the aliases that a policy names in their place. */
const ALIASES: [title: string, make: (scope: Construct) => kms.IKey, permitted: 'target' | 'alias'][] = [
  ['imported by name', (scope) => kms.Alias.fromAliasName(scope, 'Alias', 'alias/app/keys'), 'alias'],
  [
    'imported by ARN in place of a key',
    (scope) => kms.Key.fromKeyArn(scope, 'Alias', `arn:aws:kms:${REGION}:${ACCOUNT}:alias/app/keys`),
    'alias',
  ],
  ['of a key of the app', (scope) => new kms.Key(scope, 'Key').addAlias('alias/app/keys'), 'target'],
  [
    'imported with its target key',
    (scope) =>
      kms.Alias.fromAliasAttributes(scope, 'Alias', {
        aliasName: 'alias/app/keys',
        aliasTargetKey: kms.Key.fromKeyArn(scope, 'Target', `arn:aws:kms:${REGION}:${ACCOUNT}:key/target`),
      }),
    'target',
  ],
];

/** The places where a rotation gets permission to use a key: props, and a word that the key's use needs. */
const PLACES: [
  title: string,
  props: (key: kms.IKey, scope: Construct) => AccessKeyRotationProps,
  statements: number,
][] = [
  ['a secret', (encryptionKey) => ({ encryptionKey, users: [{ userName: 'alice' }] }), 2],
  [
    'the secret of an adopted user',
    (encryptionKey, scope) => ({ users: [{ user: iam.User.fromUserName(scope, 'Bob', 'bob'), encryptionKey }] }),
    2,
  ],
  [
    'a replica',
    (encryptionKey) => ({ users: [{ userName: 'alice', replicaRegions: [{ region: 'us-east-1', encryptionKey }] }] }),
    1,
  ],
  [
    'a topic',
    (masterKey, scope) => ({ topic: new sns.Topic(scope, 'Topic', { masterKey }), users: [{ userName: 'alice' }] }),
    1,
  ],
];

/** All statements of identity-based policies about KMS. */
function kmsStatements(built: Synthesized): any[] {
  const found: any[] = [];
  JSON.stringify(built.template.toJSON(), (_key, value) => {
    if (value?.Effect && !value.Principal && JSON.stringify(value.Action).includes('kms:')) found.push(value);
    return value;
  });
  return found;
}

describe.each(PLACES)('for %s', (place, props, statements) => {
  test.each(ALIASES)('no policy names an alias that is %s', (_title, make, permitted) => {
    const built = rotation((scope) => props(make(scope), scope), ENV);
    const found = kmsStatements(built);
    expect(found).toHaveLength(statements);
    for (const { Resource, Condition } of found) {
      expect(JSON.stringify(Resource)).not.toContain('alias/');
      expect(Condition.StringLike).toHaveProperty('kms:ViaService');
      if (permitted === 'target') {
        expect(JSON.stringify(Resource)).toMatch(/"Key[0-9A-F]{8}","Arn"|key\/target/);
        expect(Condition).not.toHaveProperty('ForAnyValue:StringEquals');
      } else {
        expect(JSON.stringify(Resource)).toContain(
          `:kms:${place === 'a replica' ? 'us-east-1' : REGION}:${ACCOUNT}:key/*`,
        );
        expect(Condition['ForAnyValue:StringEquals']).toEqual({ 'kms:ResourceAliases': ['alias/app/keys'] });
      }
    }
  });
});

test('users in user stacks: the role of the rotation gets the same permission', () => {
  const built = rotation(
    (scope) => ({
      encryptionKey: kms.Alias.fromAliasName(scope, 'Alias', 'alias/app/keys'),
      userStacks: UserStacks.nested(1),
      users: [{ userName: 'alice' }],
    }),
    ENV,
  );
  const [{ Resource, Condition }] = kmsStatements(built);
  expect(JSON.stringify(Resource)).toContain(':key/*');
  expect(Condition['ForAnyValue:StringEquals']).toEqual({ 'kms:ResourceAliases': ['alias/app/keys'] });
});

test('keys and aliases together have one statement each', () => {
  const built = rotation(
    (scope) => ({
      users: [
        { userName: 'alice', encryptionKey: kms.Alias.fromAliasName(scope, 'A', 'alias/a') },
        { userName: 'bob', encryptionKey: kms.Alias.fromAliasName(scope, 'B', 'alias/b') },
        { userName: 'carol', encryptionKey: new kms.Key(scope, 'Key') },
      ],
    }),
    ENV,
  );
  const ofRole = kmsStatements(built).filter(({ Action }) => Action.includes('kms:GenerateDataKey'));
  expect(ofRole).toHaveLength(2);
  expect(ofRole[1].Condition['ForAnyValue:StringEquals']).toEqual({ 'kms:ResourceAliases': ['alias/a', 'alias/b'] });
});

test('a replica names the alias in its own Region, because KMS keys are regional', () => {
  const built = rotation(
    (scope) => ({
      users: [
        {
          userName: 'alice',
          replicaRegions: [
            { region: 'us-east-1', encryptionKey: kms.Alias.fromAliasName(scope, 'Alias', 'alias/keys') },
            { region: 'us-west-2' },
          ],
        },
      ],
    }),
    ENV,
  );
  const [withAlias, plain] = built.the('AWS::SecretsManager::Secret').Properties.ReplicaRegions;
  expect(JSON.stringify(withAlias.KmsKeyId)).toContain(`:kms:us-east-1:${ACCOUNT}:alias/keys`);
  expect(plain).toEqual({ Region: 'us-west-2' });
});

test('a consumer that is granted the secret may decrypt it', () => {
  const built = rotation(
    (scope) => ({ users: [{ userName: 'alice', encryptionKey: kms.Alias.fromAliasName(scope, 'A', 'alias/a') }] }),
    ENV,
  );
  const consumer = new iam.Role(built.stack, 'Consumer', { assumedBy: new iam.AccountRootPrincipal() });
  built.rotation.user('alice').secret.grantRead(consumer);
  const policies = built.ofType('AWS::IAM::Policy').map(({ Properties }) => Properties);
  const policy = policies.find(({ Roles }) => JSON.stringify(Roles).includes('Consumer'))!;
  expect(policy.PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({
      Action: 'kms:Decrypt',
      Condition: expect.objectContaining({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/a'] } }),
    }),
  );
});

describe('a queue as a recipient', () => {
  const withQueue = (makeKey: (scope: Construct) => kms.IKey) =>
    rotation((scope) => {
      const queue = new sqs.Queue(scope, 'Queue', {
        encryption: sqs.QueueEncryption.KMS,
        encryptionMasterKey: makeKey(scope),
      });
      const recipient = Recipient.subscription(new subscriptions.SqsSubscription(queue));
      return { users: [{ userName: 'alice', recipients: [recipient] }] };
    }, ENV);

  test('with an alias of a key of the app: the policy of that key allows SNS', () => {
    const built = withQueue((scope) => new kms.Key(scope, 'Key').addAlias('alias/queue'));
    expect(JSON.stringify(built.the('AWS::KMS::Key').Properties.KeyPolicy)).toContain('sns.amazonaws.com');
    expect(annotationIds(built.rotation)).not.toContain('queueKeyPolicy');
  });

  test.each<[string, (scope: Construct) => kms.IKey]>([
    ['an imported alias', (scope) => kms.Alias.fromAliasName(scope, 'Alias', 'alias/queue')],
    [
      'an imported key',
      (scope) =>
        kms.Key.fromKeyArn(
          scope,
          'K',
          Stack.of(scope).formatArn({ service: 'kms', resource: 'key', resourceName: 'k' }),
        ),
    ],
  ])('with %s: synth warns, because the app cannot change the policy of the key', (_title, makeKey) => {
    expect(annotationIds(withQueue(makeKey).rotation)).toContain('queueKeyPolicy');
  });
});
