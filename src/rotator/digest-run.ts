/** The daily digest: looks at all users and at the subscriptions, and tells those who look after the whole rotation. */
import { CheckTools, inTurn } from './check';
import { DigestEvent } from './contract';
import { digestMessage } from './digest';
import { log, metrics } from './log';
import { METRICS } from './metrics';
import { lostRecipients, Subscription } from './recipients';
import { BadRequest } from './request';

export interface DigestTools extends CheckTools {
  readonly subscriptions: () => Promise<Subscription[]>;
}

export function isDigest(event: unknown): event is DigestEvent {
  const { action, subscriptions } = (event ?? {}) as Partial<DigestEvent>;
  if (action !== 'digest') return false;
  if (!Number.isInteger(subscriptions)) {
    throw new BadRequest(`"subscriptions" is ${JSON.stringify(subscriptions)}: "digest" needs the number of subscriptions that the rotation made, as its rule or schedule sends it`);
  }
  return true;
}

/** @returns what was told */
export async function handleDigest(event: DigestEvent, tools: DigestTools): Promise<string> {
  const outcomes = await inTurn([...tools.users.keys()].map((username) => ({ username, action: 'status' })), tools);
  const lines = outcomes.map(({ username, status, message }) => status ? { username, status } : { username, failure: message });
  const lost = lostRecipients(event, await tools.subscriptions());
  const message = digestMessage(lines, lost);
  log('INFO', { action: event.action, message: message.subject, ...metrics(tools.rotation, { values: { [METRICS.lostRecipients]: lost.length } }) });
  if (!tools.dryRun) await tools.announcements.send(message);
  return message.text;
}
