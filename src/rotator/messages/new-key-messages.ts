/** What people read of a new key. */
import { howToFetch, Message, messageOf, retirementOf, whatNext } from './message';
import { formatDay, addDays, formatTime } from '../domain/time';
import { RotationRequest } from '../domain/user-state';

export function createdMessage(
  request: RotationRequest,
  keyId: string,
  createdAt: Date,
  previous: readonly string[],
): Message {
  const [off, gone] = retirementOf(request.ages, createdAt);
  const replaced = addDays(createdAt, request.ages.create);
  const old = previous.join(' and ');
  const news = old ? `new access key, the old one stops on ${formatDay(off)}` : 'first access key';
  const details = {
    currentAccessKeyId: keyId,
    replacedAt: replaced.toISOString(),
    ...(old && { previousAccessKeyIds: previous, deactivatedAt: off.toISOString(), deletedAt: gone.toISOString() }),
  };
  const retired = [[off, `${old} is deactivated`] as const, [gone, `${old} is deleted`] as const];
  return messageOf(request, 'created', keyId, news, details, [
    `IAM user ${request.username} has a new access key: ${keyId}, issued ${formatTime(createdAt)}.`,
    old !== '' && `Switch to it before ${formatDay(off)}: then the previous key ${old} stops working.`,
    ...howToFetch(request),
    whatNext(...(old ? retired : []), [replaced, `${keyId} is replaced by a new key`]),
  ]);
}

export function orphanDeletedMessage(request: RotationRequest, keyId: string): Message {
  return messageOf(request, 'orphan-deleted', keyId, 'unfinished access key is removed', {}, [
    [
      `An earlier run made the access key ${keyId} for IAM user ${request.username} and died before it could be handed out.`,
      'Nobody has it and it was never used, so it was deleted. The current key is not affected, and nothing is left to do.',
    ],
  ]);
}
