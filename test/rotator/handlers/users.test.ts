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

describe('a list that cannot be read: the message names the causes, and a fix that changes the object key', () => {
  const CODE =
    'the code of the function was changed outside its stack, or its asset was incomplete when it was uploaded. In cdk.json, set'
    + ' the context key @aws-cdk/core:assetHashSalt to a new value, and deploy: this uploads the code under a new object key';
  const messageOf = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };

  test('no file', () => {
    const missing = join(taskRoot, 'elsewhere');
    expect(messageOf(() => readUsers(missing))).toBe(
      `the list of users cannot be read (ENOENT: no such file or directory, open '${join(missing, USERS_FILE)}'): ${CODE}`,
    );
    expect(messageOf(() => readUsers(undefined))).toContain(CODE);
  });

  test.each(['', '[["alice",{}],["bo', '[1]', '<html>'])('a file with %j', (content) => {
    const half = mkdtempSync(join(tmpdir(), 'task-'));
    writeFileSync(join(half, USERS_FILE), content);
    expect(messageOf(() => readUsers(half))).toMatch(
      /^the list of users cannot be read \(.+\): the code of the function/,
    );
    rmSync(half, { recursive: true });
  });

  test('a variable that was changed', () => {
    expect(messageOf(() => readUsers(taskRoot, '[["carol"'))).toMatch(
      /^the list of users cannot be read \(.+\): the environment variable USERS of the function was changed outside its stack\. Deploy with --revert-drift$/,
    );
  });
});
