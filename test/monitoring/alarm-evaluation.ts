/**
 * Evaluates an `AWS::CloudWatch::Alarm` as CloudWatch does, by its documentation ("Alarm evaluation", "Configuring how
 * CloudWatch alarms treat missing data"): periods end at the moment of evaluation, the evaluation range has more
 * periods than the alarm needs, and older datapoints replace missing ones.
 */
import { Datapoint } from './embedded-metrics';
import { evaluateMath, Series } from './metric-math';

export type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
}

export type Statistic = 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'SampleCount';

/** The properties of an alarm, with plain values instead of CloudFormation functions. */
export interface AlarmDefinition extends Partial<Metric> {
  readonly Period?: number;
  readonly Statistic?: Statistic;
  readonly Metrics?: readonly {
    readonly Id: string;
    readonly Expression?: string;
    readonly MetricStat?: { readonly Metric: Metric; readonly Period: number; readonly Stat: Statistic };
    readonly ReturnData?: boolean;
  }[];
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold: number;
  readonly ComparisonOperator: keyof typeof COMPARISONS;
  readonly TreatMissingData?: 'missing' | 'ignore' | 'breaching' | 'notBreaching';
}

const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Additional periods in the evaluation range. CloudWatch does not document the number; its examples have two. */
const ADDITIONAL_PERIODS = 2;

export interface EvaluationOptions {
  /** In milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds between two evaluations. Default: an hour */
  readonly every?: number;
  readonly additionalPeriods?: number;
}

/** Datapoints by metric. All dimensions together identify a metric. */
export class Store {
  private readonly byMetric = new Map<string, Datapoint[]>();

  constructor(datapoints: readonly Datapoint[]) {
    for (const datapoint of [...datapoints].sort((a, b) => a.timestamp - b.timestamp)) {
      const metric = nameOf(datapoint.namespace, datapoint.name, Object.entries(datapoint.dimensions));
      this.byMetric.set(metric, this.byMetric.get(metric) ?? []);
      this.byMetric.get(metric)!.push(datapoint);
    }
  }

  /** The datapoints of a metric, oldest first. */
  public of({ Namespace, MetricName, Dimensions = [] }: Metric): readonly Datapoint[] {
    const dimensions = Dimensions.map(({ Name, Value }) => [Name, Value] as const);
    return this.byMetric.get(nameOf(Namespace, MetricName, dimensions)) ?? [];
  }
}

/** The state at each evaluation, from the creation of the alarm. */
export function statesOf(
  alarm: AlarmDefinition,
  datapoints: readonly Datapoint[] | Store,
  options: EvaluationOptions,
): { at: number; state: State }[] {
  const { from, to, every = HOUR, additionalPeriods } = options;
  const states: { at: number; state: State }[] = [];
  const stored = datapoints instanceof Store ? datapoints : new Store(datapoints);
  let state: State = 'INSUFFICIENT_DATA';
  for (let at = from; at <= to; at += every) {
    state = evaluate(alarm, stored, at, state, additionalPeriods);
    states.push({ at, state });
  }
  return states;
}

/**
 * The state of an alarm at an instant.
 *
 * @param before - its state until then
 */
export function evaluate(
  alarm: AlarmDefinition,
  stored: Store,
  now: number,
  before: State,
  additionalPeriods = ADDITIONAL_PERIODS,
): State {
  const period = periodOf(alarm) * 1_000;
  // CloudWatch evaluates an alarm of several days once an hour, with the data up to the full hour.
  const step = alarm.EvaluationPeriods * period > DAY ? HOUR : MINUTE;
  const end = Math.floor(now / step) * step;
  const ends = Array.from(
    { length: alarm.EvaluationPeriods + additionalPeriods },
    (_, index) => end - index * period,
  ).reverse();
  const series = seriesOf(alarm, (metric, statistic) => {
    const all = stored.of(metric);
    return ends.map((until) => aggregate(valuesOf(all, until - period, until), statistic));
  });
  return stateBy(alarm, series, before);
}

/** The state for the values of the evaluation range, oldest first. */
export function stateBy(alarm: AlarmDefinition, series: Series, before: State): State {
  const {
    EvaluationPeriods: needed,
    DatapointsToAlarm: toAlarm = needed,
    TreatMissingData: treatment = 'missing',
  } = alarm;
  const breaches = (value: number) => COMPARISONS[alarm.ComparisonOperator](value, alarm.Threshold);
  const present = series.filter((value) => value !== undefined);
  const counted = present.slice(-needed).filter(breaches).length;
  const missing = Math.max(0, needed - present.length);
  if (missing === 0 || treatment === 'notBreaching') return counted >= toAlarm ? 'ALARM' : 'OK';
  if (treatment === 'breaching') return counted + missing >= toAlarm ? 'ALARM' : 'OK';
  if (present.length === 0) return treatment === 'ignore' ? before : 'INSUFFICIENT_DATA';
  if (counted < present.length) return 'OK';
  const age = series.length - series.findIndex((value) => value !== undefined);
  return treatment === 'missing' && age >= toAlarm ? 'ALARM' : before;
}

function periodOf({ Period, Metrics = [] }: AlarmDefinition): number {
  const periods = new Set(
    [Period, ...Metrics.map(({ MetricStat }) => MetricStat?.Period)].filter((period) => period !== undefined),
  );
  if (periods.size !== 1) throw new Error(`an alarm needs one period, got ${[...periods].join(', ') || 'none'}`);
  return [...periods][0];
}

function seriesOf(alarm: AlarmDefinition, read: (metric: Metric, statistic: Statistic) => Series): Series {
  if (!alarm.Metrics) return read(alarm as Metric, alarm.Statistic!);
  const named = Object.fromEntries(
    alarm.Metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [[Id, read(MetricStat.Metric, MetricStat.Stat)]] : [])),
  );
  const returned = alarm.Metrics.filter(({ ReturnData = true }) => ReturnData);
  if (returned.length !== 1) throw new Error(`an alarm needs one returned metric, got ${returned.length}`);
  const [{ Id, Expression }] = returned;
  return Expression ? evaluateMath(Expression, named) : named[Id];
}

/** The values of a period, which begins and ends at a full minute. */
export function valuesOf(all: readonly Datapoint[], from: number, until: number): number[] {
  const values: number[] = [];
  for (let index = firstFrom(all, from); index < all.length && all[index].timestamp < until; index++) {
    values.push(all[index].value);
  }
  return values;
}

/** The value of a period; undefined if it has no datapoint. */
export function aggregate(values: readonly number[], statistic: Statistic): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'SampleCount':
      return values.length;
    case 'Maximum':
      return Math.max(...values);
    case 'Minimum':
      return Math.min(...values);
  }
}

function nameOf(namespace: string, name: string, dimensions: readonly (readonly [string, string])[]): string {
  return JSON.stringify([namespace, name, [...dimensions].sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** The index of the first datapoint that is not before an instant. */
function firstFrom(sorted: readonly Datapoint[], from: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (sorted[middle].timestamp < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
