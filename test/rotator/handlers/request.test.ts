import { DEFAULT_AGES } from '../../../src/contract/ages';
import { UserEntry } from '../../../src/contract/settings';
import { BadRequest } from '../../../src/rotator/domain/failure';
import { parseRequest, usersToReport } from '../../../src/rotator/handlers/request';
import { settingsOf, Users } from '../../../src/rotator/handlers/users';

const ENTRIES: UserEntry[] = [
  ['alice', {}],
  ['erp', { secret: 'prod/erp', ages: { create: 30, deactivate: 44, delete: 58 } }],
];
const users: Users = new Map(ENTRIES);

test('an event without ifDue acts now, with the deployed settings of the user', () => {
  expect(parseRequest({ action: 'create', username: 'erp' }, users)).toEqual({
    action: 'create',
    username: 'erp',
    ifDue: false,
    dryRun: false,
    retireExistingKeys: false,
    retireUnmanagedKeys: false,
    maxDelayDays: 0,
    reminderDays: [7, 1],
    secret: 'prod/erp',
    ages: { create: 30, deactivate: 44, delete: 58 },
    fields: { accessKey: 'AccessKey', secretKey: 'SecretKey' },
  });
});

test('the event of a rule acts if the step is due, with the ages of the event', () => {
  const ages = { create: 75, deactivate: 89, delete: 103 };
  expect(parseRequest({ action: 'delete', username: 'alice', ifDue: true, ages }, users)).toMatchObject({
    ifDue: true,
    ages,
    secret: 'alice',
  });
  expect(parseRequest({ action: 'delete', username: 'alice', ifDue: true }, users)).toMatchObject({
    ifDue: true,
    ages: DEFAULT_AGES,
  });
});

test.each<[string, unknown, RegExp]>([
  ['a text', 'create', /event is "create", expected/],
  ['null', null, /event is null/],
  ['a list', [], /event is \[\]/],
  ['no action', { username: 'alice' }, /"action" is missing, expected/],
  [
    'an unknown action',
    { action: 'rotate', username: 'alice' },
    /"action" is "rotate", expected .*"create" \| "deactivate" \| "delete"/,
  ],
  ['an action of the wrong type', { action: 1, username: 'alice' }, /"action" is 1/],
  ['no username', { action: 'create' }, /"username" is missing/],
  ['an empty username', { action: 'create', username: '' }, /"username" is ""/],
  ['a username of the wrong type', { action: 'create', username: ['alice'] }, /"username" is \["alice"\]/],
  [
    'a user that is not in the rotation',
    { action: 'create', username: 'bob' },
    /"bob" is not a user of this rotation.*Its users: alice, erp/,
  ],
  [
    'the name of a property of all objects',
    { action: 'create', username: 'constructor' },
    /"constructor" is not a user/,
  ],
  [
    'a condition that is not a Boolean',
    { action: 'create', username: 'alice', ifDue: 'tomorrow' },
    /"ifDue" is "tomorrow", expected true or false/,
  ],
  ['a misspelled field', { action: 'create', username: 'alice', wen: 'due' }, /unknown field "wen"/],
  [
    'ages of the wrong type',
    { action: 'create', username: 'alice', ifDue: true, ages: 90 },
    /"ages" is 90, expected an object/,
  ],
  [
    'incomplete ages',
    { action: 'create', username: 'alice', ifDue: true, ages: { create: 90 } },
    /"ages" is .*expected an object/,
  ],
  [
    'ages that do not make a schedule',
    { action: 'create', username: 'alice', ifDue: true, ages: { create: 20, deactivate: 34, delete: 48 } },
    /two access keys/,
  ],
  [
    'a leak without a key ID',
    { action: 'revoke', username: 'alice' },
    /"accessKeyId" is missing: "revoke" needs the ID of the leaked key/,
  ],
  [
    'a leak with a value that is not a key ID',
    { action: 'revoke', username: 'alice', accessKeyId: 'AKIA 1' },
    /"accessKeyId" is "AKIA 1"/,
  ],
  [
    'a key ID with another action',
    { action: 'create', username: 'alice', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
    /no other action allows it/,
  ],
  [
    'a command with ifDue',
    { action: 'rollback', username: 'alice', ifDue: true },
    /"ifDue" is not allowed with "rollback"/,
  ],
  [
    'a dry run that is neither true nor false',
    { action: 'create', username: 'alice', dryRun: 'yes' },
    /"dryRun" is "yes"/,
  ],
  [
    'ages in a manual event, which could shorten the periods',
    { action: 'delete', username: 'alice', ages: DEFAULT_AGES },
    /"ages" is allowed only with "ifDue"/,
  ],
])('%s is rejected with the value and what was expected', (_what, event, words) => {
  expect(() => parseRequest(event, users)).toThrow(BadRequest);
  expect(() => parseRequest(event, users)).toThrow(words);
});

test('a leak has a key ID, and dryRun is kept', () => {
  expect(
    parseRequest({ action: 'revoke', username: 'alice', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', dryRun: true }, users),
  ).toMatchObject({ action: 'revoke', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', dryRun: true });
});

test('a status without a user name is for all users, and no other event is', () => {
  expect(usersToReport({ action: 'status' }, users)).toEqual(['alice', 'erp']);
  for (const event of [
    { action: 'status', username: 'alice' },
    { action: 'create' },
    { action: 'status', ifDue: true },
    null,
    'status',
  ]) {
    expect(usersToReport(event, users)).toBeUndefined();
  }
});

describe('a status without a user name, for many users', () => {
  const many = (count: number) => new Map(Array.from({ length: count }, (_, index) => [`user-${index}`, {}]));

  test('returns up to 100 users without a page', () => {
    expect(usersToReport({ action: 'status' }, many(100))).toHaveLength(100);
    expect(usersToReport({ action: 'status', page: 1 }, many(100))).toHaveLength(100);
    expect(usersToReport({ action: 'status' }, many(0))).toEqual([]);
  });

  test('needs a page for more users', () => {
    expect(() => usersToReport({ action: 'status' }, many(250))).toThrow(
      new BadRequest(
        '"status" without "username" is for all 250 users, and an answer has at most 100: send one page after the other,'
          + ' {"action": "status", "page": 1} to {"action": "status", "page": 3}, or name a user',
      ),
    );
  });

  test('all pages together have each user once', () => {
    const pages = [1, 2, 3].map((page) => usersToReport({ action: 'status', page }, many(250))!);
    expect(pages.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(pages.flat()).toEqual([...many(250).keys()]);
  });

  test.each([
    [0, '0'],
    [4, '4'],
    [1.5, '1.5'],
    ['2', '"2"'],
    [null, 'null'],
  ])('page %p is rejected', (page, shown) => {
    expect(() => usersToReport({ action: 'status', page }, many(250))).toThrow(
      new BadRequest(
        `"page" is ${shown}, expected a whole number from 1 to 3: the rotation has 250 users, 100 per page`,
      ),
    );
  });

  test('a page is not allowed with other fields', () => {
    expect(usersToReport({ action: 'status', page: 1, username: 'alice' }, users)).toBeUndefined();
    expect(() => parseRequest({ action: 'status', page: 1, username: 'alice' }, users)).toThrow('unknown field "page"');
  });
});

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const EXPECTED =
  'expected {"action": "create" | "deactivate" | "delete" | "revoke" | "rollback" | "status", "username": "…"}';

test.each<[unknown, string]>([
  [undefined, `the event is missing, ${EXPECTED}`],
  [42, `the event is 42, ${EXPECTED}`],
  [{ action: 'create', username: 'alice', wen: 'due', usr: 1 }, `unknown field "wen", "usr", ${EXPECTED}`],
  [{ action: 'x'.repeat(300), username: 'alice' }, `"action" is "${'x'.repeat(199)}, ${EXPECTED}`],
  [
    { action: 'create', username: 'alice', ifDue: 'now' },
    '"ifDue" is "now", expected true or false: send true to act only if the step is due, or omit it to act now',
  ],
  [
    { action: 'status', username: 'alice', ifDue: true },
    '"ifDue" is not allowed with "status", which always acts now: omit it',
  ],
  [
    { action: 'create', username: 'alice', ages: DEFAULT_AGES },
    '"ages" is allowed only with "ifDue": true, because any other event uses the deployed ages: omit "ages"',
  ],
  [{ action: 'create', username: 'alice', dryRun: null }, '"dryRun" is null, expected true or false'],
  [
    { action: 'create', username: 'alice', accessKeyId: KEY },
    `"accessKeyId" is "${KEY}": "revoke" needs the ID of the leaked key, such as AKIAIOSFODNN7EXAMPLE, and no other action allows it`,
  ],
  [
    { action: 'create', username: 'bob' },
    '"bob" is not a user of this rotation, and nothing was changed. Its users: alice, erp',
  ],
  [
    { action: 'create', username: 'alice', ifDue: true, ages: null },
    '"ages" is null, expected an object with create, deactivate, delete in days',
  ],
  [
    { action: 'create', username: 'alice', ifDue: true, ages: 'soon' },
    '"ages" is "soon", expected an object with create, deactivate, delete in days',
  ],
  [
    { action: 'create', username: 'alice', ifDue: true, ages: { ...DEFAULT_AGES, hold: 5 } },
    '"ages" is {"create":90,"deactivate":104,"delete":118,"hold":5}, expected an object with create, deactivate, delete in days',
  ],
  [
    { action: 'create', username: 'alice', ifDue: true, ages: { create: 0, deactivate: 1, delete: 2 } },
    '"ages" is {"create":0,"deactivate":1,"delete":2}: "create" is 0 days, but must be a whole number of days, at least 1: use whole days',
  ],
])('word for word: %j', (event, words) => {
  const error = (() => {
    try {
      return parseRequest(event, users);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toMatchObject({ name: 'BadRequest', message: words });
});

test.each<[unknown, boolean]>([
  ['A'.repeat(15), false],
  ['A'.repeat(16), true],
  ['A'.repeat(128), true],
  ['A'.repeat(129), false],
  [`${KEY} `, false],
  [` ${KEY}`, false],
  [12345678901234567890, false],
])('%j is a key ID: %p', (accessKeyId, accepted) => {
  const parse = () => parseRequest({ action: 'revoke', username: 'alice', accessKeyId }, users);
  if (accepted) expect(parse()).toMatchObject({ accessKeyId });
  else expect(parse).toThrow(BadRequest);
});

test('the order of the ages does not matter, and all fields are allowed', () => {
  const ages = { delete: 118, create: 90, deactivate: 104 };
  expect(parseRequest({ action: 'create', username: 'alice', ifDue: true, ages, dryRun: false }, users)).toMatchObject({
    ages,
    dryRun: false,
  });
  expect(parseRequest({ action: 'create', username: 'alice' }, users)).not.toHaveProperty('accessKeyId');
});

test('a user without settings has the defaults, and settings override them', () => {
  expect(settingsOf('alice', users)).toEqual({
    ages: DEFAULT_AGES,
    secret: 'alice',
    fields: { accessKey: 'AccessKey', secretKey: 'SecretKey' },
    retireExistingKeys: false,
    retireUnmanagedKeys: false,
    maxDelayDays: 0,
    reminderDays: [7, 1],
  });
  const settings = { retireExistingKeys: true, retireUnmanagedKeys: true, maxDelayDays: 7, secret: 's' };
  expect(settingsOf('bob', new Map([['bob', settings]]))).toMatchObject(settings);
});

test('an error names the first 50 of the 5,000 users that an account can have', () => {
  const many = new Map(Array.from({ length: 5_000 }, (_, index) => [`user-${index}`, {}]));
  expect(() => settingsOf('mallory', many)).toThrow(/Its users: user-0, user-1, .* user-49 and 4950 more$/);
  expect(() => settingsOf('mallory', new Map([...many].slice(0, 50)))).toThrow(/ user-49$/);
});
