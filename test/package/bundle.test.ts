/**
 * The Lambda's bundle as it is shipped: its size, and what it writes into the log when something unexpected happens.
 */
import { execFileSync } from 'child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';
import { pathToFileURL } from 'url';
import { USERS_FILE } from '../../src/contract/settings';

const ASSET = resolve(__dirname, '../../assets/rotator/rotator.lambda');
const BUNDLE = join(ASSET, 'index.mjs');

/** The lines that an invocation writes into the log. */
function logOf(event: object, taskRoot = '/nowhere'): Record<string, any>[] {
  const program = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(BUNDLE).href)});
    const invokedFunctionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:rotator';
    const context = { invokedFunctionArn, functionName: 'rotator', awsRequestId: 'request', getRemainingTimeInMillis: () => 300_000 };
    await handler(${JSON.stringify(event)}, context).catch(() => undefined);`;
  const env = {
    ...process.env,
    AWS_REGION: 'eu-west-1',
    LAMBDA_TASK_ROOT: taskRoot,
    USERS: '[]',
    TOPIC_ARN: 'topic',
    ROTATION: 'R',
    DRY_RUN: 'false',
  };
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { env, encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

// The goal of bench/. An existing secret needs 15 kB of it: the take-over, what refuses it, and the other fields.
test('is one file of at most 485 kB, with the SBOM and the licences beside it', () => {
  expect(readdirSync(ASSET).sort()).toEqual(['LICENSES.txt', 'index.mjs', 'sbom.cdx.json']);
  expect(statSync(BUNDLE).size).toBeLessThanOrEqual(485_000);
});

test('an unexpected error leaves a stack in the log that names our functions', () => {
  const [line] = logOf({ action: 'create', username: 'alice' });
  expect(line).toMatchObject({
    level: 'ERROR',
    Cause: 'Other',
    message: expect.stringContaining('the list of users cannot be read'),
  });
  expect(line.stack).toMatch(/^Error: the list of users cannot be read .*\n +at readable \(.*\n +at parseUsers \(/);
  expect(line.stack).toMatch(/\n +at handler \(/);
});

test('a request that makes no sense leaves none: the message says all', () => {
  const taskRoot = mkdtempSync(join(tmpdir(), 'task-'));
  writeFileSync(join(taskRoot, USERS_FILE), '[]');
  const [line] = logOf({ action: 'rotate' }, taskRoot);
  rmSync(taskRoot, { recursive: true });
  expect(line).toMatchObject({ level: 'ERROR', Cause: 'BadRequest' });
  expect(line).not.toHaveProperty('stack');
});
