/** Each public method, called in a few apps: a synth takes a while. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  AccessKeyRotation,
  AccessKeyRotationProps,
  ChangeWindow,
  Deactivation,
  Recipient,
  RotationSchedule,
  RotationTrigger,
  UserStacks,
} from '../../src';

const users = [{ userName: 'alice' }];
const role = (stack: Stack, id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
const toQueue = (stack: Stack, id: string) => ({ target: new targets.SqsQueue(new sqs.Queue(stack, id)) });
const alarm = (stack: Stack, id: string, metric: Metric) =>
  metric.createAlarm(stack, id, { threshold: 1, evaluationPeriods: 1 });

const METRICS = [
  'metricChecks',
  'metricFailedNotifications',
  'metricFailures',
  'metricInactiveSubscriptions',
  'metricKeys',
  'metricOldestActiveKey',
  'metricOrphanedKeysDeleted',
  'metricOverdueDays',
  'metricOverLimit',
  'metricUnmanagedKeys',
  'metricUsers',
] as const;
const RULES = [
  'onDigest',
  'onEvent',
  'onKeyCreated',
  'onKeyDeactivated',
  'onKeyDeleted',
  'onKeyReminder',
  'onRotationFailed',
] as const;

type Call = (rotation: AccessKeyRotation, stack: Stack) => unknown;

const CALLS: Record<string, Call> = {
  ...Object.fromEntries(METRICS.map((name): [string, Call] => [name, (it, stack) => alarm(stack, name, it[name]())])),
  ...Object.fromEntries(
    RULES.map((name): [string, Call] => [name, (it, stack) => it[name](name, toQueue(stack, name))]),
  ),
  metric: (it, stack) => alarm(stack, 'metric', it.metric('Keys')),
  addAuditQueries: (it) => it.addAuditQueries(),
  addDashboard: (it) => it.addDashboard(),
  addUser: (it) => it.addUser({ userName: 'bob' }),
  grantOperate: (it, stack) => it.grantOperate(role(stack, 'OnCall')),
  toString: (it: AccessKeyRotation) => it.toString(),
  user: (it, stack) => it.user('alice').secret.grantRead(role(stack, 'Reader')),
};
const CALLS_OF_ALARMS: Record<string, Call> = {
  addAlarmAction: ({ alarms }, stack) => alarms!.addAlarmAction(new actions.SnsAction(new sns.Topic(stack, 'Alarms'))),
  toString: ({ alarms }: AccessKeyRotation) => alarms!.toString(),
};

interface Sample {
  readonly methods: readonly string[];
  readonly make: (app: App) => void;
}

function withOptions(methods: string[], props: (stack: Stack, app: App) => Partial<AccessKeyRotationProps>): Sample {
  const make = (app: App) => {
    const stack = new Stack(app, 'Keys');
    const rotation = new AccessKeyRotation(stack, 'Rotation', { users, ...props(stack, app) });
    rotation.user('alice').schedule.toString();
  };
  return { methods, make };
}

export const SAMPLES: readonly Sample[] = [
  {
    methods: [
      ...Object.keys(CALLS).map((name) => `AccessKeyRotation.${name}`),
      ...Object.keys(CALLS_OF_ALARMS).map((name) => `RotationAlarms.${name}`),
    ],
    make: (app) => {
      const stack = new Stack(app, 'Keys');
      const rotation = new AccessKeyRotation(stack, 'Rotation', { users });
      for (const call of [...Object.values(CALLS), ...Object.values(CALLS_OF_ALARMS)]) call(rotation, stack);
    },
  },
  withOptions(
    [
      'ChangeWindow.always',
      'Deactivation.onSchedule',
      'Recipient.subscription',
      'RotationSchedule.of',
      'RotationSchedule.toString',
      'RotationTrigger.eventBridgeRules',
      'UserStacks.fromStacks',
    ],
    (stack, app) => ({
      changeWindow: ChangeWindow.always(),
      deactivation: Deactivation.onSchedule(),
      failureRecipients: [Recipient.subscription(new subscriptions.SqsSubscription(new sqs.Queue(stack, 'Queue')))],
      schedule: RotationSchedule.of({
        create: Duration.days(60),
        deactivate: Duration.days(70),
        delete: Duration.days(80),
      }),
      trigger: RotationTrigger.eventBridgeRules(),
      userStacks: UserStacks.fromStacks([new Stack(app, 'Users')]),
    }),
  ),
  withOptions(
    [
      'ChangeWindow.of',
      'Deactivation.whenUnused',
      'Recipient.email',
      'RotationTrigger.eventBridgeScheduler',
      'UserStacks.nested',
    ],
    () => ({
      changeWindow: ChangeWindow.of({ startHour: 9, endHour: 16, timeZone: TimeZone.EUROPE_BERLIN }),
      deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(9) }),
      digestRecipients: [Recipient.email('ci-team@example.com')],
      trigger: RotationTrigger.eventBridgeScheduler(),
      userStacks: UserStacks.nested(1),
    }),
  ),
  withOptions(['RotationSchedule.activeUnder'], () => ({ schedule: RotationSchedule.activeUnder(Duration.days(60)) })),
  withOptions(['RotationTrigger.fixedRates'], () => ({ trigger: RotationTrigger.fixedRates() })),
];

/** Of every construct, without code of this package. */
const OF_CONSTRUCTS = ['isConstruct', 'with'];

/** The methods that API.md documents. */
export function documentedMethods(): string[] {
  const api = readFileSync(join(__dirname, '..', '..', 'API.md'), 'utf8');
  const sections = [...api.matchAll(/^#### (?:Methods|Static Functions) .*\n([^]*?)(?=^###? |^#### )/gm)];
  const ids = sections.flatMap(([, text]) => [
    ...text.matchAll(/^##### .* id="cdk-access-key-rotation\.(\w+\.\w+)"/gm),
  ]);
  return ids.map(([, id]) => id).filter((id) => !OF_CONSTRUCTS.includes(id.split('.')[1]));
}
