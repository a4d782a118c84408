/** What the queries for auditors assume of CloudWatch Logs Insights: those of the library, and those of the report. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetQueryResultsCommand,
  PutLogEventsCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { Stack } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { eventually, Assumption } from './assumption';
import { removeLogGroups } from './removal';
import { withApp, Workspace } from './workspace';
import { LOG_SCHEMA, RecordName } from '../../../src/contract/log-records';
import { addQueries, AUDIT_QUERIES, fieldsOf } from '../../../src/monitoring/audit-queries';

const REPORT = join(__dirname, '..', '..', '..', 'clients', 'access-key-audit');

const DAY_SECONDS = 86_400;
/** How late CloudWatch can find a line that it has accepted. */
const INGESTION_SECONDS = 600;
const QUERY_SECONDS = 120;

const ACCOUNT = '111122223333';
const ROTATION = 'eu-central-1/Stack/0a1b2c3d';
const KEY = 'AKIAIOSFODNN7EXAMPLE';
const TIME = '2026-06-01T03:00:00.000Z';

type Line = { readonly record: RecordName; readonly message: string; readonly [field: string]: unknown };

/** Of a key that replaces another one. */
const CREATED = {
  record: 'change',
  accessKeyId: KEY,
  change: 'created',
  action: 'create',
  replaces: 'AKIAI44QH8DHBEXAMPLE',
  announcedAt: TIME,
} as const;

/** Records that have, together, each field of the saved queries. */
const LINES: readonly Line[] = [
  { ...CREATED, message: 'changed in time', reason: 'schedule', invokedBy: 'check', replacedAgeDays: 90, lateDays: 0 },
  {
    record: 'change',
    message: 'changed late',
    accessKeyId: KEY,
    change: 'deactivated',
    reason: 'schedule',
    invokedBy: 'check',
    action: 'deactivate',
    ageDays: 106,
    announcedAt: TIME,
    lateDays: 2,
  },
  { ...CREATED, message: 'created late', reason: 'schedule', invokedBy: 'check', replacedAgeDays: 92, lateDays: 2 },
  {
    ...CREATED,
    message: 'changed by a run without an outcome',
    reason: 'request',
    invokedBy: 'person',
    replacedAgeDays: 30,
    lateDays: 0,
  },
  {
    record: 'change',
    message: 'changed by a deploy',
    accessKeyId: KEY,
    change: 'deactivated',
    reason: 'removal',
    invokedBy: 'deploy',
    ageDays: 30,
  },
  {
    record: 'outcome',
    message: 'postponed',
    action: 'deactivate',
    outcome: 'postponed',
    until: TIME,
    invokedBy: 'check',
    accessKeyId: KEY,
  },
  {
    record: 'outcome',
    message: 'commanded',
    action: 'revoke',
    outcome: 'created',
    invokedBy: 'person',
    until: TIME,
    accessKeyId: KEY,
  },
  { record: 'failure', message: 'failed', action: 'create', Cause: 'Throttled', invokedBy: 'check' },
  { record: 'failure', message: 'command failed', action: 'revoke', Cause: 'BadRequest', invokedBy: 'person' },
  {
    record: 'notification',
    message: 'notified',
    accessKeyId: KEY,
    event: 'created',
    sent: true,
    messageId: '1',
    currentAccessKeyId: KEY,
    previousAccessKeyIds: ['AKIAI44QH8DHBEXAMPLE', 'AKIAI55QH8DHBEXAMPLE'],
    replacedAt: TIME,
    deactivatedAt: TIME,
    deletedAt: TIME,
  },
  { record: 'intervention', message: 'intervened', accessKeyId: KEY, intervention: 'unmanaged-key' },
  {
    record: 'report',
    message: 'reported',
    accessKeyId: KEY,
    source: 'AWS Health',
    code: 'AWS_RISK_CREDENTIALS_EXPOSED',
    eventArn: 'arn:aws:health:global::event/RISK/AWS_RISK_CREDENTIALS_EXPOSED/1',
    communicationId: '1',
  },
  { record: 'failure', message: 'a request of a deploy is refused', Cause: 'BadRequest', invokedBy: 'deploy' },
  { record: 'deploy', message: 'deployed', requestType: 'Create', logicalId: 'AliceKey' },
  { record: 'deploy', level: 'ERROR', message: 'not deployed', requestType: 'Update', logicalId: 'AliceKey' },
  { record: 'digest', message: 'sent a digest' },
];

/** A check at which nothing is due. The report reads the first and the last one of a day. */
const IDLE: Line = {
  record: 'outcome',
  message: 'nothing due',
  action: 'create',
  outcome: 'not-due',
  invokedBy: 'check',
};

/** How many of the records each saved query finds. */
const ROWS: Readonly<Record<string, number>> = {
  Changes: 5,
  Delays: 6,
  Notifications: 1,
  Interventions: 2,
  Commands: 7,
};

export const FOUND_BY_SAVED = Object.fromEntries(
  Object.entries(AUDIT_QUERIES).map(([id, query]) => [
    query.name,
    { rows: ROWS[id], fields: [...fieldsOf(query)].sort() },
  ]),
);

/** A line that is cut off is a record too, and its text alone says so. */
export const FOUND_BY_REPORT = {
  records: LINES.length + 1,
  checks: { rows: 1, fields: ['Rotation', 'account', 'action', 'first', 'last', 'username'] },
  before: 'none',
};

/** A line of the log, as the function writes it. The metrics are last, and have none here. */
const textOf = ({ record, message, ...fields }: Line) =>
  JSON.stringify({
    level: 'INFO',
    schema: LOG_SCHEMA,
    at: new Date().toISOString(),
    account: ACCOUNT,
    Rotation: ROTATION,
    record,
    message,
    username: 'alice',
    ...fields,
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'none', Dimensions: [[]], Metrics: [] }] },
  });

/** The log that the saved queries read. */
export const logOfSavedQueries = () => [...LINES, IDLE].map(textOf);

/** The log that the queries of the report read. */
export function logOfReport(): string[] {
  const lines = logOfSavedQueries();
  return [...lines, lines[0].slice(0, 60), 'START RequestId: 1'];
}

/** The rows of a query, by their fields. */
export type Rows = readonly Readonly<Record<string, string>>[];

/** A log group of its own. */
class Log {
  public static async of(workspace: Workspace, lines: readonly string[]): Promise<Log> {
    const log = new Log(workspace, workspace.name('log'));
    const group = { logGroupName: log.name };
    workspace.removeLater(`log group ${log.name}`, async () =>
      removeLogGroups(workspace.account.clientConfig, log.name),
    );
    await workspace.logs.send(new CreateLogGroupCommand(group));
    const stream = { ...group, logStreamName: 'lines' };
    await workspace.logs.send(new CreateLogStreamCommand(stream));
    const timestamp = Date.now();
    const logEvents = lines.map((message) => ({ timestamp, message }));
    await workspace.logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
    return log;
  }

  private constructor(
    private readonly workspace: Workspace,
    private readonly name: string,
  ) {}

  /**
   * The rows of a query of the last year.
   *
   * @param until - the end of the period in seconds from now
   * @throws if CloudWatch does not accept the query, or it fails
   */
  public async query(queryString: string, until = 60): Promise<Rows> {
    const now = Math.floor(Date.now() / 1000);
    const period = { startTime: now - 365 * DAY_SECONDS, endTime: now + until };
    const { logs: client } = this.workspace;
    const { queryId } = await client.send(
      new StartQueryCommand({ logGroupName: this.name, queryString, ...period, limit: 10_000 }),
    );
    const read = async () => client.send(new GetQueryResultsCommand({ queryId }));
    const { answer } = await this.workspace.settled(
      QUERY_SECONDS,
      read,
      ({ status }) => status !== 'Scheduled' && status !== 'Running',
    );
    if (answer.status !== 'Complete') throw new Error(`the query ended as ${answer.status}`);
    return answer.results!.map((cells) => Object.fromEntries(cells.map(({ field, value }) => [field!, value!])));
  }
}

/** The saved queries of the library, by their names. */
async function savedQueries(): Promise<Record<string, string>> {
  return withApp((app) => {
    const stack = new Stack(app, 'Stack');
    const group = logs.LogGroup.fromLogGroupName(stack, 'Log', 'log');
    const queries = addQueries(stack, 'Queries', ROTATION, group).map(({ node }) => node.defaultChild);
    return Object.fromEntries(
      (queries as logs.CfnQueryDefinition[]).map(({ name, queryString }) => [name.split('/').at(-1)!, queryString]),
    );
  });
}

/** A text of the report's program, which is in Python. */
export function reportQuery(name: 'RECORDS_QUERY' | 'CHECKS_QUERY'): string {
  const print = 'import runpy, sys; sys.stdout.write(runpy.run_path(sys.argv[1])[sys.argv[2]])';
  return execFileSync('python3', ['-B', '-c', print, REPORT, name], { encoding: 'utf8' });
}

/** What a query returned, or why it returned nothing. */
async function resultOf<T>(query: Promise<Rows>, of: (rows: Rows) => T): Promise<T | string> {
  return query.then(of, ({ name, message }: Error) => `${name}: ${message}`);
}

/** The fields that have a value in some row, without those that each query can have. */
const fieldsIn = (rows: Rows) =>
  [...new Set(rows.flatMap((row) => Object.keys(row).filter((field) => row[field] && !field.startsWith('@'))))].sort();

const described = (rows: Rows) => ({ rows: rows.length, fields: fieldsIn(rows) });

/** The same of the checks, which are grouped by a field without a name. */
export function describedChecks(rows: Rows) {
  const { fields, ...others } = described(rows);
  return { ...others, fields: fields.filter((field) => !field.startsWith('bin(')) };
}

export const CLOUDWATCH_LOGS: readonly Assumption[] = [
  {
    id: 'saved-queries',
    statement: 'Logs Insights accepts each query of `addAuditQueries()`, and finds its records with all fields.',
    source: 'docs/audit.md#saved-queries',
    onlyAws: 'the local Logs Insights discovers no fields in a line, and ignores the filters of the queries',
    expected: eventually(FOUND_BY_SAVED),
    observe: async (workspace) => {
      const log = await Log.of(workspace, logOfSavedQueries());
      const queries = Object.entries(await savedQueries());
      const read = async () => {
        const results = [];
        for (const [name, text] of queries) results.push([name, await resultOf(log.query(text), described)] as const);
        return Object.fromEntries(results);
      };
      return workspace.settled(INGESTION_SECONDS, read, (answer) => isDeepStrictEqual(answer, FOUND_BY_SAVED));
    },
  },
  {
    id: 'report-queries',
    statement:
      'Logs Insights groups by day for `access-key-audit`; a period that begins before the log group has its records.',
    source: 'docs/audit.md#the-report',
    onlyAws: 'the local Logs Insights has no `stats`, and ignores the filters of the queries',
    expected: eventually(FOUND_BY_REPORT),
    observe: async (workspace) => {
      const [records, checks] = [reportQuery('RECORDS_QUERY'), reportQuery('CHECKS_QUERY')];
      const log = await Log.of(workspace, logOfReport());
      const read = async () => ({
        records: await resultOf(log.query(records), ({ length }) => length),
        checks: await resultOf(log.query(checks), describedChecks),
        before: await log.query(records, -30 * DAY_SECONDS).then(
          (rows) => (rows.length === 0 ? 'none' : `${rows.length} rows`),
          // The report takes this for a period without records.
          ({ name, message }: Error) =>
            name === 'MalformedQueryException' && message.includes('log group') ? 'none' : `${name}: ${message}`,
        ),
      });
      return workspace.settled(INGESTION_SECONDS, read, (answer) => isDeepStrictEqual(answer, FOUND_BY_REPORT));
    },
  },
];
