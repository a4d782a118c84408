import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './workplace';

/** The first app of the README, which `docs/languages.md` has in the other languages. */
export function readmeApp(fence: 'ts nofixture' | 'python' | 'java' | 'go'): string {
  const page = readFileSync(join(REPOSITORY, fence === 'ts nofixture' ? 'README.md' : 'docs/languages.md'), 'utf8');
  return new RegExp(`^\`\`\`${fence}\n(.*?)^\`\`\``, 'ms').exec(page)![1];
}
