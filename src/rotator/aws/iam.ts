/** IAM: each method is one call. */
import { awsCall, AwsCallFailed, isConcurrentChange, isThrottled, retryIf, unlessNotFound } from './call';
import { Clock } from './clock';
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUserTagsCommand,
  StatusType,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
} from './sdk';
import { OWNER_TAG } from '../../contract/settings';
import { Credential } from '../domain/credential';
import { causeOf } from '../domain/failure';
import { AccessKey, LastUse } from '../domain/user-state';

export interface AccessKeys {
  /** The keys of the user, and the time of IAM's response. */
  list(): Promise<{ keys: AccessKey[]; now: Date }>;
  create(): Promise<Credential>;
  activate(keyId: string): Promise<void>;
  deactivate(keyId: string): Promise<void>;
  /** @returns whether IAM found the key: it is eventually consistent, so it may not find a new one */
  delete(keyId: string): Promise<boolean>;
  /** @returns undefined if the key was never used */
  lastUse(keyId: string): Promise<LastUse | undefined>;
}

function iamCall<T>(name: string, username: string, send: () => Promise<T>, sleep: Clock['sleep']): Promise<T> {
  const attempt = () =>
    awsCall(name, username, send, (code) =>
      code.startsWith('NoSuchEntity')
        ? 'the user does not exist: remove it from the rotation, or deploy the stack again if it was deleted by hand'
        : undefined,
    );
  return retryIf(isConcurrentChange, attempt, sleep);
}

/** Within half a minute. */
const CREATE_ATTEMPTS = 7;

export class IamAccessKeys implements AccessKeys {
  /**
   * @param noRetry - a client without retries: CreateAccessKey has no idempotency token, so a retry could create
   *   another key
   * @param sleep - waits before a rejected call is repeated
   */
  constructor(
    private readonly username: string,
    private readonly iam: IAMClient,
    private readonly noRetry: IAMClient,
    private readonly sleep: Clock['sleep'],
  ) {}

  async list() {
    let date: string | undefined;
    const command = new ListAccessKeysCommand({ UserName: this.username });
    // The age of a key is the difference of two times of IAM, so the clock of the function does not matter.
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        date = (result.response as { headers?: Record<string, string> }).headers?.date;
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
    const { AccessKeyMetadata = [] } = await this.call('iam ListAccessKeys', () => this.iam.send(command));
    const now = new Date(date ?? NaN);
    if (isNaN(now.getTime())) {
      throw new Error(
        `${this.username}: the Date header of IAM's response is not readable (${date}), so key ages are unknown`,
      );
    }
    const keys = AccessKeyMetadata.map((key) => ({
      keyId: key.AccessKeyId!,
      active: key.Status === StatusType.Active,
      createdAt: key.CreateDate!,
    }));
    return { keys, now };
  }

  async create() {
    const attempt = () =>
      this.call('iam CreateAccessKey', () =>
        this.noRetry.send(new CreateAccessKeyCommand({ UserName: this.username })),
      );
    // A throttled call has created no key. After the last attempt, no check tries again before its next time.
    const { AccessKey: key } = await retryIf(isThrottled, attempt, this.sleep, CREATE_ATTEMPTS);
    return new Credential(key!.AccessKeyId!, key!.SecretAccessKey!, key!.CreateDate!);
  }

  async activate(keyId: string) {
    await this.setStatus(keyId, StatusType.Active);
  }

  async deactivate(keyId: string) {
    await this.setStatus(keyId, StatusType.Inactive);
  }

  async delete(keyId: string) {
    const response = await unlessNotFound(() =>
      this.call('iam DeleteAccessKey', () =>
        this.iam.send(new DeleteAccessKeyCommand({ UserName: this.username, AccessKeyId: keyId })),
      ),
    );
    return response !== undefined;
  }

  async lastUse(keyId: string) {
    const read = () =>
      this.call('iam GetAccessKeyLastUsed', () =>
        this.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: keyId })),
      );
    const { AccessKeyLastUsed: use } = (await this.unlessGone(keyId, () => unlessNotFound(read))) ?? {};
    return use?.LastUsedDate && { at: use.LastUsedDate, service: use.ServiceName!, region: use.Region! };
  }

  /**
   * The call names a key and no user. If the key was deleted a moment ago, no statement of the policy matches it, and
   * IAM can answer AccessDenied. If IAM still lists the key, a permission is missing.
   */
  private async unlessGone<T>(keyId: string, call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      const isDenied = error instanceof AwsCallFailed && error.cause === 'AccessDenied';
      if (!isDenied || (await this.list()).keys.some((key) => key.keyId === keyId)) throw error;
      return undefined;
    }
  }

  private async setStatus(keyId: string, status: StatusType) {
    await this.call('iam UpdateAccessKey', () =>
      this.iam.send(new UpdateAccessKeyCommand({ UserName: this.username, AccessKeyId: keyId, Status: status })),
    );
  }

  private call<T>(name: string, send: () => Promise<T>): Promise<T> {
    return iamCall(name, this.username, send, this.sleep);
  }
}

/**
 * The user that has a key, by the answer of IAM alone: what an event says of the user can be wrong.
 *
 * @returns undefined if no user of the rotation has the key. IAM denies the call for any other key, because the role of
 *   the function is allowed to make it for the users of the rotation only
 */
export async function ownerOf(keyId: string, iam: IAMClient, sleep: Clock['sleep']): Promise<string | undefined> {
  try {
    const command = new GetAccessKeyLastUsedCommand({ AccessKeyId: keyId });
    return (await iamCall('iam GetAccessKeyLastUsed', keyId, () => iam.send(command), sleep)).UserName;
  } catch (error) {
    if (['AccessDenied', 'NotFound'].includes(causeOf(error))) return undefined;
    throw error;
  }
}

/**
 * A tag on an IAM user names the rotation that manages it. IAM users are global and rotations are not: without the tag,
 * a stack in another Region could adopt the same user, and each rotation would retire the keys of the other.
 */
export interface OwnerTag {
  read(): Promise<string | undefined>;
  write(owner: string): Promise<void>;
  remove(): Promise<void>;
}

export class IamOwnerTag implements OwnerTag {
  /** @param sleep - waits before a rejected call is repeated */
  constructor(
    private readonly username: string,
    private readonly iam: IAMClient,
    private readonly sleep: Clock['sleep'],
  ) {}

  async read() {
    // One page: a user has up to 50 tags, and a page up to 100.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    const { Tags = [] } = await this.call('iam ListUserTags', () =>
      this.iam.send(new ListUserTagsCommand({ UserName: this.username })),
    );
    return Tags.find((tag) => tag.Key === OWNER_TAG)?.Value;
  }

  async write(owner: string) {
    await this.call('iam TagUser', () =>
      this.iam.send(new TagUserCommand({ UserName: this.username, Tags: [{ Key: OWNER_TAG, Value: owner }] })),
    );
  }

  async remove() {
    await this.call('iam UntagUser', () =>
      this.iam.send(new UntagUserCommand({ UserName: this.username, TagKeys: [OWNER_TAG] })),
    );
  }

  private call<T>(name: string, send: () => Promise<T>): Promise<T> {
    return iamCall(name, this.username, send, this.sleep);
  }
}

/** IAM is eventually consistent: a list can miss a change. This wrapper adds the changes of the same run to it. */
export function withReadYourWrites(accessKeys: AccessKeys): AccessKeys {
  const status = new Map<string, 'active' | 'inactive' | 'deleted'>();
  const recording =
    <T>(after: 'active' | 'inactive' | 'deleted', write: (keyId: string) => Promise<T>) =>
    async (keyId: string) => {
      const result = await write(keyId);
      status.set(keyId, after);
      return result;
    };
  return {
    list: async () => {
      const { keys, now } = await accessKeys.list();
      const existing = keys.filter(({ keyId }) => status.get(keyId) !== 'deleted');
      const withStatus = (key: AccessKey) => ({ ...key, active: status.get(key.keyId) === 'active' });
      return { keys: existing.map((key) => (status.has(key.keyId) ? withStatus(key) : key)), now };
    },
    create: () => accessKeys.create(),
    activate: recording('active', (keyId) => accessKeys.activate(keyId)),
    deactivate: recording('inactive', (keyId) => accessKeys.deactivate(keyId)),
    delete: recording('deleted', (keyId) => accessKeys.delete(keyId)),
    lastUse: (keyId) => accessKeys.lastUse(keyId),
  };
}
