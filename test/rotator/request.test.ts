import { DEFAULT_AGES } from '../../src/rotator/ages';
import { UserEntry } from '../../src/rotator/contract';
import { BadRequest, parseRequest, parseUsers, usersToReport } from '../../src/rotator/request';

const ENTRIES: UserEntry[] = [['alice', {}], ['erp', { secret: 'prod/erp', ages: { create: 30, deactivate: 44, delete: 58 } }]];
const users = parseUsers(JSON.stringify(ENTRIES));

test('a bare event acts now, with what the user was deployed with', () => {
  expect(parseRequest({ action: 'create', username: 'erp' }, users)).toEqual({
    action: 'create',
    username: 'erp',
    onlyIfDue: false,
    dryRun: false,
    adopt: false,
    retireForeign: false,
    holdDays: 0,
    secret: 'prod/erp',
    ages: { create: 30, deactivate: 44, delete: 58 },
    fields: { accessKey: 'AccessKey', secretKey: 'SecretKey' },
  });
});

test('a rule\'s event asks whether it is time, with its own ages', () => {
  const ages = { create: 75, deactivate: 89, delete: 103 };
  expect(parseRequest({ action: 'delete', username: 'alice', when: 'due', ages }, users)).toMatchObject({ onlyIfDue: true, ages, secret: 'alice' });
  expect(parseRequest({ action: 'delete', username: 'alice', when: 'due' }, users)).toMatchObject({ onlyIfDue: true, ages: DEFAULT_AGES });
});

test.each<[string, unknown, RegExp]>([
  ['no object', 'create', /event is "create", expected/],
  ['nothing', null, /event is null/],
  ['a list', [], /event is \[\]/],
  ['no action', { username: 'alice' }, /"action" is missing, expected/],
  ['an unknown action', { action: 'rotate', username: 'alice' }, /"action" is "rotate", expected .*"create" \| "deactivate" \| "delete"/],
  ['an action of the wrong type', { action: 1, username: 'alice' }, /"action" is 1/],
  ['no username', { action: 'create' }, /"username" is missing/],
  ['an empty username', { action: 'create', username: '' }, /"username" is ""/],
  ['a username of the wrong type', { action: 'create', username: ['alice'] }, /"username" is \["alice"\]/],
  ['a user of somebody else', { action: 'create', username: 'bob' }, /"bob" is not a user of this rotation.*its users: alice, erp/],
  ['a name that every object has', { action: 'create', username: 'constructor' }, /"constructor" is not a user/],
  ['another moment', { action: 'create', username: 'alice', when: 'tomorrow' }, /"when" is "tomorrow": leave it out/],
  ['a misspelt field, which would make an order of a question', { action: 'create', username: 'alice', wen: 'due' }, /unknown field "wen"/],
  ['ages of the wrong type', { action: 'create', username: 'alice', when: 'due', ages: 90 }, /"ages" is 90, expected an object/],
  ['incomplete ages', { action: 'create', username: 'alice', when: 'due', ages: { create: 90 } }, /"ages" is .*expected an object/],
  ['ages that cannot be kept', { action: 'create', username: 'alice', when: 'due', ages: { create: 20, deactivate: 34, delete: 48 } }, /two keys at most/],
  ['a leak without the key', { action: 'revoke', username: 'alice' }, /"accessKeyId" is missing: "revoke" needs the ID of the leaked key/],
  ['a leak with what is no key ID', { action: 'revoke', username: 'alice', accessKeyId: 'AKIA 1' }, /"accessKeyId" is "AKIA 1"/],
  ['a key where none is meant', { action: 'create', username: 'alice', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }, /no other action takes one/],
  ['a command from a rule', { action: 'rollback', username: 'alice', when: 'due' }, /"when" does not go with "rollback"/],
  ['a dry run that is neither true nor false', { action: 'create', username: 'alice', dryRun: 'yes' }, /"dryRun" is "yes"/],
  ['ages from a person, who could shorten the grace periods', { action: 'delete', username: 'alice', ages: DEFAULT_AGES }, /"ages" goes with "when"/],
])('%s is refused with what came and what was wanted', (_what, event, words) => {
  expect(() => parseRequest(event, users)).toThrow(BadRequest);
  expect(() => parseRequest(event, users)).toThrow(words);
});

test('a leak names its key, and a dry run is one', () => {
  expect(parseRequest({ action: 'revoke', username: 'alice', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', dryRun: true }, users))
    .toMatchObject({ action: 'revoke', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', dryRun: true });
});

test('a status without a name is about all users, and nothing else is', () => {
  expect(usersToReport({ action: 'status' }, users)).toEqual([{ action: 'status', username: 'alice' }, { action: 'status', username: 'erp' }]);
  for (const event of [{ action: 'status', username: 'alice' }, { action: 'create' }, { action: 'status', when: 'due' }, null, 'status']) {
    expect(usersToReport(event, users)).toBeUndefined();
  }
});
