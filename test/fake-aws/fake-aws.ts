/**
 * IAM, Secrets Manager, SNS and STS in memory, behind the rotator's ports. The rules that the rotation depends on are
 * as strict as in AWS, and a fault can be injected at each call. test/conformance/ compares the model with an emulator
 * that others wrote. A clone is cheap: everything is copied on write.
 */
import { Actor, KeyEvent, AuditTrail } from './audit-trail';
import { Answers, Call, CallName, rejection, portsFrom, RunPorts, USERNAME } from './calls';
import { hasForgedDate } from './forged-dates';
import { Iam, secretOf, wholeSeconds } from './iam';
import { Operator } from './operator';
import { SecretsManager } from './secrets-manager';
import { ChangeRecord, InterventionRecord } from '../../src/contract/log-records';
import { AwsCallFailed } from '../../src/rotator/aws/call';
import { VersionLabel } from '../../src/rotator/domain/ledger';
import { AccessKey } from '../../src/rotator/domain/user-state';
import { Message } from '../../src/rotator/messages/message';

export type { KeyEvent } from './audit-trail';

/**
 * `rejected`: AWS throttles the call. `unreachable`: the call does not reach AWS. `lost`: it takes effect, but its
 * response is lost. `crash`: it takes effect, and the process ends. `lagging`: a server answers that differs from the
 * others, because a write has not reached all of them (see `canLag`). `forged`: just before the call, another principal
 * writes the labels of `forgery`.
 */
export type Fault = 'rejected' | 'unreachable' | 'lost' | 'crash' | 'lagging' | 'forged';
/** At any call. */
export const FAULTS: Fault[] = ['rejected', 'unreachable', 'lost', 'crash'];

const START = new Date('2026-01-01T00:00:00Z');

export class ModelAws {
  public now = START;
  public sent: Message[] = [];
  public history: KeyEvent[] = [];
  public readonly calls: string[] = [];
  /** The log of the function, where a test reads it. */
  public records?: (ChangeRecord | InterventionRecord)[];
  /** Called before each call with its name and its index within the run. */
  public faultAt?: (call: string, index: number) => Fault | undefined;
  /** Called after each call with the state before it. */
  public afterEachCall?: (before: ModelAws) => void;
  /** Awaited before each call, so that concurrent runs can interleave. */
  public pause?: () => Promise<void>;
  public snsIsDown = false;
  /** Whether the verification of a new key is repeated. */
  public polls = false;
  /** Labels that another principal writes, by default on the current version: it has UpdateSecretVersionStage alone. */
  public forgery?: (aws: ModelAws) => readonly (string | VersionLabel)[];
  private runs = 0;

  constructor(
    public iam = new Iam(),
    public secret = new SecretsManager(),
    public trail = new AuditTrail(),
  ) {}

  public get keys() {
    return this.iam.keys;
  }

  public get versions() {
    return this.secret.versions;
  }

  public get person(): Operator {
    return new Operator(this);
  }

  /** A copy without the faults. Both share everything until one of them changes it. */
  public clone(): ModelAws {
    const copy = new ModelAws(this.iam, this.secret, this.trail);
    copy.now = this.now;
    copy.sent = this.sent;
    copy.history = this.history;
    copy.afterEachCall = this.afterEachCall;
    copy.snsIsDown = this.snsIsDown;
    copy.polls = this.polls;
    copy.forgery = this.forgery;
    copy.runs = this.runs;
    return copy;
  }

  /** Equal for two models that neither the rotation nor an invariant can distinguish. */
  public fingerprint(): string {
    return `${this.now.getTime()}|${this.iam.fingerprint(this.now)}|${this.secret.fingerprint(this.now)}|${this.trail.fingerprint()}`;
  }

  public tools(): RunPorts {
    const run = { index: 0, crashed: false };
    const callAws = async <N extends CallName>(call: Extract<Call, { name: N }>): Promise<Answers[N]> => {
      if (this.pause) await this.pause();
      if (run.crashed) throw new Error('the process has ended');
      if (call.name === 'Sleep') return this.perform(call) as Answers[N];
      this.calls.push(call.name);
      const fault = this.faultAt?.(call.name, run.index++);
      run.crashed = fault === 'crash';
      const before = this.afterEachCall && this.clone();
      try {
        return this.attempt(call, fault) as Answers[N];
      } finally {
        if (before) this.afterEachCall?.(before);
      }
    };
    const { polls, records } = this;
    return portsFrom(callAws, { runId: `run ${++this.runs}`, polls, clock: () => this.now.getTime(), records });
  }

  /**
   * A call that may fail, before or after it takes effect. The caller cannot distinguish a lost response from a lost
   * call.
   */
  public attempt(call: Call, fault?: Fault, behind?: number): Answers[CallName] {
    if (fault === 'lagging') return this.lagging(call);
    if (fault === 'forged') {
      const forged = this.forgery!(this).map((one) =>
        typeof one === 'string' ? { label: one, version: undefined } : one,
      );
      for (const { label, version } of forged) this.person.label(label, version);
      // People are notified of those that no run can have written.
      if (forged.some(({ label }) => hasForgedDate(label))) this.trail = this.trail.forged();
      return this.perform(call, behind);
    }
    if (fault === 'rejected') throw new AwsCallFailed(call.name, USERNAME, 'Throttling', true, 'rate exceeded');
    const response = fault === 'unreachable' ? undefined : this.perform(call, behind);
    if (fault) throw new AwsCallFailed(call.name, USERNAME, 'TimeoutError', false, 'the response is lost');
    return response;
  }

  /** Whether servers of AWS can answer this call differently now: for a new version, or a new or activated key. */
  public canLag(call: Call): boolean {
    switch (call.name) {
      case 'GetCallerIdentity':
        return !this.iam.isSettled(call.keyId, this.now);
      case 'GetSecretValue':
        return this.secret.isNew(call.version, this.now);
      case 'UpdateSecretVersionStage':
        return this.secret.isNew(call.to, this.now) || this.secret.isNew(call.from, this.now);
      default:
        return false;
    }
  }

  /** Creates a key outside the rotation. */
  public makeKey(used = true, active = true): string {
    const key = this.ownIam().create(this.now, 0);
    this.trail = this.trail.created(key, 'person');
    this.record('created', key.keyId, 'person');
    if (used) this.person.use(key.keyId);
    if (!active) this.person.deactivate(key.keyId);
    return key.keyId;
  }

  /** The key that AWSCURRENT holds. */
  public currentKey(): string | undefined {
    const version = this.secret.holder('AWSCURRENT');
    return version && this.versions.get(version)!.keyId;
  }

  public versionOf(keyId: string): string {
    return [...this.versions].find(([, version]) => version.keyId === keyId)![0];
  }

  public labels(): string[] {
    return [...this.secret.labels.keys()];
  }

  public record(what: KeyEvent['what'], keyId: string, by: Actor = 'rotation'): void {
    const event: KeyEvent = { at: this.now, what, keyId, ...(by === 'person' && { by }) };
    this.history = [...this.history, event];
    this.trail = this.trail.happened(event);
  }

  /** A copy for writing that no clone shares. */
  public ownIam(): Iam {
    return (this.iam = this.iam.clone());
  }

  public ownSecret(): SecretsManager {
    return (this.secret = this.secret.clone());
  }

  /** @param behind - by how many writes the response is stale; default: by as many as the lags allow */
  private perform(call: Call, behind?: number): Answers[CallName] {
    const { now } = this;
    switch (call.name) {
      case 'ListAccessKeys': {
        const keys = this.iam.list(behind ?? this.iam.depth(now));
        // A stale response does not end what the rotation has read, or done, before and is still so.
        const isTrue = ({ keyId, active }: AccessKey) => this.keys.get(keyId)?.active === active;
        this.trail = this.trail.listed(keys.filter(isTrue), now);
        return { keys, now: wholeSeconds(now) };
      }
      case 'CreateAccessKey': {
        const key = this.ownIam().create(now, behind ?? 0);
        this.trail = this.trail.created(key, 'rotation');
        this.record('created', key.keyId);
        return { keyId: key.keyId, secretKey: secretOf(key.keyId), createdAt: key.createdAt };
      }
      case 'UpdateAccessKey':
        if (this.keys.get(call.keyId)?.active === call.active) {
          // Another principal was faster: the rotation observes the status nevertheless.
          this.trail = this.trail.observeStatus(call.keyId, call.active, now);
          return undefined;
        }
        if (call.active) this.trail = this.trail.change(call.keyId, { verified: false, restoring: true });
        this.ownIam().setStatus(call.keyId, call.active, now, behind ?? 0);
        this.trail = this.trail.observeStatus(call.keyId, call.active, now);
        return this.record(call.active ? 'activated' : 'deactivated', call.keyId);
      case 'DeleteAccessKey': {
        const existed = this.ownIam().delete(call.keyId, now, behind ?? 0);
        if (existed) this.record('deleted', call.keyId);
        return existed;
      }
      case 'GetAccessKeyLastUsed':
        return this.iam.lastUse(call.keyId, now);
      case 'DescribeSecret': {
        const versions = this.secret.describe(behind ?? this.secret.depth(now));
        const current = Object.keys(versions).find((id) => versions[id].includes('AWSCURRENT'));
        // A stale response does not end what the rotation has read before and is still so.
        if (this.trail.observedCurrent?.keyId !== this.currentKey()) {
          this.trail = this.trail.observeCurrent(current && this.versions.get(current)!.keyId, now);
        }
        return { versions, scheduledForDeletion: this.secret.scheduledForDeletion };
      }
      case 'PutSecretValue':
        this.ownSecret().put(call.token, call.text, call.labels, now);
        for (const label of call.labels) this.trail = this.trail.labelled(label, now);
        return call.token;
      case 'GetSecretValue':
        return this.secret.value(call.version);
      case 'UpdateSecretVersionStage': {
        const replaced = this.secret.holder('AWSCURRENT');
        this.ownSecret().stage(call.label, call.to, call.from, now);
        if (call.to) this.trail = this.trail.labelled(call.label, now);
        return call.label === 'AWSCURRENT' ? this.published(replaced) : undefined;
      }
      case 'Publish':
        if (this.snsIsDown) throw rejection('Publish', 'ServiceUnavailable');
        this.sent = [...this.sent, call.message];
        this.trail = this.trail.notified(call.message.attributes.event, call.message.attributes.accessKeyId);
        if (hasForgedDate(call.message.text)) this.trail = this.trail.notified('forged', undefined);
        return undefined;
      case 'GetCallerIdentity':
        return this.callerIdentity(call, false);
      case 'ListUserTags':
        return this.iam.readTag();
      case 'TagUser':
        return this.ownIam().writeTag('TagUser', call.owner);
      case 'UntagUser':
        return this.ownIam().writeTag('UntagUser', undefined);
      case 'EditFields':
        this.person.editFields({ host: call.host });
        return undefined;
      case 'Sleep':
        this.now = new Date(now.getTime() + call.ms);
        return undefined;
    }
  }

  /** Most servers of STS reject a new key: one accepts it. Most of Secrets Manager find a new version: one does not. */
  private lagging(call: Call): Answers[CallName] {
    if (call.name === 'GetCallerIdentity') return this.callerIdentity(call, true);
    throw rejection(call.name, 'ResourceNotFoundException');
  }

  private callerIdentity({ keyId, secretKey }: Extract<Call, { name: 'GetCallerIdentity' }>, early: boolean): string {
    const arn = this.ownIam().callerIdentity(keyId, secretKey, this.now, early);
    this.trail = this.trail.change(keyId, { verified: true });
    return arn;
  }

  /**
   * @param replaced - a value without a key that works replaces it only at a request of a person: if a person wrote it,
   *   or moved AWSCURRENT to a version without any record of the rotation
   */
  private published(replaced: string | undefined): void {
    const keyId = this.currentKey()!;
    const isRecorded = [...this.secret.labels].some(([label, id]) => id === replaced && label.startsWith('akr1.'));
    const isRequested = replaced !== undefined && !isRecorded && !this.keys.get(keyId)?.active;
    if (isRequested) return this.record('published', keyId, 'person');
    this.record('published', keyId);
    this.trail = this.trail.change(keyId, { published: true, restoring: false }).observeCurrent(keyId, this.now);
  }
}
