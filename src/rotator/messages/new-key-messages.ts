/** Messages about a new key, and about a new key that was never published. */
import { howToFetch, Message, messageOf, onDay, whatNext } from './message';
import { announced, announcedRetirement } from '../domain/announced';
import { formatDay, addDays, formatTime } from '../domain/time';
import { RotationRequest } from '../domain/user-state';

export function createdMessage(
  request: RotationRequest,
  keyId: string,
  createdAt: Date,
  previous: readonly string[],
  { early, leaked }: { readonly early?: string; readonly leaked?: string } = {},
): Message {
  const [deactivatedAt, deletedAt] = announcedRetirement(createdAt, request);
  const replacedAt = announced('create', addDays(createdAt, request.ages.create), request);
  const hasPrevious = previous.length > 0;
  const lastDay = formatDay(deactivatedAt);
  const headline = leaked
    ? 'new access key, it replaces a leaked one'
    : hasPrevious
      ? `new access key, the old one stops working ${onDay(deactivatedAt, request)}`
      : 'first access key';
  const details = {
    currentAccessKeyId: keyId,
    replacedAt: replacedAt.toISOString(),
    ...(early && { reason: early }),
    ...(hasPrevious && {
      previousAccessKeyIds: previous,
      deactivatedAt: deactivatedAt.toISOString(),
      deletedAt: deletedAt.toISOString(),
    }),
  };
  return messageOf(request, 'created', keyId, headline, details, [
    `IAM user ${request.username} has a new access key: ${keyId}, created ${formatTime(createdAt)}.`,
    early !== undefined && [
      `It was issued before its time: ${early}.`,
      'Programs that read the secret get the new key from now on.',
    ],
    leaked !== undefined && [
      `It replaces ${leaked}, which leaked and does not work any more.`,
      `Switch every program that used ${leaked} to the new key now.`,
    ],
    hasPrevious && [
      `Switch to it before ${lastDay} (UTC). Until then, both keys work.`,
      ...previous.map((old) => `The previous key ${old} stops working ${onDay(deactivatedAt, request)}.`),
    ],
    ...howToFetch(request),
    whatNext(
      request,
      ...previous.map((old) => [deactivatedAt, `${old} is deactivated`] as const),
      ...previous.map((old) => [deletedAt, `${old} is deleted`] as const),
      [replacedAt, `${keyId} is replaced by a new key`],
    ),
  ]);
}

export function orphanDeletedMessage(request: RotationRequest, keyId: string): Message {
  return messageOf(request, 'orphan-deleted', keyId, 'unused access key of a failed run was deleted', {}, [
    [
      `The access key ${keyId} of IAM user ${request.username} was deleted. You do not need to do anything:`,
      'the key was never published and never used, and the current key is not affected.',
    ],
    'A run of the rotation had created the key, and failed before it could publish it.',
  ]);
}
