import { CfnResource, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CheckScheduler, namePrefix, ScheduledCheck } from './check-scheduler';
import { RotationFunction } from '../function/rotation-function';
import { finalProperty } from '../private/final-property';
import { neverRetain } from '../private/never-retained';
import { warn } from '../private/warnings';

/** Default quotas: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const RULES_PER_BUS = 300;
const RULES_PER_BUS_IN: Record<string, number> = { 'af-south-1': 100, 'eu-south-1': 100 };

/** EventBridge rules on the default bus. */
export class EventRules implements CheckScheduler {
  private readonly prefix: string;
  private readonly rules: events.CfnRule[] = [];

  /**
   * One permission and one statement for all rules. The CDK's `LambdaFunction` target adds one of each per rule: the
   * function's policy (20,480 bytes) is then full at 14 to 18 users (aws/aws-cdk#18369), the queue's policy (20
   * statements) at six.
   */
  constructor(private readonly rotation: RotationFunction) {
    const { handler, deadLetterQueue } = rotation;
    this.prefix = namePrefix(rotation);
    rotation.node.addValidation({ validate: () => this.renameProblems() });
    const rules = Stack.of(rotation).formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: `${this.prefix}*`,
    });
    const permission = new lambda.CfnPermission(rotation, 'AllowRules', {
      action: 'lambda:InvokeFunction',
      functionName: handler.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: rules,
    });
    neverRetain(permission);
    deadLetterQueue.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AllowRules',
        actions: ['sqs:SendMessage'],
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        resources: [deadLetterQueue.queueArn],
        conditions: { ArnLike: { 'aws:SourceArn': rules } },
      }),
    );
  }

  public schedule(scope: Construct, id: string, { name, description, expression, input }: ScheduledCheck): CfnResource {
    const rule = new events.CfnRule(scope, `${id}Rule`, {
      name: `${this.prefix}${name}`,
      description,
      scheduleExpression: expression,
      state: 'ENABLED',
      targets: [
        {
          id: 'Rotation',
          arn: this.rotation.arns.handler,
          input,
          deadLetterConfig: { arn: this.rotation.arns.deadLetterQueue },
        },
      ],
    });
    this.rules.push(rule);
    if (this.rules.length === this.quota + 1) this.addQuotaWarning();
    neverRetain(rule);
    return rule;
  }

  private get quota(): number {
    return RULES_PER_BUS_IN[Stack.of(this.rotation).region] ?? RULES_PER_BUS;
  }

  /** An error for each rule that the permission on the Lambda does not match. */
  private renameProblems(): string[] {
    return this.rules
      .filter((rule) => !String(finalProperty(rule, 'Name')).startsWith(this.prefix))
      .map(
        ({ node }) =>
          `${node.path}: an aspect or an override changes the name of this rule, but only rules "${this.prefix}*" may invoke the function.`
          + ' Exclude the rule from the aspect.',
      );
  }

  private addQuotaWarning(): void {
    warn(
      this.rotation,
      'ruleQuota',
      `The rotation has more than ${this.quota} rules on the default event bus, and EventBridge's default quota in this Region is ${this.quota} per bus.`
        + ' Use "trigger: RotationTrigger.eventBridgeScheduler()", which creates no rules, or request a higher quota.',
    );
  }
}
