/** The digest: reads the status of all users and the subscriptions, and sends a summary. */
import { Invocation, requestOf } from './invocation';
import { withLastUses } from './last-uses';
import { forEachPaced } from './paced';
import { DigestEvent } from '../../contract/events';
import { METRICS } from '../../contract/metrics';
import { CreatedSubscriptions } from '../../contract/settings';
import { digestStatus } from '../actions/rotate';
import { log, metrics } from '../aws/log';
import { Subscription } from '../aws/notifications';
import { Findings, needsAttention, UserLine } from '../domain/attention';
import { foreignText } from '../domain/foreign-text';
import { OldKey, unusedKeysOf } from '../domain/unused-keys';
import { digestMessage } from '../messages/digest-message';

/** The subscriptions of the topic: those that the deploy created, and those that SNS lists. */
export interface Subscriptions {
  readonly created: () => CreatedSubscriptions;
  readonly list: () => Promise<Subscription[]>;
}

/** @returns the text of the digest */
export async function handleDigest(
  event: DigestEvent,
  invocation: Invocation,
  subscriptions: Subscriptions,
): Promise<string> {
  const { part = 1, parts = 1, frequency = 'DAILY' } = event;
  const usernames = partOf([...invocation.users.keys()], part, parts);
  const read = await forEachPaced(usernames, (username) => readUser(username, invocation), invocation.clock);
  const oldKeys = await withLastUses(
    read.flatMap((user) => user.oldKeys),
    invocation,
  );
  // Every digest has a first part, so the subscriptions are listed once.
  const inactive = part === 1 ? await inactiveOf(subscriptions) : undefined;
  const findings: Findings = {
    users: read.map(({ line }) => line),
    unreadUsers: usernames.length - read.length,
    inactiveSubscriptions: inactive ?? [],
    unusedKeys: unusedKeysOf(oldKeys),
    unreadKeys: oldKeys.filter(({ use = 'unknown' }) => use === 'unknown').length,
  };
  const message = digestMessage(invocation.context, findings, { part, parts, days: frequency === 'WEEKLY' ? 7 : 1 });
  const needed = frequency !== 'WHEN_NEEDED' || needsAttention(findings);
  const measured = inactive ? metrics({ values: { [METRICS.inactiveSubscriptions]: inactive.length } }) : {};
  const logged = needed ? message.subject : `${message.subject}; nothing needs attention, so the digest is not sent`;
  log('INFO', invocation.context, { record: 'digest', action: event.action, message: logged, ...measured });
  if (needed && !invocation.dryRun) await invocation.notifications.send(message);
  return message.text;
}

/** A failure is a line too, so that the digest has the other users. */
async function readUser(username: string, invocation: Invocation): Promise<{ line: UserLine; oldKeys: OldKey[] }> {
  try {
    const request = requestOf({ action: 'status', username }, invocation);
    const { status, oldKeys } = await digestStatus(request, invocation.portsFor(request));
    return { line: { username, status }, oldKeys };
  } catch (error) {
    return { line: { username, failure: (error as Error).message }, oldKeys: [] };
  }
}

/**
 * Each user is in exactly one part, for any number of users: a deploy can update the list of users before it updates
 * the rule that sends the number of parts.
 */
function partOf(usernames: readonly string[], part: number, parts: number): string[] {
  const from = (index: number) => Math.floor((index * usernames.length) / parts);
  return usernames.slice(from(part - 1), from(part));
}

/** Lists only where the deploy created subscriptions: without recipients, the role may not list. */
async function inactiveOf({ created, list }: Subscriptions): Promise<string[] | undefined> {
  const { endpoints, others } = created();
  return endpoints.length + others > 0 ? inactiveSubscriptions({ endpoints, others }, await list()) : undefined;
}

/**
 * Describes the subscriptions that deliver nothing. A recipient may not have confirmed, and an email scanner may have
 * opened the link that unsubscribes. Any endpoint can be subscribed by who may subscribe to the topic.
 */
export function inactiveSubscriptions(
  { endpoints, others }: CreatedSubscriptions,
  existing: readonly Subscription[],
): string[] {
  const pending = existing.filter(({ confirmed }) => !confirmed);
  const missing = endpoints.filter((endpoint) => !existing.some((subscription) => subscription.endpoint === endpoint));
  const unnamed = existing.filter(({ endpoint }) => !endpoints.includes(endpoint));
  const gone = others - unnamed.length;
  return [
    ...pending.map(({ endpoint }) => `${foreignText(endpoint)} has not confirmed`),
    ...missing.map((endpoint) => `${endpoint} is not subscribed any more`),
    ...(gone > 0
      ? [`${gone} of ${others} subscriptions of queues, functions and other resources no longer exist`]
      : []),
  ];
}
