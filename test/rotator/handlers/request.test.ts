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
    sesSmtpRegions: [],
    selfRead: true,
  });
});

test('the event of a rule acts if the step is due, with the deployed ages', () => {
  expect(parseRequest({ action: 'delete', username: 'erp', ifDue: true }, users)).toMatchObject({
    ifDue: true,
    ages: { create: 30, deactivate: 44, delete: 58 },
  });
  expect(parseRequest({ action: 'delete', username: 'alice', ifDue: true }, users)).toMatchObject({
    ages: DEFAULT_AGES,
  });
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

  test('a page after the last one is rejected', () => {
    expect(() => usersToReport({ action: 'status', page: 4 }, many(250))).toThrow(
      new BadRequest('"page" is 4, expected a whole number from 1 to 3: the rotation has 250 users, 100 per page'),
    );
  });

  test('a page is not allowed with other fields', () => {
    expect(usersToReport({ action: 'status', page: 1, username: 'alice' }, users)).toBeUndefined();
    expect(() => parseRequest({ action: 'status', page: 1, username: 'alice' }, users)).toThrow(
      '"page" is not allowed in this event, "status": omit it',
    );
  });
});

test('a user without settings has the defaults, and settings override them', () => {
  expect(settingsOf('alice', users)).toEqual({
    ages: DEFAULT_AGES,
    secret: 'alice',
    fields: { accessKey: 'AccessKey', secretKey: 'SecretKey' },
    sesSmtpRegions: [],
    selfRead: true,
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
