import { request } from './support';
import { DEFAULT_AGES } from '../../src/rotator/ages';
import { blockedMessage, createdMessage, deactivatedMessage, deletedMessage, discardedMessage } from '../../src/rotator/messages';

const AT = new Date('2026-04-01T03:12:45Z');
const asked = request('create', DEFAULT_AGES);

test('a new key: what it is, how to fetch it, what happens next and when', () => {
  const { subject, text, attributes } = createdMessage(asked, 'AKIANEW', AT, ['AKIAOLD'], 'eu-west-1');

  expect(subject).toBe('alice: new access key, the old one stops on 2026-04-15');
  expect(text).toBe(`IAM user alice has a new access key: AKIANEW, issued 2026-04-01 03:12 UTC.

Switch to it before 2026-04-15: then the previous key AKIAOLD stops working.

Fetch it with

  aws secretsmanager get-secret-value --secret-id 'alice' --query SecretString --output text --region eu-west-1

What happens next (UTC):
  2026-04-15  AKIAOLD is deactivated
  2026-04-29  AKIAOLD is deleted
  2026-06-30  AKIANEW is replaced by a new key
`);
  expect(attributes).toEqual({ username: 'alice', event: 'created', accessKeyId: 'AKIANEW' });
});

test('a first key says nothing of a previous one', () => {
  const { subject, text } = createdMessage(asked, 'AKIANEW', AT, [], 'eu-west-1');
  expect(subject).toBe('alice: first access key');
  expect(text).not.toContain('previous');
});

test('a deactivation says how to go back and until when', () => {
  const { text } = deactivatedMessage(asked, 'AKIAOLD', AT, 'eu-west-1');
  expect(text).toContain('aws iam update-access-key --user-name alice --access-key-id AKIAOLD --status Active');
  expect(text).toContain('2026-04-15  AKIAOLD is deleted for good');
});

test('a deletion says when the current key is replaced in turn', () => {
  expect(deletedMessage(asked, 'AKIAOLD', { keyId: 'AKIANEW', createdAt: AT }).text).toContain('2026-06-30  AKIANEW is replaced by a new key');
});

test.each([1, 20, 64])('with a name of %i characters, every subject is one line of ASCII, under 100 characters', (length) => {
  const long = { ...asked, username: 'u'.repeat(length) };
  const all = [
    createdMessage(long, 'K', AT, ['L'], 'r'), createdMessage(long, 'K', AT, [], 'r'), deactivatedMessage(long, 'K', AT, 'r'),
    deletedMessage(long, 'K', undefined), discardedMessage(long, 'K'), blockedMessage(long, 'why', 'remedy'),
  ];
  for (const { subject } of all) expect(subject).toMatch(/^[ -~]{1,99}$/);
});
