/** What a real account is expected to answer to the queries of the report follows from their text. */
import { execFileSync } from 'child_process';
import { mkdtempSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import {
  describedChecks,
  FOUND_BY_REPORT,
  logOfReport,
  reportQuery,
  Rows,
} from '../../integ/assumptions/cloudwatch-logs';

/** The rows of a query of `report-queries` over its lines, by the Logs Insights of these tests. */
function rowsOf(name: Parameters<typeof reportQuery>[0]): Rows {
  const directory = mkdtempSync(join(tmpdir(), 'insights-'));
  writeFileSync(join(directory, 'log'), logOfReport().join('\n'));
  writeFileSync(join(directory, 'running'), '');
  const env = { ...process.env, INSIGHTS: directory, AWS_PAGER: '', AWS_CLI_AUTO_PROMPT: 'off' };
  const call = (...args: string[]) =>
    JSON.parse(execFileSync(join(__dirname, 'bin', 'aws'), ['logs', ...args], { env, encoding: 'utf8' }));
  const period = ['--start-time', '0', '--end-time', '99999999999', '--limit', '10000'];
  const { queryId } = call('start-query', '--query-string', reportQuery(name), ...period);
  const { results } = call('get-query-results', '--query-id', queryId);
  type Cell = Record<'field' | 'value', string>;
  return results.map((cells: Cell[]) => Object.fromEntries(cells.map(({ field, value }) => [field, value])));
}

test('the assumption `report-queries` expects the fields and rows that the queries of the report have', () => {
  const { before: _, ...found } = FOUND_BY_REPORT;
  expect(found).toEqual({ records: rowsOf('RECORDS_QUERY').length, checks: describedChecks(rowsOf('CHECKS_QUERY')) });
});
