/**
 * Scenarios on the emulator, over HTTP: with the adapters that run in Lambda, against code that others wrote.
 */
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { CreateAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { World } from './world';
import { RUN_MINUTES } from '../../src/contract/settings';
import { awsCall } from '../../src/rotator/aws/call';
import { IamAccessKeys } from '../../src/rotator/aws/iam';
import { SecretsManagerLedger } from '../../src/rotator/aws/secrets-manager';
import { stsCallerIdentity, waitUntilUsable } from '../../src/rotator/aws/sts';
import { Credential } from '../../src/rotator/domain/credential';
import { Emulator } from '../local-aws/emulator';

const STACK = 'Agreement';
const HOUR = 3_600_000;

/** One deployment for all scenarios: users, each with a secret that has no value yet. */
export async function deployUsers(emulator: Emulator, usernames: readonly string[]): Promise<void> {
  const outdir = mkdtempSync(join(tmpdir(), 'agreement-'));
  try {
    const app = new App({ outdir });
    const stack = new Stack(app, STACK);
    for (const name of usernames) {
      const secret = new CfnSecret(stack, `Secret-${name}`, { name });
      // As in the library: the user may read its own secret, which is a use of the key.
      const policyDocument = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret.ref }],
      };
      new iam.CfnUser(stack, `User-${name}`, {
        userName: name,
        policies: [{ policyName: 'ReadOwnSecret', policyDocument }],
      });
    }
    app.synth();
    await emulator.deploy(outdir, STACK);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

export async function emulatorWorld(emulator: Emulator, username: string): Promise<World> {
  // Scenarios share the clock of the emulator: each begins at the next full hour.
  const start = new Date(Math.ceil((await emulator.now()).getTime() / HOUR) * HOUR);
  await emulator.skipTo(start);
  const noRetry = { ...emulator.clientConfig, maxAttempts: 1 };
  const client = new IAMClient(noRetry);
  const secrets = new SecretsManagerClient(noRetry);
  return {
    username,
    start,
    accessKeys: new IamAccessKeys(username, client, client, async () => undefined),
    ledger: new SecretsManagerLedger(username, username, secrets, 'us-east-1'),
    verify: (credential) =>
      waitUntilUsable(username, credential, stsCallerIdentity(noRetry), {
        sleep: async () => undefined,
        remainingTime: () => RUN_MINUTES * 60_000,
      }),
    administrator: {
      makeKey: () =>
        awsCall('iam CreateAccessKey', username, async () => {
          const { AccessKey: key } = await client.send(new CreateAccessKeyCommand({ UserName: username }));
          return new Credential(key!.AccessKeyId!, key!.SecretAccessKey!, key!.CreateDate!);
        }),
      overwrite: async (value) =>
        (await secrets.send(new PutSecretValueCommand({ SecretId: username, SecretString: value }))).VersionId!,
    },
    use: async (credential) => {
      const credentials = { accessKeyId: credential.keyId, secretAccessKey: credential.reveal() };
      await new SecretsManagerClient({ ...noRetry, credentials }).send(
        new GetSecretValueCommand({ SecretId: username }),
      );
    },
    passTo: async (hours) => emulator.skipTo(new Date(start.getTime() + hours * HOUR)),
  };
}
