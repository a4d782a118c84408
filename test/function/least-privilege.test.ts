/** The role and the users have the permissions they need, on their own resources only. Evaluates policies offline. */
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { actionsOf, CALLED, CALLED_SERVICES } from './called-actions';
import { Account } from './iam-evaluation';
import { Recipient } from '../../src';
import { Deployment } from '../template/deployment';
import { ACCOUNT, REGION, rotation, rotationOf } from '../template/support';

/** Granted, but called by AWS, not by the code. */
const CALLED_BY_AWS: Record<string, string> = {
  'logs:CreateLogStream': "the Lambda runtime opens a stream in the function's log group",
  'logs:PutLogEvents': 'the Lambda runtime writes what the code prints',
  'sqs:SendMessage':
    'the Lambda service sends an event that exhausted its retries to the dead-letter queue, with the role of the function',
  'kms:Decrypt': 'Secrets Manager decrypts with the key of the secret, for the caller',
  'kms:GenerateDataKey': 'Secrets Manager encrypts with the key of the secret, for the caller',
};

const account = new Account(
  Deployment.of(
    rotation((scope) => ({
      encryptionKey: new kms.Key(scope, 'Key'),
      users: [
        { userName: 'alice', path: '/teams/blue/', recipients: [Recipient.email('alice@example.com')] },
        { userName: 'bob', secretName: 'keys/bob' },
        { user: iam.User.fromUserArn(scope, 'Carol', `arn:aws:iam::${ACCOUNT}:user/partners/carol`) },
      ],
    })),
  ),
);
const [role] = account.arns('AWS::IAM::Role');
const [topic] = account.arns('AWS::SNS::Topic');
const [queue] = account.arns('AWS::SQS::Queue');
const [logGroup] = account.arns('AWS::Logs::LogGroup');
const [key] = account.arns('AWS::KMS::Key');
const users = [...account.arns('AWS::IAM::User'), `arn:aws:iam::${ACCOUNT}:user/partners/carol`];
const secrets = account.arns('AWS::SecretsManager::Secret');
const secretArn = (name: string, suffix = 'AbCdEf', region = REGION) =>
  `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-${suffix}`;
const viaSecretsManager = (region = REGION) => ({ 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` });

describe('the Lambda', () => {
  test('calls IAM, Secrets Manager, SNS, EventBridge and STS', () => {
    expect(CALLED_SERVICES).toEqual(['events', 'iam', 'secretsmanager', 'sns', 'sts']);
    expect(CALLED).toEqual(
      expect.arrayContaining(['iam:CreateAccessKey', 'secretsmanager:PutSecretValue', 'sns:Publish']),
    );
  });

  test('is granted the actions that it calls or AWS calls for it, and nothing else', () => {
    expect(account.granted(role)).toEqual([...new Set([...CALLED, ...Object.keys(CALLED_BY_AWS)])].sort());
  });

  test('is granted no wildcard', () => {
    expect(account.granted(role).filter((action) => action.includes('*'))).toEqual([]);
  });

  describe('can manage the users of the rotation:', () => {
    test.each(actionsOf('iam').flatMap((action) => users.map((user) => [action, user])))(
      '%s on %s',
      async (action, user) => {
        expect(await account.allows(role, action, user)).toBe(true);
      },
    );
  });

  describe('cannot manage', () => {
    test.each(
      actionsOf('iam').flatMap((action) => [
        [action, 'another user', `arn:aws:iam::${ACCOUNT}:user/mallory`],
        [action, 'the same name with another path', `arn:aws:iam::${ACCOUNT}:user/teams/red/alice`],
        [action, 'a name with the same prefix', `arn:aws:iam::${ACCOUNT}:user/teams/blue/alice2`],
        [action, 'a name in another case', `arn:aws:iam::${ACCOUNT}:user/BOB`],
      ]),
    )('%s: %s', async (action, _who, user) => {
      expect(await account.allows(role, action, user)).toBe(false);
    });
  });

  describe('can store keys in the secrets of the rotation:', () => {
    test.each(actionsOf('secretsmanager').flatMap((action) => secrets.map((secret) => [action, secret])))(
      '%s on %s',
      async (action, secret) => {
        expect(await account.allows(role, action, secret)).toBe(true);
      },
    );
  });

  describe('cannot use another secret:', () => {
    test.each(
      actionsOf('secretsmanager').flatMap((action) => [
        [action, secretArn('mallory')],
        [action, secretArn('keys/bob/other')],
        [action, secretArn('alice', 'XyXyXy')],
      ]),
    )('%s on %s', async (action, secret) => {
      expect(await account.allows(role, action, secret)).toBe(false);
    });
  });

  test.each([
    ['secretsmanager:DeleteSecret', secrets[0]],
    ['secretsmanager:PutResourcePolicy', secrets[0]],
    ['iam:AttachUserPolicy', users[0]],
    ['iam:CreateLoginProfile', users[0]],
    ['iam:DeleteUser', users[0]],
  ])('cannot call %s, even on its own users and secrets', async (action, resource) => {
    expect(await account.allows(role, action, resource)).toBe(false);
  });

  test('can set one tag and no other, because permissions can depend on tags', async () => {
    expect(await account.allows(role, 'iam:TagUser', users[2], { 'aws:TagKeys': ['cdk-access-key-rotation'] })).toBe(
      true,
    );
    expect(await account.allows(role, 'iam:TagUser', users[2], { 'aws:TagKeys': ['team'] })).toBe(false);
    expect(
      await account.allows(role, 'iam:TagUser', users[2], { 'aws:TagKeys': ['cdk-access-key-rotation', 'team'] }),
    ).toBe(false);
  });

  test('can publish to its topic and to no other', async () => {
    expect(await account.allows(role, 'sns:Publish', topic)).toBe(true);
    expect(await account.allows(role, 'sns:Publish', `${topic}2`)).toBe(false);
  });

  test('can list the subscriptions of its topic and of no other, and only if there are recipients', async () => {
    expect(await account.allows(role, 'sns:ListSubscriptionsByTopic', topic)).toBe(true);
    expect(await account.allows(role, 'sns:ListSubscriptionsByTopic', `${topic}2`)).toBe(false);
    expect(rotationOf('alice').json).not.toContain('sns:ListSubscriptionsByTopic');
  });

  test('can put events of its own source on the default bus, and no others', async () => {
    const bus = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${name}`;
    const from = (...sources: string[]) => ({ 'events:source': sources });
    expect(await account.allows(role, 'events:PutEvents', bus('default'), from('cdk-access-key-rotation'))).toBe(true);
    expect(await account.allows(role, 'events:PutEvents', bus('default'), from('com.example.orders'))).toBe(false);
    expect(
      await account.allows(
        role,
        'events:PutEvents',
        bus('default'),
        from('cdk-access-key-rotation', 'com.example.orders'),
      ),
    ).toBe(false);
    expect(await account.allows(role, 'events:PutEvents', bus('orders'), from('cdk-access-key-rotation'))).toBe(false);
  });

  test('can send to its dead-letter queue and to no other', async () => {
    expect(await account.allows(role, 'sqs:SendMessage', queue)).toBe(true);
    expect(await account.allows(role, 'sqs:SendMessage', `${queue}2`)).toBe(false);
    expect(await account.allows(role, 'sqs:ReceiveMessage', queue)).toBe(false);
  });

  test.each(['logs:CreateLogStream', 'logs:PutLogEvents'])(
    'can call %s in its log group and in no other',
    async (action) => {
      const stream = logGroup.replace(/\*$/, 'log-stream:2025/01/01');
      expect(await account.allows(role, action, action === 'logs:CreateLogStream' ? logGroup : stream)).toBe(true);
      expect(
        await account.allows(role, action, `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/other:log-stream:x`),
      ).toBe(false);
    },
  );

  test.each(['kms:Decrypt', 'kms:GenerateDataKey'])(
    'can call %s through Secrets Manager, and not directly',
    async (action) => {
      expect(await account.allows(role, action, key, viaSecretsManager())).toBe(true);
      expect(await account.allows(role, action, key)).toBe(false);
      expect(await account.allows(role, action, key, { 'kms:ViaService': `s3.${REGION}.amazonaws.com` })).toBe(false);
    },
  );
});

describe('a user', () => {
  const READ = 'secretsmanager:GetSecretValue';
  const [alice, bob, carol] = users;

  test.each([
    ['created', alice, 0],
    ['created, with a secret name of its own', bob, 1],
    ['adopted', carol, 2],
  ])('%s can read its own secret', async (_how, user, secret) => {
    expect(await account.allows(user, READ, secrets[secret])).toBe(true);
    expect(await account.allows(user, 'kms:Decrypt', key, viaSecretsManager())).toBe(true);
  });

  const SESSION = { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' };
  const version = (...labels: string[]) => ({ 'secretsmanager:VersionStage': labels });

  test.each(users)('%s cannot read its secret with a session, which outlives its key', async (user) => {
    const secret = secrets[users.indexOf(user)];
    expect(await account.allows(user, READ, secret, SESSION)).toBe(false);
    expect(await account.allows(user, READ, secret, { ...SESSION, ...version('AWSCURRENT') })).toBe(false);
  });

  test.each<[versions: string, allowed: boolean, labels: string[]]>([
    ['the current version with the records on it', true, ['AWSCURRENT', 'akr1.key.AKIA.20260101T000000Z']],
    ['the previous version', false, ['AWSPREVIOUS', 'akr1.key.AKIA.20260101T000000Z']],
    ['an unpublished version', false, ['akr1.claim.12345678.20260101T000000Z']],
  ])('reads %s: %s', async (_which, allowed, labels) => {
    for (const [index, user] of users.entries()) {
      expect(await account.allows(user, READ, secrets[index], version(...labels))).toBe(allowed);
    }
  });

  test('can decrypt for Secrets Manager whatever the request has: KMS does not see version labels', async () => {
    expect(await account.allows(alice, 'kms:Decrypt', key, { ...viaSecretsManager(), ...SESSION })).toBe(true);
  });

  test.each([
    [alice, [1, 2]],
    [bob, [0, 2]],
    [carol, [0, 1]],
  ])('%s cannot read another secret', async (user, others) => {
    for (const other of others) expect(await account.allows(user, READ, secrets[other])).toBe(false);
    expect(await account.allows(user, READ, secretArn('mallory'))).toBe(false);
  });

  test.each(users)('%s is granted nothing else', (user) => {
    expect(account.granted(user)).toEqual(['kms:Decrypt', READ]);
  });

  test.each(['secretsmanager:PutSecretValue', 'secretsmanager:DescribeSecret', 'secretsmanager:DeleteSecret'])(
    'cannot call %s on its secret',
    async (action) => {
      expect(await account.allows(alice, action, secrets[0])).toBe(false);
    },
  );

  test('cannot create a key for itself', async () => {
    expect(await account.allows(alice, 'iam:CreateAccessKey', alice)).toBe(false);
  });

  test('cannot decrypt except through Secrets Manager', async () => {
    expect(await account.allows(alice, 'kms:Decrypt', key)).toBe(false);
  });
});

describe('a user with selfRead: false', () => {
  const without = new Account(
    Deployment.of(
      rotation((scope) => ({
        encryptionKey: new kms.Key(scope, 'Key'),
        selfRead: false,
        users: [
          { userName: 'alice' },
          { user: iam.User.fromUserArn(scope, 'Carol', `arn:aws:iam::${ACCOUNT}:user/partners/carol`) },
          { userName: 'dora', selfRead: true },
        ],
      })),
    ),
  );
  const [alice, dora] = without.arns('AWS::IAM::User');
  const carol = `arn:aws:iam::${ACCOUNT}:user/partners/carol`;
  const readable = without.arns('AWS::SecretsManager::Secret');

  test.each([
    ['created', alice, 0],
    ['adopted', carol, 1],
  ])('%s, has no permission at all', async (_how, user, secret) => {
    expect(without.granted(user)).toEqual([]);
    expect(await without.allows(user, 'secretsmanager:GetSecretValue', readable[secret])).toBe(false);
  });

  test('a user can have another setting than the rotation', async () => {
    expect(await without.allows(dora, 'secretsmanager:GetSecretValue', readable[2])).toBe(true);
  });

  test('the Lambda can read all secrets', async () => {
    const [function_] = without.arns('AWS::IAM::Role');
    for (const secret of readable) {
      expect(await without.allows(function_, 'secretsmanager:GetSecretValue', secret)).toBe(true);
    }
  });
});
