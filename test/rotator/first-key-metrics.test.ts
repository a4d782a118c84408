/**
 * A first key counts as a check: without it, the alarm ChecksMissing has no data until a rule starts one. And what the
 * response is made from.
 */
import { Context } from 'aws-lambda';
import { captureLog } from './capture-log';
import { FIRST_KEY_TYPE } from '../../src/contract/settings';
import { BadRequest } from '../../src/rotator/domain/failure';
import { firstKey, respond } from '../../src/rotator/handlers/first-key';
import { handler } from '../../src/rotator/rotator.lambda';

jest.mock('../../src/rotator/handlers/first-key');
jest.mock('../../src/rotator/handlers/users', () => ({
  ...jest.requireActual('../../src/rotator/handlers/users'),
  readUsers: () => new Map([['alice', {}]]),
}));

const environment = { ROTATION: 'R', AWS_REGION: 'eu-west-1' };
const before = { ...process.env };
beforeAll(() => Object.assign(process.env, environment));
afterAll(() => {
  process.env = before;
});
afterEach(() => jest.restoreAllMocks());

const URL_OF_S3 =
  'https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/x?X-Amz-Signature=s';

const properties = { Username: 'alice', Secret: 'alice', Created: 'true', Owner: 'R', DryRun: 'false' };

/** The line of the log for a request of CloudFormation. */
async function lineOf(RequestType: string, handled: Promise<string>) {
  const lines = captureLog();
  jest.mocked(firstKey).mockReturnValueOnce(handled);
  const context = {
    functionName: 'rotator',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:rotator:CloudFormation',
    getRemainingTimeInMillis: () => 300_000,
  } as Context;
  await handler(
    {
      RequestType,
      ResourceType: FIRST_KEY_TYPE,
      StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Keys/1',
      RequestId: '1',
      LogicalResourceId: 'FirstKey',
      PhysicalResourceId: 'alice|alice|created',
      ResponseURL: URL_OF_S3,
      ResourceProperties: properties,
      OldResourceProperties: properties,
    },
    context,
  );
  expect(lines).toHaveLength(1);
  return lines[0];
}

test.each(['Create', 'Update'])('%s: one check, without an action', async (RequestType) => {
  expect(await lineOf(RequestType, Promise.resolve('AKIA0001 is current'))).toEqual({
    level: 'INFO',
    schema: 1,
    at: expect.any(String),
    account: '111122223333',
    record: 'deploy',
    username: 'alice',
    logicalId: 'FirstKey',
    requestType: RequestType,
    message: 'AKIA0001 is current',
    Rotation: 'R',
    Checks: 1,
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        { Namespace: 'AccessKeyRotation', Dimensions: [['Rotation']], Metrics: [{ Name: 'Checks', Unit: 'Count' }] },
      ],
    },
  });
});

test.each([
  ['Delete', 'succeeds', () => Promise.resolve('deleted no key of alice')],
  ['Create', 'fails', () => Promise.reject(new Error('denied'))],
  ['Update', 'fails', () => Promise.reject(new Error('denied'))],
  ['Delete', 'fails', () => Promise.reject(new Error('denied'))],
])('%s that %s: no metric', async (RequestType, _result, handled) => {
  const line = await lineOf(RequestType, handled());
  expect(line).not.toHaveProperty('Checks');
  expect(line).not.toHaveProperty('_aws');
});

test.each([
  ['a failure, after which something can be left to delete', new Error('denied'), 'alice|alice|created'],
  ['a refusal, whose Delete has to do nothing', new BadRequest('no'), undefined],
])('a Create that ends with %s: its ID in the response', async (_what, error, physicalId) => {
  await lineOf('Create', Promise.reject(error));
  const [, request, failure] = jest.mocked(respond).mock.lastCall!;
  expect(request?.physicalId).toBe(physicalId);
  expect(failure).toBe(error.message);
});
