import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './workplace';

type Fence = 'ts' | 'ts nofixture' | 'python' | 'java' | 'go';

const read = (file: string) => readFileSync(join(REPOSITORY, file), 'utf8');
const PYTHON_PROLOGUE =
  'from aws_cdk import App as _App, Stack as _Stack\napp = _App()\nstack = _Stack(app, "AccessKeys")\n';
const TYPESCRIPT_PROLOGUE =
  "import { App as _App, Stack as _Stack } from 'aws-cdk-lib';\nconst app = new _App();\nconst stack = new _Stack(app, 'AccessKeys');\n";

/** The fences of a page, in their order: all that start with one of `fences`. */
export function fencesOf(markdown: string, ...fences: Fence[]): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`(?:${fences.join('|')})\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code]) => code,
  );
}

/** The first app of the README, which `docs/languages.md` has in the languages that the README lacks. */
export function readmeApp(fence: 'ts nofixture' | 'python' | 'java' | 'go'): string {
  const page = fence === 'ts nofixture' || fence === 'python' ? 'README.md' : 'docs/languages.md';
  return fencesOf(read(page), fence)[0];
}

/** A snippet with the app and the stack that it takes for granted, unless it is complete. */
function completed(code: string, prologue: string): string {
  return code.includes('app.synth()') ? code : `${prologue}${code}\napp.synth()\n`;
}

/** Every TypeScript snippet of the README, as a program. */
export function typescriptPrograms(): string[] {
  return fencesOf(read('README.md'), 'ts nofixture', 'ts').map((code) => completed(code, TYPESCRIPT_PROLOGUE));
}

/** What jsii-rosetta made of them in the compile task, as programs. Construct Hub shows these translations. */
export function pythonPrograms(): string[] {
  return Object.values<any>(JSON.parse(read('.jsii.tabl.json')).snippets)
    .filter(({ location }) => location.api.api === 'moduleReadme')
    .sort((one, other) => one.location.field.line - other.location.field.line)
    .map(({ translations }) => completed(translations.python.source, PYTHON_PROLOGUE));
}
