/** What people read. Pure: from a fact to subject, text and attributes. */
import { DAY, rollbackGrace, switchGrace } from './ages';
import { AnnouncementAttributes } from './contract';
import { time, useOf } from './last-use';
import { RotationRequest } from './request';
import { AccessKey, Use } from './steps';

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

export interface OffDetails {
  /** What is known of the last use of the old and of the current key, a line each. */
  readonly uses: readonly string[];
  /** Nothing for a user that was adopted with two keys and has none of ours yet. */
  readonly current: string | undefined;
  readonly canRollBack: boolean;
}

export function deactivatedMessage(request: RotationRequest, keyId: string, since: Date, details: OffDetails, region: string): Message {
  const { username, ages, secret } = request;
  const until = day(since, rollbackGrace(ages));
  return message(request, 'deactivated', keyId, `old access key is off, deleted on ${until}`, [
    `The previous access key ${keyId} of IAM user ${username} is inactive since ${time(since)}: calls signed with it are refused.`,
    ...details.uses,
    '',
    ...(details.current ? [
      `Whatever still uses it has to switch to the current key, ${details.current}. Fetch that, with other credentials than the inactive key, by`,
      '',
      `  ${fetchCommand(secret, region)}`,
    ] : ['A first key in the secret follows as soon as this one is deleted: a user holds two keys at most.']),
    '',
    ...(details.canRollBack ? [
      'If something important broke, an administrator can make the old key the current one again, until shortly before it is deleted:',
      '',
      `  send {"action": "rollback", "username": "${username}"} to the rotation function`,
      '',
    ] : []),
    'An administrator can also switch it on until the next check, within a day:',
    '',
    `  ${statusCommand(username, keyId, 'Active')}`,
    '',
    'What happens next (UTC):',
    `  ${until}  ${keyId} is deleted for good`,
  ]);
}

/** To a user that was adopted with two keys. */
export function adoptedMessage(request: RotationRequest, keyIds: readonly string[], now: Date): Message {
  const { username, ages } = request;
  return message(request, 'foreign', undefined, 'no slot for a new access key yet', [
    `IAM user ${username} had two access keys when its rotation began, ${keyIds.join(' and ')}, and a user holds two at most.`,
    '',
    'An inactive one, or else one that was not used for 90 days, goes first, and then a new key is issued:',
    '',
    `  ${day(now, switchGrace(ages))}  it is deactivated, if it is still unused then`,
    `  ${day(now, switchGrace(ages) + rollbackGrace(ages))}  it is deleted, ${rollbackGrace(ages)} days after it was found inactive at the earliest`,
    '',
    'If both are in use, nothing is touched, and you are told what to do. To go on at once, delete the key that can be done without:',
    '',
    `  aws iam delete-access-key --user-name ${username} --access-key-id ${keyIds[0]}`,
  ]);
}

export function heldMessage(request: RotationRequest, keyId: string, until: Date, use: Use | undefined, region: string): Message {
  const { username, secret } = request;
  return message(request, 'held', keyId, `old access key is still in use, it stops on ${day(until, 0)} at the latest`, [
    `The previous access key ${keyId} of IAM user ${username} was to be deactivated by now, but it was ${useOf(use)}.`,
    `It is deactivated as soon as it is not in use any more, and on ${day(until, 0)} in any case.`,
    '',
    'Whatever still uses it has to switch to the current key. Fetch that with',
    '',
    `  ${fetchCommand(secret, region)}`,
  ]);
}

/** With the policy that ends what was begun with the key: sessions made from it outlive it by up to 36 hours. */
export function leakedMessage(request: RotationRequest, keyId: string, since: Date, region: string): Message {
  const { username, ages, secret } = request;
  return message(request, 'deactivated', keyId, 'leaked access key is off', [
    `The access key ${keyId} of IAM user ${username} was reported as leaked, and is inactive since ${time(since)}.`,
    '',
    'Whatever used it needs the current key. Fetch that, with other credentials than the inactive key, by',
    '',
    `  ${fetchCommand(secret, region)}`,
    '',
    'Sessions that were made from the key (GetSessionToken, GetFederationToken) go on until they expire. To end them now:',
    '',
    `  ${revokeSessionsCommand(username, since)}`,
    '',
    'That policy touches no access key, and can be deleted after 36 hours. It does not end sessions of roles that were assumed with',
    'the key: for these, revoke the sessions of the role. Look in CloudTrail for what was done with the key.',
    '',
    'What happens next (UTC):',
    `  ${day(since, rollbackGrace(ages))}  ${keyId} is deleted for good`,
  ]);
}

export function rolledBackMessage(request: RotationRequest, rejected: string, since: Date, current: string | undefined, region: string): Message {
  const { username, ages, secret } = request;
  return message(request, 'rolled-back', current, 'rolled back to the previous access key', [
    `The previous access key ${current} of IAM user ${username} is the current one again since ${time(since)}. It is the value of the secret:`,
    '',
    `  ${fetchCommand(secret, region)}`,
    '',
    `Whatever has switched to ${rejected} has to switch back. Rotation goes on when that key is gone.`,
    '',
    'What happens next (UTC):',
    `  ${day(since, switchGrace(ages))}  ${rejected} is deactivated`,
    `  ${day(since, switchGrace(ages) + rollbackGrace(ages))}  ${rejected} is deleted, and a new key is issued if one is due`,
  ]);
}

export function foreignMessage(request: RotationRequest, { keyId, createdAt }: AccessKey): Message {
  const { username, retireForeign, ages } = request;
  return message(request, 'foreign', keyId, 'somebody else made an access key', [
    `IAM user ${username} has an access key that this rotation did not issue: ${keyId}, made ${time(createdAt)}.`,
    '',
    ...(retireForeign ? [
      `Switch to the key in the secret: this one is deactivated ${switchGrace(ages)} days from now, and deleted ${rollbackGrace(ages)} days after that.`,
    ] : [
      'It is left alone. A user holds two keys at most, so no new key can be issued while it is there. If nobody needs it, delete it:',
      '',
      `  aws iam delete-access-key --user-name ${username} --access-key-id ${keyId}`,
    ]),
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

function statusCommand(username: string, keyId: string, status: 'Active' | 'Inactive'): string {
  return `aws iam update-access-key --user-name ${username} --access-key-id ${keyId} --status ${status}`;
}

/** As IAM's own "revoke active sessions" for roles: denies whatever was signed with a session that is older than this. */
function revokeSessionsCommand(username: string, before: Date): string {
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateLessThan: { 'aws:TokenIssueTime': before.toISOString() } } }],
  };
  return `aws iam put-user-policy --user-name ${username} --policy-name RevokeOlderSessions --policy-document '${JSON.stringify(policy)}'`;
}

function day(from: Date, days: number): string {
  return new Date(from.getTime() + days * DAY).toISOString().slice(0, 10);
}
