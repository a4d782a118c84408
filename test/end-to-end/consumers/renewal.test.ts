/** The program of clients/ with the AWS CLI and the SDKs, against the shipped bundle on the local AWS. */
import { DeleteSecretCommand, PutSecretValueCommand, RestoreSecretCommand } from '@aws-sdk/client-secrets-manager';
import { Duration } from 'aws-cdk-lib';
import { Installation } from './installation';
import { type RotatedUserProps, RotationSchedule } from '../../../src';
import { CODE } from '../../clients/machine';
import { emulatorPython } from '../../local-aws/virtual-environment';
import { LocalAws, userArn } from '../support';

const SHORT = RotationSchedule.of({ create: Duration.days(3), deactivate: Duration.days(4), delete: Duration.days(5) });

let aws: LocalAws;
let installation: Installation | undefined;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterEach(() => {
  installation?.remove();
  installation = undefined;
});
afterAll(() => aws.emulator.stop());

async function install(
  user: Partial<RotatedUserProps> = {},
  secret = 'alice',
  ...options: string[]
): Promise<Installation> {
  await aws.deploy(() => ({ users: [{ userName: 'alice', schedule: SHORT, ...user }] }));
  installation = await Installation.of(aws.emulator, secret, ...options);
  return installation;
}

const currentKey = async () => (await aws.secretValue('alice')).AccessKey;
const answered = async () => JSON.parse(await installation!.program([])).AccessKeyId;
const failure = async (...args: string[]) =>
  installation!.program(args).then(
    () => ({ code: 0, stderr: '' }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  );

test('two processes take a new key without a restart, before the old one is deactivated', async () => {
  const machine = await install();
  const consumers = [
    machine.consumer(process.execPath, require.resolve('./consumer.cjs')),
    machine.consumer(await emulatorPython(), '-B', require.resolve('./consumer.py')),
  ];
  const old = await currentKey();
  const all = async () => {
    const now = await machine.setClock();
    const calls = [];
    // one after the other: a second one does not wait for the read of the first
    for (const consumer of consumers) calls.push(await consumer(now));
    return calls;
  };
  const with_ = (accessKeyId: string) => consumers.map(() => ({ arn: userArn('alice'), accessKeyId }));

  expect(await all()).toEqual(with_(old));
  while ((await currentKey()) === old) await aws.emulator.advanceDays(1);
  expect(await all()).toEqual(with_(await currentKey()));
  await aws.emulator.advanceDays(1);
  expect(await aws.keys('alice')).toEqual({ [old]: 'Inactive', [await currentKey()]: 'Active' });
  expect(await all()).toEqual(with_(await currentKey()));
});

test('a secret with a name and fields of its own', async () => {
  const fields = ['--access-key-field', 'id', '--secret-key-field', 'secret'];
  await install({ secretName: 'ci/alice', accessKeyField: 'id', secretKeyField: 'secret' }, 'ci/alice', ...fields);

  expect(await answered()).toBe((await aws.secretValue('ci/alice')).id);
  expect(await installation!.program(['--status'])).toContain('secret        ci/alice in us-east-1\n');
});

test('a user that may not read its secret', async () => {
  await expect(install({ selfRead: false })).rejects.toMatchObject({
    code: CODE.denied,
    stderr: expect.stringMatching(/does not renew itself: the secret alice in us-east-1 may not be read/),
  });
});

test('a secret that is scheduled for deletion', async () => {
  await install();
  await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'alice', RecoveryWindowInDays: 7 }));

  expect(await failure('--refresh')).toMatchObject({
    code: CODE.noSecret,
    stderr: expect.stringContaining('aws secretsmanager restore-secret --secret-id alice --region us-east-1'),
  });
  await aws.secrets.send(new RestoreSecretCommand({ SecretId: 'alice' }));
  expect(await answered()).toBe(await currentKey());
  expect(await installation!.program(['--refresh'])).toContain('last error    none');
});

test('a secret with a key of another user', async () => {
  await install();
  const [{ AccessKeyId: AccessKey, SecretAccessKey: SecretKey }] = await aws.makeUserWithKeys('mallory', 1);
  const before = await answered();
  await aws.secrets.send(
    new PutSecretValueCommand({ SecretId: 'alice', SecretString: JSON.stringify({ AccessKey, SecretKey }) }),
  );

  expect(await failure('--refresh')).toMatchObject({
    code: CODE.badValue,
    stderr: expect.stringContaining(`a key of another user, ${userArn('mallory')}`),
  });
  expect(await answered()).toBe(before);
});

test('a machine that was shut down for longer than both periods, until it is installed again', async () => {
  const machine = await install();
  const old = await currentKey();
  await aws.emulator.advanceDays(10);
  await machine.setClock();

  expect(await failure()).toMatchObject({
    code: CODE.rejected,
    stderr: expect.stringContaining(`AWS rejects the key ${old}`),
  });
  const { credentials, region } = aws.emulator.clientConfig;
  await machine.program(['--install', '--secret', 'alice', '--region', region], {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  expect(await answered()).toBe(await currentKey());
});

test('a machine that was shut down for the switch period, until the old key is activated', async () => {
  const machine = await install();
  const old = await currentKey();
  while ((await aws.keys('alice'))[old] === 'Active') await aws.emulator.advanceDays(1);
  await machine.setClock();
  const { stderr } = await failure();
  const [command] = /aws iam update-access-key [^.]*/.exec(stderr)!;

  await aws.shell(command);
  await machine.setClock(60);

  expect(await answered()).toBe(await currentKey());
});
