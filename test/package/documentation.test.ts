import { execFileSync } from 'child_process';
import { existsSync, mkdtempSync, readFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';

test('every example in the README and in the API docs compiles', () => {
  const tablet = join(mkdtempSync(join(tmpdir(), 'rosetta-')), 'tablet.json');
  const rosetta = join(__dirname, '..', '..', 'node_modules', '.bin', 'jsii-rosetta');

  // Fails with the compiler's words where one does not.
  execFileSync(rosetta, ['extract', '--strict', '--cache-to', tablet], { cwd: join(__dirname, '..', '..'), stdio: 'pipe' });
}, 120_000);

const ROOT = join(__dirname, '..', '..');
const LINK = /\]\((https:\/\/(?:github|raw\.githubusercontent)\.com\/cdk-access-key-rotation\/cdk-access-key-rotation\/(?:blob\/)?main\/)?([^)\s#:]*)(?:#([^)\s]*))?\)/g;

/** As GitHub makes anchors of headings. */
function anchorsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title]) => title.toLowerCase().replace(/[^\w\- ]/g, '').replace(/ /g, '-'));
}

test.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/notifications.md', 'docs/reliability.md', 'docs/runbook.md'])('every link of %s into this repository leads somewhere', (page) => {
  const links = [...readFileSync(join(ROOT, page), 'utf8').matchAll(LINK)].map(([, isAbsolute, path, anchor]) =>
    ({ path: path ? join(isAbsolute ? ROOT : dirname(join(ROOT, page)), path) : join(ROOT, page), anchor }));

  const dead = links.filter(({ path, anchor }) => !existsSync(path) || (anchor && !anchorsOf(path).includes(anchor)));

  expect(dead).toEqual([]);
});
