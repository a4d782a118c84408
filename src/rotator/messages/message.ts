/** What every message has, and the commands that it may hold. Pure. */
import { Announcement, AnnouncementAttributes } from '../../contract/announcements';
import { fetchCommand, invokeCommand, profileCommand } from '../domain/commands';
import { RotationRequest } from '../domain/user-state';

/** What machines are told beside the text. */
export type Details = Omit<Announcement, keyof AnnouncementAttributes | 'version' | 'rotation' | 'region' | 'text'>;

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly attributes: AnnouncementAttributes;
  readonly details: Details;
}

/** SNS allows 100 characters, ASCII only. */
const SUBJECT_LIMIT = 99;

export function messageOf(
  { username, secret }: Pick<RotationRequest, 'username' | 'secret'>,
  event: AnnouncementAttributes['event'],
  accessKeyId: string | undefined,
  news: string,
  lines: readonly string[],
  details: Omit<Details, 'secret'> = {},
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

export function howToFetch(request: RotationRequest): string[] {
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

export function howToRollBack(request: RotationRequest): string[] {
  return [
    'If something important broke, an administrator can make the old key the current one again, until shortly before it is deleted:',
    '',
    `  ${invokeCommand({ action: 'rollback', username: request.username }, request)}`,
  ];
}
