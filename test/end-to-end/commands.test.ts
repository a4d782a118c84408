/** Manual events to the bundle on the local AWS. */
import { CreateAccessKeyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { LocalAws, userArn } from './support';
import { AccessKeyRotationProps, UnmanagedKeys, Deactivation } from '../../src';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

const alice = (more: Partial<AccessKeyRotationProps> = {}) =>
  aws.deploy(() => ({ users: [{ userName: 'alice' }], ...more }));
const currentKey = async () => (await aws.secretValue('alice')).AccessKey;

describe('a leak', () => {
  test('of the current key: a new key is issued, the leaked key is deactivated at once and deleted 14 days later', async () => {
    await alice();
    const leaked = await aws.secretValue('alice');

    const answer = await aws.invoke({ action: 'revoke', username: 'alice', accessKeyId: leaked.AccessKey });

    const next = await aws.secretValue('alice');
    expect(answer).toMatchObject({ outcome: 'created', accessKeyId: next.AccessKey });
    expect(await aws.keys('alice')).toEqual({ [leaked.AccessKey]: 'Inactive', [next.AccessKey]: 'Active' });
    expect(await aws.callerIdentity(next)).toBe(userArn('alice'));
    await expect(aws.callerIdentity(leaked)).rejects.toThrow();
    await aws.emulator.advanceDays(13);
    expect(Object.keys(await aws.keys('alice'))).toContain(leaked.AccessKey);
    await aws.emulator.advanceDays(2);
    expect(await aws.keys('alice')).toEqual({ [next.AccessKey]: 'Active' });
  });

  test('of the previous key in its switch period: it is deactivated at once', async () => {
    await alice();
    const old = await currentKey();
    await aws.emulator.advanceDays(91, { idle: 80 });

    expect(await aws.invoke({ action: 'revoke', username: 'alice', accessKeyId: old })).toMatchObject({
      outcome: 'deactivated',
      accessKeyId: old,
    });
    expect(await aws.keys('alice')).toEqual({ [old]: 'Inactive', [await currentKey()]: 'Active' });
  });

  test('of the current key while the previous key is inactive: that one is deleted for its slot, and a new key replaces the leaked one', async () => {
    await alice();
    await aws.emulator.advanceDays(106, { idle: 80 });
    const leaked = await currentKey();

    expect(await aws.invoke({ action: 'revoke', username: 'alice', accessKeyId: leaked })).toMatchObject({
      outcome: 'created',
    });

    expect(await currentKey()).not.toBe(leaked);
    expect(await aws.keys('alice')).toEqual({ [await currentKey()]: 'Active', [leaked]: 'Inactive' });
    expect(await aws.invoke({ action: 'rollback', username: 'alice' })).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('leaked'),
    });
    await aws.emulator.advanceDays(16);
    expect(Object.keys(await aws.keys('alice'))).toEqual([await currentKey()]);
  });

  test('of the current key while the previous key is active: the leaked key is deleted for its slot', async () => {
    await alice();
    const old = await currentKey();
    await aws.emulator.advanceDays(91, { idle: 80 });
    const leaked = await currentKey();

    expect(await aws.invoke({ action: 'revoke', username: 'alice', accessKeyId: leaked })).toMatchObject({
      outcome: 'created',
    });

    expect(await aws.keys('alice')).toEqual({ [old]: 'Active', [await currentKey()]: 'Active' });
    expect(await currentKey()).not.toBe(leaked);
  });

  test('of a key of another user is refused', async () => {
    await alice();
    expect(
      await aws.invoke({ action: 'revoke', username: 'alice', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }),
    ).toMatchObject({ outcome: 'refused' });
  });
});

describe('a roll-back', () => {
  test('makes the previous key current again, and retires the rejected key after switch and recovery period', async () => {
    await alice();
    const old = await aws.secretValue('alice');
    await aws.emulator.advanceDays(106, { idle: 80 });
    const rejected = await currentKey();
    await aws.subscribe();

    expect(await aws.invoke({ action: 'rollback', username: 'alice' })).toMatchObject({
      outcome: 'rolled-back',
      accessKeyId: old.AccessKey,
    });

    expect(await aws.secretValue('alice')).toEqual(old);
    expect(await aws.callerIdentity(old)).toBe(userArn('alice'));
    expect(await aws.keys('alice')).toEqual({ [old.AccessKey]: 'Active', [rejected]: 'Active' });
    expect(await aws.sentNotifications()).toMatchObject([{ event: 'rolled-back', accessKeyId: old.AccessKey }]);
    expect(await aws.invoke({ action: 'create', username: 'alice' })).toMatchObject({
      outcome: 'waiting',
      message: expect.stringContaining('pauses'),
    });
    await aws.emulator.advanceDays(13);
    expect((await aws.keys('alice'))[rejected]).toBe('Active');
    await aws.emulator.advanceDays(2);
    expect((await aws.keys('alice'))[rejected]).toBe('Inactive');
    await aws.emulator.advanceDays(15);
    expect(Object.keys(await aws.keys('alice'))).not.toContain(rejected);
    expect(await currentKey()).not.toBe(old.AccessKey); // the rotation continued
  });

  test('is refused while the previous key is active, and without a previous key', async () => {
    await alice();
    expect(await aws.invoke({ action: 'rollback', username: 'alice' })).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('there is no previous key'),
    });
    await aws.emulator.advanceDays(91, { idle: 80 });
    expect(await aws.invoke({ action: 'rollback', username: 'alice' })).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('still active'),
    });
  });
});

describe('dry run and status', () => {
  test('a dry run of an event returns the next step, and changes nothing', async () => {
    await alice();
    await aws.emulator.advanceDays(2);
    const [keys, versions] = [await aws.keys('alice'), await aws.versions('alice')];

    expect(await aws.invoke({ action: 'create', username: 'alice', dryRun: true })).toMatchObject({
      outcome: 'dry-run',
      message: expect.stringContaining('issue a new key'),
    });

    expect(await aws.keys('alice')).toEqual(keys);
    expect(await aws.versions('alice')).toEqual(versions);
  });

  test('a rotation in dry run changes nothing for months; the deploy that ends it issues the first keys', async () => {
    const [existing] = await aws.makeUser('partner', 1);
    const props = (dryRun: boolean) => (stack: Stack) => ({
      dryRun,
      users: [{ user: iam.User.fromUserArn(stack, 'Partner', userArn('partner')) }],
    });
    await aws.deploy(props(true));
    await aws.emulator.advanceDays(200, { idle: 190 });
    expect(await aws.keys('partner')).toEqual({ [existing]: 'Active' });
    expect(await aws.versions('partner')).toEqual({});
    expect(await aws.invoke({ action: 'create', username: 'partner' })).toMatchObject({
      outcome: 'dry-run',
      message: expect.stringContaining(`the existing key ${existing}`),
    });

    await aws.deploy(props(false));

    const { AccessKey } = await aws.secretValue('partner');
    expect(await aws.keys('partner')).toEqual({ [existing]: 'Active', [AccessKey]: 'Active' });
    await aws.emulator.advanceDays(30);
    expect(await aws.keys('partner')).toEqual({ [AccessKey]: 'Active' });
  });

  test('the status of one user and of all: keys, ages, next steps, compliance', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }, { userName: 'bob' }] }));
    await aws.emulator.advanceDays(92, { idle: 80 });
    const [one, all] = [
      await aws.invoke({ action: 'status', username: 'alice' }),
      await aws.invoke({ action: 'status' }),
    ];

    expect(all).toMatchObject([
      { username: 'alice', outcome: 'status' },
      { username: 'bob', outcome: 'status' },
    ]);
    expect(one).toMatchObject({
      status: {
        compliant: false, // with the standard schedule, the old key is active at 92 days
        keys: [
          {
            role: 'previous',
            active: true,
            ageDays: 92,
            next: { action: 'deactivate', dueAt: expect.stringMatching(/^2026-04-15/) },
          },
          {
            role: 'current',
            active: true,
            ageDays: 1,
            lastUse: 'never used',
            next: { action: 'replace', dueAt: expect.stringMatching(/^2026-06-30/) },
          },
        ],
      },
    });
  });
});

describe('last use', () => {
  test('is in the notification about the deactivation', async () => {
    await alice();
    const old = await aws.secretValue('alice');
    await aws.emulator.advanceDays(100, { idle: 80 });
    await aws.callerIdentity(old);
    await aws.subscribe();
    await aws.emulator.advanceDays(6);

    const { text } = (await aws.sentNotifications()).find(({ event }) => event === 'deactivated')!;
    expect(text).toContain('It was last used 2026-04-11 00:00 UTC for sts in us-east-1.');
    expect(text).toContain(`No consumer has used the new key ${await currentKey()} yet.`);
  });

  test('postpones the deactivation of a key in use, until it is unused or the maximum delay has passed', async () => {
    await alice({ deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(20) }), reminderDays: [] });
    const old = await aws.secretValue('alice');
    await aws.emulator.advanceDays(100, { idle: 80 });
    await aws.callerIdentity(old);
    await aws.subscribe();
    await aws.emulator.advanceDays(6);
    expect((await aws.keys('alice'))[old.AccessKey]).toBe('Active');
    expect(await aws.sentNotifications()).toMatchObject([
      { event: 'postponed', accessKeyId: old.AccessKey },
      { event: 'postponed' },
    ]);
    await aws.callerIdentity(await aws.secretValue('alice'));
    await aws.emulator.advanceDays(3);
    expect((await aws.keys('alice'))[old.AccessKey]).toBe('Inactive');
  });

  test('postpones the deactivation while the new key is not used, until a person requests it', async () => {
    await alice({ deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(20) }), reminderDays: [] });
    const old = await aws.secretValue('alice');
    await aws.emulator.advanceDays(106, { idle: 80 });
    expect((await aws.keys('alice'))[old.AccessKey]).toBe('Active');

    expect(await aws.invoke({ action: 'deactivate', username: 'alice' })).toMatchObject({ outcome: 'deactivated' });
    expect((await aws.keys('alice'))[old.AccessKey]).toBe('Inactive');
  });

  test('the recovery period of a key that was activated by hand for a while begins again', async () => {
    await alice();
    const old = await aws.secretValue('alice');
    await aws.emulator.advanceDays(110, { idle: 80 });
    const setStatus = (Status: 'Active' | 'Inactive') =>
      aws.iam.send(new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: old.AccessKey, Status }));
    await setStatus('Active');
    await aws.callerIdentity(old);
    await setStatus('Inactive');

    await aws.emulator.advanceDays(15);
    expect((await aws.keys('alice'))[old.AccessKey]).toBe('Inactive');
    await aws.emulator.advanceDays(15);
    expect(Object.keys(await aws.keys('alice'))).not.toContain(old.AccessKey);
  });
});

describe('an unmanaged key', () => {
  const createUnmanagedKey = async () =>
    (await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }))).AccessKey!.AccessKeyId!;

  test('is reported once, and not changed', async () => {
    await alice();
    await aws.subscribe();
    const unmanagedKey = await createUnmanagedKey();
    await aws.emulator.advanceDays(10);

    expect(await aws.sentNotifications()).toMatchObject([{ event: 'unmanaged', accessKeyId: unmanagedKey }]);
    expect((await aws.keys('alice'))[unmanagedKey]).toBe('Active');
  });

  test('is retired after switch and recovery period with RETIRE', async () => {
    await alice({ unmanagedKeys: UnmanagedKeys.RETIRE });
    const unmanagedKey = await createUnmanagedKey();
    await aws.emulator.advanceDays(14);
    expect((await aws.keys('alice'))[unmanagedKey]).toBe('Active');
    await aws.emulator.advanceDays(2);
    expect((await aws.keys('alice'))[unmanagedKey]).toBe('Inactive');
    await aws.emulator.advanceDays(15);
    expect(await aws.keys('alice')).toEqual({ [await currentKey()]: 'Active' });
  });
});

describe('one owner', () => {
  const adopt = (secretName?: string) => (stack: Stack) => ({
    users: [{ user: iam.User.fromUserArn(stack, 'Partner', userArn('partner')), secretName }],
  });

  test('the deploy of a second rotation that adopts the same user fails, and rolls back', async () => {
    await aws.makeUser('partner', 0);
    await aws.deploy(adopt());
    const value = await aws.secretValue('partner');

    await expect(aws.deploy(adopt('elsewhere'), undefined, 'Second')).rejects.toThrow(
      /partner belongs to another rotation, us-east-1\/Test\/.*untag-user/,
    );

    expect(await aws.keys('partner')).toEqual({ [value.AccessKey]: 'Active' });
    expect(await aws.secretExists('elsewhere')).toBe(false);
  });

  test('and so does the deploy of one that adopts a user that another rotation created', async () => {
    await alice();
    const second = (stack: Stack) => ({
      users: [{ user: iam.User.fromUserArn(stack, 'Alice', userArn('alice')), secretName: 'elsewhere' }],
    });
    await expect(aws.deploy(second, undefined, 'Second')).rejects.toThrow('alice belongs to another rotation');
    expect(Object.keys(await aws.keys('alice'))).toEqual([await currentKey()]);
  });
});
