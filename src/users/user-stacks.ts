import { CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { stableHash } from '../private/hash';

/** Options for `UserStacks`. */
export interface UserStacksOptions {
  /**
   * Users whose resources stay in the stack of the rotation: those that the rotation had before it got user stacks.
   * Each is given by its user name, or by its `id` where it has one.
   *
   * @default - nobody, all users go to the user stacks
   */
  readonly keepInRotationStack?: string[];
}

/** A stack takes so many resources, unless this context says that another number, or none (0), be checked. */
const STACK_RESOURCES = { limit: 500, context: '@aws-cdk/core:stackResourceLimit' };

const USERS_PER_STACK = 40;

/**
 * CloudFormation: "Maximum number of CloudFormation resources a nested stack can create, update, or delete per
 * operation", 2,500.
 */
const NESTED_RESOURCES_PER_OPERATION = 2500;

const RESOURCES_PER_USER = 7;

/**
 * Which stacks the users' resources are in. A stack takes 500 resources, which are those of 60 to 70 users, so a
 * rotation of more users spreads them over several stacks. What all users share stays in the stack of the rotation.
 *
 * A user's stack comes from a hash of the name and from the number of stacks: adding, removing or reordering users
 * moves nobody. Another number would move nearly everybody, and CloudFormation refuses that, because the users and
 * secrets that it would create exist. So the number is chosen once, for the users that there will ever be: one stack
 * for every 40 users leaves enough room for a hash that does not spread evenly. A stack without a user costs nothing.
 *
 * A template may also have 1,000,000 bytes, which 65 users or more can pass where their names have 64 characters and
 * those of stack and constructs are as long as they can be: the context `@aws-cdk/core:suppressTemplateIndentation`
 * makes it smaller.
 *
 * @example
 * import { AccessKeyRotation, UserStacks } from 'cdk-access-key-rotation';
 *
 * new AccessKeyRotation(stack, 'Rotation', {
 *   userStacks: UserStacks.nested(3), // for 120 users
 *   users: [{ userName: 'device-1' }, { userName: 'device-2' }],
 * });
 */
export abstract class UserStacks {
  /**
   * Nested stacks, deployed along with the stack of the rotation. CloudFormation creates, updates or deletes up to
   * 2,500 resources in one operation on nested stacks, which are those of 350 users. Beyond that, use
   * `UserStacks.fromStacks()`.
   *
   * @param count - the number of stacks, never to be changed
   * @param options - who stays where they are
   * @throws if `count` is not a whole number from 1 to 200
   */
  public static nested(count: number, options: UserStacksOptions = {}): UserStacks {
    if (!Number.isInteger(count) || count < 1 || count > 200) {
      throw new Error(
        `UserStacks.nested: the number of stacks is ${count}, use a whole number from 1 to 200: one for every ${USERS_PER_STACK} users.`,
      );
    }
    return new SpreadUserStacks(count, options.keepInRotationStack);
  }

  /**
   * Stacks of your own, in the account and region of the rotation. They are deployed after the stack of the rotation.
   *
   * @param stacks - in an order and number never to be changed
   * @param options - who stays where they are
   * @throws if there is no stack, or one is there twice
   */
  public static fromStacks(stacks: Stack[], options: UserStacksOptions = {}): UserStacks {
    if (stacks.length === 0) {
      throw new Error(
        `UserStacks.fromStacks: the list of stacks is empty, pass one stack for every ${USERS_PER_STACK} users.`,
      );
    }
    const twice = stacks.find((stack, index) => stacks.indexOf(stack) !== index);
    if (twice) {
      throw new Error(
        `UserStacks.fromStacks: the stack ${twice.node.path} is in the list twice, pass each stack once.`,
      );
    }
    return new SpreadUserStacks(stacks.length, options.keepInRotationStack, stacks);
  }

  /** How many users can be deployed at once. @internal */
  public abstract readonly _usersPerDeploy: number;

  /** The scope of a user's constructs. @internal */
  public abstract _scopeOf(label: string, rotation: Construct): Construct;

  /** Why these stacks do not go with a rotation, if they do not. @internal */
  public abstract _problemWith(rotation: Construct): string | undefined;
}

/** Spreads users over nested stacks, or over those that are given. */
class SpreadUserStacks extends UserStacks {
  public readonly _usersPerDeploy: number;

  constructor(
    private readonly count: number,
    private readonly keepInRotationStack: readonly string[] = [],
    private readonly given?: readonly Stack[],
  ) {
    super();
    this._usersPerDeploy = given ? Infinity : Math.floor(NESTED_RESOURCES_PER_OPERATION / RESOURCES_PER_USER);
  }

  public _scopeOf(label: string, rotation: Construct): Construct {
    if (this.keepInRotationStack.includes(label)) return rotation;
    // Not the text whose hash gives the minute of a user's checks: those of a stack would be at the same times.
    const index = stableHash(`stack of ${label}`) % this.count;
    // Rotations may share the stacks that are given.
    const [scope, id] = this.given
      ? [this.given[index], `${rotation.node.id}-${rotation.node.addr.slice(-8)}`]
      : [rotation, `Users${index + 1}`];
    const existing = scope.node.tryFindChild(id) as Construct | undefined;
    if (existing) return existing;
    return this.given
      ? new Construct(scope, id)
      : new NestedStack(scope, id, { description: 'Users of an access key rotation' });
  }

  public _problemWith(rotation: Construct): string | undefined {
    const { environment } = Stack.of(rotation);
    const elsewhere = this.given?.find((stack) => stack.environment !== environment);
    return (
      elsewhere
      && `the user stack ${elsewhere.node.path} is for ${elsewhere.environment}, but the rotation is for ${environment}: give both the same "env"`
    );
  }
}

/** Which stacks have more resources than CloudFormation takes, and the way out. */
export function fullStackProblems(users: readonly Construct[], userStacks: UserStacks | undefined): string[] {
  return [...new Set(users.map((user) => Stack.of(user)))].flatMap((stack) => {
    const limit = Number(stack.node.tryGetContext(STACK_RESOURCES.context) ?? STACK_RESOURCES.limit);
    const resources = stack.node
      .findAll()
      .filter((construct) => CfnResource.isCfnResource(construct) && construct.stack === stack).length;
    if (limit === 0 || resources <= limit) return [];
    const count = users.filter((user) => Stack.of(user) === stack).length;
    const fix = userStacks
      ? 'let another rotation have some of them, for another number of user stacks would move all users'
      : `pass "userStacks", UserStacks.nested(${Math.ceil(users.length / USERS_PER_STACK)}) say, with "keepInRotationStack" for users that are deployed already`;
    return [
      `The stack ${stack.node.path} has ${resources} resources, among them those of ${count} users, and CloudFormation takes ${limit}: ${fix}`,
    ];
  });
}
