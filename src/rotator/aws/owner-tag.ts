/**
 * A tag on an IAM user says which rotation has it. Users are global and rotations are not: without it, a stack in another
 * region could adopt the same user, and the two would retire each other's keys. One call per method.
 */
import { IAMClient, ListUserTagsCommand, TagUserCommand, UntagUserCommand } from '@aws-sdk/client-iam';
import { awsCall } from './call';
import { OWNER_TAG } from '../../contract/settings';

export interface OwnerTag {
  read(): Promise<string | undefined>;
  write(owner: string): Promise<void>;
  remove(): Promise<void>;
}

export class IamOwnerTag implements OwnerTag {
  constructor(private readonly username: string, private readonly iam: IAMClient) {}

  async read() {
    // A user has 50 tags at most, and a page holds 100.
    const { Tags = [] } = await awsCall('iam ListUserTags', this.username, () => this.iam.send(new ListUserTagsCommand({ UserName: this.username })));
    return Tags.find((tag) => tag.Key === OWNER_TAG)?.Value;
  }

  async write(owner: string) {
    await awsCall('iam TagUser', this.username, () => this.iam.send(
      new TagUserCommand({ UserName: this.username, Tags: [{ Key: OWNER_TAG, Value: owner }] })));
  }

  async remove() {
    await awsCall('iam UntagUser', this.username, () => this.iam.send(new UntagUserCommand({ UserName: this.username, TagKeys: [OWNER_TAG] })));
  }
}

/** @throws if another rotation has the user */
export async function own(username: string, owner: string, tag: OwnerTag, dryRun: boolean): Promise<void> {
  if (refuseOthers(username, owner, await tag.read()) || dryRun) return;
  await tag.write(owner);
  // IAM has no condition on a tag's value: of two deploys at once, the last to write stays, and the other one sees it here.
  refuseOthers(username, owner, await tag.read());
}

/** @returns whether it is ours already */
function refuseOthers(username: string, owner: string, found: string | undefined): boolean {
  if (found !== undefined && found !== owner) {
    throw new Error(`${username} belongs to another rotation, ${found}; this one is ${owner}. Two rotations would retire each other's keys.`
      + ' Take the user off the other one first. If that one is gone or does not list the user any more, remove its tag'
      + ` (aws iam untag-user --user-name ${username} --tag-keys ${OWNER_TAG}) and deploy again`);
  }
  return found === owner;
}
