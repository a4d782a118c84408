/** The daily digest: looks at all users and at the subscriptions, and tells those who look after the whole rotation. */
import { CheckTools } from './check';
import { survey } from './paced';
import { parseRequest } from './request';
import { DigestEvent } from '../../contract/events';
import { METRICS } from '../../contract/metrics';
import { standing } from '../actions/rotate';
import { Subscription } from '../aws/announcements';
import { log, metrics } from '../aws/log';
import { BadRequest } from '../domain/failure';
import { digestMessage, UserLine } from '../messages/digest-message';

export interface DigestTools extends CheckTools {
  readonly subscriptions: () => Promise<Subscription[]>;
}

export function isDigest(event: unknown): event is DigestEvent {
  const { action, subscriptions, part, parts } = (event ?? {}) as Partial<DigestEvent>;
  if (action !== 'digest') return false;
  if (!Number.isInteger(subscriptions)) {
    throw new BadRequest(`"subscriptions" is ${JSON.stringify(subscriptions)}: "digest" needs the number of subscriptions that the rotation made, as its rule or schedule sends it`);
  }
  const one = part === undefined && parts === undefined;
  if (!one && !(Number.isInteger(part) && Number.isInteger(parts) && part! >= 1 && part! <= parts!)) {
    throw new BadRequest(`"part" is ${JSON.stringify(part)} and "parts" is ${JSON.stringify(parts)}: expected the second of five, say, as 2 and 5, or neither`);
  }
  return true;
}

/** @returns what was told */
export async function handleDigest(event: DigestEvent, tools: DigestTools): Promise<string> {
  const { part = 1, parts = 1 } = event;
  const usernames = partOf([...tools.users.keys()], part, parts);
  const seen = await survey(usernames, (username) => look(username, tools), tools);
  // Once is enough, and the first part is always there.
  const lost = part === 1 ? lostRecipients(event, await tools.subscriptions()) : undefined;
  const message = digestMessage(seen, lost ?? [], { part, parts, notSeen: usernames.length - seen.length });
  const measured = lost ? metrics(tools.rotation, { values: { [METRICS.lostRecipients]: lost.length } }) : {};
  log('INFO', { action: event.action, message: message.subject, ...measured });
  if (!tools.dryRun) await tools.announcements.send(message);
  return message.text;
}

/** One that fails does not hide the others. */
async function look(username: string, { users, toolsFor }: DigestTools): Promise<UserLine> {
  try {
    const request = parseRequest({ action: 'status', username }, users);
    return { username, status: await standing(request, toolsFor(request)) };
  } catch (error) {
    return { username, failure: (error as Error).message };
  }
}

/** Each user is in one part, however many there are: a deploy may have changed their number and not yet the rule. */
function partOf(usernames: readonly string[], part: number, parts: number): string[] {
  const from = (index: number) => Math.floor(index * usernames.length / parts);
  return usernames.slice(from(part - 1), from(part));
}

/** Whom messages do not reach, in words: mail scanners click the link that unsubscribes, and some never confirm. */
export function lostRecipients({ subscriptions, recipients }: DigestEvent, found: readonly Subscription[]): string[] {
  const pending = found.filter(({ confirmed }) => !confirmed).map(({ endpoint }) => `${endpoint} has not confirmed`);
  if (recipients) {
    const missing = recipients.filter((endpoint) => !found.some((subscription) => subscription.endpoint === endpoint));
    return [...pending, ...missing.map((endpoint) => `${endpoint} is not subscribed any more`)];
  }
  const missing = subscriptions - found.length;
  return [...pending, ...(missing > 0 ? [`${missing} of ${subscriptions} subscriptions are gone`] : [])];
}
