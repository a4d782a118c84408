/** A child process of exposed-key.ts: the handler on the local AWS, with a clock that skips the pauses. */
import { readFileSync, writeFileSync } from 'node:fs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { STSClient } from '@aws-sdk/client-sts';
import type { Context } from 'aws-lambda';
import type { Replaced } from './exposed-key';
import * as clock from '../src/rotator/aws/clock';
import { handler } from '../src/rotator/rotator.lambda';

let [pauses, awsMs] = [0, 0];
let calls: string[] = [];

Object.assign(clock, {
  lambdaClock: () => ({ sleep: async (ms: number) => void (pauses += ms), remainingTime: () => 300_000 }),
} satisfies Partial<typeof clock>);

for (const client of [EventBridgeClient, IAMClient, SecretsManagerClient, SNSClient, STSClient]) {
  const { send } = client.prototype as { send: (command: object) => Promise<object> };
  const counted = async function (this: object, command: object): Promise<object> {
    calls.push(command.constructor.name.replace(/Command$/, ''));
    const begin = performance.now();
    try {
      return await send.call(this, command);
    } finally {
      awsMs += performance.now() - begin;
    }
  };
  Object.assign(client.prototype, { send: counted });
}

async function main(): Promise<void> {
  const [, , input, answer] = process.argv;
  const { reports, functionArn } = JSON.parse(readFileSync(input, 'utf8')) as {
    reports: object[];
    functionArn: string;
  };
  const context = { functionName: 'rotator', awsRequestId: 'bench', invokedFunctionArn: functionArn } as Context;
  const replaced: Replaced[] = [];
  for (const report of reports) {
    [pauses, awsMs, calls] = [0, 0, []];
    const begin = performance.now();
    await handler(report, context);
    replaced.push({ ms: performance.now() - begin, awsMs, pauses, calls });
  }
  writeFileSync(answer, JSON.stringify(replaced));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
