import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparable } from './template';
import { REPOSITORY, workplace } from './workplace';

/** The first app of the README, which `docs/languages.md` has in the other languages. */
export function readmeApp(fence: 'ts nofixture' | 'python' | 'java' | 'go'): string {
  const page = readFileSync(join(REPOSITORY, fence === 'ts nofixture' ? 'README.md' : 'docs/languages.md'), 'utf8');
  return new RegExp(`^\`\`\`${fence}\n(.*?)^\`\`\``, 'ms').exec(page)![1];
}

const path = () => join(workplace(), 'readme.template.json');

export function keepReadmeTemplate(template: string): void {
  writeFileSync(path(), template);
}

/** The template of the README's app in TypeScript. */
export function readmeTemplate(): string {
  return comparable(readFileSync(path(), 'utf8'));
}
