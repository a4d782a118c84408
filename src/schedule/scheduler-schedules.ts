import { ArnFormat, CfnResource, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { CheckScheduler, namePrefix, ScheduledCheck } from './check-scheduler';
import { isSynthesized } from '../function/precreated-role';
import { RotationFunction } from '../function/rotation-function';
import { finalProperty } from '../private/final-property';
import { fixLogicalId } from '../private/fixed-logical-ids';
import { neverRetain } from '../private/never-retained';
import { outermostStack } from '../private/outermost-stack';

/**
 * Retries of the delivery to Lambda: the maximum, which is also the default of EventBridge rules. An event that is not
 * delivered within a day is sent to the dead-letter queue. After the delivery, Lambda's own retries apply.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
 */
const RETRY_POLICY: scheduler.CfnSchedule.RetryPolicyProperty = {
  maximumEventAgeInSeconds: 86_400,
  maximumRetryAttempts: 185,
};

/** How schedules name their group and their role. */
interface SharedNames {
  readonly groupName: string;
  readonly roleArn: string;
}

/**
 * EventBridge Scheduler schedules, in one schedule group per rotation.
 *
 * Schedules in the stack of the rotation and in its nested stacks refer to the group and the role. Schedules in other
 * stacks name both, because references would be CloudFormation exports. CloudFormation does not delete an export that
 * is in use, so a change back to rules would fail.
 */
export class SchedulerSchedules implements CheckScheduler {
  private readonly prefix: string;
  private readonly group: scheduler.CfnScheduleGroup;
  private readonly role: iam.Role;
  private readonly references: SharedNames;
  private readonly names: SharedNames;

  constructor(private readonly rotation: RotationFunction) {
    this.prefix = namePrefix(rotation);
    this.group = new scheduler.CfnScheduleGroup(rotation, 'Schedules', { name: this.prefix.slice(0, -1) });
    this.role = this.createRole();
    const cfnRole = this.cfnRole;
    for (const resource of [this.group, ...(cfnRole ? [cfnRole] : [])]) {
      fixLogicalId(resource);
      neverRetain(resource);
    }
    this.references = { groupName: this.group.ref, roleArn: cfnRole?.attrArn ?? this.role.roleArn };
    // Late, because aspects of the app can change the names and the path.
    this.names = {
      groupName: Lazy.uncachedString({ produce: () => this.groupNameForOtherStacks() }),
      roleArn: Lazy.uncachedString({ produce: () => this.roleArnForOtherStacks() }),
    };
  }

  public schedule(scope: Construct, id: string, check: ScheduledCheck): CfnResource {
    const { name, description, expression, timeZone = 'UTC', input } = check;
    const isSameDeploy = outermostStack(scope) === outermostStack(this.rotation);
    const { groupName, roleArn } = isSameDeploy ? this.references : this.names;
    const schedule = new scheduler.CfnSchedule(scope, `${id}Schedule`, {
      name: `${this.prefix}${name}`,
      groupName,
      description,
      scheduleExpression: expression,
      scheduleExpressionTimezone: timeZone,
      // A window could change the order of a user's three checks. The times of day are already spread.
      flexibleTimeWindow: { mode: 'OFF' },
      state: 'ENABLED',
      target: {
        arn: this.rotation.arns.handler,
        roleArn,
        input,
        deadLetterConfig: { arn: this.rotation.arns.deadLetterQueue },
        retryPolicy: RETRY_POLICY,
      },
    });
    schedule.node.addDependency(this.group, this.role);
    neverRetain(schedule);
    return schedule;
  }

  /** Undefined if iam.Role.customizeRoles() replaces the role. */
  private get cfnRole(): iam.CfnRole | undefined {
    return isSynthesized(this.role) ? (this.role.node.defaultChild as iam.CfnRole) : undefined;
  }

  private groupNameForOtherStacks(): string {
    const name = finalProperty(this.group, 'Name');
    return isSameInOtherStacks(name, this.group) ? name : this.references.groupName;
  }

  private roleArnForOtherStacks(): string {
    const role = this.cfnRole;
    if (!role) return this.references.roleArn;
    const [name, path] = [finalProperty(role, 'RoleName'), finalProperty(role, 'Path') ?? '/'];
    if (!isSameInOtherStacks(name, role) || !isSameInOtherStacks(path, role)) return this.references.roleArn;
    return Stack.of(this.rotation).formatArn({
      service: 'iam',
      region: '',
      resource: `role${path}${name}`,
      arnFormat: ArnFormat.NO_RESOURCE_NAME,
    });
  }

  /**
   * One role for all schedules of the group. Scheduler sets `aws:SourceArn` to the group, not to the schedule:
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
   */
  private createRole(): iam.Role {
    const { handler, deadLetterQueue } = this.rotation;
    return new iam.Role(this.rotation, 'SchedulesRole', {
      // Schedule groups are regional, but role names are unique in the account.
      roleName: `${this.prefix}${Stack.of(this.rotation).region}`,
      description: 'Allows the schedules of this rotation to invoke its Lambda',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this.rotation).account, 'aws:SourceArn': this.group.attrArn },
        },
      }),
      inlinePolicies: {
        Invoke: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [handler.functionArn] }),
            new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }),
          ],
        }),
      },
    });
  }
}

/**
 * Whether a name has the same value in each stack of the environment. One that is not set, or that CloudFormation
 * derives from the stack, does not.
 */
function isSameInOtherStacks(name: unknown, resource: CfnResource): name is string {
  if (typeof name !== 'string') return false;
  return !Token.isUnresolved(name) || !JSON.stringify(resource.stack.resolve(name)).includes('AWS::Stack');
}
