/** The log of a user, and the time that a report for auditors takes for a year of 500 users. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, range, table } from './statistics';
import { DAY } from '../src/contract/ages';
import { ACTIONS } from '../src/contract/events';
import { log } from '../src/rotator/aws/log';
import { AwsNotifications } from '../src/rotator/aws/notifications';
import { EventBridgeClient, SNSClient } from '../src/rotator/aws/sdk';
import { handleCheck } from '../src/rotator/handlers/check';
import { Invocation } from '../src/rotator/handlers/invocation';
import { ModelAws } from '../test/fake-aws/fake-aws';
import { CONTEXT } from '../test/rotator/support';

const PROGRAM = join(__dirname, '../clients/access-key-audit');
const USERS = 500;
const YEAR = ['--from', '2026-01-01', '--to', '2026-12-31', '--now', '2027-01-01T00:00:00Z'];
const ROUNDS = 3;
/** What CloudWatch counts for each event, beside its text. https://aws.amazon.com/cloudwatch/pricing/ */
const EVENT_BYTES = 26;
const IDS_OF_KEYS = /AKIA(\d{4})/g;

export async function audit(progress: (line: string) => void): Promise<{ bytes: string; report: string }> {
  const lines = await yearOfUser();
  progress(`the log of a year: ${lines.length} records of a user`);
  const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + EVENT_BYTES, 0);
  const bytes = table(
    ['', 'records', 'kB'],
    [['a user and month', (lines.length / 12).toFixed(0), (size / 12 / 1000).toFixed(1)]],
  );
  const directory = mkdtempSync(join(tmpdir(), 'audit-'));
  try {
    const file = join(directory, 'log');
    writeYear(file, lines);
    progress(`a report of ${USERS} users, ${ROUNDS} rounds`);
    const rounds = Array.from({ length: ROUNDS }, (_, round) => report(file, join(directory, `report-${round}`)));
    const figures = (values: number[]) => `${median(values).toFixed(1)} (${range(values, 1)})`;
    const row = [
      `a year of ${USERS} users`,
      (statSync(file).size / 1e6).toFixed(0),
      figures(rounds.map(({ seconds }) => seconds)),
      figures(rounds.map(({ megabytes }) => megabytes)),
    ];
    return { bytes, report: table(['', 'log, MB', 'CPU time, s', 'memory, MB'], [row]) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Three checks a day of one user, with the notifications of its rotations. */
async function yearOfUser(): Promise<string[]> {
  const aws = new ModelAws();
  const lines: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => {
    const line = JSON.parse(String(text)) as { at: string };
    lines.push(JSON.stringify({ ...line, at: aws.now.toISOString() }));
    return true;
  };
  const sns = { send: async () => ({ MessageId: '567910cd-659e-55d4-8ccb-5aaf14679dc0' }) } as unknown as SNSClient;
  const eventBridge = { send: async () => ({ FailedEntryCount: 0 }) } as unknown as EventBridgeClient;
  const { account, region, rotation } = CONTEXT;
  const clock = { sleep: async () => undefined, remainingTime: () => 300_000 };
  const notifications = new AwsNotifications(sns, eventBridge, { topicArn: 'topic', account, rotation, region }, clock);
  const invocation: Invocation = {
    users: new Map([['user-000', {}]]),
    portsFor: () => ({ ...aws.tools(), notifications, writeRecord: (record) => log('INFO', CONTEXT, { ...record }) }),
    notifications,
    dryRun: false,
    requestId: 'bench',
    clock,
    context: CONTEXT,
  };
  try {
    const start = aws.now.getTime();
    for (let day = 0; day < 365; day++) {
      for (const [index, action] of ACTIONS.entries()) {
        aws.now = new Date(start + day * DAY + index * 8 * 3_600_000);
        await handleCheck({ action, username: 'user-000', ifDue: true }, invocation);
      }
    }
  } finally {
    process.stdout.write = write;
  }
  return lines;
}

/** The same for each user, with a name and keys of its own. */
function writeYear(path: string, lines: readonly string[]): void {
  const file = openSync(path, 'w');
  const text = lines.join('\n');
  for (let user = 0; user < USERS; user++) {
    const number = String(user).padStart(3, '0');
    writeSync(file, `${text.replaceAll('user-000', `user-${number}`).replace(IDS_OF_KEYS, `AKIA${number}$1`)}\n`);
  }
  closeSync(file);
}

const MEASURED = `
import resource, runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name='__main__')
except SystemExit as end:
    if end.code != 0:
        raise
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)
`;

function report(file: string, output: string): { seconds: number; megabytes: number } {
  const printed = execFileSync('python3', ['-c', MEASURED, PROGRAM, ...YEAR, '--output', output, file], {
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  const changes = readFileSync(join(output, 'changes.csv'), 'utf8').trim().split('\n').length - 1;
  if (changes % USERS !== 0 || changes < 10 * USERS) {
    throw new Error(`the report has ${changes} changes of ${USERS} users`);
  }
  const [seconds, megabytes] = printed.trim().split('\n').at(-1)!.split(' ').map(Number);
  return { seconds, megabytes };
}
