import { existsSync, readdirSync, readFileSync } from 'fs';
import { dirname, join } from 'path';

const ROOT = join(__dirname, '..', '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const DECISIONS = readdirSync(join(ROOT, 'docs', 'decisions')).map((name) => `docs/decisions/${name}`);
const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bench/RESULTS.md',
  'docs/notifications.md',
  'docs/operations.md',
  'docs/reliability.md',
  'docs/runbook.md',
  ...DECISIONS,
];
const HERE =
  /^https:\/\/(?:github|raw\.githubusercontent)\.com\/cdk-access-key-rotation\/cdk-access-key-rotation\/(?:blob\/)?main\//;

interface Snippet {
  readonly translations: Record<string, { readonly source: string }>;
  readonly didCompile?: boolean;
}

/** Links of a page, of its images too, as they are written. */
function linksOf(page: string): string[] {
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\(([^)\s]*)\)/g)].map(([, link]) => link);
}

/** As GitHub makes anchors of headings. */
function anchorsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replace(/ /g, '-'),
  );
}

/**
 * What the compile task has made of the examples (`jsii-rosetta extract --strict`, which fails where one does not
 * compile).
 */
test('every example in the README and in the API docs compiles, and is translated into four languages', () => {
  const assembly = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8'));
  const snippets = Object.values<Snippet>(JSON.parse(readFileSync(join(ROOT, '.jsii.tabl.json'), 'utf8')).snippets);
  const inReadme = README.match(/^```ts/gm)!.length;
  const inApiDocs = JSON.stringify(assembly.types).match(/"example":/g)!.length;

  expect(assembly.readme.markdown.trim()).toBe(README.trim()); // compiled after the last change
  expect(snippets).toHaveLength(inReadme + inApiDocs);
  for (const { translations, didCompile } of snippets) {
    expect(didCompile).toBe(true);
    expect(Object.keys(translations)).toEqual(expect.arrayContaining(['python', 'java', 'csharp', 'go']));
  }
});

test.each(PAGES)('every link of %s into this repository leads somewhere', (page) => {
  const links = linksOf(page)
    .filter((link) => HERE.test(link) || !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path, anchor] = link.replace(HERE, '').split('#');
      return { path: path ? join(HERE.test(link) ? ROOT : dirname(join(ROOT, page)), path) : join(ROOT, page), anchor };
    });

  const dead = links.filter(({ path, anchor }) => !existsSync(path) || (anchor && !anchorsOf(path).includes(anchor)));

  expect(dead).toEqual([]);
});

test('every link of the README is absolute, or leads to another place in it: it is shown far from this repository', () => {
  expect(linksOf('README.md').filter((link) => !/^(https:\/\/|#)/.test(link))).toEqual([]);
});

test('the README has no HTML, of which each place shows something else', () => {
  const prose = README.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  expect(prose.match(/<[a-z!/][^>]*>/gi)).toBeNull();
});

test('the README has its sections in the order in which a reader needs them', () => {
  const titles = [...README.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  expect(titles).toEqual([
    'First example',
    'The life of a key',
    'What it creates',
    'Install',
    'Recipes',
    'Fetch the key',
    'When not to use IAM users',
    'Limits',
    'Documentation',
    'Try it without an AWS account',
    'Stability and license',
  ]);
});

test('the README has at most 250 lines and 2,500 words', () => {
  expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(250);
  expect(README.split(/\s+/).length).toBeLessThanOrEqual(2500);
});

test('the README keeps the two commands for a clone', () => {
  expect(README).toMatch(/^npm ci && npm run demo\b/m);
  expect(README).toMatch(/^npm ci && npm test\b/m);
});
