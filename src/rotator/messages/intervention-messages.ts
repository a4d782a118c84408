/** What people read after a leak or a rollback. Pure. */
import { Message, messageOf } from './message';
import { rollbackGrace, switchGrace } from '../../contract/ages';
import { fetchCommand, revokeSessionsCommand } from '../domain/commands';
import { day, inDays, time } from '../domain/time';
import { RotationRequest } from '../domain/user-state';

/** With the policy that ends what was begun with the key: sessions made from it outlive it by up to 36 hours. */
export function leakedMessage(request: RotationRequest, keyId: string, since: Date): Message {
  const { username, ages } = request;
  const gone = inDays(since, rollbackGrace(ages));
  return messageOf(
    request,
    'deactivated',
    keyId,
    'leaked access key is off',
    [
      `The access key ${keyId} of IAM user ${username} was reported as leaked, and is inactive since ${time(since)}.`,
      '',
      'Whatever used it needs the current key. Fetch that, with other credentials than the inactive key, by',
      '',
      `  ${fetchCommand(request)}`,
      '',
      'Sessions that were made from the key (GetSessionToken, GetFederationToken) go on until they expire. To end them now:',
      '',
      `  ${revokeSessionsCommand(request, since)}`,
      '',
      'That policy touches no access key, and can be deleted after 36 hours. It does not end sessions of roles that were assumed with',
      'the key: for these, revoke the sessions of the role. Look in CloudTrail for what was done with the key.',
      '',
      'What happens next (UTC):',
      `  ${day(gone)}  ${keyId} is deleted for good`,
    ],
    { reason: 'leaked', deletedAt: gone.toISOString() },
  );
}

export function rolledBackMessage(
  request: RotationRequest,
  rejected: string,
  since: Date,
  current: string | undefined,
): Message {
  const { username, ages } = request;
  const [off, gone] = [switchGrace(ages), switchGrace(ages) + rollbackGrace(ages)].map((days) => inDays(since, days));
  return messageOf(
    request,
    'rolled-back',
    current,
    'rolled back to the previous access key',
    [
      `The previous access key ${current} of IAM user ${username} is the current one again since ${time(since)}. It is the value of the secret:`,
      '',
      `  ${fetchCommand(request)}`,
      '',
      `Whatever has switched to ${rejected} has to switch back. Rotation goes on when that key is gone.`,
      '',
      'What happens next (UTC):',
      `  ${day(off)}  ${rejected} is deactivated`,
      `  ${day(gone)}  ${rejected} is deleted, and a new key is issued if one is due`,
    ],
    {
      currentAccessKeyId: current,
      previousAccessKeyIds: [rejected],
      deactivatedAt: off.toISOString(),
      deletedAt: gone.toISOString(),
    },
  );
}
