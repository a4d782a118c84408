/** Records of another release of the rotation, or damaged ones. */
import { deactivateCommand, removeLabelCommand } from '../domain/commands';
import { Ledger } from '../domain/ledger';
import { blocked } from '../domain/step';
import { RotationRequest } from '../domain/user-state';

/**
 * Such a record may say that a key leaked, or that another principal made it: without it, the key could be published or
 * deleted. Revocation is blocked as well, because it does both.
 */
export function unreadableStep(
  request: Pick<RotationRequest, 'username' | 'secret' | 'accessKeyId' | 'region'>,
  { unreadable }: Ledger,
): ReturnType<typeof blocked> | undefined {
  const { secret, accessKeyId } = request;
  if (unreadable.length === 0) return undefined;
  return blocked(
    `this release of the rotation cannot read the staging labels ${unreadable.map(({ label }) => label).join(', ')} of secret ${secret}`,
    [
      'deploy the newest release that this secret was used with',
      `or, if no release wrote them, remove them: ${unreadable.map((mark) => removeLabelCommand(request, mark)).join(' && ')}`,
      ...(accessKeyId ? [`to deactivate the leaked key all the same: ${deactivateCommand(request, accessKeyId)}`] : []),
    ].join('; '),
  );
}
