/** The saved queries for auditors. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { AUDIT_QUERIES } from '../../src/monitoring/audit-queries';
import { FOUND_BY_SAVED, logOfSavedQueries } from '../integ/assumptions/cloudwatch-logs';
import { plain } from '../template/intrinsics';
import { rotationOf } from '../template/support';

const PAGE = readFileSync(join(__dirname, '../../docs/audit.md'), 'utf8');
const documented = [...PAGE.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, fields]) => fields.match(/[\w@]+/g)!);

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

test('each field of the queries is described in the documentation', () => {
  const fields = Object.values(AUDIT_QUERIES).flatMap((query) => query.fields);
  expect(fields.filter((field) => !documented.includes(field))).toEqual([]);
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

test('the query for commands has those that ended with an outcome, and those that failed', () => {
  const { filter } = AUDIT_QUERIES.Commands;
  for (const name of ['outcome', 'failure']) expect(filter).toContain(`(record = '${name}' and invokedBy = 'person')`);
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
  const found = Object.values(AUDIT_QUERIES).map(({ name, fields, filter }) => {
    const rows = logOfSavedQueries()
      .map((line) => JSON.parse(line))
      .filter((line) => accepts(filter, line));
    const withValue = fields.filter((field) => rows.some((row) => row[field] !== undefined));
    return [name, { rows: rows.length, fields: withValue.sort() }];
  });
  expect(FOUND_BY_SAVED).toEqual(Object.fromEntries(found));
});
