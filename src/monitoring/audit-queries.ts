/** The saved queries for auditors: one for each question that they ask, over the records of the log. */
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { Invoker, RecordName } from '../contract/log-records';
import { Outcome } from '../contract/outcome';

/** The most rows that a query returns. */
const LIMIT = 10_000;

/** In each record. A monitoring account has rows of several accounts; a failed deploy differs by its level only. */
const COMMON = ['account', 'Rotation', 'level', 'record', 'username'];

type Found = Exclude<RecordName, 'digest'>;

/**
 * What a record has beside these, without what is of no use to an auditor: a test lists that. Logs Insights finds an
 * element of an array by its index only; a user has at most two keys.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
const FIELDS_OF: Readonly<Record<Found, readonly string[]>> = {
  change: [
    'accessKeyId',
    'change',
    'reason',
    'invokedBy',
    'action',
    'ageDays',
    'replaces',
    'replacedAgeDays',
    'announcedAt',
    'lateDays',
  ],
  outcome: ['accessKeyId', 'action', 'outcome', 'until', 'invokedBy'],
  failure: ['action', 'Cause', 'invokedBy'],
  notification: [
    'accessKeyId',
    'event',
    'sent',
    'messageId',
    'currentAccessKeyId',
    'replacedAt',
    'previousAccessKeyIds.0',
    'previousAccessKeyIds.1',
    'deactivatedAt',
    'deletedAt',
  ],
  intervention: ['accessKeyId', 'intervention'],
  report: ['accessKeyId', 'source', 'code', 'eventArn', 'communicationId'],
  deploy: ['requestType', 'logicalId'],
};

const oneOf = (field: string, values: readonly string[]) =>
  `${field} in [${values.map((value) => `'${value}'`).join(', ')}]`;
const record = (...names: Found[]) => oneOf('record', names);

interface Query {
  readonly name: string;
  readonly records: readonly Found[];
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

const delays = Object.entries(IS_DELAY).flatMap(([outcome, isDelay]) => (isDelay ? [outcome] : []));

const PEOPLE_AND_DEPLOYS: readonly Invoker[] = ['person', 'deploy'];

export const AUDIT_QUERIES: Readonly<Record<string, Query>> = {
  Changes: { name: '1 Changes of keys', records: ['change'], filter: record('change') },
  Delays: {
    name: '2 Late changes, and what delayed them',
    records: ['change', 'outcome', 'failure'],
    filter: [
      `(${record('change')} and lateDays > 0)`,
      `(${record('outcome')} and ${oneOf('outcome', delays)})`,
      record('failure'),
    ].join(' or '),
  },
  Notifications: { name: '3 Notifications', records: ['notification'], filter: record('notification') },
  Interventions: {
    name: '4 Changes outside the rotation, and reports of AWS',
    records: ['intervention', 'report'],
    filter: record('intervention', 'report'),
  },
  Commands: {
    name: '5 Commands by people, and deploys',
    records: ['change', 'outcome', 'failure', 'deploy'],
    // A run that Lambda ends has no outcome, and its changes have records. A refused request of a deploy is a failure.
    filter: [
      `(${record('change', 'outcome', 'failure')} and ${oneOf('invokedBy', PEOPLE_AND_DEPLOYS)})`,
      record('deploy'),
    ].join(' or '),
  },
};

export const fieldsOf = ({ records }: Pick<Query, 'records'>): readonly string[] => [
  ...new Set([...COMMON, ...records.flatMap((name) => FIELDS_OF[name]), 'message']),
];

export function addQueries(
  scope: Construct,
  id: string,
  rotation: string,
  logGroup: logs.ILogGroup,
): logs.QueryDefinition[] {
  const group = new Construct(scope, id);
  return Object.entries(AUDIT_QUERIES).map(
    ([queryId, query]) =>
      new logs.QueryDefinition(group, queryId, {
        queryDefinitionName: `AccessKeyRotation/${rotation}/${query.name}`,
        queryString: new logs.QueryString({
          fields: ['@timestamp', ...fieldsOf(query)],
          filterStatements: [query.filter],
          sort: '@timestamp asc',
          limit: LIMIT,
        }),
        logGroups: [logGroup],
      }),
  );
}
