/**
 * all-messages.txt has each message as people receive it. A change of a message changes this file, for review:
 * `npm run test:messages` writes it again, and nothing else does.
 */
import { existsSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { create, MESSAGES } from './every-message';
import { NOTIFICATIONS } from '../../../src/contract/notifications';
import { fetchCommand, profileCommand } from '../../../src/rotator/domain/commands';

const FILE = join(__dirname, 'all-messages.txt');
const ROOT = join(__dirname, '../../..');

test('the file has each message, word for word', () => {
  const messages = Object.entries(MESSAGES).map(([name, make]) => {
    const { subject, attributes, details, text } = make();
    const title = `${'='.repeat(120)}\n${name}\n${'='.repeat(120)}\n`;
    const fields = `Attributes: ${JSON.stringify(attributes)}\nDetails: ${JSON.stringify(details)}\n\n`;
    return `${title}Subject: ${subject}\n${fields}${text}`;
  });
  const all = messages.join('\n');
  if (process.env.UPDATE_MESSAGES === 'true') writeFileSync(FILE, all);
  expect(all).toBe(readFileSync(FILE, 'utf8'));
});

test('it has each event', () => {
  const events = Object.values(MESSAGES).map((make) => make().attributes.event);
  expect([...new Set(events)].sort()).toEqual([...NOTIFICATIONS].sort());
});

test.each(Object.entries(MESSAGES))('%s: account and Region, what to do, and a page about consumers', (_, make) => {
  const { text } = make();
  const [what, todo, ...more] = text.trimEnd().split('\n\n');
  expect(what.split('\n').at(-1)).toBe('Account 111122223333, Region eu-west-1.');
  expect(todo).toMatch(/^What to do: \S/);
  const [, page] = /^How each kind of consumer takes a new key: (\S+)$/.exec(more.at(-1)!)!;
  const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(page).toBe(`${repository.url.replace(/\.git$/, '')}/blob/main/docs/consumers.md`);
  expect(existsSync(join(ROOT, 'docs/consumers.md'))).toBe(true);
});

describe('a message with a command that fetches the key', () => {
  test('names whose credentials it needs, and has the command that replaces a profile', () => {
    const fetching = Object.values(MESSAGES)
      .map((make) => make().text)
      .filter((text) => text.includes('get-secret-value'));
    expect(fetching.length).toBeGreaterThan(10);
    for (const text of fetching) {
      expect(text).toContain('with the AWS credentials of a person or role that may read the secret');
      expect(text).toContain(`  ${fetchCommand(create)}\n`);
      expect(text).toContain(`  ${profileCommand(create)}\n`);
    }
  });

  test('does not send the user to its own key if that may not read the secret', () => {
    const { text } = MESSAGES['a new key that the user itself may not read']();
    expect(text).toContain('The user itself may not:');
    expect(text).not.toMatch(/active key of the user|--profile alice after/);
    expect(MESSAGES['a new key']().text).toMatch(/active key of the user itself:/);
  });

  test('does not send anyone to a key that AWS rejects', () => {
    for (const name of ['a deactivation', 'a leak', 'a new key that replaces a leaked one']) {
      expect(MESSAGES[name]().text).toMatch(/another active key of the user, not with AKIAIOSFODNN7EXAMPLE, which/);
      expect(MESSAGES[name]().text).not.toContain('--profile alice after');
    }
  });

  test('has no command for a profile if the names of the fields are not plain', () => {
    const fields = { accessKey: 'a"b', secretKey: 'SecretKey' };
    expect(profileCommand({ ...create, fields })).toBeUndefined();
    expect(profileCommand({ ...create, fields: { accessKey: 'SecretKey', secretKey: "it's" } })).toBeUndefined();
    expect(profileCommand({ ...create, fields: { accessKey: 'Schlüssel ID', secretKey: 'b' } })).toContain('Schlüssel');
  });
});

test('a message about an old key has the command that shows what uses it, and what that cannot show', () => {
  for (const name of [
    'a new key',
    'a reminder of a deactivation',
    'a postponed deactivation, because the old key is in use',
    'a deactivation',
    'a leak',
  ]) {
    const { text } = MESSAGES[name]();
    expect(text).toContain('AttributeKey=AccessKeyId,AttributeValue=AKIAIOSFODNN7EXAMPLE');
    for (const limit of ['data events', 'other Regions', 'last 90 days', '15 minutes late', 'us-east-1']) {
      expect(text).toContain(limit);
    }
  }
  expect(MESSAGES['a first key']().text).not.toContain('cloudtrail');
});
