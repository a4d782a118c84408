/**
 * The removal of a user from the rotation, before CloudFormation deletes the secret and a created user. CloudFormation
 * can send it while a run of the same user issues a key: it cancels a first key when another resource fails.
 */
import { acquireClaim } from './claim';
import { findOrphans } from './discard';
import { contradictedValues, holdsKey, Ports } from './ports';
import { withRecords } from './recorded-changes';
import { canBeTakenOver, isReleasable, releaseSecret, releaseTag } from './release';
import { adoptedBy } from '../../contract/settings';
import { AwsCallFailed, unlessNotFound } from '../aws/call';
import { Clock } from '../aws/clock';
import { removalRecord } from '../decisions/change-record';
import { activeRuns, contradictedBy, secretContradictedBy } from '../decisions/removal';
import { unreadableStep } from '../decisions/unreadable';
import { BadRequest, causeOf, Failure } from '../domain/failure';
import { asOf, claimLabel, IssuedKey, Ledger, recordsOf } from '../domain/ledger';
import { AccessKey, RotationRequest, userState } from '../domain/user-state';

/** The user as the request names it. `adopted`: false if CloudFormation deletes the user next. */
export interface RemovedUser extends Pick<RotationRequest, 'username' | 'secret' | 'region' | 'adopted'> {
  readonly rotation: string;
  /** Whether the secret outlives the rotation, which did not create it. */
  readonly existingSecret: boolean;
  /** Whether CloudFormation has no answer to its Create, so that Lambda can deliver that later. */
  readonly isCreateOpen: boolean;
  /** Whether the user stays listed, with another secret. Then its tag stays: it protects the keys in that secret. */
  readonly hasMoved: boolean;
}

/** The run ends without an answer, so that Lambda repeats the event: the repetition can complete what is left. */
export class RepeatNeeded extends Failure {
  readonly name = 'RepeatNeeded';

  constructor(message: string) {
    super(message, 'InsufficientTime');
  }
}

type Seen = {
  readonly keys: readonly AccessKey[];
  /** Undefined if the user does not exist. */
  readonly now?: Date;
  /** Undefined if the secret does not exist: then no run can write a claim, and none issues a key. */
  readonly ledger?: Ledger;
};

/**
 * @returns the IDs of the deleted keys
 * @throws `BadRequest` before any change if the user's tag or the secret contradicts the request
 */
export async function removeUser(user: RemovedUser, given: Ports): Promise<string[]> {
  const { username } = user;
  const ports = withRecords(given, (change, keyId) => removalRecord(change, keyId, username));
  const readTag = () => unlessNotFound(() => ports.ownerTag.read());
  const found = await readTag();
  const contradiction = contradictedBy(found, user);
  if (contradiction) throw new BadRequest(contradiction);
  if (user.existingSecret) return releaseUser(user, found, ports);
  const seen = await withHeldKeys(await endOtherRuns(user, ports), ports);
  const tag = await readTag(); // again: a run that was active can have written it
  // Without its tag, it can be another user of the same name, created after a person had deleted that of the rotation.
  const keys = !user.adopted && tag === user.rotation ? everyKey(seen) : await issuedKeys(user, seen, ports);
  const deleted = await deleteAll(keys, user, seen.now, ports);
  // The tag of a created user is from the template, and in a user stack it permits a repeated request.
  if (!user.hasMoved && tag === adoptedBy(user.rotation)) await ports.ownerTag.remove();
  return deleted;
}

/** Nothing of an adopted user is deleted, except for a key that no consumer could read. */
async function releaseUser(user: RemovedUser, tag: string | undefined, ports: Ports): Promise<string[]> {
  const { adopted, rotation, username, isCreateOpen, hasMoved } = user;
  const created = !adopted;
  // Before the look at the labels: a run that takes the secret over reads the tag after it has written them.
  if (!hasMoved && tag === adoptedBy(rotation)) await ports.ownerTag.remove();
  const found = await look(user, ports);
  const isOwn =
    found.ledger !== undefined
    && (isReleasable(found.ledger, rotation, created) || (isCreateOpen && canBeTakenOver(found.ledger)));
  const seen = isOwn ? await withHeldKeys(await endOtherRuns(user, ports), ports) : { ...found, ledger: undefined };
  const isPublished = ({ keyId }: AccessKey) => seen.ledger !== undefined && recordsOf(seen.ledger, keyId).published;
  const ofCreated = tag === rotation ? everyKey(seen) : [];
  const keys = created ? ofCreated : (await issuedKeys(user, seen, ports)).filter((key) => !isPublished(key));
  const deleted = await deleteAll(keys, user, seen.now, ports);
  if (isOwn) await releaseSecret({ username, created, keepsRecord: isCreateOpen }, ports);
  if (!hasMoved) await releaseTag(rotation, ports.ownerTag); // again: a Create that was active can have written it
  return deleted;
}

/** Milliseconds between two looks at a user. */
const PAUSE = 5_000;
const MAX_PAUSE = 30_000;

/**
 * Records the removal, so that every run that reads the ledger from then on issues no key. Then waits until each run
 * that began before has removed its claim, or is over by the timeout of Lambda.
 */
async function endOtherRuns(user: RemovedUser, ports: Ports): Promise<Seen> {
  for (let isRecorded = false; ;) {
    const seen = await look(user, ports);
    const { now, ledger } = seen;
    const contradiction = ledger && secretContradictedBy(ledger, user);
    if (contradiction) throw new BadRequest(contradiction);
    if (ledger && !ledger.removed) {
      // The answer may be stale.
      if (isRecorded) await pause(user, PAUSE, ports.clock);
      isRecorded = await recordRemoval(now, ledger, user, ports);
      // What another run has written before the record is read after it.
      if (isRecorded) continue;
    }
    if (!now || !ledger) return seen;
    const ages = activeRuns(ledger, now).map(({ at }) => now.getTime() - at.getTime());
    if (ages.length === 0) return seen;
    // The older a claim, the likelier its run has failed.
    await pause(user, Math.min(Math.max(PAUSE, ...ages), MAX_PAUSE), ports.clock);
  }
}

/** @returns false if the secret accepts no record: then other runs cannot write a claim either */
async function recordRemoval(now: Date | undefined, read: Ledger, user: RemovedUser, ports: Ports): Promise<boolean> {
  const label = claimLabel('removed', now ?? new Date(0), ports.runId);
  // Under the token of a claim: of this and a run that read the same versions, one fails, even where later reads lag.
  // If it is this one, the claim is read next.
  const isPut = await isAccepted(() => acquireClaim(user.username, read, { removed: ports.runId }, [label], ports));
  // A KMS key that cannot be used stops values, and not labels.
  const version = read.currentVersion;
  if (!isPut && !(version && (await isAccepted(() => ports.ledger.addLabel(label, version))))) return false;
  if (!now) await pause(user, PAUSE, ports.clock); // IAM may not know a new user yet
  return true;
}

/** @returns false if AWS rejects the call: no label or version is free, or the secret is scheduled for deletion */
async function isAccepted(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof AwsCallFailed && error.rejected && error.cause !== 'Throttled') return false;
    throw error;
  }
}

/** Reads the keys before the ledger: so the ledger has the claim or the record of every key in the list. */
async function look({ adopted }: RemovedUser, { accessKeys, ledger }: Ports): Promise<Seen> {
  const listed = await unlessNotFound(() => accessKeys.list());
  try {
    const read = await unlessNotFound(() => ledger.read());
    if (!read || !listed) return { keys: [], ...listed, ledger: read };
    const { keys, now } = listed;
    const values = await contradictedValues(asOf(read, now, keys), ledger);
    return { keys, now, ledger: asOf(read, now, keys, values) };
  } catch (error) {
    // The policy for user stacks permits by tag, and a secret that was deleted has none. All keys of a created user are
    // deleted in any case.
    if (!adopted && ['NotFound', 'AccessDenied'].includes(causeOf(error))) return { keys: [], ...listed };
    throw error;
  }
}

/**
 * Without the records of keys that their versions do not hold: another principal wrote them. A secret that is scheduled
 * for deletion does not show it.
 */
async function withHeldKeys(seen: Seen, { ledger }: Ports): Promise<Seen> {
  if (!seen.ledger) return seen;
  const held: IssuedKey[] = [];
  for (const record of seen.ledger.issued) {
    let isHeld = true;
    await isAccepted(async () => (isHeld = await holdsKey(record, ledger)));
    if (isHeld) held.push(record);
  }
  return { ...seen, ledger: { ...seen.ledger, issued: held } };
}

/** Milliseconds for the deletions and the response to CloudFormation. */
const TIME_RESERVE = 30_000;

async function pause({ username }: RemovedUser, ms: number, { sleep, remainingTime }: Clock): Promise<void> {
  const left = remainingTime() - TIME_RESERVE;
  if (left <= 0) {
    throw new RepeatNeeded(
      `${username}: no time is left to complete the removal, because another run may be active or a key is new. Lambda repeats the removal`,
    );
  }
  await sleep(Math.min(ms, left));
}

/** Milliseconds after which a key that IAM does not list was deleted before. */
const LIST_LAG = 3_600_000;

/** What IAM lists, and what only the ledger names: lists lag. */
function everyKey({ keys, ledger, now = new Date(0) }: Seen): readonly AccessKey[] {
  const unlisted = (ledger?.issued ?? []).filter(
    ({ subject, at }) => now.getTime() - at.getTime() < LIST_LAG && !keys.some(({ keyId }) => keyId === subject),
  );
  return [...keys, ...unlisted.map(({ subject, at }) => ({ keyId: subject, active: true, createdAt: at }))];
}

async function issuedKeys(user: RemovedUser, seen: Seen, ports: Ports): Promise<readonly AccessKey[]> {
  const { keys, ledger, now } = seen;
  if (!ledger || !now) return [];
  const unreadable = unreadableStep(user, ledger);
  if (unreadable) throw new Error(`${user.username}: no key was deleted, ${unreadable.why}; ${unreadable.remedy}`);
  const issued = everyKey(seen).filter(({ keyId }) => ledger.issued.some(({ subject }) => subject === keyId));
  const state = userState(keys, ledger, now);
  const unfinished = await Promise.all(ledger.claims.map((claim) => findOrphans(claim, state, ports)));
  return [...issued, ...unfinished.flat()];
}

/** IAM may not find a key for some seconds after its creation. */
const PROPAGATION_TIME = 60_000;

/** @returns the IDs of those that IAM found */
async function deleteAll(
  keys: readonly AccessKey[],
  user: RemovedUser,
  now: Date | undefined,
  ports: Ports,
): Promise<string[]> {
  const deleted: string[] = [];
  for (const key of keys) if (await deleteKey(user, key, now, ports)) deleted.push(key.keyId);
  return deleted;
}

/** @returns whether IAM found the key */
async function deleteKey(
  user: RemovedUser,
  { keyId, createdAt }: AccessKey,
  now: Date | undefined,
  { accessKeys, clock }: Ports,
): Promise<boolean> {
  for (let age = (now?.getTime() ?? Infinity) - createdAt.getTime(); ; age += PAUSE) {
    if (await accessKeys.delete(keyId)) return true;
    if (age >= PROPAGATION_TIME) return false;
    await pause(user, PAUSE, clock);
  }
}
