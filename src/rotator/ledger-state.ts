/**
 * What a secret's versions and staging labels say, as plain values. A version without any label is forgotten by Secrets
 * Manager, one with a label stays; so labels are both the record of the keys and what keeps that record alive:
 *
 *   key:AKIA…:2026-01-31T03:12:45Z   this version holds a key that we issued, created at that time
 *   off:AKIA…:2026-05-15T11:12:45Z   that key was inactive since then, as first seen by us (IAM does not say)
 *   off:AKIA…:…:untold               the same, and nobody has been told yet
 *   adopted:AKIA…                    a key that an adopted user had when it was adopted
 *   claim:2026-01-31T03:12:40Z       an issue is under way since then, or died; on the new key's version once that is stored
 *   opened                           the first version of all: AWSCURRENT until the first key is published
 *   failed                           the last attempt that came to nothing
 */

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

export interface OffStamp extends Mark {
  readonly keyId: string;
  readonly since: Date;
  readonly told: boolean;
}

export interface AdoptedKey extends Mark {
  readonly keyId: string;
}

export interface Claim extends Mark {
  readonly at: Date;
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
  readonly adopted: readonly AdoptedKey[];
  readonly off: readonly OffStamp[];
  /** One while a key is being issued, none between runs. */
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
export const offLabel = (keyId: string, since: Date, told: boolean) => `off:${keyId}:${timestamp(since)}${told ? '' : ':untold'}`;
export const adoptedLabel = (keyId: string) => `adopted:${keyId}`;
export const claimLabel = (at: Date) => `claim:${timestamp(at)}`;

const TIME = '(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ)';
const KEY = new RegExp(`^key:(\\w+):${TIME}$`);
const OFF = new RegExp(`^off:(\\w+):${TIME}(:untold)?$`);
const ADOPTED = /^adopted:(\w+)$/;
const OURS = /^(key:|off:|adopted:|claim:|opened$|failed$)/;
const CLAIM = new RegExp(`^claim:${TIME}$`);

/** Labels that are not ours are somebody else's notes: left alone. */
export function readLedger(versions: Versions): Ledger {
  const issued: IssuedKey[] = [];
  const adopted: AdoptedKey[] = [];
  const off: OffStamp[] = [];
  const claims: Claim[] = [];
  let currentVersion: string | undefined;
  let failed: Mark | undefined;
  for (const [version, labels] of Object.entries(versions)) {
    for (const label of labels) {
      let match: RegExpExecArray | null;
      if (label === 'AWSCURRENT') currentVersion = version;
      else if (label === FAILED_LABEL) failed = { label, version };
      else if ((match = KEY.exec(label))) issued.push({ label, version, keyId: match[1], createdAt: new Date(match[2]) });
      else if ((match = OFF.exec(label))) off.push({ label, version, keyId: match[1], since: new Date(match[2]), told: !match[3] });
      else if ((match = ADOPTED.exec(label))) adopted.push({ label, version, keyId: match[1] });
      else if ((match = CLAIM.exec(label))) claims.push({ label, version, at: new Date(match[1]) });
    }
  }
  const current = issued.find((key) => key.version === currentVersion);
  const foreignValue = currentVersion !== undefined && !versions[currentVersion].some((label) => OURS.test(label));
  return { versions, currentVersion, current, foreignValue, issued, adopted, off, claims, failed };
}

/** When a key went inactive: the latest stamp, so that a key which was switched on in between starts its grace anew. */
export function offSince(ledger: Ledger, keyId: string): OffStamp | undefined {
  return ledger.off.filter((stamp) => stamp.keyId === keyId).sort((a, b) => b.since.getTime() - a.since.getTime())[0];
}

export function isIssued(ledger: Ledger, keyId: string): boolean {
  return ledger.issued.some((key) => key.keyId === keyId);
}

/** Whether retiring this key is ours to do: we issued it, or were asked to when its user was adopted. */
export function isOurs(ledger: Ledger, keyId: string): boolean {
  return isIssued(ledger, keyId) || ledger.adopted.some((key) => key.keyId === keyId);
}

/** IAM counts in whole seconds, and so do the labels. */
function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
