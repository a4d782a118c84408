import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { RotationMetrics } from './rotation-metrics';
import { ACTIONS } from '../contract/events';
import { CAUSES, DIMENSIONS, METRICS } from '../contract/metrics';
import { Outcome } from '../contract/outcome';

/** The parts of a rotation that the dashboard shows. */
interface ShownRotation extends RotationMetrics {
  readonly alarms?: { readonly all: cloudwatch.IAlarm[] };
  readonly deadLetterQueue: sqs.IQueue;
  readonly logGroup: logs.ILogGroup;
  readonly users: { readonly ages: { readonly create: Duration; readonly deactivate: Duration } }[];
}

/** Outcomes of events that changed a key, or could not. */
const TRANSITIONS = [
  'created',
  'deactivated',
  'deleted',
  'rolled-back',
  'postponed',
  'blocked',
] satisfies Outcome['outcome'][];

const WHOLE = 24;
const HALF = WHOLE / 2;
const QUARTER = WHOLE / 4;

/** The rows of the dashboard of a rotation: first the alarms, then the keys, then the checks and notifications. */
export function dashboardWidgets(rotation: ShownRotation): cloudwatch.IWidget[][] {
  const alarms = rotation.alarms?.all;
  return [
    ...(alarms ? [[new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: WHOLE, height: 3 })]] : []),
    [keysByUser(rotation), new LazyWidget(HALF, 7, () => ages(rotation))],
    [transitions(rotation)],
    [checks(rotation), failures(rotation), deadLetters(rotation), notifications(rotation)],
  ];
}

function keysByUser(rotation: ShownRotation): cloudwatch.LogQueryWidget {
  return new cloudwatch.LogQueryWidget({
    title: 'Keys by user, overdue ones first',
    logGroupNames: [rotation.logGroup.logGroupName],
    queryLines: [
      `filter ispresent(${METRICS.oldestActiveKey})`,
      `stats latest(${METRICS.oldestActiveKey}) as oldestDays, latest(${METRICS.overdue}) as overdueBy, latest(${METRICS.keys}) as keyCount,`
        + ' latest(outcome) as lastOutcome, max(@timestamp) as lastChecked by username',
      'sort overdueBy desc, oldestDays desc',
    ],
    width: HALF,
    height: 7,
  });
}

/** Has a line for each age of the schedules of all users. */
function ages(rotation: ShownRotation): cloudwatch.GraphWidget {
  const lines = (age: 'create' | 'deactivate', step: string, color: string) =>
    [...new Set(rotation.users.map(({ ages: ofUser }) => ofUser[age].toDays()))]
      .sort((a, b) => a - b)
      .map((value) => ({ value, label: `${step} at ${value}`, color }));
  return new cloudwatch.GraphWidget({
    title: 'Oldest active key and most overdue step',
    left: [
      rotation.metricOldestActiveKey({ label: 'oldest active key' }),
      rotation.metricOverdueDays({ label: 'overdue by' }),
      rotation.metricOverLimit({ label: 'over the limit by' }),
    ],
    leftAnnotations: [
      ...lines('create', 'replaced', cloudwatch.Color.GREEN),
      ...lines('deactivate', 'deactivated', cloudwatch.Color.ORANGE),
    ],
    leftYAxis: { min: 0, label: 'days', showUnits: false },
    width: HALF,
    height: 7,
  });
}

function transitions(rotation: ShownRotation): cloudwatch.LogQueryWidget {
  return new cloudwatch.LogQueryWidget({
    title: 'Changes of keys, newest first',
    logGroupNames: [rotation.logGroup.logGroupName],
    queryLines: [
      'fields @timestamp, username, outcome, message',
      `filter outcome in [${TRANSITIONS.map((outcome) => `'${outcome}'`).join(', ')}]`,
      'sort @timestamp desc',
      'limit 100',
    ],
    width: WHOLE,
    height: 7,
  });
}

function checks(rotation: RotationMetrics): cloudwatch.GraphWidget {
  return counts('Checks per day', [
    ...ACTIONS.map((action) =>
      rotation.metricChecks({ dimensionsMap: { [DIMENSIONS.action]: action }, label: action }),
    ),
    rotation.metricUsers({ label: 'users' }),
  ]);
}

function failures(rotation: RotationMetrics): cloudwatch.GraphWidget {
  return counts(
    'Failures per day, by cause',
    CAUSES.map((cause) => rotation.metricFailures({ dimensionsMap: { [DIMENSIONS.cause]: cause }, label: cause })),
    true,
  );
}

function deadLetters({ deadLetterQueue }: ShownRotation): cloudwatch.GraphWidget {
  return counts('Dead letters', [
    deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      statistic: cloudwatch.Stats.MAXIMUM,
      period: Duration.hours(1),
      label: 'waiting',
    }),
  ]);
}

function notifications(rotation: RotationMetrics): cloudwatch.GraphWidget {
  return counts('Notifications', [
    rotation.metricFailedNotifications({ label: 'failed' }),
    rotation.metricInactiveSubscriptions({ label: 'inactive subscriptions' }),
  ]);
}

function counts(title: string, left: cloudwatch.IMetric[], stacked?: boolean): cloudwatch.GraphWidget {
  const leftYAxis = { min: 0, showUnits: false };
  return new cloudwatch.GraphWidget({ title, left, stacked, leftYAxis, width: QUARTER, height: 6 });
}

/** Created at synth, because users can be added until then. */
class LazyWidget extends cloudwatch.ConcreteWidget {
  constructor(
    width: number,
    height: number,
    private readonly create: () => cloudwatch.IWidget,
  ) {
    super(width, height);
  }

  public toJson(): any[] {
    const widget = this.create();
    widget.position(this.x!, this.y!);
    return widget.toJson();
  }
}
