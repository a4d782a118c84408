/** The daily digest: reads the status of all users and the subscriptions, and sends a summary. */
import { Invocation, requestOf } from './invocation';
import { forEachPaced } from './paced';
import { DigestEvent } from '../../contract/events';
import { METRICS } from '../../contract/metrics';
import { CreatedSubscriptions } from '../../contract/settings';
import { digestStatus } from '../actions/rotate';
import { log, metrics } from '../aws/log';
import { Subscription } from '../aws/notifications';
import { foreignText } from '../domain/foreign-text';
import { digestMessage, UserLine } from '../messages/digest-message';

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
  const { part = 1, parts = 1 } = event;
  const usernames = partOf([...invocation.users.keys()], part, parts);
  const lines = await forEachPaced(usernames, (username) => statusLine(username, invocation), invocation.clock);
  // Every digest has a first part, so the subscriptions are listed once.
  const inactive = part === 1 ? inactiveSubscriptions(subscriptions.created(), await subscriptions.list()) : undefined;
  const scope = { part, parts, unread: usernames.length - lines.length };
  const message = digestMessage(invocation.context, lines, inactive ?? [], scope);
  const measured = inactive
    ? metrics(invocation.rotation, { values: { [METRICS.inactiveSubscriptions]: inactive.length } })
    : {};
  log('INFO', { action: event.action, message: message.subject, ...measured });
  if (!invocation.dryRun) await invocation.notifications.send(message);
  return message.text;
}

/** A failure is a line too, so that the digest has the other users. */
async function statusLine(username: string, invocation: Invocation): Promise<UserLine> {
  try {
    const request = requestOf({ action: 'status', username }, invocation);
    return { username, status: await digestStatus(request, invocation.portsFor(request)) };
  } catch (error) {
    return { username, failure: (error as Error).message };
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
