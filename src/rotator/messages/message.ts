/** The fields of each message, and the paragraphs that several messages share. */
import { Notification, NotificationAttributes } from '../../contract/notifications';
import { fetchCommand, invokeCommand, profileCommand, usesCommand } from '../domain/commands';
import { formatDay } from '../domain/time';
import { RotationContext, RotationRequest } from '../domain/user-state';

const PAGES = 'https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs';
const CONSUMERS = `How each kind of consumer takes a new key: ${PAGES}/consumers.md`;

/** The JSON fields of a notification that differ by message. */
export type Details = Omit<
  Notification,
  keyof NotificationAttributes | 'version' | 'rotation' | 'account' | 'region' | 'text'
>;

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

/** Each message has these parts in this order, so that a reader finds what to do without the rest. */
export interface Content {
  readonly what: Paragraph;
  /** What the reader has to do first. Begins in lower case. */
  readonly todo: string | readonly string[];
  readonly more?: readonly Paragraph[];
}

export function messageOf(
  { username, secret, checkTimes, ...context }: Pick<RotationRequest, 'username' | 'secret' | 'checkTimes'> & Place,
  event: NotificationAttributes['event'],
  accessKeyId: string | undefined,
  headline: string,
  details: Omit<Details, 'secret'>,
  content: Content,
): Message {
  const rest = ` (${context.account}): ${headline}`;
  const maxLength = MAX_SUBJECT_LENGTH - rest.length;
  const shownName = username.length > maxLength ? `${username.slice(0, maxLength - 3)}...` : username;
  return {
    subject: `${shownName}${rest}`,
    text: textOf(context, content),
    attributes: { username, event, ...(accessKeyId && { accessKeyId }) },
    details: { secret, ...details, ...(hasDates(details) && !checkTimes && { notBefore: true }) },
  };
}

/** People have several accounts, and one address can be a recipient of rotations in all of them. */
type Place = Pick<RotationContext, 'account' | 'region'>;

export function textOf({ account, region }: Place, { what, todo, more = [] }: Content): string {
  const [first, ...rest] = [todo].flat();
  const paragraphs = [
    what && [what, `Account ${account}, Region ${region}.`].flat(),
    [`What to do: ${first}`, ...rest],
    ...more,
    CONSUMERS,
  ];
  const blocks = paragraphs.filter((paragraph) => paragraph !== false).map((lines) => [lines].flat().join('\n'));
  return `${blocks.join('\n\n')}\n`;
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

/** Which key of the user cannot read the secret, and why ("AKIA…, which leaked"); or that no other key exists. */
export interface Readers {
  readonly except?: string;
  readonly isFirst?: boolean;
}

export function howToFetch(request: RotationRequest, { except, isFirst = false }: Readers = {}): Paragraph[] {
  const { username, selfRead } = request;
  const profile = profileCommand(request);
  const key = except ? `another active key of the user, not with ${except}` : 'an active key of the user itself';
  const readers = !selfRead ? '. The user itself may not' : isFirst ? '' : `, or with ${key}`;
  return [
    `Fetch the current key with the AWS credentials of a person or role that may read the secret${readers}:`,
    `  ${fetchCommand(request)}`,
    ...(profile
      ? [
          [
            `Or replace the key of the profile "${username}". The key is in no history and on no command line.`,
            selfRead && !except && !isFirst
              ? `To read it with the old key of the profile, add --profile ${username} after get-secret-value:`
              : 'The first command of the line needs these credentials too:',
          ],
          `  ${profile}`,
        ]
      : []),
  ];
}

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html */
export function whoUses(request: RotationRequest, ...keyIds: readonly string[]): Paragraph[] {
  return [
    `Which programs use ${keyIds.join(' and ')}, by time, service, call, address and program (needs cloudtrail:LookupEvents):`,
    keyIds.map((keyId) => `  ${usesCommand(request, keyId)}`),
    [
      `This lists up to 50 calls of the last 90 days in ${request.region}, up to 15 minutes late. It cannot show data events, such as`,
      'reads of S3 objects, and no calls in other Regions: repeat it there, and in us-east-1 for global services such as IAM.',
      'An empty list does not mean that the key is unused.',
    ],
  ];
}

export function howToRollBack(request: RotationRequest): string[] {
  return [
    'If an important program does not work with the current key, an administrator can make the old key current again,'
      + ' until shortly before its recovery period ends:',
    `  ${invokeCommand({ action: 'rollback', username: request.username }, request)}`,
  ];
}
