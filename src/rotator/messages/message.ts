/** What every message has, and the commands that it may hold. Pure. */
import { DAY } from '../../contract/ages';
import { Announcement, AnnouncementAttributes, RotationEvent } from '../../contract/settings';
import { RotationRequest } from '../handlers/request';

/** What machines are told beside the text. */
export type Details = Omit<Announcement, keyof AnnouncementAttributes | 'version' | 'rotation' | 'region' | 'text'>;

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly attributes: AnnouncementAttributes;
  readonly details: Details;
}

/** Where the rotation runs: for commands. */
export interface Here {
  readonly region: string;
  readonly functionName: string;
}

/** SNS allows 100 characters, ASCII only. */
const SUBJECT_LIMIT = 99;

export function messageOf(
  { username, secret }: Pick<RotationRequest, 'username' | 'secret'>, event: AnnouncementAttributes['event'], accessKeyId: string | undefined,
  news: string, lines: readonly string[], details: Omit<Details, 'secret'> = {},
): Message {
  const room = SUBJECT_LIMIT - news.length - 2;
  const who = username.length > room ? `${username.slice(0, room - 3)}...` : username;
  return {
    subject: `${who}: ${news}`,
    text: `${lines.join('\n')}\n`,
    attributes: { username, event, ...(accessKeyId && { accessKeyId }) },
    details: { secret, ...details },
  };
}

export function fetchCommand(secret: string, region: string): string {
  return `aws secretsmanager get-secret-value --secret-id '${secret}' --query SecretString --output text --region ${region}`;
}

/** The value is written by us, so its fields stand in a known order. */
export function profileCommand({ username, secret }: Pick<RotationRequest, 'username' | 'secret'>, region: string): string {
  return `${fetchCommand(secret, region)} | awk -F'"' '{ print "[${username}]\\naws_access_key_id = " $4 "\\naws_secret_access_key = " $8 }'`;
}

export function invokeCommand(event: RotationEvent, { region, functionName }: Here): string {
  return `aws lambda invoke --function-name ${functionName} --region ${region} --cli-binary-format raw-in-base64-out`
    + ` --payload '${JSON.stringify(event)}' /dev/stdout`;
}

export function statusCommand(username: string, keyId: string, status: 'Active' | 'Inactive'): string {
  return `aws iam update-access-key --user-name ${username} --access-key-id ${keyId} --status ${status}`;
}

/** As IAM's own "revoke active sessions" for roles: denies whatever was signed with a session that is older than this. */
export function revokeSessionsCommand(username: string, before: Date): string {
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateLessThan: { 'aws:TokenIssueTime': before.toISOString() } } }],
  };
  return `aws iam put-user-policy --user-name ${username} --policy-name RevokeOlderSessions --policy-document '${JSON.stringify(policy)}'`;
}

/** Days of UTC, as all times in messages. */
export function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}

export function inDays(from: Date, days: number): Date {
  return new Date(from.getTime() + days * DAY);
}
