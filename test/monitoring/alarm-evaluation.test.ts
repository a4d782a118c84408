/** The evaluator of alarms itself, by the examples of CloudWatch's documentation. */
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

describe("the documentation's tables of missing data", () => {
  const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
  const states: Record<string, State> = { O: 'OK', A: 'ALARM', I: 'INSUFFICIENT_DATA' };

  // R: the state is what it was before.
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
  ])('%s, %i of 3 to alarm', (seen, DatapointsToAlarm, expected) => {
    const series = [...seen].map((value) => (value === '-' ? undefined : value === 'X' ? 1 : 0));
    for (const before of Object.values(states)) {
      const alarm = { ...ALARM, EvaluationPeriods: 3, DatapointsToAlarm };
      const found = treatments.map((TreatMissingData) => stateBy({ ...alarm, TreatMissingData }, series, before));
      expect(found).toEqual([...expected].map((state) => states[state] ?? before));
    }
  });
});

describe('what counts', () => {
  test.each<[string, Datapoint, State]>([
    ['a datapoint within the period', datapoint(NOW - MINUTE, 1), 'ALARM'],
    ['none that is older than all that is in sight', datapoint(NOW - 16 * MINUTE, 1), 'OK'],
    ['an older one, where there is none in the period', datapoint(NOW - 14 * MINUTE, 1), 'ALARM'],
    ['none of the future', datapoint(NOW, 1), 'OK'],
    ['none of another metric', datapoint(NOW - MINUTE, 1, { name: 'Other' }), 'OK'],
    ['none of another namespace', datapoint(NOW - MINUTE, 1, { namespace: 'Other' }), 'OK'],
    ['none of another dimension', datapoint(NOW - MINUTE, 1, { dimensions: { Rotation: 'other' } }), 'OK'],
    ['none with more dimensions', datapoint(NOW - MINUTE, 1, { dimensions: { Rotation: 'r', Cause: 'Other' } }), 'OK'],
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

  test('periods slide: the same datapoint is in one at each evaluation until it is a period old', () => {
    const times = statesOf(ALARM, [datapoint(NOW, 1)], { from: NOW, to: NOW + 10 * MINUTE, every: MINUTE, more: 0 })
      .filter(({ state }) => state === 'ALARM')
      .map(({ at }) => (at - NOW) / MINUTE);
    expect(times).toEqual([1, 2, 3, 4, 5]);
  });

  test('an alarm of several days sees what there is up to the full hour', () => {
    const alarm: AlarmDefinition = { ...ALARM, Period: 86_400, EvaluationPeriods: 2, DatapointsToAlarm: 1 };
    const given = [datapoint(NOW + 10 * MINUTE, 1)];
    expect(evaluate(alarm, given, NOW + 59 * MINUTE, 'OK')).toBe('OK');
    expect(evaluate(alarm, given, NOW + 60 * MINUTE, 'OK')).toBe('ALARM');
    expect(evaluate({ ...alarm, EvaluationPeriods: 1 }, given, NOW + 11 * MINUTE, 'OK')).toBe('ALARM');
  });

  test('math is done period by period', () => {
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
  test('knows what is missing', () => {
    const named = { a: [1, undefined, 6], b: [2, 3, 0], c: [undefined, undefined, 1] };
    expect(evaluateMath('FILL(a, 9)', named)).toEqual([1, 9, 6]);
    expect(evaluateMath('MIN([a, b, c])', named)).toEqual([1, 3, 0]);
    expect(evaluateMath('a / b', named)).toEqual([0.5, undefined, undefined]);
  });

  test.each(['d', 'MAX([a])', 'FILL(a 0)', 'a / b c', ''])('refuses %p', (expression) => {
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

  test('is a datapoint for each metric, value and set of dimensions', () => {
    expect(datapointsOf(line({ M: [1, 2] }))).toEqual([
      datapoint(NOW, 1),
      datapoint(NOW, 1, { dimensions: { Rotation: 'r', Action: 'create' } }),
      datapoint(NOW, 2),
      datapoint(NOW, 2, { dimensions: { Rotation: 'r', Action: 'create' } }),
    ]);
  });

  test.each(['START RequestId: 1', '{"level":"INFO","message":"hello"}', '""', 'null'])('is none: %s', (other) => {
    expect(datapointsOf(other)).toEqual([]);
  });

  test('is refused if a metric has no number, or a dimension no text', () => {
    expect(() => datapointsOf(line({}))).toThrow('M');
    expect(() => datapointsOf(line({ M: '1' }))).toThrow('M');
    expect(() => datapointsOf(line({ M: 1, Action: undefined }))).toThrow('Action');
  });
});

test('a state is kept for as long as nothing is known, from when the alarm is made', () => {
  const alarm: AlarmDefinition = { ...ALARM, Period: 86_400, TreatMissingData: 'ignore' };
  const states = statesOf(alarm, [datapoint(NOW + DAY, 1)], { from: NOW, to: NOW + 9 * DAY, every: DAY }).map(
    ({ state }) => state,
  );
  expect(states).toEqual(['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', ...Array(8).fill('ALARM')]);
});
