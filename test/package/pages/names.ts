/** Files and tasks of this repository that a page names. */
import { posix } from 'path';
import { pageOf } from './markdown';

export interface Named {
  readonly files: string[];
  readonly tasks: string[];
}

/** What only exists after a build, or in the project of a user. */
const GENERATED = /^(?:lib|dist|cdk\.out|node_modules|rosetta|reports)\//;
const OWN_FOLDER = /^(?:src|test|docs|demo|bench|examples|\.github|\.projen|\.ci)\//;
const OWN_FILE = /^\.projenrc[\w.]*$/;
const PATH_WITH_EXTENSION = /^[\w.@-]+(?:\/[\w.@*-]+)*\/[\w.*-]+\.[a-z]{1,5}$/;

/** A code span that looks like a path of this repository; a line number and a slash at its end do not count. */
function pathIn(codeSpan: string): string | undefined {
  const path = codeSpan.replace(/:\d+$/, '').replace(/\/$/, codeSpan.split('/').length > 2 ? '' : '/');
  if (/[\s<>{}…$:()'"=,]/.test(path) || GENERATED.test(path)) return undefined;
  return OWN_FOLDER.test(path) || OWN_FILE.test(path) || PATH_WITH_EXTENSION.test(path) ? path : undefined;
}

export function namedIn(markdown: string): Named {
  const { codeSpans, fences } = pageOf(markdown);
  const commands = [...codeSpans, ...fences.map(({ text }) => text)];
  return {
    files: codeSpans.map(pathIn).filter((path) => path !== undefined),
    tasks: commands.flatMap((text) =>
      [...text.matchAll(/\b(?:npm run|npx projen) ([a-z][\w:.-]*)/g)].map(([, task]) => task),
    ),
  };
}

/** Whether a file or folder is there, from the root, beside the page or below src/. A `*` stands for part of a name. */
export function isFile(path: string, page: string, files: readonly string[]): boolean {
  const pattern = path.replace(/[.+]/g, '\\$&').replace(/\*+/g, '.*').replace(/\/$/, '');
  return ['.', posix.dirname(page), 'src'].some((folder) => {
    const whole = new RegExp(`^${folder === '.' ? '' : `${folder}/`}${pattern}(?:/|$)`);
    return files.some((file) => whole.test(file));
  });
}
