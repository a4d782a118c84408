/** The invariants of a rotation, checked on a model after every AWS call. */
import { KeyEvent, KeyTrail } from './audit-trail';
import { ModelAws } from './fake-aws';
import { hasForgedDate } from './forged-dates';
import { SECRET_PREFIX } from './iam';
import { Ages } from '../../src/contract/ages';
import { RUN_MINUTES } from '../../src/contract/settings';
import { Credential } from '../../src/rotator/domain/credential';
import { smtpPassword } from '../../src/rotator/domain/smtp-password';
import { Message } from '../../src/rotator/messages/message';

// Independent of the arithmetic of the rotator, which they check.
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TOLERANCE = HOUR;
/** An adopted key that was unused for this time may be retired without a successor. */
const UNUSED = 90 * DAY;

/** What the settings and events of a rotation permit. */
export interface CallerRequests {
  readonly ages: Ages;
  /**
   * Keys that the rotation did not issue and may retire: those at adoption, and with `retireUnmanagedKeys` those that
   * it finds later.
   */
  readonly requested: (keyId: string) => boolean;
  /** Keys that a "revoke" names now. */
  readonly leaked: (keyId: string) => boolean;
  /** Keys that a removal of the user may delete now. Default: none, because no removal is in progress. */
  readonly removed?: (key: KeyTrail) => boolean;
  /** Whether the change window is closed at a time, for a run that is a check. Default: never. */
  readonly closed?: (at: Date) => boolean;
}

export class InvariantViolation extends Error {
  readonly name = 'InvariantViolation';
}

export function watch(
  aws: ModelAws,
  ages: Ages,
  requested: CallerRequests['requested'] = () => false,
  leaked: CallerRequests['leaked'] = () => false,
): void {
  aws.afterEachCall = (before) => checkCall(before, aws, { ages, requested, leaked });
}

/** @throws InvariantViolation if the call between the two states breaks an invariant */
export function checkCall(before: ModelAws, after: ModelAws, requests: CallerRequests): void {
  for (const event of after.history.slice(before.history.length)) {
    if (event.by === undefined) checkEvent(event, before, after, requests);
  }
  checkLeakReported(before, after, requests);
  if (after.secret.labels !== before.secret.labels) checkReportRecorded(before, after);
  for (const message of after.sent.slice(before.sent.length)) {
    checkSecrecy(JSON.stringify(message));
    const { event, accessKeyId } = message.attributes;
    if (event === 'created' && !before.trail.keys.get(accessKeyId!)?.published) {
      throw new InvariantViolation(`a notification was sent for ${accessKeyId}, which was never published`);
    }
    if (event === 'reminder') checkReminder(message, before, requests);
  }
}

/** A key is recorded as leaked only after a "revoke". */
export function checkLeakReported(
  { trail: before }: ModelAws,
  { trail: after }: ModelAws,
  { leaked }: CallerRequests,
): void {
  for (const [keyId, { leakedAt }] of after.keys.since(before.keys)) {
    if (leakedAt === undefined || before.keys.get(keyId)?.leakedAt !== undefined || leaked(keyId)) continue;
    throw new InvariantViolation(`invariant 3: ${keyId} was recorded as leaked without a report`);
  }
}

/** A report of AWS is recorded only after its notification was sent: the record keeps later reports silent. */
function checkReportRecorded({ secret: { labels: before } }: ModelAws, { secret, trail }: ModelAws): void {
  for (const label of secret.labels.keys()) {
    const [, kind, keyId] = label.split('.');
    if (!['exposed', 'suspected'].includes(kind) || before.has(label) || trail.reported.includes(keyId)) continue;
    if (hasForgedDate(label)) continue;
    throw new InvariantViolation(`a report about ${keyId} is recorded, and nobody was notified`);
  }
}

/** The shape of the SMTP passwords of Amazon SES, which the rotation derives from secret access keys. */
const SMTP_PASSWORD = /(?<![A-Za-z0-9+/])B[A-Za-z0-9+/]{43}(?![A-Za-z0-9+/=])/;

/** Invariant 8: no secret access key, and nothing that is derived from one, leaves the secret. */
export function checkSecrecy(text: string): void {
  if (text.includes(SECRET_PREFIX)) throw new InvariantViolation(`invariant 8: a secret key is in "${text}"`);
  if (SMTP_PASSWORD.test(text)) throw new InvariantViolation(`invariant 8: an SMTP password is in "${text}"`);
}

function checkEvent({ what, keyId }: KeyEvent, before: ModelAws, after: ModelAws, requests: CallerRequests): void {
  const isRemoved = what === 'deleted' && requests.removed !== undefined;
  const mayEnd = isRemoved || isEviction(what, keyId, before);
  if ((after.trail.everPublished && works(before) && !mayEnd) || what === 'published') {
    if (!works(after)) {
      throw new InvariantViolation(
        `invariant 1: AWSCURRENT holds ${after.currentKey()}, which is not an active key, since ${keyId} was ${what}`,
      );
    }
  }
  // A new key is not in the trail before the call.
  const key = (before.trail.keys.get(keyId) ?? after.trail.keys.get(keyId))!;
  // A deploy that removes a user is not bound to the window.
  const isBound = requests.removed === undefined && requests.closed?.(before.now);
  if (isBound && !isRepair(what, keyId, key, before)) {
    throw new InvariantViolation(`invariant 14: ${keyId} was ${what} while the change window was closed`);
  }
  switch (what) {
    case 'published':
      if (!key.verified) {
        throw new InvariantViolation(`invariant 2: ${keyId} was published before it was verified`);
      }
      if (!before.iam.isSettled(keyId, before.now)) {
        throw new InvariantViolation(`invariant 2: ${keyId} was published while some servers of AWS still rejected it`);
      }
      if (isKnownLeak(key, before)) {
        throw new InvariantViolation(`invariant 2: ${keyId} is known to be leaked and was published`);
      }
      if (!canFetch(after)) throw new InvariantViolation(`invariant 2: ${keyId} was published and cannot be decrypted`);
      checkUnreadable(keyId, before);
      checkFields(keyId, before, after);
      checkSmtpFields(after);
      return;
    case 'activated':
      if (key.createdBy === 'person') {
        throw new InvariantViolation(`invariant 5: ${keyId} is not managed and was activated`);
      }
      if (isKnownLeak(key, before)) {
        throw new InvariantViolation(`invariant 3: ${keyId} is known to be leaked and was activated`);
      }
      return;
    case 'deactivated':
      checkOwner(what, keyId, key, requests);
      return checkDeactivation(keyId, key, before, requests);
    case 'deleted':
      if (isOrphan(keyId, key, before) || requests.removed?.(key)) return;
      checkOwner(what, keyId, key, requests);
      return checkDeletion(keyId, key, before, requests);
    case 'created':
  }
}

/** What a check may do while the change window is closed: nothing that could wait. */
function isRepair(what: KeyEvent['what'], keyId: string, key: KeyTrail, before: ModelAws): boolean {
  const hasLeak = [...before.trail.keys].some(([, { leakedAt }]) => leakedAt !== undefined);
  const isIssued = what === 'created' || what === 'published';
  if (!before.trail.everPublished) return isIssued || isOrphan(keyId, key, before);
  if (!works(before) || !canFetch(before) || hasLeak || key.restoring) return true;
  return what === 'activated' || (what === 'deleted' && isOrphan(keyId, key, before));
}

/**
 * The exceptions of invariant 1. A leaked key that is current is deactivated when a key that was seen to work is about
 * to replace it, and deleted only if no other slot can be freed for that key. An unmanaged key that a person wrote into
 * the secret is deactivated at once.
 */
function isEviction(what: KeyEvent['what'], keyId: string, aws: ModelAws): boolean {
  if (aws.currentKey() !== keyId || aws.trail.keys.get(keyId)?.leakedAt === undefined) return false;
  if (what === 'deleted') return !hadFreeableSlot(aws);
  if (what !== 'deactivated') return false;
  // The rotation does not know the keys of other principals, so for it that value holds none. It knows its own key in a
  // version that a person edited: that one is replaced first.
  if (aws.trail.keys.get(keyId)!.createdBy === 'person') return true;
  const version = [...aws.secret.labels].find(
    ([label]) => label.startsWith(`akr1.replaces.${keyId}.`) && !hasForgedDate(label),
  )?.[1];
  const successor = version && aws.versions.get(version)?.keyId;
  return !!successor && aws.keys.get(successor)?.active === true && aws.trail.keys.get(successor)!.verified;
}

/** Whether the run could read that another slot can be freed: not if another run deactivated that key a moment ago. */
function hadFreeableSlot(aws: ModelAws): boolean {
  const isPast = (at: number) => aws.now.getTime() - at > RUN_MINUTES * 60_000;
  return (
    aws.keys.size < 2
    || [...aws.keys.keys()].some((key) => isFreeable(key, aws) && isPast(aws.trail.keys.get(key)!.observed.since))
  );
}

/** An inactive key that the rotation retires: its slot can be used for the key that replaces a leaked one. */
function isFreeable(keyId: string, { trail }: ModelAws): boolean {
  const { createdBy, adoptedAt, leakedAt, observed } = trail.keys.get(keyId)!;
  return !observed.active && (createdBy === 'rotation' || adoptedAt !== undefined || leakedAt !== undefined);
}

/** The other fields of the secret belong to its owner: a new version has those of the version that it replaces. */
function checkFields(keyId: string, before: ModelAws, after: ModelAws): void {
  // What cannot be decrypted is lost, and its key is replaced.
  const current = before.currentKey();
  if (current === undefined || !canFetch(before)) return;
  // In a secret that the rotation created, a value with a key that has no record is replaced as a whole: another
  // principal wrote it, or moved AWSCURRENT to the version of a key that was never published and is deleted.
  const hasRecord = before.labels().some((label) => label.startsWith(`akr1.key.${current}.`));
  const hasOwner = before.labels().some((label) => label.startsWith('akr1.owner.'));
  if (!hasOwner && !hasRecord) return;
  const [was, is] = [before, after].map(otherFields);
  if (was !== is) throw new InvariantViolation(`${keyId} was published with the fields ${is} in place of ${was}`);
}

/** The SMTP credentials in the secret are those of its key. */
function checkSmtpFields({ secret, versions }: ModelAws): void {
  const { AccessKey, SecretKey, SmtpUserName, SmtpPassword_eu_west_1 } = JSON.parse(
    versions.get(secret.holder('AWSCURRENT')!)!.value,
  );
  if (SmtpUserName === undefined) return;
  const expected = smtpPassword(new Credential(AccessKey, SecretKey, new Date(0)), 'eu-west-1');
  if (SmtpUserName !== AccessKey || SmtpPassword_eu_west_1 !== expected) {
    throw new InvariantViolation(`${AccessKey} was published with the SMTP credentials of another key`);
  }
}

function otherFields({ secret, versions }: ModelAws): string {
  const { AccessKey, SecretKey, SmtpUserName, SmtpPassword_eu_west_1, ...others } = JSON.parse(
    versions.get(secret.holder('AWSCURRENT')!)!.value,
  );
  return JSON.stringify(Object.entries(others).sort());
}

/** A thief reads the secret with the leaked key, so its successor is published when it does not work any more. */
function checkUnreadable(keyId: string, before: ModelAws): void {
  const replaced = before.currentKey() ?? '';
  const trail = before.trail.keys.get(replaced);
  if (trail && isKnownLeak(trail, before) && before.keys.get(replaced)?.active) {
    throw new InvariantViolation(`${keyId} was published while the leaked key ${replaced} could read it`);
  }
}

/** A reminder is about a managed key and comes before the deadline. The tests of the reminders check duplicates. */
function checkReminder(
  { attributes: { accessKeyId }, details }: Message,
  { trail, now }: ModelAws,
  requests: CallerRequests,
): void {
  checkOwner('named in a reminder', accessKeyId!, trail.keys.get(accessKeyId!)!, requests);
  const deadline = new Date((details.deactivatedAt ?? details.deletedAt)!);
  if (deadline <= now) {
    throw new InvariantViolation(
      `the reminder for ${accessKeyId} at ${now.toISOString()} comes after the deadline, ${deadline.toISOString()}`,
    );
  }
}

function works(aws: ModelAws): boolean {
  const current = aws.currentKey();
  return current !== undefined && aws.keys.get(current)?.active === true;
}

/** Whether consumers can read AWSCURRENT, if there is one. */
function canFetch({ secret }: ModelAws): boolean {
  const version = secret.holder('AWSCURRENT');
  return version === undefined || secret.canDecrypt(version);
}

/** A run that began before the report may not read it, so a leak counts as known after the longest run. */
function isKnownLeak({ leakedAt }: KeyTrail, { now }: ModelAws): boolean {
  return leakedAt !== undefined && now.getTime() - leakedAt > RUN_MINUTES * 60_000;
}

function checkOwner(
  what: string,
  keyId: string,
  { createdBy, leakedAt }: KeyTrail,
  { requested }: CallerRequests,
): void {
  if (createdBy === 'person' && !requested(keyId) && leakedAt === undefined) {
    throw new InvariantViolation(`invariant 5: ${keyId} is not managed and was ${what}`);
  }
}

function checkDeactivation(keyId: string, key: KeyTrail, before: ModelAws, { ages }: CallerRequests): void {
  if (key.leakedAt !== undefined || key.restoring) return; // invariant 1 applies
  if (!canFetch(before)) {
    throw new InvariantViolation(`invariant 3: ${keyId} was deactivated while AWSCURRENT cannot be decrypted`);
  }
  const {
    trail: { keys, observedCurrent },
    iam,
    now,
  } = before;
  const period = (ages.deactivate - ages.create) * DAY - TOLERANCE;
  const current = observedCurrent?.keyId;
  const successor = current !== undefined && current !== keyId ? keys.get(current) : undefined;
  const since = successor?.observed.active ? Math.max(observedCurrent!.since, successor.observed.since) : Infinity;
  if (now.getTime() - since >= period) return;
  // A check that had read the state before: the key that was the successor then has leaked, and was replaced meanwhile.
  const isJustReplaced = ({ leakedAt, published }: KeyTrail) =>
    published && leakedAt !== undefined && now.getTime() - leakedAt <= RUN_MINUTES * 60_000;
  if ([...keys].some(([, other]) => isJustReplaced(other))) return;
  const lastUse =
    iam.keys
      .get(keyId)
      ?.uses.filter(({ service }) => service !== 'sts')
      .at(-1)
      ?.at.getTime() ?? -Infinity;
  const unused =
    key.adoptedAt !== undefined && now.getTime() - key.adoptedAt >= period && now.getTime() - lastUse >= UNUSED;
  if (unused) return;
  throw new InvariantViolation(
    `invariant 3: ${keyId} was deactivated before its successor had been current for ${period / DAY} days`,
  );
}

function checkDeletion(keyId: string, { observed, leakedAt }: KeyTrail, aws: ModelAws, { ages }: CallerRequests): void {
  const { iam, trail, now } = aws;
  // If the current key leaked, or a leaked key is left without a current one, a slot is freed for a new key at once.
  const current = aws.currentKey() ?? '';
  const isNeeded =
    trail.keys.get(current)?.leakedAt !== undefined || (leakedAt !== undefined && !iam.keys.has(current));
  if (isNeeded && ((iam.keys.size === 2 && isFreeable(keyId, aws)) || isEviction('deleted', keyId, aws))) return;
  const period = (ages.delete - ages.deactivate) * DAY - TOLERANCE;
  const use = iam.lastUse(keyId, now);
  // A use while the observed status is inactive: a person activated the key in between.
  const usedAt =
    use && use.service !== 'sts' && use.at.getTime() > observed.since + HOUR ? use.at.getTime() : -Infinity;
  if (!observed.active && now.getTime() - Math.max(observed.since, usedAt) >= period) return;
  throw new InvariantViolation(
    `invariant 3: ${keyId} was deleted before it had been inactive for ${period / DAY} days`,
  );
}

/**
 * A key that was issued and never published. An unused key of a person counts too if it was created while a run issued
 * one: the rotation cannot distinguish them.
 */
function isOrphan(keyId: string, { createdBy, published }: KeyTrail, { keys, trail }: ModelAws): boolean {
  if (createdBy === 'rotation') return !published;
  const { createdAt, uses } = keys.get(keyId)!;
  const within = (claim: number) =>
    createdAt.getTime() >= claim - 1_000 && createdAt.getTime() <= claim + RUN_MINUTES * 60_000;
  return uses.length === 0 && trail.claims.some(within);
}

/** Invariants 4 and 6, which hold between runs: each key is in the ledger, and no run is unfinished. */
export function checkSettled(aws: ModelAws, unmanaged: string[] = []): void {
  const labels = aws.labels();
  for (const keyId of aws.keys.keys()) {
    const isRecorded = labels.some((label) =>
      ['key', 'adopted', 'leaked'].some((kind) => label.startsWith(`akr1.${kind}.${keyId}.`)),
    );
    if (!isRecorded && !unmanaged.includes(keyId)) {
      throw new InvariantViolation(`invariant 4: ${keyId} exists and is not in the ledger`);
    }
  }
  const unfinished = labels.filter((label) => /^akr1\.(claim|restore)\./.test(label) || label.endsWith('.unnotified'));
  if (unfinished.length > 0) throw new InvariantViolation(`not settled: ${unfinished.join(', ')}`);
}

/** A key that consumers cannot fetch is replaced as soon as that is possible. */
export function checkFetchable(aws: ModelAws): void {
  if (!canFetch(aws) && aws.secret.canStore() && aws.keys.size < 2) {
    throw new InvariantViolation('AWSCURRENT cannot be decrypted, and no new key was issued');
  }
}

/** Invariant 4 for notifications: people are notified of every event of a key that they could have. */
export function checkNotified(aws: ModelAws): void {
  if (aws.trail.unnotified.length > 0) {
    throw new InvariantViolation(`notifications are missing: ${aws.trail.unnotified.join(', ')}`);
  }
}
