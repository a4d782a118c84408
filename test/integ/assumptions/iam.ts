/** What the rotation assumes of IAM and STS. */
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { eventually, exactly, matching, Assumption, within } from './assumption';
import { resultOf, Credentials, documentOf, Settled, Workspace } from './workspace';
import { OWNER_TAG } from '../../../src/contract/settings';

const HOUR = 3600;
const ROTATION = 'eu-central-1/Stack/0a1b2c3d';
const KEY_ACTIONS = [
  'iam:CreateAccessKey',
  'iam:DeleteAccessKey',
  'iam:GetAccessKeyLastUsed',
  'iam:ListAccessKeys',
  'iam:ListUserTags',
  'iam:TagUser',
  'iam:UntagUser',
  'iam:UpdateAccessKey',
];

const userArn = ({ account: { partition, id } }: Workspace, name: string) => `arn:${partition}:iam::${id}:user/${name}`;

/** How long a server of IAM may not know a new key. */
const LAG_SECONDS = 120;

/** The result of a call about a new key or user, which a server of IAM may not know yet. */
async function resultOnceKnown(workspace: Workspace, call: () => Promise<unknown>): Promise<string> {
  const read = async () => resultOf(call());
  return (await workspace.settled(LAG_SECONDS, read, (result) => result !== 'NoSuchEntityException')).answer;
}

/** The result of each call that the function makes for a user, as a role with a policy. */
async function callsFor(workspace: Workspace, role: Credentials, user: string): Promise<Record<string, string>> {
  const { iam } = workspace.as(role);
  const created = iam.send(new CreateAccessKeyCommand({ UserName: user }));
  const CreateAccessKey = await resultOf(created);
  const AccessKeyId = CreateAccessKey === 'accepted' ? (await created).AccessKey!.AccessKeyId! : 'AKIANONE00000000';
  const key = { UserName: user, AccessKeyId };
  const known = async (call: () => Promise<unknown>) => resultOnceKnown(workspace, call);
  return {
    CreateAccessKey,
    ListAccessKeys: await resultOf(iam.send(new ListAccessKeysCommand({ UserName: user }))),
    GetAccessKeyLastUsed: await known(async () => iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))),
    UpdateAccessKey: await known(async () => iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }))),
    DeleteAccessKey: await known(async () => iam.send(new DeleteAccessKeyCommand(key))),
    ListUserTags: await resultOf(iam.send(new ListUserTagsCommand({ UserName: user }))),
  };
}

/** A new policy has an effect after some seconds. */
async function untilPermitted(workspace: Workspace, role: Credentials, UserName: string): Promise<void> {
  const { iam } = workspace.as(role);
  await workspace.secondsUntil(120, async () => {
    await iam.send(new ListUserTagsCommand({ UserName }));
    return true;
  });
}

const ALL_ACCEPTED = {
  CreateAccessKey: 'accepted',
  ListAccessKeys: 'accepted',
  GetAccessKeyLastUsed: 'accepted',
  UpdateAccessKey: 'accepted',
  DeleteAccessKey: 'accepted',
  ListUserTags: 'accepted',
};

async function lastUse(workspace: Workspace, AccessKeyId: string): Promise<Date | undefined> {
  const { AccessKeyLastUsed } = await workspace.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
  return AccessKeyLastUsed?.LastUsedDate;
}

/** Calls of AWS are signed with the key, until its last use is shown. */
async function secondsUntilUseIsShown(workspace: Workspace, key: Credentials): Promise<number | string> {
  await workspace.untilAccepted(key);
  return workspace.secondsUntil(7 * HOUR, async () => (await lastUse(workspace, key.accessKeyId)) !== undefined);
}

export const IAM: readonly Assumption[] = [
  {
    id: 'new-key-works',
    statement: 'STS accepts a new key three times in a row within a minute, for which the function waits.',
    source: 'docs/reliability.md#under-which-faults',
    expected: within(60),
    observe: async (workspace) => {
      const { sts } = workspace.as(await workspace.key(await workspace.user()));
      let accepted = 0;
      return workspace.secondsUntil(300, async () => {
        accepted = (await resultOf(sts.send(new GetCallerIdentityCommand({})))) === 'accepted' ? accepted + 1 : 0;
        return accepted === 3;
      });
    },
  },
  {
    id: 'new-key-is-listed',
    statement: 'ListAccessKeys has a new key within ten minutes. Later, a current key counts as deleted.',
    source: 'docs/reliability.md#under-which-faults',
    expected: within(600),
    observe: async (workspace) => {
      const UserName = await workspace.user();
      const { accessKeyId } = await workspace.key(UserName);
      return workspace.secondsUntil(900, async () => {
        const { AccessKeyMetadata = [] } = await workspace.iam.send(new ListAccessKeysCommand({ UserName }));
        return AccessKeyMetadata.some((key) => key.AccessKeyId === accessKeyId);
      });
    },
  },
  {
    id: 'never-used',
    statement: 'A key that was never used has no last use.',
    source: 'src/rotator/aws/iam.ts',
    expected: eventually('none'),
    observe: async (workspace) => {
      const { accessKeyId } = await workspace.key(await workspace.user());
      const read = async () => (await lastUse(workspace, accessKeyId))?.toISOString() ?? 'none';
      return workspace.settled(LAG_SECONDS, read, () => true);
    },
  },
  {
    id: 'third-key',
    statement: 'A user has up to two keys, inactive ones included.',
    source: 'docs/reliability.md#the-invariants',
    expected: exactly('LimitExceededException'),
    observe: async (workspace) => {
      const UserName = await workspace.user();
      const { accessKeyId } = await workspace.key(UserName);
      await workspace.key(UserName);
      const update = new UpdateAccessKeyCommand({ UserName, AccessKeyId: accessKeyId, Status: 'Inactive' });
      await resultOnceKnown(workspace, async () => workspace.iam.send(update));
      return resultOf(workspace.iam.send(new CreateAccessKeyCommand({ UserName })));
    },
  },
  {
    id: 'parallel-keys',
    statement: 'Two CreateAccessKey at once for a user with one key: one is refused. A third key is tolerated.',
    source: 'docs/reliability.md#the-invariants',
    expected: matching('2 or 3 keys', (observed) => {
      const { answer } = observed as Settled<string>;
      return answer === '2 keys' || answer === '3 keys';
    }),
    observe: async (workspace) => {
      const UserName = await workspace.user();
      await workspace.key(UserName);
      await Promise.allSettled([workspace.key(UserName), workspace.key(UserName)]);
      const read = async () => {
        const { AccessKeyMetadata = [] } = await workspace.iam.send(new ListAccessKeysCommand({ UserName }));
        return `${AccessKeyMetadata.length} keys`;
      };
      return workspace.settled(LAG_SECONDS, read, (keys) => keys !== '0 keys' && keys !== '1 keys');
    },
  },
  {
    id: 'inactive-key-is-refused',
    statement: 'STS refuses a deactivated key within a minute.',
    source: 'docs/operations.md#revoke-a-leaked-key',
    expected: within(60),
    observe: async (workspace) => {
      const UserName = await workspace.user();
      const key = await workspace.key(UserName);
      await workspace.untilAccepted(key);
      await workspace.iam.send(
        new UpdateAccessKeyCommand({ UserName, AccessKeyId: key.accessKeyId, Status: 'Inactive' }),
      );
      const { sts } = workspace.as(key);
      return workspace.secondsUntil(
        300,
        async () => (await resultOf(sts.send(new GetCallerIdentityCommand({})))) !== 'accepted',
      );
    },
  },
  {
    id: 'revoke-sessions',
    statement: 'A Deny by aws:TokenIssueTime ends the sessions of a user within five minutes, and spares its key.',
    source: 'docs/operations.md#revoke-a-leaked-key',
    expected: matching('within 300 s, and the key is accepted', (observed) => {
      const { session, key } = observed as { session: unknown; key: unknown };
      return typeof session === 'number' && session <= 300 && key === 'accepted';
    }),
    observe: async (workspace) => {
      // Not of IAM, which accepts a session of GetSessionToken with MFA only.
      const SecretId = await workspace.secret();
      const allow = { Effect: 'Allow', Action: 'secretsmanager:DescribeSecret', Resource: SecretId };
      const UserName = await workspace.user(undefined, allow);
      const key = await workspace.key(UserName);
      await workspace.untilAccepted(key);
      const session = workspace.session(
        (await workspace.as(key).sts.send(new GetSessionTokenCommand({}))).Credentials!,
      );
      const read = (credentials: Credentials) =>
        resultOf(workspace.as(credentials).secrets.send(new DescribeSecretCommand({ SecretId })));
      for (const one of [session, key]) await workspace.secondsUntil(120, async () => (await read(one)) === 'accepted');
      const deny = {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(Date.now() + 60_000).toISOString() } },
      };
      await workspace.iam.send(
        new PutUserPolicyCommand({ UserName, PolicyName: 'revoke', PolicyDocument: documentOf(deny, allow) }),
      );
      return {
        session: await workspace.secondsUntil(600, async () => (await read(session)) !== 'accepted'),
        key: await read(key),
      };
    },
  },
  {
    id: 'owner-tag-only',
    statement: 'The function may write no other tag than the owner tag, and the condition does not affect other calls.',
    source: 'docs/security.md#permissions-of-the-function',
    expected: exactly({ ...ALL_ACCEPTED, ownerTag: 'accepted', otherTag: 'AccessDenied', untag: 'accepted' }),
    observe: async (workspace) => {
      const UserName = await workspace.user();
      const role = await workspace.role({
        Effect: 'Allow',
        Action: KEY_ACTIONS,
        Resource: userArn(workspace, UserName),
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': [OWNER_TAG] } },
      });
      const { iam } = workspace.as(role);
      await untilPermitted(workspace, role, UserName);
      const tag = (Key: string) =>
        resultOf(iam.send(new TagUserCommand({ UserName, Tags: [{ Key, Value: ROTATION }] })));
      return {
        ...(await callsFor(workspace, role, UserName)),
        ownerTag: await tag(OWNER_TAG),
        otherTag: await tag('other'),
        untag: await resultOf(iam.send(new UntagUserCommand({ UserName, TagKeys: [OWNER_TAG] }))),
      };
    },
  },
  {
    id: 'resource-tag',
    statement: 'aws:ResourceTag permits the calls of the function for a user whose tag is seconds old.',
    source: 'docs/security.md#permissions-of-the-function',
    expected: exactly({ tagged: ALL_ACCEPTED, untagged: 'AccessDenied' }),
    observe: async (workspace) => {
      const role = await workspace.role({
        Effect: 'Allow',
        Action: KEY_ACTIONS,
        Resource: userArn(workspace, '*'),
        Condition: { StringEquals: { [`aws:ResourceTag/${OWNER_TAG}`]: ROTATION } },
      });
      const tags = { [OWNER_TAG]: ROTATION };
      await untilPermitted(workspace, role, await workspace.user(undefined, undefined, tags));
      const tagged = await workspace.user(undefined, undefined, tags);
      const calls = await callsFor(workspace, role, tagged);
      const untagged = await workspace.user();
      const create = workspace.as(role).iam.send(new CreateAccessKeyCommand({ UserName: untagged }));
      return { tagged: calls, untagged: await resultOf(create) };
    },
  },
  {
    id: 'last-use',
    statement: 'The last use of a key is shown within six hours.',
    source: 'src/rotator/domain/last-use.ts',
    expected: within(6 * HOUR),
    long: 'up to seven hours',
    observe: async (workspace) => secondsUntilUseIsShown(workspace, await workspace.key(await workspace.user())),
  },
  {
    id: 'last-use-of-inactive',
    statement:
      'A refused call with an inactive key does not move its last use, which would restart its recovery period.',
    source: 'src/rotator/domain/last-use.ts',
    expected: exactly('not moved'),
    long: 'up to 14 hours',
    onlyAws: 'an emulator records a use at once, and six hours are waited for',
    observe: async (workspace) => {
      const UserName = await workspace.user();
      const key = await workspace.key(UserName);
      await secondsUntilUseIsShown(workspace, key);
      const first = await lastUse(workspace, key.accessKeyId);
      await workspace.iam.send(
        new UpdateAccessKeyCommand({ UserName, AccessKeyId: key.accessKeyId, Status: 'Inactive' }),
      );
      await workspace.pause(20 * 60_000); // a use within 15 minutes of another one is not recorded
      const { sts } = workspace.as(key);
      for (let call = 0; call < 3; call++) await resultOf(sts.send(new GetCallerIdentityCommand({})));
      await workspace.pause(6 * HOUR * 1000);
      const last = await lastUse(workspace, key.accessKeyId);
      return last?.getTime() === first?.getTime() ? 'not moved' : `moved to ${last?.toISOString()}`;
    },
  },
];
