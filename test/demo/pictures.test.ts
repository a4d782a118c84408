import { readFileSync } from 'fs';
import { join } from 'path';
import { PICTURES } from '../../demo/pictures';
import { architecture } from '../../demo/pictures/architecture';
import { SHOWN } from '../../demo/pictures/architecture-picture';
import { keyLife } from '../../demo/pictures/key-life';
import { messagePicture } from '../../demo/pictures/message-picture';
import { DEFAULT_AGES } from '../../src/contract/ages';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

describe('the pictures are up to date (`npx projen pictures` draws them again)', () => {
  test.each(Object.entries(PICTURES))('%s', async (file, drawn) => {
    expect(await drawn()).toBe(readFileSync(join(__dirname, '..', '..', 'demo', file), 'utf8'));
  });

  test('each has its own background, in a light and in a dark page', () => {
    for (const file of Object.keys(PICTURES)) {
      const drawn = readFileSync(join(__dirname, '..', '..', 'demo', file), 'utf8');
      expect(drawn).toMatch(
        /<style>.*\.box \{ fill: #ffffff.*@media \(prefers-color-scheme: dark\) \{.*\.box \{ fill: #0d1117/,
      );
      expect(drawn).toContain('<rect class="box" x="0.5" y="0.5"');
    }
  });
});

test('the architecture shows exactly the resource types of a rotation', () => {
  expect(SHOWN).toEqual(architecture().types);
});

test('the days of a key follow the default ages', async () => {
  const { create, deactivate, delete: deleted } = DEFAULT_AGES;
  const { keys, notified } = await keyLife();

  expect(keys.slice(0, 2)).toEqual(
    [0, create].map((from) => ({
      from,
      replaced: from + create,
      deactivated: from + deactivate,
      deleted: from + deleted,
    })),
  );
  expect(notified.filter(({ day }) => day <= deleted).map(({ day, event }) => [day, event])).toEqual([
    [create, 'created'],
    [deactivate - 7, 'reminder'],
    [deactivate - 1, 'reminder'],
    [deactivate, 'deactivated'],
    [deleted - 1, 'reminder'],
    [deleted, 'deleted'],
  ]);
});

describe('a message as a picture', () => {
  const linesOf = (text: string) => {
    const picture = messagePicture({
      subject: 'a < b',
      from: 'Access keys',
      to: 'alice@example.com',
      at: new Date('2026-04-01T03:12:45Z'),
      text,
    });
    return [...picture.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, line]) => line);
  };

  test('has a header, and a line for each line', () => {
    expect(linesOf('one\n\n  two  three\n')).toEqual([
      'a &#60; b',
      'Access keys',
      '2026-04-01 03:12',
      'to alice@example.com',
      'one',
      '  two  three',
    ]);
  });

  test('wraps long lines at spaces, and a line without spaces at the maximum length', () => {
    const words = '  '.concat('word '.repeat(40)).trimEnd();
    expect(linesOf(words).slice(4)).toEqual([`  ${'word '.repeat(23)}`.trimEnd(), 'word '.repeat(17).trimEnd()]);
    expect(linesOf(`  ${'x'.repeat(200)}`).slice(4)).toEqual([`  ${'x'.repeat(116)}`, 'x'.repeat(84)]);
  });
});
