/** A child process of warm-check.ts: the handler, with AWS calls that return at once. */
import { writeFileSync } from 'node:fs';
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { median } from './statistics';
import type { Times } from './warm-check';
import { labelOf } from '../src/rotator/domain/ledger';
import { handler } from '../src/rotator/rotator.lambda';

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const CREATED = new Date(Math.floor(Date.now() / 1000 - 30 * 86_400) * 1000);
const TIMES = 2_000;

interface Command {
  readonly middlewareStack: {
    resolve(next: () => Promise<object>, context: object): (args: object) => Promise<{ output: object }>;
  };
}

const responses: Record<string, object> = {
  ListAccessKeysCommand: {
    AccessKeyMetadata: [{ UserName: 'user-0', AccessKeyId: KEY, Status: 'Active', CreateDate: CREATED }],
    IsTruncated: false,
  },
  DescribeSecretCommand: {
    ARN: 'arn',
    Name: 'user-0',
    VersionIdsToStages: { 'v-1': ['AWSCURRENT', 'akr1.initialized', labelOf('key', KEY, CREATED)] },
  },
  GetSecretValueCommand: { SecretString: '{}' },
};
let calls = 0;
for (const client of [IAMClient, SecretsManagerClient]) {
  const send = async (command: Command) => {
    calls++;
    const output = responses[command.constructor.name];
    if (!output) throw new Error(`a check with nothing to do called ${command.constructor.name}`);
    // The middleware of the command reads a header of the response.
    const response = { headers: { date: new Date().toUTCString() } };
    return (await command.middlewareStack.resolve(async () => ({ response, output }), {})({})).output;
  };
  Object.assign(client.prototype, { send });
}

const event = { action: 'create', username: 'user-0', ifDue: true };
const context = { functionName: 'rotator', awsRequestId: 'bench', getRemainingTimeInMillis: () => 300_000 } as Context;

async function time(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let nth = 0; nth < TIMES; nth++) {
    const begin = performance.now();
    await run();
    times.push(performance.now() - begin);
  }
  return median(times.slice(TIMES / 2)); // the first half warms up the process
}

async function main(): Promise<void> {
  const answer = (await handler(event, context)) as { outcome: string };
  if (answer.outcome !== 'not-due' || calls !== 3) {
    throw new Error(`not a check with nothing to do: ${JSON.stringify(answer)}, ${calls} calls`);
  }
  const times: Times = { check: await time(() => handler(event, context)), empty: await time(async () => undefined) };
  writeFileSync(process.argv[2], JSON.stringify(times));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
