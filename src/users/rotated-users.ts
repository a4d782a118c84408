import { RotatedUser } from './rotated-user';

/** The users of a rotation, found by whatever must not be there twice. */
export class RotatedUsers {
  private readonly added: RotatedUser[] = [];
  /** IAM tells users apart without regard to case. */
  private readonly byName = new Map<string, RotatedUser>();
  private readonly byConstructId = new Map<string, RotatedUser>();
  private readonly secretNames = new Set<string>();
  private sorted?: readonly RotatedUser[];

  public get size(): number {
    return this.added.length;
  }

  /** In the order in which they were added. */
  public get all(): readonly RotatedUser[] {
    return this.added;
  }

  /** In an order of their own, so that the order of the list changes nothing in the template. */
  public get inOrder(): readonly RotatedUser[] {
    return this.sorted ??= [...this.added].sort((a, b) => a.node.id < b.node.id ? -1 : 1);
  }

  public add(user: RotatedUser): void {
    this.added.push(user);
    this.byName.set(user.userName.toLowerCase(), user);
    this.byConstructId.set(user.node.id, user);
    this.secretNames.add(user.secretName);
    this.sorted = undefined;
  }

  /** @param name - the user name, or the `id` of an entry */
  public find(name: string): RotatedUser | undefined {
    const named = this.byName.get(name.toLowerCase());
    return named?.userName === name ? named : this.byConstructId.get(constructId(name));
  }

  /** Why an entry does not go with those before it, if it does not. */
  public clash(name: string, id: string, secretName: string): string | undefined {
    if (this.byName.has(name.toLowerCase())) return 'this user is in the rotation already (case does not count)';
    if (this.byConstructId.has(constructId(id))) return `the id "${id}" is taken by another user of the rotation`;
    if (this.secretNames.has(secretName)) return `the secret name "${secretName}" is taken by another user of the rotation`;
    return undefined;
  }
}

/** A prefix keeps user names clear of our other constructs, and of "Default", which the CDK leaves out of logical IDs. */
export function constructId(name: string): string {
  return `User-${name}`;
}
