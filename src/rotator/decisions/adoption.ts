/**
 * A user that was adopted with two keys: no slot is left for ours. We were asked to retire both, so the one that nobody
 * uses goes first, through the same two graces, and the other one works all the while.
 *
 *   one inactive (or Expired)    it is deleted after the second grace
 *   both inactive                the older one is
 *   both active, one unused      it is deactivated after the first grace, if still unused, and deleted after the second
 *   both active and unused       the older one is
 *   both active and used         refused: a person has to decide
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
  const full = keys.length >= 2 && keys.every(({ facts }) => facts.adopted);
  if (!full) return {};
  const inactive = byAge.find((key) => !key.active);
  if (inactive) return { key: inactive };
  if (!lastUse) return { getLastUsed: { do: 'get-last-used', keys: byAge, required: false } };
  const unused = byAge.find((key) => isUnused(lastUse.get(key.keyId), now));
  if (unused) return { key: unused };
  return {
    refusal: blocked(
      `both access keys that ${request.username} had when it was adopted, ${byAge.map((key) => key.keyId).join(' and ')}, are in use, so no slot is free`,
      `delete the one that can be done without (${deleteCommand(request, byAge[0].keyId)}), and the next check issues a new key`,
    ),
  };
}

/** Adoption is about the keys that are there when the first key is issued. What is made later is foreign. */
export function keysToAdopt(
  { retireExistingKeys }: Pick<RotationRequest, 'retireExistingKeys'>,
  { keys, ledger }: UserState,
): string[] {
  const first = ledger.issued.length === 0 && ledger.facts.every(({ kind }) => kind !== 'adopted');
  return retireExistingKeys && first ? keys.filter(({ facts }) => !facts.unmanaged).map(({ keyId }) => keyId) : [];
}
