/** Labels that no run can have written: see ledger.ts. */
import { isCrowded } from './label-limit';
import { Ledger } from '../domain/ledger';
import { Step, StepOptions } from '../domain/step';

type InvalidStep = Extract<Step, { do: 'remove-invalid' }>;

/** @returns undefined if there are none, or if they are not reported now */
export function invalidLabelsStep(
  ledger: Pick<Ledger, 'versions' | 'invalid'>,
  { withoutNotifications, invalidReported }: StepOptions,
): InvalidStep | undefined {
  if (ledger.invalid.length === 0 || withoutNotifications || invalidReported) return undefined;
  return { do: 'remove-invalid', labels: ledger.invalid, isCrowded: isCrowded(ledger) };
}
