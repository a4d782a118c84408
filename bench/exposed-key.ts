import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { median, range, table } from './statistics';
import { ExposedKeys } from '../src';
import { USERS_FILE } from '../src/contract/settings';
import { ACCOUNT, LocalAws, userArn } from '../test/end-to-end/support';
import { exposed } from '../test/rotator/reports';

const ROOT = join(__dirname, '..');
const ROUNDS = 15;

/** What the child process measured of one report. */
export interface Replaced {
  readonly ms: number;
  /** Milliseconds in AWS calls. */
  readonly awsMs: number;
  /** Milliseconds of the pauses, which the process skips. */
  readonly pauses: number;
  readonly calls: readonly string[];
}

/**
 * From a report of AWS Health to a new key in the secret and an inactive leaked one: one invocation on the local AWS,
 * without its pauses.
 */
export async function exposedKey(progress: (line: string) => void): Promise<string> {
  const users = Array.from({ length: ROUNDS + 1 }, (_, index) => `user-${index}`);
  const aws = await LocalAws.start();
  try {
    await aws.deploy(() => ({ exposedKeys: ExposedKeys.REVOKE, users: users.map((userName) => ({ userName })) }));
    const leaked = await Promise.all(users.map((user) => aws.secretValue(user)));
    progress(`an exposed key, ${ROUNDS} rounds`);
    const reports = leaked.map(({ AccessKey }) => exposed(AccessKey, ACCOUNT));
    const [, ...replaced] = await replaceAll(aws, users, reports); // the first warms up the process
    for (const [index, user] of users.entries()) await requireReplaced(aws, user, leaked[index].AccessKey);
    const [{ calls, pauses }] = replaced;
    const figures = (name: 'ms' | 'awsMs') => {
      const values = replaced.map((one) => one[name]);
      return `${median(values).toFixed(0)} (${range(values, 0)})`;
    };
    return table(
      ['', 'length, ms', 'of it AWS calls, ms', 'pauses left out, s', 'calls', 'which'],
      [['an exposed key, revoked', figures('ms'), figures('awsMs'), pauses / 1000, calls.length, calls.join(', ')]],
    );
  } finally {
    await aws.emulator.stop();
  }
}

/** In a separate process with the settings of the deployed function. */
async function replaceAll(aws: LocalAws, users: string[], reports: object[]): Promise<Replaced[]> {
  const { endpoint, region, credentials } = aws.emulator.clientConfig;
  const { Environment, FunctionArn } = await new LambdaClient(aws.emulator.clientConfig).send(
    new GetFunctionConfigurationCommand({ FunctionName: aws.outputs.Function }),
  );
  const taskRoot = mkdtempSync(join(tmpdir(), 'task-'));
  const [input, answer] = [join(taskRoot, 'reports.json'), join(taskRoot, 'answer.json')];
  writeFileSync(join(taskRoot, USERS_FILE), JSON.stringify(users.map((user) => [user, {}])));
  writeFileSync(input, JSON.stringify({ reports, functionArn: FunctionArn }));
  try {
    execFileSync(
      process.execPath,
      ['-r', 'ts-node/register/transpile-only', join(__dirname, 'exposed-key-once.ts'), input, answer],
      {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit'], // the log of the handler
        env: {
          ...Environment!.Variables,
          PATH: process.env.PATH,
          TS_NODE_PROJECT: 'tsconfig.dev.json',
          LAMBDA_TASK_ROOT: taskRoot,
          AWS_ENDPOINT_URL: endpoint,
          AWS_REGION: region,
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        },
      },
    );
    return JSON.parse(readFileSync(answer, 'utf8')) as Replaced[];
  } finally {
    rmSync(taskRoot, { recursive: true });
  }
}

async function requireReplaced(aws: LocalAws, user: string, leaked: string): Promise<void> {
  const value = await aws.secretValue(user);
  const keys = await aws.keys(user);
  const works = value.AccessKey !== leaked && (await aws.callerIdentity(value)) === userArn(user);
  if (works && keys[leaked] === 'Inactive' && keys[value.AccessKey] === 'Active') return;
  throw new Error(`${user}: the leaked key was not replaced: ${JSON.stringify(keys)}`);
}
