/** The pages of this repository and what they can lead to. */
import { execFileSync } from 'child_process';
import { existsSync, readFileSync } from 'fs';
import { join } from 'path';

export const ROOT = join(__dirname, '..', '..', '..');

/** What git has or would add, by paths from the root. */
function filesOf(): string[] {
  const options = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', options, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  return [...new Set(files)].filter((file) => existsSync(join(ROOT, file))).sort();
}

export const FILES = filesOf();
export const PAGES = FILES.filter((file) => file.endsWith('.md'));
export const SOURCES = FILES.filter((file) => file.startsWith('src/'));
/** Those that are written by hand for users; the decisions are among them. */
export const USER_PAGES = PAGES.filter((page) => page === 'README.md' || page.startsWith('docs/'));

export const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
export const exists = (file: string) => existsSync(join(ROOT, file));
