/** Links between the pages of this repository. */
import { posix } from 'path';
import { pageOf } from './markdown';

const OWNER = 'cdk-access-key-rotation/cdk-access-key-rotation';
/** Start of the URLs that show a file of this repository. */
const HERE = new RegExp(
  `^https://(?:github\\.com/${OWNER}/(?:blob|tree|raw)|raw\\.githubusercontent\\.com/${OWNER})/main/`,
);

/** What links lead to: files by paths from the root. */
export interface Target {
  exists(file: string): boolean;
  read(file: string): string;
}

/** @returns the file and the anchor, or undefined for a link to elsewhere */
function resolve(link: string, page: string): { file: string; anchor?: string } | undefined {
  const absolute = HERE.test(link);
  if (!absolute && /^[a-z][a-z+.-]*:/i.test(link)) return undefined;
  const [path, anchor] = link.replace(HERE, '').split('#');
  if (!path) return { file: absolute ? '.' : page, anchor };
  return { file: posix.join(absolute ? '.' : posix.dirname(page), path), anchor };
}

function leadsSomewhere(link: string, page: string, target: Target): boolean {
  const resolved = resolve(link, page);
  if (!resolved) return true;
  const { file, anchor } = resolved;
  if (file.startsWith('..') || !target.exists(file)) return false;
  return !anchor || (file.endsWith('.md') && pageOf(target.read(file)).anchors.includes(anchor));
}

/** @returns what is wrong with the links of a page */
export function problemsOfLinks(page: string, target: Target): string[] {
  const { links, unusedReferences, undefinedReferences } = pageOf(target.read(page));
  return [
    ...links.filter((link) => !leadsSomewhere(link, page, target)).map((link) => `leads nowhere: ${link}`),
    ...unusedReferences.map((label) => `no link uses: [${label}]`),
    ...undefinedReferences.map((text) => `not defined: ${text}`),
  ];
}

/** @returns links in source code to files of this repository that do not exist; a relative one starts with `docs/` */
export function deadLinksOfCode(code: string, target: Target): string[] {
  const links = code.match(/(?:https:\/\/[^\s'"`)>}\]]+|(?<![\w/.-])docs\/[\w/-]+\.md(?:#[\w-]+)?)/g) ?? [];
  return links.map((link) => link.replace(/[.,;:]$/, '')).filter((link) => !leadsSomewhere(link, 'README.md', target));
}
