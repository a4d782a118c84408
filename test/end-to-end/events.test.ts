import { setTimeout } from 'timers/promises';
import {
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteSecretCommand, PutSecretValueCommand, RestoreSecretCommand } from '@aws-sdk/client-secrets-manager';
import { LocalAws } from './support';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(async () => {
  await aws.reset();
  await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
});
afterAll(() => aws.emulator.stop());

describe('by hand', () => {
  test('a key is replaced now, and the answer says which is new', async () => {
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

  test('a fresh key is not replaced, and a grace period is not cut short: the answer says why and until when', async () => {
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
  test('is refused with what came, and nothing is called', async () => {
    const quiet = (await aws.emulator.logs()).length;
    await expect(aws.invoke({ action: 'rotate', username: 'alice' })).rejects.toThrow('"action" is "rotate"');
    await expect(aws.invoke({ action: 'create', username: 'bob' })).rejects.toThrow(
      '"bob" is not a user of this rotation',
    );
    expect((await aws.emulator.logs()).length).toBeGreaterThan(quiet);
  });

  test('that is sent asynchronously ends in the dead-letter queue, as it was', async () => {
    const event = { action: 'create', username: 'nobody' };
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

describe('what people and outages do', () => {
  const check = () => aws.invoke({ action: 'create', username: 'alice', ifDue: true });

  test('a user that was deleted by hand: an error that names user and cause', async () => {
    const { AccessKey } = await aws.secretValue('alice');
    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'alice', AccessKeyId: AccessKey }));
    await aws.iam.send(new DeleteUserPolicyCommand({ UserName: 'alice', PolicyName: 'ReadOwnSecret' }));
    await aws.iam.send(new DeleteUserCommand({ UserName: 'alice' }));

    await expect(check()).rejects.toThrow(
      /alice: iam ListAccessKeys failed with NoSuchEntity.*the user does not exist/,
    );
  });

  test('a secret that is being deleted: an error that says how to restore it, and all is well once it is', async () => {
    await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'alice' }));
    await expect(check()).rejects.toThrow(/alice: the secret alice is scheduled for deletion: restore it with/);

    await aws.secrets.send(new RestoreSecretCommand({ SecretId: 'alice' }));
    expect(await check()).toMatchObject({ outcome: 'not-due' });
  });

  test('a secret that is gone: an error that names it, and no key is touched', async () => {
    const keys = await aws.keys('alice');
    await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'alice', ForceDeleteWithoutRecovery: true }));

    await expect(check()).rejects.toThrow(
      /alice: secretsmanager DescribeSecret failed with AccessDenied.*no secret of that name any more/,
    );
    expect(await aws.keys('alice')).toEqual(keys);
  });

  test('a value that somebody wrote over ours: reported with the command that brings ours back, and nothing is overwritten', async () => {
    const ours = Object.entries(await aws.versions('alice')).find(([, labels]) => labels.includes('AWSCURRENT'))![0];
    await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'alice', SecretString: 'not our JSON' }));
    await aws.emulator.advanceDays(95);

    const answer = await check();

    expect(answer).toMatchObject({
      outcome: 'blocked',
      message: expect.stringContaining(`--version-stage AWSCURRENT --move-to-version-id ${ours}`),
    });
    expect(Object.keys(await aws.versions('alice'))).toContain(ours);
    expect(Object.keys(await aws.keys('alice'))).toHaveLength(1);
  });

  test('a current key that somebody deactivated: reported, and left as it is', async () => {
    const { AccessKey } = await aws.secretValue('alice');
    await aws.iam.send(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: AccessKey, Status: 'Inactive' }));

    expect(await check()).toMatchObject({ outcome: 'blocked', message: expect.stringContaining(AccessKey) });
    expect(await aws.keys('alice')).toEqual({ [AccessKey]: 'Inactive' });
  });

  test('an outage of three months: the next checks do what is due, and both grace periods are whole', async () => {
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
