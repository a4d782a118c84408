/** Messages about a new key, and about a new key that was never published. */
import { howToFetch, Message, messageOf, onDay, whatNext, whoUses } from './message';
import { smtpFields } from '../../contract/smtp';
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
  const programs = leaked ? `every program that used ${leaked}` : 'every program that uses the old key';
  const switching = [
    ...(leaked ? [`switch ${programs} to the new key now.`] : []),
    ...(hasPrevious
      ? [
          `${leaked ? 'Switch every other program' : `switch ${programs} to the new key`} before ${lastDay} (UTC). Until then, both keys work.`,
          ...previous.map((old) => `The previous key ${old} stops working ${onDay(deactivatedAt, request)}.`),
        ]
      : []),
  ];
  return messageOf(request, 'created', keyId, headline, details, {
    what: [
      `IAM user ${request.username} has a new access key: ${keyId}, created ${formatTime(createdAt)}.`,
      ...(early !== undefined ? [`It was issued before its time: ${early}.`] : []),
      ...(leaked !== undefined ? [`It replaces ${leaked}, which leaked and does not work any more.`] : []),
    ],
    todo: [
      ...(switching.length > 0 ? switching : ['give the key to the programs that need it.']),
      'Programs that read the secret take the new key by themselves.',
      ...smtpFieldsOf(request),
    ],
    more: [
      ...howToFetch(request, leaked ? { except: `${leaked}, which leaked` } : { isFirst: !hasPrevious }),
      ...(hasPrevious ? whoUses(request, ...previous) : []),
      whatNext(
        request,
        ...previous.map((old) => [deactivatedAt, `${old} is deactivated`] as const),
        ...previous.map((old) => [deletedAt, `${old} is deleted`] as const),
        [replacedAt, `${keyId} is replaced by a new key`],
      ),
    ],
  });
}

function smtpFieldsOf({ sesSmtpRegions }: RotationRequest): string[] {
  if (sesSmtpRegions.length === 0) return [];
  const names = smtpFields(sesSmtpRegions).map((name) => `"${name}"`);
  return [
    `The SMTP user name and the passwords of Amazon SES change with it: fields ${names.join(', ')} of the secret.`,
  ];
}

export function orphanDeletedMessage(request: RotationRequest, keyId: string): Message {
  return messageOf(
    request,
    'orphan-deleted',
    keyId,
    'unused access key of a failed run was deleted',
    {},
    {
      what: `The access key ${keyId} of IAM user ${request.username} was deleted.`,
      todo: 'nothing. The key was never published and never used, and the current key is not affected.',
      more: ['A run of the rotation had created the key, and failed before it could publish it.'],
    },
  );
}
