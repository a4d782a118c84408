/**
 * What in a digest needs the attention of a person. A digest that is sent only when needed is sent if there is any.
 *
 * Not among it: an unmanaged key as such, which its option leaves alone and a notification has reported, and a key that
 * is older than 90 days without a limit, as each old key is in the switch period of the default schedule.
 */
import { UnusedKey } from './unused-keys';
import { DigestCounts } from '../../contract/notifications';
import { UserStatus } from '../../contract/outcome';

export interface UserLine {
  readonly username: string;
  /** Undefined if the status could not be read; `failure` then has the reason. */
  readonly status?: UserStatus;
  readonly failure?: string;
}

/** What the run of a digest, or of one part of it, has read. */
export interface Findings {
  readonly users: readonly UserLine[];
  /** Number of users whose status was not read, because the run had no time left. */
  readonly unreadUsers: number;
  readonly inactiveSubscriptions: readonly string[];
  readonly unusedKeys: readonly UnusedKey[];
  /** Number of keys that may be unused: their last use was not read. */
  readonly unreadKeys: number;
}

export function needsAttention({ users, unreadUsers, inactiveSubscriptions, unusedKeys }: Findings): boolean {
  return (
    users.some((line) => attentionOf(line).length > 0)
    || unreadUsers > 0
    || inactiveSubscriptions.length > 0
    || unusedKeys.length > 0
  );
}

export function countsOf({ users, unreadUsers, inactiveSubscriptions, unusedKeys }: Findings): DigestCounts {
  const problems = users.map(problemsOf);
  const having = (kind: ProblemKind) => problems.filter((found) => found[kind] !== undefined).length;
  return {
    users: users.length + unreadUsers,
    needAttention: problems.filter((found) => Object.keys(found).length > 0).length,
    unread: having('unread') + unreadUsers,
    blocked: having('blocked'),
    leaked: having('leaked'),
    overLimit: having('overLimit'),
    overdue: having('overdue'),
    inactiveSubscriptions: inactiveSubscriptions.length,
    unusedKeys: unusedKeys.length,
  };
}

/** The problems of one user, each as a text. */
export function attentionOf(line: UserLine): string[] {
  return Object.values(problemsOf(line));
}

type ProblemKind = Extract<keyof DigestCounts, 'unread' | 'blocked' | 'leaked' | 'overLimit' | 'overdue'>;

function problemsOf({ status, failure }: UserLine): Partial<Record<ProblemKind, string>> {
  if (failure !== undefined || !status) return { unread: `status could not be read: ${failure}` };
  const { keys, blocked, overLimit, overdueDays } = status;
  const leaked = keys.filter((key) => key.leaked && key.active).map(({ accessKeyId }) => accessKeyId);
  return {
    ...(blocked && { blocked: `blocked: ${blocked}` }),
    ...(leaked.length > 0 && { leaked: `leaked and active: ${leaked.join(', ')}` }),
    ...(overLimit && { overLimit: `too old and active: ${overLimit}` }),
    // A step that is due for a shorter time is taken by the next check.
    ...(overdueDays >= 2 && { overdue: `a step is overdue by ${overdueDays} days` }),
  };
}
