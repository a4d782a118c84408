import { abandonClaim, acquireClaim, claimValue, tokenFor } from './claim';
import { fallBack } from './fall-back';
import { otherFields } from './kept-fields';
import { credentialOf, decryptionOf, requireTime, Round } from './ports';
import { publishReplacement } from './publish-replacement';
import { IssueReverted, revertIssue } from './revert-issue';
import { AwsCallFailed } from '../aws/call';
import { isRemoved } from '../decisions/removal';
import { Credential } from '../domain/credential';
import { UserRemoved } from '../domain/failure';
import { asOf, CLAIM_LIFETIME, claimLabel, IssuedKey, labelOf, VersionLabel } from '../domain/ledger';
import { SecretValue } from '../domain/secret-value';
import { Step } from '../domain/step';
import { UserKey } from '../domain/user-state';

export interface Issued {
  readonly key: IssuedKey;
  /** To be removed once the notification is sent. */
  readonly labels: readonly VersionLabel[];
  /** The key that was deleted to free a slot. */
  readonly freed?: UserKey;
}

type IssueStep = Extract<Step, { do: 'issue' }>;

/** Why there is no new key: another run was first, the user was removed since the decision, or none is needed. */
type NoKey = 'locked' | 'removed' | 'not-needed';

export async function issue(step: IssueStep, round: Round): Promise<Issued | NoKey> {
  const { state, ledger } = round;
  const { replace } = step;
  const stored = await store(step, round).catch((error: Error) => fallBack(step, error, round));
  if (typeof stored === 'string') return stored;
  const { key, freed } = stored.issued;
  if (replace) {
    const keys = state.keys.filter((other) => other !== freed);
    await publishReplacement(key.version, replace.leaked, { ...round, state: { ...state, keys } });
    return stored.issued;
  }
  try {
    // The first version of a secret always gets AWSCURRENT. For a first key, that is the version of the claim.
    await ledger.publish(key.version, state.ledger.currentVersion ?? stored.claimVersion);
  } catch (error) {
    // The call may have taken effect although its answer was lost, and a read may be stale. So nothing is deleted here.
    throw new Error(
      `${(error as Error).message}; a check after ${CLAIM_LIFETIME / 60_000} minutes determines whether the new key ${key.subject} is current`,
    );
  }
  return stored.issued;
}

/** Creates a key, stores it unpublished, and verifies it. */
async function store(
  { adopt, early, frees, replace }: IssueStep,
  round: Round,
): Promise<{ readonly issued: Issued; readonly claimVersion: string } | NoKey> {
  const { request, state, accessKeys, ledger, verify, runId, clock } = round;
  const { username } = request;
  const seen = state.ledger;
  const claim = claimLabel('claim', state.now, runId);
  requireTime(username, 'issue a key', clock);

  const adopted = adopt.map((keyId) => labelOf('adopted', keyId, state.now));
  const claimVersion = await acquireClaim(username, seen, claimValue(claim, runId), [claim, ...adopted], round);
  if (claimVersion === undefined) return 'locked';

  let freed: UserKey | undefined;
  let others: SecretValue;
  const abandon = () => abandonClaim({ label: claim, version: claimVersion }, ledger, seen);
  try {
    // A removal waits for the runs whose claims it reads after its record. So it waits for a run that does not read the
    // removal after its claim, and any other run creates no key.
    const claimed = asOf(await ledger.read(), state.now);
    if (isRemoved(request, claimed)) {
      await ledger.removeLabel({ label: claim, version: claimVersion });
      return 'removed';
    }
    // A roll-back that read the state before the leak was recorded can make the key current.
    const isNew = ({ version }: VersionLabel) => version !== claimVersion && !(version in seen.versions);
    if (frees && (claimed.claims.some(isNew) || claimed.currentVersion !== seen.currentVersion)) {
      await abandon();
      return 'locked';
    }
    others = (await otherFields(round)) ?? SecretValue.EMPTY;
    // A KMS key that stores values and does not decrypt them is found before an access key exists.
    await ledger.value(claimVersion);
    // The policy of a new KMS key reaches every server after some seconds. Nothing is replaced because of that.
    if (early && (await decryptionOf(seen.currentVersion!, round)) === 'possible') {
      await abandon();
      return 'not-needed';
    }
    // Another run may have freed a slot since the decision.
    freed = frees && (await accessKeys.list()).keys.length > 1 ? frees : undefined;
    if (freed) await freeSlot(freed, round);
  } catch (error) {
    await abandon();
    throw error;
  }

  let credential: Credential;
  try {
    credential = await accessKeys.create();
  } catch (error) {
    // Only a rejected call created no key. After a lost answer the claim stays, and a later check looks for the key.
    if (error instanceof AwsCallFailed && error.rejected) await abandon();
    throw error;
  }

  const { keyId: subject, createdAt: at } = credential;
  const label = labelOf('key', subject, at);
  const replaces = replace ? [labelOf('replaces', replace.leaked, state.now)] : [];
  try {
    // The label of the claim moves to this version. Until it is removed, this key is not announced.
    const version = await ledger.put(
      tokenFor(username, 'key', { ...seen.versions, [claimVersion]: [claim] }),
      others.with(credential, request),
      [label, claim],
    );
    const stored = { kind: 'key', subject, at, notified: true, label, version } as const;
    await verify(credentialOf(await ledger.value(version), stored, request));
    // Before the key is announced: it is deleted next, and the removal waits for this run.
    if (isRemoved(request, asOf(await ledger.read(), state.now))) {
      throw new UserRemoved(`${username} is being removed from the rotation`);
    }
    for (const record of replaces) await ledger.addLabel(record, version);
    const labels = [claim, ...replaces].map((other) => ({ label: other, version }));
    return { issued: { key: stored, labels, freed }, claimVersion };
  } catch (error) {
    const reverted = await revertIssue(credential, claim, round, error as Error);
    if (error instanceof UserRemoved && reverted instanceof IssueReverted) return 'removed';
    throw reverted;
  }
}

async function freeSlot({ keyId, facts, recordVersion }: UserKey, { state, accessKeys, ledger }: Round): Promise<void> {
  // Recorded first, so that a later check announces the deletion even if this run fails.
  const isRecorded = (facts.inactive ?? facts.leaked) !== undefined;
  if (!isRecorded) await ledger.addLabel(labelOf('inactive', keyId, state.now, false), recordVersion!);
  await accessKeys.delete(keyId);
}
