/** Cleanup after a run that failed between its claim and its end. */
import { abandonClaim } from './claim';
import { Round } from './ports';
import { AccessKeys } from '../aws/iam';
import { possibleOrphans } from '../decisions/failed-runs';
import { Claim } from '../domain/ledger';
import { AccessKey, UserState } from '../domain/user-state';
import { orphanDeletedMessage } from '../messages/new-key-messages';

/**
 * Deletes what a failed run left: a stored key that was not published, or a key that was created and not stored.
 *
 * @returns how many keys it deleted
 */
export async function discard(
  claim: Claim,
  { request, state, accessKeys, ledger, notifications }: Round,
): Promise<number> {
  const stored = state.ledger.issued.filter((key) => key.version === claim.version);
  let deleted = 0;
  const unstored = await findOrphans(claim, state, accessKeys);
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

/** Possible orphans that were never used. A failed run never published its key, so a used key is not its own. */
export async function findOrphans(claim: Claim, state: UserState, accessKeys: AccessKeys): Promise<AccessKey[]> {
  const possible = possibleOrphans(claim, state);
  const uses = await Promise.all(possible.map((key) => accessKeys.lastUse(key.keyId)));
  return possible.filter((_, index) => !uses[index]);
}
