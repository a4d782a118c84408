/** Runs what people are told to run, in a shell, with the AWS CLI, against the emulator. */
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

/** @returns what it prints; fails with what it complains of */
export async function shell(command: string, { endpoint, region, credentials }: ClientConfig): Promise<string> {
  // Node gives a child sockets, and a socket can neither be opened as /dev/stdout nor is it what bash expects of a
  // person.
  const { stdout } = await run(
    'bash',
    ['--norc', '-c', 'bash --norc -euo pipefail -c "$0" < /dev/null | cat; exit ${PIPESTATUS[0]}', command],
    {
      env: {
        PATH: `${CLI}${delimiter}${process.env.PATH}`,
        HOME: mkdtempSync(join(tmpdir(), 'home-')), // no profile of whoever runs the tests
        AWS_CLI_PYTHON: await emulatorPython(),
        AWS_CLI_SOCKET: await (cli ??= startCli()),
        AWS_ENDPOINT_URL: endpoint,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    },
  );
  return stdout;
}

let cli: Promise<string> | undefined;

/** It ends with this process, however that happens. */
async function startCli(): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'aws-cli-')), 'socket');
  const server = spawn(await emulatorPython(), ['-B', join(CLI, 'aws_cli.py'), path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  for (const handle of [server, server.stdin, server.stdout] as unknown as { unref(): void }[]) handle.unref();
  return path;
}

/** The commands in a message: on lines of their own, or in parentheses. */
export function commandsIn(text: string): string[] {
  return [...text.matchAll(/(?:^ {2}|\(|: )(aws [a-z].*?)(?:$|\)[,.;]?(?= |$))/gm)].map(([, command]) => command);
}
