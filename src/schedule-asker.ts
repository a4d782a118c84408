import { CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { Asker, Question } from './asker';
import { RotationFunction } from './rotation-function';

/**
 * How long, and how often, Scheduler tries to hand an event to Lambda: as rules do, and as much as it allows. What Lambda cannot
 * take for hours is then late, and only after a day a dead letter; by then, the next check has asked the same. Once Lambda has
 * the event, Lambda's own repeats count.
 */
const RETRY_POLICY: scheduler.CfnSchedule.RetryPolicyProperty = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };

/** Schedules of EventBridge Scheduler, in a group of their own. */
export class ScheduleAsker implements Asker {
  private readonly group: scheduler.CfnScheduleGroup;
  private readonly role: iam.Role;

  constructor(private readonly rotation: RotationFunction) {
    // Without a name, so that CloudFormation makes up a new one each time: a group that is being deleted keeps its own for a
    // while, and a rotation may go back to rules and come again.
    this.group = new scheduler.CfnScheduleGroup(rotation, 'Schedules');
    this.role = this.createRole(rotation);
  }

  public ask(scope: Construct, id: string, { name, description, expression, input }: Question): CfnResource {
    return new scheduler.CfnSchedule(scope, `${id}Schedule`, {
      name,
      groupName: this.group.ref,
      description,
      scheduleExpression: expression,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' }, // the times of day are spread already, and the order of a user's three checks matters
      state: 'ENABLED',
      target: {
        arn: this.rotation.handler.functionArn,
        roleArn: this.role.roleArn,
        input,
        deadLetterConfig: { arn: this.rotation.deadLetterQueue.queueArn },
        retryPolicy: RETRY_POLICY,
      },
    });
  }

  /**
   * One for all schedules of the group, and for no others. Scheduler says which group it acts for, never which schedule
   * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).
   */
  private createRole({ handler, deadLetterQueue }: RotationFunction): iam.Role {
    return new iam.Role(this.rotation, 'SchedulesRole', {
      description: 'Lets the schedules of this rotation ask its Lambda',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this.rotation).account, 'aws:SourceArn': this.group.attrArn } },
      }),
      inlinePolicies: {
        Ask: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [handler.functionArn] }),
            new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }),
          ],
        }),
      },
    });
  }
}
