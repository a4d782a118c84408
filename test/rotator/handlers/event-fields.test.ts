/** Events that a person, a rule or another principal got wrong: nothing is called, and no secret is repeated. */
import { DEFAULT_AGES } from '../../../src/contract/ages';
import { ACTIONS, COMMANDS } from '../../../src/contract/events';
import { FIRST_KEY_TYPE } from '../../../src/contract/settings';
import { BadRequest } from '../../../src/rotator/domain/failure';
import { namedIn } from '../../../src/rotator/handlers/event-fields';
import { digestOf, parseRequest, usersToReport } from '../../../src/rotator/handlers/request';
import { Users } from '../../../src/rotator/handlers/users';

const users: Users = new Map([
  ['alice', {}],
  ['erp', {}],
]);
const KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const EXPECTED =
  'expected {"action": "create" | "deactivate" | "delete" | "revoke" | "rollback" | "status", "username": "…"}';
const LEAK =
  ': "revoke" needs the ID of the leaked key, such as AKIAIOSFODNN7EXAMPLE. If it is a secret access key, it is in the event: treat its key as leaked';
const PARTS = 'expected two whole numbers, such as 2 and 5 for the second of five parts, or neither';
const DUE = 'expected true or false: send true to act only if the step is due, or omit it to act now';

/** As the handler does: every event is read as that of a digest first, then as a status of all users. */
function read(event: unknown): unknown {
  return digestOf(event) ?? usersToReport(event, users) ?? parseRequest(event, users);
}

function errorOf(event: unknown): unknown {
  try {
    read(event);
  } catch (error) {
    return error;
  }
  throw new Error(`accepted: ${JSON.stringify(event)}`);
}

const create = (more: object) => ({ action: 'create', username: 'alice', ...more });
const revoke = (accessKeyId: unknown) => ({ action: 'revoke', username: 'alice', accessKeyId });

test.each<[string, unknown, string]>([
  ['no event', undefined, `the event is missing, ${EXPECTED}`],
  ['null', null, `the event is null, ${EXPECTED}`],
  ['a text', 'create', `the event is "create", ${EXPECTED}`],
  ['a secret', SECRET, `the event is a text of 40 characters, ${EXPECTED}`],
  ['a number', 42, `the event is 42, ${EXPECTED}`],
  ['a list', [{ action: 'create' }], `the event is a list, ${EXPECTED}`],
  ['no action', { username: 'alice' }, `"action" is missing, ${EXPECTED}`],
  ['an unknown action', { action: 'rotate' }, `"action" is "rotate", ${EXPECTED}`],
  ['an action of the wrong type', { action: 1 }, `"action" is 1, ${EXPECTED}`],
  ['an action in a list', { action: ['create'] }, `"action" is a list, ${EXPECTED}`],
  ['an action that is too long', { action: 'ab-'.repeat(99) }, `"action" is a text of 297 characters, ${EXPECTED}`],
  ['an action with controls', { action: 'create\u0000\n' }, `"action" is "create??", ${EXPECTED}`],
  ['a secret as the action', { action: SECRET }, `"action" is a text of 40 characters, ${EXPECTED}`],
  ['no username', { action: 'create' }, `"username" is missing, ${EXPECTED}`],
  ['an empty username', create({ username: '' }), `"username" is "", ${EXPECTED}`],
  ['a username of the wrong type', create({ username: { name: 'alice' } }), `"username" is an object, ${EXPECTED}`],
  ['a username with a line break', create({ username: 'alice\nbob' }), `"username" is "alice?bob", ${EXPECTED}`],
  ['a username in another direction', create({ username: '\u202eecila' }), `"username" is "?ecila", ${EXPECTED}`],
  [
    'a username that is too long',
    create({ username: 'a-'.repeat(33) }),
    `"username" is a text of 66 characters, ${EXPECTED}`,
  ],
  ['a secret as the username', create({ username: SECRET }), `"username" is a text of 40 characters, ${EXPECTED}`],
  [
    'a secret whose slashes are escaped, as the username',
    JSON.parse(`{"action":"create","username":"${SECRET.replaceAll('/', '\\\\\\/')}"}`),
    `"username" is a text of 42 characters, ${EXPECTED}`,
  ],
  [
    'a secret in two lines as the username',
    create({ username: `${SECRET.slice(0, 20)}\n${SECRET.slice(20)}` }),
    `"username" is a text of 41 characters, ${EXPECTED}`,
  ],
  [
    'another user',
    create({ username: 'bob' }),
    '"bob" is not a user of this rotation, and nothing was changed. Its users: alice, erp',
  ],
  [
    'the name of a property of all objects',
    create({ username: 'constructor' }),
    '"constructor" is not a user of this rotation, and nothing was changed. Its users: alice, erp',
  ],
  [
    'a secret that could be the name of a user',
    create({ username: SECRET.replaceAll('/', '+') }),
    'a text of 40 characters is not a user of this rotation, and nothing was changed. Its users: alice, erp',
  ],
  ['a misspelled field', create({ wen: 'due', usr: 1 }), `unknown field "wen", "usr", ${EXPECTED}`],
  ['ages', create({ ifDue: true, ages: DEFAULT_AGES }), `unknown field "ages", ${EXPECTED}`],
  ['another secret', create({ secret: 'prod/root' }), `unknown field "secret", ${EXPECTED}`],
  ['other reminder days', create({ reminderDays: [] }), `unknown field "reminderDays", ${EXPECTED}`],
  [
    'the prototype',
    JSON.parse('{"action":"create","username":"alice","__proto__":{}}'),
    `unknown field "__proto__", ${EXPECTED}`,
  ],
  ['a secret as the name of a field', create({ [SECRET]: '' }), `unknown field a text of 40 characters, ${EXPECTED}`],
  ['a secret in a field', create({ secretAccessKey: SECRET }), `unknown field "secretAccessKey", ${EXPECTED}`],
  [
    'five unknown fields',
    create({ a: 1, b: 1, c: 1, d: 1, e: 1 }),
    `unknown field "a", "b", "c", "d", "e", ${EXPECTED}`,
  ],
  [
    'many unknown fields',
    create({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 }),
    `unknown field "a", "b", "c", "d", "e" and 2 more, ${EXPECTED}`,
  ],
  ['a condition that is a text', create({ ifDue: 'tomorrow' }), `"ifDue" is "tomorrow", ${DUE}`],
  ['a condition that is null', create({ ifDue: null }), `"ifDue" is null, ${DUE}`],
  ['a secret as a condition', create({ ifDue: SECRET }), `"ifDue" is a text of 40 characters, ${DUE}`],
  ['a dry run that is a text', create({ dryRun: 'yes' }), '"dryRun" is "yes", expected true or false'],
  ['a dry run that is a number', create({ dryRun: 1 }), '"dryRun" is 1, expected true or false'],
  ...COMMANDS.map((action): [string, unknown, string] => [
    `${action} with ifDue`,
    { action, username: 'alice', ifDue: true },
    `"ifDue" is not allowed with "${action}", which always acts now: omit it`,
  ]),
  ['a leak without a key ID', { action: 'revoke', username: 'alice' }, `"accessKeyId" is missing${LEAK}`],
  ['a secret as the key ID', revoke(SECRET), `"accessKeyId" is a text of 40 characters${LEAK}`],
  ['a short text as the key ID', revoke('hunter2'), `"accessKeyId" is a text of 7 characters${LEAK}`],
  ['a key ID that is too short', revoke(KEY.slice(0, 15)), `"accessKeyId" is a text of 15 characters${LEAK}`],
  ['a key ID that is too long', revoke('A'.repeat(129)), `"accessKeyId" is a text of 129 characters${LEAK}`],
  ['a key ID in lower case', revoke(KEY.toLowerCase()), `"accessKeyId" is a text of 20 characters${LEAK}`],
  ['a key ID with a blank', revoke(`${KEY} `), `"accessKeyId" is a text of 21 characters${LEAK}`],
  ['a key ID with a line break', revoke(`${KEY}\n`), `"accessKeyId" is a text of 21 characters${LEAK}`],
  ['a number as the key ID', revoke(12345678901234567890), `"accessKeyId" is 12345678901234567000${LEAK}`],
  ['a secret in an object as the key ID', revoke({ SecretAccessKey: SECRET }), `"accessKeyId" is an object${LEAK}`],
  ['a key ID in a list', revoke([KEY]), `"accessKeyId" is a list${LEAK}`],
  ['a secret in a list as the key ID', revoke([SECRET]), `"accessKeyId" is a list${LEAK}`],
  ...[...ACTIONS, 'rollback', 'status'].map((action): [string, unknown, string] => [
    `${action} with a key ID`,
    { action, username: 'alice', accessKeyId: KEY },
    `"accessKeyId" is not allowed in this event, "${action}": omit it`,
  ]),
  [
    'a secret as the key ID of a check',
    create({ accessKeyId: SECRET }),
    `"accessKeyId" is a text of 40 characters${LEAK}`,
  ],
  ['a page of a user', create({ page: 1 }), '"page" is not allowed in this event, "create": omit it'],
  ...[0, 1.5, -1, 1e21].map((page): [string, unknown, string] => [
    `page ${page}`,
    { action: 'status', page },
    `"page" is ${page}, expected a whole number from 1 on`,
  ]),
  ['a text as the page', { action: 'status', page: '2' }, '"page" is "2", expected a whole number from 1 on'],
  ['no page', { action: 'status', page: null }, '"page" is null, expected a whole number from 1 on'],
  ['a part of a check', create({ part: 1, parts: 2 }), '"part" is not allowed in this event, "create": omit it'],
  ['part 0', { action: 'digest', part: 0, parts: 5 }, `"part" is 0, ${PARTS}`],
  ['part 6 of 5', { action: 'digest', part: 6, parts: 5 }, '"part" is 6 and "parts" is 5: expected a part from 1 to 5'],
  ['a part of no parts', { action: 'digest', part: 2 }, `"parts" is missing, ${PARTS}`],
  ['no part of five', { action: 'digest', parts: 5 }, `"part" is missing, ${PARTS}`],
  ['a text as the part', { action: 'digest', part: '2', parts: 5 }, `"part" is "2", ${PARTS}`],
  ['half a part', { action: 'digest', part: 1.5, parts: 5 }, `"part" is 1.5, ${PARTS}`],
  [
    'the digest of a user',
    { action: 'digest', username: 'alice' },
    '"username" is not allowed in this event, "digest": omit it',
  ],
  [
    'a dry run of a digest',
    { action: 'digest', dryRun: true },
    '"dryRun" is not allowed in this event, "digest": omit it',
  ],
  [
    'another frequency of a digest',
    { action: 'digest', frequency: 'MONTHLY' },
    '"frequency" is "MONTHLY", expected "DAILY" | "WEEKLY" | "WHEN_NEEDED", or omit it for "DAILY"',
  ],
  [
    'the frequency of a check',
    create({ frequency: 'WEEKLY' }),
    '"frequency" is not allowed in this event, "create": omit it',
  ],
  ['subscriptions', { action: 'digest', subscriptions: 2 }, `unknown field "subscriptions", ${EXPECTED}`],
  ['recipients', { action: 'digest', recipients: ['mallory@example.com'] }, `unknown field "recipients", ${EXPECTED}`],
])('%s: an error that names the field and what came', (_what, event, message) => {
  const error = errorOf(event);
  expect(error).toBeInstanceOf(BadRequest);
  expect(error).toMatchObject({ message });
});

test.each(['A'.repeat(16), 'A'.repeat(128), KEY])('%s is a key ID', (accessKeyId) => {
  expect(read(revoke(accessKeyId))).toMatchObject({ accessKeyId });
});

test.each(['a', 'a'.repeat(64), 'A.b_c+d=e,f@g-9'])('%s is the name of a user', (username) => {
  expect(parseRequest({ action: 'create', username }, new Map([[username, {}]]))).toMatchObject({ username });
});

test('fields without a value are absent, and all others are allowed', () => {
  expect(read(create({ ifDue: false, dryRun: true, accessKeyId: undefined }))).toMatchObject({ dryRun: true });
  expect(read(create({}))).not.toHaveProperty('accessKeyId');
  expect(read({ action: 'rollback', username: 'alice', ifDue: false })).toMatchObject({ action: 'rollback' });
});

test.each([
  { action: 'digest' },
  { action: 'digest', frequency: 'WEEKLY' },
  { action: 'digest', frequency: 'WHEN_NEEDED', part: 1, parts: 2 },
  { action: 'digest', part: 1, parts: 1 },
  { action: 'digest', part: 5, parts: 5 },
])('%j is the event of a digest', (event) => expect(digestOf(event)).toEqual(event));

test('an event of another action is not that of a digest', () => {
  expect(digestOf({ action: 'status' })).toBeUndefined();
});

test.each<[string, unknown, object]>([
  ['a user of the rotation', create({}), { action: 'create', username: 'alice', invokedBy: 'person' }],
  ['another user', create({ username: 'bob' }), { action: 'create', invokedBy: 'person' }],
  ['a check', create({ ifDue: true }), { action: 'create', username: 'alice', invokedBy: 'check' }],
  ['a check by a text', create({ ifDue: 'true' }), { action: 'create', username: 'alice', invokedBy: 'person' }],
  ['a report of AWS', { source: 'aws.health' }, { invokedBy: 'report' }],
  ['a request of CloudFormation', { ResourceType: FIRST_KEY_TYPE }, { invokedBy: 'deploy' }],
  ['a digest, which a person can request too', { action: 'digest' }, { action: 'digest' }],
  ['a secret in each field', { action: SECRET, username: SECRET, ifDue: SECRET }, { invokedBy: 'person' }],
  ['no event', undefined, { invokedBy: 'person' }],
])('the log names the action, the user and what caused a failed event, if known: %s', (_what, event, named) => {
  expect(namedIn(event, new Set(['alice']))).toEqual(named);
  expect(namedIn(event, undefined)).toEqual({ ...named, username: undefined });
});
