/** Once a day, how all users stand, for those who look after the whole rotation. Pure. */
import { DAY } from './ages';
import { Message } from './message';
import { UserStatus } from './status';

export interface UserLine {
  readonly username: string;
  /** Nothing where the user could not be looked at: then the reason. */
  readonly status?: UserStatus;
  readonly failure?: string;
}

/** Somebody reads this every day: more lines than this are counted, not shown. */
const MOST_LINES = 50;

/** What is due so soon is worth a line. */
const SOON = 7 * DAY;

export function digestMessage(users: readonly UserLine[], lost: readonly string[]): Message {
  const attention = users.flatMap(needsAttention);
  const recent = users.flatMap(newsOf);
  const soon = users.flatMap(comingUp).sort();
  const trouble = new Set(attention.map(({ username }) => username)).size;
  const subject = trouble > 0 ? `Access keys: ${trouble} of ${users.length} users need attention`
    : lost.length > 0 ? `Access keys: ${lost.length} recipients of messages are lost` : `Access keys: all ${users.length} users are in order`;
  const lines = [
    ...section('Needs attention:', attention.map(({ username, what }) => `${username}: ${what}`)),
    ...section('Messages do not reach:', lost),
    ...section('In the last day:', recent),
    ...section('In the next seven days (UTC):', soon),
    `${users.length} users; ${users.filter(({ status }) => status?.compliant === false).length} have an active key of more than 90 days.`,
  ];
  return { subject, text: `${lines.join('\n')}\n`, attributes: { event: 'digest' }, details: {} };
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - MOST_LINES;
  return [title, ...lines.slice(0, MOST_LINES).map((line) => `  ${line}`), ...(more > 0 ? [`  and ${more} more`] : []), ''];
}

function needsAttention({ username, status, failure }: UserLine): { username: string; what: string }[] {
  if (failure !== undefined || !status) return [{ username, what: `could not be looked at: ${failure}` }];
  return [
    ...(status.blocked ? [{ username, what: `blocked, ${status.blocked}` }] : []),
    // Less is a step that the next check takes.
    ...(status.overdueDays >= 2 ? [{ username, what: `a step is overdue for ${status.overdueDays} days` }] : []),
  ];
}

function newsOf({ username, status }: UserLine): string[] {
  return (status?.keys ?? [])
    .filter(({ role, createdAt }) => role === 'current' && Date.parse(status!.at) - Date.parse(createdAt) < DAY)
    .map(({ accessKeyId }) => `${username}: ${accessKeyId} is new`);
}

function comingUp({ username, status }: UserLine): string[] {
  return (status?.keys ?? []).flatMap(({ accessKeyId, next }) => {
    const ahead = next ? Date.parse(next.dueAt) - Date.parse(status!.at) : Infinity;
    // What was due for longer than a day is held because it is in use, or is overdue, which stands above.
    if (!next || ahead > SOON || ahead < -DAY) return [];
    const done = { replace: 'replaced', deactivate: 'deactivated', delete: 'deleted' }[next.action];
    return [`${next.dueAt.slice(0, 10)}  ${username}: ${accessKeyId} is ${done}`];
  });
}
