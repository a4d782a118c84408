/** Changes outside the rotation that a step records, for the log. */
import { InterventionRecord, Intervention } from '../../contract/log-records';
import { foreignText } from '../domain/foreign-text';
import { Fact, parseLabel } from '../domain/ledger';
import { Step } from '../domain/step';
import { UserState } from '../domain/user-state';

const FOUND: Readonly<Record<Intervention, string>> = {
  'key-activated': 'is active again',
  'key-deactivated': 'was found inactive',
  'key-used-while-inactive': 'was used after its deactivation',
  'current-key-missing': 'is the current key, and IAM does not list it',
  'current-value-replaced': 'is not in the current value of the secret any more',
  'secret-edited': 'is in a value that another principal wrote',
  'labels-forged': 'staging labels that this rotation did not write are void',
  'unmanaged-key': 'was created outside the rotation',
};

/** @returns undefined if the step is about a change of the rotation itself */
export function interventionOf(step: Step, username: string, state: UserState): InterventionRecord | undefined {
  const finding = findingOf(step, state);
  if (!finding) return undefined;
  const { intervention, accessKeyId } = finding;
  // Logs Insights finds an element of an array by its index only.
  const labels = finding.labels ? `: ${finding.labels.map((label) => foreignText(label)).join(', ')}` : '';
  const message = `${[accessKeyId, FOUND[intervention]].filter(Boolean).join(' ')}${labels}`;
  return { record: 'intervention', message, username, ...finding };
}

type Finding = Pick<InterventionRecord, 'intervention' | 'accessKeyId' | 'labels'>;

function findingOf(step: Step, state: UserState): Finding | undefined {
  switch (step.do) {
    case 'record':
      return recorded(step, state);
    case 'record-inactive':
      if (!step.replaces && step.key.facts.leaked) return undefined; // a run deactivated it, and failed then
      return {
        intervention: step.replaces ? 'key-used-while-inactive' : 'key-deactivated',
        accessKeyId: step.key.keyId,
      };
    case 'remove-invalid':
      return { intervention: 'labels-forged', labels: step.labels.map(({ label }) => label) };
    case 'notify-unmanaged':
      return { intervention: 'unmanaged-key', accessKeyId: step.key.keyId };
    default:
      return undefined;
  }
}

function recorded(
  { add, remove }: Extract<Step, { do: 'record' }>,
  { keys, ledger: { current, facts } }: UserState,
): Finding | undefined {
  const added = add && parseLabel(add.label);
  const of = (intervention: Intervention, accessKeyId: string): Finding => ({ intervention, accessKeyId });
  switch (added?.kind) {
    case 'missing':
      return added.subject === current?.subject ? of('current-key-missing', added.subject) : undefined;
    case 'displaced':
      return of('current-value-replaced', added.subject);
    case 'copy':
      return of('secret-edited', added.subject);
    case 'inactive':
      // A leaked key is deactivated by a run of the rotation.
      return keys.some(({ keyId, facts: { leaked } }) => keyId === added.subject && leaked)
        ? undefined
        : of('key-deactivated', added.subject);
  }
  const activated = facts.find(
    ({ kind, label, subject }) =>
      kind === 'inactive'
      && remove.some((removed) => removed.label === label)
      && keys.some(({ keyId, active }) => keyId === subject && active),
  );
  return activated && !isOwnActivation(activated, current?.subject, facts)
    ? of('key-activated', activated.subject)
    : undefined;
}

/** A roll-back, and the fallback of a replacement, activate a key to make it current, and reject another one. */
function isOwnActivation({ subject, at }: Fact, current: string | undefined, facts: readonly Fact[]): boolean {
  const isRejected = (fact: Fact) => fact.kind === 'rejected' || fact.kind === 'leaked';
  return subject === current && facts.some((fact) => isRejected(fact) && fact.subject !== subject && fact.at >= at);
}
