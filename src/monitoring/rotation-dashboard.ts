import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { RotationMetrics } from './rotation-metrics';
import { ACTIONS } from '../contract/events';
import { CAUSES, DIMENSIONS, METRICS } from '../contract/metrics';
import { Outcome } from '../contract/outcome';

/** What the dashboard shows of a rotation. */
interface ShownRotation extends RotationMetrics {
  readonly alarms?: { readonly all: cloudwatch.IAlarm[] };
  readonly deadLetterQueue: sqs.IQueue;
  readonly logGroup: logs.ILogGroup;
  readonly users: { readonly schedule: { readonly create: Duration; readonly deactivate: Duration } }[];
}

/** What an event did to keys, or could not do. */
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

/** The rows of a rotation's dashboard: first whether something is amiss, then the keys, then the machinery. */
export function dashboardWidgets(rotation: ShownRotation): cloudwatch.IWidget[][] {
  const alarms = rotation.alarms?.all;
  return [
    ...(alarms ? [[new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: WHOLE, height: 3 })]] : []),
    [keysByUser(rotation), new LazyWidget(HALF, 7, () => ages(rotation))],
    [transitions(rotation)],
    [checks(rotation), failures(rotation), deadLetters(rotation), messages(rotation)],
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

/** The lines at which keys should turn: those of all schedules that are in use. */
function ages(rotation: ShownRotation): cloudwatch.GraphWidget {
  const lines = (age: 'create' | 'deactivate', what: string, color: string) =>
    [...new Set(rotation.users.map(({ schedule }) => schedule[age].toDays()))]
      .sort((a, b) => a - b)
      .map((value) => ({ value, label: `${what} at ${value}`, color }));
  return new cloudwatch.GraphWidget({
    title: 'Oldest active key, and most overdue step',
    left: [
      rotation.metricOldestActiveKey({ label: 'oldest active key' }),
      rotation.metricOverdueDays({ label: 'overdue by' }),
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
    title: 'What happened to keys, last first',
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
  return counts('Checks a day', [
    ...ACTIONS.map((action) =>
      rotation.metricChecks({ dimensionsMap: { [DIMENSIONS.action]: action }, label: action }),
    ),
    rotation.metricUsers({ label: 'users' }),
  ]);
}

function failures(rotation: RotationMetrics): cloudwatch.GraphWidget {
  return counts(
    'Failures a day, by cause',
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

function messages(rotation: RotationMetrics): cloudwatch.GraphWidget {
  return counts('Messages', [
    rotation.metricFailedNotifications({ label: 'unsent' }),
    rotation.metricInactiveSubscriptions({ label: 'recipients lost' }),
  ]);
}

function counts(title: string, left: cloudwatch.IMetric[], stacked?: boolean): cloudwatch.GraphWidget {
  const leftYAxis = { min: 0, showUnits: false };
  return new cloudwatch.GraphWidget({ title, left, stacked, leftYAxis, width: QUARTER, height: 6 });
}

/** Made only when the template is, because users can be added until then. */
class LazyWidget extends cloudwatch.ConcreteWidget {
  constructor(
    width: number,
    height: number,
    private readonly make: () => cloudwatch.IWidget,
  ) {
    super(width, height);
  }

  public toJson(): any[] {
    const widget = this.make();
    widget.position(this.x!, this.y!);
    return widget.toJson();
  }
}
