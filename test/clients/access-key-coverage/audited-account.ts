/** An account in memory, the files that describe it, and the program of clients/ that reports on it. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export const PROGRAM = join(__dirname, '..', '..', '..', 'clients', 'access-key-coverage');
/** Itself: a wrapper such as that of pyenv changes the PATH, so it would find another `aws`. */
export const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
export const NOW = Date.parse('2026-06-01T12:00:00Z');
export const ACCOUNT = '111122223333';
export const ROOT = '<root_account>';
export const TAG = 'cdk-access-key-rotation';
export const ROTATION = 'eu-central-1/Keys/0a1b2c3d';
const DAY = 86_400_000;

export interface PlantedKey {
  readonly id?: string;
  readonly active?: boolean;
  /** The same now, if that changed since the report. */
  readonly activeNow?: boolean;
  /** Days before now. */
  readonly created: number;
  /** Days before now; never by default. */
  readonly used?: number;
  readonly service?: string;
  /** What the report has as the time of the key, where that is later than its creation: days before now. */
  readonly changed?: number;
  /** Whether IAM still lists it. */
  readonly deleted?: boolean;
}

export interface PlantedUser {
  readonly keys?: readonly PlantedKey[];
  /** The value of the owner tag. */
  readonly tag?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Days before now; a year by default. */
  readonly created?: number;
  /** Where the user is: in the report, in IAM, or in both, which is the default. */
  readonly only?: 'report' | 'iam';
}

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Found {
  readonly finding: string;
  readonly user: string;
  readonly accessKeyId: string;
  readonly slot: number | null;
  readonly ageDays: number | null;
  readonly created: string | null;
  readonly lastUsed: string | null;
  readonly rotation: string | null;
  readonly note: string | null;
  readonly exemptionReason?: string;
  readonly exemptionEnd?: string;
}

export interface Survey {
  readonly account: string;
  readonly users: number;
  readonly activeKeys: number;
  readonly findings: readonly Found[];
  readonly exempted: readonly Found[];
  readonly undetermined: readonly string[];
  readonly notices: readonly string[];
}

export const before = (days: number) => new Date(NOW - days * DAY).toISOString().replace('.000', '');

/** A user's only key, which is young and was used today. */
export const HEALTHY: PlantedKey = { created: 10, used: 0.1 };

const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((slot) =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
      (name) => `access_key_${slot}_${name}`,
    ),
  ),
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
];

export type Row = Record<string, string>;

export class AuditedAccount {
  public readonly home = mkdtempSync(join(tmpdir(), 'coverage-'));
  /** The columns of the credential report. */
  public columns = [...COLUMNS];
  /** What a test changes in the rows of the report. */
  public rows: Row[] = [];
  /** Days before now. */
  public generated = 2 / 24;
  private readonly iam = new Map<string, PlantedUser>();

  public constructor(rootKeys: readonly PlantedKey[] = []) {
    this.rows.push({
      ...rowOf(ROOT, `arn:aws:iam::${ACCOUNT}:root`, 3000, rootKeys),
      password_enabled: 'not_supported',
      password_last_used: 'no_information',
      password_next_rotation: 'not_supported',
    });
  }

  public remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  public add(name: string, user: PlantedUser = {}): this {
    const { keys = [], created = 365, only } = user;
    if (only !== 'iam') this.rows.push(rowOf(name, `arn:aws:iam::${ACCOUNT}:user/team/${name}`, created, keys));
    if (only !== 'report') this.iam.set(name, user);
    return this;
  }

  public row(user: string): Row {
    return this.rows.find((row) => row.user === user)!;
  }

  public get csv(): string {
    return [this.columns, ...this.rows.map((row) => this.columns.map((column) => row[column] ?? 'N/A'))]
      .map((fields) => fields.map(quote).join(','))
      .join('\n');
  }

  /** The output of `aws iam get-credential-report`. */
  public report(csv = this.csv): object {
    const Content = Buffer.from(csv).toString('base64');
    return { Content, ReportFormat: 'text/csv', GeneratedTime: before(this.generated) };
  }

  /** The output of `aws iam get-account-authorization-details --filter User`. */
  public get details(): object {
    return {
      UserDetailList: [...this.iam].map(([name, user]) => ({ ...listed(name, user), Tags: tagsOf(user) })),
      IsTruncated: false,
    };
  }

  /** Answers of the fake AWS, in the order of the calls. */
  public answer(operation: string, ...answers: (object | string)[]): void {
    answers.forEach((answer, index) => {
      const isError = typeof answer === 'string';
      const content = isError
        ? `\nAn error occurred (${answer}) when calling the operation: Unknown\n`
        : JSON.stringify(answer);
      this.file(`${operation}.${index + 1}.${isError ? 'error' : 'out'}`, content);
    });
  }

  /** @returns the path of a file with this content */
  public file(name: string, content: string | object): string {
    const path = join(this.home, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  public exemptions(...lines: string[]): string {
    return this.file('exemptions.csv', ['user,reason,end', ...lines].join('\n'));
  }

  /** Writes the answers of AWS that describe the account. */
  public publish(): this {
    this.answer('get-caller-identity', { Account: ACCOUNT });
    this.answer('generate-credential-report', { State: 'COMPLETE' });
    this.answer('get-credential-report', this.report());
    this.answer('list-users', { Users: [...this.iam].map(([name, user]) => listed(name, user)) });
    const names = new Set([...this.iam.keys(), ...this.rows.map(({ user }) => user)]);
    for (const name of [...names].filter((one) => /^[^/<\0]{1,100}$/.test(one))) {
      const user = this.iam.get(name);
      this.answer(`list-user-tags.${name}`, user ? { Tags: tagsOf(user) } : 'NoSuchEntity');
      this.answer(`list-access-keys.${name}`, user ? { AccessKeyMetadata: keysOf(name, user) } : 'NoSuchEntity');
    }
    return this;
  }

  public async run(args: readonly string[] = [], env: Record<string, string> = {}): Promise<Result> {
    const PATH = [join(__dirname, 'bin'), process.env.PATH].join(delimiter);
    const all = ['--now', before(0), '--poll-seconds', '0', ...args];
    return new Promise((resolve) => {
      execFile(
        PYTHON,
        [PROGRAM, ...all],
        { env: { PATH, HOME: this.home, FAKE_AWS: this.home, PYTHONDONTWRITEBYTECODE: '1', ...env }, encoding: 'utf8' },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  }

  /** What the program reports of the account as it is now. */
  public async survey(...args: string[]): Promise<Survey & { readonly code: number }> {
    return this.publish().surveyed(...args);
  }

  /** The same, with the answers that the test has given. */
  public async surveyed(...args: string[]): Promise<Survey & { readonly code: number }> {
    const { code, stdout, stderr } = await this.run(['--format', 'json', ...args]);
    if (!stdout) throw new Error(`the program ended with ${code}: ${stderr}`);
    return { ...JSON.parse(stdout), code };
  }

  /** The calls of AWS so far. */
  public get calls(): string[] {
    return readFileSync(join(this.home, 'calls'), 'utf8').trim().split('\n');
  }
}

/** Such as `no-rotation alice AKIAALICE1`. */
export function findings({ findings: found }: Survey): string[] {
  return found.map(({ finding, user, accessKeyId, slot }) => `${finding} ${user} ${accessKeyId || slot}`);
}

function quote(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function idOf(name: string, { id }: PlantedKey, index: number): string {
  return id ?? `AKIA${name.toUpperCase().replace(/\W/g, '')}${index + 1}`;
}

function rowOf(user: string, arn: string, created: number, keys: readonly PlantedKey[]): Row {
  const row: Row = { user, arn, user_creation_time: before(created), password_enabled: 'false', mfa_active: 'false' };
  for (const slot of [1, 2]) {
    const key = keys[slot - 1];
    row[`access_key_${slot}_active`] = String(key !== undefined && key.active !== false);
    if (key) row[`access_key_${slot}_last_rotated`] = before(key.changed ?? key.created);
    if (key?.used !== undefined) {
      row[`access_key_${slot}_last_used_date`] = before(key.used);
      row[`access_key_${slot}_last_used_service`] = key.service ?? 's3';
    }
  }
  return { ...row, cert_1_active: 'false', cert_2_active: 'false' };
}

function listed(name: string, { created = 365 }: PlantedUser): object {
  return { UserName: name, Arn: `arn:aws:iam::${ACCOUNT}:user/team/${name}`, CreateDate: before(created) };
}

function keysOf(name: string, { keys = [] }: PlantedUser): object[] {
  return keys.flatMap((key, index) =>
    key.deleted
      ? []
      : {
          UserName: name,
          AccessKeyId: idOf(name, key, index),
          Status: (key.activeNow ?? key.active) === false ? 'Inactive' : 'Active',
          CreateDate: before(key.created),
        },
  );
}

function tagsOf({ tag, tags = {} }: PlantedUser): object[] {
  return Object.entries({ ...tags, ...(tag !== undefined && { [TAG]: tag }) }).map(([Key, Value]) => ({ Key, Value }));
}
