/** Who reads and writes a secret of a rotation, by its resource policy. Each observation deploys a rotation. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { GetFederationTokenCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import * as iam from 'aws-cdk-lib/aws-iam';
import { exactly, Assumption } from './assumption';
import { currentKey, deployedUser, LAG_SECONDS, Rotation } from './deployed-rotation';
import { Credentials, documentOf, resultOf } from './workspace';
import { OWNER_TAG } from '../../../src/contract/settings';

export const SECRET_POLICY: readonly Assumption[] = [
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
      const { name, rotation } = await deployedUser(workspace);
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
      const { name, rotation } = await deployedUser(workspace);
      const { accessKeyId } = await currentKey(workspace, name);
      // An earlier version: of a key that was replaced, whose record is a label of its own.
      await rotation.invoke({ action: 'revoke', username: name, accessKeyId });
      const key = await currentKey(workspace, name);
      await workspace.untilAccepted(key);
      const { VersionIdsToStages } = await workspace.secrets.send(new DescribeSecretCommand({ SecretId: name }));
      const [earlier, labels] = Object.entries(VersionIdsToStages!).find(([, of]) => of.includes('AWSPREVIOUS'))!;
      const record = labels.find((label) => label !== 'AWSPREVIOUS');
      const current = Object.entries(VersionIdsToStages!).find(([, of]) => of.includes('AWSCURRENT'))![0];
      const session = workspace.session(
        (await workspace.as(key).sts.send(new GetSessionTokenCommand({}))).Credentials!,
      );
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
    id: 'federated-session',
    statement:
      'A session of GetFederationToken has the owner tag of its user, and reads no secret; without the tag, it can.',
    source: 'docs/security.md#permissions-of-a-user',
    expected: exactly({
      key: 'accepted',
      session: 'AccessDeniedException',
      sessionWithOtherTag: 'AccessDeniedException',
      sessionOfOtherUser: 'accepted',
    }),
    observe: async (workspace) => {
      const reads = {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: '*',
      };
      const permissions = [
        reads,
        { Effect: 'Allow', Action: ['sts:GetFederationToken', 'sts:TagSession'], Resource: '*' },
      ];
      const [user, other] = [
        await workspace.user(undefined, permissions),
        await workspace.user(undefined, permissions),
      ];
      const SecretId = workspace.name('secret');
      workspace.removeSecretLater(SecretId);
      await new Rotation(workspace).deploy((stack) => [
        { user: iam.User.fromUserName(stack, 'Adopted', user), secretName: SecretId },
      ]);
      const key = await currentKey(workspace, SecretId);
      const otherKey = await workspace.key(other);
      for (const one of [key, otherKey]) await workspace.untilAccepted(one);
      // The name is the choice of the caller: here that of the user, whose secret it is.
      const federatedBy = async (credentials: Credentials, tags: Record<string, string> = {}) => {
        const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        const federate = new GetFederationTokenCommand({ Name: user, Policy: documentOf(reads), Tags });
        const session = workspace.session((await workspace.as(credentials).sts.send(federate)).Credentials!);
        // Without this, a session that is not known yet could be taken for one that is denied.
        await workspace.secondsUntil(LAG_SECONDS, async () => {
          await workspace.as(session).secrets.send(new DescribeSecretCommand({ SecretId }));
          return true;
        });
        return session;
      };
      const read = async (credentials: Credentials) =>
        resultOf(workspace.as(credentials).secrets.send(new GetSecretValueCommand({ SecretId })));
      // STS accepts the key, and Secrets Manager can know it some seconds later.
      const readOnceKnown = await workspace.settled(
        LAG_SECONDS,
        async () => read(key),
        (result) => result === 'accepted',
      );
      return {
        key: readOnceKnown.answer,
        session: await read(await federatedBy(key)),
        sessionWithOtherTag: await read(await federatedBy(key, { [OWNER_TAG]: 'other' })),
        sessionOfOtherUser: await read(await federatedBy(otherKey)),
      };
    },
  },
];
