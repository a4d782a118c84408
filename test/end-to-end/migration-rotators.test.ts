/**
 * Recipe 3 of docs/migration.md: from another rotator. The stacks here imitate the layouts of aws-samples' rotator and
 * of cdk-iam-credentials-rotator, as their repositories show them: what they create and when, not their code.
 */
import { GetGroupCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { deployStack, ReadingConsumer } from './migrating';
import { ACCOUNT, LocalAws, userArn } from './support';
import { AccessKeyRotation } from '../../src';
import { pageOf } from '../package/pages/markdown';
import { read } from '../package/pages/repository';

const FIELDS = { accessKeyField: 'AccessKeyId', secretKeyField: 'SecretAccessKey' };
const IN_SECRET = ['AccessKeyId', 'SecretAccessKey'] as const;

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

/** Runs the command of the page that has a text, with its placeholders filled in. */
async function runDocumented(text: string, names: Readonly<Record<string, string>>): Promise<void> {
  const commands = pageOf(read('docs/migration.md'))
    .fences.filter(({ info }) => info === 'sh')
    .flatMap((fence) => fence.text.trim().split('\n'))
    .filter((line) => line.includes(text));
  expect(commands).toHaveLength(1);
  await aws.shell(commands[0].replace(/\b[A-Z]+_[A-Z_]+\b/g, (name) => names[name]));
}

/** A rotator in a stack of its own: a rule, and a function that works on the keys of one user. */
function otherRotator(stack: Stack, code: string, every: Duration, environment: Record<string, string>): void {
  const rotator = new lambda.Function(stack, 'Function', {
    functionName: 'other-rotator',
    runtime: lambda.Runtime.PYTHON_3_13,
    handler: 'index.handler',
    code: lambda.Code.fromInline(code),
    timeout: Duration.minutes(1),
    environment,
  });
  rotator.addToRolePolicy(new iam.PolicyStatement({ actions: ['iam:*', 'secretsmanager:*'], resources: ['*'] }));
  const rule = new events.Rule(stack, 'ScheduleRule', {
    schedule: events.Schedule.rate(every),
    targets: [new targets.LambdaFunction(rotator)],
  });
  new CfnOutput(stack, 'Rule', { value: rule.ruleName });
}

async function deployOther(code: string, every: Duration, environment: Record<string, string>): Promise<string> {
  await deployStack(aws, (stack) => otherRotator(stack, code, every, environment), 'Rotator');
  const stacks = await aws.shell(
    "aws cloudformation describe-stacks --stack-name Rotator --query 'Stacks[0].Outputs[0].OutputValue' --output text",
  );
  return stacks.trim();
}

const takeOver = (user: string, secret: string) =>
  deployStack(
    aws,
    (stack) =>
      void new AccessKeyRotation(stack, 'Rotation', {
        users: [
          {
            user: iam.User.fromUserName(stack, 'User', user),
            secret: secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', secret),
            ...FIELDS,
          },
        ],
      }),
    'Taken',
  );

describe('from aws-samples/aws-iam-access-key-auto-rotation', () => {
  const GROUP = 'IAMKeyRotationExemptionGroup';
  const SECRET = `Account_${ACCOUNT}_User_partner_AccessKey`;
  /** At 90 days a new key, at 100 the old one is inactive, at 110 deleted, unless the user is in the group. */
  const DAILY = `
import datetime, json, os, boto3
iam, secrets = boto3.client('iam'), boto3.client('secretsmanager')
def handler(event, context):
    user, name = os.environ['ROTATED'], os.environ['SECRET']
    if user in [member['UserName'] for member in iam.get_group(GroupName=os.environ['GROUP'])['Users']]:
        return print('exempt')
    now = datetime.datetime.fromisoformat(event['time'].replace('Z', '+00:00'))
    keys = sorted(iam.list_access_keys(UserName=user)['AccessKeyMetadata'], key=lambda key: key['CreateDate'])
    for key in keys:
        age = (now - key['CreateDate']).days
        if age >= 110:
            iam.delete_access_key(UserName=user, AccessKeyId=key['AccessKeyId'])
        elif age >= 100 and key['Status'] == 'Active':
            iam.update_access_key(UserName=user, AccessKeyId=key['AccessKeyId'], Status='Inactive')
        elif age >= 90 and len(keys) == 1:
            made = iam.create_access_key(UserName=user)['AccessKey']
            value = json.dumps(made, indent=4, sort_keys=True, default=str)
            try:
                secrets.put_secret_value(SecretId=name, SecretString=value)
            except secrets.exceptions.ResourceNotFoundException:
                secrets.create_secret(Name=name, SecretString=value)
            arn = iam.get_user(UserName=user)['User']['Arn']
            allow = {'Effect': 'Allow', 'Principal': {'AWS': arn}, 'Resource': '*',
                     'Action': ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']}
            secrets.put_resource_policy(SecretId=name, ResourcePolicy=json.dumps(
                {'Version': '2012-10-17', 'Statement': [allow]}), BlockPublicPolicy=True)
`;

  /** @returns the rule, after the rotator issued a key into a secret that it created */
  async function afterItsFirstRotation(): Promise<{ rule: string; first: string; value: Record<string, string> }> {
    const [first] = await aws.makeUser('partner', 1);
    await aws.shell(`aws iam create-group --group-name ${GROUP}`);
    const rule = await deployOther(DAILY, Duration.hours(24), { ROTATED: 'partner', SECRET, GROUP });
    await aws.emulator.advanceDays(92);
    const value = await aws.secretValue(SECRET);
    expect(Object.keys(value).sort()).toEqual(['AccessKeyId', 'CreateDate', 'SecretAccessKey', 'Status', 'UserName']);
    expect(await aws.keys('partner')).toEqual({ [first]: 'Active', [value.AccessKeyId]: 'Active' });
    return { rule, first, value };
  }

  test.each([
    ['its rule is disabled', 'aws events disable-rule'],
    ['the user is in its exemption group', 'aws iam add-user-to-group'],
  ])('%s: no call fails, and the keys of both rotators are retired', async (_how, command) => {
    const { rule, first, value } = await afterItsFirstRotation();
    const consumer = new ReadingConsumer(aws, { secret: SECRET, arn: userArn('partner'), fields: IN_SECRET });
    await consumer.hasCalled();
    await runDocumented(command, { RULE_NAME: rule, USER_NAME: 'partner' });
    if (command.includes('group')) {
      expect((await aws.iam.send(new GetGroupCommand({ GroupName: GROUP }))).Users).toHaveLength(1);
    }

    await takeOver('partner', SECRET);
    expect(await aws.secretValue(SECRET)).toEqual(value);
    expect(await aws.keys('partner')).toEqual({ [first]: 'Active', [value.AccessKeyId]: 'Active' });
    await aws.emulator.advanceDays(30);
    expect(await aws.keys('partner')).toEqual({ [value.AccessKeyId]: 'Active' });

    await aws.emulator.destroy('Rotator');
    await aws.emulator.advanceDays(62);
    const next = await aws.secretValue(SECRET);
    expect(next).toEqual({ ...value, AccessKeyId: next.AccessKeyId, SecretAccessKey: next.SecretAccessKey });
    expect(await aws.keys('partner')).toEqual({ [value.AccessKeyId]: 'Active', [next.AccessKeyId]: 'Active' });
    // The policy that the other rotator attached is still there, and the user reads with its new key.
    const own = { AccessKey: next.AccessKeyId, SecretKey: next.SecretAccessKey };
    expect(await aws.readAs(own, SECRET)).toEqual(next);
    await aws.emulator.advanceDays(29);
    expect(await aws.keys('partner')).toEqual({ [next.AccessKeyId]: 'Active' });
    await consumer.hasCalled();
    expect(await consumer.done()).toBeGreaterThan(10);
  });

  test('if it is left on, it works on the keys of the rotation: the page forbids that', async () => {
    const { first, value } = await afterItsFirstRotation();
    await takeOver('partner', SECRET);

    await aws.emulator.advanceDays(9); // by the rotation, the other key is deactivated 14 days after the take-over

    expect(await aws.keys('partner')).toEqual({ [first]: 'Inactive', [value.AccessKeyId]: 'Active' });
    expect((await aws.secretValue(SECRET)).AccessKeyId).toBe(value.AccessKeyId);
  });
});

describe('from cdk-iam-credentials-rotator', () => {
  const SECRET = 'prod/homer';
  /** A secret for the time of the run, the owner's handler, then all other keys are deleted at once. */
  const HOURLY = `
import json, os, boto3
iam, secrets = boto3.client('iam'), boto3.client('secretsmanager')
def handler(event, context):
    user, name = os.environ['ROTATED'], 'iam-credential-rotation/x-homer-iam-credentials'
    for key in sorted(iam.list_access_keys(UserName=user)['AccessKeyMetadata'], key=lambda key: key['CreateDate'])[:-1]:
        iam.delete_access_key(UserName=user, AccessKeyId=key['AccessKeyId'])
    made = iam.create_access_key(UserName=user)['AccessKey']
    secrets.create_secret(Name=name, SecretString=json.dumps(made, default=str))
    credentials_handler(name)
    for key in iam.list_access_keys(UserName=user)['AccessKeyMetadata']:
        if key['AccessKeyId'] != made['AccessKeyId']:
            iam.delete_access_key(UserName=user, AccessKeyId=key['AccessKeyId'])
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
def credentials_handler(name):
    value = json.loads(secrets.get_secret_value(SecretId=name)['SecretString'])
    kept = {field: value[field] for field in ('AccessKeyId', 'SecretAccessKey')}
    secrets.put_secret_value(SecretId='${SECRET}', SecretString=json.dumps({**kept, 'endpoint': 'api.example.com'}))
`;

  /** @returns the rule, after a run in which the owner's handler stored the key in a secret of the owner */
  async function afterItsHandlerStores(): Promise<{ rule: string; value: Record<string, string> }> {
    await aws.makeUser('homer', 1);
    await aws.secrets.send(new CreateSecretCommand({ Name: SECRET, SecretString: '{}' }));
    const rule = await deployOther(HOURLY, Duration.hours(1), { ROTATED: 'homer' });
    await aws.emulator.advanceDays(2.5 / 24);
    const value = await aws.secretValue(SECRET);
    expect(await aws.keys('homer')).toEqual({ [value.AccessKeyId]: 'Active' });
    // Its own secret exists only during a run: there is nothing to take over.
    expect(await aws.secretExists('iam-credential-rotation/x-homer-iam-credentials')).toBe(false);
    return { rule, value };
  }

  test('its handler stores the key in a secret of the owner, then its rule is disabled: no call fails', async () => {
    const { rule } = await afterItsHandlerStores();
    await runDocumented('aws events disable-rule', { RULE_NAME: rule });
    const value = await aws.secretValue(SECRET);
    const consumer = new ReadingConsumer(aws, {
      secret: SECRET,
      arn: userArn('homer'),
      fields: IN_SECRET,
      others: { endpoint: 'api.example.com' },
    });

    await takeOver('homer', SECRET);
    await aws.emulator.destroy('Rotator');
    expect(await aws.secretValue(SECRET)).toEqual(value);
    await aws.emulator.advanceDays(91);
    const next = await aws.secretValue(SECRET);
    expect(await aws.keys('homer')).toEqual({ [value.AccessKeyId]: 'Active', [next.AccessKeyId]: 'Active' });
    await aws.emulator.advanceDays(29);
    expect(await aws.keys('homer')).toEqual({ [next.AccessKeyId]: 'Active' });
    await consumer.hasCalled();
    expect(await consumer.done()).toBeGreaterThan(10);
  });

  test('if it is left on, the next run deletes the current key: the page forbids that', async () => {
    const { value } = await afterItsHandlerStores();
    await takeOver('homer', SECRET);
    // A consumer that keeps the key, as it may: the rotation promises 14 days.
    const kept = { AccessKey: value.AccessKeyId, SecretKey: value.SecretAccessKey };
    expect(await aws.callerIdentity(kept)).toBe(userArn('homer'));

    await aws.emulator.advanceDays(1.5 / 24);

    await expect(aws.callerIdentity(kept)).rejects.toThrow();
    expect(Object.keys(await aws.keys('homer'))).not.toContain(value.AccessKeyId);
  });
});
