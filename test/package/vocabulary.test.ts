/**
 * No file for readers or maintainers uses a word that GLOSSARY.md replaces. The rule is there, the words are in
 * old-words.ts. Strings, comments and names count alike.
 */
import { FILES, read } from './pages/repository';
import { oldWordsIn } from './vocabulary';

const PLACES = /^(?:src|docs|examples|demo|bench|\.github)\/|^[\w-]+\.md$|^test\/README\.md$|^\.projenrc\.ts$/;
/** One lists the words, one is generated from src/, one is the history, and one has the words of its authors. */
const OTHERS = ['GLOSSARY.md', 'API.md', 'CHANGELOG.md', 'CODE_OF_CONDUCT.md'];
const TEXT = /\.(?:ts|md|mjs|js|json|py|java|go|cs|yml|toml|xml)$/;

const files = FILES.filter((file) => PLACES.test(file) && TEXT.test(file) && !OTHERS.includes(file));

test('the search covers each place', () => {
  expect(files).toEqual(
    expect.arrayContaining(['src/index.ts', 'README.md', 'docs/runbook.md', '.projenrc.ts', 'ARCHITECTURE.md']),
  );
});

test('no file has an old word', () => {
  expect(files.flatMap((file) => oldWordsIn(read(file)).map((found) => `${file}:${found}`))).toEqual([]);
});

describe('an old word is found', () => {
  test.each([
    ['in a comment', '/** Somebody else. */', '1: Somebody'],
    ['across the lines of a comment', '/**\n * The alarm goes\n * off at once.\n */', '2: goes off'],
    ['across the lines of a list', '- The topic is\n  told twice', '1: is told'],
    ['across the parts of a string', "'the key is switched'\n  + ' off again'", '1: is switched off'],
    ['in a name', 'alarms.noChecks', '1: noChecks'],
    ['of the public surface', 'const x = 1;\nRotationTrigger.rules()', '2: RotationTrigger.rules'],
    ['of the outcomes', "outcome === 'held'", "1: 'held'"],
    ['of the metrics', 'rotation.metricLostRecipients()', '1: metricLostRecipients'],
    ['that is written in two ways', 'The synthesis fails after a rollback', '1: synthesis'],
    ['of an action', 'After a rollback, send `rollback`', '1: a rollback'],
    ['with a number', 'A queue takes 256 KB', '1: takes 256'],
  ])('%s', (_, text, found) => {
    expect(oldWordsIn(text)).toEqual(expect.arrayContaining([expect.stringContaining(`${found} → `)]));
  });

  test.each([
    'The run takes 20 s. The change takes effect at once.',
    'Send an email to ci-team@example.com; see the mailing list.',
    "Held locks, planned work and a missing secret ('missing').",
    'the post-compile task',
    'The timeout; send `rollback`; see bench/synthesis.ts',
    'The deny statement can be bypassed by nothing.',
    'The foreign-key constraint of a database',
  ])('but not in: %s', (text) => {
    expect(oldWordsIn(text)).toEqual([]);
  });
});
