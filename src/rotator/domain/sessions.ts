/** Sessions that were created with a leaked key: the policy that denies their requests. */
import { addMs } from './time';
import { RUN_MINUTES } from '../../contract/settings';

/**
 * Milliseconds for which AWS may accept a key after its deactivation: IAM is eventually consistent.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export const PROPAGATION_MARGIN = 5 * 60_000;

/**
 * The first time at which no session can be created with a key any more.
 *
 * @param since - the recorded time of the deactivation. A run reads it before it calls IAM, at most one run earlier
 */
export function lastSessionOf(since: Date): Date {
  return addMs(since, RUN_MINUTES * 60_000 + PROPAGATION_MARGIN);
}

/**
 * Denies requests of sessions that were issued before a time. Requests that are signed with an access key have no issue
 * time, so it does not affect them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
export function denyOlderSessions(before: Date): object {
  const Condition = { DateLessThan: { 'aws:TokenIssueTime': before.toISOString().replace(/\.\d+/, '') } };
  return { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition }] };
}
