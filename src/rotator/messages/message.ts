/** The fields of each message, and the paragraphs that several messages share. */
import { Ages, recoveryPeriodDays, switchPeriodDays } from '../../contract/ages';
import { Notification, NotificationAttributes } from '../../contract/notifications';
import { fetchCommand, invokeCommand, profileCommand } from '../domain/commands';
import { formatDay, addDays } from '../domain/time';
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
  { username, secret }: Pick<RotationRequest, 'username' | 'secret'>,
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
    details: { secret, ...details },
  };
}

/** When a key that is replaced at this time is due to be deactivated, and when it is due to be deleted. */
export function retirementOf(ages: Ages, replacedAt: Date): [deactivatedAt: Date, deletedAt: Date] {
  const deactivatedAt = addDays(replacedAt, switchPeriodDays(ages));
  return [deactivatedAt, addDays(deactivatedAt, recoveryPeriodDays(ages))];
}

export function whatNext(...steps: readonly (readonly [at: Date, what: string])[]): string[] {
  return ['What happens next (UTC):', ...steps.map(([at, what]) => `  ${formatDay(at)}  ${what}`)];
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
