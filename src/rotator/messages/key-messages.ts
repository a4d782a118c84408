/** What people read of their keys. Pure: from a fact to subject, text and attributes. */
import { Message, messageOf } from './message';
import { rollbackGrace, switchGrace } from '../../contract/ages';
import { activateCommand, deleteCommand, fetchCommand, invokeCommand, profileCommand, revokeSessionsCommand } from '../domain/commands';
import { useOf } from '../domain/last-use';
import { day, inDays, time } from '../domain/time';
import { AccessKey, RotationRequest, Use } from '../domain/user-state';

export function createdMessage(request: RotationRequest, keyId: string, createdAt: Date, previous: readonly string[]): Message {
  const { username, ages } = request;
  const [off, gone, replaced] = [switchGrace(ages), switchGrace(ages) + rollbackGrace(ages), ages.create].map((days) => inDays(createdAt, days));
  const old = previous.join(' and ');
  const lines = [
    `IAM user ${username} has a new access key: ${keyId}, issued ${time(createdAt)}.`,
    '',
    ...(old ? [`Switch to it before ${day(off)}: then the previous key ${old} stops working.`, ''] : []),
    ...howToFetch(request),
    '',
    'What happens next (UTC):',
    ...(old ? [`  ${day(off)}  ${old} is deactivated`, `  ${day(gone)}  ${old} is deleted`] : []),
    `  ${day(replaced)}  ${keyId} is replaced by a new key`,
  ];
  return messageOf(request, 'created', keyId, old ? `new access key, the old one stops on ${day(off)}` : 'first access key', lines, {
    currentAccessKeyId: keyId,
    replacedAt: replaced.toISOString(),
    ...(old && { previousAccessKeyIds: previous, deactivatedAt: off.toISOString(), deletedAt: gone.toISOString() }),
  });
}

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
    currentAccessKeyId: current, previousAccessKeyIds: [keyId], deletedAt: gone.toISOString(), ...(before === 'deactivation' && { deactivatedAt: at.toISOString() }),
  };
  if (before === 'deletion') {
    return messageOf(request, 'reminder', keyId, `old access key is deleted on ${day(at)}`, [
      `The previous access key ${keyId} of IAM user ${username} is inactive, and is deleted for good on ${day(at)} (UTC).`,
      ...uses,
      '',
      ...(canRollBack ? [...howToRollBack(request), ''] : []),
      'If nobody misses it, nothing is left to do.',
    ], machine);
  }
  return messageOf(request, 'reminder', keyId, `old access key stops on ${day(at)}`, [
    `The previous access key ${keyId} of IAM user ${username} stops working on ${day(at)} (UTC), and not everybody seems to have switched.`,
    ...uses,
    '',
    ...(current ? [`Switch to the current key, ${current}.`, '', ...howToFetch(request)] : ['A first key in the secret follows once it is gone.']),
    '',
    'What happens next (UTC):',
    `  ${day(at)}  ${keyId} is deactivated`,
    `  ${day(gone)}  ${keyId} is deleted`,
  ], machine);
}

export function deactivatedMessage(request: RotationRequest, keyId: string, since: Date, details: OffDetails): Message {
  const { username, ages } = request;
  const { uses, current, canRollBack } = details;
  const gone = inDays(since, rollbackGrace(ages));
  return messageOf(request, 'deactivated', keyId, `old access key is off, deleted on ${day(gone)}`, [
    `The previous access key ${keyId} of IAM user ${username} is inactive since ${time(since)}: calls signed with it are refused.`,
    ...uses,
    '',
    ...(current ? [
      `Whatever still uses it has to switch to the current key, ${current}. The inactive key cannot fetch it any more: with other`,
      'credentials that may read the secret, yours or those of an administrator, it is',
      '',
      `  ${fetchCommand(request)}`,
    ] : ['A first key in the secret follows as soon as this one is deleted: a user holds two keys at most.']),
    '',
    ...(canRollBack ? [...howToRollBack(request), ''] : []),
    'An administrator can also switch it on until the next check, within a day:',
    '',
    `  ${activateCommand(request, keyId)}`,
    '',
    'What happens next (UTC):',
    `  ${day(gone)}  ${keyId} is deleted for good`,
  ], { currentAccessKeyId: current, deletedAt: gone.toISOString() });
}

/** To a user that was adopted with two keys. */
export function adoptedMessage(request: RotationRequest, keyIds: readonly string[], now: Date): Message {
  const { username, ages } = request;
  return messageOf(request, 'foreign', undefined, 'no slot for a new access key yet', [
    `IAM user ${username} had two access keys when its rotation began, ${keyIds.join(' and ')}, and a user holds two at most.`,
    '',
    'An inactive one, or else one that was not used for 90 days, goes first, and then a new key is issued:',
    '',
    `  ${day(inDays(now, switchGrace(ages)))}  it is deactivated, if it is still unused then`,
    `  ${day(inDays(now, switchGrace(ages) + rollbackGrace(ages)))}  it is deleted, ${rollbackGrace(ages)} days after it was found inactive at the earliest`,
    '',
    'If both are in use, nothing is touched, and you are told what to do. To go on at once, delete the key that can be done without:',
    '',
    `  ${deleteCommand(request, keyIds[0])}`,
  ], { previousAccessKeyIds: keyIds });
}

export function heldMessage(request: RotationRequest, keyId: string, until: Date, use: Use | undefined): Message {
  return messageOf(request, 'held', keyId, `old access key is still in use, it stops on ${day(until)} at the latest`, [
    `The previous access key ${keyId} of IAM user ${request.username} was to be deactivated by now, but it was ${useOf(use)}.`,
    `It is deactivated as soon as it is not in use any more, and on ${day(until)} in any case.`,
    '',
    'Whatever still uses it has to switch to the current key.',
    '',
    ...howToFetch(request),
  ], { deactivatedAt: until.toISOString() });
}

/** With the policy that ends what was begun with the key: sessions made from it outlive it by up to 36 hours. */
export function leakedMessage(request: RotationRequest, keyId: string, since: Date): Message {
  const { username, ages } = request;
  const gone = inDays(since, rollbackGrace(ages));
  return messageOf(request, 'deactivated', keyId, 'leaked access key is off', [
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
  ], { reason: 'leaked', deletedAt: gone.toISOString() });
}

export function rolledBackMessage(request: RotationRequest, rejected: string, since: Date, current: string | undefined): Message {
  const { username, ages } = request;
  const [off, gone] = [switchGrace(ages), switchGrace(ages) + rollbackGrace(ages)].map((days) => inDays(since, days));
  return messageOf(request, 'rolled-back', current, 'rolled back to the previous access key', [
    `The previous access key ${current} of IAM user ${username} is the current one again since ${time(since)}. It is the value of the secret:`,
    '',
    `  ${fetchCommand(request)}`,
    '',
    `Whatever has switched to ${rejected} has to switch back. Rotation goes on when that key is gone.`,
    '',
    'What happens next (UTC):',
    `  ${day(off)}  ${rejected} is deactivated`,
    `  ${day(gone)}  ${rejected} is deleted, and a new key is issued if one is due`,
  ], { currentAccessKeyId: current, previousAccessKeyIds: [rejected], deactivatedAt: off.toISOString(), deletedAt: gone.toISOString() });
}

export function foreignMessage(request: RotationRequest, { keyId, createdAt }: AccessKey): Message {
  const { username, retireForeign, ages } = request;
  return messageOf(request, 'foreign', keyId, 'somebody else made an access key', [
    `IAM user ${username} has an access key that this rotation did not issue: ${keyId}, made ${time(createdAt)}.`,
    '',
    ...(retireForeign ? [
      `Switch to the key in the secret: this one is deactivated ${switchGrace(ages)} days from now, and deleted ${rollbackGrace(ages)} days after that.`,
    ] : [
      'It is left alone. A user holds two keys at most, so no new key can be issued while it is there. If nobody needs it, delete it:',
      '',
      `  ${deleteCommand(request, keyId)}`,
    ]),
  ]);
}

export function deletedMessage(request: RotationRequest, keyId: string, current: { keyId: string; createdAt: Date } | undefined): Message {
  const replaced = current && inDays(current.createdAt, request.ages.create);
  return messageOf(request, 'deleted', keyId, 'old access key is deleted', [
    `The previous access key ${keyId} of IAM user ${request.username} does not exist any more. Nothing is left to do.`,
    ...(replaced ? ['', 'What happens next (UTC):', `  ${day(replaced)}  ${current.keyId} is replaced by a new key`] : []),
  ], { currentAccessKeyId: current?.keyId, replacedAt: replaced?.toISOString() });
}

export function discardedMessage(request: RotationRequest, keyId: string): Message {
  return messageOf(request, 'discarded', keyId, 'unfinished access key is removed', [
    `An earlier run made the access key ${keyId} for IAM user ${request.username} and died before it could be handed out.`,
    'Nobody has it and it was never used, so it was deleted. The current key is not affected, and nothing is left to do.',
  ]);
}

function howToFetch(request: RotationRequest): string[] {
  return [
    'Fetch it with',
    '',
    `  ${fetchCommand(request)}`,
    '',
    'or, as a profile for ~/.aws/credentials, with',
    '',
    `  ${profileCommand(request)}`,
  ];
}

function howToRollBack(request: RotationRequest): string[] {
  return [
    'If something important broke, an administrator can make the old key the current one again, until shortly before it is deleted:',
    '',
    `  ${invokeCommand({ action: 'rollback', username: request.username }, request)}`,
  ];
}
