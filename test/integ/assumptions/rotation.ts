/** What a rotation assumes of CloudFormation, Lambda and KMS. Most observations deploy one. */
import { ListUserTagsCommand } from '@aws-sdk/client-iam';
import { DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { eventually, exactly, Assumption } from './assumption';
import { created, deployedUser, hasOneActive, LAG_SECONDS, named, Rotation, statusOfKeys } from './deployed-rotation';
import { resultOf, Settled, Workspace } from './workspace';
import { FIRST_KEY_ALIAS, FIRST_KEY_TYPE, OWNER_TAG } from '../../../src/contract/settings';

/** What is left of users and secrets of these names, when nothing more goes. */
async function leftOf(workspace: Workspace, names: readonly string[]): Promise<Settled<string[]>> {
  const read = async () => {
    const left: string[] = [];
    for (const name of names) {
      if (await workspace.userExists(name)) left.push(`user ${name}`);
      if (await workspace.secretExists(name)) left.push(`secret ${name}`);
    }
    return left;
  };
  return workspace.settled(LAG_SECONDS, read, (left) => left.length === 0);
}

/** A resource that fails when it is created. */
function failing(stack: Stack): CfnResource {
  return new CfnResource(stack, 'Broken', {
    type: 'AWS::SecretsManager::ResourcePolicy',
    properties: { SecretId: 'no-such-secret', ResourcePolicy: { Version: '2012-10-17', Statement: [] } },
  });
}

/** What a first key waits for. */
const BEFORE_FIRST_KEYS = [
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::Lambda::Alias',
  'AWS::SecretsManager::ResourcePolicy',
];

/** The end of a deploy, from its error. */
async function endOf(deploy: Promise<unknown>): Promise<string> {
  try {
    await deploy;
    return 'succeeded';
  } catch (error) {
    const state = / is ([A-Z_]+)/.exec((error as Error).message)?.[1];
    if (!state) throw error;
    return state;
  }
}

export const ROTATION: readonly Assumption[] = [
  {
    id: 'alias',
    statement: 'CloudFormation reaches the function by its alias, which the function recognizes; no other way is one.',
    source: 'docs/security.md#the-function-and-its-alias',
    expected: eventually({
      keys: ['Active'],
      requestToFunction: 'refused',
      requestToLatest: 'refused',
      eventToAlias: 'refused',
      eventToFunction: 'status',
    }),
    observe: async (workspace) => {
      const { name, rotation } = await deployedUser(workspace);
      const request = {
        RequestType: 'Delete',
        RequestId: 'forged',
        ResourceType: FIRST_KEY_TYPE,
        ResponseURL: 'https://localhost/',
        StackId: 'stack',
        LogicalResourceId: 'FirstKey',
        PhysicalResourceId: name,
        ResourceProperties: { Username: name },
      };
      const outcome = ({ error, outcome: given }: Record<string, any>) => (error === undefined ? given : 'refused');
      const status = { action: 'status', username: name };
      const read = async () => statusOfKeys(workspace, name);
      const { answer: keys, after } = await workspace.settled(LAG_SECONDS, read, hasOneActive);
      const answer = {
        keys,
        requestToFunction: outcome(await rotation.invoke(request)),
        requestToLatest: outcome(await rotation.invoke(request, '$LATEST')),
        eventToAlias: outcome(await rotation.invoke(status, FIRST_KEY_ALIAS)),
        eventToFunction: outcome(await rotation.invoke(status)),
      };
      return { answer, after };
    },
  },
  {
    id: 'remove-user',
    statement: 'A deploy without a user deletes its keys before its policy, and then user and secret; others stay.',
    source: 'docs/reliability.md#removal',
    expected: eventually({ left: [], stays: ['Active'] }),
    observe: async (workspace) => {
      const [stays, goes] = created(workspace, 2);
      const rotation = new Rotation(workspace);
      await rotation.deploy(named([stays, goes]));
      await rotation.deploy(named([stays]));
      const { answer: left, after } = await leftOf(workspace, [goes]);
      return { answer: { left, stays: await statusOfKeys(workspace, stays) }, after };
    },
  },
  {
    id: 'remove-stack',
    statement: 'The deletion of the stack leaves no user, key or secret.',
    source: 'docs/reliability.md#removal',
    expected: eventually([]),
    observe: async (workspace) => {
      const users = created(workspace, 1);
      const rotation = new Rotation(workspace);
      await rotation.deploy(named(users));
      await workspace.destroy(rotation.stack);
      return leftOf(workspace, users);
    },
  },
  {
    id: 'failed-deploy',
    statement: 'A deploy that fails after the first key rolls back, and leaves no user, key or secret.',
    source: 'docs/reliability.md#removal',
    expected: eventually({ end: 'ROLLBACK_COMPLETE', left: [] }),
    observe: async (workspace) => {
      const users = created(workspace, 1);
      const deploy = new Rotation(workspace).deploy(named(users), (stack, rotation) => {
        failing(stack).node.addDependency(rotation);
      });
      const end = await endOf(deploy);
      const { answer: left, after } = await leftOf(workspace, users);
      return { answer: { end, left }, after };
    },
  },
  {
    id: 'overtaking-delete',
    statement: 'A Delete that CloudFormation sends while the first key is issued leaves no user, key or secret.',
    source: 'docs/reliability.md#removal',
    onlyAws: 'the local CloudFormation does not cancel a resource that is being created',
    expected: eventually({ end: 'ROLLBACK_COMPLETE', left: [] }),
    observe: async (workspace) => {
      const users = created(workspace, 3);
      const deploy = new Rotation(workspace).deploy(named(users), (stack, rotation) => {
        // It begins when the first keys do, and fails within seconds.
        const broken = failing(stack);
        rotation.node
          .findAll()
          .filter((child): child is CfnResource => CfnResource.isCfnResource(child))
          .filter(({ cfnResourceType }) => BEFORE_FIRST_KEYS.includes(cfnResourceType))
          .forEach((resource) => broken.addDependency(resource));
      });
      const end = await endOf(deploy);
      const { answer: left, after } = await leftOf(workspace, users);
      return { answer: { end, left }, after };
    },
  },
  {
    id: 'one-rotation-a-user',
    statement:
      'A second rotation cannot adopt a user: its deploy rolls back, and the tag and keys of the first one stay.',
    source: 'docs/reliability.md#the-invariants',
    expected: eventually({ end: 'ROLLBACK_COMPLETE', tag: 'unchanged', keys: ['Active'] }),
    observe: async (workspace) => {
      const user = await workspace.user();
      for (const secret of [`${user}-1`, `${user}-2`]) workspace.removeSecretLater(secret);
      const tag = async () => {
        const { Tags = [] } = await workspace.iam.send(new ListUserTagsCommand({ UserName: user }));
        return Tags.find(({ Key }) => Key === OWNER_TAG)?.Value;
      };
      const adopt = (secretName: string) => (stack: Stack) => [
        { user: iam.User.fromUserName(stack, 'Adopted', user), secretName },
      ];
      await new Rotation(workspace).deploy(adopt(`${user}-1`));
      const before = await tag();
      const end = await endOf(new Rotation(workspace).deploy(adopt(`${user}-2`)));
      const isUnchanged = before !== undefined && (await tag()) === before;
      const { answer: keys, after } = await workspace.settled(
        LAG_SECONDS,
        async () => statusOfKeys(workspace, user),
        hasOneActive,
      );
      return { answer: { end, tag: isUnchanged ? 'unchanged' : 'changed', keys }, after };
    },
  },
  {
    id: 'disabled-kms-key',
    statement: 'With a disabled KMS key, reads and puts fail with a message that names KMS, and records can be read.',
    source: 'docs/kms.md',
    onlyAws: 'the emulator does not encrypt secrets',
    expected: exactly({ get: 'names KMS', put: 'names KMS', describe: 'accepted' }),
    observe: async (workspace) => {
      const [stack, name] = [workspace.name('stack'), workspace.name('secret')];
      workspace.removeSecretLater(name);
      const withKey = (Enabled: boolean) => (scope: Stack) => {
        const key = new CfnResource(scope, 'Key', {
          type: 'AWS::KMS::Key',
          properties: {
            Enabled,
            PendingWindowInDays: 7, // the shortest; a key that waits for its deletion costs nothing
            KeyPolicy: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Principal: { AWS: `arn:${workspace.account.partition}:iam::${workspace.account.id}:root` },
                  Action: 'kms:*',
                  Resource: '*',
                },
              ],
            },
          },
        });
        new CfnResource(scope, 'Secret', {
          type: 'AWS::SecretsManager::Secret',
          properties: { Name: name, KmsKeyId: key.getAtt('Arn'), GenerateSecretString: {} },
        });
      };
      await workspace.deploy(stack, withKey(true));
      await workspace.deploy(stack, withKey(false));
      const failure = async (call: Promise<unknown>) => {
        try {
          await call;
          return 'accepted';
        } catch (error) {
          const { name: code, message } = error as Error;
          return /kms/i.test(`${code} ${message}`) ? 'names KMS' : `${code}: ${message}`;
        }
      };
      const { secrets } = workspace;
      return {
        get: await failure(secrets.send(new GetSecretValueCommand({ SecretId: name }))),
        put: await failure(secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'x' }))),
        describe: await resultOf(secrets.send(new DescribeSecretCommand({ SecretId: name }))),
      };
    },
  },
];
