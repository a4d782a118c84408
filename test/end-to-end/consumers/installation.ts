/** The program of clients/ on a machine of a test, with the AWS CLI, the local AWS, and its clock. */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { BIN, PROGRAM } from '../../clients/machine';
import { cliEnvironment } from '../../local-aws/command-line';
import type { Emulator } from '../../local-aws/emulator';

const run = promisify(execFile);

export class Installation {
  /** A machine that a person with an AWS identity has set up, for one secret, as the default profile. */
  public static async of(emulator: Emulator, secret: string, ...options: string[]): Promise<Installation> {
    const { endpoint, region, credentials } = emulator.clientConfig;
    const home = mkdtempSync(join(tmpdir(), 'consumer-'));
    const cli = await cliEnvironment();
    mkdirSync(join(home, 'bin'));
    symlinkSync(join(BIN, 'date'), join(home, 'bin', 'date'));
    const installation = new Installation(emulator, home, {
      ...cli,
      PATH: [join(home, 'bin'), cli.PATH].join(delimiter),
      HOME: home,
      FAKE_AWS: home, // where `date` reads the time
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region, // for boto3
    });
    await installation.setClock();
    await installation.program(
      ['--install', '--secret', secret, '--region', region, '--profile', 'default', ...options],
      { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    );
    return installation;
  }

  private readonly consumers: ChildProcessWithoutNullStreams[] = [];

  private constructor(
    private readonly emulator: Emulator,
    public readonly home: string,
    private readonly env: Record<string, string>,
  ) {}

  /** The clock of the machine shows the time of the local AWS, and this many seconds more. */
  public async setClock(seconds = 0): Promise<Date> {
    const now = await this.emulator.now();
    this.showTime(now.getTime() + seconds * 1000);
    return now;
  }

  /** The clock of the machine shows this time, in milliseconds. */
  public showTime(now: number): void {
    const time = join(this.home, 'now');
    writeFileSync(`${time}.new`, `${Math.floor(now / 1000)}\n`);
    renameSync(`${time}.new`, time); // in one step: the program may be reading it
  }

  /** Runs the program. @returns its stdout; throws with its `code` and `stderr` */
  public async program(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    return (await run(PROGRAM, args, { env: { ...this.env, ...env } })).stdout;
  }

  /** Starts a process whose SDK uses the program. @returns a function that makes one call with it */
  public consumer(command: string, ...args: string[]): (now: Date) => Promise<Call> {
    const child = spawn(command, args, { env: this.env, cwd: join(__dirname, '..', '..', '..') });
    this.consumers.push(child);
    const waiting: ((call: Call) => void)[] = [];
    let errors = '';
    child.stderr.on('data', (data) => (errors += data));
    createInterface(child.stdout).on('line', (line) => waiting.shift()!(JSON.parse(line)));
    child.on('exit', () => waiting.splice(0).forEach((resolve) => resolve({ error: `the process ended: ${errors}` })));
    return async (now) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${now.toISOString()}\n`);
      });
  }

  public remove(): void {
    for (const child of this.consumers) child.stdin.end();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** What a consumer says about a call. */
export interface Call {
  readonly arn?: string;
  readonly accessKeyId?: string;
  readonly error?: string;
}
