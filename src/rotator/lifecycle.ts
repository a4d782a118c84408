/**
 * Every decision about a key, as a pure function of what IAM and the ledger say and of the time. No AWS, no clock, no I/O.
 *
 * A check finishes first what a run before it left behind, whatever it was asked. Then it takes the one step that its
 * action allows, or says why there is none.
 */
import { DAY, rollbackGrace, switchGrace, TOLERANCE } from './ages';
import { Claim, isIssued, isOurs, IssuedKey, Ledger, OffStamp, offSince } from './ledger-state';
import { RotationRequest } from './request';
import { announceStep, busyUntil, discardStep, unstampStep } from './unfinished';

export interface AccessKey {
  readonly keyId: string;
  /** IAM also knows "Expired": whatever is not Active counts as inactive. */
  readonly active: boolean;
  readonly createdAt: Date;
}

export interface UserState {
  readonly keys: readonly AccessKey[];
  readonly ledger: Ledger;
  /** IAM's clock, the only one that counts. */
  readonly now: Date;
}

export type Step =
  /** Make a new key current. `adopt`: present keys to put on record as ours to retire. */
  | { readonly do: 'issue'; readonly adopt: readonly string[] }
  /** No slot for a first key, but put the adopted keys on record. */
  | { readonly do: 'adopt'; readonly adopt: readonly string[] }
  | { readonly do: 'deactivate'; readonly key: AccessKey }
  /** An inactive key without a stamp: its grace begins now, late but never early. */
  | { readonly do: 'stamp'; readonly key: AccessKey }
  | { readonly do: 'delete'; readonly key: AccessKey }
  /** A key that was inactive and is active again: its stamp does not count any more. */
  | { readonly do: 'unstamp'; readonly stamp: OffStamp }
  /** A run died between its claim and its end. */
  | { readonly do: 'discard'; readonly claim: Claim }
  /** Messages that a run before this one owes. */
  | { readonly do: 'announce-created'; readonly key: IssuedKey; readonly claim: Claim }
  | { readonly do: 'announce-deactivated'; readonly stamp: OffStamp }
  | { readonly do: 'announce-deleted'; readonly stamp: OffStamp }
  /** Nothing to do now. */
  | { readonly do: 'nothing'; readonly outcome: 'not-due' | 'refused' | 'busy' | 'waiting'; readonly why: string; readonly until?: Date }
  /** Somebody has to act; nothing is touched. */
  | { readonly do: 'report'; readonly outcome: 'blocked'; readonly why: string; readonly remedy: string };

/** A bare "create" is refused while the current key is this young: two in a row would leave people no time to switch. */
export const FRESH = DAY;

export interface StepOptions {
  /** Put the keys that the user has now on record as ours to retire: the user is being adopted. */
  readonly adopting?: boolean;
  /** Messages cannot be sent now: leave those that are owed to a later check. */
  readonly mute?: boolean;
}

export function nextStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step {
  const busy = busyUntil(state);
  if (busy) return { do: 'nothing', outcome: 'busy', why: 'another run is issuing a key for this user, or died at it', until: busy };
  const unfinished = discardStep(state) ?? unstampStep(state) ?? (options.mute ? undefined : announceStep(state));
  if (unfinished) return unfinished;
  switch (request.action) {
    case 'create': return createStep(request, state, options.adopting ?? false);
    case 'deactivate': return deactivateStep(request, state);
    case 'delete': return deleteStep(request, state);
  }
}

function createStep({ ages, username, onlyIfDue, secret }: RotationRequest, { keys, ledger, now }: UserState, adopting: boolean): Step {
  const { current } = ledger;
  const overwritten = foreignValue(ledger, keys, secret, username);
  if (overwritten) return overwritten;
  const currentKey = current && keys.find((key) => key.keyId === current.keyId);
  if (current && !currentKey) {
    // IAM's lists lag behind its writes: believe that a key is gone only when it is not that young.
    const listedBy = new Date(current.createdAt.getTime() + TOLERANCE);
    if (now < listedBy) {
      return { do: 'nothing', outcome: 'waiting', why: `IAM does not list the current key ${current.keyId} yet`, until: listedBy };
    }
  }
  if (currentKey && !currentKey.active) {
    return blocked(`the current key ${currentKey.keyId} was deactivated by somebody else`,
      `either activate it again (aws iam update-access-key --user-name ${username} --access-key-id ${currentKey.keyId} --status Active)`
      + ' or delete it, and the next check issues a new one');
  }
  const newer = currentKey && keys.find((key) => key.createdAt > currentKey.createdAt && isIssued(ledger, key.keyId));
  if (newer) {
    return blocked(`the current key ${currentKey.keyId} is older than ${newer.keyId}, so somebody moved AWSCURRENT back`,
      `move it forward (${makeCurrent(newer.keyId, ledger, secret)}) or delete ${newer.keyId} if nobody uses it, and rotation goes on`);
  }
  if (currentKey) {
    const dueAt = new Date(currentKey.createdAt.getTime() + ages.create * DAY);
    if (onlyIfDue && !reached(dueAt, now)) return notDue(`the current key ${currentKey.keyId} is not ${ages.create} days old`, dueAt);
    const freshUntil = new Date(currentKey.createdAt.getTime() + FRESH);
    if (!onlyIfDue && now < freshUntil) {
      return { do: 'nothing', outcome: 'refused', why: `the current key ${currentKey.keyId} is less than a day old`, until: freshUntil };
    }
  }
  const adopt = adopting && ledger.issued.length === 0 && ledger.adopted.length === 0 ? keys.map((key) => key.keyId) : [];
  const others = keys.filter((key) => key.keyId !== current?.keyId);
  // Two slots a user: a new key needs one of them, and nothing is destroyed to make room.
  if (keys.length < 2) return { do: 'issue', adopt };
  const leaving = currentKey && others.find((key) => isOurs(ledger, key.keyId));
  if (leaving) {
    return {
      do: 'nothing',
      outcome: 'waiting',
      why: `the user's second slot is held by the previous key ${leaving.keyId} until its grace is over`,
      until: leavesAt(leaving, currentKey, ages, ledger),
    };
  }
  if (adopt.length > 0) return { do: 'adopt', adopt };
  const ids = others.map((key) => key.keyId);
  return blocked(`no slot is free for a new key: ${ids.join(' and ')} ${ids.length === 1 ? 'was' : 'were'} not issued by this rotation`,
    `delete the one that nobody uses (aws iam delete-access-key --user-name ${username} --access-key-id ${ids[0]}), and the next check issues a new key`);
}

function deactivateStep({ ages, username, secret }: RotationRequest, { keys, ledger, now }: UserState): Step {
  const successor = successorOf(keys, ledger);
  if ('problem' in successor) return unsafe('deactivated', successor.problem, ledger, keys, secret, username);
  const old = ourOldKeys(keys, ledger, successor.key);
  const [unstamped] = old.filter((key) => !key.active && !offSince(ledger, key.keyId));
  if (unstamped) return { do: 'stamp', key: unstamped };
  const [active] = old.filter((key) => key.active);
  if (!active) return notDue('there is no previous key that is still active');
  const dueAt = new Date(successor.key.createdAt.getTime() + switchGrace(ages) * DAY);
  if (!reached(dueAt, now)) return notDue(`the previous key ${active.keyId} stays active for ${switchGrace(ages)} days after its successor was issued`, dueAt);
  return { do: 'deactivate', key: active };
}

function deleteStep({ ages, username, secret }: RotationRequest, { keys, ledger, now }: UserState): Step {
  const successor = successorOf(keys, ledger);
  if ('problem' in successor) return unsafe('deleted', successor.problem, ledger, keys, secret, username);
  const [inactive] = ourOldKeys(keys, ledger, successor.key).filter((key) => !key.active);
  if (!inactive) return notDue('there is no previous key that is inactive');
  const stamp = offSince(ledger, inactive.keyId);
  if (!stamp) return { do: 'stamp', key: inactive };
  const dueAt = new Date(stamp.since.getTime() + rollbackGrace(ages) * DAY);
  if (!reached(dueAt, now)) return notDue(`the previous key ${inactive.keyId} is kept for ${rollbackGrace(ages)} days after it was deactivated`, dueAt);
  return { do: 'delete', key: inactive };
}

/** The key that took over: an old key may only go while this one works. */
function successorOf(keys: readonly AccessKey[], ledger: Ledger): { key: AccessKey } | { problem: string } {
  const { current } = ledger;
  if (!current) return { problem: 'no key of this rotation is current' };
  const key = keys.find(({ keyId }) => keyId === current.keyId);
  if (!key) return { problem: `the current key ${current.keyId} does not exist any more` };
  return key.active ? { key } : { problem: `the current key ${key.keyId} was deactivated by somebody else` };
}

/** Not newer than the successor, to IAM's second: a newer one is not its predecessor, even if AWSCURRENT was moved back. */
function ourOldKeys(keys: readonly AccessKey[], ledger: Ledger, successor: AccessKey): AccessKey[] {
  return keys.filter((key) => key.keyId !== successor.keyId && key.createdAt <= successor.createdAt && isOurs(ledger, key.keyId));
}

function unsafe(what: string, problem: string, ledger: Ledger, keys: readonly AccessKey[], secret: string, username: string): Step {
  return foreignValue(ledger, keys, secret, username)
    ?? { do: 'nothing', outcome: 'waiting', why: `${problem}, so no other key is ${what}` };
}

/** Somebody wrote their own value into the secret: our key lives on, but whoever reads the secret gets something else. */
function foreignValue(ledger: Ledger, keys: readonly AccessKey[], secret: string, username: string): Step | undefined {
  const [newest] = keys.filter((key) => isIssued(ledger, key.keyId))
    .sort((a, b) => Number(b.active) - Number(a.active) || b.createdAt.getTime() - a.createdAt.getTime());
  if (!ledger.foreignValue || !newest) return undefined;
  return blocked(`the current value of secret ${secret} (version ${ledger.currentVersion}) was not written by this rotation`,
    `make the last key of ${username}, ${newest.keyId}, current again: ${makeCurrent(newest.keyId, ledger, secret)}`);
}

function makeCurrent(keyId: string, { issued, currentVersion }: Ledger, secret: string): string {
  const { version } = issued.find((key) => key.keyId === keyId)!;
  return `aws secretsmanager update-secret-version-stage --secret-id ${secret} --version-stage AWSCURRENT`
    + ` --move-to-version-id ${version} --remove-from-version-id ${currentVersion}`;
}

function leavesAt(key: AccessKey, current: AccessKey, ages: RotationRequest['ages'], ledger: Ledger): Date {
  const offAt = offSince(ledger, key.keyId)?.since.getTime() ?? current.createdAt.getTime() + switchGrace(ages) * DAY;
  return new Date(offAt + rollbackGrace(ages) * DAY);
}

function reached(dueAt: Date, now: Date): boolean {
  return now.getTime() >= dueAt.getTime() - TOLERANCE;
}

function notDue(why: string, until?: Date): Step {
  return { do: 'nothing', outcome: 'not-due', why, until };
}

function blocked(why: string, remedy: string): Step {
  return { do: 'report', outcome: 'blocked', why, remedy };
}
