/**
 * IAM, Secrets Manager, SNS and STS in memory, as strict as the real ones where the rotation leans on them, behind the
 * rotator's own adapters: one method is one AWS call, so a fault can be put at each. The emulator tests run the same
 * lifecycle against code that nobody here wrote.
 */
import { AccessKeys } from '../../src/rotator/access-keys';
import { AwsCallFailed } from '../../src/rotator/aws-call';
import { Credential } from '../../src/rotator/credential';
import { LedgerStore } from '../../src/rotator/ledger';
import { readLedger } from '../../src/rotator/ledger-state';
import { Message } from '../../src/rotator/messages';
import { RotateTools } from '../../src/rotator/rotate';
import { AccessKey } from '../../src/rotator/steps';

/**
 * `rejected`: AWS says no. `unreachable`: the call never arrives. `lost`: it takes effect, the answer does not arrive.
 * `crash`: it takes effect, and the process dies.
 */
export type Fault = 'rejected' | 'unreachable' | 'lost' | 'crash';
export const FAULTS: Fault[] = ['rejected', 'unreachable', 'lost', 'crash'];

/** What happened to a key, in order. */
export interface KeyEvent {
  readonly at: Date;
  readonly what: 'created' | 'published' | 'activated' | 'deactivated' | 'deleted';
  readonly keyId: string;
}

interface Version {
  readonly value: string;
  readonly labels: Set<string>;
}

const LABELS_PER_SECRET = 20;

export class ModelAws {
  public now = new Date('2026-01-01T00:00:00Z');
  public readonly keys = new Map<string, AccessKey & { readonly used: boolean }>();
  public readonly versions = new Map<string, Version>();
  public readonly sent: Message[] = [];
  public readonly history: KeyEvent[] = [];
  public readonly calls: string[] = [];
  /** Called before each call with its name and its number within the run. */
  public faultAt?: (call: string, index: number) => Fault | undefined;
  /** Called after each call. */
  public afterEachCall?: () => void;
  /** Awaited before each call: lets others go first. */
  public pause?: () => Promise<void>;
  public snsIsDown = false;
  private issued = 0;
  private runs = 0;

  constructor(private readonly username = 'alice') {}

  public tools(): RotateTools {
    const run = { index: 0, crashed: false };
    const call = async <T>(name: string, effect: () => T): Promise<T> => {
      await this.pause?.();
      if (run.crashed) throw new Error('this process is dead');
      this.calls.push(name);
      const fault = this.faultAt?.(name, run.index++);
      try {
        if (fault === 'rejected') throw new AwsCallFailed(name, this.username, 'Throttling', true, 'rate exceeded');
        if (fault === 'unreachable') throw new AwsCallFailed(name, this.username, 'TimeoutError', false, 'no route');
        const result = effect();
        if (fault === 'crash') run.crashed = true;
        if (fault) throw new AwsCallFailed(name, this.username, 'TimeoutError', false, 'the answer is lost');
        return result;
      } finally {
        this.afterEachCall?.();
      }
    };
    return {
      accessKeys: this.accessKeys(call),
      ledger: this.ledger(call),
      announcements: {
        send: async (message) => {
          try {
            await call('Publish', () => {
              if (this.snsIsDown) throw this.no('Publish', 'ServiceUnavailable');
              this.sent.push(message);
            });
            return true;
          } catch {
            return false;
          }
        },
      },
      verify: async (credential) => call('GetCallerIdentity', () => {
        if (!this.keys.get(credential.keyId)?.active || credential.reveal() !== `secret of ${credential.keyId}`) {
          throw this.no('GetCallerIdentity', 'InvalidClientTokenId');
        }
      }),
      runId: `run ${++this.runs}`,
      region: 'eu-west-1',
      remainingTime: () => 300_000,
    };
  }

  /** A key that a person makes. */
  public makeKey(used = true, active = true): string {
    const keyId = this.newKey(used);
    this.keys.set(keyId, { ...this.keys.get(keyId)!, active });
    return keyId;
  }

  /** The key that whoever reads the secret gets. */
  public currentKey(): string | undefined {
    const version = [...this.versions.values()].find(({ labels }) => labels.has('AWSCURRENT'));
    return version && JSON.parse(version.value).AccessKey;
  }

  public labels(): string[] {
    return [...this.versions.values()].flatMap(({ labels }) => [...labels]);
  }

  private newKey(used: boolean): string {
    if (this.keys.size >= 2) throw this.no('CreateAccessKey', 'LimitExceededException');
    const keyId = `AKIA${String(++this.issued).padStart(4, '0')}`;
    this.keys.set(keyId, { keyId, active: true, createdAt: wholeSeconds(this.now), used });
    return keyId;
  }

  private accessKeys(call: <T>(name: string, effect: () => T) => Promise<T>): AccessKeys {
    return {
      list: () => call('ListAccessKeys', () => ({ keys: [...this.keys.values()], now: wholeSeconds(this.now) })),
      create: () => call('CreateAccessKey', () => {
        const keyId = this.newKey(false);
        this.record('created', keyId);
        return new Credential(keyId, `secret of ${keyId}`, this.keys.get(keyId)!.createdAt);
      }),
      activate: (keyId) => call('UpdateAccessKey', () => {
        this.keys.set(keyId, { ...this.keys.get(keyId)!, active: true });
        this.record('activated', keyId);
      }),
      deactivate: (keyId) => call('UpdateAccessKey', () => {
        this.keys.set(keyId, { ...this.keys.get(keyId)!, active: false });
        this.record('deactivated', keyId);
      }),
      delete: (keyId) => call('DeleteAccessKey', () => {
        const existed = this.keys.delete(keyId);
        if (existed) this.record('deleted', keyId);
        return existed;
      }),
      lastUse: (keyId) => call('GetAccessKeyLastUsed', () => this.keys.get(keyId)!.used
        ? { at: this.now, service: 's3', region: 'us-east-1' }
        : undefined),
    };
  }

  private ledger(call: <T>(name: string, effect: () => T) => Promise<T>): LedgerStore {
    return {
      read: () => call('DescribeSecret', () => readLedger(Object.fromEntries(
        // Versions without labels are deprecated: not listed, but still there, so their IDs stay taken.
        [...this.versions].filter(([, { labels }]) => labels.size > 0).map(([id, { labels }]) => [id, [...labels]])))),
      put: (token, value, labels) => call('PutSecretValue', () => {
        const text = JSON.stringify(value);
        const existing = this.versions.get(token);
        if (existing && existing.value !== text) throw this.no('PutSecretValue', 'ResourceExistsException');
        if (existing) return token;
        const first = this.versions.size === 0;
        for (const label of labels) this.strip(label);
        this.versions.set(token, { value: text, labels: new Set([...labels, ...(first ? ['AWSCURRENT'] : [])]) });
        if (this.labels().length > LABELS_PER_SECRET) throw this.no('PutSecretValue', 'LimitExceededException');
        return token;
      }),
      credential: (version, _keyId, createdAt) => call('GetSecretValue', () => {
        const { AccessKey: keyId, SecretKey } = JSON.parse(this.versions.get(version)!.value);
        return new Credential(keyId, SecretKey, createdAt);
      }),
      publish: (version, expectedCurrent) => call('UpdateSecretVersionStage', () => {
        if (!this.versions.get(expectedCurrent)?.labels.has('AWSCURRENT')) throw this.no('UpdateSecretVersionStage', 'InvalidParameterException');
        this.strip('AWSCURRENT');
        this.strip('AWSPREVIOUS');
        this.versions.get(expectedCurrent)!.labels.add('AWSPREVIOUS');
        this.versions.get(version)!.labels.add('AWSCURRENT');
        this.record('published', this.currentKey()!);
      }),
      mark: (label, version, from) => call('UpdateSecretVersionStage', () => {
        const [holder] = [...this.versions].find(([, { labels }]) => labels.has(label)) ?? [version];
        if (holder !== (from?.version ?? version)) throw this.no('UpdateSecretVersionStage', 'InvalidParameterException');
        this.strip(label);
        this.versions.get(version)!.labels.add(label);
        if (this.labels().length > LABELS_PER_SECRET) throw this.no('UpdateSecretVersionStage', 'LimitExceededException');
      }),
      unmark: ({ label, version }) => call('UpdateSecretVersionStage', () => {
        if (!this.versions.get(version)?.labels.delete(label)) throw this.no('UpdateSecretVersionStage', 'InvalidParameterException');
      }),
    };
  }

  private strip(label: string): void {
    for (const { labels } of this.versions.values()) labels.delete(label);
  }

  private record(what: KeyEvent['what'], keyId: string): void {
    this.history.push({ at: this.now, what, keyId });
  }

  private no(call: string, code: string): AwsCallFailed {
    return new AwsCallFailed(call, this.username, code, true, 'no');
  }
}

function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
