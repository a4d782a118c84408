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

/** Something that fails to deploy once the rotation stands. */
function failing(stack: Stack, rotation: AccessKeyRotation): void {
  const broken = new CfnResource(stack, 'Broken', {
    type: 'AWS::SecretsManager::ResourcePolicy',
    properties: { SecretId: 'no-such-secret', ResourcePolicy: { Version: '2012-10-17', Statement: [] } },
  });
  broken.node.addDependency(rotation);
}

describe('a first deploy', () => {
  test('ends with a key for each created user, in the secret of the same name, that works', async () => {
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

  test('uses the field names that it was given', async () => {
    await aws.deploy(() => ({
      users: [{ userName: 'alice' }],
      accessKeyField: 'aws_access_key_id',
      secretKeyField: 'aws_secret_access_key',
    }));

    expect(Object.keys(await aws.secretValue('alice'))).toEqual(['aws_access_key_id', 'aws_secret_access_key']);
  });

  test('that fails half-way takes everything away again, and the next try succeeds', async () => {
    const [own] = await aws.makeUser('partner', 1, '/partners/');
    const users = (stack: Stack) => ({ users: [{ userName: 'alice' }, ...adopt()(stack).users] });

    await expect(aws.deploy(users, failing)).rejects.toThrow('ROLLBACK_COMPLETE');
    expect(await aws.userExists('alice')).toBe(false);
    expect(await aws.secretExists('alice')).toBe(false);
    expect(await aws.secretExists('partner')).toBe(false);
    expect(await aws.keys('partner')).toEqual({ [own]: 'Active' });

    await aws.deploy(users);
    expect(await aws.callerIdentity(await aws.secretValue('alice'))).toBe(userArn('alice'));
    expect(Object.keys(await aws.keys('partner'))).toHaveLength(2);
  });
});

describe('adopting a user', () => {
  test('with one key: a new one beside it, and the old one is retired after the two grace periods', async () => {
    const [own] = await aws.makeUser('partner', 1, '/partners/');
    await aws.deploy(adopt());
    const { AccessKey } = await aws.secretValue('partner');
    expect(await aws.keys('partner')).toEqual({ [own]: 'Active', [AccessKey]: 'Active' });

    await aws.emulator.advanceDays(14);
    expect((await aws.keys('partner'))[own]).toBe('Active');
    await aws.emulator.advanceDays(1);
    expect((await aws.keys('partner'))[own]).toBe('Inactive');
    await aws.emulator.advanceDays(14);
    expect(await aws.keys('partner')).toEqual({ [AccessKey]: 'Active' });
  });

  test('with two keys that are in use: the deploy succeeds, people are told that it is blocked, and the first free slot is used', async () => {
    const keys = await aws.makeUserWithKeys('partner', 2, '/partners/');
    const [first, second] = keys.map((key) => key.AccessKeyId!);
    for (const { AccessKeyId, SecretAccessKey } of keys) {
      await aws.callerIdentity({ AccessKey: AccessKeyId!, SecretKey: SecretAccessKey! });
    }
    await aws.deploy(adopt());
    expect(await aws.keys('partner')).toEqual({ [first]: 'Active', [second]: 'Active' });
    await aws.subscribe();

    await aws.emulator.advanceDays(1);
    const [message] = await aws.announced();
    expect(message).toMatchObject({ event: 'blocked', username: 'partner' });
    expect(message.text).toContain('aws iam delete-access-key --user-name partner --access-key-id ');

    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'partner', AccessKeyId: first }));
    await aws.emulator.advanceDays(1);
    const { AccessKey } = await aws.secretValue('partner');
    expect(await aws.keys('partner')).toEqual({ [second]: 'Active', [AccessKey]: 'Active' });

    await aws.emulator.advanceDays(29);
    expect(await aws.keys('partner')).toEqual({ [AccessKey]: 'Active' });
  });

  test('with two keys that nobody uses: one of them goes through both grace periods, then the first key is issued', async () => {
    const own = await aws.makeUser('partner', 2, '/partners/');
    await aws.deploy(adopt());
    await aws.emulator.advanceDays(16);
    expect(Object.values(await aws.keys('partner')).sort()).toEqual(['Active', 'Inactive']);
    await aws.emulator.advanceDays(15);

    const { AccessKey } = await aws.secretValue('partner');
    expect(own).not.toContain(AccessKey);
    expect(Object.values(await aws.keys('partner'))).toEqual(['Active', 'Active']);
    await aws.emulator.advanceDays(30);
    expect(await aws.keys('partner')).toEqual({ [AccessKey]: 'Active' });
  });
});

describe('a later deploy', () => {
  test('that changes description, tags, KMS key and schedule leaves every value and version as it was', async () => {
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

  test('that renames a secret is refused, rolls back, and the key still works', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
    const value = await aws.secretValue('alice');

    await expect(aws.deploy(() => ({ users: [{ userName: 'alice', secretName: 'renamed' }] }))).rejects.toThrow(
      'the keys cannot move from',
    );

    expect(await aws.secretValue('alice')).toEqual(value);
    expect(await aws.callerIdentity(value)).toBe(userArn('alice'));
    expect(await aws.secretExists('renamed')).toBe(false);
  });

  test('that adopts a user which the rotation created is refused: CloudFormation would delete the user in its clean-up', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
    const value = await aws.secretValue('alice');

    const adopting = aws.deploy((stack) => ({
      users: [{ user: iam.User.fromUserArn(stack, 'Alice', userArn('alice')) }],
    }));
    await expect(adopting).rejects.toThrow('the keys cannot move from');

    expect(await aws.callerIdentity(value)).toBe(userArn('alice'));
    expect(await aws.secretValue('alice')).toEqual(value);
  });

  test('that adds a user and fails leaves nothing of it, and the others as they were', async () => {
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

  test('that removes a created user deletes it with its keys, even those that a person made', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }, { userName: 'bob' }] }));
    await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));

    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));

    expect(await aws.userExists('bob')).toBe(false);
    expect(await aws.secretExists('bob')).toBe(false);
    expect(await aws.callerIdentity(await aws.secretValue('alice'))).toBe(userArn('alice'));
  });

  test('that removes a user which somebody deleted by hand succeeds', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }, { userName: 'bob' }] }));
    const { AccessKey } = await aws.secretValue('bob');
    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'bob', AccessKeyId: AccessKey }));
    await aws.iam.send(new DeleteUserPolicyCommand({ UserName: 'bob', PolicyName: 'ReadOwnSecret' }));
    await aws.iam.send(new DeleteUserCommand({ UserName: 'bob' }));

    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));

    expect(await aws.secretExists('bob')).toBe(false);
  });

  test('that removes an adopted user leaves the user, its key and its secret, which it can still read', async () => {
    await aws.makeUser('partner', 0, '/partners/');
    await aws.deploy((stack) => ({ users: [{ userName: 'alice' }, ...adopt()(stack).users] }));
    const value = await aws.secretValue('partner');

    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));

    expect(await aws.readAs(value, 'partner')).toEqual(value);
    expect(await aws.callerIdentity(value)).toBe(userArn('partner', '/partners/'));
  });

  test('that removes an adopted user with DESTROY takes our key and the secret, and leaves the user with its own key', async () => {
    const [own] = await aws.makeUser('partner', 1, '/partners/');
    await aws.deploy((stack) => ({ users: [{ userName: 'alice' }, ...adopt(RemovalPolicy.DESTROY)(stack).users] }));
    expect(Object.keys(await aws.keys('partner'))).toHaveLength(2);

    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));

    expect(await aws.keys('partner')).toEqual({ [own]: 'Active' });
    expect(await aws.secretExists('partner')).toBe(false);
  });
});

test('destroying the stack in the middle of a rotation takes created users, keys and secrets with it', async () => {
  await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
  await aws.emulator.advanceDays(91);
  expect(Object.keys(await aws.keys('alice'))).toHaveLength(2);

  await aws.emulator.destroy(STACK);

  expect(await aws.userExists('alice')).toBe(false);
  expect(await aws.secretExists('alice')).toBe(false);
});
