import { CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { CheckScheduler, namePrefix, ScheduledCheck } from './check-scheduler';
import { isSynthesized } from '../function/precreated-role';
import { RotationFunction } from '../function/rotation-function';
import { shortHash } from '../private/hash';
import { neverRetain } from '../private/never-retained';

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

/**
 * EventBridge Scheduler schedules, in one schedule group per rotation.
 *
 * The group and the role have physical names, so that schedules in other stacks refer to them by name. References would
 * be CloudFormation exports. CloudFormation does not delete an export that is in use, so a change back to rules would
 * fail.
 */
export class SchedulerSchedules implements CheckScheduler {
  private readonly prefix: string;
  private readonly groupName: string;
  private readonly roleName: string;
  private readonly roleArn: string;
  private readonly group: scheduler.CfnScheduleGroup;
  private readonly role: iam.Role;

  constructor(private readonly rotation: RotationFunction) {
    this.prefix = namePrefix(rotation);
    // The prefix depends on the construct path only, and an app can deploy the same path under two stack names.
    this.groupName = `${this.prefix}${shortHash(outermostStack(Stack.of(rotation)).stackName)}`;
    // Schedule groups are regional, but role names are unique in the account.
    this.roleName = `${this.groupName}-${Stack.of(rotation).region}`;
    this.group = new scheduler.CfnScheduleGroup(rotation, 'Schedules', { name: this.groupName });
    this.role = this.createRole();
    // By name, except for a role of iam.Role.customizeRoles(), which has its own name.
    this.roleArn = isSynthesized(this.role)
      ? Stack.of(rotation).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: this.roleName })
      : this.role.roleArn;
    neverRetain(this.group);
    if (isSynthesized(this.role)) neverRetain(this.role.node.defaultChild as iam.CfnRole);
  }

  public schedule(scope: Construct, id: string, { name, description, expression, input }: ScheduledCheck): CfnResource {
    const schedule = new scheduler.CfnSchedule(scope, `${id}Schedule`, {
      name: `${this.prefix}${name}`,
      groupName: this.groupName,
      description,
      scheduleExpression: expression,
      scheduleExpressionTimezone: 'UTC',
      // A window could change the order of a user's three checks. The times of day are already spread.
      flexibleTimeWindow: { mode: 'OFF' },
      state: 'ENABLED',
      target: {
        arn: this.rotation.arns.handler,
        roleArn: this.roleArn,
        input,
        deadLetterConfig: { arn: this.rotation.arns.deadLetterQueue },
        retryPolicy: RETRY_POLICY,
      },
    });
    schedule.node.addDependency(this.group, this.role);
    neverRetain(schedule);
    return schedule;
  }

  /**
   * One role for all schedules of the group. Scheduler sets `aws:SourceArn` to the group, not to the schedule:
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
   */
  private createRole(): iam.Role {
    const { handler, deadLetterQueue } = this.rotation;
    return new iam.Role(this.rotation, 'SchedulesRole', {
      roleName: this.roleName,
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

/** The name of a nested stack is not known at synth. */
function outermostStack(stack: Stack): Stack {
  return stack.nestedStackParent ? outermostStack(stack.nestedStackParent) : stack;
}
