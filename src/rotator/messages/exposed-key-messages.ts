/** Messages about a key that AWS reports: as exposed by AWS Health, or as used in a suspicious way by GuardDuty. */
import { Message, messageOf, Paragraph, whoUses } from './message';
import { invokeCommand } from '../domain/commands';
import { Exposure } from '../domain/exposure';
import { RotationRequest, UserKey } from '../domain/user-state';

/** What the rotation did with the key; undefined if a person decides. */
export interface Revocation {
  readonly revoked: boolean;
  /** The message of the outcome, or the reason of the failure. */
  readonly message: string;
}

export function exposedKeyMessage(
  request: RotationRequest,
  key: UserKey,
  report: Exposure,
  revocation: Revocation | undefined,
): Message {
  const { username } = request;
  const { source, code } = report;
  const revoke = invokeCommand({ action: 'revoke', username, accessKeyId: key.keyId }, request);
  const remedy = revocation?.revoked
    ? 'check which requests were signed with the key.'
    : `revoke the key${source === 'GuardDuty' ? ' if the use is not legitimate' : ' now'}: ${revoke}`;
  const status = key.active ? 'It is active.' : 'It is inactive.';
  const headline =
    source === 'GuardDuty' ? 'suspicious use of an access key' : `AWS reports an exposed access key${done(revocation)}`;
  return messageOf(
    request,
    'exposed',
    key.keyId,
    headline,
    { reason: code, remedy },
    {
      what:
        source === 'GuardDuty'
          ? [
              `GuardDuty reports suspicious use of the access key ${key.keyId} of IAM user ${username}: ${code}.`,
              `${status} The rotation changed nothing, because the use can be legitimate. Review the finding in GuardDuty.`,
            ]
          : [
              `AWS reports that the access key ${key.keyId} of IAM user ${username} is exposed: ${code}.`,
              revocation
                ? `${revocation.revoked ? 'It was revoked' : 'It is not revoked yet'}: ${revocation.message}.`
                : status,
            ],
      todo: remedy,
      more: [
        revocation?.revoked !== true
          && 'A new key replaces it in the secret, and the leaked key is deactivated. The notification about that has the command that ends its sessions.',
        ...whoUses(request, key.keyId),
        ...(source === 'GuardDuty' ? [] : quarantine(revocation)),
      ],
    },
  );
}

function done(revocation: Revocation | undefined): string {
  if (!revocation) return '';
  return revocation.revoked ? ', it was revoked' : ', it is not revoked yet';
}

/**
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html
 */
function quarantine(revocation: Revocation | undefined): Paragraph[] {
  return [
    [
      'AWS may have attached a policy AWSCompromisedKeyQuarantine to the user. It denies managing access keys, GetSessionToken,',
      'reading S3 and more to every key of the user, also to a new one.',
      'It does not deny reading the secret: a person with an active key of the user may read the current key.',
    ],
    revocation?.revoked
      ? 'Detach that policy from the user, or programs with the new key are denied as well. Then answer the support case of AWS.'
      : 'Detach that policy from the user when the key is revoked, or programs with the new key are denied as well. Then answer the support case of AWS.',
  ];
}
