/** Each link into this repository leads to a file, and to a heading of it. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { deadLinksOfCode, problemsOfLinks } from './links';
import * as repository from './repository';
import { AccessKeyRotation } from '../../../src';

/** Generated. What looks like a reference there is code in HTML. */
const API = 'API.md';

test.each(repository.PAGES)('the links of %s lead somewhere', (page) => {
  const problems = problemsOfLinks(page, repository);
  expect(page === API ? problems.filter((problem) => !problem.startsWith('not defined')) : problems).toEqual([]);
});

test('the links of the source code lead somewhere', () => {
  const links = repository.SOURCES.flatMap((file) =>
    deadLinksOfCode(repository.read(file), repository).map((link) => `${file}: ${link}`),
  );
  expect(links).toEqual([]);
});

test('the link of each alarm leads to its section of the runbook', () => {
  const stack = new Stack(new App(), 'Stack');
  new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'alice' }] });
  const descriptions = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties.AlarmDescription as string,
  );

  expect(descriptions).toHaveLength(9);
  for (const description of descriptions) {
    expect(description).toMatch(/\/docs\/runbook\.md#/);
    expect(deadLinksOfCode(description, repository)).toEqual([]);
  }
});

describe('a link is found to be wrong', () => {
  const HERE = 'https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/';
  const files: Record<string, string> = {
    'docs/b.md': '# One\n\n## `Two` things, [and](c.md) more\n\n# One\n\n<a id="three"></a>',
  };
  const problems = (text: string) =>
    problemsOfLinks('docs/a.md', {
      exists: (file) => file === 'docs/a.md' || file === 'src' || file in files,
      read: (file) => (file === 'docs/a.md' ? text : files[file]),
    });

  test.each([
    '[x](b.md) ![x](b.md) <a href="b.md">x</a> [x](../src) [x](https://example.com/none.md#none)',
    '[x](b.md#one) [x](b.md#one-1) [x](b.md#two-things-and-more) [x](b.md#three)',
    `[x](${HERE}docs/b.md#one) [x](${HERE}src)`,
    '# Here\n\n[x](#here)',
    '[x][y] [y] [y][]\n\n[y]: b.md#one "title"',
    '| [x](b.md) |\n|---|\n| [x](b.md) |',
    'Code: `[x](none.md) [x][y]`\n\n```\n[x](none.md) [x][y]\n```\n\n- [ ] a task\n- [x] done',
  ])('not: %s', (text) => {
    expect(problems(text)).toEqual([]);
  });

  test.each([
    ['[x](c.md)', 'leads nowhere: c.md'],
    ['![x](c.svg)', 'leads nowhere: c.svg'],
    ['<img src="c.svg">', 'leads nowhere: c.svg'],
    ['| a |\n|---|\n| [x](c.md) |', 'leads nowhere: c.md'],
    ['[x](b.md#four)', 'leads nowhere: b.md#four'],
    ['[x](b.md#one-2)', 'leads nowhere: b.md#one-2'],
    ['[x](#one)', 'leads nowhere: #one'],
    ['[x](../../other.md)', 'leads nowhere: ../../other.md'],
    [`[x](${HERE}docs/c.md)`, `leads nowhere: ${HERE}docs/c.md`],
    ['[x][y]\n\n[y]: c.md', 'leads nowhere: c.md'],
    ['[y]: b.md', 'no link uses: [y]'],
    ['`[x][y]`\n\n[y]: b.md', 'no link uses: [y]'],
    ['[x][y]', 'not defined: [x][y]'],
    ['See [the x][]', 'not defined: [the x][]'],
    ['See [the x].', 'not defined: [the x]'],
  ])('%s', (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  test('in code', () => {
    const code = `// see docs/b.md#one, docs/c.md\n/** @see ${HERE}docs/b.md#five */ const X = '${HERE}docs/b.md#one';`;
    expect(deadLinksOfCode(code, { exists: (file) => file in files, read: (file) => files[file] })).toEqual([
      'docs/c.md',
      `${HERE}docs/b.md#five`,
    ]);
  });
});
