/** What people read of a key that is on its way out. Pure. */
import { howToFetch, howToRollBack, Message, messageOf } from './message';
import { rollbackGrace } from '../../contract/ages';
import { activateCommand, fetchCommand } from '../domain/commands';
import { useOf } from '../domain/last-use';
import { IssuedKey } from '../domain/ledger';
import { day, inDays, time } from '../domain/time';
import { RotationRequest, Use } from '../domain/user-state';

export interface OffDetails {
  /** What is known of the last use of the old and of the current key, a line each. */
  readonly uses: readonly string[];
  /** Nothing for a user that was adopted with two keys and has none of ours yet. */
  readonly current: string | undefined;
  readonly canRollBack: boolean;
}

export interface ReminderDetails extends OffDetails {
  readonly before: 'deactivation' | 'deletion';
  readonly at: Date;
}

export function reminderMessage(request: RotationRequest, keyId: string, details: ReminderDetails): Message {
  const { username, ages } = request;
  const { before, at, uses, current, canRollBack } = details;
  const gone = before === 'deletion' ? at : inDays(at, rollbackGrace(ages));
  const machine = {
    currentAccessKeyId: current,
    previousAccessKeyIds: [keyId],
    deletedAt: gone.toISOString(),
    ...(before === 'deactivation' && { deactivatedAt: at.toISOString() }),
  };
  if (before === 'deletion') {
    return messageOf(
      request,
      'reminder',
      keyId,
      `old access key is deleted on ${day(at)}`,
      [
        `The previous access key ${keyId} of IAM user ${username} is inactive, and is deleted for good on ${day(at)} (UTC).`,
        ...uses,
        '',
        ...(canRollBack ? [...howToRollBack(request), ''] : []),
        'If nobody misses it, nothing is left to do.',
      ],
      machine,
    );
  }
  return messageOf(
    request,
    'reminder',
    keyId,
    `old access key stops on ${day(at)}`,
    [
      `The previous access key ${keyId} of IAM user ${username} stops working on ${day(at)} (UTC), and not everybody seems to have switched.`,
      ...uses,
      '',
      ...(current
        ? [`Switch to the current key, ${current}.`, '', ...howToFetch(request)]
        : ['A first key in the secret follows once it is gone.']),
      '',
      'What happens next (UTC):',
      `  ${day(at)}  ${keyId} is deactivated`,
      `  ${day(gone)}  ${keyId} is deleted`,
    ],
    machine,
  );
}

export function heldMessage(request: RotationRequest, keyId: string, until: Date, use: Use | undefined): Message {
  return messageOf(
    request,
    'held',
    keyId,
    `old access key is still in use, it stops on ${day(until)} at the latest`,
    [
      `The previous access key ${keyId} of IAM user ${request.username} was to be deactivated by now, but it was ${useOf(use)}.`,
      `It is deactivated as soon as it is not in use any more, and on ${day(until)} in any case.`,
      '',
      'Whatever still uses it has to switch to the current key.',
      '',
      ...howToFetch(request),
    ],
    { deactivatedAt: until.toISOString() },
  );
}

export function deactivatedMessage(request: RotationRequest, keyId: string, since: Date, details: OffDetails): Message {
  const { username, ages } = request;
  const { uses, current, canRollBack } = details;
  const gone = inDays(since, rollbackGrace(ages));
  return messageOf(
    request,
    'deactivated',
    keyId,
    `old access key is off, deleted on ${day(gone)}`,
    [
      `The previous access key ${keyId} of IAM user ${username} is inactive since ${time(since)}: calls signed with it are refused.`,
      ...uses,
      '',
      ...(current
        ? [
            `Whatever still uses it has to switch to the current key, ${current}. The inactive key cannot fetch it any more: with other`,
            'credentials that may read the secret, yours or those of an administrator, it is',
            '',
            `  ${fetchCommand(request)}`,
          ]
        : ['A first key in the secret follows as soon as this one is deleted: a user holds two keys at most.']),
      '',
      ...(canRollBack ? [...howToRollBack(request), ''] : []),
      'An administrator can also switch it on until the next check, within a day:',
      '',
      `  ${activateCommand(request, keyId)}`,
      '',
      'What happens next (UTC):',
      `  ${day(gone)}  ${keyId} is deleted for good`,
    ],
    { currentAccessKeyId: current, deletedAt: gone.toISOString() },
  );
}

export function deletedMessage(
  request: RotationRequest,
  keyId: string,
  current: Pick<IssuedKey, 'subject' | 'at'> | undefined,
): Message {
  const replaced = current && inDays(current.at, request.ages.create);
  return messageOf(
    request,
    'deleted',
    keyId,
    'old access key is deleted',
    [
      `The previous access key ${keyId} of IAM user ${request.username} does not exist any more. Nothing is left to do.`,
      ...(replaced
        ? ['', 'What happens next (UTC):', `  ${day(replaced)}  ${current.subject} is replaced by a new key`]
        : []),
    ],
    { currentAccessKeyId: current?.subject, replacedAt: replaced?.toISOString() },
  );
}
