/** IAM and STS for one user: the quota, eventually consistent responses, and last uses that appear late. */
import { CallName, rejection, USERNAME } from './calls';
import { identity } from './identity';
import { AccessKey, LastUse } from '../../src/rotator/domain/user-state';

export interface KeyRecord extends AccessKey {
  /** All uses, oldest first. */
  readonly uses: readonly LastUse[];
}

type Keys = ReadonlyMap<string, KeyRecord>;

/** Delays of eventual consistency, in milliseconds. 0 is strong consistency. */
export interface Lags {
  /** A write may be missing in lists, and a new key may be unknown to other calls. */
  readonly lists: number;
  /** A server of STS may reject a new key, or one that was activated. */
  readonly sts: number;
  /** A use is not reported yet. */
  readonly uses: number;
}

/** The same keys have the same response object, so that callers can cache by it. */
const lists = new WeakMap<Keys, AccessKey[]>();

/** Inactive keys count. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const KEYS_PER_USER = 2;

const NO_KEYS: Keys = new Map();
const NO_LAGS: Lags = { lists: 0, sts: 0, uses: 0 };
const NO_PAST: [] = [];
const NONE_SETTLING: ReadonlyMap<string, number> = new Map();

export class Iam {
  public keys: Keys = NO_KEYS;
  public lags: Lags = NO_LAGS;
  /** The owner tag. */
  public tag?: string;
  /** Deleted by CloudFormation or a person. */
  public userIsGone = false;
  private issued = 0;
  /** From when on each server of STS accepts a key that was created or activated. */
  private settling = NONE_SETTLING;
  /** The keys before the latest writes, latest first, and when each state ended. */
  private past: readonly { readonly keys: Keys; readonly until: number }[] = NO_PAST;

  /** @param digits - of a key ID, after AKIA: short ones are faster to compare, those of IAM have 16 characters */
  constructor(private readonly digits = 4) {}

  public clone(): Iam {
    const copy = new Iam(this.digits);
    copy.keys = this.keys;
    copy.lags = this.lags;
    copy.tag = this.tag;
    copy.userIsGone = this.userIsGone;
    copy.issued = this.issued;
    copy.past = this.past;
    copy.settling = this.settling;
    return copy;
  }

  /** By how many writes a response may be stale at this time. */
  public depth(now: Date): number {
    return this.past.filter(({ until }) => until > now.getTime() - this.lags.lists).length;
  }

  public list(behind: number): AccessKey[] {
    this.mustExist('ListAccessKeys');
    const keys = this.asOf(behind);
    const response =
      lists.get(keys) ?? [...keys.values()].map(({ keyId, active, createdAt }) => ({ keyId, active, createdAt }));
    lists.set(keys, response);
    return response;
  }

  /** @param behind - the quota is checked against a state this many writes old: concurrent calls can exceed it */
  public create(now: Date, behind: number): KeyRecord {
    this.mustExist('CreateAccessKey');
    if (this.asOf(behind).size >= KEYS_PER_USER) throw rejection('CreateAccessKey', 'LimitExceededException');
    const keyId = `AKIA${String(this.issued + 1).padStart(this.digits, '0')}`;
    const key = { keyId, active: true, createdAt: wholeSeconds(now), uses: [] };
    this.write(now).set(keyId, key);
    this.settle(keyId, key.createdAt);
    this.issued++;
    return key;
  }

  public setStatus(keyId: string, active: boolean, now: Date, behind: number): void {
    const key = this.keys.get(keyId);
    if (!key || !this.asOf(behind).has(keyId)) throw rejection('UpdateAccessKey', 'NoSuchEntityException');
    this.write(now).set(keyId, { ...key, active });
    if (active) this.settle(keyId, now);
  }

  public delete(keyId: string, now: Date, behind: number): boolean {
    if (!this.keys.has(keyId) || !this.asOf(behind).has(keyId)) return false;
    this.write(now).delete(keyId);
    return true;
  }

  /** IAM does not delete a user that has keys. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
  public deleteUser(): void {
    if (this.keys.size > 0) throw rejection('DeleteUser', 'DeleteConflictException');
    this.userIsGone = true;
    this.tag = undefined;
  }

  public readTag(): string | undefined {
    this.mustExist('ListUserTags');
    return this.tag;
  }

  public writeTag(call: 'TagUser' | 'UntagUser', owner: string | undefined): void {
    this.mustExist(call);
    this.tag = owner;
  }

  public use(keyId: string, use: LastUse): void {
    const key = this.keys.get(keyId)!;
    const uses = [...key.uses, use].sort((a, b) => a.at.getTime() - b.at.getTime());
    this.keys = new Map(this.keys).set(keyId, { ...key, uses });
  }

  public lastUse(keyId: string, now: Date): LastUse | undefined {
    const key = this.keys.get(keyId);
    if (!key) throw rejection('GetAccessKeyLastUsed', 'NoSuchEntityException');
    return key.uses.filter(({ at }) => at.getTime() <= now.getTime() - this.lags.uses).at(-1);
  }

  /** Whether each server of STS accepts the key, if it is active. */
  public isSettled(keyId: string, now: Date): boolean {
    return now.getTime() >= (this.settling.get(keyId) ?? 0);
  }

  /**
   * Also a use of the key, as in IAM.
   *
   * @param early - the server that answers accepts the key before others do
   */
  public callerIdentity(keyId: string, secretKey: string, now: Date, early = false): string {
    const isAccepted = early || this.isSettled(keyId, now);
    if (!this.keys.get(keyId)?.active || !isAccepted || secretKey !== secretOf(keyId)) {
      throw rejection('GetCallerIdentity', 'InvalidClientTokenId');
    }
    this.use(keyId, { at: now, service: 'sts', region: 'us-east-1' });
    return `arn:aws:iam::111122223333:user/${USERNAME}`;
  }

  public fingerprint(now: Date): string {
    const settling = [...this.settling].filter(([, until]) => until > now.getTime()).join();
    const user = `${this.userIsGone ? 'gone' : ''}${this.tag ?? ''}${this.issued}`;
    if (this.past.length === 0) return `${user},${identity(this.keys, show)}${settling}`;
    const past = this.past.slice(0, this.depth(now)).map(({ keys, until }) => `${until}${identity(keys, show)}`);
    return `${user},${identity(this.keys, show)}${past.join('<')}${settling}`;
  }

  private settle(keyId: string, from: Date): void {
    if (this.lags.sts === 0) return;
    this.settling = new Map(this.settling).set(keyId, from.getTime() + this.lags.sts);
  }

  private mustExist(call: CallName): void {
    if (this.userIsGone) throw rejection(call, 'NoSuchEntityException');
  }

  private asOf(behind: number): Keys {
    return behind === 0 ? this.keys : this.past[behind - 1].keys;
  }

  /** Copies on write, so that a clone is cheap. */
  private write(now: Date): Map<string, KeyRecord> {
    if (this.lags.lists > 0) {
      this.past = [{ keys: this.keys, until: now.getTime() }, ...this.past.slice(0, this.depth(now))];
    }
    const keys = new Map(this.keys);
    this.keys = keys;
    return keys;
  }
}

/** The start of every secret access key of the model. */
export const SECRET_PREFIX = 'secret of AKIA';

export function secretOf(keyId: string): string {
  return `secret of ${keyId}`;
}

export function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

function show(keys: Keys): string {
  let text = '';
  for (const { keyId, active, createdAt, uses } of keys.values()) {
    text += `${keyId}${active ? '+' : '-'}${createdAt.getTime()}${uses.map(({ at, service }) => `${service}${at.getTime()}`).join()};`;
  }
  return text;
}
