/**
 * CloudFormation's Delete at ten moments of a Create. The local CloudFormation does not cancel a resource that is being
 * created, so the function gets both requests from here.
 */
import { once } from 'events';
import { createServer, IncomingMessage, Server } from 'http';
import { AddressInfo } from 'net';
import { ListUserTagsCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import * as iam from 'aws-cdk-lib/aws-iam';
import { LocalAws, STACK, userArn } from './support';
import { FIRST_KEY_ALIAS, FIRST_KEY_TYPE, FirstKeyProperties, OWNER_TAG } from '../../src/contract/settings';

const MOMENTS = 10;

let aws: LocalAws;
let server: Server;
const answers = new Map<string, (answer: { Status: string; Reason?: string }) => void>();

beforeAll(async () => {
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const answer = JSON.parse(body);
      answers.get(answer.RequestId)?.(answer);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  aws = await LocalAws.start();
});
afterAll(async () => {
  server.close();
  await aws.emulator.stop();
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request) body += part;
  return body;
}

/** @returns what CloudFormation receives */
async function send(type: 'Create' | 'Delete', properties: FirstKeyProperties) {
  const RequestId = `${type}-${properties.Username}`;
  const answer = new Promise<{ Status: string; Reason?: string }>((resolve) => answers.set(RequestId, resolve));
  const event = {
    RequestType: type,
    RequestId,
    ResourceType: FIRST_KEY_TYPE,
    ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    StackId: 'stack',
    LogicalResourceId: 'FirstKey',
    PhysicalResourceId: 'made up by CloudFormation',
    ResourceProperties: properties,
  };
  await new LambdaClient(aws.emulator.clientConfig).send(
    new InvokeCommand({
      FunctionName: aws.outputs.Function,
      Qualifier: FIRST_KEY_ALIAS,
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    }),
  );
  return answer;
}

async function propertiesOf(name: string, created: boolean, owner: string): Promise<FirstKeyProperties> {
  const { ARN } = await aws.secrets.send(new DescribeSecretCommand({ SecretId: name }));
  return { Username: name, Secret: ARN!, Created: created ? 'true' : 'false', Owner: owner, DryRun: 'false' };
}

async function ownerOf(name: string): Promise<string | undefined> {
  const { Tags } = await aws.iam.send(new ListUserTagsCommand({ UserName: name }));
  return Tags?.find(({ Key }) => Key === OWNER_TAG)?.Value;
}

test('a removal at ten moments of a first key leaves no key, ten times out of ten', async () => {
  const created = Array.from({ length: MOMENTS + 1 }, (_, index) => `created-${index}`);
  const adopted = Array.from({ length: MOMENTS }, (_, index) => `adopted-${index}`);
  for (const name of adopted) await aws.makeUser(name, 1, '/partners/');
  // A dry run: users and secrets exist, and no user has a key of the rotation.
  await aws.deploy((stack) => ({
    dryRun: true,
    users: [
      ...created.map((userName) => ({ userName })),
      ...adopted.map((name) => ({ user: iam.User.fromUserArn(stack, name, userArn(name, '/partners/')) })),
    ],
  }));
  const owner = (await ownerOf('created-0'))!;
  const begin = Date.now();
  expect(await send('Create', await propertiesOf(created.pop()!, true, owner))).toMatchObject({ Status: 'SUCCESS' });
  const duration = Date.now() - begin;

  for (const [index, name] of [...created, ...adopted].entries()) {
    const isCreated = index < MOMENTS;
    const before = Object.keys(await aws.keys(name));
    const properties = await propertiesOf(name, isCreated, owner);
    const create = send('Create', properties);
    await new Promise((resolve) => setTimeout(resolve, ((index % MOMENTS) / MOMENTS) * duration));
    expect(await send('Delete', properties)).toMatchObject({ Status: 'SUCCESS' });
    expect(Object.keys(await aws.keys(name))).toEqual(before);
    await create;
    expect(Object.keys(await aws.keys(name))).toEqual(before);
    expect(await ownerOf(name)).toBe(isCreated ? owner : undefined);
  }

  await aws.emulator.destroy(STACK);
  for (const name of created) expect(await aws.userExists(name)).toBe(false);
});
