/**
 * What a secret's versions and staging labels say, as plain values. A version without any label is forgotten by Secrets
 * Manager, one with a label stays; so labels are both the record of the keys and what keeps that record alive:
 *
 *   key:AKIA…:2026-01-31T03:12:45Z   this version holds a key that we issued, created at that time
 *   claim:2026-01-31T03:12:40Z:1b4…  a run is issuing a key since then, or died; on the new key's version once that is stored
 *   restore:2026-01-31T03:12:40Z:1b4…    a run is making an older key current again since then, or died
 *   opened                           the first version of all: AWSCURRENT until the first key is published
 *   failed                           the last attempt that came to nothing
 *
 * and facts about a key that IAM does not keep, each with the time at which we first saw it:
 *
 *   off:AKIA…:…        it is inactive since then
 *   adopted:AKIA…:…    somebody else made it, and it is ours to retire
 *   since:AKIA…:…      the current key is current and active since then: it was switched off for a while, or made current again
 *   gone:AKIA…:…       the current key was not listed
 *   away:AKIA…:…       our newest key ought to be current, and AWSCURRENT is elsewhere: somebody moved it or wrote a value
 *   rejected:AKIA…:…   a roll-back made the key before it current again
 *   leaked:AKIA…:…     somebody said so
 *   foreign:AKIA…:…    somebody else made it, and people know
 *   reminded:AKIA…:…   people were reminded of what comes next
 *
 * An ":untold" at the end means that people have not been told yet.
 */
import { RUN_MINUTES } from '../../contract/settings';

export type Versions = Readonly<Record<string, readonly string[]>>;

/** A label on a version. */
export interface Mark {
  readonly label: string;
  readonly version: string;
}

export interface IssuedKey extends Mark {
  readonly keyId: string;
  readonly createdAt: Date;
}

export const FACTS = ['off', 'adopted', 'since', 'gone', 'away', 'rejected', 'leaked', 'foreign', 'reminded'] as const;
export type FactKind = typeof FACTS[number];

export interface Fact extends Mark {
  readonly kind: FactKind;
  readonly keyId: string;
  readonly at: Date;
  readonly told: boolean;
}

export interface Claim extends Mark {
  readonly at: Date;
  /** Whether its run may have made a key. */
  readonly issues: boolean;
}

export interface Ledger {
  readonly versions: Versions;
  /** The version labelled AWSCURRENT, whatever it holds. */
  readonly currentVersion?: string;
  /** The issued key that AWSCURRENT holds. */
  readonly current?: IssuedKey;
  /** AWSCURRENT is on a version that somebody else wrote. */
  readonly foreignValue: boolean;
  readonly issued: readonly IssuedKey[];
  readonly facts: readonly Fact[];
  /** One while a run is at work, none between runs. */
  readonly claims: readonly Claim[];
  readonly failed?: Mark;
}

/** Tells our own first version, which holds no key, from a value that somebody else wrote. */
export const OPENED_LABEL = 'opened';

/**
 * Set on the version of an attempt that came to nothing. Without it, the labels would be the same as before the attempt,
 * the next one would arrive at the same version ID, and Secrets Manager would refuse that as taken.
 */
export const FAILED_LABEL = 'failed';

export const keyLabel = (keyId: string, createdAt: Date) => `key:${keyId}:${timestamp(createdAt)}`;
/** With the run's name: a label can only be in one place, and two runs may begin in the same second. */
export const claimLabel = (purpose: 'claim' | 'restore', at: Date, runId: string) => `${purpose}:${timestamp(at)}:${runId.replace(/\W/g, '').slice(0, 8)}`;
export const factLabel = (kind: FactKind, keyId: string, at: Date, told = true) => `${kind}:${keyId}:${timestamp(at)}${told ? '' : ':untold'}`;

const TIME = '(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ)';
const KEY = new RegExp(`^key:(\\w+):${TIME}$`);
const FACT = new RegExp(`^(${FACTS.join('|')}):(\\w+):${TIME}(:untold)?$`);
const CLAIM = new RegExp(`^(claim|restore):${TIME}(?::\\w+)?$`);
/** What we write a version with. Other labels of ours may come to stand on somebody else's. */
const OURS = /^(key:|claim:|restore:|opened$|failed$)/;

/** Labels that are not ours are somebody else's notes: left alone. */
export function readLedger(versions: Versions): Ledger {
  const marks = Object.entries(versions).flatMap(([version, labels]) => labels.map((label) => ({ label, version })));
  const currentVersion = marks.find(({ label }) => label === 'AWSCURRENT')?.version;
  const issued = parsed(marks, KEY, ([, keyId, at]) => ({ keyId, createdAt: new Date(at) }));
  return {
    versions,
    currentVersion,
    current: issued.find((key) => key.version === currentVersion),
    foreignValue: currentVersion !== undefined && !versions[currentVersion].some((label) => OURS.test(label)),
    issued,
    claims: parsed(marks, CLAIM, ([, purpose, at]) => ({ issues: purpose === 'claim', at: new Date(at) })),
    facts: parsed(marks, FACT, ([, kind, keyId, at, untold]) => ({ kind: kind as FactKind, keyId, at: new Date(at), told: !untold })),
    failed: marks.find(({ label }) => label === FAILED_LABEL),
  };
}

function parsed<T>(marks: readonly Mark[], pattern: RegExp, read: (match: RegExpExecArray) => T): (Mark & T)[] {
  return marks.flatMap((mark) => {
    const match = pattern.exec(mark.label);
    return match ? [{ ...mark, ...read(match) }] : [];
  });
}

/** What is on record of a key: the latest, so that whatever happened twice counts from the second time. */
export function factOf(ledger: Ledger, kind: FactKind, keyId: string | undefined): Fact | undefined {
  let latest: Fact | undefined;
  for (const fact of ledger.facts) {
    if (fact.kind === kind && fact.keyId === keyId && (!latest || fact.at > latest.at)) latest = fact;
  }
  return latest;
}

export function issuedKey(ledger: Ledger, keyId: string): IssuedKey | undefined {
  return ledger.issued.find((key) => key.keyId === keyId);
}

/** Whether retiring this key is ours to do: we issued it, or were asked to. */
export function isOurs(ledger: Ledger, keyId: string): boolean {
  return issuedKey(ledger, keyId) !== undefined || ledger.facts.some((fact) => fact.keyId === keyId && (fact.kind === 'adopted' || fact.kind === 'leaked'));
}

/**
 * The version that the facts about a key stand on: its own; for a key that somebody else made, the one that says what to do
 * with it; for one that is not on record yet, that of our latest key. Nothing where we never wrote anything.
 */
export function homeOf(ledger: Ledger, keyId: string): string | undefined {
  return (issuedKey(ledger, keyId) ?? factOf(ledger, 'adopted', keyId) ?? factOf(ledger, 'leaked', keyId) ?? ledger.current)?.version
    ?? Object.keys(ledger.versions).find((version) => ledger.versions[version].some((label) => OURS.test(label)));
}

/** A claim this old belongs to a dead run: three times as long as any run can take. */
export const CLAIM_LIFETIME = 3 * RUN_MINUTES * 60_000;

/** Whether people may have got this key: a claim on its version means that its run died before, unless something else tells. */
export function wasPublished(key: IssuedKey, ledger: Ledger): boolean {
  const labels = ledger.versions[key.version];
  // Had it not been current, it would have been discarded before the current one was issued; unless that was by a run which overtook its own.
  const isPast = ({ at }: Claim) => ledger.current !== undefined && ledger.current.createdAt.getTime() > at.getTime() + CLAIM_LIFETIME;
  return labels.includes('AWSCURRENT') || labels.includes('AWSPREVIOUS')
    || (['off', 'since', 'away', 'rejected'] as const).some((kind) => factOf(ledger, kind, key.keyId))
    || ledger.claims.filter(({ version }) => version === key.version).every(isPast);
}

/** A newer key that is meant to go: people rejected it, or it leaked. */
export function isSetAside(keyId: string, ledger: Ledger): boolean {
  return factOf(ledger, 'rejected', keyId) !== undefined || factOf(ledger, 'leaked', keyId) !== undefined;
}

/** IAM counts in whole seconds, and so do the labels. */
function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '');
}
