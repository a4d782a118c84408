/** What people read of a key that is on its way out, or was brought back. */
import { howToFetch, howToRollBack, Message, messageOf, retirementOf, whatNext } from './message';
import { recoveryPeriodDays } from '../../contract/ages';
import { activateCommand, fetchCommand, revokeSessionsCommand } from '../domain/commands';
import { describeUse } from '../domain/last-use';
import { IssuedKey } from '../domain/ledger';
import { formatDay, addDays, formatTime } from '../domain/time';
import { RotationRequest, LastUseStatus } from '../domain/user-state';

export interface DeactivationDetails {
  /** What is known of the last use of the old and of the current key, a line each. */
  readonly uses: readonly string[];
  /** Nothing for a user that was adopted with two keys and has none of ours yet. */
  readonly current: string | undefined;
  readonly canRollBack: boolean;
}

export interface ReminderDetails extends DeactivationDetails {
  readonly before: 'deactivation' | 'deletion';
  readonly at: Date;
}

export function reminderMessage(request: RotationRequest, keyId: string, details: ReminderDetails): Message {
  const { before, at, uses, current, canRollBack } = details;
  const gone = before === 'deletion' ? at : addDays(at, recoveryPeriodDays(request.ages));
  const key = `The previous access key ${keyId} of IAM user ${request.username}`;
  const machine = { currentAccessKeyId: current, previousAccessKeyIds: [keyId], deletedAt: gone.toISOString() };
  if (before === 'deletion') {
    return messageOf(request, 'reminder', keyId, `old access key is deleted on ${formatDay(at)}`, machine, [
      [`${key} is inactive, and is deleted for good on ${formatDay(at)} (UTC).`, ...uses],
      ...(canRollBack ? howToRollBack(request) : []),
      'If nobody misses it, nothing is left to do.',
    ]);
  }
  const withOff = { ...machine, deactivatedAt: at.toISOString() };
  return messageOf(request, 'reminder', keyId, `old access key stops on ${formatDay(at)}`, withOff, [
    [`${key} stops working on ${formatDay(at)} (UTC), and not everybody seems to have switched.`, ...uses],
    ...(current
      ? [`Switch to the current key, ${current}.`, ...howToFetch(request)]
      : ['A first key in the secret follows once it is gone.']),
    whatNext([at, `${keyId} is deactivated`], [gone, `${keyId} is deleted`]),
  ]);
}

export function postponedMessage(
  request: RotationRequest,
  keyId: string,
  until: Date,
  use: LastUseStatus | undefined,
): Message {
  const news = `old access key is still in use, it stops on ${formatDay(until)} at the latest`;
  return messageOf(request, 'postponed', keyId, news, { deactivatedAt: until.toISOString() }, [
    [
      `The previous access key ${keyId} of IAM user ${request.username} was to be deactivated by now, but it was ${describeUse(use)}.`,
      `It is deactivated as soon as it is not in use any more, and on ${formatDay(until)} in any case.`,
    ],
    'Whatever still uses it has to switch to the current key.',
    ...howToFetch(request),
  ]);
}

export function deactivatedMessage(
  request: RotationRequest,
  keyId: string,
  since: Date,
  details: DeactivationDetails,
): Message {
  const { uses, current, canRollBack } = details;
  const gone = addDays(since, recoveryPeriodDays(request.ages));
  const news = `old access key is off, deleted on ${formatDay(gone)}`;
  const machine = { currentAccessKeyId: current, deletedAt: gone.toISOString() };
  return messageOf(request, 'deactivated', keyId, news, machine, [
    [
      `The previous access key ${keyId} of IAM user ${request.username} is inactive since ${formatTime(since)}: calls signed with it are refused.`,
      ...uses,
    ],
    ...(current
      ? [
          [
            `Whatever still uses it has to switch to the current key, ${current}. The inactive key cannot fetch it any more: with other`,
            'credentials that may read the secret, yours or those of an administrator, it is',
          ],
          `  ${fetchCommand(request)}`,
        ]
      : ['A first key in the secret follows as soon as this one is deleted: a user holds two keys at most.']),
    ...(canRollBack ? howToRollBack(request) : []),
    'An administrator can also switch it on until the next check, within a day:',
    `  ${activateCommand(request, keyId)}`,
    whatNext([gone, `${keyId} is deleted for good`]),
  ]);
}

export function deletedMessage(
  request: RotationRequest,
  keyId: string,
  current: Pick<IssuedKey, 'subject' | 'at'> | undefined,
): Message {
  const replaced = current && addDays(current.at, request.ages.create);
  const details = { currentAccessKeyId: current?.subject, replacedAt: replaced?.toISOString() };
  return messageOf(request, 'deleted', keyId, 'old access key is deleted', details, [
    `The previous access key ${keyId} of IAM user ${request.username} does not exist any more. Nothing is left to do.`,
    replaced !== undefined && whatNext([replaced, `${current!.subject} is replaced by a new key`]),
  ]);
}

/** With the policy that ends what was begun with the key: sessions made from it outlive it by up to 36 hours. */
export function leakedMessage(request: RotationRequest, keyId: string, since: Date): Message {
  const gone = addDays(since, recoveryPeriodDays(request.ages));
  const details = { reason: 'leaked', deletedAt: gone.toISOString() };
  return messageOf(request, 'deactivated', keyId, 'leaked access key is off', details, [
    `The access key ${keyId} of IAM user ${request.username} was reported as leaked, and is inactive since ${formatTime(since)}.`,
    'Whatever used it needs the current key. Fetch that, with other credentials than the inactive key, by',
    `  ${fetchCommand(request)}`,
    'Sessions that were made from the key (GetSessionToken, GetFederationToken) go on until they expire. To end them now:',
    `  ${revokeSessionsCommand(request, since)}`,
    [
      'That policy touches no access key, and can be deleted after 36 hours. It does not end sessions of roles that were assumed with',
      'the key: for these, revoke the sessions of the role. Look in CloudTrail for what was done with the key.',
    ],
    whatNext([gone, `${keyId} is deleted for good`]),
  ]);
}

export function rolledBackMessage(
  request: RotationRequest,
  rejected: string,
  since: Date,
  current: string | undefined,
): Message {
  const [off, gone] = retirementOf(request.ages, since);
  const details = {
    currentAccessKeyId: current,
    previousAccessKeyIds: [rejected],
    deactivatedAt: off.toISOString(),
    deletedAt: gone.toISOString(),
  };
  return messageOf(request, 'rolled-back', current, 'rolled back to the previous access key', details, [
    `The previous access key ${current} of IAM user ${request.username} is the current one again since ${formatTime(since)}. It is the value of the secret:`,
    `  ${fetchCommand(request)}`,
    `Whatever has switched to ${rejected} has to switch back. Rotation goes on when that key is gone.`,
    whatNext(
      [off, `${rejected} is deactivated`],
      [gone, `${rejected} is deleted, and a new key is issued if one is due`],
    ),
  ]);
}
