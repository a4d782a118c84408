/**
 * What an observation creates in the account. The removal of a thing is registered, by its name, before it is created:
 * a call whose answer is lost leaves nothing either.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  type AccessKey,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  STSClient,
  type Credentials as SessionCredentials,
} from '@aws-sdk/client-sts';
import { App, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { type Program, runInGroup } from './process-group';
import { isMissing, removeBucket, removeRole, removeSecret, removeUser, unlessMissing } from './removal';
import { deploy, destroy, type Target } from '../../local-aws/deployment';

/** Names of all that a run creates begin with it. */
export const PREFIX = 'akr-account-';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An account and a Region to try the assumptions in. */
export interface Account {
  readonly id: string;
  readonly partition: string;
  readonly clientConfig: Target['clientConfig'];
  /** Between two looks at something that changes. */
  readonly pollMs: number;
  /** The longest wait for an answer in seconds. Default: that of the observation. */
  readonly maxWaitSeconds?: number;
}

/** An answer, and how long it took until it was as expected. */
export interface Settled<T> {
  readonly answer: T;
  readonly after: string;
}

export class Interrupted extends Error {
  public constructor() {
    super('the run was interrupted');
  }
}

type Removal = { readonly what: string; readonly remove: () => Promise<unknown> };

/** A client of the SDK, as far as it matters here. */
interface Client {
  middlewareStack: {
    add(middleware: (next: (args: any) => Promise<any>) => (args: any) => Promise<any>, options: object): void;
  };
}

export class Workspace {
  public readonly cloudWatch: CloudWatchClient;
  public readonly events: EventBridgeClient;
  public readonly iam: IAMClient;
  public readonly lambda: LambdaClient;
  public readonly logs: CloudWatchLogsClient;
  public readonly secrets: SecretsManagerClient;
  public readonly sqs: SQSClient;
  private readonly id = randomBytes(4).toString('hex');
  private readonly removals: Removal[] = [];
  private readonly pending = new Set<Promise<unknown>>();
  /** Values that no output may have. */
  private readonly hidden = new Set<string>();
  private names = 0;
  private bucket?: string;

  public constructor(
    public readonly account: Account,
    private readonly signal: AbortSignal,
  ) {
    const { clientConfig } = account;
    this.cloudWatch = this.gated(new CloudWatchClient(clientConfig));
    this.events = this.gated(new EventBridgeClient(clientConfig));
    this.iam = this.gated(new IAMClient(clientConfig));
    this.lambda = this.gated(new LambdaClient(clientConfig));
    this.logs = this.gated(new CloudWatchLogsClient(clientConfig));
    this.secrets = this.gated(new SecretsManagerClient(clientConfig));
    this.sqs = this.gated(new SQSClient(clientConfig));
  }

  /** A new name, which says what made it. */
  public name(kind: string): string {
    this.names += 1;
    return `${PREFIX}${this.id}-${kind}-${this.names}`;
  }

  /** Secrets Manager, STS and IAM with other credentials. */
  public as(credentials: Credentials) {
    const config = { ...this.account.clientConfig, credentials };
    return {
      iam: this.gated(new IAMClient(config)),
      secrets: this.gated(new SecretsManagerClient(config)),
      sts: this.gated(new STSClient(config)),
    };
  }

  /** An empty secret. @returns its ARN */
  public async secret(name = this.name('secret')): Promise<string> {
    this.removeSecretLater(name);
    const { ARN } = await this.secrets.send(new CreateSecretCommand({ Name: name }));
    return ARN!;
  }

  public async user(name = this.name('user'), policy?: object, tags: Record<string, string> = {}): Promise<string> {
    this.removeUserLater(name);
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await this.iam.send(new CreateUserCommand({ UserName: name, Tags }));
    if (policy) {
      await this.iam.send(
        new PutUserPolicyCommand({ UserName: name, PolicyName: 'policy', PolicyDocument: documentOf(policy) }),
      );
    }
    return name;
  }

  public async key(user: string): Promise<Credentials & { readonly createdAt: Date }> {
    const { AccessKey } = await this.iam.send(new CreateAccessKeyCommand({ UserName: user }));
    this.hide(AccessKey!.SecretAccessKey);
    return credentialsOf(AccessKey!);
  }

  /** A session of a new role that has this policy. IAM needs some seconds until a new role can be assumed. */
  public async role(policy: object): Promise<Credentials> {
    const name = this.name('role');
    this.removeLater(`role ${name}`, async () => removeRole(this.account.clientConfig, name, 'policy'));
    const trust = {
      Effect: 'Allow',
      Principal: { AWS: `arn:${this.account.partition}:iam::${this.account.id}:root` },
      Action: 'sts:AssumeRole',
    };
    await this.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: documentOf(trust) }));
    await this.iam.send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: 'policy', PolicyDocument: documentOf(policy) }),
    );
    const { Role } = await this.iam.send(new GetRoleCommand({ RoleName: name }));
    const sts = this.gated(new STSClient(this.account.clientConfig));
    const assume = new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: 'observation' });
    let session: Credentials | undefined;
    await this.secondsUntil(120, async () => {
      session = this.session((await sts.send(assume)).Credentials!);
      return true;
    });
    if (!session) throw new Error(`the role ${name} could not be assumed within two minutes`);
    return session;
  }

  /** A session, as STS answered it. */
  public session({ AccessKeyId, SecretAccessKey, SessionToken }: SessionCredentials): Credentials {
    this.hide(SecretAccessKey, SessionToken);
    return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken };
  }

  /** Waits until STS accepts a new key. */
  public async untilAccepted(credentials: Credentials): Promise<void> {
    const { sts } = this.as(credentials);
    const seconds = await this.secondsUntil(120, async () => {
      await sts.send(new GetCallerIdentityCommand({}));
      return true;
    });
    if (typeof seconds !== 'number') throw new Error(`STS did not accept a new key: ${seconds}`);
  }

  /**
   * Deploys a stack, or updates it. Removed by `destroy`, and the users and secrets by their names: a stack whose
   * deletion fails leaves none of them either.
   *
   * @returns the outputs
   */
  public async deploy(name: string, content: (stack: Stack) => void): Promise<Record<string, string>> {
    const bucket = (this.bucket ??= await this.assets());
    if (!this.removals.some(({ what }) => what === `stack ${name}`)) {
      this.removeLater(`stack ${name}`, async () => destroy(this.target, name));
    }
    return withApp(async (app) => {
      const synthesizer = new DefaultStackSynthesizer({
        fileAssetsBucketName: bucket,
        generateBootstrapVersionRule: false,
      });
      content(new Stack(app, name, { synthesizer }));
      app.synth();
      return this.tracked(async () => deploy(this.target, app.outdir, name));
    });
  }

  public async destroy(name: string): Promise<void> {
    await this.tracked(async () => destroy(this.target, name));
  }

  /** @returns how it ended */
  public async program(program: Program): Promise<string> {
    const end = await this.tracked(async () => runInGroup(program, this.signal));
    if (this.signal.aborted) throw new Interrupted();
    return end;
  }

  /** Removes them at the end, also those that a stack or a run creates. */
  public removeUserLater(name: string): void {
    this.removeLater(`user ${name}`, async () => removeUser(this.account.clientConfig, name));
  }

  public removeSecretLater(name: string): void {
    this.removeLater(`secret ${name}`, async () => removeSecret(this.account.clientConfig, name));
  }

  /** @param remove - throws if something is left */
  public removeLater(what: string, remove: () => Promise<unknown>): void {
    this.removals.push({ what, remove });
  }

  public async userExists(name: string): Promise<boolean> {
    return exists(async () => this.iam.send(new GetUserCommand({ UserName: name })));
  }

  public async secretExists(name: string): Promise<boolean> {
    return exists(async () => this.secrets.send(new DescribeSecretCommand({ SecretId: name })));
  }

  /**
   * Reads until an answer is as expected: reads of IAM and the deletion of a secret lag behind an answered call.
   *
   * @param limit - seconds; after it, the last answer counts
   */
  public async settled<T>(
    limit: number,
    read: () => Promise<T>,
    isExpected: (answer: T) => boolean,
  ): Promise<Settled<T>> {
    let answer!: T;
    const seconds = await this.secondsUntil(limit, async () => isExpected((answer = await read())));
    return { answer, after: typeof seconds === 'number' ? `${seconds} s` : seconds };
  }

  /**
   * @param probe - an error is the same as false
   * @returns the seconds until it is true, in tenths; after the limit, the text of that
   */
  public async secondsUntil(longest: number, probe: () => Promise<boolean>): Promise<number | string> {
    const limit = Math.min(longest, this.account.maxWaitSeconds ?? longest);
    const start = performance.now();
    const seconds = () => Math.round((performance.now() - start) / 100) / 10;
    let last = '';
    for (;;) {
      try {
        if (await probe()) return seconds();
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        last = `, the last error was ${(error as Error).name}`;
      }
      if (seconds() > limit) return `not within ${limit} s${last}`;
      await this.pause(this.account.pollMs);
    }
  }

  public async pause(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.signal }).catch(() => {
      throw new Interrupted();
    });
  }

  /** Removes all, the newest first. @returns what could not be removed, and why */
  public async remove(): Promise<string[]> {
    while (this.pending.size > 0) await Promise.allSettled(this.pending);
    const left: string[] = [];
    for (const { what, remove } of this.removals.splice(0).reverse()) {
      try {
        await remove();
      } catch (error) {
        if (!isMissing(error)) left.push(`${what}: ${(error as Error).name}: ${(error as Error).message}`);
      }
    }
    return left;
  }

  /** A text without the secrets of this workspace. */
  public redacted(text: string): string {
    return [...this.hidden].reduce((result, secret) => result.replaceAll(secret, '***'), text);
  }

  public hide(...values: (string | undefined)[]): void {
    for (const value of values) if (value) this.hidden.add(value);
  }

  private get target(): Target {
    const { id: accountId, clientConfig, pollMs } = this.account;
    return { accountId, clientConfig, pollMs, assetBucket: this.bucket, now: async () => new Date() };
  }

  /** The bucket of the assets, so that an account needs no bootstrap of the CDK. */
  private async assets(): Promise<string> {
    const { id, clientConfig } = this.account;
    const bucket = `${PREFIX}${this.id}-${id}`;
    const s3 = this.gated(new S3Client({ ...clientConfig, forcePathStyle: true }));
    this.removeLater(`bucket ${bucket}`, async () => removeBucket(clientConfig, bucket));
    await s3.send(
      new CreateBucketCommand({
        Bucket: bucket,
        ...(clientConfig.region !== 'us-east-1' && {
          CreateBucketConfiguration: { LocationConstraint: clientConfig.region as never },
        }),
      }),
    );
    return bucket;
  }

  /** After an interruption, no call begins; the removal waits for those that have begun. */
  private gated<T>(client: T): T {
    (client as Client).middlewareStack.add((next) => async (args) => this.tracked(async () => next(args)), {
      step: 'initialize',
      name: 'gate',
    });
    return client;
  }

  private async tracked<T>(call: () => Promise<T>): Promise<T> {
    if (this.signal.aborted) throw new Interrupted();
    const promise = call();
    this.pending.add(promise);
    try {
      return await promise;
    } finally {
      this.pending.delete(promise);
    }
  }
}

/** An app whose files are removed at the end. */
export async function withApp<T>(use: (app: App) => T | Promise<T>): Promise<T> {
  const outdir = mkdtempSync(join(tmpdir(), PREFIX));
  try {
    return await use(new App({ outdir, analyticsReporting: false }));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

async function exists(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    unlessMissing(error);
    return false;
  }
}

function credentialsOf({ AccessKeyId, SecretAccessKey, CreateDate }: AccessKey): Credentials & { createdAt: Date } {
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, createdAt: CreateDate! };
}

/** A policy of statements. */
export function documentOf(...Statement: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: Statement.flat() });
}

/** `accepted`, or the name of the error. */
export async function resultOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: Error) => {
      if (error instanceof Interrupted) throw error;
      return error.name;
    },
  );
}
