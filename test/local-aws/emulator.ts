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
  /** A directory to put first in the PATH, such as that of another Node version for the functions. */
  readonly pathFirst?: string;
}

/** The configuration of an AWS SDK client for the emulator, with administrative permissions. */
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

/** A fault between a function and AWS, see faults.py. */
export type Fault = (typeof FAULTS)[number];

/** An attempt of a function to handle an event. */
export interface Run {
  /** The start of the run. */
  readonly time: string;
  readonly event: Record<string, unknown>;
  /** The faults of its calls. */
  readonly faults: Fault[];
  /** The error of a failed run. */
  readonly error: string | null;
}

export interface FaultReport {
  /** The number of calls with each fault since the start. */
  readonly counts: Record<Fault, number>;
  /** The runs with a fault or an error since the last report. */
  readonly runs: Run[];
}

/** A call about keys or secrets that took effect, see journal.py. */
export interface JournalEntry {
  readonly time: string;
  readonly action: string;
  /** Whether a function made the call. */
  readonly byFunction: boolean;
  /** The ID of the access key that signed the call. */
  readonly signedWith: string;
  readonly parameters: Record<string, unknown>;
  /** The response of CreateAccessKey. */
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
 * Its Python process ends with `stop()`, or when this process ends.
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

  /** The AWS account of all resources. */
  public accountId = '';

  private port = 0;
  private errorOutput = '';
  private readonly waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface(child.stdout).on('line', (line) => this.waiting.shift()?.resolve(JSON.parse(line)));
    child.stderr.on('data', (data) => {
      this.errorOutput = (this.errorOutput + data).slice(-10_000);
    });
    child.stdin.on('error', () => undefined); // 'close' reports an emulator that has ended
    child.on('close', (code) => {
      const error = new Error(`The emulator ended with code ${code}: ${this.errorOutput}`);
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

  /** Advances the time, and waits for all functions that rules invoke. @returns the number of invocations */
  public async advanceTo(to: Date): Promise<number> {
    return (await this.request({ command: 'advance', to: to.toISOString() })).invocations!;
  }

  /**
   * @param idle - the days after the first one in which no rule fires: where a test needs no check that finds nothing
   *   to do, it takes a fraction of the time. Default: 0
   */
  public async advanceDays(days: number, { idle = 0 } = {}): Promise<number> {
    const from = (await this.now()).getTime();
    const after = (passed: number) => new Date(from + passed * DAY);
    if (idle === 0) return this.advanceTo(after(days));
    const first = await this.advanceTo(after(1));
    await this.skipTo(after(1 + idle));
    return first + (await this.advanceTo(after(days)));
  }

  /** An outage: time passes, no rule fires, and no firing is made up for. */
  public async skipTo(to: Date): Promise<void> {
    await this.request({ command: 'skip', to: to.toISOString() });
  }

  /** Invokes a function. @returns its response; @throws its error */
  public async invoke<T = unknown>(functionName: string, event: unknown): Promise<T> {
    const response = await new LambdaClient(this.clientConfig).send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
    );
    const payload = JSON.parse(response.Payload!.transformToString());
    if (response.FunctionError) {
      throw new Error(payload.errorMessage);
    }
    return payload;
  }

  /** All log events, oldest first. Deleting them afterwards saves memory over many years. */
  public async logs(options: { readonly forget?: boolean } = {}): Promise<LogEvent[]> {
    return (await this.request({ command: 'logs', ...options })).logs!;
  }

  /**
   * Sets the faults of the calls of functions, and reports past faults. A test's own calls have none.
   *
   * @param change - `seed` of the random numbers; `rate`, the share of calls with which a series of faults begins (0
   *   ends them); `kinds` of the faults, set together with a rate. Default: all kinds
   */
  public async faults(
    change: { readonly seed?: number; readonly rate?: number; readonly kinds?: readonly Fault[] } = {},
  ): Promise<FaultReport> {
    return (await this.request({ command: 'faults', ...change })).faults!;
  }

  /**
   * An event of an AWS service on the default bus, in the account and Region of the emulator, whatever it says itself.
   * Returns when the targets have handled it.
   *
   * @returns the number of asynchronous invocations
   */
  public async sendAwsEvent(event: object): Promise<number> {
    return (await this.request({ command: 'send', event })).invocations!;
  }

  /** The changes of access keys and secrets since the last call. */
  public async journal(): Promise<JournalEntry[]> {
    return (await this.request({ command: 'journal' })).journal!;
  }

  /** Empties the account and resets the time: faster than starting another emulator. */
  public async reset(): Promise<void> {
    await this.request({ command: 'reset' });
  }

  /** From now on, `cloudtrail lookup-events` has the calls. */
  public async recordCloudTrail(): Promise<void> {
    await fetch(`${this.clientConfig.endpoint}/_ministack/config`, {
      method: 'POST',
      body: JSON.stringify({ 'cloudtrail._recording_enabled': 'true' }),
    });
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
      throw new Error(`The emulator rejected ${JSON.stringify(command)}: ${reply.error}`);
    }
    return reply;
  }

  /** Responses come in order, so the next line belongs to the oldest waiting request. */
  private async reply(): Promise<Reply> {
    if (this.child.exitCode !== null) {
      throw new Error(`The emulator ended with code ${this.child.exitCode}: ${this.errorOutput}`);
    }
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }
}
