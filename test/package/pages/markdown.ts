/** A page of Markdown, taken apart by CommonMark's own parser. */
import { Node, Parser } from 'commonmark';

export interface Fence {
  /** What follows the backticks: `ts`, `ts nofixture`, `sh`. */
  readonly info: string;
  readonly text: string;
  /** Line of the first backtick, counted from 1. */
  readonly line: number;
}

export interface Page {
  /** Destinations of links and images as they are written, those in HTML included. */
  readonly links: string[];
  /** Anchors that a link can name: those that GitHub makes of headings, and ids in HTML. */
  readonly anchors: string[];
  readonly fences: Fence[];
  /** Lines of fences that name no language. */
  readonly bareFences: number[];
  /** Texts between backticks. */
  readonly codeSpans: string[];
  /** HTML outside of code. */
  readonly html: string[];
  /** Labels that are defined and that no link names. */
  readonly unusedReferences: string[];
  /** Links that name a label which is not defined, as they are written. */
  readonly undefinedReferences: string[];
}

const REFERENCE = '#reference:';
const DEFINITION = /^( {0,3}\[([^\]]+)\]: *)(\S+)(.*)$/gm;

/** @returns the anchor that GitHub gives to a heading, before it numbers duplicates */
export function anchorOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replace(/ /g, '-');
}

function nodesOf(root: Node): Node[] {
  const nodes: Node[] = [];
  const walker = root.walker();
  for (let event = walker.next(); event; event = walker.next()) if (event.entering) nodes.push(event.node);
  return nodes;
}

/** Text as it is shown. */
function textOf(node: Node): string {
  return nodesOf(node)
    .map(({ type, literal }) => {
      if (type === 'code') return literal;
      if (type === 'softbreak' || type === 'linebreak') return ' ';
      return type === 'text' ? literal : '';
    })
    .join('');
}

/** The same with what is inside links left out. */
function textBesideLinks(node: Node): string {
  if (node.type === 'link' || node.type === 'image') return '';
  if (node.type === 'text') return node.literal ?? '';
  if (node.type === 'softbreak') return ' ';
  let text = '';
  for (let child = node.firstChild; child; child = child.next) text += textBesideLinks(child);
  return text;
}

function anchorsOf(titles: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return titles.map((title) => {
    const anchor = anchorOf(title);
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before ? `${anchor}-${before}` : anchor;
  });
}

const attributesOf = (html: readonly string[], names: string) =>
  html.flatMap((tag) => [...tag.matchAll(new RegExp(`\\s(?:${names})="([^"]*)"`, 'g'))].map(([, value]) => value));

export function pageOf(markdown: string): Page {
  const labels: string[] = [];
  // The parser does not say which definition a link used: each destination is marked with the number of its label.
  const marked = markdown.replace(DEFINITION, (_, start, label, destination, rest) => {
    labels.push(label);
    return `${start}${destination}${REFERENCE}${labels.length - 1}${rest}`;
  });
  const nodes = nodesOf(new Parser().parse(marked));
  const of = (...types: string[]) => nodes.filter(({ type }) => types.includes(type));

  const html = of('html_block', 'html_inline')
    .map(({ literal }) => literal!)
    .filter((literal) => !literal.startsWith('<!--'));
  const destinations = of('link', 'image').map(({ destination }) => decodeURI(destination ?? '').split(REFERENCE));
  const used = new Set(destinations.map(([, index]) => Number(index)));
  return {
    links: [...destinations.map(([link]) => link), ...attributesOf(html, 'href|src')],
    anchors: [...anchorsOf(of('heading').map((node) => textOf(node))), ...attributesOf(html, 'id|name')],
    fences: of('code_block')
      .filter(({ info }) => info)
      .map(({ info, literal, sourcepos }) => ({ info: info!, text: literal!, line: sourcepos[0][0] })),
    bareFences: of('code_block')
      .filter(({ info }) => !info)
      .map(({ sourcepos }) => sourcepos[0][0]),
    codeSpans: of('code').map(({ literal }) => literal!),
    html,
    unusedReferences: labels.filter((_, index) => !used.has(index)),
    undefinedReferences: of('paragraph', 'heading').flatMap(
      (node) =>
        textBesideLinks(node)
          .match(/\[[^[\]]+\](?:\[[^[\]]*\])?/g)
          ?.filter((text) => !/^\[[ x]\]$/.test(text)) ?? [],
    ),
  };
}
