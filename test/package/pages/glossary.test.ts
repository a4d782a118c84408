/** GLOSSARY.md has the one table of the staging labels. */
import { PAGES, read } from './repository';
import { KINDS } from '../../../src/rotator/domain/ledger';

/** The kinds of records that the first column of a table names. */
function kindsIn(markdown: string): string[] {
  return markdown
    .split('\n')
    .filter((line) => /^\| `akr1\./.test(line))
    .flatMap((line) => [...line.split(' | ')[0].matchAll(/`akr1\.([\w-]+)`/g)].map(([, kind]) => kind));
}

test('has each kind of record once, in alphabetical order, and no other', () => {
  const kinds = kindsIn(read('GLOSSARY.md'));
  expect([...kinds].sort()).toEqual([...KINDS, 'initialized'].sort());
  const firsts = read('GLOSSARY.md').match(/^\| `akr1\.[\w-]+/gm)!;
  expect(firsts).toEqual([...firsts].sort());
});

test('is the only page with such a table', () => {
  expect(PAGES.filter((page) => kindsIn(read(page)).length > 0)).toEqual(['GLOSSARY.md']);
});
