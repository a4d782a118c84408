import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as deployment from './deployment';
import { emulatorPython } from './virtual-environment';

const DAY = 86_400_000;

export interface EmulatorOptions {
  /** The instant at which time begins. */
  readonly startAt: Date;
  /** A directory that comes first in the PATH, such as that of another Node for the functions. */
  readonly pathFirst?: string;
}

/** What an AWS SDK client needs to talk to the emulator, as its administrator. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface LogEvent {
  readonly group: string;
  readonly time: string;
  readonly message: string;
}

export const FAULTS = ['throttled', 'unavailable', 'unreachable', 'lost', 'killed'] as const;

/** What can go wrong between a function and AWS, see faults.py. */
export type Fault = (typeof FAULTS)[number];

/** An attempt of a function to handle an event. */
export interface Run {
  /** When it began. */
  readonly time: string;
  readonly event: Record<string, unknown>;
  /** What it met. */
  readonly faults: Fault[];
  /** Why it failed, if it did. */
  readonly error: string | null;
}

export interface FaultReport {
  /** How many calls met each kind, in all. */
  readonly counts: Record<Fault, number>;
  /** The runs that met a fault or failed, since the last report. */
  readonly runs: Run[];
}

/** A call about keys or secrets that took effect, see journal.py. */
export interface JournalEntry {
  readonly time: string;
  readonly action: string;
  /** Whether a function called, and not a person. */
  readonly byFunction: boolean;
  /** ID of the access key that signed. */
  readonly signedWith: string;
  readonly parameters: Record<string, unknown>;
  /** The answer to CreateAccessKey. */
  readonly created?: { readonly AccessKeyId: string; readonly SecretAccessKey: string };
}

interface Reply {
  readonly port?: number;
  readonly account?: string;
  readonly now?: string;
  readonly invocations?: number;
  readonly logs?: LogEvent[];
  readonly faults?: FaultReport;
  readonly journal?: JournalEntry[];
  readonly error?: string;
}

/**
 * A local AWS whose clock can be moved, see emulator.py.
 *
 * The Python process behind it ends with `stop()`, or when this process ends, however that happens.
 */
export class Emulator {
  public static async start(options: EmulatorOptions): Promise<Emulator> {
    const python = await emulatorPython();
    const PATH = [options.pathFirst, process.env.PATH].filter(Boolean).join(delimiter);
    const child = spawn(
      python,
      ['-B', join(__dirname, 'python', 'emulator.py'), '--start', options.startAt.toISOString()],
      { env: { ...process.env, PATH } },
    );
    const emulator = new Emulator(child);
    const { port, account } = await emulator.reply();
    emulator.port = port!;
    emulator.accountId = account!;
    return emulator;
  }

  /** The AWS account that everything is in. */
  public accountId = '';

  private port = 0;
  private complaints = '';
  private readonly waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface(child.stdout).on('line', (line) => this.waiting.shift()?.resolve(JSON.parse(line)));
    child.stderr.on('data', (data) => {
      this.complaints = (this.complaints + data).slice(-10_000);
    });
    child.stdin.on('error', () => undefined); // a dead emulator is reported by 'close'
    child.on('close', (code) => {
      const error = new Error(`The emulator ended with code ${code}: ${this.complaints}`);
      this.waiting.splice(0).forEach((request) => request.reject(error));
    });
  }

  public get clientConfig(): ClientConfig {
    return {
      endpoint: `http://127.0.0.1:${this.port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
  }

  /** Creates or updates a stack from a cloud assembly, as `cdk deploy` would. */
  public async deploy(assemblyDirectory: string, stackName: string): Promise<Record<string, string>> {
    return deployment.deploy(this, assemblyDirectory, stackName);
  }

  public async destroy(stackName: string): Promise<void> {
    return deployment.destroy(this, stackName);
  }

  public async now(): Promise<Date> {
    return new Date((await this.request({ command: 'now' })).now!);
  }

  /** Lets time pass, and waits for every function that a rule started on the way; returns how many these were. */
  public async advanceTo(to: Date): Promise<number> {
    return (await this.request({ command: 'advance', to: to.toISOString() })).invocations!;
  }

  public async advanceDays(days: number): Promise<number> {
    return this.advanceTo(new Date((await this.now()).getTime() + days * DAY));
  }

  /** An outage: time passes, no rule fires, and none is caught up afterwards. */
  public async skipTo(to: Date): Promise<void> {
    await this.request({ command: 'skip', to: to.toISOString() });
  }

  /** Calls a function and returns what it answers; throws what it throws. */
  public async invoke<T = unknown>(functionName: string, event: unknown): Promise<T> {
    const answer = await new LambdaClient(this.clientConfig).send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
    );
    const payload = JSON.parse(answer.Payload!.transformToString());
    if (answer.FunctionError) {
      throw new Error(payload.errorMessage);
    }
    return payload;
  }

  /** All that CloudWatch Logs holds, oldest first. To forget it then keeps many years small. */
  public async logs(options: { readonly forget?: boolean } = {}): Promise<LogEvent[]> {
    return (await this.request({ command: 'logs', ...options })).logs!;
  }

  /**
   * What goes wrong between functions and AWS from now on, and what went wrong so far. A test's own calls are never
   * disturbed.
   *
   * @param change - `seed` of the random numbers, and the share (`rate`) of calls with which something begins to go
   *   wrong; 0 is off. `kinds`: what does, from the time on that a rate is given with them. Default: anything
   */
  public async faults(
    change: { readonly seed?: number; readonly rate?: number; readonly kinds?: readonly Fault[] } = {},
  ): Promise<FaultReport> {
    return (await this.request({ command: 'faults', ...change })).faults!;
  }

  /** Who changed access keys and secrets since the last call. */
  public async journal(): Promise<JournalEntry[]> {
    return (await this.request({ command: 'journal' })).journal!;
  }

  /** An empty account again, at the instant at which time began: faster than another emulator. */
  public async reset(): Promise<void> {
    await this.request({ command: 'reset' });
  }

  public async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.stdin.end();
      await once(this.child, 'close');
    }
  }

  private async request(command: object): Promise<Reply> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    const reply = await this.reply();
    if (reply.error) {
      throw new Error(`The emulator refused ${JSON.stringify(command)}: ${reply.error}`);
    }
    return reply;
  }

  /** Commands are answered in order, so the next line belongs to the oldest waiting request. */
  private async reply(): Promise<Reply> {
    if (this.child.exitCode !== null) {
      throw new Error(`The emulator ended with code ${this.child.exitCode}: ${this.complaints}`);
    }
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }
}
