import { DEFAULT_AGES } from '../../src/rotator/ages';
import { UserEntry } from '../../src/rotator/contract';
import { BadRequest, parseRequest, parseUsers } from '../../src/rotator/request';

const ENTRIES: UserEntry[] = [['alice', {}], ['erp', { secret: 'prod/erp', ages: { create: 30, deactivate: 44, delete: 58 } }]];
const users = parseUsers(JSON.stringify(ENTRIES));

test('a bare event acts now, with what the user was deployed with', () => {
  expect(parseRequest({ action: 'create', username: 'erp' }, users)).toEqual({
    action: 'create',
    username: 'erp',
    onlyIfDue: false,
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
  ['ages from a person, who could shorten the grace periods', { action: 'delete', username: 'alice', ages: DEFAULT_AGES }, /"ages" goes with "when"/],
])('%s is refused with what came and what was wanted', (_what, event, words) => {
  expect(() => parseRequest(event, users)).toThrow(BadRequest);
  expect(() => parseRequest(event, users)).toThrow(words);
});
