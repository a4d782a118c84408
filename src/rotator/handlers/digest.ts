/** The daily digest: reads the status of all users and the subscriptions, and sends a summary. */
import { Invocation, requestOf } from './invocation';
import { forEachPaced } from './paced';
import { DigestEvent } from '../../contract/events';
import { METRICS } from '../../contract/metrics';
import { digestStatus } from '../actions/rotate';
import { log, metrics } from '../aws/log';
import { Subscription } from '../aws/notifications';
import { BadRequest } from '../domain/failure';
import { digestMessage, UserLine } from '../messages/digest-message';

export function isDigest(event: unknown): event is DigestEvent {
  const { action, subscriptions, part, parts } = (event ?? {}) as Partial<DigestEvent>;
  if (action !== 'digest') return false;
  if (!Number.isInteger(subscriptions)) {
    throw new BadRequest(
      `"subscriptions" is ${JSON.stringify(subscriptions)}: "digest" needs the number of subscriptions that the rotation created, as its rule or schedule sends it`,
    );
  }
  const one = part === undefined && parts === undefined;
  if (!one && !(Number.isInteger(part) && Number.isInteger(parts) && part! >= 1 && part! <= parts!)) {
    throw new BadRequest(
      `"part" is ${JSON.stringify(part)} and "parts" is ${JSON.stringify(parts)}: expected two whole numbers, such as 2 and 5 for the second of five parts, or neither`,
    );
  }
  return true;
}

/** @returns the text of the digest */
export async function handleDigest(
  event: DigestEvent,
  invocation: Invocation,
  subscriptions: () => Promise<Subscription[]>,
): Promise<string> {
  const { part = 1, parts = 1 } = event;
  const usernames = partOf([...invocation.users.keys()], part, parts);
  const lines = await forEachPaced(usernames, (username) => statusLine(username, invocation), invocation.clock);
  // Every digest has a first part, so the subscriptions are listed once.
  const inactive = part === 1 ? inactiveSubscriptions(event, await subscriptions()) : undefined;
  const message = digestMessage(lines, inactive ?? [], { part, parts, unread: usernames.length - lines.length });
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
 * opened the link that unsubscribes.
 */
export function inactiveSubscriptions(
  { subscriptions, recipients }: DigestEvent,
  existing: readonly Subscription[],
): string[] {
  const pending = existing.filter(({ confirmed }) => !confirmed).map(({ endpoint }) => `${endpoint} has not confirmed`);
  if (recipients) {
    const missing = recipients.filter(
      (endpoint) => !existing.some((subscription) => subscription.endpoint === endpoint),
    );
    return [...pending, ...missing.map((endpoint) => `${endpoint} is not subscribed any more`)];
  }
  const missing = subscriptions - existing.length;
  return [...pending, ...(missing > 0 ? [`${missing} of ${subscriptions} subscriptions no longer exist`] : [])];
}
