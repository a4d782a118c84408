/** A secret that the rotation did not create outlives it, and another rotation can use it next. */
import { tokenFor } from './claim';
import { Ports } from './ports';
import { adoptedBy, DEFAULT_SETTINGS } from '../../contract/settings';
import { unlessNotFound } from '../aws/call';
import { OwnerTag } from '../aws/iam';
import { isOwnedBy, isReleased, Ledger, VersionLabel } from '../domain/ledger';
import { SecretValue } from '../domain/secret-value';

/**
 * Whether a Create that no deploy waits for could take the secret over after its removal. Then the record of the
 * removal stays, alone.
 */
export function canBeTakenOver(ledger: Ledger): boolean {
  return ledger.currentVersion !== undefined && isReleased(ledger);
}

/**
 * Whether a removal may write to a secret. If the take-over was refused, the labels in it can be those of another
 * rotation. A run that issues the first key of a created user may be about to write the first label.
 */
export function isReleasable(ledger: Ledger, owner: string, created: boolean): boolean {
  return isOwnedBy(owner, ledger) || (created && isReleased(ledger));
}

/** Removes the tag of an adopted user, if it is that of this rotation. */
export async function releaseTag(rotation: string, ownerTag: OwnerTag): Promise<void> {
  const tag = await unlessNotFound(() => ownerTag.read());
  if (tag === adoptedBy(rotation)) await ownerTag.remove();
}

/**
 * Removes the labels. The value stays, except for a key that is deleted: that of a created user.
 *
 * @param keepsRecord - whether the record of the removal stays
 */
export async function releaseSecret(
  { username, created, keepsRecord }: { username: string; created: boolean; keepsRecord: boolean },
  { ledger }: Ports,
): Promise<void> {
  const seen = await ledger.read();
  const value = created ? await valueWithoutKey(seen, ledger) : undefined;
  if (value) await ledger.put(tokenFor(username, 'key', seen.versions), value, ['AWSCURRENT']);
  const { written, invalid, removed, owners } = await ledger.read();
  // By the labels of the owner, a removal that is repeated finds its records, and every run its owner. That of the
  // removal is the last: it ends every other run.
  const last: VersionLabel[] = [...owners, ...(removed ? [removed] : [])];
  const first = [...invalid, ...written].filter(({ label }) => !last.some((one) => one.label === label));
  for (const label of [...first, ...last]) {
    if (!keepsRecord || label.label !== removed?.label) await ledger.removeLabel(label);
  }
}

async function valueWithoutKey(
  { currentVersion, current, initializedVersion }: Ledger,
  ledger: Ports['ledger'],
): Promise<SecretValue | undefined> {
  if (currentVersion === undefined) return undefined;
  if (current) return (await ledger.value(currentVersion)).without(current.subject, DEFAULT_SETTINGS.fields);
  // The secret had no value, and has that of a claim now.
  return currentVersion === initializedVersion ? SecretValue.EMPTY : undefined;
}
