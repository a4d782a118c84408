/** A reminder to the recipient of a user, after 97 days on the in-memory AWS of the tests. The old key is in use. */
import { messagePicture } from './message-picture';
import { DEFAULT_AGES } from '../../src/contract/ages';
import { Action } from '../../src/contract/events';
import { rotate } from '../../src/rotator/actions/rotate';
import { Message } from '../../src/rotator/messages/message';
import { ModelAws } from '../../test/fake-aws/fake-aws';
import { request } from '../../test/rotator/support';

const USER = 'ci-deployer';
export const REGION = 'us-east-1';
/** The checks come at 06:47, 14:47 and 22:47. */
const SETTINGS = { secret: USER, checkTimes: { first: 6 * 60 + 47, interval: 24 * 60 } };

/** The example keys of the AWS documentation, in place of the numbered keys of the in-memory AWS. */
const KEYS: Readonly<Record<string, string>> = { AKIA0001: 'AKIAIOSFODNN7EXAMPLE', AKIA0002: 'AKIAI44QH8DHBEXAMPLE' };

/** The message that is sent, and when. */
export async function reminder(): Promise<{ readonly message: Message; readonly at: Date }> {
  const aws = new ModelAws();
  const check = async (at: string, action: Action) => {
    aws.now = new Date(at);
    await rotate(request(action, DEFAULT_AGES, true, { ...SETTINGS, username: USER, region: REGION }), aws.tools());
  };
  await check('2026-01-01T06:47:05Z', 'create');
  const old = aws.currentKey()!;
  await check('2026-04-01T06:47:07Z', 'create');
  aws.person.use(old, new Date('2026-04-07T21:30:12Z'));
  await check('2026-04-08T14:47:07Z', 'deactivate');
  return { message: withKeysOfDocumentation(aws.sent.at(-1)!), at: aws.now };
}

/** The message as an email. */
export async function messageDrawn(): Promise<string> {
  const {
    message: { subject, text },
    at,
  } = await reminder();
  // The name of the sender is the display name of the topic.
  return messagePicture({
    subject,
    from: 'Access keys <no-reply@sns.amazonaws.com>',
    to: 'ci-team@example.com',
    at,
    text,
  });
}

function withKeysOfDocumentation(message: Message): Message {
  return JSON.parse(JSON.stringify(message).replace(/AKIA\d{4}/g, (keyId) => KEYS[keyId]));
}
