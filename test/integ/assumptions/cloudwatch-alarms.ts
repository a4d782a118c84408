/** What the library assumes of the alarms of CloudWatch: how they evaluate metric math, and how they publish. */
import { DescribeAlarmsCommand, PutMetricDataCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { CfnOutput, CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { exactly, eventually, Assumption } from './assumption';
import { alarmInMinutes, MathCase } from './cloudwatch';
import type { Workspace } from './workspace';
import { allowAlarms } from '../../../src/monitoring/alarm-topic';

/** How long an alarm, a topic and a queue deliver. */
const DELIVERY_SECONDS = 300;
/** The longest time until an alarm has another state. */
const CHANGE_SECONDS = 600;
/** For how long an alarm is watched that does not change: more periods than CloudWatch evaluates, also for three. */
const WATCH_SECONDS = 480;

/** An alarm of the library with periods of a minute, and its metrics. */
class MinuteAlarm {
  public static async deploy(workspace: Workspace, alarm: MathCase['alarm']): Promise<MinuteAlarm> {
    const deployed = new MinuteAlarm(workspace, workspace.name('alarm'), workspace.name('metrics'));
    const properties = { ...(await alarmInMinutes(alarm, deployed.namespace)), AlarmName: deployed.name };
    await workspace.deploy(workspace.name('stack'), (stack) => {
      new CfnResource(stack, 'Alarm', { type: 'AWS::CloudWatch::Alarm', properties });
    });
    return deployed;
  }

  private constructor(
    private readonly workspace: Workspace,
    private readonly name: string,
    private readonly namespace: string,
  ) {}

  /** The state, once it is that or after the longest time. Meanwhile, each of the metrics gets datapoints. */
  public async after(state: string, metrics: readonly string[] = []): Promise<string> {
    return (await this.watched(CHANGE_SECONDS, metrics, (now) => now === state)).answer;
  }

  /** The state at the end, of an alarm that should keep it. */
  public async later(state: string, metrics: readonly string[] = []): Promise<string> {
    return (await this.watched(WATCH_SECONDS, metrics, (now) => now !== state)).answer;
  }

  private async watched(limit: number, metrics: readonly string[], isExpected: (state: string) => boolean) {
    const read = async () => {
      const MetricData = metrics.map((MetricName) => ({ MetricName, Value: 1 }));
      if (MetricData.length > 0) {
        await this.workspace.cloudWatch.send(new PutMetricDataCommand({ Namespace: this.namespace, MetricData }));
      }
      const describe = new DescribeAlarmsCommand({ AlarmNames: [this.name] });
      const { MetricAlarms = [] } = await this.workspace.cloudWatch.send(describe);
      return String(MetricAlarms[0]?.StateValue);
    };
    return this.workspace.settled(limit, read, isExpected);
  }
}

const USERS_AND_ACTIONS = ['users', 'create', 'deactivate', 'delete'];

export const CLOUDWATCH_ALARMS: readonly Assumption[] = [
  {
    id: 'checks-missing',
    statement: '`checksMissing` has no data before the first check, then is in OK, and without checks stays in ALARM.',
    source: 'src/monitoring/rotation-alarms.ts',
    onlyAws: 'the local CloudWatch has no metric math',
    expected: exactly({ first: 'INSUFFICIENT_DATA', checked: 'OK', silent: 'ALARM', later: 'ALARM' }),
    observe: async (workspace) => {
      const alarm = await MinuteAlarm.deploy(workspace, 'checksMissing');
      return {
        first: await alarm.later('INSUFFICIENT_DATA'),
        checked: await alarm.after('OK', ['checks']),
        silent: await alarm.after('ALARM'),
        later: await alarm.later('ALARM'),
      };
    },
  },
  {
    id: 'unchecked-users',
    statement: '`uncheckedUsers` is in ALARM while an action lacks checks, and in OK while there are none at all.',
    source: 'src/monitoring/rotation-alarms.ts',
    onlyAws: 'the local CloudWatch has no metric math',
    expected: exactly({ checked: 'OK', lacking: 'ALARM', silent: 'OK' }),
    observe: async (workspace) => {
      const alarm = await MinuteAlarm.deploy(workspace, 'uncheckedUsers');
      await alarm.after('OK', USERS_AND_ACTIONS);
      return {
        checked: await alarm.later('OK', USERS_AND_ACTIONS),
        lacking: await alarm.after(
          'ALARM',
          USERS_AND_ACTIONS.filter((name) => name !== 'delete'),
        ),
        silent: await alarm.after('OK'),
      };
    },
  },
  {
    id: 'alarm-topic',
    statement: 'CloudWatch sends `aws:SourceAccount` to SNS and KMS, which the policies for a topic of alarms require.',
    source: 'src/monitoring/alarm-topic.ts',
    expected: eventually('published'),
    observe: async (workspace) => {
      const { Alarm, Queue } = await workspace.deploy(workspace.name('stack'), (stack) => {
        // It waits for its deletion, and costs nothing meanwhile.
        const masterKey = new kms.Key(stack, 'Key', {
          pendingWindow: Duration.days(7),
          removalPolicy: RemovalPolicy.DESTROY,
        });
        const topic = new sns.Topic(stack, 'Topic', { enforceSSL: true, masterKey });
        allowAlarms(stack, topic);
        const queue = new sqs.Queue(stack, 'Queue');
        topic.addSubscription(new subscriptions.SqsSubscription(queue));
        const metric = new cloudwatch.Metric({ namespace: workspace.name('metrics'), metricName: 'none' });
        const alarm = new cloudwatch.Alarm(stack, 'Alarm', { metric, threshold: 1, evaluationPeriods: 1 });
        alarm.addAlarmAction(new actions.SnsAction(topic));
        new CfnOutput(stack, 'AlarmName', { key: 'Alarm', value: alarm.alarmName });
        new CfnOutput(stack, 'QueueUrl', { key: 'Queue', value: queue.queueUrl });
      });
      const state = { AlarmName: Alarm, StateReason: 'observation' };
      const read = async () => {
        // Each time, because new policies have an effect after some seconds only, and an alarm publishes a change once.
        for (const StateValue of ['OK', 'ALARM'] as const) {
          await workspace.cloudWatch.send(new SetAlarmStateCommand({ ...state, StateValue }));
        }
        const { Messages = [] } = await workspace.sqs.send(new ReceiveMessageCommand({ QueueUrl: Queue }));
        return Messages.some(({ Body }) => Body!.includes(Alarm)) ? 'published' : 'nothing';
      };
      return workspace.settled(DELIVERY_SECONDS, read, (answer) => answer === 'published');
    },
  },
];
