/** Runs the commands of messages and documents in a shell, with the AWS CLI, against the emulator. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ClientConfig } from './emulator';
import { emulatorPython } from './virtual-environment';

const run = promisify(execFile);
const CLI = join(__dirname, 'cli');

/** @returns the stdout of the command, which runs in a directory of its own; throws with its stderr */
export async function shell(command: string, { endpoint, region, credentials }: ClientConfig): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'home-'));
  // Node connects a child's stdin and stdout to sockets. Bash reads startup files if stdin is a socket, and /dev/stdout
  // cannot be opened if stdout is one.
  const { stdout } = await run(
    'bash',
    ['--norc', '-c', 'bash --norc -euo pipefail -c "$0" < /dev/null | cat; exit ${PIPESTATUS[0]}', command],
    {
      cwd: directory,
      env: {
        ...(await cliEnvironment()),
        HOME: directory, // has no AWS profile
        AWS_ENDPOINT_URL: endpoint,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    },
  );
  return stdout;
}

/** What a process needs so that `aws` is the AWS CLI of the tests. */
export async function cliEnvironment(): Promise<Record<'PATH' | 'AWS_CLI_PYTHON' | 'AWS_CLI_SOCKET', string>> {
  return {
    PATH: `${CLI}${delimiter}${process.env.PATH}`,
    AWS_CLI_PYTHON: await emulatorPython(),
    AWS_CLI_SOCKET: await (cli ??= startCli()),
  };
}

let cli: Promise<string> | undefined;

/** The server ends with this process: its stdin is closed then. */
async function startCli(): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'aws-cli-')), 'socket');
  const server = spawn(await emulatorPython(), ['-B', join(CLI, 'aws_cli.py'), path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  for (const handle of [server, server.stdin, server.stdout] as unknown as { unref(): void }[]) handle.unref();
  return path;
}

/** The commands in a message: on lines of their own, in parentheses or after a colon. */
export function commandsIn(text: string): string[] {
  const found = text.matchAll(/^ {2}(aws [a-z].*)$|(?:\(|: )(aws [a-z].*?)(?:$|\)[,.;]?(?= |$))/gm);
  return [...found].map(([, line, inSentence]) => line ?? inSentence);
}
