/** What the program cannot read is in the report, or an error: nothing is dropped in silence. */
import { execFileSync, spawn } from 'child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { gzipSync } from 'zlib';
import {
  ACCOUNT,
  audit,
  change,
  check,
  everyDay,
  fileOf,
  Line,
  linesOf,
  notification,
  record,
  reportOf,
  ROTATION,
} from './program';

const KEY = [...change('2026-04-01', 'created', 'K2'), notification('2026-04-01', 'created', 'K2')];
const ROW = '2026-04-01T03:00:00Z,alice,K2,created,schedule,check,,,,,0,2026-04-01T03:00:00Z';
const YEAR = [...everyDay(), ...KEY];
const DEPLOY = record('2026-04-01', 'deploy', { requestType: 'Create', logicalId: 'FirstKey' });
const FOUND = record('2026-04-01', 'intervention', { intervention: 'key-activated', accessKeyId: 'K1' });
/** The record without each of the fields. */
const absent = (one: Line, ...fields: readonly string[]): [string, string, string][] =>
  fields.map((name) => [
    `of ${one.record as string} without ${name}`,
    JSON.stringify({ ...one, [name]: undefined }),
    `no ${name}`,
  ]);
const asEvents = (records: readonly Line[]) =>
  records.map((one) => ({ timestamp: Date.parse(one.at as string), message: JSON.stringify(one) }));
const asRows = (records: readonly Line[]) =>
  records.map((one) => [
    { field: '@timestamp', value: (one.at as string).replace('T', ' ').replace('Z', '') },
    { field: '@message', value: JSON.stringify(one) },
    { field: '@ptr', value: 'x' },
  ]);

describe('each form in which AWS returns the log is read', () => {
  test.each<[string, string | Buffer]>([
    ['lines of the log', linesOf(YEAR)],
    [
      'lines with those of the Lambda runtime',
      `INIT_START Runtime Version: nodejs:22\nSTART RequestId: 1\n${linesOf(YEAR)}\nEND RequestId: 1\n`,
    ],
    ['an export to S3', YEAR.map((one) => `${one.at as string} ${JSON.stringify(one)}`).join('\n')],
    ['one with two spaces', YEAR.map((one) => `${one.at as string}  ${JSON.stringify(one)}`).join('\n')],
    [
      'an export to S3, compressed',
      gzipSync(YEAR.map((one) => `${one.at as string} ${JSON.stringify(one)}`).join('\n')),
    ],
    ['aws logs filter-log-events', JSON.stringify({ events: asEvents(YEAR) })],
    ['the same with line breaks', JSON.stringify({ events: asEvents(YEAR), searchedLogStreams: [] }, null, 4)],
    ['aws logs get-query-results', JSON.stringify({ status: 'Complete', results: asRows(YEAR) }, null, 4)],
    ['the list of the events', JSON.stringify(asEvents(YEAR), null, 4)],
    ['the list of the rows', JSON.stringify(asRows(YEAR))],
    ['the list of the messages', JSON.stringify(YEAR.map((one) => JSON.stringify(one)))],
    [
      'two outputs, one after the other',
      `${JSON.stringify({ events: asEvents(YEAR.slice(0, 90)) })}\n${JSON.stringify({ events: asEvents(YEAR.slice(90)) }, null, 4)}\n`,
    ],
    ['lines with a byte order mark', `\ufeff${linesOf(YEAR)}`],
    ['an output with a byte order mark', `\ufeff${JSON.stringify({ events: asEvents(YEAR) }, null, 4)}`],
    ['UTF-16', Buffer.from(`\ufeff${linesOf(YEAR)}`, 'utf16le')],
    ['lines after blank ones', `\n \n${linesOf(YEAR)}`],
    ['an output after blank lines', `\n \n  ${JSON.stringify({ events: asEvents(YEAR) }, null, 4)}`],
    ['UTF-16, compressed', gzipSync(Buffer.from(`\ufeff${linesOf(YEAR)}`, 'utf16le'))],
  ])('%s', async (_form, content) => {
    const { changes, deviations, status } = await audit([fileOf(content)]);
    expect({ changes, deviations, status }).toEqual({ changes: [ROW], deviations: [], status: 0 });
  });

  test('the standard input', async () => {
    expect(await audit(['-'], { input: linesOf(YEAR) })).toMatchObject({ changes: [ROW], status: 0 });
  });

  test('the time of CloudWatch counts, not the clock of the function', async () => {
    const slow = asEvents(KEY).map((event) => ({ ...event, timestamp: event.timestamp + 600_000 }));
    const { changes } = await audit([fileOf(JSON.stringify({ events: slow }))]);
    expect(changes).toEqual([expect.stringMatching(/^2026-04-01T03:10:00Z/)]);
  });

  test('a record in two files counts once', async () => {
    const files = [fileOf(linesOf(YEAR)), fileOf(linesOf(KEY))];
    const { changes, stdout } = await audit(files);
    expect(changes).toEqual([ROW]);
    expect(stdout).toContain('2 records are there twice, and count once');
  });
});

test('records of the same second are in their order', async () => {
  const { changes } = await reportOf(
    ...change('2026-04-01T03:00:00.900Z', 'deactivated', 'K1'),
    ...change('2026-04-01T03:00:00.100Z', 'activated', 'K1'),
  );
  expect(changes).toEqual([expect.stringContaining('K1,activated'), expect.stringContaining('K1,deactivated')]);
});

test('a record counts once, also if one of its copies has a later time of CloudWatch', async () => {
  const logged = asEvents(YEAR).map((event) => ({ ...event, timestamp: event.timestamp + 1_200 }));
  const files = [fileOf(linesOf(YEAR)), fileOf(JSON.stringify({ events: logged }))];
  const { changes, stdout } = await audit(files);
  expect(changes).toEqual([ROW]);
  expect(stdout).toContain('2 records are there twice, and count once');
});

describe('the report says what it is made of', () => {
  const before = Array.from({ length: 31 }, (_, day) => check(`2025-12-${String(day + 1).padStart(2, '0')}`));

  test.each(['', '{"events":[],"searchedLogStreams":[]}', '\n \n', 'START RequestId: 1\n'])(
    'a file without a record: %j',
    async (content) => {
      const files = [fileOf(content), fileOf(linesOf(YEAR))];
      for (const paths of [files, [...files].reverse()]) {
        const { stdout, status } = await audit(paths);
        expect(stdout).toContain(`, from ${paths.join(', ')}\n${files[0]} has no record\n`);
        expect(stdout).not.toContain(`${files[1]} has no record`);
        expect(status).toBe(0);
      }
    },
  );

  test('since when records are known, for each rotation', async () => {
    const other = YEAR.map((one) => ({ ...one, account: '444455556666' }));
    const { stdout } = await reportOf(...before, ...YEAR, ...other);
    const since = (account: string, day: string) =>
      `Rotation ${ROTATION} of account ${account}\nRecords are known since ${day}: what was announced before is not known\n`;
    expect(stdout).toContain(since(ACCOUNT, '2025-12-01'));
    expect(stdout).toContain(since('444455556666', '2026-01-01'));
  });

  test('checks at which nothing was due: those of the period, each once', async () => {
    const [twice] = asEvents([check('2026-04-01')]);
    const copies = JSON.stringify([{ ...twice, timestamp: twice.timestamp + 1_200 }]);
    const all = [...before, ...YEAR, check('2027-01-01')];
    const { stdout } = await audit([fileOf(linesOf(all)), fileOf(linesOf(all)), fileOf(copies)]);
    expect(stdout).toContain('\n365 more are of checks at which nothing was due\n');
  });

  test('each user, also one without a change in the period', async () => {
    const { stdout } = await reportOf(
      ...YEAR,
      ...everyDay().map((one) => ({ ...one, username: 'bob' })),
      notification('2025-12-20', 'created', 'K1', { username: 'carol' }),
    );
    expect(stdout).toContain('\n\nalice: 1 created\nbob: no change\ncarol: no change\n\n');
  });
});

describe('lines that are no records of this version are deviations, with their place', () => {
  test.each<[string, string, string]>([
    ['cut off at its end', JSON.stringify(KEY[0]).slice(0, 70), 'damaged or cut off'],
    ['cut off at its beginning', JSON.stringify(KEY[0]).slice(20), 'damaged or cut off'],
    ['of a later version', JSON.stringify({ ...KEY[0], schema: 2 }), 'schema 2, and this program reads 1'],
    ['of an earlier commit', JSON.stringify({ ...KEY[0], schema: undefined }), 'no schema, and this program reads 1'],
    ['with another text as the version', JSON.stringify({ ...KEY[0], schema: '1' }), 'schema ""1"", and this program'],
    ['without a time', JSON.stringify({ ...KEY[0], at: undefined }), 'no ""at"" or no ""record""'],
    ['with an invalid time', JSON.stringify({ ...KEY[0], at: '2026-13-45' }), 'no ""at"" or no ""record""'],
    ['without a name', JSON.stringify({ ...KEY[0], record: 7 }), 'no ""at"" or no ""record""'],
    ['without an account', JSON.stringify({ ...KEY[0], account: undefined }), 'no account'],
    ['without a rotation', JSON.stringify({ ...KEY[0], Rotation: undefined }), 'no Rotation'],
    ['with a list as a name', JSON.stringify({ ...KEY[0], username: ['alice'] }), 'no text as username'],
    ['with another change', JSON.stringify({ ...KEY[0], change: 'renamed' }), 'no known change'],
    ['with another invoker', JSON.stringify({ ...KEY[0], invokedBy: 'persom' }), 'no known invokedBy'],
    ['with another reason', JSON.stringify({ ...KEY[0], reason: 'leakd' }), 'no known reason'],
    ['with another event', JSON.stringify({ ...KEY[1], event: 'craeted' }), 'no known event'],
    ['with another level', JSON.stringify({ ...DEPLOY, level: 'EROR' }), 'no known level'],
    ['with another request', JSON.stringify({ ...DEPLOY, requestType: 'Crate' }), 'no known requestType'],
    ['with another intervention', JSON.stringify({ ...FOUND, intervention: 'key-gone' }), 'no known intervention'],
    ...absent(KEY[0], 'reason', 'invokedBy', 'username', 'level', 'message'),
    ...absent(KEY[1], 'event'),
    ...absent(FOUND, 'intervention', 'username'),
    ...absent(check('2026-04-01', { invokedBy: 'person' }), 'outcome', 'action', 'invokedBy'),
    ...absent(check('2026-04-01'), 'action'),
    [
      'of a record that is none',
      JSON.stringify({ ...KEY[0], record: 'chnage' }),
      'record ""chnage"", which this program does not know',
    ],
    ['with true as the version', JSON.stringify({ ...KEY[0], schema: true }), 'schema true, and this program reads 1'],
    ['with true as a number', JSON.stringify({ ...KEY[0], ageDays: true }), 'no number as ageDays'],
    ['with a text as sent', JSON.stringify({ ...KEY[1], sent: 'false' }), 'no true or false as sent'],
    ['without sent', JSON.stringify({ ...KEY[1], sent: undefined }), 'no sent'],
    ['with a name twice', JSON.stringify(KEY[0]).replace('"K2"', '"K1","accessKeyId":"K2"'), 'a name has two values'],
    [
      'with a name twice, of a check',
      JSON.stringify(check('2026-04-01')).replace('"not-due"', '"created","outcome":"not-due"'),
      'a name has two values',
    ],
    ['with a deep structure', `{"schema":1,"x":${'['.repeat(100_000)}`, 'damaged or cut off'],
  ])('a line %s', async (_what, line, reason) => {
    const path = fileOf(`${linesOf(everyDay())}\n${line}\n${linesOf(KEY)}`);
    const { changes, deviations, status, stdout } = await audit([path]);
    expect(changes).toEqual([ROW]);
    expect(deviations).toEqual([expect.stringContaining(`,unreadable,"${path}, line 366: ${reason}`)]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/No deviation in the lines that could be read\n$/);
  });

  test('a part of a record, cut at any position, is not taken for a line of the Lambda runtime', async () => {
    const line = JSON.stringify(KEY[0]);
    const cuts = Array.from({ length: line.length - 1 }, (_, index) => index + 1);
    const parts = cuts.flatMap((cut) => [line.slice(0, cut), line.slice(cut), line.slice(cut, cut + 9).trim()]);
    const { stdout, deviations } = await audit([fileOf(`${linesOf(YEAR)}\n${parts.join('\n')}`)]);
    const counted = deviations.map((row) => Number(/ (\d+) lines: /.exec(row)?.[1] ?? 1));
    expect(counted.reduce((sum, number) => sum + number, 0)).toBe(parts.filter(Boolean).length);
    expect(stdout).not.toContain('of the Lambda runtime\n');
  });

  test('lines of the Lambda runtime, also of an error, are none', async () => {
    const id = '5a1ed5a6-25e0-4a8b-9cb8-3e8b6a0f8f11';
    const lines = [
      'INIT_START Runtime Version: nodejs:22.v1\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:0',
      `START RequestId: ${id} Version: 7`,
      `2026-04-01T03:00:00.000Z\t${id}\tERROR\tInvoke Error \t{"errorType":"Failure","errorMessage":"alice: denied"}`,
      `END RequestId: ${id}`,
      `REPORT RequestId: ${id}\tDuration: 1.00 ms\tBilled Duration: 1 ms`,
      'XRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: 0\tSampled: true',
      '(node:8) ExperimentalWarning: a feature',
      '(node:8) Warning: NodeVersionSupportWarning: The AWS SDK for JavaScript (v3)',
      'versions published after the first week of January 2027',
      'will require node >=22. You are running node v20.20.2.',
      'To continue receiving updates to AWS services, bug fixes,',
      'and security updates please upgrade to node >=22.',
      'More information can be found at: https://a.co/c895JFp',
      '(Use `node --trace-warnings ...` to show where the warning was created)',
    ];
    const { deviations, stdout } = await audit([fileOf(`${lines.join('\n')}\n${linesOf(YEAR)}`)]);
    expect(deviations).toEqual([]);
    expect(stdout).toContain(`${lines.length} other lines are of the Lambda runtime`);
  });

  describe('a run that Lambda reports as failed can have no record, and is one', () => {
    const id = '5a1ed5a6-25e0-4a8b-9cb8-3e8b6a0f8f11';
    const report = `RequestId: ${id}\tDuration: 900000.00 ms\tBilled Duration: 900000 ms\tMax Memory Used: 90 MB`;
    const init = 'Init Duration: 10008.33 ms\tPhase: init';
    const module = '{"errorType":"Runtime.ImportModuleError","errorMessage":"no module"}';

    test.each([
      `2026-04-01T03:00:00.000Z ${id} Task timed out after 900.00 seconds`,
      `RequestId: ${id} Error: Runtime exited with error: signal: killed`,
      'Runtime.ExitError',
      `2026-04-01T03:00:00.000Z\t${id}\tERROR\tUncaught Exception \t${module}`,
      `2026-04-01T03:00:00.000Z\tundefined\tERROR\tUncaught Exception \t${module}`,
      `2026-04-01T03:00:00.000Z\t${id}\tERROR\tUnhandled Promise Rejection \t${module}`,
      `2026-04-01T03:00:00.000Z\t${id}\tFATAL\tout of memory`,
      `REPORT ${report}\tStatus: timeout`,
      `REPORT ${report}\tStatus: error\tError Type: Runtime.ExitError`,
      `INIT_REPORT ${init}\tStatus: timeout`,
      `INIT_REPORT ${init}\tStatus: error\tError Type: Runtime.ImportModuleError`,
    ])('%s', async (line) => {
      const { deviations, status } = await audit([fileOf(`${linesOf(YEAR)}\n${line}`)]);
      const row = expect.stringContaining('Lambda reports a run that failed, which can have no record: ');
      expect({ deviations, status }).toEqual({ deviations: [row], status: 1 });
    });

    test.each([`REPORT ${report}`, `REPORT ${report}\tStatus: success`, `INIT_REPORT ${init}`])(
      '%s is none',
      async (line) => {
        const { deviations } = await audit([fileOf(`${linesOf(YEAR)}\n${line}`)]);
        expect(deviations).toEqual([]);
      },
    );
  });

  describe('such a line has the time of CloudWatch, or the one in it', () => {
    const text = 'Task timed out after 900.00 seconds';
    const at = (time: string) => `${time}T03:00:00.000Z 5a1ed5a6 ${text}`;
    const event = (time: string) => ({ timestamp: Date.parse(`${time}T03:00:00Z`), message: `5a1ed5a6 ${text}` });
    const error = (time: string) => `${time}T03:00:00.000Z\tundefined\tERROR\tUncaught Exception \t{}`;

    test.each<[string, (time: string) => string]>([
      ['an event', (time) => JSON.stringify({ events: [...asEvents(YEAR), event(time)] })],
      ['a line', (time) => `${linesOf(YEAR)}\n${at(time)}`],
      ['a line of an export', (time) => `${linesOf(YEAR)}\n${time}T03:00:00.000Z ${at(time)}`],
      ['a line of an error', (time) => `${linesOf(YEAR)}\n${error(time)}`],
    ])('%s', async (_form, content) => {
      const inside = await audit([fileOf(content('2026-04-01'))]);
      expect(inside.deviations).toEqual([expect.stringMatching(/^2026-04-01T03:00:00Z,,,unreadable,/)]);
      const after = await audit([fileOf(content('2027-02-01'))]);
      expect({ status: after.status, deviations: after.deviations }).toEqual({ status: 0, deviations: [] });
    });
  });

  test('those of another version are one row, with their number and their times', async () => {
    const later = everyDay()
      .slice(181)
      .map((one) => ({ ...one, schema: 2 }));
    const path = fileOf(linesOf([...everyDay(1, 181), ...later]));
    const { deviations } = await audit([path]);
    expect(deviations).toEqual([
      expect.stringContaining(',gap,no check after 2026-06-30,'),
      expect.stringContaining(
        `unreadable,"${path}, line 182 to line 365: 184 lines: schema 2, and this program reads 1, written from 2026-07-01T03:00:00Z to 2026-12-31T03:00:00Z. The first one: {`,
      ),
    ]);
  });

  test('those that were written after the period are none of it', async () => {
    const { deviations } = await reportOf(...YEAR, { ...check('2027-01-01'), schema: 2 });
    expect(deviations).toEqual([]);
  });

  test('a change without its fields is one too', async () => {
    const { deviations } = await reportOf(...everyDay(), record('2026-04-01', 'change', { change: 'created' }));
    expect(deviations).toEqual([expect.stringContaining('no accessKeyId')]);
  });

  test.each<[string, Line]>([
    ['late without its date', { lateDays: 3, announcedAt: undefined }],
    ['late by a text', { lateDays: '3' }],
    ['late by true', { lateDays: true, announcedAt: '2026-04-01T03:00:00.000Z' }],
    ['announced without its days of delay', { lateDays: undefined, announcedAt: '2026-03-01T03:00:00.000Z' }],
  ])('a change that is %s', async (_what, fields) => {
    const { changes, deviations } = await reportOf(...everyDay(), ...change('2026-04-01', 'created', 'K2', fields));
    expect(changes).toEqual([]);
    expect(deviations).toEqual([expect.stringMatching(/unreadable,.*: no (announcedAt|lateDays|number as lateDays)/)]);
  });

  test.each<[string, (line: string) => Buffer]>([
    ['UTF-8', (line) => Buffer.from(line.replace('"K2"', '"K\xff"'), 'latin1')],
    ['UTF-8, of a run', (line) => Buffer.from(`START RequestId: \xff\n${line}`, 'latin1')],
    ['UTF-16', (line) => Buffer.from(`\ufeff${line.replace('"K2"', '"K\ud800"')}`, 'utf16le')],
  ])('a line with bytes that are no text in %s', async (_encoding, bytes) => {
    const { changes, deviations, status } = await audit([fileOf(linesOf(YEAR)), fileOf(bytes(linesOf([KEY[0]])))]);
    expect({ changes, status }).toEqual({ changes: [ROW], status: 1 });
    expect(deviations).toEqual([
      expect.stringContaining(', line 1: bytes that are no text in the encoding of the file: '),
    ]);
  });

  test('after a damaged first line too, lines end only at their ends', async () => {
    const ends = ['\u2028', '\u2029', '\u0085'].map((end) => check('2026-04-02', { message: `a${end}b` }));
    const lines = (first: string) => audit([fileOf([first, linesOf(YEAR), linesOf(ends)].join('\n'))]);
    const { changes, deviations } = await lines(JSON.stringify(KEY[0]).slice(0, 70));
    expect({ changes, deviations }).toEqual({
      changes: [ROW],
      deviations: [expect.stringContaining(', line 1: damaged or cut off: ')],
    });
    expect((await lines('')).deviations).toEqual([]);
  });

  test('their number counts blank lines', async () => {
    const { deviations } = await audit([fileOf(`\n\n${JSON.stringify(KEY[0]).slice(0, 70)}\n${linesOf(YEAR)}`)]);
    expect(deviations).toEqual([expect.stringContaining(', line 3: damaged or cut off: ')]);
  });

  test('events of which there are more', async () => {
    const { deviations } = await audit([fileOf(JSON.stringify({ events: asEvents(YEAR), NextToken: 'x' }))]);
    expect(deviations).toEqual([expect.stringContaining('there are more events')]);
  });

  test('one page of events', async () => {
    const page = (events: readonly Line[]) =>
      JSON.stringify({ events: asEvents(events), nextForwardToken: 'f/1', nextBackwardToken: 'b/1' });
    const { changes, deviations, status } = await audit([fileOf(page(YEAR))]);
    expect({ changes, status }).toEqual({ changes: [ROW], status: 1 });
    expect(deviations).toEqual([
      expect.stringContaining(
        'the end: one page of `aws logs get-log-events`, and there can be more: use `aws logs filter-log-events`',
      ),
    ]);
  });

  test('a query that matches more lines than its output has', async () => {
    const output = (recordsMatched: unknown, results: unknown[] = asRows(YEAR)) =>
      audit([
        fileOf(linesOf(YEAR)),
        fileOf(JSON.stringify({ status: 'Complete', statistics: { recordsMatched }, results })),
      ]);
    const row = expect.stringContaining('the end: the query matches more lines than the output has: ');
    expect(await output(YEAR.length + 1)).toMatchObject({ status: 1, deviations: [row] });
    expect(await output(1, [])).toMatchObject({ status: 1, deviations: [row] });
    const idle = { account: ACCOUNT, Rotation: ROTATION, username: 'alice', action: 'create' };
    const times = { first: '2026-04-01 03:00:00.000', last: '2026-04-01 03:00:00.000' };
    const aggregated = [Object.entries({ ...idle, ...times }).map(([field, value]) => ({ field, value }))];
    for (const complete of [output(YEAR.length), output(0, []), output('many'), output(365, aggregated)]) {
      expect(await complete).toMatchObject({ status: 0, deviations: [] });
    }
  });

  test('a query that is not complete', async () => {
    const { deviations } = await audit([fileOf(JSON.stringify({ status: 'Running', results: asRows(YEAR) }))]);
    expect(deviations).toEqual([expect.stringContaining('status: the query is not complete: Running')]);
  });

  test('control characters of a damaged line are not in the report', async () => {
    const { stdout } = await audit([fileOf(`${linesOf(YEAR)}\n{"schema":1,\u001b[31m`)]);
    expect(stdout).toContain('damaged or cut off: {"schema":1, [31m');
    expect(stdout).not.toContain('\u001b');
  });
});

test('names that a spreadsheet would take for a formula, with quotes and commas, are text', async () => {
  const { changes } = await reportOf(
    ...change('2026-04-01', 'created', 'a,"b"', { username: '=1+1' }),
    ...change('2026-04-02', 'created', 'K2', { username: '@x' }),
  );
  expect(changes[0]).toMatch(/^2026-04-01T03:00:00Z,'=1\+1,"a,""b""",created,/);
  expect(changes[1]).toMatch(/^2026-04-02T03:00:00Z,'@x,/);
});

describe('the end of the period', () => {
  test('is now at the latest: days that are to come are no gap', async () => {
    const files = [fileOf(linesOf(everyDay(1, 90)))];
    const { deviations, stdout } = await audit([...files, '--now', '2026-03-31T12:00:00Z']);
    expect(deviations).toEqual([]);
    expect(stdout).toContain('Access keys from 2026-01-01 to 2026-03-31 (UTC)');
    expect(stdout).toContain('--to 2026-12-31 is not over: the report ends at 2026-03-31T12:00:00Z');
  });

  test('a change that is announced for a time to come is not missing', async () => {
    const announced = notification('2026-03-20', 'created', 'K2', {
      deactivatedAt: '2026-04-03T03:00:00.000Z',
      previousAccessKeyIds: ['K1'],
    });
    const created = change('2026-03-20', 'created', 'K2');
    const file = fileOf(linesOf([...everyDay(1, 90), ...created, announced]));
    expect((await audit([file, '--now', '2026-03-31T12:00:00Z'])).deviations).toEqual([]);
  });
});

test('text that is no valid Unicode is in the report', async () => {
  const { changes, status } = await reportOf(...change('2026-04-01', 'created', '\ud800'));
  expect(changes).toEqual([expect.stringContaining(',\\ud800,created,')]);
  expect(status).toBe(1);
});

test('an error that nobody foresaw is one line, and the exit status is 2', async () => {
  // The rows of a query have no key for it: an object is no key of another one.
  const { status, stderr, stdout } = await audit([fileOf(JSON.stringify({ results: [[{ field: {}, value: 'x' }]] }))]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(
    /^access-key-audit: an unexpected TypeError: .+ Report it as a bug, with the lines of the log\n$/,
  );
});

describe('an output that cannot be written is an error, not a deviation', () => {
  test.each([
    ['a full disk', '>/dev/full', 'No space left on device'],
    ['a closed output', '>&-', 'the standard output is closed'],
  ])('%s', async (_what, redirection, why) => {
    const { status, stderr, directory } = await audit([fileOf(linesOf(YEAR))], { redirection });
    expect(status).toBe(2);
    expect(stderr).toBe(
      `access-key-audit: the files are in ${directory}, but the output could not be written: ${
        why.startsWith('No') ? '[Errno 28] ' : ''
      }${why}\n`,
    );
    expect(readdirSync(directory)).toContain('report.txt');
  });

  test('a pipe whose reader ended', async () => {
    // The program reads its input until the reader of its output has ended.
    const redirection = '>"$FIFO"';
    const directory = mkdtempSync(join(tmpdir(), 'pipe-'));
    const FIFO = join(directory, 'pipe');
    execFileSync('mkfifo', [FIFO]);
    const reader = spawn('head', ['-c', '0', FIFO]);
    const isOver = new Promise((resolve) => reader.on('close', resolve));
    const { status, stderr } = await audit(['-'], {
      redirection,
      env: { FIFO },
      input: isOver.then(() => linesOf(YEAR)),
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/but the output could not be written: \[Errno 32\] Broken pipe\n$/);
  });

  test.each(['>&- 2>&-', '2>&-', '2>/dev/full'])('also an error that cannot be written: %s', async (redirection) => {
    expect((await audit(['/nowhere/log'], { redirection })).status).toBe(2);
  });

  test('an input that is closed', async () => {
    const { status, stderr } = await audit(['-'], { redirection: '<&-' });
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'access-key-audit: -: the standard input is closed\n' });
  });
});

describe('a time that no calendar of the program has', () => {
  test.each(['deactivatedAt', 'replacedAt', 'deletedAt', 'announcedAt', 'until'])(
    'as %s makes the line unreadable',
    async (name) => {
      for (const time of ['9999-12-31T03:00:00.000Z', 'soon']) {
        const line = notification('2026-04-01', 'created', 'K2', { [name]: time });
        const { deviations } = await reportOf(...everyDay(), ...change('2026-04-01', 'created', 'K2'), line);
        expect(deviations).toContainEqual(expect.stringContaining(`: no time as ${name}: {`));
      }
    },
  );

  test.each(['0001-01-01T03:00:00.000Z', '9999-12-31T03:00:00.000Z'])('as the time of a line: %s', async (at) => {
    const { deviations } = await reportOf(...YEAR, { ...KEY[0], at });
    expect(deviations).toEqual([expect.stringContaining('no ""at"" or no ""record""')]);
  });

  test.each(['0001-01-01', '9999-12-31'])('as a day of an option: %s', async (day) => {
    const { status, stderr } = await audit(['x'], { options: ['--from', day, '--to', day] });
    expect(status).toBe(2);
    expect(stderr).toContain(`"${day}" is not a day of the years 1970 to 8999`);
  });
});

describe('records of several rotations', () => {
  const other = (records: readonly Line[], fields: Line) => records.map((one) => ({ ...one, ...fields }));
  const inAnotherAccount = { account: '444455556666' };

  test.each<[string, Line]>([
    ['of another account', inAnotherAccount],
    ['of the same account', { Rotation: 'eu-west-1/Others/2' }],
  ])('%s are not mixed: each has its users, its gaps and its deviations', async (_what, fields) => {
    const retired = { deactivatedAt: '2026-04-15T03:00:00.000Z', previousAccessKeyIds: ['K1'] };
    const { changes, deviations, stdout, directory } = await reportOf(
      ...everyDay(),
      ...KEY,
      ...other(everyDay(1, 100), fields),
      ...other(
        [notification('2025-12-31', 'created', 'K2', retired), ...change('2026-04-15', 'deactivated', 'K1')],
        fields,
      ),
    );
    const { account = ACCOUNT, Rotation = ROTATION } = fields as { account?: string; Rotation?: string };
    const suffix = `,${account},${Rotation}`;
    expect(changes).toEqual([ROW, expect.stringMatching(new RegExp(`^2026-04-15T03:00:00Z,alice,K1.+${suffix}$`))]);
    expect(deviations).toEqual([
      `2026-04-11T00:00:00Z,,,gap,no check after 2026-04-10,"no check ran, or the log is not complete"${suffix}`,
      `2026-04-15T03:00:00Z,alice,K1,not notified,"deactivated, and no notification of it is on record",${suffix}`,
    ]);
    const part = (of: string, name: string, since: string) =>
      `Rotation ${name} of account ${of}\nRecords are known since ${since}: what was announced before is not known\n\nalice: `;
    expect(stdout).toContain(`${part(ACCOUNT, ROTATION, '2026-01-01')}1 created\n\nNo deviation`);
    expect(stdout).toContain(`${part(account, Rotation, '2025-12-31')}1 deactivated\n\n2 deviations`);
    const pictures = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.svg'),
    );
    expect(pictures).toHaveLength(2);
  });
});

test('a long name of a rotation or a user is a short name of a file, and no two are the same', async () => {
  const [one, other] = ['1', '2'].map((end) => ({ Rotation: `eu-west-1/${'A'.repeat(100)}${end}/01234567` }));
  const names = ['1', '2'].map((end) => `${'B'.repeat(63)}${end}`);
  const { directory, status } = await reportOf(
    ...everyDay().flatMap((day) =>
      [one, other].flatMap((of) => names.map((username) => ({ ...day, ...of, username }))),
    ),
  );
  expect(status).toBe(0);
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  expect(files.filter((name) => name.endsWith('.svg'))).toHaveLength(4);
  for (const name of files.flatMap((path) => path.split('/'))) expect(name.length).toBeLessThan(130);
});

test('no value of a record is markup in a picture', async () => {
  const username = '<script>"&';
  const { directory } = await reportOf(...change('2026-04-01', 'created', '<K2>', { username }));
  const [name] = readdirSync(directory).filter((file) => file.endsWith('.svg'));
  const svg = readFileSync(join(directory, name), 'utf8');
  expect(svg).not.toMatch(/<script|<K2/);
  expect(svg).toContain('&lt;script&gt;');
});

describe('an error names the value and the fix, with exit status 2', () => {
  const file = () => fileOf(linesOf(YEAR));
  const year = (from: string, to: string) => ({ options: ['--from', from, '--to', to] });

  test.each<[string, string[], Parameters<typeof audit>[1], string]>([
    ['a day that does not exist', [], year('2026-02-30', '2026-12-31'), '"2026-02-30" is not a day such as 2026-12-31'],
    ['an end before the start', ['x'], year('2026-12-31', '2026-01-01'), '--to 2026-01-01 is before --from 2026-12-31'],
    ['no source', [], {}, 'pass files or --log-group, and not both'],
    ['two kinds of sources', ['--log-group', 'x', 'y'], {}, 'pass files or --log-group, and not both'],
    ['a file that does not exist', ['/nowhere/log'], {}, '/nowhere/log: [Errno 2] No such file or directory'],
    [
      'a start in the future',
      ['x'],
      year('2027-07-01', '2027-07-02'),
      '--from 2027-07-01 is in the future: it is 2027-06',
    ],
    ['a time that is none', ['x', '--now', 'noon'], {}, '"noon" is not a time such as 2026-12-31T12:00:00Z'],
    [
      'the standard input twice',
      ['-', '-'],
      {},
      '- is there twice, and the standard input can be read once. Pass it once',
    ],
    ['a directory', [tmpdir()], {}, `${tmpdir()} is a directory. Pass the files in it`],
  ])('%s', async (_what, sources, options, message) => {
    const { status, stderr, stdout } = await audit(sources, options);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('a file that is cut off in its compressed data', async () => {
    const { status, stderr } = await audit([fileOf(gzipSync(linesOf(YEAR)).subarray(0, 200))]);
    expect(status).toBe(2);
    expect(stderr).toContain('Compressed file ended before');
  });

  test('the result of a query without the messages', async () => {
    const rows = [[{ field: '@timestamp', value: '2026-04-01 03:00:00.000' }]];
    const { status, stderr } = await audit([fileOf(JSON.stringify({ results: rows }))]);
    expect(status).toBe(2);
    expect(stderr).toContain('row 1 has no @message. Add it to the fields of the query');
  });

  test.each<[string, unknown, string]>([
    ['events', { events: 7 }, '"events" is not the list of `aws logs filter-log-events`'],
    ['an event', { events: [7] }, '"events" is not the list of `aws logs filter-log-events`'],
    ['results', { results: { rows: 1 } }, 'row 1 is not one of `aws logs get-query-results`'],
    ['a row', { results: [[7]] }, 'row 1 is not one of `aws logs get-query-results`'],
  ])('a document in which %s has another form', async (_what, document, message) => {
    const { status, stderr } = await audit([fileOf(JSON.stringify(document))]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a file in an encoding that no byte order mark names', async () => {
    const { status, stderr } = await audit([fileOf(Buffer.from(linesOf(YEAR), 'utf16le'))]);
    expect(status).toBe(2);
    expect(stderr).toContain('neither UTF-8 nor UTF-16 with a byte order mark. Convert it to UTF-8');
  });

  test('events without their messages', async () => {
    const events = asEvents(YEAR).map(({ timestamp }) => ({ timestamp }));
    const ofConsole = YEAR.map((one) => ({ '@timestamp': one.at, '@message': one }));
    for (const list of [events, ofConsole]) {
      const { status, stderr } = await audit([fileOf(JSON.stringify(list))]);
      expect(status).toBe(2);
      expect(stderr).toContain(
        'event 1 has no "message" with the text of the line. Pass the complete output of `aws logs filter-log-events` or `aws logs get-query-results`\n',
      );
    }
  });

  test('a directory with files of another report, which stay', async () => {
    const { directory } = await audit([file()]);
    const before = readdirSync(directory);
    const { status, stderr } = await audit([file(), '--output', directory]);
    expect(status).toBe(2);
    expect(stderr).toContain(`--output ${directory} has files already. Pass a new directory, or empty it`);
    expect(readdirSync(directory)).toEqual(before);
  });

  test('a directory that cannot be written', async () => {
    const { status, stderr } = await audit([file(), '--output', file()]);
    expect(status).toBe(2);
    expect(stderr).toContain('File exists');
  });
});

describe('CloudWatch', () => {
  const SOURCE = ['--log-group', '/rotation/log'];
  const insights = (log: string, more: NodeJS.ProcessEnv = {}) => {
    const directory = mkdtempSync(join(tmpdir(), 'insights-'));
    writeFileSync(join(directory, 'log'), log);
    return { env: { INSIGHTS: directory, ...more } };
  };

  const DAMAGED = [
    JSON.stringify(KEY[0]).slice(0, 70),
    JSON.stringify(KEY[0]).slice(20),
    JSON.stringify({ ...KEY[0], schema: 2 }),
    JSON.stringify({ ...check('2026-04-01'), schema: 2 }),
    // The end of a line with metrics, as a check at which nothing was due has it.
    ...[{ account: undefined }, { action: undefined }, { message: undefined }, { level: 'EROR' }].map((fields) =>
      JSON.stringify({ ...check('2026-04-01'), ...fields, _aws: {} }),
    ),
    JSON.stringify(check('2026-04-01')).slice(0, -20),
    '{"level":"INFO"}',
  ];

  test.each<[string, string, number?]>([
    ['a year on schedule', linesOf(YEAR)],
    ['a year with a gap', linesOf(YEAR.filter(({ at }) => !(at as string).startsWith('2026-08-1')))],
    [
      'damaged lines, and those of other versions',
      [linesOf(YEAR.slice(0, 90)), ...DAMAGED, linesOf(YEAR)].join('\n'),
      DAMAGED.length,
    ],
    [
      'lines of the Lambda runtime, one of them of a run that failed',
      `START RequestId: 1\n${linesOf(YEAR)}\nEND RequestId: 1\nREPORT RequestId: 1\tDuration: 1 ms\nREPORT RequestId: 1\tStatus: timeout`,
      1,
    ],
  ])('has the same report as files: %s', async (_what, log, damaged = 0) => {
    const ofFile = await audit([fileOf(log)]);
    const ofGroup = await audit(SOURCE, insights(log));
    // A file has no time of a line that has none in it.
    const withoutPlace = (row: string) => row.replace(/^[^,]*(,,,unreadable,")[^:]+: /, '$1');
    const rows = ({ status, changes, deviations }: Awaited<ReturnType<typeof audit>>) => [
      status,
      changes,
      deviations.map(withoutPlace).sort(),
    ];
    expect(rows(ofGroup)).toEqual(rows(ofFile));
    expect(ofGroup.changes).toEqual([ROW]);
    const unreadable = ofGroup.deviations.filter((row) => row.includes(',unreadable,'));
    const lines = unreadable.map((row) => Number(/ (\d+) lines: /.exec(row)?.[1] ?? 1));
    expect(lines.reduce((sum, number) => sum + number, 0)).toBe(damaged);
  });

  test('a period with more records than a query returns is read in parts', async () => {
    const many = Array.from({ length: 12_000 }, (_, index) => {
      const at = new Date(Date.UTC(2026, 0, 1, 0, index * 40)).toISOString().slice(0, 16);
      return change(at, 'created', `K${index}`, { username: `user-${index % 500}` })[0];
    });
    const { changes } = await audit(SOURCE, insights(linesOf(many)));
    expect(changes).toHaveLength(12_000);
  });

  test('what was announced before the period is read for 400 days, or as many as an option says', async () => {
    const log = linesOf([
      ...change('2025-01-12', 'created', 'K1'),
      notification('2025-01-12', 'created', 'K1', { replacedAt: '2026-01-12T03:00:00.000Z' }),
      ...everyDay().map((one) => ({ ...one, _aws: {} })),
    ]);
    const year = await audit(SOURCE, insights(log));
    expect(year.deviations).toEqual([expect.stringContaining('missing,"replacement, announced for 2026-01-12"')]);
    expect(year.stdout).toContain(
      '\n365 more are of checks at which nothing was due: of a query, the first and the last one of each day\n',
    );
    expect(year.stdout).toContain('/rotation/log was read from 2024-11-27 on: if a key can be announced more than');
    expect((await audit([...SOURCE, '--days-before', '100'], insights(log))).deviations).toEqual([]);
    const { status, stderr } = await audit([...SOURCE, '--days-before', 'x'], insights(log));
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('"x" is not a number of days') });
  });

  test('more records in one second than a query returns are an error', async () => {
    const many = Array.from({ length: 10_001 }, (_, index) => change('2026-04-01', 'created', `K${index}`)[0]);
    const day = ['--from', '2026-04-01', '--to', '2026-04-01'];
    const { status, stderr } = await audit(SOURCE, { ...insights(linesOf(many)), options: day });
    expect(status).toBe(2);
    // A query has both of its ends.
    expect(stderr).toMatch(/log has more than 10000 records in the second of 2026-04-01T(02:59:59|03:00:00)/);
  });

  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['a query that fails', { INSIGHTS_STATUS: 'Failed' }, 'the query of /rotation/log ended as Failed'],
    [
      'a call that is denied',
      { INSIGHTS_ERROR: 'AccessDeniedException: no' },
      'aws logs start-query failed: AccessDenied',
    ],
    [
      'an answer that is no JSON',
      { INSIGHTS_OUTPUT: 'Hello' },
      'aws logs start-query: its output is not a JSON object',
    ],
    ['an answer without its field', { INSIGHTS_OUTPUT: '{}' }, 'aws logs start-query: its output has no "queryId"'],
  ])('%s is an error', async (_what, more, message) => {
    const { status, stderr } = await audit(SOURCE, insights(linesOf([check('2026-04-01')]), more));
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('no configuration of the caller makes the CLI wait for a person', async () => {
    const env = { AWS_PAGER: 'less', AWS_CLI_AUTO_PROMPT: 'on' };
    expect(await audit(SOURCE, insights(linesOf(YEAR), env))).toMatchObject({ status: 0, changes: [ROW] });
  });

  test('without the AWS CLI, the error says so', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bin-'));
    const { status, stderr } = await audit(SOURCE, { env: { PATH: directory } });
    expect(status).toBe(2);
    expect(stderr).toContain('the AWS CLI is not installed. Install it, or pass files');
  });
});
