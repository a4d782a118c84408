import { request } from './support';
import { DEFAULT_AGES } from '../../src/rotator/ages';
import {
  adoptedMessage, blockedMessage, createdMessage, deactivatedMessage, deletedMessage, discardedMessage,
  foreignMessage, heldMessage, leakedMessage, rolledBackMessage,
} from '../../src/rotator/messages';

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
  const { text } = deactivatedMessage(asked, 'AKIAOLD', AT, { uses: ['It was last used …'], current: 'AKIANEW', canRollBack: true }, 'eu-west-1');
  expect(text).toContain('calls signed with it are refused.\nIt was last used …\n');
  expect(text).toContain('send {"action": "rollback", "username": "alice"}');
  expect(text).toContain('aws iam update-access-key --user-name alice --access-key-id AKIAOLD --status Active');
  expect(text).toContain('2026-04-15  AKIAOLD is deleted for good');
});

test('a deactivation offers no way back that would be refused, and names no key that is not there', () => {
  const { text } = deactivatedMessage(asked, 'AKIAOLD', AT, { uses: [], current: undefined, canRollBack: false }, 'eu-west-1');
  expect(text).not.toContain('rollback');
  expect(text).not.toContain('get-secret-value');
  expect(text).toContain('A first key in the secret follows');
});

test('an adoption without a slot says which key goes first, and when', () => {
  const { text, subject } = adoptedMessage(asked, ['AKIAX', 'AKIAY'], AT);
  expect(subject).toBe('alice: no slot for a new access key yet');
  expect(text).toContain('2026-04-15  it is deactivated');
});

test('a deletion says when the current key is replaced in turn', () => {
  expect(deletedMessage(asked, 'AKIAOLD', { keyId: 'AKIANEW', createdAt: AT }).text).toContain('2026-06-30  AKIANEW is replaced by a new key');
});

test('a key that is held says what uses it, and when it stops at the latest', () => {
  const { subject, text } = heldMessage(asked, 'AKIAOLD', AT, { at: AT, service: 's3', region: 'eu-west-1' }, 'eu-west-1');
  expect(subject).toBe('alice: old access key is still in use, it stops on 2026-04-01 at the latest');
  expect(text).toContain('it was last used 2026-04-01 03:12 UTC for s3 in eu-west-1');
});

test('a leak comes with the policy that ends the sessions which were made from the key', () => {
  const { text } = leakedMessage(asked, 'AKIAOLD', AT, 'eu-west-1');
  const [, policy] = /put-user-policy --user-name alice --policy-name \w+ --policy-document '(.*)'/.exec(text)!;
  expect(JSON.parse(policy).Statement).toEqual([
    { Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-04-01T03:12:45.000Z' } } },
  ]);
});

test('a roll-back says which key counts again, and when the other one goes', () => {
  const { text, attributes } = rolledBackMessage(asked, 'AKIANEW', AT, 'AKIAOLD', 'eu-west-1');
  expect(attributes).toEqual({ username: 'alice', event: 'rolled-back', accessKeyId: 'AKIAOLD' });
  expect(text).toContain('2026-04-15  AKIANEW is deactivated\n  2026-04-29  AKIANEW is deleted');
});

test('a foreign key is left alone, or has its dates where it is to be retired', () => {
  const foreign = { keyId: 'AKIAX', createdAt: AT, active: true };
  expect(foreignMessage(asked, foreign).text).toContain('It is left alone.');
  expect(foreignMessage({ ...asked, retireForeign: true }, foreign).text).toContain('deactivated 14 days from now, and deleted 14 days after that');
});

test.each([1, 20, 64])('with a name of %i characters, every subject is one line of ASCII, under 100 characters', (length) => {
  const long = { ...asked, username: 'u'.repeat(length) };
  const all = [
    createdMessage(long, 'K', AT, ['L'], 'r'), createdMessage(long, 'K', AT, [], 'r'), deactivatedMessage(long, 'K', AT, { uses: [], current: 'L', canRollBack: true }, 'r'), adoptedMessage(long, ['K', 'L'], AT),
    deletedMessage(long, 'K', undefined), discardedMessage(long, 'K'), blockedMessage(long, 'why', 'remedy'),
    heldMessage(long, 'K', AT, 'never', 'r'), leakedMessage(long, 'K', AT, 'r'), rolledBackMessage(long, 'K', AT, 'L', 'r'),
    foreignMessage(long, { keyId: 'K', createdAt: AT, active: true }),
  ];
  for (const { subject } of all) expect(subject).toMatch(/^[ -~]{1,99}$/);
});
