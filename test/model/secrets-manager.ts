/** Secrets Manager for one secret: versions, staging labels and their rules, limits, deletion and restoring. */
import { refused } from './calls';
import { identity } from './identity';
import { Versions } from '../../src/rotator/ledger-state';

export interface Version {
  readonly value: string;
  readonly labels: ReadonlySet<string>;
  readonly createdAt: number;
  /** The access key in the value, if there is one. */
  readonly keyId: string | undefined;
}

type VersionMap = ReadonlyMap<string, Version>;

/** The same versions are the same answer, so that it is looked at once. */
const descriptions = new WeakMap<VersionMap, Versions>();

const VERSIONS_PER_SECRET = 100;
const LABELS_PER_SECRET = 20;
const LABEL_LENGTH = 256;
const VALUE_LENGTH = 65_536;
const DAY = 86_400_000;

const NO_VERSIONS: VersionMap = new Map();

export class SecretsManager {
  public versions: VersionMap = NO_VERSIONS;
  public scheduledForDeletion = false;
  /** For so long, in ms, DescribeSecret may answer what was true before the latest write. */
  public lag = 0;
  private before?: { readonly versions: VersionMap; readonly until: number };

  public clone(): SecretsManager {
    const copy = new SecretsManager();
    copy.versions = this.versions;
    copy.scheduledForDeletion = this.scheduledForDeletion;
    copy.lag = this.lag;
    copy.before = this.before;
    return copy;
  }

  /** How many writes an answer may lag behind at this time. */
  public depth(now: Date): number {
    return this.before && this.before.until > now.getTime() - this.lag ? 1 : 0;
  }

  /** Versions without labels are deprecated: not listed, but still there, so their IDs stay taken. */
  public describe(behind: number): Versions {
    const seen = behind === 0 ? this.versions : this.before!.versions;
    const known = descriptions.get(seen) ?? Object.fromEntries(
      [...seen].filter(([, { labels }]) => labels.size > 0).map(([id, { labels }]) => [id, [...labels].sort()]));
    descriptions.set(seen, known);
    return known;
  }

  public put(token: string, value: string, labels: readonly string[], now: Date): string {
    this.mustExist('PutSecretValue');
    const existing = this.versions.get(token);
    if (existing && existing.value !== value) throw refused('PutSecretValue', 'ResourceExistsException');
    if (existing) return token; // a repeated request: nothing changes
    if (value.length > VALUE_LENGTH) throw refused('PutSecretValue', 'ValidationException');
    // The very first version is AWSCURRENT whatever is asked; without any label asked for, every one is.
    const wanted = this.versions.size === 0 || labels.length === 0 ? [...new Set([...labels, 'AWSCURRENT'])] : labels;
    const next = withRoom(this.versions, now.getTime()).set(token, { value, labels: new Set(), createdAt: now.getTime(), keyId: keyIn(value) });
    for (const label of wanted) attach(next, label, token);
    this.commit('PutSecretValue', next, now);
    return token;
  }

  public value(version: string): string {
    this.mustExist('GetSecretValue');
    const found = this.versions.get(version);
    if (!found) throw refused('GetSecretValue', 'ResourceNotFoundException');
    return found.value;
  }

  /** A label that some version holds moves only if the caller says from where: the compare-and-swap that publishing leans on. */
  public stage(label: string, to: string | undefined, from: string | undefined, now: Date): void {
    this.mustExist('UpdateSecretVersionStage');
    const holder = holderOf(this.versions, label);
    const known = [to, from].every((version) => version === undefined || this.versions.has(version));
    const fromRight = from === undefined ? holder === undefined || holder === to : holder === from;
    const currentStays = label !== 'AWSCURRENT' || to !== undefined;
    if (!known) throw refused('UpdateSecretVersionStage', 'ResourceNotFoundException');
    if (!fromRight || !currentStays) throw refused('UpdateSecretVersionStage', 'InvalidParameterException');
    const next = new Map(this.versions);
    if (to !== undefined) attach(next, label, to);
    else detach(next, label);
    this.commit('UpdateSecretVersionStage', next, now);
  }

  public holder(label: string): string | undefined {
    return holderOf(this.versions, label);
  }

  public fingerprint(now: Date): string {
    const before = this.before && this.depth(now) > 0 ? `${this.before.until}${identity(this.before.versions, show)}` : '';
    return `${this.scheduledForDeletion ? 'going' : ''}${identity(this.versions, show)}<${before}`;
  }

  private commit(call: 'PutSecretValue' | 'UpdateSecretVersionStage', next: VersionMap, now: Date): void {
    const labels = [...next.values()].flatMap((version) => [...version.labels]);
    if (labels.length > LABELS_PER_SECRET) throw refused(call, 'LimitExceededException');
    if (labels.some(({ length }) => length === 0 || length > LABEL_LENGTH)) throw refused(call, 'ValidationException');
    if (this.lag > 0) this.before = { versions: this.versions, until: now.getTime() };
    this.versions = next;
  }

  private mustExist(call: 'PutSecretValue' | 'GetSecretValue' | 'UpdateSecretVersionStage'): void {
    if (this.scheduledForDeletion) throw refused(call, 'InvalidRequestException');
  }
}

/** Deprecated versions go when there are a hundred, unless they are less than a day old. */
function withRoom(versions: VersionMap, now: number): Map<string, Version> {
  const next = new Map(versions);
  for (const [id, { labels, createdAt }] of versions) {
    if (next.size < VERSIONS_PER_SECRET) break;
    if (labels.size === 0 && createdAt < now - DAY) next.delete(id);
  }
  if (next.size >= VERSIONS_PER_SECRET) throw refused('PutSecretValue', 'LimitExceededException');
  return next;
}

/** AWSPREVIOUS goes to where AWSCURRENT was. */
function attach(versions: Map<string, Version>, label: string, to: string): void {
  const holder = holderOf(versions, label);
  if (holder === to) return;
  detach(versions, label);
  const version = versions.get(to)!;
  versions.set(to, { ...version, labels: new Set([...version.labels, label]) });
  if (label === 'AWSCURRENT' && holder !== undefined) attach(versions, 'AWSPREVIOUS', holder);
}

function detach(versions: Map<string, Version>, label: string): void {
  const holder = holderOf(versions, label);
  if (holder === undefined) return;
  const version = versions.get(holder)!;
  versions.set(holder, { ...version, labels: new Set([...version.labels].filter((other) => other !== label)) });
}

function holderOf(versions: VersionMap, label: string): string | undefined {
  for (const [version, { labels }] of versions) if (labels.has(label)) return version;
  return undefined;
}

function show(versions: VersionMap): string {
  let text = '';
  for (const [id, { value, labels, createdAt }] of versions) text += `${id}=${value}@${createdAt}[${[...labels].sort().join()}]`;
  return text;
}

/** The key that a program would find in a value: people may have written anything. */
function keyIn(value: string): string | undefined {
  try {
    return JSON.parse(value).AccessKey;
  } catch {
    return undefined;
  }
}
