/** What people read. Pure: from a fact to subject, text and attributes. */
import { DAY, rollbackGrace, switchGrace } from './ages';
import { AnnouncementAttributes } from './contract';
import { RotationRequest } from './request';

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly attributes: AnnouncementAttributes;
}

/** SNS allows 100 characters, ASCII only. */
const SUBJECT_LIMIT = 99;

export function createdMessage(request: RotationRequest, keyId: string, createdAt: Date, previous: string[], region: string): Message {
  const { username, ages, secret } = request;
  const stops = day(createdAt, switchGrace(ages));
  const lines = [
    `IAM user ${username} has a new access key: ${keyId}, issued ${time(createdAt)}.`,
    '',
    ...(previous.length > 0 ? [`Switch to it before ${stops}: then the previous key ${previous.join(' and ')} stops working.`, ''] : []),
    'Fetch it with',
    '',
    `  ${fetchCommand(secret, region)}`,
    '',
    'What happens next (UTC):',
    ...(previous.length > 0 ? [
      `  ${stops}  ${previous.join(' and ')} is deactivated`,
      `  ${day(createdAt, switchGrace(ages) + rollbackGrace(ages))}  ${previous.join(' and ')} is deleted`,
    ] : []),
    `  ${day(createdAt, ages.create)}  ${keyId} is replaced by a new key`,
  ];
  const news = previous.length > 0 ? `new access key, the old one stops on ${stops}` : 'first access key';
  return message(request, 'created', keyId, news, lines);
}

export function deactivatedMessage(request: RotationRequest, keyId: string, since: Date, region: string): Message {
  const { username, ages, secret } = request;
  const until = day(since, rollbackGrace(ages));
  return message(request, 'deactivated', keyId, `old access key is off, deleted on ${until}`, [
    `The previous access key ${keyId} of IAM user ${username} is inactive since ${time(since)}: calls signed with it are refused.`,
    '',
    'Whatever still uses it has to switch to the current key. Fetch that, with other credentials than the inactive key, by',
    '',
    `  ${fetchCommand(secret, region)}`,
    '',
    'If something important broke, an administrator can switch the old key on again for a while:',
    '',
    `  aws iam update-access-key --user-name ${username} --access-key-id ${keyId} --status Active`,
    '',
    'What happens next (UTC):',
    `  ${until}  ${keyId} is deleted for good`,
  ]);
}

export function deletedMessage(request: RotationRequest, keyId: string, current: { keyId: string; createdAt: Date } | undefined): Message {
  return message(request, 'deleted', keyId, 'old access key is deleted', [
    `The previous access key ${keyId} of IAM user ${request.username} does not exist any more. Nothing is left to do.`,
    ...(current ? ['', 'What happens next (UTC):', `  ${day(current.createdAt, request.ages.create)}  ${current.keyId} is replaced by a new key`] : []),
  ]);
}

export function discardedMessage(request: RotationRequest, keyId: string): Message {
  return message(request, 'discarded', keyId, 'unfinished access key is removed', [
    `An earlier run made the access key ${keyId} for IAM user ${request.username} and died before it could be handed out.`,
    'Nobody has it and it was never used, so it was deleted. The current key is not affected, and nothing is left to do.',
  ]);
}

export function blockedMessage(request: RotationRequest, why: string, remedy: string): Message {
  return message(request, 'blocked', undefined, 'access key cannot be rotated', [
    `The rotation of IAM user ${request.username} is blocked: ${why}.`,
    '',
    `What to do: ${remedy}.`,
    '',
    'Nothing was changed. The check is repeated on schedule, and rotation goes on by itself once this is mended.',
  ]);
}

function message(
  { username }: RotationRequest, event: AnnouncementAttributes['event'], accessKeyId: string | undefined, news: string, lines: string[],
): Message {
  const room = SUBJECT_LIMIT - news.length - 2;
  const who = username.length > room ? `${username.slice(0, room - 3)}...` : username;
  return { subject: `${who}: ${news}`, text: `${lines.join('\n')}\n`, attributes: { username, event, ...(accessKeyId && { accessKeyId }) } };
}

function fetchCommand(secret: string, region: string): string {
  return `aws secretsmanager get-secret-value --secret-id '${secret}' --query SecretString --output text --region ${region}`;
}

function day(from: Date, days: number): string {
  return new Date(from.getTime() + days * DAY).toISOString().slice(0, 10);
}

function time(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
