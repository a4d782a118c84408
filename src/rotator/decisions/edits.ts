/**
 * A person who writes other fields of the secret creates a version without a record. While it holds the same key, it is
 * accepted: the record `copy` says that this version holds the key. Any other value is a change that a person has to
 * resolve: see current-key.ts. A record that the value contradicts is removed.
 */
import { decryptStep } from './decryption';
import { copyOn, labelOf, recordsOf } from '../domain/ledger';
import { Step } from '../domain/step';
import { RotationRequest, UserState } from '../domain/user-state';

/** Decided before what another run leaves: all decisions depend on the key that is current. */
export function editStep({ fields }: Pick<RotationRequest, 'fields'>, state: UserState): Step | undefined {
  const { ledger, holds, value } = state;
  const copy = copyOn(ledger);
  if (copy && state.decryption === 'possible' && holds !== copy.subject) return { do: 'record', remove: [copy] };
  const [owner] = ledger.owners;
  if (!ledger.unmanagedValue || (ledger.issued.length === 0 && !owner)) return undefined;
  if (!state.decryption) return decryptStep(state);
  const version = ledger.currentVersion!;
  const key = ledger.issued.find(({ subject }) => subject === holds);
  if (key) return accept(labelOf('copy', key.subject, key.at), version, state);
  // No key was published yet, and the fields for it are still free.
  const isPublished = ledger.issued.some(({ subject }) => recordsOf(ledger, subject).published);
  const isFree = value !== undefined && [fields.accessKey, fields.secretKey].every((name) => !value.text(name));
  return owner && !isPublished && isFree ? accept(owner.label, version, state) : undefined;
}

/** Moves the label, if another version has it. */
function accept(label: string, version: string, { ledger: { versions } }: UserState): Step {
  const from = Object.keys(versions).find((id) => versions[id].includes(label));
  return { do: 'record', add: { label, version, from }, remove: [] };
}
