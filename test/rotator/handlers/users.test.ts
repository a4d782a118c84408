/** The users that the rotation function manages. */
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { USERS_FILE } from '../../../src/contract/settings';
import { readUsers } from '../../../src/rotator/handlers/users';

const taskRoot = mkdtempSync(join(tmpdir(), 'task-'));
writeFileSync(join(taskRoot, USERS_FILE), '[["alice",{}],["bob",{"maxDelayDays":7}]]');
afterAll(() => rmSync(taskRoot, { recursive: true }));

test('the users in the file next to the code', () => {
  expect([...readUsers(taskRoot)]).toEqual([
    ['alice', {}],
    ['bob', { maxDelayDays: 7 }],
  ]);
});

test('the users whose names are known at deploy', () => {
  expect([...readUsers(taskRoot, '[["Stack-User1",{"secret":"keys/carol"}]]').keys()]).toEqual([
    'alice',
    'bob',
    'Stack-User1',
  ]);
});

test('without the file, the function was changed outside its stack', () => {
  expect(() => readUsers(join(taskRoot, 'elsewhere'))).toThrow(
    /the list of users cannot be read \(ENOENT.*changed outside its stack\. Deploy with --revert-drift/,
  );
  expect(() => readUsers(undefined)).toThrow('the list of users cannot be read');
});
