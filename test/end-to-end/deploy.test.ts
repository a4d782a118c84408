import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { LocalAws, STACK, userArn } from './support';
import { AccessKeyRotation, RotationSchedule } from '../../src';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

const adopt = (removalPolicy?: RemovalPolicy) => (stack: Stack) => ({
  users: [{ user: iam.User.fromUserArn(stack, 'Partner', userArn('partner', '/partners/')), removalPolicy }],
});

/** A resource that fails after the rotation is deployed. */
function failing(stack: Stack, rotation: AccessKeyRotation): void {
  const broken = new CfnResource(stack, 'Broken', {
    type: 'AWS::SecretsManager::ResourcePolicy',
    properties: { SecretId: 'no-such-secret', ResourcePolicy: { Version: '2012-10-17', Statement: [] } },
  });
  broken.node.addDependency(rotation);
}

describe('a first deploy', () => {
  test('issues a working key for each created user, in the secret of the same name', async () => {
    await aws.deploy(() => ({
      users: [{ userName: 'alice' }, { userName: 'bob', secretName: 'prod/bob', path: '/machines/' }],
    }));

    for (const [user, secret, path] of [
      ['alice', 'alice', '/'],
      ['bob', 'prod/bob', '/machines/'],
    ]) {
      const value = await aws.secretValue(secret);
      expect(await aws.keys(user)).toEqual({ [value.AccessKey]: 'Active' });
      expect(await aws.callerIdentity(value)).toBe(userArn(user, path));
    }
  });

  test('uses the given field names', async () => {
    await aws.deploy(() => ({
      users: [{ userName: 'alice' }],
      accessKeyField: 'aws_access_key_id',
      secretKeyField: 'aws_secret_access_key',
    }));

    expect(Object.keys(await aws.secretValue('alice'))).toEqual(['aws_access_key_id', 'aws_secret_access_key']);
  });

  test('that fails half-way removes everything, and the next deploy succeeds', async () => {
    const [existing] = await aws.makeUser('partner', 1, '/partners/');
    const users = (stack: Stack) => ({ users: [{ userName: 'alice' }, ...adopt()(stack).users] });

    await expect(aws.deploy(users, failing)).rejects.toThrow('ROLLBACK_COMPLETE');
    expect(await aws.userExists('alice')).toBe(false);
    expect(await aws.secretExists('alice')).toBe(false);
    expect(await aws.secretExists('partner')).toBe(false);
    expect(await aws.keys('partner')).toEqual({ [existing]: 'Active' });

    await aws.deploy(users);
    expect(await aws.callerIdentity(await aws.secretValue('alice'))).toBe(userArn('alice'));
    expect(Object.keys(await aws.keys('partner'))).toHaveLength(2);
  });
});

describe('adopting a user', () => {
  test('with one key: a new key is issued, and the existing key is retired after switch and recovery period', async () => {
    const [existing] = await aws.makeUser('partner', 1, '/partners/');
    await aws.deploy(adopt());
    const { AccessKey } = await aws.secretValue('partner');
    expect(await aws.keys('partner')).toEqual({ [existing]: 'Active', [AccessKey]: 'Active' });

    await aws.emulator.advanceDays(14);
    expect((await aws.keys('partner'))[existing]).toBe('Active');
    await aws.emulator.advanceDays(1);
    expect((await aws.keys('partner'))[existing]).toBe('Inactive');
    await aws.emulator.advanceDays(14);
    expect(await aws.keys('partner')).toEqual({ [AccessKey]: 'Active' });
  });

  test('with two keys in use: the deploy succeeds, a notification reports that the user is blocked, and the first free slot is used', async () => {
    const keys = await aws.makeUserWithKeys('partner', 2, '/partners/');
    const [first, second] = keys.map((key) => key.AccessKeyId!);
    for (const { AccessKeyId, SecretAccessKey } of keys) {
      await aws.callerIdentity({ AccessKey: AccessKeyId!, SecretKey: SecretAccessKey! });
    }
    await aws.deploy(adopt());
    expect(await aws.keys('partner')).toEqual({ [first]: 'Active', [second]: 'Active' });
    await aws.subscribe();

    await aws.emulator.advanceDays(1);
    const [message] = await aws.sentNotifications();
    expect(message).toMatchObject({ event: 'blocked', username: 'partner' });
    expect(message.text).toContain('aws iam delete-access-key --user-name partner --access-key-id ');

    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'partner', AccessKeyId: first }));
    await aws.emulator.advanceDays(1);
    const { AccessKey } = await aws.secretValue('partner');
    expect(await aws.keys('partner')).toEqual({ [second]: 'Active', [AccessKey]: 'Active' });

    await aws.emulator.advanceDays(29);
    expect(await aws.keys('partner')).toEqual({ [AccessKey]: 'Active' });
  });

  test('with two unused keys: one of them is retired, then the first key is issued', async () => {
    const existing = await aws.makeUser('partner', 2, '/partners/');
    await aws.deploy(adopt());
    await aws.emulator.advanceDays(16);
    expect(Object.values(await aws.keys('partner')).sort()).toEqual(['Active', 'Inactive']);
    await aws.emulator.advanceDays(15);

    const { AccessKey } = await aws.secretValue('partner');
    expect(existing).not.toContain(AccessKey);
    expect(Object.values(await aws.keys('partner'))).toEqual(['Active', 'Active']);
    await aws.emulator.advanceDays(30);
    expect(await aws.keys('partner')).toEqual({ [AccessKey]: 'Active' });
  });
});

describe('a later deploy', () => {
  test('that changes description, tags, KMS key and schedule changes no value and no version', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
    const [value, versions] = [await aws.secretValue('alice'), await aws.versions('alice')];

    await aws.deploy((stack) => ({
      schedule: RotationSchedule.activeUnder(Duration.days(90)),
      encryptionKey: new kms.Key(stack, 'Key'),
      users: [{ userName: 'alice', description: 'another', tags: { team: 'platform' } }],
    }));

    expect(await aws.secretValue('alice')).toEqual(value);
    expect(await aws.versions('alice')).toEqual(versions);
  });

  test('that renames a secret fails and rolls back, and the key still works', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
    const value = await aws.secretValue('alice');

    await expect(aws.deploy(() => ({ users: [{ userName: 'alice', secretName: 'renamed' }] }))).rejects.toThrow(
      'the keys cannot move: the ',
    );

    expect(await aws.secretValue('alice')).toEqual(value);
    expect(await aws.callerIdentity(value)).toBe(userArn('alice'));
    expect(await aws.secretExists('renamed')).toBe(false);
  });

  test('that adopts a user that the rotation created fails: CloudFormation would delete the user in its clean-up phase', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
    const value = await aws.secretValue('alice');

    const adopting = aws.deploy((stack) => ({
      users: [{ user: iam.User.fromUserArn(stack, 'Alice', userArn('alice')) }],
    }));
    await expect(adopting).rejects.toThrow('the keys cannot move: the ');

    expect(await aws.callerIdentity(value)).toBe(userArn('alice'));
    expect(await aws.secretValue('alice')).toEqual(value);
  });

  test('that adds a user and fails removes that user, and does not change the others', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
    const value = await aws.secretValue('alice');

    await expect(aws.deploy(() => ({ users: [{ userName: 'alice' }, { userName: 'bob' }] }), failing)).rejects.toThrow(
      'ROLLBACK_COMPLETE',
    );

    expect(await aws.userExists('bob')).toBe(false);
    expect(await aws.secretExists('bob')).toBe(false);
    expect(await aws.secretValue('alice')).toEqual(value);
    expect(await aws.keys('alice')).toEqual({ [value.AccessKey]: 'Active' });
  });

  test('that removes a created user deletes it with all its keys, including unmanaged ones', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }, { userName: 'bob' }] }));
    await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));

    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));

    expect(await aws.userExists('bob')).toBe(false);
    expect(await aws.secretExists('bob')).toBe(false);
    expect(await aws.callerIdentity(await aws.secretValue('alice'))).toBe(userArn('alice'));
  });

  test('that removes a user that was deleted by hand succeeds', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }, { userName: 'bob' }] }));
    const { AccessKey } = await aws.secretValue('bob');
    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'bob', AccessKeyId: AccessKey }));
    await aws.iam.send(new DeleteUserPolicyCommand({ UserName: 'bob', PolicyName: 'ReadOwnSecret' }));
    await aws.iam.send(new DeleteUserCommand({ UserName: 'bob' }));

    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));

    expect(await aws.secretExists('bob')).toBe(false);
  });

  test('that removes an adopted user keeps the user, its key and its secret, which it can still read', async () => {
    await aws.makeUser('partner', 0, '/partners/');
    await aws.deploy((stack) => ({ users: [{ userName: 'alice' }, ...adopt()(stack).users] }));
    const value = await aws.secretValue('partner');

    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));

    expect(await aws.readAs(value, 'partner')).toEqual(value);
    expect(await aws.callerIdentity(value)).toBe(userArn('partner', '/partners/'));
  });

  test('that removes an adopted user with DESTROY deletes the issued key and the secret, and keeps the user with its existing key', async () => {
    const [existing] = await aws.makeUser('partner', 1, '/partners/');
    await aws.deploy((stack) => ({ users: [{ userName: 'alice' }, ...adopt(RemovalPolicy.DESTROY)(stack).users] }));
    expect(Object.keys(await aws.keys('partner'))).toHaveLength(2);

    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));

    expect(await aws.keys('partner')).toEqual({ [existing]: 'Active' });
    expect(await aws.secretExists('partner')).toBe(false);
  });
});

test('destroying the stack during a rotation deletes created users, keys and secrets', async () => {
  await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
  await aws.emulator.advanceDays(91, { idle: 80 });
  expect(Object.keys(await aws.keys('alice'))).toHaveLength(2);

  await aws.emulator.destroy(STACK);

  expect(await aws.userExists('alice')).toBe(false);
  expect(await aws.secretExists('alice')).toBe(false);
});
