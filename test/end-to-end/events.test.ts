import { setTimeout } from 'timers/promises';
import {
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { LocalAws, userArn } from './support';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(async () => {
  await aws.reset();
  await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
});
afterAll(() => aws.emulator.stop());

describe('a manual event', () => {
  test('replaces a key now, and returns the ID of the new key', async () => {
    await aws.emulator.advanceDays(2);
    const before = await aws.secretValue('alice');

    const answer = await aws.invoke({ action: 'create', username: 'alice' });

    const after = await aws.secretValue('alice');
    expect(answer).toMatchObject({
      outcome: 'created',
      accessKeyId: after.AccessKey,
      username: 'alice',
      action: 'create',
    });
    expect(await aws.keys('alice')).toEqual({ [before.AccessKey]: 'Active', [after.AccessKey]: 'Active' });
  });

  test('does not replace a key of less than a day, and does not shorten a period: the answer has the reason and the time', async () => {
    expect(await aws.invoke({ action: 'create', username: 'alice' })).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('less than a day old'),
    });
    await aws.emulator.advanceDays(2);
    await aws.invoke({ action: 'create', username: 'alice' });
    expect(await aws.invoke({ action: 'deactivate', username: 'alice' })).toMatchObject({
      outcome: 'not-due',
      until: expect.stringMatching(/^2026-01-17/),
    });
    expect(await aws.invoke({ action: 'delete', username: 'alice' })).toMatchObject({ outcome: 'not-due' });
  });
});

describe('a malformed event', () => {
  test('is rejected with the received value', async () => {
    const before = (await aws.emulator.logs()).length;
    await expect(aws.invoke({ action: 'rotate', username: 'alice' })).rejects.toThrow('"action" is "rotate"');
    await expect(aws.invoke({ action: 'create', username: 'bob' })).rejects.toThrow(
      '"bob" is not a user of this rotation',
    );
    expect((await aws.emulator.logs()).length).toBeGreaterThan(before);
  });

  test('that is sent asynchronously is in the dead-letter queue, unchanged', async () => {
    const event = { action: 'create', username: 'unknown' };
    await new LambdaClient(aws.emulator.clientConfig).send(
      new InvokeCommand({
        FunctionName: aws.outputs.Function,
        InvocationType: 'Event',
        Payload: JSON.stringify(event),
      }),
    );

    let letters: unknown[] = [];
    while (letters.length === 0) {
      await setTimeout(100);
      letters = await aws.deadLetters();
    }
    expect(letters).toEqual([event]);
  });
});

describe('changes outside the rotation, and outages', () => {
  const check = () => aws.invoke({ action: 'create', username: 'alice', ifDue: true });

  test('a user that was deleted by hand: an error with user and cause', async () => {
    const { AccessKey } = await aws.secretValue('alice');
    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'alice', AccessKeyId: AccessKey }));
    await aws.iam.send(new DeleteUserPolicyCommand({ UserName: 'alice', PolicyName: 'ReadOwnSecret' }));
    await aws.iam.send(new DeleteUserCommand({ UserName: 'alice' }));

    await expect(check()).rejects.toThrow(
      /alice: iam ListAccessKeys failed with NoSuchEntity.*the user does not exist/,
    );
  });

  test('a secret that is scheduled for deletion: an error with the command that restores it, and checks succeed after that', async () => {
    await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'alice' }));
    await expect(check()).rejects.toThrow(/alice: the secret alice is scheduled for deletion: restore it with/);

    await aws.secrets.send(new RestoreSecretCommand({ SecretId: 'alice' }));
    expect(await check()).toMatchObject({ outcome: 'not-due' });
  });

  test('a deleted secret: an error with its name, and no key is changed', async () => {
    const keys = await aws.keys('alice');
    await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'alice', ForceDeleteWithoutRecovery: true }));

    await expect(check()).rejects.toThrow(
      /alice: secretsmanager DescribeSecret failed with AccessDenied.*AWS also returns this error if there is no secret of that name/,
    );
    expect(await aws.keys('alice')).toEqual(keys);
  });

  test('a value that was overwritten: reported with the event that restores it, and nothing is overwritten', async () => {
    const version = Object.entries(await aws.versions('alice')).find(([, labels]) => labels.includes('AWSCURRENT'))![0];
    await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'alice', SecretString: 'another value' }));
    await aws.emulator.advanceDays(95, { idle: 80 });

    const answer = await check();

    expect(answer).toMatchObject({
      outcome: 'blocked',
      message: expect.stringContaining('{"action":"rollback","username":"alice"}'),
    });
    expect(Object.keys(await aws.versions('alice'))).toContain(version);
    expect(Object.keys(await aws.keys('alice'))).toHaveLength(1);

    const value = JSON.parse(
      (await aws.secrets.send(new GetSecretValueCommand({ SecretId: 'alice', VersionId: version }))).SecretString!,
    );
    expect(await aws.invoke({ action: 'rollback', username: 'alice' })).toMatchObject({
      outcome: 'rolled-back',
      accessKeyId: value.AccessKey,
    });
    expect(await aws.secretValue('alice')).toEqual(value);
    expect(await check()).toMatchObject({ outcome: 'created' });
  });

  test('a value that was overwritten, after the key was deleted: a roll-back replaces it, and a check issues a new key', async () => {
    const { AccessKey } = await aws.secretValue('alice');
    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'alice', AccessKeyId: AccessKey }));
    await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'alice', SecretString: 'another value' }));
    expect(await check()).toMatchObject({ outcome: 'blocked' });

    expect(await aws.invoke({ action: 'rollback', username: 'alice' })).toMatchObject({ outcome: 'rolled-back' });
    expect(await check()).toMatchObject({ outcome: 'created' });
    expect(await aws.callerIdentity(await aws.secretValue('alice'))).toBe(userArn('alice'));
  });

  test('a current key that was deactivated by hand: reported, and not changed', async () => {
    const { AccessKey } = await aws.secretValue('alice');
    await aws.iam.send(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: AccessKey, Status: 'Inactive' }));

    expect(await check()).toMatchObject({ outcome: 'blocked', message: expect.stringContaining(AccessKey) });
    expect(await aws.keys('alice')).toEqual({ [AccessKey]: 'Inactive' });
  });

  test('an outage of three months: the next checks take the due steps, with complete switch and recovery periods', async () => {
    const first = (await aws.secretValue('alice')).AccessKey;
    await aws.emulator.skipTo(new Date('2026-07-01T00:00:00Z'));
    await aws.emulator.advanceTo(new Date('2026-07-02T00:00:00Z'));
    expect(Object.values(await aws.keys('alice'))).toEqual(['Active', 'Active']);

    await aws.emulator.advanceTo(new Date('2026-07-15T00:00:00Z'));
    expect((await aws.keys('alice'))[first]).toBe('Active');
    await aws.emulator.advanceTo(new Date('2026-07-16T00:00:00Z'));
    expect((await aws.keys('alice'))[first]).toBe('Inactive');
    await aws.emulator.advanceTo(new Date('2026-07-30T00:00:00Z'));
    expect(Object.keys(await aws.keys('alice'))).toHaveLength(1);
  });
});
