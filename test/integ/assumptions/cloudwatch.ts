/** What the alarms assume of CloudWatch: metric math, the metrics of EventBridge, and how an alarm publishes. */
import { isDeepStrictEqual } from 'node:util';
import {
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { eventually, Assumption } from './assumption';
import { withApp, Workspace } from './workspace';
import { AccessKeyRotation } from '../../../src';
import { allowAlarms } from '../../../src/monitoring/alarm-topic';

const MINUTE_MS = 60_000;
/** How late CloudWatch can show a datapoint. */
const DATA_SECONDS = 600;
/** How late a metric of EventBridge can appear, and a new rule can match. */
const RULE_SECONDS = 1800;

/** How long an alarm, a topic and a queue deliver. */
const DELIVERY_SECONDS = 300;
const EARLIER_MINUTES = 10;
const SOURCE = 'cdk-access-key-rotation.observation';

/** No datapoint. */
const NONE = '-';
/** A value for each period. */
export type Values = readonly (number | typeof NONE)[];

export interface MathCase {
  readonly alarm: 'checksMissing' | 'uncheckedUsers';
  /** The datapoints of each metric. */
  readonly given: Readonly<Record<string, Values>>;
  /** The metrics that have a datapoint before these. */
  readonly earlier?: readonly string[];
  /** What the expression of the alarm gives. */
  readonly gives: Values;
}

/** What the alarms depend on. Their periods are minutes here, and hours or days in a rotation. */
export const MATH: Readonly<Record<string, MathCase>> = {
  'checks missing': {
    alarm: 'checksMissing',
    given: { checks: [NONE, NONE, 3, NONE, 3, NONE, NONE] },
    gives: [NONE, NONE, 1, 0, 1, 0, 0],
  },
  'unchecked users': {
    alarm: 'uncheckedUsers',
    given: { create: [2, 2, NONE, 2], deactivate: [2, NONE, NONE, 1], delete: [2, 2, NONE, 2], users: [2, 2, NONE, 2] },
    gives: [1, 0, 1, 0.5],
  },
  'one action without data': {
    alarm: 'uncheckedUsers',
    given: { create: [2, 2], deactivate: [2, 2], delete: [NONE, NONE], users: [2, 2] },
    earlier: ['delete'],
    gives: [0, 0],
  },
};

const GIVEN_BY_MATH = Object.fromEntries(Object.entries(MATH).map(([name, { gives }]) => [name, gives]));

/** The metrics of an alarm, as the library declares it. */
export async function metricsOf(alarm: MathCase['alarm']): Promise<cloudwatch.CfnAlarm.MetricDataQueryProperty[]> {
  return withApp((app) => {
    const stack = new Stack(app, 'Stack');
    const { alarms } = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'alice' }] });
    return stack.resolve((alarms![alarm]!.node.defaultChild as cloudwatch.CfnAlarm).metrics);
  });
}

/** Puts the datapoints of a case. @returns what reads the values of the expression of its alarm */
async function playing(workspace: Workspace, { alarm, given, earlier = [], gives }: MathCase) {
  const Namespace = workspace.name('metrics');
  const end = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const start = end - gives.length * MINUTE_MS;
  const datum = (MetricName: string, Value: number, minute: number) => ({
    MetricName,
    Value,
    Timestamp: new Date(start + minute * MINUTE_MS),
  });
  const MetricData = Object.entries(given).flatMap(([name, values]) =>
    values.flatMap((value, minute) => (value === NONE ? [] : [datum(name, value, minute)])),
  );
  MetricData.push(...earlier.map((name) => datum(name, 1, -EARLIER_MINUTES)));
  await workspace.cloudWatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
  const MetricDataQueries = (await metricsOf(alarm)).map(({ id, expression, metricStat }) =>
    expression
      ? { Id: id, Expression: expression }
      : {
          Id: id,
          MetricStat: {
            Metric: { Namespace, MetricName: id },
            Period: MINUTE_MS / 1000,
            Stat: metricStatOf(metricStat),
          },
          ReturnData: false,
        },
  );
  const period = { StartTime: new Date(start), EndTime: new Date(end) };
  return async (): Promise<Values> => {
    const read = new GetMetricDataCommand({ ...period, MetricDataQueries });
    const [{ Timestamps = [], Values = [] }] = (await workspace.cloudWatch.send(read)).MetricDataResults!;
    const at = new Map(Timestamps.map((time, index) => [time.getTime(), Values[index]]));
    return gives.map((_, minute) => at.get(start + minute * MINUTE_MS) ?? NONE);
  };
}

const metricStatOf = (metric: unknown) => (metric as cloudwatch.CfnAlarm.MetricStatProperty).stat;

export const CLOUDWATCH: readonly Assumption[] = [
  {
    id: 'metric-math',
    statement:
      '`FILL(m, REPEAT)` gives nothing before the first datapoint, and `FILL(m, 0)` zeros where there is none.',
    source: 'src/monitoring/rotation-alarms.ts',
    onlyAws: 'the local CloudWatch has no metric math',
    expected: eventually(GIVEN_BY_MATH),
    observe: async (workspace) => {
      const cases: [string, () => Promise<Values>][] = [];
      for (const [name, math] of Object.entries(MATH)) cases.push([name, await playing(workspace, math)]);
      const read = async () => {
        const values: [string, Values][] = [];
        for (const [name, valuesNow] of cases) values.push([name, await valuesNow()]);
        return Object.fromEntries(values);
      };
      return workspace.settled(DATA_SECONDS, read, (answer) => isDeepStrictEqual(answer, GIVEN_BY_MATH));
    },
  },
  {
    id: 'rule-metric',
    statement: '`Invocations` of a rule on a custom bus has the dimensions `EventBusName` and `RuleName`.',
    source: 'docs/many-accounts.md#a-silent-account',
    onlyAws: 'the local EventBridge publishes no metrics',
    expected: eventually('a datapoint'),
    observe: async (workspace) => {
      const names = { EventBusName: workspace.name('bus'), RuleName: workspace.name('rule') };
      await workspace.deploy(workspace.name('stack'), (stack) => {
        new events.Rule(stack, 'Rule', {
          eventBus: new events.EventBus(stack, 'Bus', { eventBusName: names.EventBusName }),
          ruleName: names.RuleName,
          eventPattern: { source: [SOURCE] },
          targets: [new targets.SnsTopic(new sns.Topic(stack, 'Topic'))],
        });
      });
      const from = Date.now();
      const event = { EventBusName: names.EventBusName, Source: SOURCE, DetailType: 'observation', Detail: '{}' };
      const read = async () => {
        // Each time, because a new rule matches after some seconds only.
        await workspace.events.send(new PutEventsCommand({ Entries: [event] }));
        const { Datapoints = [] } = await workspace.cloudWatch.send(
          new GetMetricStatisticsCommand({
            Namespace: 'AWS/Events',
            MetricName: 'Invocations',
            Dimensions: Object.entries(names).map(([Name, Value]) => ({ Name, Value })),
            StartTime: new Date(from - 5 * MINUTE_MS),
            EndTime: new Date(Date.now() + 5 * MINUTE_MS),
            Period: MINUTE_MS / 1000,
            Statistics: ['Sum'],
          }),
        );
        return Datapoints.some(({ Sum = 0 }) => Sum > 0) ? 'a datapoint' : 'none';
      };
      return workspace.settled(RULE_SECONDS, read, (answer) => answer === 'a datapoint');
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
      await workspace.cloudWatch.send(new SetAlarmStateCommand({ ...state, StateValue: 'ALARM' }));
      const read = async () => {
        const { Messages = [] } = await workspace.sqs.send(new ReceiveMessageCommand({ QueueUrl: Queue }));
        return Messages.some(({ Body }) => Body!.includes(Alarm)) ? 'published' : 'nothing';
      };
      return workspace.settled(DELIVERY_SECONDS, read, (answer) => answer === 'published');
    },
  },
];
