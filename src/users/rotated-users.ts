import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { renameProblems } from './renamed-resources';
import { regionsWithoutKmsKey } from './replica-keys';
import { RotatedUser } from './rotated-user';
import { RotatedUserProps, RotationOptions } from './rotated-user-props';
import { scheduleChecks } from './scheduled-checks';
import { inlinePoliciesOf, limitProblems, MANAGED_POLICIES, managedPolicies } from './user-limits';
import { fullStackProblems, retainedStackProblems, UserStacks } from './user-stacks';
import {
  accountProblem,
  contradiction,
  locationProblem,
  replicaProblem,
  scheduleProblem,
  secretNameOf,
  unknownRegions,
  userNameOf,
  valueProblem,
} from './user-validation';
import { Ages, AUDITED_DAYS, formatAges } from '../contract/ages';
import { RotationFunction } from '../function/rotation-function';
import { Recipients } from '../notifications/recipients';
import { stableHash } from '../private/hash';
import { lookupsArePending, problemWithValues } from '../private/pending-lookups';
import { setOptions } from '../private/shape';
import { warn } from '../private/warnings';
import { CheckScheduler } from '../schedule/check-scheduler';
import { RotationTrigger } from '../schedule/rotation-trigger';

/** How many users a warning lists. */
const SHOWN_USERS = 5;

/** What all users of a rotation share. */
export interface RotatedUsersProps {
  /** Options for each user that does not set its own. */
  readonly defaults: RotationOptions;
  readonly rotator: RotationFunction;
  readonly recipients: Recipients;
  readonly trigger: RotationTrigger;
  /** The trigger, bound to the rotation function. */
  readonly scheduler: CheckScheduler;
  readonly userStacks?: UserStacks;
}

/** Validates and adds the users of a rotation, and finds them by name. */
export class RotatedUsers {
  private readonly added: RotatedUser[] = [];
  /** By name in lower case: IAM ignores case when it compares user names. */
  private readonly byName = new Map<string, RotatedUser>();
  private readonly byConstructId = new Map<string, RotatedUser>();
  private readonly secretNames = new Set<string>();
  private readonly warned = new Set<string>();

  /** @param rotation - the construct that messages name, and the scope of users outside of user stacks */
  constructor(
    private readonly rotation: Construct,
    private readonly shared: RotatedUsersProps,
  ) {
    rotation.node.addValidation({ validate: () => this.problems() });
    shared.userStacks?._addPlaceholders();
  }

  /** All users, in the order in which they were added. */
  public get all(): readonly RotatedUser[] {
    return this.added;
  }

  /**
   * @param name - the user name, or the `id` of an entry
   * @throws if no user has this name or `id`
   */
  public get(name: string): RotatedUser {
    const named = this.byName.get(name.toLowerCase());
    const found = named?.userName === name ? named : this.byConstructId.get(constructId(name));
    if (found) return found;
    const names = this.added.map(({ userName }) => userName).join(', ') || 'none';
    throw new Error(
      `AccessKeyRotation ${this.rotation.node.path}: no user has the name or id "${name}".`
        + ` The users of this rotation are: ${names}.`,
    );
  }

  /**
   * @param entry - the place of the props in the app, for messages
   * @throws if the props are contradictory, break a rule, or conflict with the rotation or with another user
   */
  public add(user: RotatedUserProps, entry: string): RotatedUser {
    const { defaults, rotator, recipients, trigger, scheduler, userStacks } = this.shared;
    const props = withDefaults(user, defaults);
    const name = userNameOf(props);
    const label = props.id ?? name;
    const userRecipients = props.recipients ?? [];
    const checkTimes = trigger._checkTimes(stableHash(label), props.changeWindow?._settings);
    const problem =
      contradiction(props, user)
      ?? scheduleProblem(props, trigger, checkTimes)
      ?? problemWithValues(
        this.rotation,
        valueProblem(props)
          ?? this.conflict(name, label, secretNameOf(props))
          ?? accountProblem(props, Stack.of(this.rotation))
          ?? locationProblem(props, Stack.of(this.rotation))
          ?? replicaProblem(props, Stack.of(this.rotation)),
      )
      ?? recipients.problemWith(userRecipients, 'username');
    if (problem) {
      const isNamed = (props.userName ?? props.user) !== undefined && !Token.isUnresolved(name);
      const quotedName = isNamed ? ` ("${name}")` : '';
      throw new Error(`AccessKeyRotation ${this.rotation.node.path}, ${entry}${quotedName}: ${problem}.`);
    }
    const scope = userStacks?._scopeOf(label, this.rotation) ?? this.rotation;
    const rotated = new RotatedUser(scope, uniqueId(scope, constructId(label)), rotator, props, checkTimes);
    scheduleChecks(rotated, label, trigger, checkTimes, scheduler);
    this.register(rotated);
    rotator.addUser(rotated);
    recipients.addUser(rotated, userRecipients);
    this.warnOfOldActiveKeys(props, label, rotated.agesInDays);
    this.warnOfUnknownRegions(props);
    this.warnOfLargeOperation();
    return rotated;
  }

  /** What is known only with the whole app. */
  private problems(): string[] {
    const { rotator, userStacks } = this.shared;
    if (this.added.length === 0) return ['The rotation has no users. Pass "users", or call addUser().'];
    const problems = [
      ...fullStackProblems(this.added, userStacks),
      ...retainedStackProblems(this.added, this.rotation),
    ];
    if (lookupsArePending(this.rotation)) return problems;
    this.warnOfManyPolicies();
    this.warnOfReplicaKeys();
    this.warnOfUnknownNames();
    const policies = inlinePoliciesOf(this.rotation.node.root);
    return [
      ...problems,
      ...renameProblems(this.added),
      ...this.added.flatMap((user) => limitProblems(user, rotator.owner, policies)),
    ];
  }

  private register(user: RotatedUser): void {
    this.added.push(user);
    this.byName.set(user.userName.toLowerCase(), user);
    this.byConstructId.set(user.node.id, user);
    this.secretNames.add(user.secretName);
  }

  /** The conflict of an entry with an earlier one; undefined if there is none. */
  private conflict(name: string, id: string, secretName: string): string | undefined {
    if (this.byName.has(name.toLowerCase())) {
      return 'this user is in the rotation already (IAM ignores case in user names). Remove one of the entries';
    }
    if (this.byConstructId.has(constructId(id))) {
      return `the id "${id}" is used by another user of the rotation. Pass another "id"`;
    }
    return this.secretNames.has(secretName)
      ? `the secret name "${secretName}" is used by another user of the rotation. Pass another "secretName" or "secret"`
      : undefined;
  }

  /** Only of a schedule that the app chose: the documentation says it of the default. */
  private warnOfOldActiveKeys(props: RotatedUserProps, label: string, ages: Ages): void {
    const { schedule, deactivation, changeWindow } = props;
    const { trigger } = this.shared;
    const maxDelayDays = deactivation?._maxDelayDays ?? 0;
    const days = trigger._oldestActiveDays(ages, maxDelayDays, changeWindow?._settings);
    if (!schedule || days <= AUDITED_DAYS) return;
    const delay = maxDelayDays > 0 ? ` and a maximum delay of ${maxDelayDays} days` : '';
    const window = changeWindow?._settings ? ' within the change window' : '';
    this.warn(
      'activeKeyOver90Days',
      `A key of "${label}" can be active at an age of up to ${Math.ceil(days * 10) / 10} days, more than ${AUDITED_DAYS} days:`
        + ` its schedule is ${formatAges(ages)}, with ${trigger._describeChecks()}${window}${delay}.`
        + ' AWS Config (access-keys-rotated), CIS and Prowler report such a key in each rotation period.'
        + ` Use RotationSchedule.activeUnder(Duration.days(${AUDITED_DAYS})).`,
    );
  }

  private warnOfLargeOperation(): void {
    const maxUsers = this.shared.userStacks?._usersPerDeploy ?? Infinity;
    if (this.added.length <= maxUsers) return;
    this.warn(
      'nestedStackOperation',
      'CloudFormation creates, updates or deletes up to 2,500 resources in one operation'
        + ` on nested stacks, which is ${maxUsers} users. A deploy that changes more users at once fails.`
        + ' Use UserStacks.fromStacks(), or deploy fewer users at once.',
    );
  }

  private warnOfUnknownRegions(props: RotatedUserProps): void {
    const unknown = unknownRegions(props);
    if (unknown.length === 0 || lookupsArePending(this.rotation)) return;
    this.warn(
      'unknownRegion',
      `"replicaRegions" has ${unknown.map((region) => `"${region}"`).join(', ')}, which is not in the list of Regions of this CDK version.`
        + ' Correct the name, or upgrade the CDK.',
    );
  }

  private warnOfManyPolicies(): void {
    const many = this.added.filter((user) => managedPolicies(user) > MANAGED_POLICIES.default);
    if (many.length === 0) return;
    this.warn(
      'managedPolicyQuota',
      `More than ${MANAGED_POLICIES.default} managed policies are attached to ${many.map(({ userName }) => userName).join(', ')}, and IAM's default quota is`
        + ` ${MANAGED_POLICIES.default} per user. Combine some of them, or request a higher quota.`,
    );
  }

  private warnOfReplicaKeys(): void {
    const users = this.added.flatMap((user) => {
      const regions = regionsWithoutKmsKey(user);
      return regions.length === 0 ? [] : [`${user.userName} (${regions.join(', ')})`];
    });
    if (users.length === 0) return;
    const shown = users.slice(0, SHOWN_USERS).join(', ');
    const more = users.length > SHOWN_USERS ? ` and ${users.length - SHOWN_USERS} more users` : '';
    this.warn(
      'replicaKey',
      `The secret has an "encryptionKey", and replicas of it have none: ${shown}${more}. Secrets Manager encrypts these`
        + ' replicas with the AWS managed key of their Region, so the policy of your key does not protect the access key'
        + ' there, and other accounts cannot read the replica.'
        + ' Set "encryptionKey" of each entry in "replicaRegions" to a KMS key in its Region.',
    );
  }

  private warnOfUnknownNames(): void {
    const names = this.shared.userStacks?._unknownNames() ?? [];
    if (names.length === 0) return;
    this.warn(
      'unknownKeptUser',
      `"keepInRotationStack" has ${names.map((name) => `"${name}"`).join(', ')}, and no user has this name or "id".`
        + ' Correct the name, or the user moves to a user stack and the deploy fails. Remove the name of a user that was removed.',
    );
  }

  /** Warns once per rotation, not once per user. */
  private warn(id: string, message: string): void {
    if (this.warned.has(id)) return;
    this.warned.add(id);
    warn(this.rotation, id, message);
  }
}

/**
 * The prefix avoids the IDs of the rotation's other constructs, and the ID "Default", which the CDK omits from logical
 * IDs.
 */
function constructId(name: string): string {
  return `User-${name}`;
}

/** While context lookups are pending, two users can have the same dummy as their name. Otherwise, `id` is unique. */
function uniqueId(scope: Construct, id: string): string {
  return scope.node.tryFindChild(id) ? uniqueId(scope, `${id}-`) : id;
}

function withDefaults(user: RotatedUserProps, defaults: RotationOptions): RotatedUserProps {
  const own = setOptions(user);
  if (!own.secret) return { ...defaults, ...own };
  // An existing secret keeps its own.
  const { encryptionKey, replicaRegions, removalPolicy, ...others } = defaults;
  return { ...others, ...own };
}
