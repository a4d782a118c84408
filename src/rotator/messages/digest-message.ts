/** The daily digest: the state of all users, for the digest recipients. */
import { Message, textOf } from './message';
import { AUDITED_DAYS, DAY } from '../../contract/ages';
import { UserStatus } from '../../contract/outcome';
import { invokeCommand } from '../domain/commands';
import { RotationContext } from '../domain/user-state';

export interface UserLine {
  readonly username: string;
  /** Undefined if the status could not be read; `failure` then has the reason. */
  readonly status?: UserStatus;
  readonly failure?: string;
}

/** Lines shown of each section. The others are only counted, to keep the digest short. */
const MAX_LINES = 50;

/**
 * An SNS message has at most 256 KB, and the text is in it twice: as the text of emails and in the JSON.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
const MAX_LINE_LENGTH = 1_000;

/** How far ahead the digest lists steps. */
const PREVIEW = 7 * DAY;

export interface Scope {
  /** Number of this part, from 1. One run cannot read the state of all users if they are many. */
  readonly part: number;
  readonly parts: number;
  /** Number of users whose status was not read, because the run had no time left. */
  readonly unread: number;
}

export const ALL_USERS: Scope = { part: 1, parts: 1, unread: 0 };

export function digestMessage(
  context: RotationContext,
  users: readonly UserLine[],
  inactiveSubscriptions: readonly string[],
  { part, parts, unread }: Scope = ALL_USERS,
): Message {
  const attention = users.flatMap(needsAttention);
  const recent = users.flatMap(recentChanges);
  const soon = users.flatMap(upcomingSteps).sort();
  const affected = new Set(attention.map(({ username }) => username)).size;
  const count = users.length + unread;
  const headline =
    affected > 0
      ? `${affected} of ${count} users need attention`
      : unread > 0
        ? `${unread} of ${count} users are not included`
        : inactiveSubscriptions.length > 0
          ? `${inactiveSubscriptions.length} inactive subscription${inactiveSubscriptions.length === 1 ? '' : 's'}`
          : `all ${count} users are in order`;
  const subject = `Access keys${parts > 1 ? `, part ${part} of ${parts}` : ''}: ${headline}`;
  const lines = [
    ...section(
      'Needs attention:',
      attention.map(({ username, what }) => `${username}: ${what}`),
    ),
    ...section('Inactive subscriptions, which deliver no messages:', inactiveSubscriptions),
    ...section('In the last day:', recent),
    ...section('In the next seven days (UTC):', soon),
    ...(unread > 0
      ? [
          `${unread} of ${count} users are not included, because the run had no time left. Their scheduled checks continue.`,
        ]
      : []),
    `${users.length} users; ${overLimit(users)}.`,
  ];
  const text = textOf(context, {
    what: `Access keys${parts > 1 ? `, part ${part} of ${parts}` : ''}: ${headline}.`,
    todo: whatToDo(context, attention[0]?.username, inactiveSubscriptions.length > 0),
    more: [lines],
  });
  return { subject, text, attributes: { event: 'digest' }, details: {} };
}

function whatToDo(context: RotationContext, username: string | undefined, inactive: boolean): string {
  if (username !== undefined) {
    return `fix what needs attention. The status of a user has each problem with its fix: ${invokeCommand({ action: 'status', username }, context)}`;
  }
  return inactive ? 'confirm the inactive subscriptions, or create them again.' : 'nothing.';
}

/** How many users have an active key that is too old, and compared with what. */
function overLimit(users: readonly UserLine[]): string {
  const tooOld = users.flatMap(({ username, status }) =>
    status?.compliant === false ? [`${username} (${status.limitDays} days)`] : [],
  );
  const ownLimits = users.some(({ status }) => status && status.limitDays !== AUDITED_DAYS);
  if (!ownLimits) return `${tooOld.length} have an active key that is older than ${AUDITED_DAYS} days`;
  const names = tooOld.length > MAX_LINES ? [...tooOld.slice(0, MAX_LINES), '…'] : tooOld;
  return `${tooOld.length} have an active key that is older than their limit${names.length > 0 ? `: ${names.join(', ')}` : ''}`;
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - MAX_LINES;
  return [
    title,
    ...lines.slice(0, MAX_LINES).map((line) => `  ${line.slice(0, MAX_LINE_LENGTH)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    '',
  ];
}

function needsAttention({ username, status, failure }: UserLine): { username: string; what: string }[] {
  if (failure !== undefined || !status) return [{ username, what: `status could not be read: ${failure}` }];
  return [
    ...(status.blocked ? [{ username, what: `blocked: ${status.blocked}` }] : []),
    ...(status.overLimit ? [{ username, what: `too old and active: ${status.overLimit}` }] : []),
    // A step that is due for a shorter time is taken by the next check.
    ...(status.overdueDays >= 2 ? [{ username, what: `a step is overdue by ${status.overdueDays} days` }] : []),
  ];
}

function recentChanges({ username, status }: UserLine): string[] {
  return (status?.keys ?? [])
    .filter(({ role, createdAt }) => role === 'current' && Date.parse(status!.at) - Date.parse(createdAt) < DAY)
    .map(({ accessKeyId }) => `${username}: ${accessKeyId} is new`);
}

function upcomingSteps({ username, status }: UserLine): string[] {
  return (status?.keys ?? []).flatMap(({ accessKeyId, next }) => {
    const ahead = next ? Date.parse(next.dueAt) - Date.parse(status!.at) : Infinity;
    if (!next || ahead > PREVIEW || (next.action === 'replace' && status!.blocked)) return [];
    // With fixed rates, a step that was due more than a day ago is postponed, or is listed above as overdue.
    if (next.notBefore && ahead < -DAY) return [];
    const done = { replace: 'replaced', deactivate: 'deactivated', delete: 'deleted' }[next.action];
    return [`${next.notBefore ? 'not before ' : ''}${next.dueAt.slice(0, 10)}  ${username}: ${accessKeyId} is ${done}`];
  });
}
