/** What a removal of the user from the rotation means for its keys and for its other runs. */
import { CLOCK_SKEW } from './failed-runs';
import { RUN_MINUTES } from '../../contract/settings';
import { deactivateCommand, removeLabelCommand } from '../domain/commands';
import { Claim, Ledger } from '../domain/ledger';
import { removed, Step } from '../domain/step';
import { RotationRequest } from '../domain/user-state';

/** No step is possible after a removal was recorded, whichever event arrives, and however late. */
export function removedStep(
  request: Pick<RotationRequest, 'secret' | 'region' | 'username' | 'accessKeyId'>,
  ledger: Ledger,
): Extract<Step, { do: 'nothing' }> | undefined {
  if (!ledger.removed) return undefined;
  const { accessKeyId } = request;
  return removed(
    [
      `CloudFormation removed this user from the rotation, as the staging label ${ledger.removed.label} records, so nothing was changed`,
      `If the secret belongs to a rotation again, remove the label: ${removeLabelCommand(request, ledger.removed)}`,
      ...(accessKeyId ? [`To deactivate the leaked key: ${deactivateCommand(request, accessKeyId)}`] : []),
    ].join('. '),
  );
}

/**
 * The claims of runs that may still make calls: Lambda ends a run after its timeout. A claim that is dated in the
 * future is not that of a run.
 */
export function activeRuns({ claims }: Ledger, now: Date): readonly Claim[] {
  return claims.filter(({ at }) => {
    const age = now.getTime() - at.getTime();
    return age >= -CLOCK_SKEW && age <= RUN_MINUTES * 60_000 + CLOCK_SKEW;
  });
}
