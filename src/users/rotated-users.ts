import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RotatedUser } from './rotated-user';
import { RotatedUserProps, RotationOptions } from './rotated-user-props';
import { scheduleChecks } from './scheduled-checks';
import { fullStackProblems, UserStacks } from './user-stacks';
import { accountProblem, entryProblem, scheduleProblem, userNameOf } from './user-validation';
import { RotationFunction } from '../function/rotation-function';
import { Recipients } from '../notifications/recipients';
import { CheckScheduler } from '../schedule/check-scheduler';
import { RotationSchedule } from '../schedule/rotation-schedule';
import { RotationTrigger } from '../schedule/rotation-trigger';

/** What all users of a rotation share. */
export interface RotatedUsersProps {
  /** What applies to every user that does not say otherwise. */
  readonly defaults: RotationOptions;
  readonly rotator: RotationFunction;
  readonly recipients: Recipients;
  readonly trigger: RotationTrigger;
  /** The trigger, bound to the Lambda. */
  readonly scheduler: CheckScheduler;
  readonly userStacks?: UserStacks;
}

/** The users of a rotation: checks and adds them, and finds them by name. */
export class RotatedUsers {
  private readonly added: RotatedUser[] = [];
  /** IAM user names are unique regardless of case. */
  private readonly byName = new Map<string, RotatedUser>();
  private readonly byConstructId = new Map<string, RotatedUser>();
  private readonly secretNames = new Set<string>();
  private readonly warned = new Set<string>();

  /** @param rotation - the construct that messages name, and the scope of users that are in no user stack */
  constructor(
    private readonly rotation: Construct,
    private readonly shared: RotatedUsersProps,
  ) {
    rotation.node.addValidation({
      validate: () =>
        this.added.length > 0
          ? fullStackProblems(this.added, shared.userStacks)
          : ['The rotation has no users: pass "users" or call addUser().'],
    });
  }

  /** In the order in which they were added. */
  public get all(): readonly RotatedUser[] {
    return this.added;
  }

  /**
   * @param name - the user name, or the `id` of an entry
   * @throws if there is no such user
   */
  public get(name: string): RotatedUser {
    const named = this.byName.get(name.toLowerCase());
    const found = named?.userName === name ? named : this.byConstructId.get(constructId(name));
    if (found) return found;
    const names = this.added.map(({ userName }) => userName).join(', ') || 'none';
    throw new Error(`AccessKeyRotation ${this.rotation.node.path}: no user "${name}", there are ${names}.`);
  }

  /**
   * @param entry - where the props come from, for messages
   * @throws if the props are contradictory or break a rule, or do not go with the rotation or its other users
   */
  public add(user: RotatedUserProps, entry: string): RotatedUser {
    const { defaults, rotator, recipients, trigger, scheduler, userStacks } = this.shared;
    const props = withDefaults(user, defaults);
    const name = userNameOf(props);
    const label = props.id ?? name;
    const notified = props.recipients ?? [];
    const problem =
      entryProblem(props)
      ?? scheduleProblem(props, trigger)
      ?? this.conflict(name, label, props.secretName ?? name)
      ?? accountProblem(props, Stack.of(this.rotation))
      ?? recipients.problemWith(notified, 'username');
    if (problem) {
      const who = Token.isUnresolved(name) ? '' : ` ("${name}")`;
      throw new Error(`AccessKeyRotation ${this.rotation.node.path}, ${entry}${who}: ${problem}.`);
    }
    const scope = userStacks?._scopeOf(label, this.rotation) ?? this.rotation;
    const rotated = new RotatedUser(scope, constructId(label), rotator, props);
    scheduleChecks(rotated, label, trigger, scheduler);
    this.register(rotated);
    rotator.addUser(rotated);
    recipients.addUser(rotated, notified);
    this.warnOfOldKeys(rotated.schedule);
    this.warnOfNestedStacks();
    return rotated;
  }

  private register(user: RotatedUser): void {
    this.added.push(user);
    this.byName.set(user.userName.toLowerCase(), user);
    this.byConstructId.set(user.node.id, user);
    this.secretNames.add(user.secretName);
  }

  /** Why an entry does not go with those before it, if it does not. */
  private conflict(name: string, id: string, secretName: string): string | undefined {
    if (this.byName.has(name.toLowerCase())) return 'this user is in the rotation already (case does not count)';
    if (this.byConstructId.has(constructId(id))) return `the id "${id}" is taken by another user of the rotation`;
    return this.secretNames.has(secretName)
      ? `the secret name "${secretName}" is taken by another user of the rotation`
      : undefined;
  }

  private warnOfOldKeys(schedule: RotationSchedule): void {
    if (schedule._ages.deactivate <= 90) return;
    this.warn(
      'activeKeyOver90Days',
      `With the schedule ${schedule}, an old key is still active at more than 90 days:`
        + ' AWS Config (access-keys-rotated), CIS and Prowler report it in every cycle.'
        + ' RotationSchedule.activeUnder(Duration.days(90)) avoids that.',
    );
  }

  private warnOfNestedStacks(): void {
    const most = this.shared.userStacks?._usersPerDeploy ?? Infinity;
    if (this.added.length <= most) return;
    this.warn(
      'nestedStackOperation',
      'CloudFormation creates, updates or deletes up to 2,500 resources in one operation'
        + ` on nested stacks, which are those of ${most} users: a deploy that concerns more of them at once fails.`
        + ' UserStacks.fromStacks() takes stacks of your own, which have no such limit.',
    );
  }

  /** Once for the rotation, not for each of its users. */
  private warn(id: string, message: string): void {
    if (this.warned.has(id)) return;
    this.warned.add(id);
    Annotations.of(this.rotation).addWarningV2(`cdk-access-key-rotation:${id}`, message);
  }
}

/** The prefix keeps names clear of our other constructs, and of "Default", which the CDK leaves out of logical IDs. */
function constructId(name: string): string {
  return `User-${name}`;
}

function withDefaults(user: RotatedUserProps, defaults: RotationOptions): RotatedUserProps {
  const given = Object.entries(user).filter(([, value]) => value !== undefined && value !== null);
  return { ...defaults, ...Object.fromEntries(given) };
}
