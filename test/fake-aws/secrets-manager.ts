/** Secrets Manager for one secret: versions, staging labels with their rules and quotas, deletion and restore. */
import { rejection } from './calls';
import { identity } from './identity';
import { Versions } from '../../src/rotator/domain/ledger';

export interface Version {
  readonly value: string;
  readonly createdAt: number;
  /** It encrypts the value. */
  readonly kmsKey: string;
  /** The access key in the value, if there is one. */
  readonly keyId: string | undefined;
}

export interface KmsFailures {
  readonly decrypt: readonly string[];
  readonly encrypt: readonly string[];
}

type VersionMap = ReadonlyMap<string, Version>;

/** The version of each label: a label is on one version only. */
type Labels = ReadonlyMap<string, string>;

/** The same labels have the same response object, so that callers can cache by it. */
const descriptions = new WeakMap<Labels, Versions>();

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
const VERSIONS_PER_SECRET = 100;
const LABELS_PER_SECRET = 20;
const LABEL_LENGTH = 256;
const VALUE_LENGTH = 65_536;
const DAY = 86_400_000;

const NO_VERSIONS: VersionMap = new Map();
const NO_LABELS: Labels = new Map();
const WORKING_KMS: KmsFailures = { decrypt: [], encrypt: [] };

export class SecretsManager {
  /** Includes deprecated versions: DescribeSecret does not list them, but their IDs stay in use. */
  public versions: VersionMap = NO_VERSIONS;
  public labels: Labels = NO_LABELS;
  public scheduledForDeletion = false;
  /** Deleted by CloudFormation, or by a person without a recovery window. */
  public isGone = false;
  /** Milliseconds for which DescribeSecret may return the state before the latest write. */
  public lag = 0;
  /** Milliseconds for which a server may not find a new version. */
  public versionLag = 0;
  /** Encrypts new versions. */
  public kmsKey = 'K1';
  /** The KMS keys that do not decrypt, and those that do not encrypt, for the rotation. */
  public kmsFailures = WORKING_KMS;
  private before?: { readonly labels: Labels; readonly until: number };

  public clone(): SecretsManager {
    const copy = new SecretsManager();
    copy.versions = this.versions;
    copy.labels = this.labels;
    copy.scheduledForDeletion = this.scheduledForDeletion;
    copy.isGone = this.isGone;
    copy.lag = this.lag;
    copy.versionLag = this.versionLag;
    copy.kmsKey = this.kmsKey;
    copy.kmsFailures = this.kmsFailures;
    copy.before = this.before;
    return copy;
  }

  /** By how many writes a response may be stale at this time. */
  public depth(now: Date): number {
    return this.before && this.before.until > now.getTime() - this.lag ? 1 : 0;
  }

  /** Whether a server may not find this version yet. */
  public isNew(version: string | undefined, now: Date): boolean {
    const createdAt = this.versions.get(version ?? '')?.createdAt;
    return createdAt !== undefined && now.getTime() - createdAt < this.versionLag;
  }

  public describe(behind: number): Versions {
    if (this.isGone) throw rejection('DescribeSecret', 'ResourceNotFoundException');
    const labels = behind === 0 ? this.labels : this.before!.labels;
    const response = descriptions.get(labels) ?? listed(labels, this.versions);
    descriptions.set(labels, response);
    return response;
  }

  public put(token: string, value: string, labels: readonly string[], now: Date): string {
    this.mustExist('PutSecretValue');
    const existing = this.versions.get(token);
    if (existing && existing.value !== value) throw rejection('PutSecretValue', 'ResourceExistsException');
    if (existing) return token; // a repeated request changes nothing
    if (value.length > VALUE_LENGTH) throw rejection('PutSecretValue', 'ValidationException');
    if (this.kmsFailures.encrypt.includes(this.kmsKey)) {
      throw rejection('PutSecretValue', 'EncryptionFailure', 'the KMS key is disabled');
    }
    // The first version is always AWSCURRENT; every other is if the request has no labels.
    const requested =
      this.versions.size === 0 || labels.length === 0 ? [...new Set([...labels, 'AWSCURRENT'])] : labels;
    const versions = this.withFreeSlot(now.getTime()).set(token, {
      value,
      createdAt: now.getTime(),
      kmsKey: this.kmsKey,
      keyId: keyIn(value),
    });
    const next = new Map(this.labels);
    for (const label of requested) attach(next, label, token);
    this.commit('PutSecretValue', next, now);
    this.versions = versions;
    return token;
  }

  public value(version: string): string {
    this.mustExist('GetSecretValue');
    const found = this.versions.get(version);
    if (!found) throw rejection('GetSecretValue', 'ResourceNotFoundException');
    if (!this.canDecrypt(version)) {
      throw rejection('GetSecretValue', 'AccessDeniedException', 'Access to KMS is not allowed');
    }
    return found.value;
  }

  public canDecrypt(version: string): boolean {
    return !this.kmsFailures.decrypt.includes(this.versions.get(version)!.kmsKey);
  }

  /** Whether a new version can be stored, and read back. */
  public canStore(): boolean {
    return [...this.kmsFailures.decrypt, ...this.kmsFailures.encrypt].every((kmsKey) => kmsKey !== this.kmsKey);
  }

  /**
   * @param reencrypts - whether the deployer may decrypt with the earlier KMS key; if not, nothing is encrypted again
   * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_update-encryption-key.html
   */
  public changeKmsKey(kmsKey: string, reencrypts: boolean): void {
    this.kmsKey = kmsKey;
    if (!reencrypts) return;
    const versions = new Map(this.versions);
    for (const label of ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']) {
      const holder = this.holder(label);
      if (holder !== undefined) versions.set(holder, { ...versions.get(holder)!, kmsKey });
    }
    this.versions = versions;
  }

  /**
   * A label moves only if the request names the version that has it: the compare-and-swap that publishing depends on.
   */
  public stage(label: string, to: string | undefined, from: string | undefined, now: Date): void {
    this.mustExist('UpdateSecretVersionStage');
    const holder = this.holder(label);
    const exist = [to, from].every((version) => version === undefined || this.versions.has(version));
    const fromMatches = from === undefined ? holder === undefined || holder === to : holder === from;
    const currentStays = label !== 'AWSCURRENT' || to !== undefined;
    if (!exist) throw rejection('UpdateSecretVersionStage', 'ResourceNotFoundException');
    if (!fromMatches || !currentStays) throw rejection('UpdateSecretVersionStage', 'InvalidParameterException');
    const next = new Map(this.labels);
    if (to !== undefined) attach(next, label, to);
    else next.delete(label);
    this.commit('UpdateSecretVersionStage', next, now);
  }

  public holder(label: string): string | undefined {
    return this.labels.get(label);
  }

  public fingerprint(now: Date): string {
    const before =
      this.before && this.depth(now) > 0 ? `${this.before.until}${identity(this.before.labels, showLabels)}` : '';
    const kms = `${this.kmsKey}${identity(this.kmsFailures, JSON.stringify)}`;
    return `${this.isGone ? 'gone' : this.scheduledForDeletion ? 'going' : ''}${kms}${identity(this.versions, showVersions)}[${identity(this.labels, showLabels)}<${before}`;
  }

  /** At 100 versions, deprecated ones that are at least a day old are deleted. */
  private withFreeSlot(now: number): Map<string, Version> {
    const next = new Map(this.versions);
    const labelled = new Set(this.labels.values());
    for (const [id, { createdAt }] of this.versions) {
      if (next.size < VERSIONS_PER_SECRET) break;
      if (!labelled.has(id) && createdAt < now - DAY) next.delete(id);
    }
    if (next.size >= VERSIONS_PER_SECRET) throw rejection('PutSecretValue', 'LimitExceededException');
    return next;
  }

  private commit(call: 'PutSecretValue' | 'UpdateSecretVersionStage', next: Labels, now: Date): void {
    if (next.size > LABELS_PER_SECRET) throw rejection(call, 'LimitExceededException');
    for (const { length } of next.keys()) {
      if (length === 0 || length > LABEL_LENGTH) throw rejection(call, 'ValidationException');
    }
    if (this.lag > 0) this.before = { labels: this.labels, until: now.getTime() };
    this.labels = next;
  }

  private mustExist(call: 'PutSecretValue' | 'GetSecretValue' | 'UpdateSecretVersionStage'): void {
    if (this.isGone) throw rejection(call, 'ResourceNotFoundException');
    if (this.scheduledForDeletion) throw rejection(call, 'InvalidRequestException', 'marked for deletion');
  }
}

/** The versions as DescribeSecret lists them, oldest first. */
function listed(labels: Labels, versions: VersionMap): Versions {
  const listing: Record<string, string[]> = {};
  const labelled = new Set(labels.values());
  for (const id of versions.keys()) if (labelled.has(id)) listing[id] = [];
  for (const label of [...labels.keys()].sort()) listing[labels.get(label)!].push(label);
  return listing;
}

/** AWSPREVIOUS moves to the version that had AWSCURRENT. */
function attach(labels: Map<string, string>, label: string, to: string): void {
  const holder = labels.get(label);
  if (holder === to) return;
  labels.set(label, to);
  if (label === 'AWSCURRENT' && holder !== undefined) attach(labels, 'AWSPREVIOUS', holder);
}

function showVersions(versions: VersionMap): string {
  let text = '';
  for (const [id, { value, createdAt, kmsKey }] of versions) text += `${id}=${value}@${createdAt}${kmsKey}`;
  return text;
}

function showLabels(labels: Labels): string {
  let text = '';
  for (const label of [...labels.keys()].sort()) text += `${label}@${labels.get(label)};`;
  return text;
}

/** The key in a value, which a person may have written. */
function keyIn(value: string): string | undefined {
  try {
    return JSON.parse(value).AccessKey;
  } catch {
    return undefined;
  }
}
