/** docs/migration.md, step by step: a consumer reads the secret and signs a call all the while, and never fails. */
import { execFile } from 'child_process';
import { join } from 'path';
import { promisify } from 'util';
import { CreateAccessKeyCommand, UntagUserCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand, DescribeSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { RemovalPolicy, SecretValue, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { deployStack, ReadingConsumer } from './migrating';
import { LocalAws, userArn } from './support';
import { AccessKeyRotation, RotatedUserProps } from '../../src';
import { OWNER_TAG } from '../../src/contract/settings';
import { pythonWith } from '../local-aws/virtual-environment';
import { pageOf } from '../package/pages/markdown';
import { read } from '../package/pages/repository';
import { runSnippet } from '../package/pages/run-snippet';

const OTHERS = { host: 'db.example.com', port: 5432 };

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

/** @see ReadingConsumer */
class Consumer extends ReadingConsumer {
  constructor(secret: string, arn: string) {
    super(aws, { secret, arn, others: OTHERS });
  }
}

const deploy = (build: (stack: Stack) => void, name?: string) => deployStack(aws, build, name);
const rotate = (stack: Stack, ...users: RotatedUserProps[]) => void new AccessKeyRotation(stack, 'Rotation', { users });

describe('recipe 1: user, key and secret in the same app', () => {
  const userIn = (stack: Stack) => new iam.User(stack, 'User', { userName: 'legacy' });
  const imported = (stack: Stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Imported', 'prod/legacy');
  const takeOver = (stack: Stack) => rotate(stack, { user: userIn(stack), secret: imported(stack) });

  function before(stack: Stack, kind: 'AccessKey' | 'CfnAccessKey', retain: boolean): void {
    const user = userIn(stack);
    const [key, keyId, secretKey] =
      kind === 'AccessKey'
        ? (() => {
            const made = new iam.AccessKey(stack, 'Key', { user });
            return [made, made.accessKeyId, made.secretAccessKey] as const;
          })()
        : (() => {
            const made = new iam.CfnAccessKey(stack, 'Key', { userName: user.userName });
            return [made, made.ref, SecretValue.resourceAttribute(made.attrSecretAccessKey)] as const;
          })();
    const secret = new secretsmanager.Secret(stack, 'Secret', {
      secretName: 'prod/legacy',
      secretObjectValue: {
        AccessKey: SecretValue.unsafePlainText(keyId),
        SecretKey: secretKey,
        host: SecretValue.unsafePlainText(OTHERS.host),
      },
    });
    if (!retain) return;
    key.applyRemovalPolicy(RemovalPolicy.RETAIN);
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }

  test.each(['AccessKey', 'CfnAccessKey'] as const)(
    'iam.%s: no call fails, and the key is kept until it is due',
    async (kind) => {
      await deploy((stack) => before(stack, kind, false));
      const first = await aws.secretValue('prod/legacy');
      // The owner adds a field that the template does not have.
      await aws.secrets.send(
        new PutSecretValueCommand({ SecretId: 'prod/legacy', SecretString: JSON.stringify({ ...first, ...OTHERS }) }),
      );
      const consumer = new Consumer('prod/legacy', userArn('legacy'));
      await deploy((stack) => before(stack, kind, true));
      await deploy((stack) => void userIn(stack));
      expect(await aws.keys('legacy')).toEqual({ [first.AccessKey]: 'Active' });
      await deploy(takeOver);
      expect(await aws.secretValue('prod/legacy')).toEqual({ ...first, ...OTHERS });
      expect(await aws.keys('legacy')).toEqual({ [first.AccessKey]: 'Active' });

      await aws.emulator.advanceDays(89, { idle: 80 });
      expect(await aws.keys('legacy')).toEqual({ [first.AccessKey]: 'Active' });
      await aws.emulator.advanceDays(2);
      const second = await aws.secretValue('prod/legacy');
      expect(second).toEqual({ ...first, ...OTHERS, AccessKey: second.AccessKey, SecretKey: second.SecretKey });
      expect(await aws.keys('legacy')).toEqual({ [first.AccessKey]: 'Active', [second.AccessKey]: 'Active' });
      // The owner edits a field in the switch period.
      await aws.secrets.send(
        new PutSecretValueCommand({
          SecretId: 'prod/legacy',
          SecretString: JSON.stringify({ ...second, note: 'new' }),
        }),
      );
      await aws.emulator.advanceDays(29);
      expect(await aws.keys('legacy')).toEqual({ [second.AccessKey]: 'Active' });
      expect(await aws.secretValue('prod/legacy')).toEqual({ ...second, note: 'new' });
      await consumer.hasCalled();
      expect(await consumer.done()).toBeGreaterThan(10);
      // The user may read it with its own key.
      expect(await aws.readAs(second, 'prod/legacy')).toMatchObject(OTHERS);
    },
  );

  test('with the page alone: its own snippets and its command, pasted', async () => {
    const paste = (text: string, stack: Stack, more: object = {}) =>
      runSnippet('docs/migration.md', text, { stack, ...more });
    const start = (stack: Stack) => paste('SecretKey: key.secretAccessKey', stack);
    await deploy(start);
    const first = await aws.secretValue('prod/legacy');
    const consumer = new ReadingConsumer(aws, { secret: 'prod/legacy', arn: userArn('legacy') });
    const check = pageOf(read('docs/migration.md')).fences.find(({ text }) => text.includes('get-template'))!;
    const retained = async () =>
      (await aws.shell(check.text.trim().replace('STACK_NAME', 'Existing')))
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/))
        .filter(([type]) => ['AWS::IAM::AccessKey', 'AWS::SecretsManager::Secret'].includes(type))
        .map(([, ...policies]) => policies);
    expect(await retained()).not.toContainEqual(['Retain', 'Retain']);

    await deploy((stack) => {
      start(stack);
      paste('key.applyRemovalPolicy', stack, {
        key: stack.node.findChild('Key'),
        secret: stack.node.findChild('Secret'),
      });
    });
    expect(await retained()).toEqual([
      ['Retain', 'Retain'],
      ['Retain', 'Retain'],
    ]);
    await deploy((stack) => void userIn(stack));
    await deploy((stack) => paste('// as before', stack));

    expect(await aws.secretValue('prod/legacy')).toEqual(first);
    await aws.emulator.advanceDays(120, { idle: 80 });
    const last = await aws.secretValue('prod/legacy');
    expect(last.AccessKey).not.toBe(first.AccessKey);
    expect(await aws.keys('legacy')).toEqual({ [last.AccessKey]: 'Active' });
    await consumer.hasCalled();
    await consumer.done();
  });

  test('a secret that holds the secret access key alone is refused, and nothing changes', async () => {
    const start = (stack: Stack, retain: boolean) => {
      const key = new iam.AccessKey(stack, 'Key', { user: userIn(stack) });
      const secret = new secretsmanager.Secret(stack, 'Secret', {
        secretName: 'prod/legacy',
        secretStringValue: key.secretAccessKey,
      });
      if (!retain) return;
      key.applyRemovalPolicy(RemovalPolicy.RETAIN);
      secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    };
    await deploy((stack) => start(stack, true));
    const [keys, versions] = [await aws.keys('legacy'), await aws.versions('prod/legacy')];
    await deploy((stack) => void userIn(stack));
    await expect(deploy(takeOver)).rejects.toThrow(/JSON.*Nothing was changed/s);
    expect(await aws.keys('legacy')).toEqual(keys);
    expect(await aws.versions('prod/legacy')).toEqual(versions);
  });

  test('two consumers, one with the key of the user and one with a role, never fail', async () => {
    const mayRead = new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: ['*'] });
    const reader = (stack: Stack) =>
      new iam.Role(stack, 'Reader', { roleName: 'reader', assumedBy: new iam.AccountRootPrincipal() }).addToPolicy(
        mayRead,
      );
    // Before the take-over, the user reads by a policy of its own.
    const ownRead = (user: iam.IUser) => user.addToPrincipalPolicy(mayRead);
    await deploy((stack) => {
      before(stack, 'AccessKey', false);
      reader(stack);
      ownRead(stack.node.findChild('User') as iam.User);
    });
    const first = await aws.secretValue('prod/legacy');
    await aws.secrets.send(
      new PutSecretValueCommand({ SecretId: 'prod/legacy', SecretString: JSON.stringify({ ...first, ...OTHERS }) }),
    );
    // One keeps its key until it cannot read with it any more; the other assumes a role for each read.
    let own = await aws.secretValue('prod/legacy');
    const byKey = new ReadingConsumer(aws, {
      secret: 'prod/legacy',
      arn: userArn('legacy'),
      others: OTHERS,
      read: async () => (own = await aws.readAs(own, 'prod/legacy')),
    });
    const readByRole = async (): Promise<Record<string, string>> => {
      try {
        return await aws.readAs(await aws.roleSession('reader'), 'prod/legacy');
      } catch (error) {
        // The clock jumped past the end of the session. An SDK assumes the role again, too.
        if ((error as Error).name === 'ExpiredTokenException') return readByRole();
        throw error;
      }
    };
    const byRole = new ReadingConsumer(aws, {
      secret: 'prod/legacy',
      arn: userArn('legacy'),
      others: OTHERS,
      read: readByRole,
    });
    const bothCalled = () => Promise.all([byKey.hasCalled(), byRole.hasCalled()]);

    await deploy((stack) => {
      before(stack, 'AccessKey', true);
      reader(stack);
      ownRead(stack.node.findChild('User') as iam.User);
    });
    await bothCalled();
    await deploy((stack) => {
      ownRead(userIn(stack));
      reader(stack);
    });
    await bothCalled();
    // The policy of the user is not necessary any more: the rotation grants the read.
    await deploy((stack) => {
      reader(stack);
      takeOver(stack);
    });
    await bothCalled();
    for (let day = 0; day < 120; day += 10) {
      await aws.emulator.advanceDays(10);
      await bothCalled();
    }
    const last = await aws.secretValue('prod/legacy');
    expect(last.AccessKey).not.toBe(first.AccessKey);
    expect(await aws.keys('legacy')).toEqual({ [last.AccessKey]: 'Active' });
    expect(own).toEqual(last);
    expect(await byKey.done()).toBeGreaterThan(20);
    expect(await byRole.done()).toBeGreaterThan(20);
  });

  test('without RETAIN, the second deploy deletes key and secret: the page says so', async () => {
    await deploy((stack) => before(stack, 'AccessKey', false));
    await deploy((stack) => void userIn(stack));
    expect(await aws.keys('legacy')).toEqual({});
    expect(await aws.secretExists('prod/legacy')).toBe(false);
  });

  test('the removal of the entry leaves secret and key, and another stack can take them over', async () => {
    await deploy((stack) => before(stack, 'AccessKey', true));
    await aws.secrets.send(
      new PutSecretValueCommand({
        SecretId: 'prod/legacy',
        SecretString: JSON.stringify({ ...(await aws.secretValue('prod/legacy')), ...OTHERS }),
      }),
    );
    const value = await aws.secretValue('prod/legacy');
    const consumer = new Consumer('prod/legacy', userArn('legacy'));
    await deploy((stack) => void userIn(stack));
    const two = (stack: Stack) =>
      rotate(stack, { userName: 'alice' }, { user: userIn(stack), secret: imported(stack) });
    await deploy(two);
    await deploy((stack) => {
      userIn(stack);
      rotate(stack, { userName: 'alice' });
    });
    expect(await aws.secretValue('prod/legacy')).toEqual(value);
    expect(
      Object.values(await aws.versions('prod/legacy'))
        .flat()
        .filter((label) => label.startsWith('akr')),
    ).toEqual([]);

    await deploy(
      (stack) => rotate(stack, { user: iam.User.fromUserName(stack, 'User', 'legacy'), secret: imported(stack) }),
      'Other',
    );
    expect(await aws.keys('legacy')).toEqual({ [value.AccessKey]: 'Active' });
    await consumer.hasCalled();
    await consumer.done();
  });
});

describe('recipe 2: user and secret made by hand, or by another tool', () => {
  async function madeByHand(fields = { accessKeyField: 'AccessKey', secretKeyField: 'SecretKey' }) {
    const [key] = await aws.makeUserWithKeys('partner', 1, '/partners/');
    const { ARN } = await aws.secrets.send(
      new CreateSecretCommand({
        Name: 'partner/credentials',
        SecretString: JSON.stringify({
          ...OTHERS,
          [fields.accessKeyField]: key.AccessKeyId,
          [fields.secretKeyField]: key.SecretAccessKey,
        }),
      }),
    );
    return { key, arn: ARN! };
  }
  const partner = (stack: Stack, more: Partial<RotatedUserProps>): RotatedUserProps => ({
    user: iam.User.fromUserArn(stack, 'Partner', userArn('partner', '/partners/')),
    ...more,
  });

  test('by the full ARN and with other field names, in a user stack or not', async () => {
    const fields = { accessKeyField: 'aws_access_key_id', secretKeyField: 'aws_secret_access_key' };
    const { key, arn } = await madeByHand(fields);
    await deploy((stack) =>
      rotate(
        stack,
        partner(stack, { secret: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', arn), ...fields }),
      ),
    );
    await aws.emulator.advanceDays(91, { idle: 80 });
    const value = await aws.secretValue('partner/credentials');
    expect(value).toMatchObject(OTHERS);
    expect(value.aws_access_key_id).not.toBe(key.AccessKeyId);
    expect(Object.keys(value).sort()).toEqual(['aws_access_key_id', 'aws_secret_access_key', 'host', 'port']);
  });

  test('with two keys in use: the key in the secret stays, the other one is retired', async () => {
    const { key } = await madeByHand();
    const { AccessKey: other } = await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'partner' }));
    const secret = (stack: Stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'partner/credentials');
    const consumer = new Consumer('partner/credentials', userArn('partner', '/partners/'));
    await deploy((stack) => rotate(stack, partner(stack, { secret: secret(stack) })));
    expect(await aws.keys('partner')).toEqual({ [key.AccessKeyId!]: 'Active', [other!.AccessKeyId!]: 'Active' });
    await aws.emulator.advanceDays(30);
    expect(await aws.keys('partner')).toEqual({ [key.AccessKeyId!]: 'Active' });
    await consumer.hasCalled();
    await consumer.done();
  });

  test('a deploy that is refused changes nothing, and the next one succeeds', async () => {
    const { key } = await madeByHand();
    const secret = (stack: Stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'partner/credentials');
    const status = (Status: 'Active' | 'Inactive') =>
      aws.iam.send(new UpdateAccessKeyCommand({ UserName: 'partner', AccessKeyId: key.AccessKeyId, Status }));
    await status('Inactive');
    const before = await aws.versions('partner/credentials');
    const deployed = () => deploy((stack) => rotate(stack, partner(stack, { secret: secret(stack) })));
    await expect(deployed()).rejects.toThrow(`its key ${key.AccessKeyId} is inactive. Nothing was changed.`);
    expect(await aws.versions('partner/credentials')).toEqual(before);
    await status('Active');
    await deployed();
    expect(await aws.keys('partner')).toEqual({ [key.AccessKeyId!]: 'Active' });
  });

  test('a created user: the first key is issued into a secret of the owner', async () => {
    await aws.secrets.send(new CreateSecretCommand({ Name: 'shared', SecretString: JSON.stringify(OTHERS) }));
    await deploy((stack) =>
      rotate(stack, { userName: 'alice', secret: secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'shared') }),
    );
    const value = await aws.secretValue('shared');
    expect(value).toMatchObject(OTHERS);
    expect(await aws.callerIdentity(value)).toBe(userArn('alice'));
  });
});

describe('recipe 2: user and secret made by Terraform', () => {
  const ARN = userArn('partner', '/partners/');
  const FIELDS = { accessKeyField: 'aws_access_key_id', secretKeyField: 'aws_secret_access_key' };

  /** The HCL of the page, as a parser of HCL reads it. */
  async function parsed(): Promise<any> {
    const hcl = pageOf(read('docs/migration.md')).fences.filter(({ info }) => info === 'hcl');
    expect(hcl).toHaveLength(2);
    const python = await pythonWith(join(__dirname, 'hcl.txt'));
    const script = 'import hcl2, json, sys; print(json.dumps(hcl2.loads(sys.argv[1])))';
    const { stdout } = await promisify(execFile)(python, ['-c', script, hcl.map(({ text }) => text).join('\n')]);
    return JSON.parse(stdout);
  }

  test('the blocks are valid HCL: key, secret and version are forgotten, and not destroyed', async () => {
    const { removed, provider, ...rest } = await parsed();
    expect(rest).toEqual({});
    const of = (block: any) => [block.from.replace(/^\$\{(.*)\}$/, '$1').split('.')[0], block.lifecycle[0].destroy];
    expect(removed.map(of).sort()).toEqual([
      ['aws_iam_access_key', false],
      ['aws_secretsmanager_secret', false],
      ['aws_secretsmanager_secret_version', false],
    ]);
    expect(JSON.stringify(provider)).toContain(OWNER_TAG);
  });

  /** What Terraform's resources leave: user, key, secret, and a version that was put into the empty secret. */
  async function madeByTerraform(): Promise<{ arn: string; value: Record<string, string> }> {
    const [key] = await aws.makeUserWithKeys('partner', 1, '/partners/');
    const { ARN: arn } = await aws.secrets.send(new CreateSecretCommand({ Name: 'partner/credentials' }));
    const value = { ...OTHERS, aws_access_key_id: key.AccessKeyId!, aws_secret_access_key: key.SecretAccessKey! };
    await aws.secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: JSON.stringify(value) }));
    return { arn: arn!, value: await aws.secretValue('partner/credentials') };
  }
  const takeOver = (stack: Stack, arn: string) =>
    rotate(stack, {
      user: iam.User.fromUserArn(stack, 'Partner', ARN),
      secret: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', arn),
      ...FIELDS,
    });
  const consumerOf = (arn: string) =>
    new ReadingConsumer(aws, {
      secret: arn,
      arn: ARN,
      fields: ['aws_access_key_id', 'aws_secret_access_key'],
      others: OTHERS,
    });

  test.each(['a new stack', 'a stack that has other resources'])('in %s: no call fails', async (where) => {
    const { arn, value } = await madeByTerraform();
    const other = (stack: Stack) => void new iam.User(stack, 'Other', { userName: 'other' });
    if (where !== 'a new stack') await deploy(other);
    const consumer = consumerOf(arn);
    await deploy((stack) => {
      other(stack);
      takeOver(stack, arn);
    });
    expect(await aws.secretValue(arn)).toEqual(value);
    await aws.emulator.advanceDays(91, { idle: 80 });
    const next = await aws.secretValue(arn);
    expect(await aws.keys('partner')).toEqual({
      [value.aws_access_key_id]: 'Active',
      [next.aws_access_key_id]: 'Active',
    });
    await aws.emulator.advanceDays(29);
    expect(await aws.keys('partner')).toEqual({ [next.aws_access_key_id]: 'Active' });
    await consumer.hasCalled();
    await consumer.done();
  });

  test('an apply that removes the tag of the rotation from the user stops no rotation', async () => {
    const { arn, value } = await madeByTerraform();
    const consumer = consumerOf(arn);
    await deploy((stack) => takeOver(stack, arn));
    await aws.iam.send(new UntagUserCommand({ UserName: 'partner', TagKeys: [OWNER_TAG] }));

    await aws.emulator.advanceDays(120, { idle: 80 });

    const next = await aws.secretValue(arn);
    expect(next.aws_access_key_id).not.toBe(value.aws_access_key_id);
    expect(await aws.keys('partner')).toEqual({ [next.aws_access_key_id]: 'Active' });
    await consumer.hasCalled();
    await consumer.done();
  });

  test('if key and secret are in another stack, they leave it by recipe 1, and the user stays in it', async () => {
    const userOf = (stack: Stack) => new iam.User(stack, 'User', { userName: 'partner', path: '/partners/' });
    const before = (stack: Stack, retain: boolean) => {
      const key = new iam.AccessKey(stack, 'Key', { user: userOf(stack) });
      const secret = new secretsmanager.Secret(stack, 'Secret', {
        secretName: 'partner/credentials',
        secretObjectValue: {
          aws_access_key_id: SecretValue.unsafePlainText(key.accessKeyId),
          aws_secret_access_key: key.secretAccessKey,
          host: SecretValue.unsafePlainText(OTHERS.host),
        },
      });
      if (!retain) return;
      key.applyRemovalPolicy(RemovalPolicy.RETAIN);
      secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    };
    await deploy((stack) => before(stack, false));
    const value = await aws.secretValue('partner/credentials');
    const { ARN: arn } = await aws.secrets.send(new DescribeSecretCommand({ SecretId: 'partner/credentials' }));
    const consumer = new ReadingConsumer(aws, {
      secret: 'partner/credentials',
      arn: ARN,
      fields: ['aws_access_key_id', 'aws_secret_access_key'],
    });
    await deploy((stack) => before(stack, true));
    await deploy((stack) => void userOf(stack));
    await deploy((stack) => takeOver(stack, arn!), 'Another');
    expect(await aws.secretValue('partner/credentials')).toEqual(value);
    await aws.emulator.advanceDays(120, { idle: 80 });
    const next = await aws.secretValue('partner/credentials');
    expect(await aws.keys('partner')).toEqual({ [next.aws_access_key_id]: 'Active' });
    expect(next.aws_access_key_id).not.toBe(value.aws_access_key_id);
    await consumer.hasCalled();
    await consumer.done();
  });
});
