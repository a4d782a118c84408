/**
 * What a secret's versions and staging labels say, as plain values. A version without any label is forgotten by Secrets
 * Manager, one with a label stays; so labels are both the record of the keys and what keeps that record alive. A label
 * is
 *
 *   akr1.kind.subject.20260131T031245Z[.unnotified]
 *
 * "akr" and the version of this grammar, the kind of record, an access key ID or the ID of a run, and a time in UTC.
 * Only characters that Secrets Manager is known to accept are in it: letters, digits, ".", "-" and "_".
 *
 *   key        this version holds a key that we issued, created at that time
 *   claim      the run with that ID is issuing a key since then, or failed; it moves to the stored key's version
 *   restore    the run with that ID is making an older key current again since then, or failed
 *
 * and facts about a key that IAM does not keep, each with the time at which we first saw it:
 *
 *   inactive       it is inactive since then
 *   adopted        somebody else made it, and it is ours to retire
 *   current-since  the current key is current and active since then: it was inactive for a while, or made current again
 *   missing        the current key was not listed
 *   displaced      our newest key ought to be current, and AWSCURRENT is elsewhere: somebody moved it or wrote a value
 *   rejected       a roll-back made the key before it current again
 *   leaked         somebody reported it
 *   unmanaged      somebody else made it, and people are notified
 *   reminded       people were reminded of what comes next
 *
 * "unnotified" at the end means that people have not been notified yet. Two labels have neither subject nor time, as
 * each is at most once on a secret, and one of them moves: akr1.initialized and akr1.failed.
 */
import { RUN_MINUTES } from '../../contract/settings';

export type Versions = Readonly<Record<string, readonly string[]>>;

/** A label on a version. */
export interface VersionLabel {
  readonly label: string;
  readonly version: string;
}

export const FACTS = [
  'inactive',
  'adopted',
  'current-since',
  'missing',
  'displaced',
  'rejected',
  'leaked',
  'unmanaged',
  'reminded',
] as const;
export type FactKind = (typeof FACTS)[number];
export const KINDS = ['key', 'claim', 'restore', ...FACTS] as const;
export type RecordKind = (typeof KINDS)[number];

/** What a label says. */
export interface Entry<K extends RecordKind = RecordKind> {
  readonly kind: K;
  /** The ID of an access key; of a run, for a claim. */
  readonly subject: string;
  readonly at: Date;
  readonly notified: boolean;
}

export type LedgerRecord<K extends RecordKind = RecordKind> = Entry<K> & VersionLabel;
export type IssuedKey = LedgerRecord<'key'>;
export type Claim = LedgerRecord<'claim' | 'restore'>;
export type Fact = LedgerRecord<FactKind>;

export interface Ledger {
  readonly versions: Versions;
  /** The version labelled AWSCURRENT, whatever it holds. */
  readonly currentVersion?: string;
  /** The issued key that AWSCURRENT holds. */
  readonly current?: IssuedKey;
  /** AWSCURRENT is on a version that somebody else wrote. */
  readonly unmanagedValue: boolean;
  readonly issued: readonly IssuedKey[];
  readonly facts: readonly Fact[];
  /** One while a run is at work, none between runs. */
  readonly claims: readonly Claim[];
  readonly failed?: VersionLabel;
  /** Written by another release of the rotation, or damaged. */
  readonly unreadable: readonly VersionLabel[];
}

const GRAMMAR = 'akr1';
/** Whatever the version of its grammar, a label that begins so is a rotation's. */
const OF_A_ROTATION = /^akr\d+\./;

/** Tells our own first version, which holds no key, from a value that somebody else wrote. */
export const INITIALIZED_LABEL = `${GRAMMAR}.initialized`;

/**
 * Set on the version of an attempt that came to nothing. Without it, the labels would be the same as before the
 * attempt, the next one would arrive at the same version ID, and Secrets Manager would refuse that as taken.
 */
export const FAILED_LABEL = `${GRAMMAR}.failed`;

export function labelOf(kind: RecordKind, subject: string, at: Date, notified = true): string {
  // IAM counts in whole seconds, and so do the labels.
  return [
    GRAMMAR,
    kind,
    subject,
    `${at.toJSON()}`.replace(/[-:]|\.\d+/g, ''),
    ...(notified ? [] : ['unnotified']),
  ].join('.');
}

/** With the run's name: a label can only be in one place, and two runs may begin in the same second. */
export function claimLabel(kind: Claim['kind'], at: Date, runId: string): string {
  return labelOf(kind, runId.replace(/\W/g, '').slice(0, 8), at);
}

/** @returns nothing unless {@link labelOf} writes exactly this label */
export function entryOf(label: string): Entry | undefined {
  const [, word, subject, time, suffix] = label.split('.');
  const kind = KINDS.find((known) => known === word);
  if (!kind || !/^\w+$/.test(subject)) return undefined;
  const at = new Date(`${time}`.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
  const notified = suffix !== 'unnotified';
  return labelOf(kind, subject, at, notified) === label ? { kind, subject, at, notified } : undefined;
}

/** Labels that no rotation writes are somebody else's notes: left alone. */
export function readLedger(versions: Versions): Ledger {
  const marks = Object.entries(versions).flatMap(([version, labels]) => labels.map((label) => ({ label, version })));
  const currentVersion = marks.find(({ label }) => label === 'AWSCURRENT')?.version;
  const ours = marks.filter(
    ({ label }) => OF_A_ROTATION.test(label) && label !== INITIALIZED_LABEL && label !== FAILED_LABEL,
  );
  const read = ours.map((mark) => ({ mark, entry: entryOf(mark.label) }));
  const records = read.flatMap(({ mark, entry }) => (entry ? [{ ...entry, ...mark }] : []));
  const of = <K extends RecordKind>(...kinds: readonly K[]) =>
    records.filter((record): record is LedgerRecord<K> => kinds.some((kind) => kind === record.kind));
  const issued = of('key');
  return {
    versions,
    currentVersion,
    current: issued.find((key) => key.version === currentVersion),
    unmanagedValue: currentVersion !== undefined && !isWritten(versions[currentVersion]),
    issued,
    claims: of('claim', 'restore'),
    facts: of(...FACTS),
    failed: marks.find(({ label }) => label === FAILED_LABEL),
    unreadable: read.flatMap(({ mark, entry }) => (entry ? [] : [mark])),
  };
}

/** By us. Facts may come to stand on somebody else's version. */
function isWritten(labels: readonly string[]): boolean {
  return labels.some(
    (label) =>
      label === INITIALIZED_LABEL
      || label === FAILED_LABEL
      || ['key', 'claim', 'restore'].includes(entryOf(label)?.kind ?? ''),
  );
}

/** A claim this old belongs to a failed run: three times as long as any run can take. */
export const CLAIM_LIFETIME = 3 * RUN_MINUTES * 60_000;

/** What is on record of a key, whether IAM lists it or not. */
export interface KeyRecords {
  readonly issued?: IssuedKey;
  /** The latest of each kind, so that whatever happened twice counts from the second time. */
  readonly facts: Readonly<Partial<Record<FactKind, Fact>>>;
  /** Whether retiring it is ours to do: we issued it, or were asked to. */
  readonly managed: boolean;
  /** Whether it is meant to go although it is newer: people rejected it, or it leaked. */
  readonly withdrawn: boolean;
  /** Whether we issued it and people may have got it. */
  readonly published: boolean;
  /**
   * The version that its facts stand on: its own; for a key that somebody else made, the one that says what to do with
   * it; for one that is not on record yet, that of our latest key. Nothing where we never wrote anything.
   */
  readonly recordVersion?: string;
}

export function recordsOf(ledger: Ledger, keyId: string): KeyRecords {
  const issued = ledger.issued.find(({ subject }) => subject === keyId);
  const facts: Partial<Record<FactKind, Fact>> = {};
  for (const fact of ledger.facts) {
    const known = facts[fact.kind];
    if (fact.subject === keyId && (!known || fact.at > known.at)) facts[fact.kind] = fact;
  }
  return {
    issued,
    facts,
    managed: (issued ?? facts.adopted ?? facts.leaked) !== undefined,
    withdrawn: (facts.rejected ?? facts.leaked) !== undefined,
    published: issued !== undefined && isPublished(issued, facts, ledger),
    recordVersion:
      (issued ?? facts.adopted ?? facts.leaked ?? ledger.current)?.version
      ?? Object.keys(ledger.versions).find((version) => isWritten(ledger.versions[version])),
  };
}

/** A claim on its version means that its run failed before, unless something else tells. */
function isPublished(
  { version }: IssuedKey,
  facts: KeyRecords['facts'],
  { versions, claims, current }: Ledger,
): boolean {
  // Had it not been current, it would have been discarded before the current one was issued; unless that was by a run
  // which overtook its own.
  const isPast = ({ at }: Claim) => current !== undefined && current.at.getTime() > at.getTime() + CLAIM_LIFETIME;
  return (
    versions[version].includes('AWSCURRENT')
    || versions[version].includes('AWSPREVIOUS')
    || (facts.inactive ?? facts['current-since'] ?? facts.displaced ?? facts.rejected) !== undefined
    || claims.filter((claim) => claim.version === version).every(isPast)
  );
}
