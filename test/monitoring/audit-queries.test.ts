/** The saved queries for auditors. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { AUDIT_QUERIES, fieldsOf } from '../../src/monitoring/audit-queries';
import { FOUND_BY_SAVED, logOfSavedQueries } from '../integ/assumptions/cloudwatch-logs';
import { plain } from '../template/intrinsics';
import { rotationOf } from '../template/support';

const PAGE = readFileSync(join(__dirname, '../../docs/audit.md'), 'utf8');

/** The fields of the records, and in which of them each is. */
const DOCUMENTED = [...PAGE.split('## The records')[1].matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm)].flatMap(
  ([, fields, records]) =>
    fields
      .match(/(?<=`)\w+(?=`)/g)!
      .map((field) => ({
        field,
        isIn: (name: string) => /^(?:all|the same)/.test(records) || records.includes(`\`${name}\``),
      })),
);

test('by default, there is none', () => {
  rotationOf('alice').template.resourceCountIs('AWS::Logs::QueryDefinition', 0);
});

test('each query reads the log of the function, and is in a folder with the name of the rotation', () => {
  const built = rotationOf('alice');
  built.rotation.addAuditQueries();
  const queries = Object.values(built.template.findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) =>
    plain(Properties),
  );
  expect(queries).toHaveLength(Object.keys(AUDIT_QUERIES).length);
  for (const { Name, LogGroupNames, QueryString } of queries as any[]) {
    expect(Name).toMatch(/^AccessKeyRotation\/.+\/\w+\/\w{8}\/\d [\w ,]+$/);
    expect(LogGroupNames).toEqual([expect.stringMatching(/^RotationRotatorLogs/)]);
    expect(QueryString).toMatch(/^fields @timestamp, .+\n\| filter .+\n\| sort @timestamp asc\n\| limit 10000$/);
  }
});

/** What no query has, by the reason. The metrics are in the same row as `Action`. */
const OF_NO_USE: Readonly<Record<string, string>> = {
  schema: 'it is 1 in each record',
  at: '@timestamp is the same time',
  labels: 'an array of any length: "message" has its elements',
  stack: 'it is for developers: "message" has the error',
  Action: 'a dimension of metrics: "action" has the same',
  _aws: 'it describes metrics',
};

test('each query has all fields that the documentation names for the records that it finds, and no others', () => {
  for (const query of Object.values(AUDIT_QUERIES)) {
    const expected = DOCUMENTED.filter(
      ({ field, isIn }) => !(field in OF_NO_USE) && query.records.some((name) => isIn(name)),
    );
    // Of an array, the elements.
    const fields = fieldsOf(query).map((field) => field.replace(/\.\d$/, ''));
    expect([query.name, [...new Set(fields)].sort()]).toEqual([query.name, expected.map(({ field }) => field).sort()]);
  }
});

test('each field of no use is one that the documentation names', () => {
  expect(Object.keys(OF_NO_USE).filter((name) => !DOCUMENTED.some(({ field }) => field === name))).toEqual([]);
});

test('a query finds the records that it names, and no others', () => {
  for (const { records, filter } of Object.values(AUDIT_QUERIES)) {
    const lines = logOfSavedQueries().map((line) => JSON.parse(line));
    const found = lines.filter((line) => accepts(filter, line)).map(({ record }) => record);
    expect([...new Set(found)].sort()).toEqual([...records].sort());
  }
});

test('the documentation lists the queries by name', () => {
  for (const { name } of Object.values(AUDIT_QUERIES)) expect(PAGE).toContain(`| ${name} |`);
});

test('a second set of queries needs another ID', () => {
  const { rotation } = rotationOf('alice');
  rotation.addAuditQueries();
  expect(() => rotation.addAuditQueries()).toThrow("already a Construct with name 'AuditQueries'");
  expect(rotation.addAuditQueries('More')).toHaveLength(Object.keys(AUDIT_QUERIES).length);
});

test('the query for commands has those that ended with an outcome, that failed, and whose run ended without either', () => {
  const { filter } = AUDIT_QUERIES.Commands;
  for (const record of ['change', 'outcome', 'failure']) {
    for (const invokedBy of ['person', 'deploy']) expect(accepts(filter, { record, invokedBy })).toBe(true);
    for (const invokedBy of ['check', 'report']) expect(accepts(filter, { record, invokedBy })).toBe(false);
  }
});

test('the query for delays has each outcome with which a step that is due is not done', () => {
  const { filter } = AUDIT_QUERIES.Delays;
  const delays = ['postponed', 'waiting', 'blocked', 'locked', 'refused', 'removed', 'dry-run', 'failed'];
  expect(filter).toContain(`outcome in [${delays.map((outcome) => `'${outcome}'`).join(', ')}])`);
});

/** Whether a filter of Logs Insights, with the operators that the queries have, accepts a record. */
function accepts(filter: string, line: Record<string, unknown>): boolean {
  const condition = filter
    .replace(/(\w+) in (\[[^\]]*\])/g, '$2.includes(line.$1)')
    .replace(/(\w+) (=|>) /g, (_, field, operator) => `line.${field} ${operator === '=' ? '===' : operator} `)
    .replaceAll(' and ', ' && ')
    .replaceAll(' or ', ' || ');
  return new Function('line', `return ${condition}`)(line);
}

test('the assumption `saved-queries` expects the rows that the filters accept, in which each field has a value', () => {
  const found = Object.values(AUDIT_QUERIES).map((query) => {
    const { name, filter } = query;
    const rows = logOfSavedQueries()
      .map((line) => JSON.parse(line))
      .filter((line) => accepts(filter, line));
    const valueOf = (row: any, field: string) => field.split('.').reduce((value, part) => value?.[part], row);
    const withValue = fieldsOf(query).filter((field) => rows.some((row) => valueOf(row, field) !== undefined));
    return [name, { rows: rows.length, fields: withValue.sort() }];
  });
  expect(FOUND_BY_SAVED).toEqual(Object.fromEntries(found));
});
