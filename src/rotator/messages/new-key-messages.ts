/** What people read of a new key. Pure. */
import { howToFetch, Message, messageOf } from './message';
import { rollbackGrace, switchGrace } from '../../contract/ages';
import { day, inDays, time } from '../domain/time';
import { RotationRequest } from '../domain/user-state';

export function createdMessage(
  request: RotationRequest,
  keyId: string,
  createdAt: Date,
  previous: readonly string[],
): Message {
  const { username, ages } = request;
  const [off, gone, replaced] = [switchGrace(ages), switchGrace(ages) + rollbackGrace(ages), ages.create].map((days) =>
    inDays(createdAt, days),
  );
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
  return messageOf(
    request,
    'created',
    keyId,
    old ? `new access key, the old one stops on ${day(off)}` : 'first access key',
    lines,
    {
      currentAccessKeyId: keyId,
      replacedAt: replaced.toISOString(),
      ...(old && { previousAccessKeyIds: previous, deactivatedAt: off.toISOString(), deletedAt: gone.toISOString() }),
    },
  );
}

export function discardedMessage(request: RotationRequest, keyId: string): Message {
  return messageOf(request, 'discarded', keyId, 'unfinished access key is removed', [
    `An earlier run made the access key ${keyId} for IAM user ${request.username} and died before it could be handed out.`,
    'Nobody has it and it was never used, so it was deleted. The current key is not affected, and nothing is left to do.',
  ]);
}
