/** The daily digest: looks at all users and at the subscriptions, and tells those who look after the whole rotation. */
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
      `"subscriptions" is ${JSON.stringify(subscriptions)}: "digest" needs the number of subscriptions that the rotation made, as its rule or schedule sends it`,
    );
  }
  const one = part === undefined && parts === undefined;
  if (!one && !(Number.isInteger(part) && Number.isInteger(parts) && part! >= 1 && part! <= parts!)) {
    throw new BadRequest(
      `"part" is ${JSON.stringify(part)} and "parts" is ${JSON.stringify(parts)}: expected the second of five, say, as 2 and 5, or neither`,
    );
  }
  return true;
}

/** @returns what was told */
export async function handleDigest(
  event: DigestEvent,
  invocation: Invocation,
  subscriptions: () => Promise<Subscription[]>,
): Promise<string> {
  const { part = 1, parts = 1 } = event;
  const usernames = partOf([...invocation.users.keys()], part, parts);
  const seen = await forEachPaced(usernames, (username) => statusLine(username, invocation), invocation.clock);
  // Once is enough, and the first part is always there.
  const inactive = part === 1 ? inactiveSubscriptions(event, await subscriptions()) : undefined;
  const message = digestMessage(seen, inactive ?? [], { part, parts, notChecked: usernames.length - seen.length });
  const measured = inactive
    ? metrics(invocation.rotation, { values: { [METRICS.inactiveSubscriptions]: inactive.length } })
    : {};
  log('INFO', { action: event.action, message: message.subject, ...measured });
  if (!invocation.dryRun) await invocation.announcements.send(message);
  return message.text;
}

/** One that fails does not hide the others. */
async function statusLine(username: string, invocation: Invocation): Promise<UserLine> {
  try {
    const request = requestOf({ action: 'status', username }, invocation);
    return { username, status: await digestStatus(request, invocation.portsFor(request)) };
  } catch (error) {
    return { username, failure: (error as Error).message };
  }
}

/** Each user is in one part, however many there are: a deploy may have changed their number and not yet the rule. */
function partOf(usernames: readonly string[], part: number, parts: number): string[] {
  const from = (index: number) => Math.floor((index * usernames.length) / parts);
  return usernames.slice(from(part - 1), from(part));
}

/** Whom messages do not reach, in words: mail scanners click the link that unsubscribes, and some never confirm. */
export function inactiveSubscriptions(
  { subscriptions, recipients }: DigestEvent,
  found: readonly Subscription[],
): string[] {
  const pending = found.filter(({ confirmed }) => !confirmed).map(({ endpoint }) => `${endpoint} has not confirmed`);
  if (recipients) {
    const missing = recipients.filter((endpoint) => !found.some((subscription) => subscription.endpoint === endpoint));
    return [...pending, ...missing.map((endpoint) => `${endpoint} is not subscribed any more`)];
  }
  const missing = subscriptions - found.length;
  return [...pending, ...(missing > 0 ? [`${missing} of ${subscriptions} subscriptions are gone`] : [])];
}
