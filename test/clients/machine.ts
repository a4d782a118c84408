/** A machine outside AWS with the program of clients/, and with an `aws` and a `date` that the test controls. */
import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export const PROGRAM = join(__dirname, '..', '..', 'clients', 'aws-current-key');
export const BIN = join(__dirname, 'bin');
export const START = Date.parse('2026-01-01T00:00:00Z') / 1000;
export const HOUR = 3600;
export const DAY = 24 * HOUR;

/** Everything that the program runs. kills.test.ts compares: one that is missing here would not be a point. */
export const COMMANDS = [
  'aws',
  'awk',
  'chmod',
  'cp',
  'date',
  'id',
  'ln',
  'ls',
  'mkdir',
  'mv',
  'od',
  'readlink',
  'rm',
  'sync',
  'tr',
];

/** The codes of the program, as docs/consumers.md has them. */
export const CODE = {
  usage: 2,
  notInstalled: 3,
  notPrivate: 4,
  noCli: 5,
  rejected: 6,
  denied: 7,
  noSecret: 8,
  badValue: 9,
  notYet: 10,
  unreachable: 11,
  clock: 12,
  notWritten: 13,
  locked: 14,
};

export interface Shell {
  readonly name: string;
  readonly command: readonly string[];
  /** Put first in the PATH: the utilities that belong to the shell. */
  readonly utilities?: string;
}

/** The shells of this machine, each with its utilities. `sh` is on every one, and often it is one of the others. */
export const SHELLS: readonly Shell[] = [
  { name: 'sh', command: ['sh'] },
  { name: 'dash', command: ['dash'] },
  { name: 'bash', command: ['bash', '--posix'] },
  ...(works(['busybox', 'sh']) ? [{ name: 'busybox', command: ['busybox', 'sh'], utilities: busybox() }] : []),
].filter(({ name, command }) => works(command) && !(name === 'dash' && isSh('dash')));

function isSh(name: string): boolean {
  const [sh, other] = ['sh', name].map((shell) =>
    realpathSync(execFileSync('which', [shell], { encoding: 'utf8' }).trim()),
  );
  return sh === other;
}

function works([shell, ...options]: readonly string[]): boolean {
  try {
    execFileSync(shell, [...options, '-c', ':'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function busybox(): string {
  const directory = mkdtempSync(join(tmpdir(), 'busybox-'));
  const applets = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const path = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
  for (const applet of applets) symlinkSync(path, join(directory, applet));
  return directory;
}

export interface Result {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  /** Default: the fake `aws` and `date`, the shell's utilities, and those of the system. */
  readonly path?: string;
  /** Before the program: `ulimit` and the like. */
  readonly before?: string;
}

export interface Key {
  readonly AccessKey: string;
  readonly SecretKey: string;
}

const ADMIN = { AWS_ACCESS_KEY_ID: 'ADMIN', AWS_SECRET_ACCESS_KEY: 'of-an-administrator' };
export const INSTALL = ['--install', '--secret', 'ci-deployer', '--region', 'eu-central-1'];

export class Machine {
  public readonly home = mkdtempSync(join(tmpdir(), 'machine-'));
  public readonly directory = join(this.home, 'private');
  public readonly account = join(this.home, 'account');
  private keys = 0;

  public constructor(public readonly shell: Shell = SHELLS[0]) {
    mkdirSync(join(this.account, 'keys'), { recursive: true });
    this.now = START;
  }

  public remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  public get path(): string {
    return [BIN, this.shell.utilities, '/usr/local/bin', '/usr/bin', '/bin'].filter(Boolean).join(delimiter);
  }

  /** A PATH with the fake `date` and the other commands of the program, and without an `aws`, which may be anywhere. */
  public pathWithoutAws(): string {
    const directory = join(this.home, 'bin');
    mkdirSync(directory);
    const env = { PATH: this.path };
    // The fake `aws` needs `cat`, where the installation has recorded that one.
    for (const name of [...COMMANDS.filter((command) => command !== 'aws'), 'cat', this.shell.command[0]]) {
      const path = execFileSync('which', [name], { env, encoding: 'utf8' }).trim();
      symlinkSync(path, join(directory, name));
    }
    return directory;
  }

  public get now(): number {
    return Number(readFileSync(join(this.account, 'now'), 'utf8'));
  }

  public set now(seconds: number) {
    writeFileSync(join(this.account, 'now'), `${seconds}\n`);
  }

  /** Creates a key that AWS accepts. */
  public createKey(userName = 'ci-deployer'): Key {
    this.keys += 1;
    const AccessKey = `AKIAIOSFODNN7EXAMP${this.keys}`;
    const SecretKey = `wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE${this.keys}`;
    const user = `AIDA${userName.toUpperCase().replace(/\W/g, '')}`;
    const lines = [SecretKey, user, `arn:aws:iam::111122223333:user/path/${userName}`, ''];
    writeFileSync(join(this.account, 'keys', AccessKey), lines.join('\n'));
    return { AccessKey, SecretKey };
  }

  public deactivate({ AccessKey }: Key): void {
    rmSync(join(this.account, 'keys', AccessKey));
  }

  public publish(value: object | string): void {
    writeFileSync(join(this.account, 'secret'), `${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
  }

  /** A rotation: the new key is in the secret, and the old key works. */
  public rotate(): Key {
    const key = this.createKey();
    this.publish(key);
    return key;
  }

  /** What an operation prints as its error, from now on. */
  public fault(operation: 'get-secret-value' | 'get-caller-identity', message?: string): void {
    const file = join(this.account, `fault.${operation}`);
    if (message === undefined) rmSync(file, { force: true });
    else writeFileSync(file, `\n${message}\n`);
  }

  public set(flag: 'record' | 'clock-is-wrong' | 'static-key', content?: string): void {
    const file = join(this.account, flag);
    if (content === undefined) rmSync(file, { force: true });
    else writeFileSync(file, content);
  }

  /** The calls of AWS since the last time. */
  public calls(): string[] {
    const file = join(this.account, 'calls');
    const calls = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    rmSync(file, { force: true });
    return calls.map((call) => call.split(' ').slice(0, 2).join(' '));
  }

  public async run(args: readonly string[] = [], options: RunOptions = {}): Promise<Result> {
    const { env = {}, stdin = '', path = this.path, before } = options;
    const command = [...this.shell.command, PROGRAM, '--directory', this.directory, ...args];
    const [file, ...rest] = before ? [...this.shell.command, '-c', `${before}; exec "$@"`, 'sh', ...command] : command;
    return new Promise((resolve) => {
      const child = execFile(
        file,
        rest,
        { env: { PATH: path, HOME: this.home, FAKE_AWS: this.account, ...env }, encoding: 'utf8' },
        (error, stdout, stderr) => resolve({ code: error ? (error.code ?? String(error.signal)) : 0, stdout, stderr }),
      );
      child.stdin!.on('error', () => undefined); // a program that does not read it
      child.stdin!.end(stdin);
    });
  }

  public async install(...more: string[]): Promise<Result> {
    return this.run([...INSTALL, ...more], { env: ADMIN });
  }

  /** An installed machine with the first key. */
  public async installed(...more: string[]): Promise<Key> {
    const key = this.rotate();
    const { code, stderr } = await this.install(...more);
    if (code !== 0) throw new Error(`the installation ended with ${code}: ${stderr}`);
    this.calls();
    return key;
  }

  /** Another machine in the same state. */
  public copy(): Machine {
    const copy = new Machine(this.shell);
    cpSync(this.home, copy.home, { recursive: true, verbatimSymlinks: true });
    if (existsSync(copy.directory)) chmodSync(copy.directory, 0o700);
    copy.keys = this.keys;
    return copy;
  }

  /** What an SDK gets. */
  public async answer(options?: RunOptions): Promise<Key & { Expiration: string; stderr: string }> {
    const { code, stdout, stderr } = await this.run([], options);
    if (code !== 0) throw new Error(`the program ended with ${code}: ${stderr}`);
    const { Version, AccessKeyId, SecretAccessKey, Expiration, ...more } = JSON.parse(stdout);
    expect({ Version, more }).toEqual({ Version: 1, more: {} });
    return { AccessKey: AccessKeyId, SecretKey: SecretAccessKey, Expiration, stderr };
  }

  public read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8');
  }

  public write(file: string, content: string, mode = 0o600): void {
    writeFileSync(join(this.directory, file), content);
    chmodSync(join(this.directory, file), mode);
  }

  public mode(file: string): string {
    return (statSync(join(this.directory, file)).mode % 0o1000).toString(8);
  }

  public files(): string[] {
    return readdirSync(this.directory).sort();
  }
}
