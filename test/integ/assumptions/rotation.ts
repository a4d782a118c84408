/** What a rotation assumes of CloudFormation, Lambda and the policy of its secrets. Each observation deploys one. */
import { ListAccessKeysCommand, ListUserTagsCommand } from '@aws-sdk/client-iam';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { CfnOutput, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { eventually, exactly, Assumption } from './assumption';
import { resultOf, Credentials, Settled, Workspace } from './workspace';
import { AccessKeyRotation, RotatedUserProps } from '../../../src';
import { FIRST_KEY_ALIAS, FIRST_KEY_TYPE, OWNER_TAG } from '../../../src/contract/settings';

type Users = (stack: Stack) => RotatedUserProps[];

/** A stack with a rotation, which leaves nothing when it is removed. */
class Rotation {
  public readonly stack: string;
  private function = '';

  public constructor(private readonly workspace: Workspace) {
    this.stack = workspace.name('stack');
  }

  public async deploy(
    users: Users,
    more: (stack: Stack, rotation: AccessKeyRotation) => void = () => {},
  ): Promise<void> {
    const { Function: name } = await this.workspace.deploy(this.stack, (stack) => {
      const rotation = new AccessKeyRotation(stack, 'Rotation', { users: users(stack), alarms: false });
      rotation.logGroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
      new CfnOutput(stack, 'Function', { value: rotation.rotationFunction.functionName });
      more(stack, rotation);
    });
    this.function = name;
  }

  /** @returns the answer of the function, or the message of its error */
  public async invoke(event: object, Qualifier?: string): Promise<Record<string, any>> {
    const { Payload, FunctionError } = await this.workspace.lambda.send(
      new InvokeCommand({ FunctionName: this.function, Qualifier, Payload: JSON.stringify(event) }),
    );
    const answer = JSON.parse(Payload!.transformToString());
    return FunctionError ? { error: String(answer.errorMessage) } : answer;
  }
}

/** Names of users that a rotation creates, whose secrets have the same names. They are removed at the end. */
function created(workspace: Workspace, count: number): string[] {
  return Array.from({ length: count }, () => {
    const name = workspace.name('user');
    workspace.removeUserLater(name);
    workspace.removeSecretLater(name);
    return name;
  });
}

const named = (names: readonly string[]) => () => names.map((userName) => ({ userName }));

async function statusOfKeys({ iam: client }: Workspace, UserName: string): Promise<string[]> {
  const { AccessKeyMetadata = [] } = await client.send(new ListAccessKeysCommand({ UserName }));
  return AccessKeyMetadata.map(({ Status }) => Status!).sort();
}

async function currentKey(workspace: Workspace, SecretId: string): Promise<Credentials> {
  const { SecretString } = await workspace.secrets.send(new GetSecretValueCommand({ SecretId }));
  const { AccessKey, SecretKey } = JSON.parse(SecretString!);
  workspace.hide(SecretKey, SecretString);
  return { accessKeyId: AccessKey, secretAccessKey: SecretKey };
}

const hasOneActive = (keys: string[]) => keys.length === 1 && keys[0] === 'Active';

/** Secrets Manager deletes a secret some time after it has answered, and reads of IAM lag behind its writes. */
const LAG_SECONDS = 120;

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
    id: 'secret-policy',
    statement: 'The policy of a secret denies writes to a role that is allowed everything, and not to the function.',
    source: 'docs/reliability.md#the-invariants',
    expected: exactly({
      PutSecretValue: 'AccessDeniedException',
      UpdateSecretVersionStage: 'AccessDeniedException',
      RotateSecret: 'AccessDeniedException',
      GetSecretValue: 'accepted',
      revoke: 'created',
    }),
    observe: async (workspace) => {
      const [name] = created(workspace, 1);
      const rotation = new Rotation(workspace);
      await rotation.deploy(named([name]));
      const { accessKeyId } = await currentKey(workspace, name);
      const { ARN, VersionId } = await workspace.secrets.send(new GetSecretValueCommand({ SecretId: name }));
      const role = await workspace.role({ Effect: 'Allow', Action: 'secretsmanager:*', Resource: ARN });
      const { secrets } = workspace.as(role);
      const SecretId = ARN!;
      const stage = { SecretId, VersionStage: 'x', MoveToVersionId: VersionId };
      await workspace.secondsUntil(120, async () => {
        await secrets.send(new DescribeSecretCommand({ SecretId })); // a new policy has an effect after some seconds
        return true;
      });
      return {
        PutSecretValue: await resultOf(secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'x' }))),
        UpdateSecretVersionStage: await resultOf(secrets.send(new UpdateSecretVersionStageCommand(stage))),
        RotateSecret: await resultOf(secrets.send(new RotateSecretCommand({ SecretId }))),
        GetSecretValue: await resultOf(secrets.send(new GetSecretValueCommand({ SecretId }))),
        revoke: (await rotation.invoke({ action: 'revoke', username: name, accessKeyId })).outcome,
      };
    },
  },
  {
    id: 'self-read',
    statement:
      'A key of the user reads AWSCURRENT, whose version has other labels too; no other version, and no session.',
    source: 'docs/security.md#permissions-of-a-user',
    expected: exactly({
      current: 'accepted',
      currentById: 'accepted',
      earlierById: 'AccessDeniedException',
      earlierByLabel: 'AccessDeniedException',
      earlierByRecord: 'AccessDeniedException',
      session: 'AccessDeniedException',
      sessionById: 'AccessDeniedException',
    }),
    observe: async (workspace) => {
      const [name] = created(workspace, 1);
      const rotation = new Rotation(workspace);
      await rotation.deploy(named([name]));
      const { accessKeyId } = await currentKey(workspace, name);
      // An earlier version: of a key that was replaced, whose record is a label of its own.
      await rotation.invoke({ action: 'revoke', username: name, accessKeyId });
      const key = await currentKey(workspace, name);
      await workspace.untilAccepted(key);
      const { VersionIdsToStages } = await workspace.secrets.send(new DescribeSecretCommand({ SecretId: name }));
      const [earlier, labels] = Object.entries(VersionIdsToStages!).find(([, of]) => of.includes('AWSPREVIOUS'))!;
      const record = labels.find((label) => label !== 'AWSPREVIOUS');
      const current = Object.entries(VersionIdsToStages!).find(([, of]) => of.includes('AWSCURRENT'))![0];
      const { Credentials: made } = await workspace.as(key).sts.send(new GetSessionTokenCommand({}));
      workspace.hide(made!.SecretAccessKey, made!.SessionToken);
      const session = {
        accessKeyId: made!.AccessKeyId!,
        secretAccessKey: made!.SecretAccessKey!,
        sessionToken: made!.SessionToken!,
      };
      const read = async (credentials: Credentials, version: object = {}) => {
        const { secrets } = workspace.as(credentials);
        return resultOf(secrets.send(new GetSecretValueCommand({ SecretId: name, ...version })));
      };
      // A new key and its session are known some seconds later: their errors are other ones until then.
      await workspace.settled(
        LAG_SECONDS,
        async () => read(key),
        (result) => result === 'accepted',
      );
      await workspace.settled(
        LAG_SECONDS,
        async () => read(session),
        (result) => result === 'AccessDeniedException',
      );
      return {
        current: await read(key),
        currentById: await read(key, { VersionId: current }),
        earlierById: await read(key, { VersionId: earlier }),
        earlierByLabel: await read(key, { VersionStage: 'AWSPREVIOUS' }),
        earlierByRecord: await read(key, { VersionStage: record }),
        session: await read(session),
        sessionById: await read(session, { VersionId: current }),
      };
    },
  },
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
      const [name] = created(workspace, 1);
      const rotation = new Rotation(workspace);
      await rotation.deploy(named([name]));
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
