/** The function itself refuses CloudFormation's requests, its alias everything else. */
import { createServer, Server } from 'http';
import { AddressInfo } from 'net';
import { text } from 'stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { LocalAws, userArn } from './support';
import { FIRST_KEY_ALIAS, FIRST_KEY_TYPE } from '../../src/contract/settings';

let aws: LocalAws;
let server: Server;
let owner: string;
/** What CloudFormation receives. */
const responses: { readonly Status: string; readonly Reason?: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      responses.push(JSON.parse(body));
      response.end();
    });
  }).listen(0, '127.0.0.1');
  aws = await LocalAws.start();
  await aws.makeUser('partner', 1);
  await aws.deploy((stack) => ({
    users: [{ userName: 'alice' }, { user: iam.User.fromUserArn(stack, 'Partner', userArn('partner')) }],
  }));
  owner = JSON.parse(await aws.shell('aws iam list-user-tags --user-name alice --query Tags[0].Value')) as string;
});
afterAll(async () => {
  server.close();
  await aws.emulator.stop();
});

const client = () => new LambdaClient(aws.emulator.clientConfig);

async function state() {
  const users = ['alice', 'partner'];
  return {
    keys: await Promise.all(users.map((name) => aws.keys(name))),
    versions: await Promise.all(users.map((name) => aws.versions(name))),
  };
}

async function deleteRequest(username: string, more: object = {}) {
  const { ARN } = await aws.secrets.send(new DescribeSecretCommand({ SecretId: username }));
  const created = username === 'alice';
  return {
    RequestType: 'Delete',
    RequestId: 'forged',
    ResourceType: FIRST_KEY_TYPE,
    ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    StackId: 'stack',
    LogicalResourceId: 'FirstKey',
    PhysicalResourceId: `${username}|${ARN}|${created ? 'created' : 'adopted'}`,
    ResourceProperties: {
      Username: username,
      Secret: ARN,
      Created: `${created}`,
      Owner: owner,
      DryRun: 'false',
      ...more,
    },
  };
}

/** @returns the answer of the function, or its error */
async function send(event: object, Qualifier?: string): Promise<any> {
  const { Payload } = await client().send(
    new InvokeCommand({ FunctionName: aws.outputs.Function, Qualifier, Payload: JSON.stringify(event) }),
  );
  return JSON.parse(Payload!.transformToString());
}

test('the deploy issued the first keys, through the alias', async () => {
  expect((await aws.secretValue('alice')).AccessKey).toMatch(/^A/);
  expect((await aws.secretValue('partner')).AccessKey).toMatch(/^A/);
});

test.each([undefined, '$LATEST'])(
  'a Delete that is not sent to the alias is refused, and CloudFormation gets no response (qualifier: %s)',
  async (qualifier) => {
    const before = await state();
    for (const username of ['alice', 'partner']) {
      const { errorMessage } = await send(await deleteRequest(username), qualifier);
      expect(errorMessage).toContain(`"RequestType": "Delete"`);
      expect(errorMessage).toContain(`"Username": "${username}" was sent to the function with`);
    }
    expect(await state()).toEqual(before);
    expect(responses).toEqual([]);
  },
);

test('sent asynchronously, as by a rule, it becomes a dead letter', async () => {
  const before = await state();
  const event = await deleteRequest('alice');
  await client().send(
    new InvokeCommand({ FunctionName: aws.outputs.Function, InvocationType: 'Event', Payload: JSON.stringify(event) }),
  );
  let letters: unknown[] = [];
  while (letters.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    letters = await aws.deadLetters();
  }
  expect(letters).toEqual([event]);
  expect(await state()).toEqual(before);
  expect(responses).toEqual([]);
});

test('a check or a command that is sent to the alias is refused', async () => {
  const before = await state();
  for (const event of [
    { action: 'create', username: 'alice' },
    { action: 'create', username: 'alice', ifDue: true },
    { action: 'status' },
    { action: 'rollback', username: 'alice' },
    { action: 'digest', subscriptions: 0 },
  ]) {
    const { errorMessage } = await send(event, FIRST_KEY_ALIAS);
    expect(errorMessage).toContain(`"action": "${event.action}"`);
    expect(errorMessage).toContain('was sent to the alias "CloudFormation" of the function');
  }
  expect(await state()).toEqual(before);
});

test('and is served by the function itself', async () => {
  expect(await aws.invoke({ action: 'status', username: 'alice' })).toMatchObject({ outcome: 'status' });
});

test.each([
  ['another owner', 'alice', { Owner: 'us-east-1/Other/12345678' }, 'the property "Owner" of FirstKey is'],
  ['the name of another user', 'alice', { Username: 'partner' }, 'the user in the ID of the resource is "alice"'],
  [
    'an adopted user as a created one',
    'partner',
    { Created: 'true' },
    'the origin in the ID of the resource is "adopted"',
  ],
])('a Delete through the alias with %s fails, and nothing is changed', async (_what, username, more, reason) => {
  const before = await state();
  await send(await deleteRequest(username, more), FIRST_KEY_ALIAS);
  expect(responses.pop()).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(reason) });
  expect(await state()).toEqual(before);
});

test('an ID that CloudFormation makes up proves nothing: the tag of the user decides', async () => {
  const before = await state();
  const event = { ...(await deleteRequest('partner', { Created: 'true' })), PhysicalResourceId: 'made up' };
  await send(event, FIRST_KEY_ALIAS);
  const Reason = expect.stringContaining('records that the rotation adopted it, and nothing was changed');
  expect(responses.pop()).toMatchObject({ Status: 'FAILED', Reason });
  expect(await state()).toEqual(before);
});

test('the removal of the users by a deploy deletes the keys of the rotation', async () => {
  const [, partner] = (await state()).keys;
  const own = (await aws.secretValue('partner')).AccessKey;
  await aws.deploy((stack) => ({
    users: [
      { userName: 'bob' },
      { user: iam.User.fromUserArn(stack, 'Partner', userArn('partner')), removalPolicy: RemovalPolicy.DESTROY },
    ],
  }));
  expect(await aws.userExists('alice')).toBe(false);
  await aws.deploy(() => ({ users: [{ userName: 'bob' }] }));
  expect(Object.keys(await aws.keys('partner'))).toEqual(Object.keys(partner).filter((keyId) => keyId !== own));
});
