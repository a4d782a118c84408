/** Whom the Lambda manages. */
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { USERS_FILE } from '../../../src/contract/settings';
import { readUsers } from '../../../src/rotator/handlers/users';

const taskRoot = mkdtempSync(join(tmpdir(), 'task-'));
writeFileSync(join(taskRoot, USERS_FILE), '[["alice",{}],["bob",{"maxDelayDays":7}]]');
afterAll(() => rmSync(taskRoot, { recursive: true }));

test('the users beside the code', () => {
  expect([...readUsers(taskRoot)]).toEqual([
    ['alice', {}],
    ['bob', { maxDelayDays: 7 }],
  ]);
});

test('and those whom only the deploy knows', () => {
  expect([...readUsers(taskRoot, '[["Stack-User1",{"secret":"keys/carol"}]]').keys()]).toEqual([
    'alice',
    'bob',
    'Stack-User1',
  ]);
});

test('without its list, a function was changed by somebody', () => {
  expect(() => readUsers(join(taskRoot, 'elsewhere'))).toThrow(
    /the list of users cannot be read \(ENOENT.*changed outside its stack, deploy it again/,
  );
  expect(() => readUsers(undefined)).toThrow('the list of users cannot be read');
});
