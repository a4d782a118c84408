/** What people read of keys that this rotation did not issue. */
import { Message, messageOf, retirementOf } from './message';
import { recoveryPeriodDays, switchPeriodDays } from '../../contract/ages';
import { deleteCommand } from '../domain/commands';
import { formatDay, formatTime } from '../domain/time';
import { AccessKey, RotationRequest } from '../domain/user-state';

/** To a user that was adopted with two keys. */
export function adoptedMessage(request: RotationRequest, keyIds: readonly string[], now: Date): Message {
  const [off, gone] = retirementOf(request.ages, now);
  const details = { previousAccessKeyIds: keyIds };
  return messageOf(request, 'unmanaged', undefined, 'no slot for a new access key yet', details, [
    `IAM user ${request.username} had two access keys when its rotation began, ${keyIds.join(' and ')}, and a user holds two at most.`,
    'An inactive one, or else one that was not used for 90 days, goes first, and then a new key is issued:',
    [
      `  ${formatDay(off)}  it is deactivated, if it is still unused then`,
      `  ${formatDay(gone)}  it is deleted, ${recoveryPeriodDays(request.ages)} days after it was found inactive at the earliest`,
    ],
    'If both are in use, nothing is touched, and you are told what to do. To go on at once, delete the key that can be done without:',
    `  ${deleteCommand(request, keyIds[0])}`,
  ]);
}

export function unmanagedKeyMessage(request: RotationRequest, { keyId, createdAt }: AccessKey): Message {
  const { username, retireUnmanagedKeys, ages } = request;
  return messageOf(request, 'unmanaged', keyId, 'somebody else made an access key', {}, [
    `IAM user ${username} has an access key that this rotation did not issue: ${keyId}, made ${formatTime(createdAt)}.`,
    ...(retireUnmanagedKeys
      ? [
          `Switch to the key in the secret: this one is deactivated ${switchPeriodDays(ages)} days from now, and deleted ${recoveryPeriodDays(ages)} days after that.`,
        ]
      : [
          'It is left alone. A user holds two keys at most, so no new key can be issued while it is there. If nobody needs it, delete it:',
          `  ${deleteCommand(request, keyId)}`,
        ]),
  ]);
}
