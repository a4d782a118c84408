/** Cleaning up after a run that died between its claim and its end. */
import { AccessKeys } from './access-keys';
import { Announcements } from './announcements';
import { giveUp, LedgerStore } from './ledger';
import { Claim, IssuedKey, isOurs } from './ledger-state';
import { AccessKey, CLAIM_LIFETIME, UserState } from './lifecycle';
import { log } from './log';
import { discardedMessage } from './messages';
import { RotationRequest } from './request';

export interface DiscardTools {
  readonly accessKeys: AccessKeys;
  readonly ledger: LedgerStore;
  readonly announcements: Announcements;
}

/** What a dead run left: a stored key that was never published, or perhaps a key that was never stored. */
export async function discard(claim: Claim, request: RotationRequest, state: UserState, tools: DiscardTools): Promise<void> {
  const { accessKeys, ledger, announcements } = tools;
  const stored = state.ledger.issued.filter((key) => key.version === claim.version);
  const leftovers: Array<IssuedKey | AccessKey> = stored.length > 0 ? stored : await orphans(claim, state, accessKeys);
  for (const { keyId } of leftovers) {
    await accessKeys.delete(keyId);
    log('WARN', { username: request.username, accessKeyId: keyId, message: 'deleted a key that a dead run left behind' });
    await announcements.send(discardedMessage(request, keyId));
  }
  for (const mark of stored) await ledger.unmark(mark);
  await giveUp(claim, ledger, state.ledger.failed);
}

/** Unknown keys from the time of the dead run. It never handed one out, so one that was used is somebody else's. */
export async function orphans(claim: Claim, { keys, ledger }: Pick<UserState, 'keys' | 'ledger'>, accessKeys: AccessKeys): Promise<AccessKey[]> {
  const from = claim.at.getTime();
  const suspects = keys.filter((key) => !isOurs(ledger, key.keyId)
    && key.createdAt.getTime() >= from && key.createdAt.getTime() <= from + CLAIM_LIFETIME);
  const used = await Promise.all(suspects.map((key) => accessKeys.wasUsed(key.keyId)));
  return suspects.filter((_, index) => !used[index]);
}
