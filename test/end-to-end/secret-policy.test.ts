/**
 * The policy of a secret on the local AWS, which evaluates it on each call: an administrator cannot write, the rotation
 * can, and what the messages tell an administrator to do works.
 */
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { RemovalPolicy } from 'aws-cdk-lib';
import { LocalAws, MIDNIGHT, STACK } from './support';
import { commandsIn, shell } from '../local-aws/command-line';
import { ClientConfig } from '../local-aws/emulator';

let aws: LocalAws;
/** An administrator of the account. The clients of the other tests are the root user, which the local AWS lets pass. */
let admin: ClientConfig;
let secrets: SecretsManagerClient;

beforeAll(async () => {
  aws = await LocalAws.start({ startAt: MIDNIGHT });
});
afterAll(() => aws.emulator.stop());
beforeEach(async () => {
  await aws.reset();
  await aws.deploy(() => ({ users: [{ userName: 'alice' }], removalPolicy: RemovalPolicy.RETAIN }));
  await aws.iam.send(new CreateUserCommand({ UserName: 'admin' }));
  await aws.iam.send(
    new PutUserPolicyCommand({
      UserName: 'admin',
      PolicyName: 'All',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
      }),
    }),
  );
  const { AccessKey } = await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'admin' }));
  admin = {
    ...aws.emulator.clientConfig,
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  };
  secrets = new SecretsManagerClient(admin);
});

const SecretId = 'alice';

test('an administrator can read and update the secret, and cannot write a value, a label or a rotation', async () => {
  expect(JSON.parse((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString!)).toHaveProperty(
    'AccessKey',
  );
  await secrets.send(new DescribeSecretCommand({ SecretId }));
  await secrets.send(new UpdateSecretCommand({ SecretId, Description: 'described' }));
  const version = (await secrets.send(new GetSecretValueCommand({ SecretId }))).VersionId;
  const denied = /explicit deny/;

  await expect(secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'x' }))).rejects.toThrow(denied);
  await expect(
    secrets.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'mine', MoveToVersionId: version })),
  ).rejects.toThrow(denied);
  await expect(secrets.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: 'x' }))).rejects.toThrow(denied);
  await expect(secrets.send(new CancelRotateSecretCommand({ SecretId }))).rejects.toThrow(denied);
});

test('the rotation writes, for all of its events', async () => {
  await aws.emulator.advanceDays(119, { idle: 80 });
  expect(await aws.deadLetters()).toEqual([]);
  expect(Object.values(await aws.keys('alice'))).toEqual(['Active']);
  expect(await aws.invoke({ action: 'create', username: 'alice' })).toMatchObject({ outcome: 'created' });
});

test('a session of the user cannot read its secret, even where its team allows that', async () => {
  await aws.iam.send(
    new PutUserPolicyCommand({
      UserName: 'alice',
      PolicyName: 'Team',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: ['secretsmanager:*', 'sts:*'], Resource: '*' }],
      }),
    }),
  );
  const value = await aws.secretValue('alice');
  expect(await aws.readAs(value, 'alice')).toEqual(value);
  await expect(aws.readAs(await aws.sessionOf(value), 'alice')).rejects.toThrow(/not authorized/);
});

test('an administrator follows the report of a value that was written with UpdateSecret', async () => {
  const value = await aws.secretValue('alice');
  await secrets.send(new UpdateSecretCommand({ SecretId, SecretString: 'by hand' }));

  const { outcome, message } = await aws.invoke({ action: 'create', username: 'alice', ifDue: true });
  expect(outcome).toBe('blocked');
  const [command] = commandsIn(message);
  expect(await shell(command, admin)).toMatch(/"outcome": ?"rolled-back"/);

  expect(await aws.secretValue('alice')).toEqual(value);
});

test('an administrator removes a label that no release can read, and the policy is as before', async () => {
  const version = (await secrets.send(new GetSecretValueCommand({ SecretId }))).VersionId;
  await aws.secrets.send(
    new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'akr9.x', MoveToVersionId: version }),
  );
  const { outcome, message } = await aws.invoke({ action: 'create', username: 'alice', ifDue: true });
  expect(outcome).toBe('blocked');

  await shell(/remove them: (.*)$/.exec(message)![1], admin);

  expect(Object.values(await aws.versions('alice')).flat()).not.toContain('akr9.x');
  await expect(secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'x' }))).rejects.toThrow(/deny/);
  expect(await aws.invoke({ action: 'create', username: 'alice', ifDue: true })).toMatchObject({ outcome: 'not-due' });
});

test('a secret that outlives its rotation has no policy any more, so its owner can write it', async () => {
  await aws.emulator.destroy(STACK);

  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'by hand' }));
  expect((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('by hand');
});
