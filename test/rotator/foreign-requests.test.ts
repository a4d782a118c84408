/**
 * All that a principal can send through either ARN of the function: the error and the log repeat no secret, and
 * CloudFormation gets a response that it accepts, or the handler fails with an error that says what came.
 */
import { Context } from 'aws-lambda';
import { captureLog } from './capture-log';
import { FIRST_KEY_TYPE } from '../../src/contract/settings';
import { putResponse } from '../../src/rotator/aws/response';
import { handler } from '../../src/rotator/rotator.lambda';

jest.mock('../../src/rotator/aws/response', () => ({
  ...jest.requireActual('../../src/rotator/aws/response'),
  putResponse: jest.fn(),
}));
jest.mock('../../src/rotator/handlers/users', () => ({
  ...jest.requireActual('../../src/rotator/handlers/users'),
  readUsers: () => new Map([['alice', {}]]),
}));

const before = { ...process.env };
beforeAll(() => Object.assign(process.env, { ROTATION: 'R', AWS_REGION: 'eu-west-1' }));
afterAll(() => {
  process.env = before;
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.mocked(putResponse).mockReset();
});

const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:rotator';
const ALIAS = `${ARN}:CloudFormation`;
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const SECRETS = [
  SECRET,
  SECRET.replaceAll('/', 'x'), // could be the name of a user, or a logical ID
  SECRET.replaceAll('/', '\\/'),
  SECRET.replaceAll('/', '_'),
  `${SECRET.slice(0, 20)}|${SECRET.slice(20)}`,
  `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${SECRET}-AbCdEf`,
  `arn:aws:secretsmanager:${SECRET.replaceAll('/', '_')}:111122223333:secret:alice-AbCdEf`,
  `arn:${SECRET.replaceAll('/', '_')}:secretsmanager:eu-west-1:111122223333:secret:alice-AbCdEf`,
];

const requestOf = (RequestType: unknown, more: object = {}, properties: unknown = {}) => ({
  RequestType,
  ResourceType: FIRST_KEY_TYPE,
  ResponseURL: 'https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/x',
  StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Keys/1',
  RequestId: '1',
  LogicalResourceId: 'RotationAliceFirstKey0A1B2C3D',
  PhysicalResourceId: 'alice|alice|created',
  ResourceProperties:
    typeof properties === 'object' && properties !== null
      ? { Username: 'alice', Secret: 'alice', Created: 'true', Owner: 'R', DryRun: 'false', ...properties }
      : properties,
  OldResourceProperties: {},
  ...more,
});

interface Sent {
  readonly error: string | undefined;
  readonly log: Record<string, any>[];
  readonly response: Record<string, string> | undefined;
  readonly bytes: number;
}

async function send(event: unknown, invokedFunctionArn: string): Promise<Sent> {
  const log = captureLog();
  const context = { functionName: 'rotator', invokedFunctionArn, getRemainingTimeInMillis: () => 300_000 } as Context;
  const error = await handler(event, context).then(
    () => undefined,
    ({ name, message }: Error) => `${name}: ${message}`,
  );
  const body = jest.mocked(putResponse).mock.lastCall?.[1];
  return { error, log, response: body && JSON.parse(`${body}`), bytes: body?.length ?? 0 };
}

/** Returned to CloudFormation as they came: without them it would not recognize the response. */
const REPEATED = ['StackId', 'RequestId', 'LogicalResourceId', 'PhysicalResourceId'];

function shown({ error, log, response = {} }: Sent, event: Record<string, unknown>): string {
  const own = Object.entries(response).filter(([name, value]) => !(REPEATED.includes(name) && value === event[name]));
  return JSON.stringify([error, log, own]);
}

const FIELDS = ['RequestType', 'ResourceType', 'ResponseURL', ...REPEATED, 'ResourceProperties', 'more'];
// A valid Delete without an answer to its Create is for a user that the list may lack: its name is that of the user.
const PROPERTIES = ['Username', 'Secret', 'Created', 'ExistingSecret', 'Owner'];

const REQUESTS = ['Create', 'Update', 'Delete'].flatMap((type) => [
  ...FIELDS.map((field) => [type, field, (secret: string) => requestOf(type, { [field]: secret })] as const),
  ...PROPERTIES.map((name) => [type, name, (secret: string) => requestOf(type, {}, { [name]: secret })] as const),
]);

describe.each([ARN, ALIAS])('a secret in a request to %s is never repeated', (arn) => {
  // The others are accepted, and call AWS.
  const refused = REQUESTS.filter(([type, field]) => {
    if (arn === ARN || !['more', ...REPEATED].includes(field)) return true;
    return field === 'PhysicalResourceId' && type === 'Update';
  });
  test.each(refused)('%s, in %s', async (_type, _field, eventWith) => {
    for (const secret of SECRETS) {
      const event = eventWith(secret);
      const text = shown(await send(event, arn), event);
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(text).not.toContain(secret.slice(0, 20));
      expect(text).not.toContain(secret.slice(-15));
    }
  });
});

const NO_EVENT = ['action', 'username', 'ifDue', 'dryRun', 'accessKeyId', 'page', 'part', 'parts', 'frequency', 'more'];

describe.each([ARN, ALIAS])('a secret in an event to %s is never repeated', (arn) => {
  test.each(NO_EVENT)('in %s', async (field) => {
    for (const secret of SECRETS) {
      const event = { action: 'revoke', username: 'alice', [field]: secret };
      const text = shown(await send(event, arn), event);
      expect(text).toContain('BadRequest');
      expect(text).not.toContain(secret.slice(0, 20));
      expect(text).not.toContain(secret.slice(-15));
    }
  });
});

describe('a request that is not valid has a response that says what came, and nothing is called', () => {
  const noPrimitive = { toString: 'x', valueOf: 'x' };
  test.each<[string, unknown, string]>([
    ['an unknown type', requestOf('Foo'), 'is "Foo", expected "Create", "Update" or "Delete"'],
    ['a type in lower case', requestOf('delete'), 'is "delete", expected'],
    ['a type in a list', requestOf(['Delete']), 'is a list, expected'],
    ['no type', requestOf(undefined), 'is missing, expected'],
    ['a type that is no text', requestOf(noPrimitive), 'is an object, expected'],
    ['a user that is no text', requestOf('Create', {}, { Username: noPrimitive }), '"Username"'],
    ['a user that is too long', requestOf('Create', {}, { Username: 'x'.repeat(65) }), 'is a text of 65 characters'],
    ['a user with a slash', requestOf('Create', {}, { Username: 'a/b' }), 'is "a/b"'],
    ['a secret that is too long', requestOf('Create', {}, { Secret: 'x'.repeat(513) }), 'is a text of 513 characters'],
    ['no properties', requestOf('Create', {}, null), '"Username" of RotationAliceFirstKey0A1B2C3D is missing'],
    ['properties that are a text', requestOf('Create', {}, 'x'), 'is missing'],
    ['an Update without an ID', requestOf('Update', { PhysicalResourceId: undefined }), '"PhysicalResourceId"'],
    ['a Delete with an object as ID', requestOf('Delete', { PhysicalResourceId: { toString: 1 } }), 'is an object'],
    ['an empty ID', requestOf('Delete', { PhysicalResourceId: '' }), 'is ""'],
    ['an ID that is too long', requestOf('Delete', { PhysicalResourceId: 'é'.repeat(513) }), 'a text of 513'],
    [
      'an Update without what was',
      requestOf('Update', { OldResourceProperties: undefined }),
      'is missing, and is needed',
    ],
    ['an Update from null', requestOf('Update', { OldResourceProperties: null }), 'is null, and is needed'],
  ])('%s', async (_what, event, reason) => {
    const { error, response, bytes, log } = await send(event, ALIAS);
    expect(error).toBeUndefined();
    expect(response).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(reason) });
    expect(response!.PhysicalResourceId).toMatch(/^(?:alice\|alice\|created|refused)$/);
    expect(bytes).toBeLessThanOrEqual(4_096);
    expect(log).toMatchObject([{ record: 'deploy', level: 'ERROR' }]);
  });

  test('CloudFormation deletes a resource whose Create was refused: there is nothing to delete', async () => {
    const created = await send(requestOf('Create', {}, { Username: SECRET }), ALIAS);
    const { PhysicalResourceId } = created.response!;
    const { response } = await send(requestOf('Delete', { PhysicalResourceId }, { Username: SECRET }), ALIAS);
    expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
  });

  test('the longest IDs, and a reason in another language: at most 4,096 bytes', async () => {
    const ids = { StackId: 'x'.repeat(512), LogicalResourceId: 'x'.repeat(255), PhysicalResourceId: '"'.repeat(1_024) };
    const { response, bytes } = await send(requestOf('日本語'.repeat(6), ids), ALIAS);
    expect(response).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('日本語'), ...ids });
    expect(bytes).toBeLessThanOrEqual(4_096);
  });
});

test.each([
  ['StackId', undefined, 'missing'],
  ['RequestId', 7, '7'],
  ['LogicalResourceId', { toString: 1 }, 'an object'],
  ['LogicalResourceId', 'x'.repeat(256), 'a text of 256 characters'],
  ['StackId', 'a\nb', '"a?b"'],
])('a request whose %s is %j has no response, and becomes a dead letter', async (name, value, what) => {
  const { error, response, log } = await send(requestOf('Delete', { [name]: value }), ALIAS);
  expect(error).toBe(
    `BadRequest: "${name}" is ${what}, and nothing was done: only CloudFormation sends this request, with an ID`,
  );
  expect(response).toBeUndefined();
  expect(log).toMatchObject([{ record: 'failure', level: 'ERROR' }]);
});
