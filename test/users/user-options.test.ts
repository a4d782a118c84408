/** The options of a user, and of all users of a rotation. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import {
  AccessKeyRotationProps,
  UnmanagedKeys,
  Deactivation,
  RotatedUserProps,
  RotationOptions,
  RotationSchedule,
} from '../../src';
import { rotation, rotationOf, Synthesized } from '../template/support';

const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000001';
const OTHER_KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000003';
const REPLICA_KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000002';
const VIA = {
  StringLike: { 'kms:ViaService': ['secretsmanager.*.amazonaws.com', 'secretsmanager.*.amazonaws.com.cn'] },
};

const secretOf = (built: Synthesized, name = 'alice') =>
  built.userResource(name, 'AWS::SecretsManager::Secret').Properties;
const userOf = (built: Synthesized, name = 'alice') => built.userResource(name, 'AWS::IAM::User').Properties;
const ownPolicy = (built: Synthesized, name = 'alice') => userOf(built, name).Policies[0].PolicyDocument.Statement;
const sidsOf = (built: Synthesized, name = 'alice') =>
  built
    .userResource(name, 'AWS::SecretsManager::ResourcePolicy')
    .Properties.ResourcePolicy.Statement.map(({ Sid }: { Sid: string }) => Sid);
const rolePolicy = (built: Synthesized) => built.the('AWS::IAM::ManagedPolicy').Properties.PolicyDocument.Statement;

describe('options for all users, which a user can override:', () => {
  test('schedule', () => {
    const built = aliceAndBob(
      { schedule: RotationSchedule.activeUnder(Duration.days(90)) },
      { schedule: RotationSchedule.STANDARD },
    );
    expect(built.settings('bob').ages).toEqual({ create: 90, deactivate: 104, delete: 118 });
    expect(built.users).toEqual([
      ['alice', { ages: { create: 73, deactivate: 87, delete: 101 }, limitDays: 90 }],
      ['bob', {}],
    ]);
  });

  test('field names', () => {
    const built = aliceAndBob(
      { accessKeyField: 'ID', secretKeyField: 'SECRET' },
      { accessKeyField: 'AccessKey', secretKeyField: 'SecretKey' },
    );
    expect(built.users).toEqual([
      ['alice', { fields: { accessKey: 'ID', secretKey: 'SECRET' } }],
      ['bob', {}],
    ]);
  });

  test('Regions for SMTP credentials', () => {
    const built = aliceAndBob({ sesSmtpRegions: ['eu-west-1', 'xy-future-9'] }, { sesSmtpRegions: [] });
    expect(built.users).toEqual([
      ['alice', { sesSmtpRegions: ['eu-west-1', 'xy-future-9'] }],
      ['bob', {}],
    ]);
  });

  test('encryption key', () => {
    const built = rotation((scope) => ({
      encryptionKey: kms.Key.fromKeyArn(scope, 'Key', KEY_ARN),
      users: [
        { userName: 'alice' },
        { userName: 'bob', encryptionKey: kms.Key.fromKeyArn(scope, 'Other', OTHER_KEY_ARN) },
      ],
    }));
    expect([secretOf(built).KmsKeyId, secretOf(built, 'bob').KmsKeyId]).toEqual([KEY_ARN, OTHER_KEY_ARN]);
  });

  test('a change of the encryption key updates the first key, which reads the secret', () => {
    const firstKeyOf = (options: RotationOptions) =>
      aliceAndBob(options, {}).userResource('alice', 'Custom::AccessKeyRotationFirstKey').Properties;
    expect(firstKeyOf({})).not.toHaveProperty('KmsKey');
    const built = rotation((scope) => ({
      users: [{ userName: 'alice', encryptionKey: kms.Key.fromKeyArn(scope, 'Key', KEY_ARN) }],
    }));
    expect(built.userResource('alice', 'Custom::AccessKeyRotationFirstKey').Properties.KmsKey).toBe(KEY_ARN);
  });

  test('replica Regions', () => {
    const built = aliceAndBob({ replicaRegions: [{ region: 'eu-west-1' }] }, { replicaRegions: [] });
    expect(secretOf(built).ReplicaRegions).toEqual([{ Region: 'eu-west-1' }]);
    expect(secretOf(built, 'bob').ReplicaRegions ?? []).toEqual([]);
  });

  test('self-read', () => {
    const built = aliceAndBob({ selfRead: false }, { selfRead: true });
    expect(userOf(built).Policies).toBeUndefined();
    expect(sidsOf(built)).toEqual([
      'AllowRotationReadWrite',
      'DenyWritesOfOthers',
      'DenySessionsOfUser',
      'DenyFederatedSessions',
    ]);
    expect(ownPolicy(built, 'bob')).toHaveLength(1);
    expect(sidsOf(built, 'bob')).toContain('AllowUserRead');
    expect(built.users).toEqual([
      ['alice', { selfRead: false }],
      ['bob', {}],
    ]);
  });

  test('removal policy', () => {
    const built = aliceAndBob({ removalPolicy: RemovalPolicy.RETAIN }, { removalPolicy: RemovalPolicy.DESTROY });
    expect(built.userResource('alice', 'AWS::SecretsManager::Secret').DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(built.userResource('bob', 'AWS::SecretsManager::Secret').DeletionPolicy).toBe('Delete');
  });

  test('deactivation and unmanaged keys', () => {
    const defaults = {
      deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(7) }),
      unmanagedKeys: UnmanagedKeys.RETIRE,
    };
    const built = aliceAndBob(defaults, {
      deactivation: Deactivation.onSchedule(),
      unmanagedKeys: UnmanagedKeys.IGNORE,
    });
    expect(built.users).toEqual([
      ['alice', { retireUnmanagedKeys: true, maxDelayDays: 7 }],
      ['bob', {}],
    ]);
  });

  function aliceAndBob(defaults: RotationOptions, override: Partial<RotatedUserProps>): Synthesized {
    return rotation({ ...defaults, users: [{ userName: 'alice' }, { userName: 'bob', ...override }] });
  }
});

describe('encryptionKey', () => {
  const built = () =>
    rotation((scope) => ({ users: [{ userName: 'alice', encryptionKey: kms.Key.fromKeyArn(scope, 'Key', KEY_ARN) }] }));

  test('encrypts the secret', () => {
    expect(secretOf(built()).KmsKeyId).toBe(KEY_ARN);
  });

  test('the user may decrypt with it through Secrets Manager only', () => {
    expect(ownPolicy(built())).toContainEqual({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: KEY_ARN,
      Condition: VIA,
    });
  });

  test('the Lambda may encrypt and decrypt with it through Secrets Manager only', () => {
    expect(rolePolicy(built())).toContainEqual({
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: KEY_ARN,
      Condition: VIA,
    });
  });
});

describe('replicaRegions', () => {
  const built = () =>
    rotation((scope) => ({
      users: [
        {
          userName: 'alice',
          replicaRegions: [
            { region: 'eu-west-1', encryptionKey: kms.Key.fromKeyArn(scope, 'Replica', REPLICA_KEY_ARN) },
            { region: 'us-east-1' },
          ],
        },
      ],
    }));

  test('replicate the secret, each with its own KMS key', () => {
    expect(secretOf(built()).ReplicaRegions).toEqual([
      { Region: 'eu-west-1', KmsKeyId: REPLICA_KEY_ARN },
      { Region: 'us-east-1' },
    ]);
  });

  test('the user may read the replicas of its secret', () => {
    const [{ Resource }, decrypt] = ownPolicy(built());
    expect(Resource).toHaveLength(3);
    expect(JSON.stringify(Resource[1])).toMatch(/:secretsmanager:eu-west-1:.*:secret:alice-\?{6}/);
    expect(JSON.stringify(Resource[2])).toMatch(/:secretsmanager:us-east-1:.*:secret:alice-\?{6}/);
    expect(decrypt).toEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: REPLICA_KEY_ARN, Condition: VIA });
  });
});

describe('removalPolicy applies to user, secret and keys alike', () => {
  const TYPES = ['AWS::IAM::User', 'AWS::SecretsManager::Secret', 'Custom::AccessKeyRotationFirstKey'];
  const RETAINED = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };
  const DESTROYED = { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' };

  test.each<[string, RemovalPolicy | undefined, object]>([
    ['by default, all three are deleted', undefined, DESTROYED],
    ['DESTROY: all three are deleted', RemovalPolicy.DESTROY, DESTROYED],
    ['RETAIN: all three stay, but a first deploy that rolls back deletes them', RemovalPolicy.RETAIN, RETAINED],
    ['RETAIN_ON_UPDATE_OR_DELETE: the same', RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, RETAINED],
  ])('a created user: %s', (_title, removalPolicy, policies) => {
    const built = rotationOf({ userName: 'alice', removalPolicy });
    for (const type of TYPES) expect(built.userResource('alice', type)).toMatchObject(policies);
  });

  test.each<[string, RemovalPolicy | undefined, object]>([
    ['by default, secret and keys stay', undefined, RETAINED],
    ['DESTROY: secret and keys are deleted', RemovalPolicy.DESTROY, DESTROYED],
    ['RETAIN: secret and keys stay', RemovalPolicy.RETAIN, RETAINED],
  ])('an adopted user: %s', (_title, removalPolicy, policies) => {
    const built = rotation((scope) => ({
      users: [{ user: iam.User.fromUserName(scope, 'U', 'alice'), removalPolicy }],
    }));
    for (const type of TYPES.slice(1)) expect(built.userResource('alice', type)).toMatchObject(policies);
  });
});

describe('secretName', () => {
  const built = () =>
    rotationOf({ userName: 'alice', secretName: 'keys/alice', replicaRegions: [{ region: 'eu-west-1' }] });

  test('is the name of the secret, also in the list of the Lambda', () => {
    expect(secretOf(built()).Name).toBe('keys/alice');
    expect(built().users).toEqual([['alice', { secret: 'keys/alice' }]]);
  });

  test('is in the ARNs of the replicas that the user may read', () => {
    expect(JSON.stringify(ownPolicy(built())[0].Resource[1])).toContain(':secret:keys/alice-??????');
  });
});

describe('a created user', () => {
  test('description: by default with the user name', () => {
    expect(secretOf(rotationOf('alice')).Description).toContain('IAM user alice');
    expect(secretOf(rotationOf({ userName: 'alice', description: 'For CI' })).Description).toBe('For CI');
  });

  test('path', () => {
    expect(userOf(rotationOf({ userName: 'alice', path: '/teams/blue/' })).Path).toBe('/teams/blue/');
  });

  test('groups', () => {
    const built = rotation((scope) => ({
      users: [{ userName: 'alice', groups: [iam.Group.fromGroupName(scope, 'G', 'developers')] }],
    }));
    expect(userOf(built).Groups).toEqual(['developers']);
  });

  test('managed policies', () => {
    const built = rotationOf({
      userName: 'alice',
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess')],
    });
    expect(JSON.stringify(userOf(built).ManagedPolicyArns)).toContain(':iam::aws:policy/ReadOnlyAccess');
  });

  test('permissions boundary', () => {
    const built = rotation((scope) => ({
      users: [
        { userName: 'alice', permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyName(scope, 'B', 'boundary') },
      ],
    }));
    expect(JSON.stringify(userOf(built).PermissionsBoundary)).toContain(':policy/boundary');
  });

  test('tags are on the user and its secret, with the name of the rotation, and not on other users', () => {
    const built = rotationOf({ userName: 'alice', tags: { team: 'blue', cost: '42' } }, 'bob');
    const tags = [
      { Key: 'cost', Value: '42' },
      { Key: 'team', Value: 'blue' },
    ];
    const owner = { Key: 'cdk-access-key-rotation', Value: expect.anything() };
    expect([userOf(built).Tags, secretOf(built).Tags]).toEqual([
      [owner, ...tags],
      [owner, ...tags],
    ]);
    expect([userOf(built, 'bob').Tags, secretOf(built, 'bob').Tags]).toEqual([[owner], [owner]]);
  });
});

describe('the rotation', () => {
  test('dry run: is set for the Lambda and for each first key', () => {
    const built = rotationWith({ dryRun: true });
    expect(built.the('AWS::Lambda::Function').Properties.Environment.Variables.DRY_RUN).toBe('true');
    expect(built.userResource('alice', 'Custom::AccessKeyRotationFirstKey').Properties.DryRun).toBe('true');
    expect(rotationOf('alice').the('AWS::Lambda::Function').Properties.Environment.Variables.DRY_RUN).toBe('false');
  });

  test('owner of a user: Region, stack and rotation, the same in the tag and for the first key', () => {
    const built = rotation(
      { users: [{ userName: 'alice' }] },
      { env: { region: 'eu-west-1', account: '111122223333' } },
    );
    const [{ Value: owner }] = userOf(built).Tags;
    expect(owner).toMatch(/^eu-west-1\/Test\/[0-9a-f]{8}$/);
    expect(built.userResource('alice', 'Custom::AccessKeyRotationFirstKey').Properties.Owner).toBe(owner);
  });

  test('log retention: two years by default', () => {
    expect(rotationOf('alice').the('AWS::Logs::LogGroup').Properties.RetentionInDays).toBe(731);
    expect(
      rotationWith({ logRetention: logs.RetentionDays.ONE_MONTH }).the('AWS::Logs::LogGroup').Properties
        .RetentionInDays,
    ).toBe(30);
  });

  test('topic: an existing topic is used, and none is created', () => {
    const built = rotation((scope) => ({
      users: [{ userName: 'alice' }],
      topic: sns.Topic.fromTopicArn(scope, 'Own', 'arn:aws:sns:eu-central-1:111122223333:own'),
    }));
    built.template.resourceCountIs('AWS::SNS::Topic', 0);
    expect(built.the('AWS::Lambda::Function').Properties.Environment.Variables.TOPIC_ARN).toBe(
      'arn:aws:sns:eu-central-1:111122223333:own',
    );
    expect(built.the('AWS::IAM::Role').Properties.Policies[0].PolicyDocument.Statement).toContainEqual({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Resource: 'arn:aws:sns:eu-central-1:111122223333:own',
    });
  });

  test('topic: if a KMS key encrypts it, the Lambda may use that key, or publishing would fail', () => {
    const built = rotation((scope) => ({
      users: [{ userName: 'alice' }],
      topic: new sns.Topic(scope, 'Own', { masterKey: kms.Key.fromKeyArn(scope, 'Key', KEY_ARN) }),
    }));
    const statements = [
      ...built.the('AWS::IAM::Role').Properties.Policies[0].PolicyDocument.Statement,
      ...rolePolicy(built),
    ];
    const forKey = statements.filter(({ Resource }) => JSON.stringify(Resource).includes(KEY_ARN));
    expect(forKey.flatMap(({ Action }) => Action)).toEqual(
      expect.arrayContaining(['kms:Decrypt', expect.stringContaining('kms:GenerateDataKey')]),
    );
  });

  function rotationWith(props: AccessKeyRotationProps): Synthesized {
    return rotation({ users: [{ userName: 'alice' }], ...props });
  }
});
