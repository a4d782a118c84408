/** Recipe 4 of docs/migration.md: a stack imports a user and a secret, then a rotation in it takes them over. */
import { mkdtempSync, readFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import {
  ChangeSetType,
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { deployStack, ReadingConsumer } from './migrating';
import { LocalAws, userArn } from './support';
import { AccessKeyRotation } from '../../src';
import { runSnippet } from '../package/pages/run-snippet';

const NAME = 'Existing';
const USER = 'AWS::IAM::User';
const SECRET = 'AWS::SecretsManager::Secret';
/** Of these the recipe says that CloudFormation imports them. */
const IDENTIFIERS: Record<string, string> = { [USER]: 'UserName', [SECRET]: 'Id' };

let aws: LocalAws;
let cloudFormation: CloudFormationClient;
beforeAll(async () => {
  aws = await LocalAws.start();
  cloudFormation = new CloudFormationClient(aws.emulator.clientConfig);
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

const present = (stack: Stack) => void new iam.User(stack, 'Other', { userName: 'other' });
/** Step 1, as the reader pastes it. */
const documented = (stack: Stack) => runSnippet('docs/migration.md', 'generateSecretString = undefined', { stack });
const rotate = (stack: Stack) =>
  void new AccessKeyRotation(stack, 'Rotation', {
    users: [
      {
        user: stack.node.findChild('Partner') as iam.User,
        secret: stack.node.findChild('Credentials') as secretsmanager.Secret,
      },
    ],
  });

function templateOf(build: (stack: Stack) => void): any {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'assembly-')) });
  build(new Stack(app, NAME));
  return JSON.parse(readFileSync(join(app.synth().directory, `${NAME}.template.json`), 'utf8'));
}

/** The user and the secret, which no stack has, and a stack that is there already. */
async function existing(): Promise<{ arn: string; keyId: string }> {
  const [key] = await aws.makeUserWithKeys('partner', 1, '/partners/');
  const { ARN } = await aws.secrets.send(
    new CreateSecretCommand({
      Name: 'partner/credentials',
      SecretString: JSON.stringify({ AccessKey: key.AccessKeyId, SecretKey: key.SecretAccessKey, host: 'db' }),
    }),
  );
  await deployStack(aws, present, NAME);
  return { arn: ARN!, keyId: key.AccessKeyId! };
}

/** What `cdk import` does once it has the identifiers. */
async function importInto(template: any, arn: string): Promise<string> {
  const identifiers: Record<string, string> = { [USER]: 'partner', [SECRET]: arn };
  const toImport = Object.entries<any>(template.Resources).filter(
    ([id, { Type }]) => Type in IDENTIFIERS && !id.startsWith('Other'),
  );
  await cloudFormation.send(
    new CreateChangeSetCommand({
      StackName: NAME,
      ChangeSetName: 'import',
      ChangeSetType: ChangeSetType.IMPORT,
      TemplateBody: JSON.stringify(template),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      ResourcesToImport: toImport.map(([LogicalResourceId, { Type }]) => ({
        LogicalResourceId,
        ResourceType: Type,
        ResourceIdentifier: { [IDENTIFIERS[Type]]: identifiers[Type] },
      })),
    }),
  );
  const settled = async (read: () => Promise<string>): Promise<string> => {
    for (;;) {
      const status = await read();
      if (!/_(?:IN_PROGRESS|PENDING)$/.test(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const changeSet = { StackName: NAME, ChangeSetName: 'import' };
  const created = await settled(
    async () => (await cloudFormation.send(new DescribeChangeSetCommand(changeSet))).Status!,
  );
  expect(created).toBe('CREATE_COMPLETE');
  await cloudFormation.send(new ExecuteChangeSetCommand(changeSet));
  return settled(
    async () => (await cloudFormation.send(new DescribeStacksCommand({ StackName: NAME }))).Stacks![0].StackStatus!,
  );
}

test('the template of the import adds only a user and a secret, each with a policy and without a value', () => {
  const before = Object.keys(templateOf(present).Resources);
  const added = Object.entries<any>(
    templateOf((stack) => {
      present(stack);
      documented(stack);
    }).Resources,
  ).filter(([id]) => !before.includes(id));

  expect(added.map(([, { Type }]) => Type).sort()).toEqual([USER, SECRET]);
  for (const [, resource] of added) expect(resource).toMatchObject({ DeletionPolicy: 'Retain' });
  const secret = added.find(([, { Type }]) => Type === SECRET)![1];
  expect(Object.keys(secret.Properties)).toEqual(['Name']);
});

test('import, then take over: no call fails, and a later change of the secret writes no value', async () => {
  const { arn, keyId } = await existing();
  const consumer = new ReadingConsumer(aws, {
    secret: arn,
    arn: userArn('partner', '/partners/'),
    others: { host: 'db' },
  });
  const imported = (stack: Stack) => {
    present(stack);
    documented(stack);
  };
  expect(await importInto(templateOf(imported), arn)).toBe('IMPORT_COMPLETE');
  expect(Object.keys(await aws.versions(arn))).toHaveLength(1);

  const taken = (stack: Stack) => {
    imported(stack);
    rotate(stack);
  };
  await deployStack(aws, taken, NAME);
  expect(await aws.keys('partner')).toEqual({ [keyId]: 'Active' });
  await aws.emulator.advanceDays(91);
  const next = await aws.secretValue(arn);
  expect(next.AccessKey).not.toBe(keyId);
  await deployStack(
    aws,
    (stack) => {
      taken(stack);
      const secret = stack.node.findChild('Credentials').node.defaultChild as secretsmanager.CfnSecret;
      secret.description = 'of the partner';
    },
    NAME,
  );
  expect(await aws.secretValue(arn)).toEqual(next);

  // They outlive the stack.
  await aws.emulator.destroy(NAME);
  expect(await aws.secretValue(arn)).toEqual(next);
  expect(Object.keys(await aws.keys('partner'))).toContain(next.AccessKey);
  await consumer.hasCalled();
  await consumer.done();
});

test.each<[what: string, build: (stack: Stack) => void, refusal: RegExp]>([
  ['a rotation in the same step', rotate, /missing from ResourceToImport list/],
  [
    'an access key in the same step',
    (stack) => void new iam.CfnAccessKey(stack, 'Key', { userName: 'partner' }),
    /missing from ResourceToImport list/,
  ],
  [
    'a user without a DeletionPolicy',
    (stack) => {
      (stack.node.findChild('Partner').node.defaultChild as iam.CfnUser).cfnOptions.deletionPolicy = undefined;
    },
    /must have DeletionPolicy/,
  ],
])('%s is refused', async (_what, build, refusal) => {
  const { arn } = await existing();
  const template = templateOf((stack) => {
    present(stack);
    documented(stack);
    build(stack);
  });
  await expect(importInto(template, arn)).rejects.toThrow(refusal);
});
