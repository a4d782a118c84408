/** The digest: the state of all users, for the digest recipients. */
import { Message, textOf } from './message';
import { AUDITED_DAYS, DAY } from '../../contract/ages';
import { attentionOf, countsOf, Findings, UserLine } from '../domain/attention';
import { invokeCommand } from '../domain/commands';
import { UNUSED_DAYS } from '../domain/last-use';
import { formatDay } from '../domain/time';
import { UnusedKey } from '../domain/unused-keys';
import { RotationContext } from '../domain/user-state';

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
  /** The days since the last digest, of which new keys are listed. */
  readonly days: 1 | 7;
}

const ALL_USERS: Scope = { part: 1, parts: 1, days: 1 };

export function digestMessage(
  context: RotationContext,
  findings: Findings,
  { part, parts, days }: Scope = ALL_USERS,
): Message {
  const { users, unreadUsers: unread, inactiveSubscriptions, unusedKeys, unreadKeys } = findings;
  const counts = countsOf(findings);
  const attention = users.flatMap((line) => attentionOf(line).map((what) => ({ username: line.username, what })));
  const recent = users.flatMap((line) => newKeys(line, days));
  const soon = users.flatMap(upcomingSteps).sort();
  const { users: count, needAttention: affected } = counts;
  const headline =
    affected > 0
      ? `${affected} of ${count} users need attention`
      : unread > 0
        ? `${unread} of ${count} users are not included`
        : inactiveSubscriptions.length > 0
          ? counted(inactiveSubscriptions.length, 'inactive subscription')
          : unusedKeys.length > 0
            ? counted(unusedKeys.length, 'unused key')
            : `all ${count} users are in order`;
  const summary = `${parts > 1 ? `, part ${part} of ${parts}` : ''}: ${headline}`;
  const lines = [
    ...section(
      'Needs attention:',
      attention.map(({ username, what }) => `${username}: ${what}`),
    ),
    ...section('Inactive subscriptions, which deliver no messages:', inactiveSubscriptions),
    ...section(`Unused keys, which no consumer has used for ${UNUSED_DAYS} days:`, unusedKeys.map(unusedKeyLine)),
    ...section('Freezes that are over, and can be removed from "changeWindow":', endedFreezes(users)),
    ...section(days === 1 ? 'In the last day:' : 'In the last seven days:', recent),
    ...section('In the next seven days (UTC):', soon),
    ...(unread > 0
      ? [
          `${unread} of ${count} users are not included, because the run had no time left. Their scheduled checks continue.`,
        ]
      : []),
    ...(unreadKeys > 0
      ? [
          `The last use of ${counted(unreadKeys, 'key')} could not be read, so unused keys can be missing here. The next digest reads it again.`,
        ]
      : []),
    `${users.length} users; ${overLimit(users)}.`,
  ];
  const text = textOf(context, {
    what: `Access keys${summary}.`,
    todo: whatToDo(context, attention[0]?.username, inactiveSubscriptions.length > 0, unusedKeys.length > 0),
    more: [lines],
  });
  return {
    subject: `Access keys of ${context.account}${summary}`,
    text,
    attributes: { event: 'digest' },
    details: { counts, ...(parts > 1 && { part, parts }) },
  };
}

function whatToDo(context: RotationContext, username: string | undefined, inactive: boolean, unused: boolean): string {
  if (username !== undefined) {
    return `fix what needs attention. The status of a user has each problem with its fix: ${invokeCommand({ action: 'status', username }, context)}`;
  }
  if (inactive) return 'confirm the inactive subscriptions, or create them again.';
  return unused
    ? 'find out whether a consumer still needs the unused keys. If not, remove the user from the rotation, or delete the unmanaged key.'
    : 'nothing.';
}

/** Users of a rotation mostly have the same freezes. */
function endedFreezes(users: readonly UserLine[]): string[] {
  return [...new Set(users.flatMap(({ status }) => status?.endedFreezes ?? []))].sort();
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Such as "erp: AKIA… (unmanaged), created 2025-01-31, never used". */
function unusedKeyLine({ username, accessKeyId, unmanaged, createdAt, lastUse }: UnusedKey): string {
  return `${username}: ${accessKeyId}${unmanaged ? ' (unmanaged)' : ''}, created ${formatDay(createdAt)}, ${lastUse}`;
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

function newKeys({ username, status }: UserLine, days: number): string[] {
  return (status?.keys ?? [])
    .filter(({ role, createdAt }) => role === 'current' && Date.parse(status!.at) - Date.parse(createdAt) < days * DAY)
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
