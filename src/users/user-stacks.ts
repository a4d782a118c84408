import { CfnResource, NestedStack, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { STACK } from '../private/cdk-shapes';
import { stableHash } from '../private/hash';
import { isRetained, neverRetain } from '../private/never-retained';
import { checkOptions, checkShape, closedOptionsOf, listOf, NUMBER, STRING, withMembers } from '../private/shape';
import { isStackSetStack } from '../private/stack-set';
import { unknownOptions } from '../private/unknown-options';

/** Options for `UserStacks`. */
export interface UserStacksOptions {
  /**
   * Users whose resources stay in the stack of the rotation: those that were deployed before the rotation had user
   * stacks. Each value is a user name, or the `id` of an entry that has one.
   *
   * Do not remove a value later: the user would move to another stack, and the deploy fails.
   *
   * @default - no users; the resources of all users are in user stacks
   */
  readonly keepInRotationStack?: string[];
}

const USER_STACKS_OPTIONS = closedOptionsOf<UserStacksOptions>('UserStacksOptions', {
  keepInRotationStack: listOf(STRING),
});

/** CloudFormation's limit per stack. The context key overrides it; 0 disables the check. */
const STACK_RESOURCES = { limit: 500, context: '@aws-cdk/core:stackResourceLimit' };

const USERS_PER_STACK = 40;

/**
 * CloudFormation's limit for the resources that one operation on nested stacks creates, updates or deletes:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const NESTED_RESOURCES_PER_OPERATION = 2500;

const RESOURCES_PER_USER = 7;

/**
 * The stacks that contain the resources of the users.
 *
 * CloudFormation allows 500 resources in a stack, which is 59 to 68 users. A rotation of more users distributes them
 * over several stacks. The resources that all users share stay in the stack of the rotation.
 *
 * Choose the number of stacks before the first deploy, for all users that there will ever be: one stack for every 40
 * users, because a hash does not distribute them evenly. An empty stack costs nothing. The number cannot be changed
 * later: a hash of the user name and the number of stacks select the stack of a user, so nearly all users would move.
 * CloudFormation creates before it deletes, and their IAM users and secrets exist already. Adding, removing or
 * reordering users moves no other user.
 *
 * CloudFormation also allows 1 MB for a template. With names of the maximum length, 65 users or more can exceed it. The
 * context key `@aws-cdk/core:suppressTemplateIndentation` makes a template smaller.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 * @example
 * import { AccessKeyRotation, RotationTrigger, UserStacks } from 'cdk-access-key-rotation';
 *
 * new AccessKeyRotation(stack, 'Rotation', {
 *   users: [{ userName: 'device-1' }, { userName: 'device-2' }], // and 298 more
 *   userStacks: UserStacks.nested(8), // one stack for every 40 users
 *   trigger: RotationTrigger.eventBridgeScheduler(),
 * });
 */
export abstract class UserStacks {
  /** @internal */
  public static readonly _SHAPE = withMembers(
    'UserStacks',
    'Use UserStacks.nested(…) or UserStacks.fromStacks(…).',
    '_scopeOf',
  );

  /**
   * Nested stacks, deployed together with the stack of the rotation.
   *
   * CloudFormation creates, updates or deletes up to 2,500 resources in one operation on nested stacks, which is about
   * 350 users. For more, use `UserStacks.fromStacks()`.
   *
   * @param count - the number of nested stacks, a whole number from 1 to 200. It cannot be changed after the first
   *   deploy
   * @param options - the users that stay in the stack of the rotation
   * @throws if the number is not a whole number from 1 to 200
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
   */
  public static nested(count: number, options: UserStacksOptions = {}): UserStacks {
    checkShape('UserStacks.nested', 'count', count, NUMBER);
    if (!Number.isInteger(count) || count < 1 || count > 200) {
      throw new Error(
        `UserStacks.nested: "count" is ${count}, but must be a whole number from 1 to 200.`
          + ` Use one stack for every ${USERS_PER_STACK} users.`,
      );
    }
    return new HashedUserStacks('UserStacks.nested', count, options);
  }

  /**
   * Your own stacks, in the account and Region of the rotation. They are deployed after the stack of the rotation.
   * Several rotations can share them.
   *
   * @param stacks - at least one stack. Number and order cannot be changed after the first deploy
   * @param options - the users that stay in the stack of the rotation
   * @throws if the list is empty, or has a stack twice
   */
  public static fromStacks(stacks: Stack[], options: UserStacksOptions = {}): UserStacks {
    checkShape('UserStacks.fromStacks', 'stacks', stacks, listOf(STACK));
    if (stacks.length === 0) {
      throw new Error(
        `UserStacks.fromStacks: the list of stacks is empty. Pass one stack for every ${USERS_PER_STACK} users.`,
      );
    }
    const duplicate = stacks.find((stack, index) => stacks.indexOf(stack) !== index);
    if (duplicate) {
      throw new Error(
        `UserStacks.fromStacks: the stack ${duplicate.node.path} is in the list twice. Pass each stack once.`,
      );
    }
    return new HashedUserStacks('UserStacks.fromStacks', stacks.length, options, stacks);
  }

  /** @internal */
  public abstract readonly _unknownOptions: readonly string[];

  /** The number of users that one operation of CloudFormation can deploy. @internal */
  public abstract readonly _usersPerDeploy: number;

  /** The scope of a user's constructs. @internal */
  public abstract _scopeOf(label: string, rotation: Construct): Construct;

  /** The names in `keepInRotationStack` that no user has. Complete when all users are added. @internal */
  public abstract _unknownNames(): string[];

  /** Makes stacks deployable that have no user. @internal */
  public abstract _addPlaceholders(): void;

  /** Why a rotation cannot use these stacks, or undefined if it can. @internal */
  public abstract _problemWith(rotation: Construct): string | undefined;
}

/** Distributes users over nested stacks, or over existing stacks. */
class HashedUserStacks extends UserStacks {
  public readonly _unknownOptions: readonly string[];
  public readonly _usersPerDeploy: number;
  private readonly keepInRotationStack: readonly string[];
  /** Of all rotations that use this object. */
  private readonly labels = new Set<string>();

  constructor(
    factory: string,
    private readonly count: number,
    options: UserStacksOptions,
    private readonly stacks?: readonly Stack[],
  ) {
    super();
    const { keepInRotationStack = [] } = checkOptions(factory, 'options', options, USER_STACKS_OPTIONS);
    this.keepInRotationStack = keepInRotationStack;
    this._unknownOptions = unknownOptions(factory, options, USER_STACKS_OPTIONS);
    this._usersPerDeploy = stacks ? Infinity : Math.floor(NESTED_RESOURCES_PER_OPERATION / RESOURCES_PER_USER);
  }

  public _scopeOf(label: string, rotation: Construct): Construct {
    this.labels.add(label);
    if (this.keepInRotationStack.includes(label)) return rotation;
    // Not the hash that sets the minute of a user's checks: users of one stack would be checked at the same times.
    const index = stableHash(`stack of ${label}`) % this.count;
    // The address makes the ID unique, because several rotations can share the stacks.
    const [scope, id] = this.stacks
      ? [this.stacks[index], `${rotation.node.id}-${rotation.node.addr.slice(-8)}`]
      : [rotation, `Users${index + 1}`];
    const existing = scope.node.tryFindChild(id) as Construct | undefined;
    if (existing) return existing;
    if (this.stacks) return new Construct(scope, id);
    const nested = new NestedStack(scope, id, { description: 'Users of an access key rotation' });
    neverRetain(nested.nestedStackResource!);
    return nested;
  }

  public _unknownNames(): string[] {
    return this.keepInRotationStack.filter((name) => !this.labels.has(name) && !Token.isUnresolved(name));
  }

  public _addPlaceholders(): void {
    // A nested stack is created with its first user, so it is never empty.
    for (const stack of this.stacks ?? []) {
      if (!stack.node.tryFindChild(PLACEHOLDER_ID)) new Placeholder(stack, PLACEHOLDER_ID);
    }
  }

  public _problemWith(rotation: Construct): string | undefined {
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-custom-execution-role.html
    if (isStackSetStack(Stack.of(rotation))) {
      return '"userStacks" adds stacks, but the rotation is in a StackSet, which deploys one template without nested stacks. Remove "userStacks"';
    }
    const { environment } = Stack.of(rotation);
    const mismatch = this.stacks?.find((stack) => stack.environment !== environment);
    return (
      mismatch
      && `the user stack ${mismatch.node.path} is for ${mismatch.environment}, but the rotation is for ${environment}.`
        + ' Give both the same "env"'
    );
  }
}

const PLACEHOLDER_ID = 'AccessKeyRotationPlaceholder';

/**
 * The only resource of a stack that no user is in. CloudFormation refuses a template without resources, and CDK
 * Pipelines deploys it nevertheless. Usually the CDK adds its metadata resource, but not with `--no-version-reporting`.
 * A wait condition handle costs nothing and does nothing.
 */
class Placeholder extends CfnResource {
  constructor(scope: Stack, id: string) {
    super(scope, id, { type: 'AWS::CloudFormation::WaitConditionHandle' });
  }

  protected shouldSynthesize(): boolean {
    return !this.stack.node
      .findAll()
      .some(
        (construct) => CfnResource.isCfnResource(construct) && construct.stack === this.stack && construct !== this,
      );
  }
}

/** An error for each stack that has more resources than CloudFormation allows. */
export function fullStackProblems(users: readonly Construct[], userStacks: UserStacks | undefined): string[] {
  return [...new Set(users.map((user) => Stack.of(user)))].flatMap((stack) => {
    const limit = Number(stack.node.tryGetContext(STACK_RESOURCES.context) ?? STACK_RESOURCES.limit);
    const resources = stack.node
      .findAll()
      .filter((construct) => CfnResource.isCfnResource(construct) && construct.stack === stack)
      .filter((construct) => construct.node.id !== PLACEHOLDER_ID).length;
    if (limit === 0 || resources <= limit) return [];
    const count = users.filter((user) => Stack.of(user) === stack).length;
    return [
      `The stack ${stack.node.path} has ${resources} resources, among them those of ${count} users,`
        + ` and CloudFormation allows ${limit}. ${fixOf(stack, users.length, userStacks)}.`,
    ];
  });
}

/**
 * An error for each nested stack of the app that has users and stays without the rotation. It keeps all in it: checks
 * of users that are gone, and policies that deny writes to the secrets.
 */
export function retainedStackProblems(users: readonly Construct[], rotation: Construct): string[] {
  const own = new Set(enclosingStacks(Stack.of(rotation)));
  const nested = new Set(users.flatMap((user) => enclosingStacks(Stack.of(user)).filter((stack) => !own.has(stack))));
  const retained = [...nested].filter(({ nestedStackResource: stack }) => stack && isRetained(stack));
  return retained.map(
    ({ node }) =>
      `The nested stack ${node.path} has users of the rotation, and the app retains it. After the rotation is deleted,`
      + ' it would keep their rules, schedules and the resource policies of their secrets. Exclude AWS::CloudFormation::Stack'
      + ' from the removal policy of the app: each resource in the stack keeps its own.',
  );
}

/** The stack, and those that it is nested in. */
function enclosingStacks(stack: Stack): Stack[] {
  return stack.nestedStackParent ? [stack, ...enclosingStacks(stack.nestedStackParent)] : [stack];
}

/** What to do about a stack with too many resources. */
function fixOf(stack: Stack, users: number, userStacks: UserStacks | undefined): string {
  if (isStackSetStack(stack)) return 'Distribute the users over several StackSets, which have no user stacks';
  if (userStacks) {
    return 'Add some of the users to another rotation: another number of user stacks would move nearly all users';
  }
  return (
    `Pass "userStacks", such as UserStacks.nested(${Math.ceil(users / USERS_PER_STACK)}),`
    + ' with "keepInRotationStack" for users that are deployed already'
  );
}
