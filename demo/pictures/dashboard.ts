/**
 * The dashboard of a rotation: its synthesized body, and a year of its users on the in-memory AWS of the tests
 * (dashboard-year.ts).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { dashboardPicture } from './dashboard-picture';
import { Check, datapointsOf, DAYS, FROM, TO, USERS, year } from './dashboard-year';
import { AccessKeyRotation } from '../../src';
import {
  aggregate,
  AlarmDefinition,
  Statistic,
  statesOf,
  Store,
  valuesOf,
} from '../../test/monitoring/alarm-evaluation';
import { plain } from '../../test/template/intrinsics';

const DAY = 86_400_000;

const TRANSITIONS = ['created', 'deactivated', 'deleted', 'rolled-back', 'postponed', 'blocked'];

type Resources = Record<string, { readonly Type: string; readonly Properties: any }>;

export async function dashboardDrawn(): Promise<string> {
  const resources = synthesized();
  const [
    handler,
    {
      Properties: { Environment },
    },
  ] = only(resources, 'AWS::Lambda::Function');
  const [queue] = only(resources, 'AWS::SQS::Queue');
  const [
    ,
    {
      Properties: { DashboardBody },
    },
  ] = only(resources, 'AWS::CloudWatch::Dashboard');
  const checks = await year();
  const datapoints = datapointsOf(checks, {
    rotation: Environment.Variables.ROTATION,
    handler,
    queue: `${queue}.QueueName`,
  });
  const store = new Store(datapoints);
  const alarms = Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([id, { Properties }]) => ({
      name: id.replace(/^RotationAlarms(\w+)\w{8}$/, '$1'),
      state: statesOf(Properties as AlarmDefinition, datapoints, { from: FROM, to: TO }).at(-1)!.state,
    }));
  return dashboardPicture(JSON.parse(DashboardBody), {
    from: FROM,
    to: TO,
    alarms,
    tables: {
      'Keys by user, overdue ones first': keysByUser(checks),
      'Changes of keys, newest first': transitions(checks),
    },
    daily: ([Namespace, MetricName, ...dimensions], statistic) => {
      const metric = {
        Namespace,
        MetricName,
        Dimensions: pairsOf(dimensions).map(([Name, Value]) => ({ Name, Value })),
      };
      return Array.from({ length: DAYS }, (_, day) =>
        aggregate(valuesOf(store.of(metric), FROM + day * DAY, FROM + (day + 1) * DAY), statistic as Statistic),
      );
    },
  });
}

function synthesized(): Resources {
  const outdir = mkdtempSync(join(tmpdir(), 'dashboard-'));
  try {
    const app = new App({ outdir });
    const stack = new Stack(app, 'AccessKeys', { env: { region: 'eu-central-1' } });
    new AccessKeyRotation(stack, 'Rotation', {
      users: Object.entries(USERS).map(([userName, schedule]) => ({ userName, schedule })),
    }).addDashboard();
    return plain(app.synth().getStackArtifact(stack.artifactId).template.Resources);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function only(resources: Resources, type: string): [string, Resources[string]] {
  return Object.entries(resources).find(([, { Type }]) => Type === type)!;
}

/** The results of the first query of the dashboard. */
function keysByUser(checks: readonly Check[]): string[][] {
  const last = Object.keys(USERS)
    .map((user) => checks.filter(({ username }) => username === user).at(-1)!)
    .sort((a, b) => b.state.overdue - a.state.overdue || b.state.oldest - a.state.oldest);
  return [
    ['username', 'oldestDays', 'overdueBy', 'keyCount', 'lastOutcome', 'lastChecked'],
    ...last.map(({ username, state, outcome = '', at }) => [
      username,
      `${state.oldest}`,
      `${state.overdue}`,
      `${state.keys}`,
      outcome,
      timeOf(at),
    ]),
  ];
}

/** The results of its second query. */
function transitions(checks: readonly Check[]): string[][] {
  const found = checks.flatMap(({ at, username, outcome, message }) =>
    outcome && TRANSITIONS.includes(outcome) ? [[timeOf(at), username, outcome, message]] : [],
  );
  return [['@timestamp', 'username', 'outcome', 'message'], ...found.reverse()];
}

function timeOf(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 16);
}

function pairsOf(list: readonly string[]): [string, string][] {
  return list.length === 0 ? [] : [[list[0], list[1]], ...pairsOf(list.slice(2))];
}
