/** The saved queries for auditors: one for each question that they ask, over the records of the log. */
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { Invoker, RecordName } from '../contract/log-records';
import { Outcome } from '../contract/outcome';

/** The most rows that a query returns. */
const LIMIT = 10_000;

const equals = <T extends string>(field: string, value: T) => `${field} = '${value}'`;
const record = (name: RecordName) => equals('record', name);

interface Query {
  readonly name: string;
  readonly fields: readonly string[];
  readonly filter: string;
}

/** Whether a step that is due, or a command, is not done with an outcome. */
const IS_DELAY: Readonly<Record<Outcome['outcome'], boolean>> = {
  created: false,
  deactivated: false,
  deleted: false,
  'rolled-back': false,
  'not-due': false,
  status: false,
  postponed: true,
  waiting: true,
  blocked: true,
  locked: true,
  refused: true,
  removed: true,
  'dry-run': true,
  failed: true,
};

const delays = Object.entries(IS_DELAY).flatMap(([outcome, isDelay]) => (isDelay ? [`'${outcome}'`] : []));

export const AUDIT_QUERIES: Readonly<Record<string, Query>> = {
  Changes: {
    name: '1 Changes of keys',
    fields: [
      'username',
      'accessKeyId',
      'change',
      'reason',
      'invokedBy',
      'ageDays',
      'replaces',
      'replacedAgeDays',
      'announcedAt',
      'lateDays',
    ],
    filter: record('change'),
  },
  Delays: {
    name: '2 Late changes, and what delayed them',
    fields: ['username', 'record', 'change', 'accessKeyId', 'lateDays', 'outcome', 'Cause', 'message'],
    filter: [
      `(${record('change')} and lateDays > 0)`,
      `(${record('outcome')} and outcome in [${delays.join(', ')}])`,
      record('failure'),
    ].join(' or '),
  },
  Notifications: {
    name: '3 Notifications',
    fields: ['username', 'accessKeyId', 'event', 'sent', 'replacedAt', 'deactivatedAt', 'deletedAt', 'message'],
    filter: record('notification'),
  },
  Interventions: {
    name: '4 Changes outside the rotation, and reports of AWS',
    fields: ['username', 'accessKeyId', 'intervention', 'source', 'message'],
    filter: [record('intervention'), record('report')].join(' or '),
  },
  Commands: {
    name: '5 Commands by people, and deploys',
    fields: ['username', 'record', 'action', 'outcome', 'Cause', 'requestType', 'accessKeyId', 'message'],
    filter: [
      ...[record('outcome'), record('failure')].map((of) => `(${of} and ${equals<Invoker>('invokedBy', 'person')})`),
      record('deploy'),
    ].join(' or '),
  },
};

export function addQueries(
  scope: Construct,
  id: string,
  rotation: string,
  logGroup: logs.ILogGroup,
): logs.QueryDefinition[] {
  const group = new Construct(scope, id);
  return Object.entries(AUDIT_QUERIES).map(
    ([queryId, { name, fields, filter }]) =>
      new logs.QueryDefinition(group, queryId, {
        queryDefinitionName: `AccessKeyRotation/${rotation}/${name}`,
        queryString: new logs.QueryString({
          fields: ['@timestamp', ...fields],
          filterStatements: [filter],
          sort: '@timestamp asc',
          limit: LIMIT,
        }),
        logGroups: [logGroup],
      }),
  );
}
