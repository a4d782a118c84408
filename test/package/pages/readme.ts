/** What a README that is shown on npm, PyPI, NuGet and Construct Hub has to keep. */
import { pageOf } from './markdown';

const MOST_LINES = 250;
const MOST_WORDS = 2_500;
/** With a clone of the repository, and no AWS account. */
const COMMANDS = [/^npm ci && npm run demo\b/m, /^npm ci && npm test\b/m];

/** @returns the rules that it breaks */
export function problemsOfReadme(markdown: string): string[] {
  const { links, html, fences } = pageOf(markdown);
  const lines = markdown.trimEnd().split('\n').length;
  const words = markdown.trim().split(/\s+/).length;
  const examples = fences.filter(({ info }) => /^ts\b/.test(info));
  return [
    ...(lines > MOST_LINES ? [`${lines} lines`] : []),
    ...(words > MOST_WORDS ? [`${words} words`] : []),
    ...links.filter((link) => !/^(?:https:\/\/|#)/.test(link)).map((link) => `not absolute: ${link}`),
    ...html.map((tag) => `HTML: ${tag}`),
    ...COMMANDS.filter((command) => !command.test(markdown)).map((command) => `lacks ${command}`),
    ...(examples[0]?.info === 'ts nofixture' && examples[0].text.includes('app.synth()')
      ? []
      : ['the first example is not complete']),
    ...examples
      .filter(({ text }) => /^declare /m.test(text))
      .map(({ line }) => `the example in line ${line} declares what is not there: it cannot run`),
  ];
}
