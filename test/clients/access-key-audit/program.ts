/** Runs the program on records, as the log has them, and reads what it wrote. */
import { execFile, execFileSync } from 'child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { delimiter, join } from 'path';
import { LOG_SCHEMA } from '../../../src/contract/log-records';

const PROGRAM = join(__dirname, '../../../clients/access-key-audit');
/** Not a launcher of a version manager, which would put its own directory first on the path. */
export const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
const YEAR = ['--from', '2026-01-01', '--to', '2026-12-31'];
/** Of a time at which the year is over. */
const NOW = ['--now', '2027-06-01T00:00:00Z'];

export const ACCOUNT = '111122223333';
export const ROTATION = 'eu-west-1/Keys/1';
const OF_ALL = `,${ACCOUNT},${ROTATION}`;

export type Line = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly directory: string;
  /** The rows of changes.csv and deviations.csv, without the header, and without the account and rotation of all. */
  readonly changes: string[];
  readonly deviations: string[];
}

/** Such as "2026-04-01" for the third hour of that day, "2026-04-01T05:00", or a complete time. */
function timeOf(at: string): string {
  if (at.endsWith('Z')) return at;
  return at.includes('T') ? `${at}:00.000Z` : `${at}T03:00:00.000Z`;
}

export function record(at: string, name: string, fields: Line): Line {
  return {
    level: 'INFO',
    schema: LOG_SCHEMA,
    at: timeOf(at),
    account: ACCOUNT,
    Rotation: ROTATION,
    record: name,
    message: `a ${name}`,
    username: 'alice',
    ...fields,
  };
}

export const check = (at: string, fields: Line = {}) =>
  record(at, 'outcome', { action: 'create', outcome: 'not-due', invokedBy: 'check', ...fields });

export const change = (at: string, what: string, accessKeyId: string, fields: Line = {}) => [
  record(at, 'change', { change: what, accessKeyId, reason: 'schedule', invokedBy: 'check', lateDays: 0, ...fields }),
];

export const notification = (at: string, event: string, accessKeyId: string, fields: Line = {}) =>
  record(at, 'notification', { event, accessKeyId, sent: true, ...fields });

/** A check on every day of the year. */
export function everyDay(interval = 1, until = 365): Line[] {
  const days = Array.from({ length: until }, (_, day) => day).filter((day) => day % interval === 0);
  return days.map((day) => check(new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10)));
}

export const linesOf = (records: readonly Line[]) => records.map((one) => JSON.stringify(one)).join('\n');

export function fileOf(content: string | Buffer): string {
  const path = join(mkdtempSync(join(tmpdir(), 'log-')), 'log');
  writeFileSync(path, content);
  return path;
}

/** The report of records in a file. */
export const reportOf = (...records: readonly Line[]) => audit([fileOf(linesOf(records))]);

export interface Run {
  readonly options?: string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Promise<string>;
  /** Of the shell. */
  readonly redirection?: string;
}

export async function audit(
  sources: readonly string[],
  { options = YEAR, env = {}, input = '', redirection = '' }: Run = {},
): Promise<Answer> {
  const directory = mkdtempSync(join(tmpdir(), 'audit-'));
  const PATH = `${join(__dirname, 'bin')}${delimiter}${process.env.PATH}`;
  const ended = await new Promise<Pick<Answer, 'status' | 'stdout' | 'stderr'>>((resolve) => {
    const child = execFile(
      '/bin/sh', // also if the path has none
      ['-c', `"$@" ${redirection}`, 'sh', PYTHON, '-B', PROGRAM, ...NOW, ...options, '--output', directory, ...sources],
      { env: { ...process.env, PATH, ...env }, maxBuffer: 100_000_000 },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin!.on('error', () => undefined); // the program can end before it reads
    void Promise.resolve(input).then((text) => child.stdin!.end(text));
  });
  const rows = (name: string) => {
    const path = join(directory, name);
    const all = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\r\n').slice(1) : [];
    return all.map((row) => (row.endsWith(OF_ALL) ? row.slice(0, -OF_ALL.length) : row));
  };
  return { ...ended, directory, changes: rows('changes.csv'), deviations: rows('deviations.csv') };
}
