/** The widgets on the dashboard of a rotation. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { RotationSchedule } from '../../src';
import { CAUSES } from '../../src/contract/metrics';
import { plain } from '../template/intrinsics';
import { rotation, rotationOf, Synthesized } from '../template/support';

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Record<string, any>;
}

const MONTHLY = RotationSchedule.of({ create: Duration.days(30) });

describe('by default', () => {
  let built: Synthesized;
  beforeAll(() => {
    built = withDashboard(rotationOf('alice'));
  });

  test('there is none', () => {
    rotationOf('alice').template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });

  test('it shows half a year: two rotations', () => {
    expect(bodyOf(built).start).toBe('-P180D');
  });

  test('it begins with the alarms', () => {
    const alarms = Object.keys(built.below(built.rotation.alarms!)).map((id) => `${id}.Arn`);
    expect(bodyOf(built).widgets[0]).toMatchObject({ type: 'alarm', y: 0, properties: { alarms } });
  });

  test('each user has a line with the age of its keys, the most overdue one first', () => {
    const query = widget(built, 'Keys by user').properties.query;
    expect(query).toMatch(/^SOURCE 'RotationRotatorLogs\w+' \| /);
    for (const field of ['OldestActiveKeyDays', 'OverdueDays', 'Keys', 'outcome']) {
      expect(query).toContain(`latest(${field})`);
    }
    expect(query).toMatch(/by username\n\| sort overdueBy desc/);
  });

  test('changes of keys are listed, without the checks at which nothing was due', () => {
    const { query } = widget(built, 'Changes of keys').properties;
    expect(query).toContain(
      "filter outcome in ['created', 'deactivated', 'deleted', 'rolled-back', 'postponed', 'blocked']",
    );
    expect(query).toContain('| sort @timestamp desc');
  });

  test('the graph of ages has a line for each age of the schedule', () => {
    expect(metricsOf(widget(built, 'Oldest active key'))).toEqual([
      'OldestActiveKeyDays',
      'OverdueDays',
      'OverLimitDays',
    ]);
    expect(linesOf(built)).toEqual(['replaced at 90', 'deactivated at 104']);
  });

  test('failures have a series for each cause', () => {
    const { metrics } = widget(built, 'Failures').properties;
    expect(metrics.map((metric: any[]) => metric[metric.indexOf('Cause') + 1])).toEqual([...CAUSES]);
  });

  test.each([
    ['Checks', ['Checks', 'Checks', 'Checks', 'Users']],
    ['Dead letters', ['ApproximateNumberOfMessagesVisible']],
    ['Notifications', ['FailedNotifications', 'InactiveSubscriptions']],
  ])('%s are counted', (title, metrics) => {
    expect(metricsOf(widget(built, title))).toEqual(metrics);
  });

  test('every metric is a metric of this rotation or of its queue', () => {
    const owner = plain(built.the('AWS::Lambda::Function').Properties.Environment.Variables.ROTATION);
    for (const metric of bodyOf(built).widgets.flatMap(({ properties }) => properties.metrics ?? [])) {
      if (metric[0] === 'AWS/SQS') expect(metric[3]).toMatch(/^RotationRotatorDeadLetters\w+\.QueueName$/);
      else expect(metric[metric.indexOf('Rotation') + 1]).toBe(owner);
    }
  });

  test('widgets fill rows of 24 and do not overlap', () => {
    const taken = bodyOf(built).widgets.flatMap(({ x, y, width, height }) =>
      [...Array(width * height).keys()].map((index) => `${x + (index % width)},${y + Math.floor(index / width)}`),
    );
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken.length % 24).toBe(0);
  });
});

describe('with other users', () => {
  test('the graph of ages has the lines of all schedules, including users that are added later', () => {
    const built = withDashboard(rotationOf('alice', { userName: 'bob', schedule: MONTHLY }));
    built.rotation.addUser({ userName: 'carol', schedule: RotationSchedule.activeUnder(Duration.days(90)) });
    expect(linesOf(built)).toEqual([
      'replaced at 30',
      'replaced at 73',
      'replaced at 90',
      'deactivated at 44',
      'deactivated at 87',
      'deactivated at 104',
    ]);
  });

  test('it depends on the schedules only, and is one resource', () => {
    const [one, other, many] = [
      ['alice', 'bob'],
      ['bob', 'alice'],
      ['alice', 'bob', 'carol', 'dan'],
    ].map((names) => withDashboard(rotationOf(...names)));
    expect(bodyOf(other)).toEqual(bodyOf(one));
    expect(bodyOf(many)).toEqual(bodyOf(one));
    many.template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });
});

describe('options', () => {
  test('without alarms, it has no widget for them', () => {
    const built = rotation({ users: [{ userName: 'alice' }], alarms: false });
    built.rotation.addDashboard();
    expect(bodyOf(built).widgets.map(({ type }) => type)).not.toContain('alarm');
    expect(bodyOf(built).widgets[0].y).toBe(0);
  });

  test('are those of any dashboard; additional widgets are below', () => {
    const built = rotationOf('alice');
    built.rotation.addDashboard('Board', {
      dashboardName: 'keys',
      start: '-P7D',
      widgets: [[new cloudwatch.TextWidget({ markdown: 'Hello' })]],
    });
    expect(built.the('AWS::CloudWatch::Dashboard').Properties.DashboardName).toBe('keys');
    expect(bodyOf(built).start).toBe('-P7D');
    const [last, ...before] = [...bodyOf(built).widgets].reverse();
    expect(last.properties.markdown).toBe('Hello');
    expect(last.y).toBe(Math.max(...before.map(({ y, height }) => y + height)));
  });

  test('there can be more than one', () => {
    const built = withDashboard(rotationOf('alice'));
    built.rotation.addDashboard('Second', { defaultInterval: Duration.days(7) });
    built.template.resourceCountIs('AWS::CloudWatch::Dashboard', 2);
  });

  test('widgets can be added later', () => {
    const built = rotationOf('alice');
    built.rotation.addDashboard().addWidgets(new cloudwatch.TextWidget({ markdown: 'Hello' }));
    expect(bodyOf(built).widgets.at(-1)!.type).toBe('text');
  });
});

function withDashboard(built: Synthesized): Synthesized {
  built.rotation.addDashboard();
  return built;
}

function bodyOf(built: Synthesized): { readonly start: string; readonly widgets: Widget[] } {
  return JSON.parse(plain(built.the('AWS::CloudWatch::Dashboard').Properties.DashboardBody));
}

function widget(built: Synthesized, title: string): Widget {
  const found = bodyOf(built).widgets.filter(({ properties }) => properties.title?.startsWith(title));
  expect(found).toHaveLength(1);
  return found[0];
}

function metricsOf({ properties }: Widget): string[] {
  return properties.metrics.map(([, name]: string[]) => name);
}

function linesOf(built: Synthesized): string[] {
  return widget(built, 'Oldest active key').properties.annotations.horizontal.map(
    ({ label }: { label: string }) => label,
  );
}
