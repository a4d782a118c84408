/** A secret that the rotation did not create outlives it, and another rotation can use it next. */
import { tokenFor } from './claim';
import { Ports } from './ports';
import { DEFAULT_SETTINGS } from '../../contract/settings';
import { INITIALIZED_LABEL, Ledger, ownerSubject } from '../domain/ledger';
import { SecretValue } from '../domain/secret-value';

/**
 * Whether a removal may write to a secret. If the take-over was refused, the labels in it can be those of another
 * rotation. A run that issues the first key of a created user may be about to write the first label.
 */
export function isReleasable({ owners, written }: Ledger, owner: string, created: boolean): boolean {
  return owners.some(({ subject }) => subject === ownerSubject(owner)) || (created && written.length === 0);
}

/** Removes the labels. The value stays, except for a key that is deleted: that of a created user. */
export async function releaseSecret(username: string, created: boolean, { ledger }: Ports): Promise<void> {
  const seen = await ledger.read();
  const value = created ? await valueWithoutKey(seen, ledger) : undefined;
  if (value) await ledger.put(tokenFor(username, 'key', seen.versions), value, ['AWSCURRENT']);
  // The record of the removal last: until then, it ends every other run.
  const { written, removed } = await ledger.read();
  for (const label of written) if (label.label !== removed?.label) await ledger.removeLabel(label);
  if (removed) await ledger.removeLabel(removed);
}

async function valueWithoutKey(
  { currentVersion, current, versions }: Ledger,
  ledger: Ports['ledger'],
): Promise<SecretValue | undefined> {
  if (currentVersion === undefined) return undefined;
  if (current) return (await ledger.value(currentVersion)).without(current.subject, DEFAULT_SETTINGS.fields);
  // The secret had no value, and has that of a claim now.
  return versions[currentVersion].includes(INITIALIZED_LABEL) ? SecretValue.EMPTY : undefined;
}
