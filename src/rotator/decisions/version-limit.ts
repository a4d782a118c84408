/**
 * A secret can have 100 versions. Secrets Manager removes those without a label, but none of the last 24 hours. So a
 * principal that writes more often than every ten minutes stops new keys for a day.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
import { noNewKey } from './no-new-key';
import { Ending } from '../domain/step';
import { RotationRequest } from '../domain/user-state';

/** @param failure - the answer of Secrets Manager */
export function versionLimitStep(failure: string, request: RotationRequest, leaked?: string): Ending {
  return noNewKey(
    `the secret ${request.secret} has as many versions as Secrets Manager allows, and a new key needs two more: ${failure}`,
    'find in CloudTrail who calls UpdateSecret or PutSecretValue for this secret, and remove the permission: within 24 hours, Secrets Manager can remove versions again, and a later check issues a new key',
    request,
    leaked,
  );
}
