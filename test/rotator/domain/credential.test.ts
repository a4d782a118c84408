import { format, inspect } from 'util';
import { Credential } from '../../../src/rotator/domain/credential';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const credential = new Credential('AKIAIOSFODNN7EXAMPLE', SECRET, new Date('2026-01-31T03:12:45Z'));
const SHOWN = 'AKIAIOSFODNN7EXAMPLE:***';

test.each<[string, string]>([
  ['JSON', JSON.stringify({ credential })],
  ['a text', `${credential}`],
  ['a log line', format('%s %o', 'key', { credential })],
  ['an inspection', inspect([credential], { depth: null, showHidden: true })],
])('%s shows the key ID, and not the secret access key', (_where, shown) => {
  expect(shown).toContain(SHOWN);
  expect(shown).not.toContain(SECRET);
});

test('the secret access key is read on purpose only', () => {
  expect(credential.reveal()).toBe(SECRET);
});
