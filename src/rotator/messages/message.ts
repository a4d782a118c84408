/** What every message has, and the paragraphs that several of them share. */
import { Ages, recoveryPeriodDays, switchPeriodDays } from '../../contract/ages';
import { Notification, NotificationAttributes } from '../../contract/notifications';
import { fetchCommand, invokeCommand, profileCommand } from '../domain/commands';
import { formatDay, addDays } from '../domain/time';
import { RotationRequest } from '../domain/user-state';

/** The fields of an announcement for machines that differ by message. */
export type Details = Omit<Notification, keyof NotificationAttributes | 'version' | 'rotation' | 'region' | 'text'>;

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly attributes: NotificationAttributes;
  readonly details: Details;
}

/** SNS allows 100 characters, ASCII only. */
const SUBJECT_LIMIT = 99;

/** One line or several; `false` leaves the paragraph out. */
export type Paragraph = string | readonly string[] | false;

export function messageOf(
  { username, secret }: Pick<RotationRequest, 'username' | 'secret'>,
  event: NotificationAttributes['event'],
  accessKeyId: string | undefined,
  news: string,
  details: Omit<Details, 'secret'>,
  paragraphs: readonly Paragraph[],
): Message {
  const room = SUBJECT_LIMIT - news.length - 2;
  const who = username.length > room ? `${username.slice(0, room - 3)}...` : username;
  const blocks = paragraphs.filter((paragraph) => paragraph !== false).map((lines) => [lines].flat().join('\n'));
  return {
    subject: `${who}: ${news}`,
    text: `${blocks.join('\n\n')}\n`,
    attributes: { username, event, ...(accessKeyId && { accessKeyId }) },
    details: { secret, ...details },
  };
}

/** When a key that is replaced at this time is deactivated, and when it is deleted. */
export function retirementOf(ages: Ages, replacedAt: Date): [off: Date, gone: Date] {
  const off = addDays(replacedAt, switchPeriodDays(ages));
  return [off, addDays(off, recoveryPeriodDays(ages))];
}

export function whatNext(...steps: readonly (readonly [at: Date, what: string])[]): string[] {
  return ['What happens next (UTC):', ...steps.map(([at, what]) => `  ${formatDay(at)}  ${what}`)];
}

export function howToFetch(request: RotationRequest): string[] {
  return [
    'Fetch it with',
    `  ${fetchCommand(request)}`,
    'or, as a profile for ~/.aws/credentials, with',
    `  ${profileCommand(request)}`,
  ];
}

export function howToRollBack(request: RotationRequest): string[] {
  return [
    'If something important broke, an administrator can make the old key the current one again, until shortly before it is deleted:',
    `  ${invokeCommand({ action: 'rollback', username: request.username }, request)}`,
  ];
}
