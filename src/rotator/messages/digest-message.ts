/** Once a day, how all users stand, for those who look after the whole rotation. Pure. */
import { Message } from './message';
import { DAY } from '../../contract/ages';
import { UserStatus } from '../../contract/outcome';

export interface UserLine {
  readonly username: string;
  /** Nothing where the user could not be looked at: then the reason. */
  readonly status?: UserStatus;
  readonly failure?: string;
}

/** Somebody reads this every day: more lines than this are counted, not shown. */
const MAX_LINES = 50;

/** SNS takes 256 KB for a message, in which the text is there twice: for people, and in the JSON for machines. */
const MAX_LINE_LENGTH = 1_000;

/** What is due so soon is worth a line. */
const SOON = 7 * DAY;

export interface Scope {
  /** The second of five, say: of more users than one run can look at. */
  readonly part: number;
  readonly parts: number;
  /** So many users were not looked at, because the time was over. */
  readonly notChecked: number;
}

export const ALL_USERS: Scope = { part: 1, parts: 1, notChecked: 0 };

export function digestMessage(
  users: readonly UserLine[],
  lost: readonly string[],
  { part, parts, notChecked }: Scope = ALL_USERS,
): Message {
  const attention = users.flatMap(needsAttention);
  const recent = users.flatMap(recentChanges);
  const soon = users.flatMap(upcomingSteps).sort();
  const affected = new Set(attention.map(({ username }) => username)).size;
  const count = users.length + notChecked;
  const news =
    affected > 0
      ? `${affected} of ${count} users need attention`
      : notChecked > 0
        ? `${notChecked} of ${count} users were not looked at`
        : lost.length > 0
          ? `${lost.length} recipients of messages are lost`
          : `all ${count} users are in order`;
  const subject = `Access keys${parts > 1 ? `, part ${part} of ${parts}` : ''}: ${news}`;
  const lines = [
    ...section(
      'Needs attention:',
      attention.map(({ username, what }) => `${username}: ${what}`),
    ),
    ...section('Messages do not reach:', lost),
    ...section('In the last day:', recent),
    ...section('In the next seven days (UTC):', soon),
    ...(notChecked > 0
      ? [`${notChecked} of ${count} users were not looked at: the time was over. Their checks go on all the same.`]
      : []),
    `${users.length} users; ${users.filter(({ status }) => status?.compliant === false).length} have an active key of more than 90 days.`,
  ];
  return { subject, text: `${lines.join('\n')}\n`, attributes: { event: 'digest' }, details: {} };
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
  if (failure !== undefined || !status) return [{ username, what: `could not be looked at: ${failure}` }];
  return [
    ...(status.blocked ? [{ username, what: `blocked, ${status.blocked}` }] : []),
    // Less is a step that the next check takes.
    ...(status.overdueDays >= 2 ? [{ username, what: `a step is overdue for ${status.overdueDays} days` }] : []),
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
    // What was due for longer than a day is held because it is in use, or is overdue, which stands above.
    if (!next || ahead > SOON || ahead < -DAY) return [];
    const done = { replace: 'replaced', deactivate: 'deactivated', delete: 'deleted' }[next.action];
    return [`${next.dueAt.slice(0, 10)}  ${username}: ${accessKeyId} is ${done}`];
  });
}
