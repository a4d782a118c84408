/** IAM: one call per method. */
import { awsCall, retryIfThrottled, unlessNotFound } from './call';
import { Clock } from './clock';
import { Credential } from './credential';
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
import { AccessKey, LastUse } from '../domain/user-state';

export interface AccessKeys {
  /** The user's keys, with the time of IAM's answer. */
  list(): Promise<{ keys: AccessKey[]; now: Date }>;
  create(): Promise<Credential>;
  activate(keyId: string): Promise<void>;
  deactivate(keyId: string): Promise<void>;
  /** Whether there was something to delete: IAM may not know a key yet that is only just made. */
  delete(keyId: string): Promise<boolean>;
  /** Nothing where it was never used. */
  lastUse(keyId: string): Promise<LastUse | undefined>;
}

function iamCall<T>(name: string, username: string, send: () => Promise<T>): Promise<T> {
  return awsCall(name, username, send, (code) =>
    code.startsWith('NoSuchEntity')
      ? 'the user does not exist: take it off the rotation, or deploy the stack again if its user was deleted by hand'
      : undefined,
  );
}

export class IamAccessKeys implements AccessKeys {
  /**
   * @param noRetry - never repeats a call: CreateAccessKey has no idempotency token, so a retry could make a second key
   * @param sleep - between calls that AWS refused outright: those made no key, and may be repeated
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
    // The one clock: key ages are IAM's, so "now" is IAM's too, and a Lambda whose clock is off decides the same.
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
      throw new Error(`${this.username}: IAM's answer bears no readable date (${date}), so no age can be told`);
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
    const { AccessKey: key } = await retryIfThrottled(attempt, this.sleep);
    return new Credential(key!.AccessKeyId!, key!.SecretAccessKey!, key!.CreateDate!);
  }

  async activate(keyId: string) {
    await this.setStatus(keyId, StatusType.Active);
  }

  async deactivate(keyId: string) {
    await this.setStatus(keyId, StatusType.Inactive);
  }

  async delete(keyId: string) {
    const answer = await unlessNotFound(() =>
      this.call('iam DeleteAccessKey', () =>
        this.iam.send(new DeleteAccessKeyCommand({ UserName: this.username, AccessKeyId: keyId })),
      ),
    );
    return answer !== undefined;
  }

  async lastUse(keyId: string) {
    const { AccessKeyLastUsed: use } =
      (await unlessNotFound(() =>
        this.call('iam GetAccessKeyLastUsed', () =>
          this.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: keyId })),
        ),
      )) ?? {};
    return use?.LastUsedDate && { at: use.LastUsedDate, service: use.ServiceName!, region: use.Region! };
  }

  private async setStatus(keyId: string, status: StatusType) {
    await this.call('iam UpdateAccessKey', () =>
      this.iam.send(new UpdateAccessKeyCommand({ UserName: this.username, AccessKeyId: keyId, Status: status })),
    );
  }

  private call<T>(name: string, send: () => Promise<T>): Promise<T> {
    return iamCall(name, this.username, send);
  }
}

/**
 * A tag on an IAM user says which rotation has it. Users are global and rotations are not: without it, a stack in
 * another region could adopt the same user, and the two would retire each other's keys.
 */
export interface OwnerTag {
  read(): Promise<string | undefined>;
  write(owner: string): Promise<void>;
  remove(): Promise<void>;
}

export class IamOwnerTag implements OwnerTag {
  constructor(
    private readonly username: string,
    private readonly iam: IAMClient,
  ) {}

  async read() {
    // A user has 50 tags at most, and a page holds 100.
    const { Tags = [] } = await iamCall('iam ListUserTags', this.username, () =>
      this.iam.send(new ListUserTagsCommand({ UserName: this.username })),
    );
    return Tags.find((tag) => tag.Key === OWNER_TAG)?.Value;
  }

  async write(owner: string) {
    await iamCall('iam TagUser', this.username, () =>
      this.iam.send(new TagUserCommand({ UserName: this.username, Tags: [{ Key: OWNER_TAG, Value: owner }] })),
    );
  }

  async remove() {
    await iamCall('iam UntagUser', this.username, () =>
      this.iam.send(new UntagUserCommand({ UserName: this.username, TagKeys: [OWNER_TAG] })),
    );
  }
}

/** IAM's lists lag behind its writes. Within a run at least, what it did itself is certain. */
export function withReadYourWrites(accessKeys: AccessKeys): AccessKeys {
  const status = new Map<string, 'active' | 'inactive' | 'deleted'>();
  const noting =
    <T>(after: 'active' | 'inactive' | 'deleted', write: (keyId: string) => Promise<T>) =>
    async (keyId: string) => {
      const answer = await write(keyId);
      status.set(keyId, after);
      return answer;
    };
  return {
    list: async () => {
      const { keys, now } = await accessKeys.list();
      const known = keys.filter(({ keyId }) => status.get(keyId) !== 'deleted');
      const withStatus = (key: AccessKey) => ({ ...key, active: status.get(key.keyId) === 'active' });
      return { keys: known.map((key) => (status.has(key.keyId) ? withStatus(key) : key)), now };
    },
    create: () => accessKeys.create(),
    activate: noting('active', (keyId) => accessKeys.activate(keyId)),
    deactivate: noting('inactive', (keyId) => accessKeys.deactivate(keyId)),
    delete: noting('deleted', (keyId) => accessKeys.delete(keyId)),
    lastUse: (keyId) => accessKeys.lastUse(keyId),
  };
}
