/** Labels that no run can have written: see ledger.ts. */
import { isCrowded } from './label-limit';
import { Ledger } from '../domain/ledger';
import { Step, StepOptions } from '../domain/step';
import { RotationRequest } from '../domain/user-state';

type InvalidStep = Extract<Step, { do: 'remove-invalid' }>;

/** @returns undefined if there are none, or if they are not reported now */
export function invalidLabelsStep(
  { existingSecret }: Pick<RotationRequest, 'existingSecret'>,
  { versions, invalid, owners }: Pick<Ledger, 'versions' | 'invalid' | 'owners'>,
  { withoutNotifications, invalidReported }: StepOptions,
): InvalidStep | undefined {
  // The rotation records itself only in a secret that it did not create.
  const labels = existingSecret ? invalid : [...invalid, ...owners];
  if (labels.length === 0 || withoutNotifications || invalidReported) return undefined;
  return { do: 'remove-invalid', labels, isCrowded: isCrowded({ versions, invalid: labels }) };
}
