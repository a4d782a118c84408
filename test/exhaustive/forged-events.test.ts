/**
 * A principal who may only invoke the function sends events with settings of its own, for other users, or in the name
 * of CloudFormation, at every call of each event, to the handler of the function. Each is refused before any call, so
 * nothing becomes different. What such a principal may send is an event like any other: interleavings.test.ts plays
 * these at once with each other.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Context } from 'aws-lambda';
import { atLeast, BUDGET, sampled } from './budget';
import { EVENTS, run } from './events';
import { starts } from './starts';
import { ACTIONS, COMMANDS } from '../../src/contract/events';
import {
  DEFAULT_SETTINGS,
  FIRST_KEY_ALIAS,
  FIRST_KEY_TYPE,
  FirstKeyProperties,
  USERS_FILE,
} from '../../src/contract/settings';
import { EventBridgeClient, IAMClient, SecretsManagerClient, SNSClient, STSClient } from '../../src/rotator/aws/sdk';
import { BadRequest, Failed } from '../../src/rotator/domain/failure';
import { readRequest } from '../../src/rotator/handlers/first-key-request';
import { handler } from '../../src/rotator/rotator.lambda';
import { CONTEXT } from '../rotator/support';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:rotator';
const ROTATION = 'R';

const ofAlice = [...ACTIONS, ...COMMANDS].map((action) => ({ action, username: 'alice' }));

/** Every setting of the deployed list, and what a deploy or an earlier release has put into requests. */
const SETTINGS: object = {
  ...DEFAULT_SETTINGS,
  ages: { create: 1, deactivate: 2, delete: 3 },
  secret: 'bob',
  fields: { accessKey: 'a', secretKey: 'b' },
  limitDays: 4,
  created: true,
  owner: 'another rotation',
  duringDeploy: true,
  kmsKey: 'alias/other',
  checkTimes: {},
};

const FORGED: readonly unknown[] = [
  ...ofAlice.flatMap((event) => Object.entries(SETTINGS).map(([name, value]) => ({ ...event, [name]: value }))),
  ...ofAlice.flatMap((event) => [
    { ...event, username: 'bob' },
    { ...event, ifDue: 'no' },
    { ...event, dryRun: 0 },
    { ...event, accessKeyId: '*' },
  ]),
];

/** All that CloudFormation sends, as a viewer of the stack can know it. */
const PROPERTIES: FirstKeyProperties = {
  Username: 'alice',
  Secret: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:alice-AbCdEf',
  Created: 'true',
  Owner: ROTATION,
  DryRun: 'false',
};
const REQUESTS = ['Create', 'Update', 'Delete'].map((RequestType) => ({
  RequestType,
  ResourceType: FIRST_KEY_TYPE,
  ResourceProperties: PROPERTIES,
  OldResourceProperties: PROPERTIES,
  PhysicalResourceId: `alice|${PROPERTIES.Secret}|created`,
  LogicalResourceId: 'FirstKey',
  StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Rotation/1',
  RequestId: 'forged',
  ResponseURL: 'https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/1',
}));
const SENT: readonly (readonly [arn: string, event: unknown])[] = [
  ...FORGED.map((event) => [FUNCTION_ARN, event] as const),
  ...REQUESTS.flatMap((event) =>
    [FUNCTION_ARN, `${FUNCTION_ARN}:live`, `${FUNCTION_ARN}:$LATEST`].map((arn) => [arn, event] as const),
  ),
];

const taskRoot = mkdtempSync(join(tmpdir(), 'forged-events-'));
const before = { ...process.env };
const calls: jest.SpyInstance[] = [];
beforeAll(() => {
  writeFileSync(join(taskRoot, USERS_FILE), JSON.stringify([['alice', {}]]));
  Object.assign(process.env, {
    ROTATION,
    AWS_REGION: 'eu-west-1',
    TOPIC_ARN: 'arn:aws:sns:eu-west-1:111122223333:topic',
    LAMBDA_TASK_ROOT: taskRoot,
  });
  const rejects = async () => {
    throw new Error('a forged event reaches AWS');
  };
  for (const { prototype } of [EventBridgeClient, IAMClient, SecretsManagerClient, SNSClient, STSClient]) {
    calls.push(jest.spyOn(prototype, 'send').mockImplementation(rejects));
  }
  calls.push(jest.spyOn(globalThis, 'fetch').mockImplementation(async () => ({ ok: true }) as Response));
});
afterAll(() => {
  jest.restoreAllMocks();
  process.env = before;
  rmSync(taskRoot, { recursive: true });
});

const invocationOf = (invokedFunctionArn: string) =>
  ({
    functionName: 'rotator',
    invokedFunctionArn,
    awsRequestId: 'forged',
    getRemainingTimeInMillis: () => 0, // so a request that is served is not retried
  }) as Context;

async function errorOf(event: unknown, arn: string): Promise<unknown> {
  const result = await handler(event, invocationOf(arn)).catch((error: unknown) => new Failed(error));
  return result instanceof Failed ? result.error : result;
}

test('every event has a field that no event has, or a value that no field has', () => {
  expect(FORGED.length).toBeGreaterThan(80);
});

test(`before any call of any event, from any state: each is refused, without a call, and the end is the same (${BUDGET})`, async () => {
  let points = 0;
  const accepted: string[] = [];
  for (const start of sampled(await starts())) {
    for (const event of EVENTS) {
      const expected = start.aws.clone();
      await run(event, expected, start.settings, expected.tools()).catch(() => undefined);

      const aws = start.aws.clone();
      aws.pause = async () => {
        points++;
        for (const [arn, forged] of SENT) {
          const error = await errorOf(forged, arn);
          if (!(error instanceof BadRequest)) accepted.push(`${JSON.stringify(forged)} to ${arn}: ${String(error)}`);
        }
      };
      await run(event, aws, start.settings, aws.tools()).catch(() => undefined);

      expect(accepted).toEqual([]);
      expect(aws.fingerprint()).toBe(expected.fingerprint());
      expect(aws.sent).toEqual(expected.sent);
    }
  }
  expect(points).toBeGreaterThan(atLeast(1_000));
  for (const call of calls) expect(call).not.toHaveBeenCalled();
});

test.each(REQUESTS)(
  '$RequestType of CloudFormation is refused for its ARN alone: it has what CloudFormation sends',
  (request) => {
    const deployed = { users: new Map([['alice', {}]]), context: { ...CONTEXT, rotation: ROTATION } };
    expect(readRequest(request, deployed)).toMatchObject({ properties: PROPERTIES });
  },
);

test.each(ofAlice)('$action of a user through the alias of CloudFormation is refused', async (event) => {
  expect(await errorOf(event, `${FUNCTION_ARN}:${FIRST_KEY_ALIAS}`)).toBeInstanceOf(BadRequest);
});
