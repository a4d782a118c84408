/** The fields of each message, and the paragraphs that several messages share. */
import { Notification, NotificationAttributes } from '../../contract/notifications';
import { fetchCommand, invokeCommand, profileCommand } from '../domain/commands';
import { formatDay } from '../domain/time';
import { RotationRequest } from '../domain/user-state';

/** The JSON fields of a notification that differ by message. */
export type Details = Omit<Notification, keyof NotificationAttributes | 'version' | 'rotation' | 'region' | 'text'>;

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly attributes: NotificationAttributes;
  readonly details: Details;
}

/**
 * A subject of SNS is ASCII and has less than 100 characters.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
const MAX_SUBJECT_LENGTH = 99;

/** One line or several; `false` leaves the paragraph out. */
export type Paragraph = string | readonly string[] | false;

export function messageOf(
  { username, secret, checkTimes }: Pick<RotationRequest, 'username' | 'secret' | 'checkTimes'>,
  event: NotificationAttributes['event'],
  accessKeyId: string | undefined,
  headline: string,
  details: Omit<Details, 'secret'>,
  paragraphs: readonly Paragraph[],
): Message {
  const maxLength = MAX_SUBJECT_LENGTH - headline.length - 2;
  const shownName = username.length > maxLength ? `${username.slice(0, maxLength - 3)}...` : username;
  const blocks = paragraphs.filter((paragraph) => paragraph !== false).map((lines) => [lines].flat().join('\n'));
  return {
    subject: `${shownName}: ${headline}`,
    text: `${blocks.join('\n\n')}\n`,
    attributes: { username, event, ...(accessKeyId && { accessKeyId }) },
    details: { secret, ...details, ...(hasDates(details) && !checkTimes && { notBefore: true }) },
  };
}

function hasDates({ replacedAt, deactivatedAt, deletedAt }: Omit<Details, 'secret'>): boolean {
  return (replacedAt ?? deactivatedAt ?? deletedAt) !== undefined;
}

/** A day as a date, such as "2026-03-31". With fixed rates, it is the earliest one: "not before 2026-03-31". */
export function day(at: Date, { checkTimes }: Pick<RotationRequest, 'checkTimes'>): string {
  return `${checkTimes ? '' : 'not before '}${formatDay(at)}`;
}

/** The same in a sentence: "on 2026-03-31", or "not before 2026-03-31". */
export function onDay(at: Date, request: Pick<RotationRequest, 'checkTimes'>): string {
  return `${request.checkTimes ? 'on ' : ''}${day(at, request)}`;
}

export function whatNext(
  request: Pick<RotationRequest, 'checkTimes'>,
  ...steps: readonly (readonly [at: Date, what: string])[]
): string[] {
  return ['What happens next (UTC):', ...steps.map(([at, what]) => `  ${day(at, request)}  ${what}`)];
}

export function howToFetch(request: RotationRequest): string[] {
  return [
    'Fetch the current key with',
    `  ${fetchCommand(request)}`,
    'or, as a profile for ~/.aws/credentials, with',
    `  ${profileCommand(request)}`,
  ];
}

export function howToRollBack(request: RotationRequest): string[] {
  return [
    'If an important program does not work with the current key, an administrator can make the old key current again,'
      + ' until shortly before it is deleted:',
    `  ${invokeCommand({ action: 'rollback', username: request.username }, request)}`,
  ];
}
