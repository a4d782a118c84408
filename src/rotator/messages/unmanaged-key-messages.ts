/** Messages about keys that this rotation did not issue. */
import { Message, messageOf, day, howToFetch, whoUses } from './message';
import { recoveryPeriodDays, switchPeriodDays } from '../../contract/ages';
import { announcedRetirement } from '../domain/announced';
import { deleteCommand } from '../domain/commands';
import { formatTime } from '../domain/time';
import { AccessKey, RotationRequest } from '../domain/user-state';

/** For a user that was adopted with two keys. */
export function adoptedMessage(request: RotationRequest, keyIds: readonly string[], now: Date): Message {
  const [deactivatedAt, deletedAt] = announcedRetirement(now, request);
  const details = { previousAccessKeyIds: keyIds };
  return messageOf(request, 'unmanaged', undefined, 'two access keys exist, no new key yet', details, {
    what: [
      `IAM user ${request.username} had two access keys when its rotation began: ${keyIds.join(' and ')}.`,
      'IAM allows at most two access keys per user, so a new key cannot be issued yet.',
    ],
    todo: 'nothing, or, to get a new key without delay, delete the key that no program needs:',
    more: [
      `  ${deleteCommand(request, keyIds[0])}`,
      ...whoUses(request, ...keyIds),
      'Otherwise a key that is inactive, or else one that was not used for 90 days, is retired first. Then a new key is issued:',
      [
        `  ${day(deactivatedAt, request)}  it is deactivated, if it is still unused then`,
        `  ${day(deletedAt, request)}  it is deleted, ${recoveryPeriodDays(request.ages)} days after it was found inactive at the earliest`,
      ],
      'If both are in use, neither is changed, and you receive a message that explains what to do.',
    ],
  });
}

export function unmanagedKeyMessage(request: RotationRequest, { keyId, createdAt }: AccessKey): Message {
  const { username, retireUnmanagedKeys, ages } = request;
  return messageOf(
    request,
    'unmanaged',
    keyId,
    'an access key was created outside the rotation',
    {},
    {
      what: `IAM user ${username} has an access key that this rotation did not issue: ${keyId}, created ${formatTime(createdAt)}.`,
      ...(retireUnmanagedKeys
        ? {
            todo: [
              'switch to the key in the secret.',
              `${keyId} is deactivated after the switch period of ${switchPeriodDays(ages)} days, and deleted after the recovery period of ${recoveryPeriodDays(ages)} days.`,
            ],
            more: [...howToFetch(request), ...whoUses(request, keyId)],
          }
        : {
            todo: 'if no program needs this key, delete it:',
            more: [
              `  ${deleteCommand(request, keyId)}`,
              'The rotation does not change it. IAM allows at most two access keys per user, so no new key can be issued while it exists.',
              ...whoUses(request, keyId),
            ],
          }),
    },
  );
}
