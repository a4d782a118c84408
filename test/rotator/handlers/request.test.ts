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

test('a bare event acts now, with what the user was deployed with', () => {
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

test("a rule's event asks whether it is time, with its own ages", () => {
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
  ['no object', 'create', /event is "create", expected/],
  ['nothing', null, /event is null/],
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
    'a user of somebody else',
    { action: 'create', username: 'bob' },
    /"bob" is not a user of this rotation.*its users: alice, erp/,
  ],
  ['a name that every object has', { action: 'create', username: 'constructor' }, /"constructor" is not a user/],
  [
    'a condition that is not a Boolean',
    { action: 'create', username: 'alice', ifDue: 'tomorrow' },
    /"ifDue" is "tomorrow", expected true or false/,
  ],
  [
    'a misspelt field, which would make an order of a question',
    { action: 'create', username: 'alice', wen: 'due' },
    /unknown field "wen"/,
  ],
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
    'ages that cannot be kept',
    { action: 'create', username: 'alice', ifDue: true, ages: { create: 20, deactivate: 34, delete: 48 } },
    /two access keys/,
  ],
  [
    'a leak without the key',
    { action: 'revoke', username: 'alice' },
    /"accessKeyId" is missing: "revoke" needs the ID of the leaked key/,
  ],
  [
    'a leak with what is no key ID',
    { action: 'revoke', username: 'alice', accessKeyId: 'AKIA 1' },
    /"accessKeyId" is "AKIA 1"/,
  ],
  [
    'a key where none is meant',
    { action: 'create', username: 'alice', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
    /no other action takes one/,
  ],
  [
    'a command from a rule',
    { action: 'rollback', username: 'alice', ifDue: true },
    /"ifDue" does not go with "rollback"/,
  ],
  [
    'a dry run that is neither true nor false',
    { action: 'create', username: 'alice', dryRun: 'yes' },
    /"dryRun" is "yes"/,
  ],
  [
    'ages from a person, who could shorten the grace periods',
    { action: 'delete', username: 'alice', ages: DEFAULT_AGES },
    /"ages" goes with "ifDue"/,
  ],
])('%s is refused with what came and what was wanted', (_what, event, words) => {
  expect(() => parseRequest(event, users)).toThrow(BadRequest);
  expect(() => parseRequest(event, users)).toThrow(words);
});

test('a leak names its key, and a dry run is one', () => {
  expect(
    parseRequest({ action: 'revoke', username: 'alice', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', dryRun: true }, users),
  ).toMatchObject({ action: 'revoke', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', dryRun: true });
});

test('a status without a name is about all users, and nothing else is', () => {
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

describe('a status without a name where users are many', () => {
  const many = (count: number) => new Map(Array.from({ length: count }, (_, index) => [`user-${index}`, {}]));

  test('is about all of a hundred, and needs no page', () => {
    expect(usersToReport({ action: 'status' }, many(100))).toHaveLength(100);
    expect(usersToReport({ action: 'status', page: 1 }, many(100))).toHaveLength(100);
    expect(usersToReport({ action: 'status' }, many(0))).toEqual([]);
  });

  test('of more, has to say which hundred', () => {
    expect(() => usersToReport({ action: 'status' }, many(250))).toThrow(
      new BadRequest(
        '"status" without "username" is about all 250 users, and an answer takes 100 of them: ask for one page after the other,'
          + ' {"action": "status", "page": 1} to {"action": "status", "page": 3}, or name a user',
      ),
    );
  });

  test('all pages together are all users, each once', () => {
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
  ])('page %p there is none', (page, shown) => {
    expect(() => usersToReport({ action: 'status', page }, many(250))).toThrow(
      new BadRequest(`"page" is ${shown}: the rotation has 250 users, 100 a page, so the pages are 1 to 3`),
    );
  });

  test('a page goes with nothing else', () => {
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
    '"ifDue" does not go with "status", which always acts now: omit it',
  ],
  [
    { action: 'create', username: 'alice', ages: DEFAULT_AGES },
    '"ages" goes with "ifDue": true only, because an action without it uses the deployed ages: omit "ages"',
  ],
  [{ action: 'create', username: 'alice', dryRun: null }, '"dryRun" is null, expected true or false'],
  [
    { action: 'create', username: 'alice', accessKeyId: KEY },
    `"accessKeyId" is "${KEY}": "revoke" needs the ID of the leaked key, such as AKIAIOSFODNN7EXAMPLE, and no other action takes one`,
  ],
  [
    { action: 'create', username: 'bob' },
    '"bob" is not a user of this rotation, nothing was done; its users: alice, erp',
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
    '"ages" is {"create":0,"deactivate":1,"delete":2}: "create" must be a whole number of days, at least 1, got 0',
  ],
])('word for word: %j', (event, words) => {
  const refusal = (() => {
    try {
      return parseRequest(event, users);
    } catch (error) {
      return error;
    }
  })();
  expect(refusal).toMatchObject({ name: 'BadRequest', message: words });
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

test('the order in which ages are written does not matter, and an event knows all its fields', () => {
  const ages = { delete: 118, create: 90, deactivate: 104 };
  expect(parseRequest({ action: 'create', username: 'alice', ifDue: true, ages, dryRun: false }, users)).toMatchObject({
    ages,
    dryRun: false,
  });
  expect(parseRequest({ action: 'create', username: 'alice' }, users)).not.toHaveProperty('accessKeyId');
});

test('a user that nothing is said about has the defaults, and what is said wins', () => {
  expect(settingsOf('alice', users)).toEqual({
    ages: DEFAULT_AGES,
    secret: 'alice',
    fields: { accessKey: 'AccessKey', secretKey: 'SecretKey' },
    retireExistingKeys: false,
    retireUnmanagedKeys: false,
    maxDelayDays: 0,
    reminderDays: [7, 1],
  });
  const told = { retireExistingKeys: true, retireUnmanagedKeys: true, maxDelayDays: 7, secret: 's' };
  expect(settingsOf('bob', new Map([['bob', told]]))).toMatchObject(told);
});

test('of the 5,000 users that an account can have, an error names the first', () => {
  const many = new Map(Array.from({ length: 5_000 }, (_, index) => [`user-${index}`, {}]));
  expect(() => settingsOf('mallory', many)).toThrow(/its users: user-0, user-1, .* user-49 and 4950 more$/);
  expect(() => settingsOf('mallory', new Map([...many].slice(0, 50)))).toThrow(/ user-49$/);
});
