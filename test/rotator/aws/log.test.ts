import { log, metrics } from '../../../src/rotator/aws/log';
import { captureLog } from '../capture-log';
import { CONTEXT } from '../support';

const AT = 1_780_000_000_123;
beforeEach(() => jest.spyOn(Date, 'now').mockReturnValue(AT));
afterEach(() => jest.restoreAllMocks());

test('a record is one JSON object a line, with the account and the rotation', () => {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  log('WARN', CONTEXT, { record: 'failure', message: 'two\nlines', username: 'alice', nothing: undefined });
  expect(write.mock.calls).toEqual([
    [
      '{"level":"WARN","schema":1,"at":"2026-05-28T20:26:40.123Z","account":"111122223333","Rotation":"eu-west-1/Keys/1","record":"failure","message":"two\\nlines","username":"alice"}\n',
    ],
  ]);
});

test("a metric by rotation, in CloudWatch's embedded metric format", () => {
  expect(metrics({ values: { FailedNotifications: 1 } })).toEqual({
    FailedNotifications: 1,
    _aws: {
      Timestamp: AT,
      CloudWatchMetrics: [
        {
          Namespace: 'AccessKeyRotation',
          Dimensions: [['Rotation']],
          Metrics: [{ Name: 'FailedNotifications', Unit: 'Count' }],
        },
      ],
    },
  });
});

test('a metric by cause: once by rotation, once by rotation and cause', () => {
  expect(metrics({ values: { Failures: 1 }, by: { Cause: 'AccessDenied' } })).toEqual({
    Cause: 'AccessDenied',
    Failures: 1,
    _aws: {
      Timestamp: AT,
      CloudWatchMetrics: [
        {
          Namespace: 'AccessKeyRotation',
          Dimensions: [['Rotation'], ['Rotation', 'Cause']],
          Metrics: [{ Name: 'Failures', Unit: 'Count' }],
        },
      ],
    },
  });
});

test('several metrics: one directive for each set of dimensions', () => {
  const fields = metrics(
    { values: { Keys: 2, UnmanagedKeys: 0 } },
    { values: { Checks: 1 }, by: { Action: 'create' } },
  );
  expect(fields).toMatchObject({ Action: 'create', Keys: 2, UnmanagedKeys: 0, Checks: 1 });
  expect((fields._aws as { CloudWatchMetrics: unknown }).CloudWatchMetrics).toEqual([
    {
      Namespace: 'AccessKeyRotation',
      Dimensions: [['Rotation']],
      Metrics: [
        { Name: 'Keys', Unit: 'Count' },
        { Name: 'UnmanagedKeys', Unit: 'Count' },
      ],
    },
    {
      Namespace: 'AccessKeyRotation',
      Dimensions: [['Rotation'], ['Rotation', 'Action']],
      Metrics: [{ Name: 'Checks', Unit: 'Count' }],
    },
  ]);
});

test('the line has every named dimension as text and every named metric as a number', () => {
  const [lines] = [captureLog()];
  log('INFO', CONTEXT, {
    record: 'outcome',
    message: 'done',
    action: 'create',
    ...metrics({ values: { Keys: 2 } }, { values: { Checks: 1 }, by: { Action: 'create' } }),
  });
  const [line] = lines;
  expect(Number.isInteger(line._aws.Timestamp)).toBe(true);
  for (const { Namespace, Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
    expect(Namespace).toMatch(/^[\w.\-/#:]{1,255}$/);
    for (const dimension of Dimensions.flat()) expect(typeof line[dimension]).toBe('string');
    for (const { Name } of Metrics) expect(typeof line[Name]).toBe('number');
  }
});
