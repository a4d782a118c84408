/**
 * The ledger: the records in the staging labels of a secret's versions, as plain values. Secrets Manager can delete a
 * version without labels and keeps one with a label, so the labels also keep the versions that they describe.
 * A label is
 *
 *   akr1.kind.subject.20260131T031245Z[.unnotified]
 *
 * "akr" with the version of this grammar, the kind of the record, its subject, and a time in UTC. It has only
 * characters that Secrets Manager is known to accept: letters, digits, ".", "-" and "_". One label has no subject and
 * no time, as a secret has it at most once: akr1.initialized. "unnotified" at the end: people are not notified of it
 * yet.
 *
 * GLOSSARY.md has the meaning of each kind, in the section "Staging labels".
 *
 * A label that no run can have written is void, as if it were not there:
 *
 *   - it is dated after IAM's clock, or before its key was created, or is a `key` with another date than that of IAM
 *   - it is on a version of another principal
 *   - its subject is no ID of an access key, or it is `unnotified` and of a kind that no later check announces
 *   - it is a copy that contradicts the record of its key
 *   - it is a claim, or a record of what a new key replaces, on the version of a key that its run did not create
 *   - it contradicts another record, and the value of its version does not hold its key
 *
 * A label of another grammar or kind can be that of another release. It blocks, and so do records that contradict each
 * other if the values do not show which of them is true.
 */
import { SecretValue } from './secret-value';
import { addMs, CLOCK_SKEW } from './time';
import { RUN_MINUTES } from '../../contract/settings';

export type Versions = Readonly<Record<string, readonly string[]>>;

/** A staging label on a version. */
export interface VersionLabel {
  readonly label: string;
  readonly version: string;
}

export const FACTS = [
  'copy',
  'inactive',
  'adopted',
  'current-since',
  'missing',
  'displaced',
  'rejected',
  'leaked',
  'replaces',
  'unmanaged',
  'reminded',
  'exposed',
  'suspected',
] as const;
export type FactKind = (typeof FACTS)[number];
export const KINDS = ['key', 'claim', 'restore', 'failed', 'removed', 'owner', ...FACTS] as const;
export type RecordKind = (typeof KINDS)[number];

/** The content of a label. */
export interface Entry<K extends RecordKind = RecordKind> {
  readonly kind: K;
  /** The ID of an access key; in a claim or a removal, of a run; in `owner`, the name of a rotation. */
  readonly subject: string;
  readonly at: Date;
  readonly notified: boolean;
}

export type LedgerRecord<K extends RecordKind = RecordKind> = Entry<K> & VersionLabel;
export type IssuedKey = LedgerRecord<'key'>;
export type Claim = LedgerRecord<'claim' | 'restore'>;
export type FailedRun = LedgerRecord<'failed'>;
export type Fact = LedgerRecord<FactKind>;

export interface Ledger {
  readonly versions: Versions;
  /** The version with the label AWSCURRENT. */
  readonly currentVersion?: string;
  /** The first version that the rotation wrote, which holds no key. */
  readonly initializedVersion?: string;
  /** The issued key that AWSCURRENT holds. Its version can be another one: see the fact `copy`. */
  readonly current?: IssuedKey;
  /** AWSCURRENT is on a version that was written outside the rotation. */
  readonly unmanagedValue: boolean;
  readonly issued: readonly IssuedKey[];
  readonly facts: readonly Fact[];
  /** One during a run, none between runs. */
  readonly claims: readonly Claim[];
  /** The removal of the user from the rotation. */
  readonly removed?: LedgerRecord<'removed'>;
  /** At most one, and two if a run failed while it replaced it. */
  readonly failed: readonly FailedRun[];
  /** The rotations that use a secret that they did not create: one, and two while one of them is refused. */
  readonly owners: readonly LedgerRecord<'owner'>[];
  /** All labels of a rotation that are not void. */
  readonly written: readonly VersionLabel[];
  /** Labels of another release of the rotation, and damaged ones. */
  readonly unreadable: readonly VersionLabel[];
  /** Records of keys that contradict each other. */
  readonly contradictory: readonly LedgerRecord[];
  /** Void labels, to be reported and removed. */
  readonly invalid: readonly VersionLabel[];
  /** Versions that the rotation wrote. */
  readonly ownVersions: readonly string[];
  /** KMS key of new versions: ARN, ID or alias; older versions can have another one. Default: the AWS managed key. */
  readonly kmsKey?: string;
  /** Another writer of the secret. */
  readonly otherWriter?: 'rotation' | 'service' | 'replication';
}

const GRAMMAR = 'akr1';
/** The start of a label that some release of the rotation wrote. */
const ROTATION_PREFIX = /^akr\d+\./;

/** On the rotation's first version, which holds no key. Other values are written outside the rotation. */
export const INITIALIZED_LABEL = `${GRAMMAR}.initialized`;

export function isAmong(labels: readonly VersionLabel[], { label, version }: VersionLabel): boolean {
  return labels.some((one) => one.label === label && one.version === version);
}

/** The name of a rotation as the subject of a label. */
export function ownerSubject(rotation: string): string {
  return rotation.replace(/\W/g, '_');
}

/** Whether the rotation uses this secret, which it did not create. */
export function isOwnedBy(rotation: string, { owners }: Pick<Ledger, 'owners'>): boolean {
  return owners.some(({ subject }) => subject === ownerSubject(rotation));
}

/** What commits from before the first release wrote for a failed run. */
const UNDATED_FAILURE = `${GRAMMAR}.failed`;

export function labelOf(kind: RecordKind, subject: string, at: Date, notified = true): string {
  // Whole seconds, like the dates of IAM.
  return [
    GRAMMAR,
    kind,
    subject,
    `${at.toJSON()}`.replace(/[-:]|\.\d+/g, ''),
    ...(notified ? [] : ['unnotified']),
  ].join('.');
}

/** The run ID makes it unique: a label is on one version only, and two runs can begin in the same second. */
export function claimLabel(kind: Claim['kind'] | 'removed', at: Date, runId: string): string {
  return labelOf(kind, runId.replace(/\W/g, '').slice(0, 8), at);
}

/**
 * Replaces the label of a claim whose run failed, on the same version. Without it, the labels would be as before the
 * attempt, so the next attempt would send the same ClientRequestToken, which Secrets Manager rejects with another
 * value.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export function failedLabel({ label }: Pick<VersionLabel, 'label'>): string {
  const { subject, at } = parseLabel(label)!;
  return labelOf('failed', subject, at);
}

/** @returns undefined unless {@link labelOf} writes exactly this label, or an earlier commit wrote it for a failure */
export function parseLabel(label: string): Entry | undefined {
  if (label === UNDATED_FAILURE) return { kind: 'failed', subject: '', at: new Date(0), notified: true };
  const [, kindText, subject, time, suffix] = label.split('.');
  const kind = KINDS.find((known) => known === kindText);
  if (!kind || !/^\w+$/.test(subject)) return undefined;
  const at = new Date(`${time}`.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
  if (Number.isNaN(at.getTime())) return undefined;
  const notified = suffix !== 'unnotified';
  return labelOf(kind, subject, at, notified) === label ? { kind, subject, at, notified } : undefined;
}

/** Ignores labels that no release of the rotation writes. {@link asOf} also voids those with an impossible date. */
export function readLedger(versions: Versions): Ledger {
  const labels = Object.entries(versions).flatMap(([version, names]) => names.map((label) => ({ label, version })));
  const currentVersion = labels.find(({ label }) => label === 'AWSCURRENT')?.version;
  const ownLabels = labels.filter(({ label }) => ROTATION_PREFIX.test(label));
  const onForeignVersion = ownLabels.filter((label) => isOnForeignVersion(label, versions));
  const valid = ownLabels.filter((label) => !onForeignVersion.includes(label));
  const [initialized, others] = parted(valid, isInitialized);
  const parsed = others.map((label) => ({ label, entry: parseLabel(label.label) }));
  const [malformed, records] = parted(
    parsed.flatMap(({ label, entry }) => (entry ? [{ ...entry, ...label }] : [])),
    hasVoidForm,
  );
  const of = <K extends RecordKind>(...kinds: readonly K[]) =>
    records.filter((record): record is LedgerRecord<K> => kinds.some((kind) => kind === record.kind));
  const issued = of('key');
  const [voidCopies, copies] = parted(of('copy'), (copy) => isVoidCopy(copy, issued));
  const [voidClaims, claims] = parted(of('claim', 'restore'), (claim) => isOfNoRun(claim, issued));
  const voidReplacements = of('replaces').filter((replaces) => isOfNoRun(replaces, issued));
  const voided = [...malformed, ...voidCopies, ...voidClaims, ...voidReplacements];
  const written = [...initialized, ...of('key', 'claim', 'restore', 'failed', 'removed', 'owner')];
  const ownVersions = Object.keys(versions).filter((id) => written.some(({ version }) => version === id));
  // Other facts do not count: they can be on a version that holds no key of the rotation.
  const known = [...ownVersions, ...copies.map(({ version }) => version)];
  const copied = copyOn({ facts: copies, currentVersion })?.subject;
  return {
    versions,
    currentVersion,
    initializedVersion: initialized[0]?.version,
    current: issued.find((key) => key.version === currentVersion) ?? issued.find(({ subject }) => subject === copied),
    unmanagedValue: currentVersion !== undefined && !known.includes(currentVersion),
    issued,
    claims,
    removed: [...of('removed')].sort((a, b) => a.at.getTime() - b.at.getTime())[0],
    owners: of('owner'),
    written: valid.filter((label) => !isAmong(voided, label)),
    facts: of(...FACTS).filter((fact) => !isAmong(voided, fact)),
    failed: of('failed'),
    unreadable: parsed.flatMap(({ label, entry }) => (entry ? [] : [label])),
    contradictory: contradictions(issued, copies),
    invalid: [...onForeignVersion, ...voided],
    ownVersions,
  };
}

/** @returns those that pass the test, and the others */
function parted<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

function isInitialized({ label }: Pick<VersionLabel, 'label'>): boolean {
  return label === INITIALIZED_LABEL;
}

/**
 * Secrets Manager accepts IDs of 32 to 64 characters. The rotation writes 32 hexadecimal digits; an SDK, the console
 * and CloudFormation a UUID with hyphens; Terraform and programs their own.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
const FOREIGN_VERSION = /^(?![0-9a-f]{32}$).{32,}$/s;

const OF_KEYS: readonly RecordKind[] = ['key', ...FACTS];

/** What the rotation records on any version. A removal: see remove.ts. The others: see take-over.ts and edits.ts. */
const ON_ANY_VERSION: readonly RecordKind[] = ['removed', 'owner', 'copy'];

/** What the rotation also records on the version that it took over: its key, and what becomes of it. */
const ON_TAKEN_OVER_VERSION = OF_KEYS;

function isOnForeignVersion({ label, version }: VersionLabel, versions: Versions): boolean {
  if (!FOREIGN_VERSION.test(version)) return false;
  if (isInitialized({ label })) return true;
  const kind = parseLabel(label)?.kind;
  if (kind === undefined) return false;
  const isTakenOver = versions[version].some((other) => parseLabel(other)?.kind === 'owner');
  return ![...ON_ANY_VERSION, ...(isTakenOver ? ON_TAKEN_OVER_VERSION : [])].includes(kind);
}

/** A copy has the date of the record of its key, and is on another version. */
function isVoidCopy(copy: Fact, issued: readonly IssuedKey[]): boolean {
  const records = issued.filter(({ subject }) => subject === copy.subject);
  const isDated = records.some(({ at }) => at.getTime() === copy.at.getTime());
  return records.length > 0 && (!isDated || records.some(({ version }) => version === copy.version));
}

/**
 * A run moves its claim to the version of its new key, and records there which key that one replaces. Of two records of
 * a version, of which one is forged, the true one counts.
 */
function isOfNoRun({ kind, subject, version, at }: Claim | Fact, issued: readonly IssuedKey[]): boolean {
  const keys = issued.filter((key) => key.version === version);
  const isOwn = (key: IssuedKey) => key.subject !== subject && isFromRun({ at }, key.at);
  return keys.length > 0 && (kind === 'restore' || !keys.some(isOwn));
}

/** IAM allows up to 128 characters. Without "_", which its IDs do not have, it is no text for people in a message. */
const KEY_ID = /^[A-Za-z0-9]{1,128}$/;

/** What a later check announces if its run could not. */
const ANNOUNCED_LATER: readonly RecordKind[] = ['inactive', 'rejected'];

function hasVoidForm({ kind, subject, notified }: Entry): boolean {
  return (OF_KEYS.includes(kind) && !KEY_ID.test(subject)) || !(notified || ANNOUNCED_LATER.includes(kind));
}

/** Whether the run of a claim can have created a key at this time. */
export function isFromRun({ at }: Pick<Claim, 'at'>, createdAt: Date): boolean {
  const sinceClaim = createdAt.getTime() - at.getTime();
  return sinceClaim >= -CLOCK_SKEW && sinceClaim <= MAX_LEAD;
}

/** A key has one version, and a version has one key or a copy of one. */
function contradictions(keys: readonly IssuedKey[], copies: readonly Fact[]): LedgerRecord[] {
  const records: LedgerRecord[] = [...keys, ...copies];
  return records.filter((one) =>
    records.some(
      (other) =>
        other !== one
        && (other.version === one.version
          || (one.kind === 'key' && other.kind === 'key' && other.subject === one.subject)),
    ),
  );
}

/** A run reads the clock when it begins, so another one can record a time that is later by as much as a run takes. */
const MAX_LEAD = RUN_MINUTES * 60_000 + CLOCK_SKEW;

/** As IAM lists it. */
interface ListedKey {
  readonly keyId: string;
  readonly createdAt: Date;
}

/**
 * Without the records that are void because of what IAM and the values show.
 *
 * @param now - undefined if IAM returned no time, because the user does not exist
 * @param keys - those that were listed at that time
 * @param values - of the versions whose records contradict each other, by version; those that can be decrypted
 */
export function asOf(
  ledger: Ledger,
  now: Date | undefined,
  keys: readonly ListedKey[] = [],
  values: ReadonlyMap<string, SecretValue> = new Map(),
): Ledger {
  if (!now) return ledger;
  const voided: VersionLabel[] = [];
  for (let read = ledger; ; read = without(voided, ledger)) {
    // First by date: a record with an impossible date makes no true one contradict it. A label that looked void because
    // of it is read again, and can have an impossible date as well.
    const misdated = misdatedIn(read, now, keys);
    const isFalse = ({ version, subject }: LedgerRecord) => values.get(version)?.holds(subject) === false;
    const found = misdated.length > 0 ? misdated : read.contradictory.filter(isFalse);
    if (found.length === 0) return read;
    voided.push(...found);
  }
}

function misdatedIn(ledger: Ledger, now: Date, keys: readonly ListedKey[]): LedgerRecord[] {
  const { issued, claims, facts, failed, removed, owners } = ledger;
  const limit = addMs(now, MAX_LEAD);
  const listedAt = (subject: string) => keys.find(({ keyId }) => keyId === subject)?.createdAt;
  // Of a key that IAM does not list any more, the record of its issue has the date.
  const createdAt = (subject: string) => listedAt(subject) ?? issued.find((key) => key.subject === subject)?.at;
  const isBeforeKey = ({ subject, at }: Fact) => {
    const created = createdAt(subject);
    return created !== undefined && created <= limit && at < addMs(created, -MAX_LEAD);
  };
  // The record has the date that IAM returned with the key. The tolerance costs nothing.
  const isOfOtherDate = ({ subject, at }: IssuedKey) =>
    Math.abs((listedAt(subject) ?? at).getTime() - at.getTime()) > CLOCK_SKEW;
  // A copy has the date of the record of its key.
  const events = facts.filter(({ kind }) => kind !== 'copy');
  return [
    ...[...issued, ...claims, ...facts, ...failed, ...owners, ...(removed ? [removed] : [])].filter(
      ({ at }) => at > limit,
    ),
    ...events.filter((fact) => fact.at <= limit && isBeforeKey(fact)),
    ...issued.filter((key) => key.at <= limit && isOfOtherDate(key)),
  ];
}

/** The others are read again: a void record can have made another one look void. */
function without(labels: readonly VersionLabel[], ledger: Ledger): Ledger {
  const rest = Object.entries(ledger.versions).map(([version, names]) => [
    version,
    names.filter((label) => !isAmong(labels, { label, version })),
  ]);
  const { invalid, ...read } = readLedger(Object.fromEntries(rest));
  const { versions, kmsKey, otherWriter } = ledger;
  return { ...read, versions, kmsKey, otherWriter, invalid: [...invalid, ...labels] };
}

/** A claim of this age belongs to a failed run. It is three times the longest run. */
export const CLAIM_LIFETIME = 3 * RUN_MINUTES * 60_000;

/** The records of a key, whether IAM lists it or not. */
export interface KeyRecords {
  readonly issued?: IssuedKey;
  /** The latest of each kind. */
  readonly facts: Readonly<Partial<Record<FactKind, Fact>>>;
  /** Whether the rotation retires it: an issued, adopted or leaked key. */
  readonly managed: boolean;
  /** Whether it is retired even if it is newer than the current key: a rejected or leaked key. */
  readonly withdrawn: boolean;
  /** Whether the rotation issued it and people may have read it from the secret. */
  readonly published: boolean;
  /**
   * The version for its facts: the version of an issued key, the version with the record of an adopted or leaked key,
   * otherwise that of the current key or any other that the rotation wrote. Undefined if it wrote none.
   */
  readonly recordVersion?: string;
}

export function recordsOf(ledger: Ledger, keyId: string): KeyRecords {
  const issued = ledger.issued.find(({ subject }) => subject === keyId);
  const facts: Partial<Record<FactKind, Fact>> = {};
  for (const fact of ledger.facts) {
    const latest = facts[fact.kind];
    if (fact.subject === keyId && (!latest || fact.at > latest.at)) facts[fact.kind] = fact;
  }
  return {
    issued,
    facts,
    managed: (issued ?? facts.adopted ?? facts.leaked) !== undefined,
    withdrawn: (facts.rejected ?? facts.leaked) !== undefined,
    published: issued !== undefined && isPublished(issued, facts, ledger),
    recordVersion: (issued ?? facts.adopted ?? facts.leaked ?? ledger.current)?.version ?? ledger.ownVersions[0],
  };
}

/** The record that AWSCURRENT holds a key of another version. */
export function copyOn({ facts, currentVersion }: Pick<Ledger, 'facts' | 'currentVersion'>): Fact | undefined {
  return facts.find(({ kind, version }) => kind === 'copy' && version === currentVersion);
}

/** The version that holds the key with the newest other fields. */
export function newestVersionOf({ subject, version }: IssuedKey, ledger: Ledger): string {
  return recordsOf(ledger, subject).facts.copy?.version ?? version;
}

/**
 * Whether no rotation uses the secret. One that does has a record of a key, of itself, or that the secret had no value.
 * Other records are that of a removal, and those of runs that were active during it.
 */
export function isReleased({ written, issued, owners, unreadable }: Ledger): boolean {
  return [...issued, ...owners, ...unreadable].length === 0 && !written.some(isInitialized);
}

/** A claim on its version means that its run failed before publication, unless a record shows that it was current. */
function isPublished(
  { version }: IssuedKey,
  facts: KeyRecords['facts'],
  { versions, claims, current }: Ledger,
): boolean {
  // Had it not been published, it would have been discarded before the current key was issued, unless the two runs
  // overlapped.
  const isPast = ({ at }: Claim) => current !== undefined && current.at.getTime() > at.getTime() + CLAIM_LIFETIME;
  return (
    versions[version].includes('AWSCURRENT')
    || versions[version].includes('AWSPREVIOUS')
    || (facts.copy ?? facts.inactive ?? facts['current-since'] ?? facts.displaced ?? facts.rejected) !== undefined
    || claims.filter((claim) => claim.version === version).every(isPast)
  );
}
