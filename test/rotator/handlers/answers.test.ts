/** The function answers CloudFormation at an address of AWS only, in time, and the URL is in no log line. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { FIRST_KEY_TYPE } from '../../../src/contract/settings';
import { respond } from '../../../src/rotator/handlers/first-key';
import { handler } from '../../../src/rotator/rotator.lambda';
import { captureLog } from '../capture-log';

const PATH = '/arn%3Aaws%3Acloudformation%3A/1?X-Amz-Signature=signature';
const S3 = `https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com${PATH}`;

afterEach(() => jest.restoreAllMocks());

test('an answer that is not accepted ends after the 60 seconds that docs/security.md names', async () => {
  const limit = jest.spyOn(AbortSignal, 'timeout');
  jest.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.reject(new DOMException('', 'TimeoutError')));
  const pauses: number[] = [];
  const sleep = async (ms: number) => void pauses.push(ms);
  const sent = respond(
    { RequestType: 'Delete', ResponseURL: S3 } as CloudFormationCustomResourceEvent,
    undefined,
    'no',
    sleep,
  );
  await expect(sent).rejects.toThrow('CloudFormation did not accept the response: no answer within 10 s');
  const limits = limit.mock.calls.map(([ms]) => ms);
  const seconds = [...limits, ...pauses].reduce((sum, ms) => sum + ms, 0) / 1_000;
  expect(limits).toHaveLength(5);
  const page = readFileSync(join(__dirname, '../../../docs/security.md'), 'utf8').replaceAll('\n', ' ');
  expect(page).toContain(`the answer takes ${seconds} seconds at most`);
});

describe('the handler', () => {
  const context = {
    functionName: 'rotator',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:rotator:CloudFormation',
    getRemainingTimeInMillis: () => 300_000,
  } as Context;
  const ids = { StackId: 'stack', RequestId: '1', LogicalResourceId: 'FirstKey' };
  const event = { ResourceType: FIRST_KEY_TYPE, RequestType: 'Delete', ...ids };
  const before = { ...process.env };
  beforeEach(() => Object.assign(process.env, { ROTATION: 'R', AWS_REGION: 'eu-west-1', USERS: '[]' }));
  afterEach(() => {
    process.env = { ...before };
  });

  test('answers no other address, and does nothing', async () => {
    const lines = captureLog();
    const fetch = jest.spyOn(globalThis, 'fetch');
    const call = jest.spyOn(SecretsManagerClient.prototype, 'send');
    const handled = handler({ ...event, ResponseURL: `https://mallory.example${PATH}` }, context);
    await expect(handled).rejects.toThrow('"ResponseURL" is not an https address below amazonaws.com');
    expect(lines).toMatchObject([{ level: 'ERROR', Cause: 'BadRequest', Failures: 1 }]);
    expect(JSON.stringify(lines)).not.toMatch(/mallory|signature/);
    expect(fetch).not.toHaveBeenCalled();
    expect(call).not.toHaveBeenCalled();
  });

  test('answers a local AWS at any address', async () => {
    captureLog();
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:4566';
    const fetch = jest.spyOn(globalThis, 'fetch').mockImplementation(async () => ({ ok: true }) as Response);
    await handler({ ...event, ResponseURL: 'http://127.0.0.1:4566/x' }, context);
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
