import { CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { CheckScheduler, namePrefix, ScheduledCheck } from './check-scheduler';
import { RotationFunction } from '../function/rotation-function';
import { shortHash } from '../private/hash';

/**
 * How long, and how often, Scheduler tries to hand an event to Lambda: as rules do, and as much as it allows. What
 * Lambda cannot take for hours is then late, and only after a day a dead letter; by then, the next check has asked the
 * same. Once Lambda has the event, Lambda's own repeats count.
 */
const RETRY_POLICY: scheduler.CfnSchedule.RetryPolicyProperty = {
  maximumEventAgeInSeconds: 86_400,
  maximumRetryAttempts: 185,
};

/**
 * Schedules of EventBridge Scheduler, in a group of their own.
 *
 * Group and role have names of our own, by which schedules in other stacks know them. By reference, there would be
 * exports, which CloudFormation does not take away while they are used: no rotation could go back to rules.
 */
export class SchedulerSchedules implements CheckScheduler {
  private readonly prefix: string;
  private readonly groupName: string;
  private readonly roleName: string;
  private readonly group: scheduler.CfnScheduleGroup;
  private readonly role: iam.Role;

  constructor(private readonly rotation: RotationFunction) {
    this.prefix = namePrefix(rotation);
    // The prefix comes from the construct's path, and an app may deploy the same under two stack names.
    this.groupName = `${this.prefix}${shortHash(outermostStack(Stack.of(rotation)).stackName)}`;
    this.roleName = `${this.groupName}-${Stack.of(rotation).region}`; // a group is a region's, a role the account's
    this.group = new scheduler.CfnScheduleGroup(rotation, 'Schedules', { name: this.groupName });
    this.role = this.createRole();
  }

  public schedule(scope: Construct, id: string, { name, description, expression, input }: ScheduledCheck): CfnResource {
    const schedule = new scheduler.CfnSchedule(scope, `${id}Schedule`, {
      name: `${this.prefix}${name}`,
      groupName: this.groupName,
      description,
      scheduleExpression: expression,
      scheduleExpressionTimezone: 'UTC',
      // the times of day are spread already, and the order of a user's three checks matters
      flexibleTimeWindow: { mode: 'OFF' },
      state: 'ENABLED',
      target: {
        arn: this.rotation.arns.handler,
        roleArn: Stack.of(this.rotation).formatArn({
          service: 'iam',
          region: '',
          resource: 'role',
          resourceName: this.roleName,
        }),
        input,
        deadLetterConfig: { arn: this.rotation.arns.deadLetterQueue },
        retryPolicy: RETRY_POLICY,
      },
    });
    schedule.node.addDependency(this.group, this.role);
    return schedule;
  }

  /**
   * One for all schedules of the group, and for no others. Scheduler says which group it acts for, never which schedule
   * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
   */
  private createRole(): iam.Role {
    const { handler, deadLetterQueue } = this.rotation;
    return new iam.Role(this.rotation, 'SchedulesRole', {
      roleName: this.roleName,
      description: 'Lets the schedules of this rotation ask its Lambda',
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

/** Nested stacks get their names when they are deployed. */
function outermostStack(stack: Stack): Stack {
  return stack.nestedStackParent ? outermostStack(stack.nestedStackParent) : stack;
}
