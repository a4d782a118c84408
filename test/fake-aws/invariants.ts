/** The invariants of a rotation, checked on a model after every single AWS call. */
import { KeyEvent, KeyTrail } from './audit-trail';
import { ModelAws } from './fake-aws';
import { SECRET_PREFIX } from './iam';
import { Ages } from '../../src/contract/ages';
import { RUN_MINUTES } from '../../src/contract/settings';
import { Message } from '../../src/rotator/messages/message';

// Not the engine's own arithmetic: a rule that is checked by itself is not checked.
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TOLERANCE = HOUR;
/** An adopted key that was not used for so long may go although it has no successor. */
const UNUSED = 90 * DAY;

/** What the people who run a rotation asked for. */
export interface CallerRequests {
  readonly ages: Ages;
  /**
   * Keys that the rotation did not make, and that are its own to retire: had at adoption, or found with
   * `retireUnmanagedKeys`.
   */
  readonly requested: (keyId: string) => boolean;
  /** Keys that a leak command names now. */
  readonly leaked: (keyId: string) => boolean;
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

/** @throws Broken if the call that led from one to the other breaks an invariant */
export function checkCall(before: ModelAws, after: ModelAws, requests: CallerRequests): void {
  for (const event of after.history.slice(before.history.length)) {
    if (event.by === undefined) checkEvent(event, before, after, requests);
  }
  checkLeakReported(before, after, requests);
  for (const message of after.sent.slice(before.sent.length)) {
    checkSecrecy(JSON.stringify(message));
    const { event, accessKeyId } = message.attributes;
    if (event === 'created' && !before.notes.keys.get(accessKeyId!)?.published) {
      throw new InvariantViolation(`${accessKeyId} was announced, and never published`);
    }
    if (event === 'reminder') checkReminder(message, before, requests);
  }
}

/** Only a person's word makes a key a leaked one. */
export function checkLeakReported(
  { notes: before }: ModelAws,
  { notes: after }: ModelAws,
  { leaked }: CallerRequests,
): void {
  for (const [keyId, { leakedAt }] of after.keys.since(before.keys)) {
    if (leakedAt === undefined || before.keys.get(keyId)?.leakedAt !== undefined || leaked(keyId)) continue;
    throw new InvariantViolation(`invariant 3: nobody said that ${keyId} leaked`);
  }
}

/** Invariant 8. */
export function checkSecrecy(text: string): void {
  if (text.includes(SECRET_PREFIX)) throw new InvariantViolation(`invariant 8: a secret key is in "${text}"`);
}

function checkEvent({ what, keyId }: KeyEvent, before: ModelAws, after: ModelAws, requests: CallerRequests): void {
  if ((after.notes.everPublished && works(before)) || what === 'published') {
    if (!works(after)) {
      throw new InvariantViolation(
        `invariant 1: AWSCURRENT holds ${after.currentKey()}, which is not an active key, since ${keyId} was ${what}`,
      );
    }
  }
  // Of a key that is only just made, nothing is known before.
  const notes = (before.notes.keys.get(keyId) ?? after.notes.keys.get(keyId))!;
  switch (what) {
    case 'published':
      if (!notes.verified) {
        throw new InvariantViolation(`invariant 2: ${keyId} was published before it was seen to work`);
      }
      if (isKnownLeak(notes, before)) {
        throw new InvariantViolation(`invariant 2: ${keyId} is known to be leaked and was published`);
      }
      return;
    case 'activated':
      if (notes.made === 'person') {
        throw new InvariantViolation(`invariant 5: ${keyId} is not ours and was switched on`);
      }
      if (isKnownLeak(notes, before)) {
        throw new InvariantViolation(`invariant 3: ${keyId} is known to be leaked and was switched on`);
      }
      return;
    case 'deactivated':
      checkOwner(what, keyId, notes, requests);
      return checkDeactivation(keyId, notes, before, requests);
    case 'deleted':
      if (isOrphan(keyId, notes, before)) return;
      checkOwner(what, keyId, notes, requests);
      return checkDeletion(keyId, notes, before, requests);
    case 'created':
  }
}

/**
 * Of a key that is to go, and while there is time to act on it. Whether it is sent twice is for the reminders' own
 * tests.
 */
function checkReminder(
  { attributes: { accessKeyId }, details }: Message,
  { notes, now }: ModelAws,
  requests: CallerRequests,
): void {
  checkOwner('said to go', accessKeyId!, notes.keys.get(accessKeyId!)!, requests);
  const due = new Date((details.deactivatedAt ?? details.deletedAt)!);
  if (due <= now) {
    throw new InvariantViolation(
      `people were reminded of ${accessKeyId} at ${now.toISOString()}, too late for ${due.toISOString()}`,
    );
  }
}

function works(aws: ModelAws): boolean {
  const current = aws.currentKey();
  return current !== undefined && aws.keys.get(current)?.active === true;
}

/** A run that was under way when somebody said so could not know: it is as if it had ended before. */
function isKnownLeak({ leakedAt }: KeyTrail, { now }: ModelAws): boolean {
  return leakedAt !== undefined && now.getTime() - leakedAt > RUN_MINUTES * 60_000;
}

function checkOwner(what: string, keyId: string, { made, leakedAt }: KeyTrail, { requested }: CallerRequests): void {
  if (made === 'person' && !requested(keyId) && leakedAt === undefined) {
    throw new InvariantViolation(`invariant 5: ${keyId} is not ours and was ${what}`);
  }
}

function checkDeactivation(
  keyId: string,
  notes: KeyTrail,
  { notes: { keys, seenCurrent }, iam, now }: ModelAws,
  { ages }: CallerRequests,
): void {
  if (notes.leakedAt !== undefined || notes.restoring) return; // for invariant 1 to judge
  const grace = (ages.deactivate - ages.create) * DAY - TOLERANCE;
  const current = seenCurrent?.keyId;
  const successor = current !== undefined && current !== keyId ? keys.get(current) : undefined;
  const since = successor?.seen.active ? Math.max(seenCurrent!.since, successor.seen.since) : Infinity;
  if (now.getTime() - since >= grace) return;
  const lastUse =
    iam.keys
      .get(keyId)
      ?.uses.filter(({ service }) => service !== 'sts')
      .at(-1)
      ?.at.getTime() ?? -Infinity;
  const unused =
    notes.adoptedAt !== undefined && now.getTime() - notes.adoptedAt >= grace && now.getTime() - lastUse >= UNUSED;
  if (unused) return;
  throw new InvariantViolation(
    `invariant 3: ${keyId} was deactivated before its successor had been current for ${grace / DAY} days`,
  );
}

function checkDeletion(
  keyId: string,
  { seen, leakedAt }: KeyTrail,
  { iam, notes, now }: ModelAws,
  { ages }: CallerRequests,
): void {
  // Where the current key leaked as well, or all that there are, a leaked one that is off already makes room for a key
  // that did not.
  const hasLeaked = (other: string) => notes.keys.get(other)?.leakedAt !== undefined;
  const makesRoom = hasLeaked(notes.seenCurrent?.keyId ?? '') || [...iam.keys.keys()].every(hasLeaked);
  if (leakedAt !== undefined && !seen.active && makesRoom) return;
  const grace = (ages.delete - ages.deactivate) * DAY - TOLERANCE;
  const use = iam.lastUse(keyId, now);
  // Used while it was thought to be off: it was on again in between.
  const usedAt = use && use.service !== 'sts' && use.at.getTime() > seen.since + HOUR ? use.at.getTime() : -Infinity;
  if (!seen.active && now.getTime() - Math.max(seen.since, usedAt) >= grace) return;
  throw new InvariantViolation(`invariant 3: ${keyId} was deleted before it had been inactive for ${grace / DAY} days`);
}

/**
 * Made and never handed out. An unknown key that was made while a run issued one, and that nobody ever used, counts as
 * such.
 */
function isOrphan(keyId: string, { made, published }: KeyTrail, { keys, notes }: ModelAws): boolean {
  if (made === 'rotation') return !published;
  const { createdAt, uses } = keys.get(keyId)!;
  const within = (claim: number) =>
    createdAt.getTime() >= claim - 1_000 && createdAt.getTime() <= claim + RUN_MINUTES * 60_000;
  return uses.length === 0 && notes.claims.some(within);
}

/** Invariants 4 and 6, which only hold between runs: every key is on record, nothing is left half done. */
export function checkSettled(aws: ModelAws, foreign: string[] = []): void {
  const labels = aws.labels();
  for (const keyId of aws.keys.keys()) {
    const known = labels.some((label) =>
      ['key', 'adopted', 'leaked'].some((kind) => label.startsWith(`akr1.${kind}.${keyId}.`)),
    );
    if (!known && !foreign.includes(keyId)) {
      throw new InvariantViolation(`invariant 4: ${keyId} exists and is not in the ledger`);
    }
  }
  const open = labels.filter((label) => /^akr1\.(claim|restore)\./.test(label) || label.endsWith('.unnotified'));
  if (open.length > 0) throw new InvariantViolation(`not settled: ${open.join(', ')}`);
}

/** Invariant 4 of the announcements: whatever happened to a key that people had, they were told. */
export function notified(aws: ModelAws): void {
  if (aws.notes.unnotified.length > 0) {
    throw new InvariantViolation(`nobody was told: ${aws.notes.unnotified.join(', ')}`);
  }
}
