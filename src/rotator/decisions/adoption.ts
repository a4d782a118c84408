/**
 * A user that was adopted with two keys has no free slot for a new one: IAM allows two access keys per user. The key
 * that is not in use is retired first, with both periods. The other key works meanwhile.
 *
 *   one inactive (or Expired)    it is deleted after the recovery period
 *   both inactive                the older one is deleted after the recovery period
 *   both active, one unused      it is deactivated after the switch period, if still unused, then deleted as above
 *   both active and unused       the same, with the older one
 *   both active and used         blocked: a person has to decide
 */
import { deleteCommand } from '../domain/commands';
import { isUnused } from '../domain/last-use';
import { blocked, Step } from '../domain/step';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

export type SlotToFree = { readonly key: UserKey } | { readonly getLastUsed?: Step; readonly refusal?: Step };

export function slotToFree(
  request: Pick<RotationRequest, 'username' | 'region'>,
  { keys, now, lastUse }: UserState,
): SlotToFree {
  const byAge = [...keys].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const hasNoSlot = keys.length >= 2 && keys.every(({ facts }) => facts.adopted);
  if (!hasNoSlot) return {};
  const inactive = byAge.find((key) => !key.active);
  if (inactive) return { key: inactive };
  if (!lastUse) return { getLastUsed: { do: 'get-last-used', keys: byAge, required: false } };
  const unused = byAge.find((key) => isUnused(lastUse.get(key.keyId), now));
  if (unused) return { key: unused };
  return {
    refusal: blocked(
      `both existing access keys of ${request.username}, ${byAge.map((key) => key.keyId).join(' and ')}, are in use, so no slot is free for a new key`,
      `stop using one of them and delete it (the older one: ${deleteCommand(request, byAge[0].keyId)}), and the next check issues a new key`,
    ),
  };
}

/** Only keys that exist when the first key is issued are adopted. A key that is created later is unmanaged. */
export function keysToAdopt(
  { retireExistingKeys }: Pick<RotationRequest, 'retireExistingKeys'>,
  { keys, ledger }: UserState,
): string[] {
  const first = ledger.issued.length === 0 && ledger.facts.every(({ kind }) => kind !== 'adopted');
  return retireExistingKeys && first ? keys.filter(({ facts }) => !facts.unmanaged).map(({ keyId }) => keyId) : [];
}
