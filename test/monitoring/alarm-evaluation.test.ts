/** The evaluator of alarms, with the examples of the CloudWatch documentation. */
import { AlarmDefinition, evaluate as evaluateStored, State, stateBy, statesOf, Store } from './alarm-evaluation';
import { Datapoint, datapointsOf } from './embedded-metrics';
import { evaluateMath } from './metric-math';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 10, 12);

const ALARM: AlarmDefinition = {
  Namespace: 'N',
  MetricName: 'M',
  Dimensions: [{ Name: 'Rotation', Value: 'r' }],
  Statistic: 'Sum',
  Period: 300,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
};

const evaluate = (alarm: AlarmDefinition, datapoints: Datapoint[], now: number, before: State) =>
  evaluateStored(alarm, new Store(datapoints), now, before);

const datapoint = (timestamp: number, value: number, more: Partial<Datapoint> = {}): Datapoint => ({
  namespace: 'N',
  name: 'M',
  dimensions: { Rotation: 'r' },
  timestamp,
  value,
  ...more,
});

describe('the tables of missing data in the documentation', () => {
  const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
  const states: Record<string, State> = { O: 'OK', A: 'ALARM', I: 'INSUFFICIENT_DATA' };

  // R: the state is retained.
  test.each<[string, number, string]>([
    ['0-X-X', 3, 'OOOO'],
    ['0----', 3, 'OOOO'],
    ['-----', 3, 'IRAO'],
    ['0XX-X', 3, 'AAAA'],
    ['--X--', 3, 'ARAO'],
    ['0-X-X', 2, 'AAAA'],
    ['00X0X', 2, 'AAAA'],
    ['0-X--', 2, 'OOAO'],
    ['----0', 2, 'OOAO'],
    ['---X-', 2, 'ARAO'],
    ['----X', 3, 'RRAO'],
  ])('%s, %i of 3 to alarm', (values, DatapointsToAlarm, expected) => {
    const series = [...values].map((value) => (value === '-' ? undefined : value === 'X' ? 1 : 0));
    for (const before of Object.values(states)) {
      const alarm = { ...ALARM, EvaluationPeriods: 3, DatapointsToAlarm };
      const found = treatments.map((TreatMissingData) => stateBy({ ...alarm, TreatMissingData }, series, before));
      expect(found).toEqual([...expected].map((state) => states[state] ?? before));
    }
  });
});

describe('a datapoint of the period', () => {
  test.each<[string, Datapoint, State]>([
    ['within the period', datapoint(NOW - MINUTE, 1), 'ALARM'],
    ['older than the evaluation range', datapoint(NOW - 16 * MINUTE, 1), 'OK'],
    ['older, if the period has no datapoint', datapoint(NOW - 14 * MINUTE, 1), 'ALARM'],
    ['in the future', datapoint(NOW, 1), 'OK'],
    ['of another metric', datapoint(NOW - MINUTE, 1, { name: 'Other' }), 'OK'],
    ['of another namespace', datapoint(NOW - MINUTE, 1, { namespace: 'Other' }), 'OK'],
    ['with another value of a dimension', datapoint(NOW - MINUTE, 1, { dimensions: { Rotation: 'other' } }), 'OK'],
    ['with more dimensions', datapoint(NOW - MINUTE, 1, { dimensions: { Rotation: 'r', Cause: 'Other' } }), 'OK'],
  ])('%s', (_what, given, expected) => {
    expect(evaluate(ALARM, [given], NOW, 'OK')).toBe(expected);
  });

  test.each([
    ['Sum', 9],
    ['Maximum', 4],
    ['Minimum', 2],
    ['Average', 3],
    ['SampleCount', 3],
  ] as const)('%s', (Statistic, value) => {
    const given = [2, 4, 3].map((one) => datapoint(NOW - MINUTE, one));
    const at = (Threshold: number) => evaluate({ ...ALARM, Statistic, Threshold }, given, NOW, 'OK');
    expect([at(value), at(value + 0.1)]).toEqual(['ALARM', 'OK']);
  });

  test('periods slide: a datapoint is in each evaluation until it is a period old', () => {
    const times = statesOf(ALARM, [datapoint(NOW, 1)], {
      from: NOW,
      to: NOW + 10 * MINUTE,
      every: MINUTE,
      additionalPeriods: 0,
    })
      .filter(({ state }) => state === 'ALARM')
      .map(({ at }) => (at - NOW) / MINUTE);
    expect(times).toEqual([1, 2, 3, 4, 5]);
  });

  test('an alarm of several days evaluates the data up to the full hour', () => {
    const alarm: AlarmDefinition = { ...ALARM, Period: 86_400, EvaluationPeriods: 2, DatapointsToAlarm: 1 };
    const given = [datapoint(NOW + 10 * MINUTE, 1)];
    expect(evaluate(alarm, given, NOW + 59 * MINUTE, 'OK')).toBe('OK');
    expect(evaluate(alarm, given, NOW + 60 * MINUTE, 'OK')).toBe('ALARM');
    expect(evaluate({ ...alarm, EvaluationPeriods: 1 }, given, NOW + 11 * MINUTE, 'OK')).toBe('ALARM');
  });

  test('metric math applies to each period', () => {
    const stat = (Id: string, MetricName: string) => ({
      Id,
      ReturnData: false,
      MetricStat: { Metric: { Namespace: 'N', MetricName, Dimensions: [] }, Period: 86_400, Stat: 'Sum' as const },
    });
    const alarm: AlarmDefinition = {
      Metrics: [
        { Id: 'e', Expression: 'MIN([FILL(a, 0), FILL(b, 0)]) / c' },
        stat('a', 'A'),
        stat('b', 'B'),
        stat('c', 'C'),
      ],
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'notBreaching',
    };
    const values = (a: number, b: number | undefined, c: number) =>
      Object.entries({ A: a, B: b, C: c }).flatMap(([name, value]) =>
        value === undefined ? [] : [datapoint(NOW - MINUTE, value, { name, dimensions: {} })],
      );
    expect(evaluate(alarm, values(2, 3, 2), NOW, 'OK')).toBe('OK');
    expect(evaluate(alarm, values(2, 1, 2), NOW, 'OK')).toBe('ALARM');
    expect(evaluate(alarm, values(2, undefined, 2), NOW, 'OK')).toBe('ALARM');
  });
});

describe('metric math', () => {
  test('handles missing values', () => {
    const named = { a: [1, undefined, 6], b: [2, 3, 0], c: [undefined, undefined, 1] };
    expect(evaluateMath('FILL(a, 9)', named)).toEqual([1, 9, 6]);
    expect(evaluateMath('FILL(a, REPEAT)', named)).toEqual([1, 1, 6]);
    expect(evaluateMath('FILL(c, REPEAT)', named)).toEqual([undefined, undefined, 1]);
    expect(evaluateMath('MIN([a, b, c])', named)).toEqual([1, 3, 0]);
    expect(evaluateMath('a / b', named)).toEqual([0.5, undefined, undefined]);
  });

  test.each(['d', 'MAX([a])', 'FILL(a 0)', 'a / b c', ''])('rejects %p', (expression) => {
    expect(() => evaluateMath(expression, { a: [1], b: [1], c: [1] })).toThrow();
  });
});

describe('a line in the embedded metric format', () => {
  const line = (more: object) =>
    JSON.stringify({
      _aws: {
        Timestamp: NOW,
        CloudWatchMetrics: [
          {
            Namespace: 'N',
            Dimensions: [['Rotation'], ['Rotation', 'Action']],
            Metrics: [{ Name: 'M', Unit: 'Count' }],
          },
        ],
      },
      Rotation: 'r',
      Action: 'create',
      username: 'alice',
      ...more,
    });

  test('has a datapoint for each metric, value and set of dimensions', () => {
    expect(datapointsOf(line({ M: [1, 2] }))).toEqual([
      datapoint(NOW, 1),
      datapoint(NOW, 1, { dimensions: { Rotation: 'r', Action: 'create' } }),
      datapoint(NOW, 2),
      datapoint(NOW, 2, { dimensions: { Rotation: 'r', Action: 'create' } }),
    ]);
  });

  test.each(['START RequestId: 1', '{"level":"INFO","message":"hello"}', '""', 'null'])(
    'another line has no datapoint: %s',
    (other) => {
      expect(datapointsOf(other)).toEqual([]);
    },
  );

  test('is rejected if a metric is not a number, or a dimension is not a text', () => {
    expect(() => datapointsOf(line({}))).toThrow('M');
    expect(() => datapointsOf(line({ M: '1' }))).toThrow('M');
    expect(() => datapointsOf(line({ M: 1, Action: undefined }))).toThrow('Action');
  });
});

test('an alarm retains its state while data is missing', () => {
  const alarm: AlarmDefinition = { ...ALARM, Period: 86_400, TreatMissingData: 'ignore' };
  const states = statesOf(alarm, [datapoint(NOW + DAY, 1)], { from: NOW, to: NOW + 9 * DAY, every: DAY }).map(
    ({ state }) => state,
  );
  expect(states).toEqual(['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', ...Array(8).fill('ALARM')]);
});
