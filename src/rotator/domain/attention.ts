/**
 * What in a digest needs the attention of a person. A digest that is sent only when needed is sent if there is any.
 *
 * Not among it: an unmanaged key as such, which its option leaves alone and a notification has reported, and a key that
 * is older than 90 days without a limit, as each old key is in the switch period of the default schedule.
 */
import { UnusedKey } from './unused-keys';
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

/** The problems of one user, each as a text. */
export function attentionOf({ status, failure }: UserLine): string[] {
  if (failure !== undefined || !status) return [`status could not be read: ${failure}`];
  const leaked = status.keys.filter((key) => key.leaked && key.active).map(({ accessKeyId }) => accessKeyId);
  return [
    ...(status.blocked ? [`blocked: ${status.blocked}`] : []),
    ...(leaked.length > 0 ? [`leaked and active: ${leaked.join(', ')}`] : []),
    ...(status.overLimit ? [`too old and active: ${status.overLimit}`] : []),
    // A step that is due for a shorter time is taken by the next check.
    ...(status.overdueDays >= 2 ? [`a step is overdue by ${status.overdueDays} days`] : []),
  ];
}
