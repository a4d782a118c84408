/** What the tests of docs/migration.md share: a consumer that works all the while, and a stack in several steps. */
import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { LocalAws } from './support';

export interface ConsumerOptions {
  readonly secret: string;
  /** The user whose key is in the secret. */
  readonly arn: string;
  /** Default: `['AccessKey', 'SecretKey']` */
  readonly fields?: readonly [accessKey: string, secretKey: string];
  /** What else is in the secret all the while. */
  readonly others?: object;
  /** How the consumer reads the secret. Default: as the root user of the account */
  readonly read?: () => Promise<Record<string, string>>;
}

/** A program that fetches the key for each call, some 20 times a second. */
export class ReadingConsumer {
  private calls = 0;
  private isDone = false;
  private readonly loop: Promise<void>;

  constructor(
    private readonly aws: LocalAws,
    private readonly options: ConsumerOptions,
  ) {
    this.loop = this.run();
    this.loop.catch(() => undefined); // done() reports it
  }

  /** @returns once it made at least one call since */
  public async hasCalled(): Promise<void> {
    const before = this.calls;
    while (this.calls < before + 2) {
      await Promise.race([this.loop, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
  }

  /** @throws if any call failed */
  public async done(): Promise<number> {
    this.isDone = true;
    await this.loop;
    return this.calls;
  }

  private async run(): Promise<void> {
    const { secret, arn, fields = ['AccessKey', 'SecretKey'], others = {} } = this.options;
    const read = this.options.read ?? (() => this.aws.secretValue(secret));
    while (!this.isDone) {
      const value = await read();
      const key = { AccessKey: value[fields[0]], SecretKey: value[fields[1]] };
      expect(await this.aws.callerIdentity(key)).toBe(arn);
      expect(value).toMatchObject(others);
      this.calls++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Deploys an app in the given step, as the same stack. */
export async function deployStack(aws: LocalAws, build: (stack: Stack) => void, name = 'Existing'): Promise<void> {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'assembly-')) });
  build(new Stack(app, name));
  await aws.emulator.deploy(app.synth().directory, name);
}
