/** Cleanup after a run that failed between its claim and its end. */
import { abandonClaim, isAsWritten } from './claim';
import { holdsKey, Ports, Round } from './ports';
import { possibleOrphans } from '../decisions/failed-runs';
import { Claim, CLAIM_LIFETIME, IssuedKey, VersionLabel } from '../domain/ledger';
import { addMs } from '../domain/time';
import { AccessKey, UserState } from '../domain/user-state';
import { orphanDeletedMessage } from '../messages/new-key-messages';
import { invalidLabelsMessage } from '../messages/problem-messages';

/**
 * Deletes what a failed run left: a stored key that was not published, or a key that was created and not stored.
 *
 * @returns how many keys it deleted
 */
export async function discard(claim: Claim, round: Round): Promise<number> {
  const { request, state, accessKeys, ledger, notifications } = round;
  const stored = state.ledger.issued.filter((key) => key.version === claim.version);
  const forged = await forgedRecords(stored, claim, round);
  if (forged.length > 0) {
    await notifications.send(invalidLabelsMessage(request, forged));
    for (const label of forged) await ledger.removeLabel(label);
    return 0;
  }
  let deleted = 0;
  const unstored = await findOrphans(claim, state, round);
  for (const keyId of [...stored.map(({ subject }) => subject), ...unstored.map((key) => key.keyId)]) {
    // A key that was deleted before needs no notification.
    if (!(await accessKeys.delete(keyId))) continue;
    deleted++;
    await notifications.send(orphanDeletedMessage(request, keyId));
  }
  for (const key of stored) await ledger.removeLabel(key);
  await abandonClaim(claim, ledger, state.ledger);
  return deleted;
}

/** What no run wrote: a record of a key that its version does not hold, or the claim on a key that was published. */
async function forgedRecords(stored: readonly IssuedKey[], claim: Claim, round: Round): Promise<VersionLabel[]> {
  const holds = await Promise.all(stored.map(async (key) => holdsKey(key, round.ledger)));
  const notHeld = stored.filter((_, index) => !holds[index]);
  if (notHeld.length > 0) return notHeld;
  return (await isInUse(stored, claim, round)) ? [claim] : [];
}

/**
 * Whether a stored key was used after the run of the claim. A failed run never published its key, so the claim is
 * forged, and the records that would show this can be moved away. Only the run itself uses such a key, to verify it.
 */
async function isInUse(stored: readonly IssuedKey[], { at }: Claim, { state, accessKeys }: Round): Promise<boolean> {
  const listed = stored.filter(({ subject }) => state.keys.some(({ keyId }) => keyId === subject));
  const uses = await Promise.all(listed.map(({ subject }) => accessKeys.lastUse(subject)));
  return uses.some((use) => use !== undefined && use.at > addMs(at, CLAIM_LIFETIME));
}

/**
 * Possible orphans that were never used. A failed run never published its key, so a used key is not its own. A claim on
 * a version that its run did not write is forged, or its key was deleted: then none of these keys is its own.
 */
export async function findOrphans(
  claim: Claim,
  state: UserState,
  { accessKeys, ledger }: Pick<Ports, 'accessKeys' | 'ledger'>,
): Promise<AccessKey[]> {
  const possible = possibleOrphans(claim, state);
  if (possible.length === 0 || !(await isAsWritten(claim, ledger))) return [];
  const uses = await Promise.all(possible.map((key) => accessKeys.lastUse(key.keyId)));
  return possible.filter((_, index) => !uses[index]);
}
