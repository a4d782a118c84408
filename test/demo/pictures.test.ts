import { readFileSync } from 'fs';
import { join } from 'path';
import { dashboardDrawn } from '../../demo/dashboard';
import { messageDrawn } from '../../demo/message';
import { messagePicture } from '../../demo/message-picture';

jest.mock('../../src/rotator/log'); // what is logged is tested end to end

describe('the pictures in the README are what the code says today (npx projen pictures draws them anew)', () => {
  test.each([['message.svg', messageDrawn], ['dashboard.svg', dashboardDrawn]])('%s', async (file, drawn) => {
    expect(await drawn()).toBe(readFileSync(join(__dirname, '..', '..', 'demo', file), 'utf8'));
  }, 60_000);
});

describe('a message as a picture', () => {
  const linesOf = (text: string) => {
    const picture = messagePicture({ subject: 'a < b', from: 'Access keys', to: 'alice@example.com', at: new Date('2026-04-01T03:12:45Z'), text });
    return [...picture.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, line]) => line);
  };

  test('has a head, and a line for each line', () => {
    expect(linesOf('one\n\n  two  three\n')).toEqual(['a &#60; b', 'Access keys', '2026-04-01 03:12', 'to alice@example.com', 'one', '  two  three']);
  });

  test('wraps long lines at blanks, and what has none where it must', () => {
    const words = '  '.concat('word '.repeat(40)).trimEnd();
    expect(linesOf(words).slice(4)).toEqual([`  ${'word '.repeat(23)}`.trimEnd(), 'word '.repeat(17).trimEnd()]);
    expect(linesOf(`  ${'x'.repeat(200)}`).slice(4)).toEqual([`  ${'x'.repeat(116)}`, 'x'.repeat(84)]);
  });
});
