/** Cleaning up after a run that died between its claim and its end. */
import { abandonClaim } from './claim';
import { Round } from './ports';
import { AccessKeys } from '../aws/iam';
import { log } from '../aws/log';
import { possibleOrphans } from '../decisions/failed-runs';
import { Claim } from '../domain/ledger';
import { AccessKey, UserState } from '../domain/user-state';
import { orphanDeletedMessage } from '../messages/new-key-messages';

/**
 * What a dead run left: a stored key that was never published, or perhaps a key that was never stored.
 *
 * @returns how many keys it deleted
 */
export async function discard(
  claim: Claim,
  { request, state, accessKeys, ledger, announcements }: Round,
): Promise<number> {
  const stored = state.ledger.issued.filter((key) => key.version === claim.version);
  let deleted = 0;
  const unstored = await findOrphans(claim, state, accessKeys);
  for (const keyId of [...stored.map(({ subject }) => subject), ...unstored.map((key) => key.keyId)]) {
    // A key that went long ago left nothing to tell of.
    if (!(await accessKeys.delete(keyId))) continue;
    deleted++;
    const message = 'deleted a key that a dead run left behind';
    log('WARN', { username: request.username, accessKeyId: keyId, message });
    await announcements.send(orphanDeletedMessage(request, keyId));
  }
  for (const mark of stored) await ledger.removeLabel(mark);
  await abandonClaim(claim, ledger, state.ledger.failed);
  return deleted;
}

/** A dead run never handed its key out, so a suspect that was used is somebody else's. */
export async function findOrphans(claim: Claim, state: UserState, accessKeys: AccessKeys): Promise<AccessKey[]> {
  const possible = possibleOrphans(claim, state);
  const uses = await Promise.all(possible.map((key) => accessKeys.lastUse(key.keyId)));
  return possible.filter((_, index) => !uses[index]);
}
