/** What a thief of a key can do, and what the rotation does about a leak, with the bundle on the local AWS. */
import { ACCOUNT, LocalAws, userArn } from './support';
import { ExposedKeys } from '../../src';
import { attackSequence, exposed, exposedIn2016, finding } from '../rotator/reports';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

describe('the holder of a key', () => {
  test('reads the current key, and neither the key before it nor anything with a session', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
    const old = await aws.secretValue('alice');
    await aws.emulator.advanceDays(91, { idle: 80 });
    const current = await aws.secretValue('alice');

    expect(await aws.readAs(old, 'alice')).toEqual(current);
    await expect(aws.readAs(current, 'alice', 'AWSPREVIOUS')).rejects.toThrow('not authorized');
    await expect(aws.readAs(await aws.sessionOf(current), 'alice')).rejects.toThrow('not authorized');
  });

  test('reads nothing with selfRead: false', async () => {
    await aws.deploy(() => ({ selfRead: false, users: [{ userName: 'alice' }] }));
    await expect(aws.readAs(await aws.secretValue('alice'), 'alice')).rejects.toThrow('not authorized');
  });
});

describe('a report of AWS', () => {
  const deploy = (exposedKeys: ExposedKeys) =>
    aws.deploy(() => ({ exposedKeys, users: [{ userName: 'alice' }, { userName: 'bob' }] }));

  test.each([
    ['of today', exposed],
    ['of 2016', exposedIn2016],
  ])('%s: one invocation replaces the key, and the leaked one is off', async (_title, shape) => {
    await deploy(ExposedKeys.REVOKE);
    const leaked = await aws.secretValue('alice');
    const bob = await aws.keys('bob');

    const answer = await aws.invoke(shape(leaked.AccessKey, ACCOUNT));

    const next = await aws.secretValue('alice');
    expect(answer).toContain(`${leaked.AccessKey} of alice: `);
    expect(await aws.keys('alice')).toEqual({ [leaked.AccessKey]: 'Inactive', [next.AccessKey]: 'Active' });
    expect(await aws.callerIdentity(next)).toBe(userArn('alice'));
    await expect(aws.readAs(leaked, 'alice')).rejects.toThrow();
    expect(await aws.keys('bob')).toEqual(bob);
  });

  test('reaches the function by its rule, and people are notified once', async () => {
    await deploy(ExposedKeys.NOTIFY);
    await aws.subscribe();
    const { AccessKey } = await aws.secretValue('alice');

    const invocations = [
      await aws.emulator.sendAwsEvent(exposed(AccessKey, ACCOUNT)),
      await aws.emulator.sendAwsEvent(exposed(AccessKey, ACCOUNT, 'AWS_RISK_IAM_QUARANTINE')),
      await aws.emulator.sendAwsEvent(finding(AccessKey, ACCOUNT)),
      await aws.emulator.sendAwsEvent(attackSequence(AccessKey, ACCOUNT)),
      await aws.emulator.sendAwsEvent(exposed(AccessKey, ACCOUNT, 'AWS_EC2_OPERATIONAL_ISSUE')),
    ];

    expect(invocations).toEqual([1, 1, 1, 1, 0]);
    expect(await aws.sentNotifications()).toMatchObject([
      {
        subject: 'alice (111122223333): AWS reports an exposed access key',
        event: 'exposed',
        accessKeyId: AccessKey,
        reason: 'AWS_RISK_CREDENTIALS_EXPOSED',
      },
    ]);
    expect(await aws.keys('alice')).toEqual({ [AccessKey]: 'Active' });
  });

  test('about an attack sequence notifies, and says which finding', async () => {
    await deploy(ExposedKeys.REVOKE);
    await aws.subscribe();
    const { AccessKey } = await aws.secretValue('alice');

    expect(await aws.emulator.sendAwsEvent(attackSequence(AccessKey, ACCOUNT))).toBe(1);

    expect(await aws.sentNotifications()).toMatchObject([
      { event: 'exposed', accessKeyId: AccessKey, reason: 'AttackSequence:IAM/CompromisedCredentials' },
    ]);
    expect(await aws.keys('alice')).toEqual({ [AccessKey]: 'Active' });
  });

  test('about a key that no user of the rotation has changes nothing', async () => {
    await aws.makeUser('carol', 1);
    await deploy(ExposedKeys.REVOKE);
    const [other] = Object.keys(await aws.keys('carol'));
    const before = await aws.keys('alice');

    expect(await aws.invoke(exposed(other, ACCOUNT))).toContain('is not a key of a user of this rotation');
    expect(await aws.invoke(exposed('AKIAUNKNOWN000000000', ACCOUNT))).toContain('is not a key');
    expect(await aws.keys('carol')).toEqual({ [other]: 'Active' });
    expect(await aws.keys('alice')).toEqual(before);
  });
});
