/** The files and tasks that pages name exist. */
import { isFile, namedIn } from './names';
import { FILES, PAGES, read } from './repository';

/** API.md is generated from the code; CHANGELOG.md names old files. */
const OTHERS = ['API.md', 'CHANGELOG.md'];
const { tasks: TASKS } = JSON.parse(read('.projen/tasks.json'));

describe.each(PAGES.filter((page) => !OTHERS.includes(page)))('%s', (page) => {
  const { files, tasks } = namedIn(read(page));

  test('names files that exist', () => {
    expect(files.filter((file) => !isFile(file, page, FILES))).toEqual([]);
  });

  test('names tasks that exist', () => {
    expect(tasks.filter((task) => !(task in TASKS))).toEqual([]);
  });
});

test.each([
  ['`src/a.ts`, `src/a.ts:12`, `src/rotator/`, `test/`', ['src/a.ts', 'src/a.ts', 'src/rotator', 'test/']],
  ['`docs/*.md` and `.projenrc.ts`', ['docs/*.md', '.projenrc.ts']],
  ['`other/place.json`', ['other/place.json']],
  ['`a/b`, `cron(0/5 * * * ? *)`, `src/<name>.ts`, `30/44/58`, `lib/index.js`, `x.ts`, `https://a.b/c.md`', []],
  ['```\nsrc/a.ts\n```', []],
])('files named in %s', (markdown, files) => {
  expect(namedIn(markdown).files).toEqual(files);
});

test.each([
  [
    '`npm run demo -- --trigger x`, `npm ci && npm run test:full`, `npx projen integ:deploy`',
    ['demo', 'test:full', 'integ:deploy'],
  ],
  ['```sh\nnpm run soak # years\n```', ['soak']],
  ['`npm test`, `npx projen`, `npx cdk deploy`', []],
])('tasks named in %s', (markdown, tasks) => {
  expect(namedIn(markdown).tasks).toEqual(tasks);
});

test('a file is looked for from the root, beside the page and below src', () => {
  const files = ['docs/a.md', 'docs/decisions/0001-b.md', 'src/x/y.ts'];
  const found = (path: string) => isFile(path, 'docs/decisions/README.md', files);

  expect(
    ['docs/a.md', 'docs/', 'src/x', 'src/*/y.ts', '0001-b.md', 'docs/decisions/*.md', 'x/y.ts'].filter(found),
  ).toHaveLength(7);
  expect(['docs/b.md', 'src/y.ts', 'src/x/y', 'a.md', 'src/*.js'].filter(found)).toEqual([]);
});
