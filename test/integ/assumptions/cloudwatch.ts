/** What the alarms assume of the metrics of CloudWatch: its metric math, and the metrics of EventBridge. */
import { isDeepStrictEqual } from 'node:util';
import {
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  type MetricDataQuery,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import { eventually, Assumption } from './assumption';
import { withApp, Workspace } from './workspace';
import { AccessKeyRotation } from '../../../src';
import type { AlarmDefinition } from '../../monitoring/alarm-evaluation';

const MINUTE_MS = 60_000;
/** How late CloudWatch can show a datapoint. */
const DATA_SECONDS = 600;
/** How late a metric of EventBridge can appear, and a new rule can match. */
const RULE_SECONDS = 1800;

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

/** An alarm as the library declares it, in the names of the API. */
async function declared(alarm: MathCase['alarm']): Promise<AlarmDefinition> {
  return withApp((app) => {
    const stack = new Stack(app, 'Stack');
    const { alarms } = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'alice' }] });
    const { logicalId } = alarms![alarm]!.node.defaultChild as cloudwatch.CfnAlarm;
    return app.synth().getStackByName('Stack').template.Resources[stack.resolve(logicalId)].Properties;
  });
}

/** The same alarm with periods of a minute, on metrics of this namespace that are named by their IDs. */
export async function alarmInMinutes(alarm: MathCase['alarm'], Namespace: string): Promise<AlarmDefinition> {
  const definition = await declared(alarm);
  const Metrics = definition.Metrics!.map(({ MetricStat, ...others }) => {
    const Metric = { Namespace, MetricName: others.Id };
    return { ...others, ...(MetricStat && { MetricStat: { ...MetricStat, Metric, Period: MINUTE_MS / 1000 } }) };
  });
  return { ...definition, Metrics };
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
  const { Metrics } = await alarmInMinutes(alarm, Namespace);
  const period = { StartTime: new Date(start), EndTime: new Date(end) };
  return async (): Promise<Values> => {
    const read = new GetMetricDataCommand({ ...period, MetricDataQueries: Metrics as MetricDataQuery[] });
    const [{ Timestamps = [], Values = [] }] = (await workspace.cloudWatch.send(read)).MetricDataResults!;
    const at = new Map(Timestamps.map((time, index) => [time.getTime(), Values[index]]));
    return gives.map((_, minute) => at.get(start + minute * MINUTE_MS) ?? NONE);
  };
}

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
];
