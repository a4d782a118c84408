import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, range, table } from './statistics';
import { USERS_FILE } from '../src/contract/settings';

const ROOT = join(__dirname, '..');
const ROUNDS = 5;

/** The time of a check with nothing to do in a warm function, without the AWS calls, for 1 and for 5,000 users. */
export function warmCheck(progress: (line: string) => void): string {
  const rows = [1, 5_000].map((users) => {
    const times = Array.from({ length: ROUNDS }, (_, round) => {
      progress(`warm check of ${users} users, round ${round + 1} of ${ROUNDS}`);
      return once(users);
    });
    const of = (name: keyof Times) =>
      `${median(times.map((time) => time[name])).toFixed(3)} (${range(
        times.map((time) => time[name]),
        3,
      )})`;
    return [users, of('check'), of('empty')];
  });
  return table(['users', 'check with nothing to do, ms', 'empty handler, ms'], rows);
}

export interface Times {
  readonly check: number;
  readonly empty: number;
}

/** In a separate process. Its standard output, the log of the handler, is discarded. */
function once(users: number): Times {
  const taskRoot = mkdtempSync(join(tmpdir(), 'task-'));
  writeFileSync(
    join(taskRoot, USERS_FILE),
    JSON.stringify(Array.from({ length: users }, (_, index) => [`user-${index}`, {}])),
  );
  const answer = join(taskRoot, 'times.json');
  try {
    execFileSync(
      process.execPath,
      ['-r', 'ts-node/register/transpile-only', join(__dirname, 'warm-check-once.ts'), answer],
      {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          PATH: process.env.PATH,
          TS_NODE_PROJECT: 'tsconfig.dev.json',
          LAMBDA_TASK_ROOT: taskRoot,
          AWS_REGION: 'eu-west-1',
          AWS_ACCESS_KEY_ID: 'none',
          AWS_SECRET_ACCESS_KEY: 'none',
          TOPIC_ARN: 'arn:aws:sns:eu-west-1:111122223333:topic',
          ROTATION: 'bench',
          DRY_RUN: 'false',
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        },
      },
    );
    return JSON.parse(readFileSync(answer, 'utf8')) as Times;
  } finally {
    rmSync(taskRoot, { recursive: true });
  }
}
