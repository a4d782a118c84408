/** Removes things from an account by their names. Something that does not exist is an error, see `isMissing`. */
import { setTimeout } from 'node:timers/promises';
import {
  CloudFormationClient,
  DeleteStackCommand,
  paginateDescribeStacks,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  paginateListUsers,
} from '@aws-sdk/client-iam';
import { DeleteBucketCommand, DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DeleteSecretCommand, paginateListSecrets, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Account } from './workspace';
import { destroy } from '../../local-aws/deployment';

type ClientConfig = Account['clientConfig'];

/** How often no stack has to be found: a call that was sent before its process was killed can take effect later. */
const LOOKS = 5;

export async function removeUser(config: ClientConfig, UserName: string): Promise<void> {
  const iam = new IAMClient(config);
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
  for (const { AccessKeyId } of AccessKeyMetadata) {
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })).catch(unlessMissing);
  }
  const { PolicyNames = [] } = await iam.send(new ListUserPoliciesCommand({ UserName }));
  for (const PolicyName of PolicyNames) {
    await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })).catch(unlessMissing);
  }
  await iam.send(new DeleteUserCommand({ UserName }));
}

/** Of a role with one inline policy. */
export async function removeRole(config: ClientConfig, RoleName: string, PolicyName: string): Promise<void> {
  const iam = new IAMClient(config);
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })).catch(unlessMissing);
  await iam.send(new DeleteRoleCommand({ RoleName }));
}

export async function removeSecret(config: ClientConfig, SecretId: string): Promise<void> {
  const secrets = new SecretsManagerClient(config);
  await secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
}

export async function removeBucket(config: ClientConfig, Bucket: string): Promise<void> {
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
}

/** Nested stacks are removed with their parents. */
export async function removeStacks({ id: accountId, clientConfig, pollMs }: Account, prefix: string): Promise<void> {
  const target = { accountId, clientConfig, pollMs, now: async () => new Date() };
  const failures = new Map<string, string>();
  for (let looks = 0; looks < LOOKS; looks++) {
    for (const { StackId, StackName, StackStatus } of await stacksOf(clientConfig, prefix)) {
      if (failures.has(StackId!)) continue;
      looks = -1;
      // At once: a resource that it waits for can take an hour. `destroy` waits for the end of anything else.
      if (StackStatus === 'CREATE_IN_PROGRESS') {
        await new CloudFormationClient(clientConfig).send(new DeleteStackCommand({ StackName: StackId }));
      }
      await destroy(target, StackName!).catch(({ message }: Error) => failures.set(StackId!, message));
    }
    await setTimeout(pollMs);
  }
  throwAll([...failures.values()]);
}

/** The newest first, because it may import values of the others. */
async function stacksOf(config: ClientConfig, prefix: string): Promise<Stack[]> {
  const found: Stack[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks({ client: new CloudFormationClient(config) }, {})) {
    found.push(
      ...Stacks.filter(
        ({ StackName, StackStatus, ParentId }) =>
          StackName!.startsWith(prefix) && StackStatus !== 'DELETE_COMPLETE' && !ParentId,
      ),
    );
  }
  return found.sort((a, b) => b.CreationTime!.getTime() - a.CreationTime!.getTime());
}

export async function removeUsers(config: ClientConfig, prefix: string): Promise<void> {
  const names: string[] = [];
  for await (const { Users = [] } of paginateListUsers({ client: new IAMClient(config) }, {})) {
    names.push(...Users.map(({ UserName }) => UserName!));
  }
  await each(startingWith(prefix, names), async (name) => removeUser(config, name));
}

export async function removeSecrets(config: ClientConfig, prefix: string): Promise<void> {
  const names: string[] = [];
  const client = new SecretsManagerClient(config);
  for await (const { SecretList = [] } of paginateListSecrets({ client }, { IncludePlannedDeletion: true })) {
    names.push(...SecretList.map(({ Name }) => Name!));
  }
  await each(startingWith(prefix, names), async (name) => removeSecret(config, name));
}

export async function removeLogGroups(config: ClientConfig, logGroupNamePrefix: string): Promise<void> {
  const names: string[] = [];
  const client = new CloudWatchLogsClient(config);
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, { logGroupNamePrefix })) {
    names.push(...logGroups.map(({ logGroupName }) => logGroupName!));
  }
  await each(names, async (logGroupName) => client.send(new DeleteLogGroupCommand({ logGroupName })));
}

const startingWith = (prefix: string, names: string[]) => names.filter((name) => name.startsWith(prefix));

/** All, also after a failure. @throws what could not be removed, and why */
async function each(names: readonly string[], remove: (name: string) => Promise<unknown>): Promise<void> {
  const failures: string[] = [];
  for (const name of names) {
    try {
      await remove(name);
    } catch (error) {
      if (!isMissing(error)) failures.push(`${name}: ${(error as Error).name}: ${(error as Error).message}`);
    }
  }
  throwAll(failures);
}

function throwAll(messages: readonly string[]): void {
  if (messages.length > 0) throw new Error(messages.join('; '));
}

const MISSING = ['NoSuchEntityException', 'ResourceNotFoundException', 'NoSuchBucket'];

export function isMissing(error: unknown): boolean {
  return MISSING.includes((error as Error).name);
}

export function unlessMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
