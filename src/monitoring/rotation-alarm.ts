import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { neverRetain } from '../private/never-retained';

/** One alarm of a rotation. An app can add actions to it at any time, for any state. */
export class RotationAlarm extends cloudwatch.Alarm {
  private readonly resource: cloudwatch.CfnAlarm;

  /** @param actionsChanged - called after each addition of actions */
  constructor(
    scope: Construct,
    id: string,
    props: cloudwatch.AlarmProps,
    private readonly actionsChanged: (alarm: RotationAlarm) => void,
  ) {
    super(scope, id, props);
    this.resource = this.node.defaultChild as cloudwatch.CfnAlarm;
    neverRetain(this.resource);
  }

  public addAlarmAction(...actions: cloudwatch.IAlarmAction[]): void {
    super.addAlarmAction(...actions);
    this.actionsChanged(this);
  }

  public addInsufficientDataAction(...actions: cloudwatch.IAlarmAction[]): void {
    super.addInsufficientDataAction(...actions);
    this.actionsChanged(this);
  }

  public addOkAction(...actions: cloudwatch.IAlarmAction[]): void {
    super.addOkAction(...actions);
    this.actionsChanged(this);
  }

  /** Whether an action of any state is this topic. */
  public publishesTo({ topicArn }: sns.ITopic): boolean {
    const { alarmActions, insufficientDataActions, okActions } = this.resource;
    const resolved = (value: unknown) => this.stack.resolve(value);
    const arns: unknown[] = [alarmActions, insufficientDataActions, okActions].flatMap((arn) => resolved(arn) ?? []);
    return arns.some((arn) => JSON.stringify(arn) === JSON.stringify(resolved(topicArn)));
  }
}
