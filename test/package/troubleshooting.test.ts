/** docs/troubleshooting.md quotes messages. Each quotation is in the source, so the page cannot drift from it. */
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
const PAGE = readFileSync(join(ROOT, 'docs', 'troubleshooting.md'), 'utf8');

/** First columns of tables that quote parts of messages, or names. Tables with another one quote AWS, or nothing. */
const MESSAGES = ['Message'];
const NAMES = ['ID', 'Event or outcome', 'Cause', 'Alarm'];

/** Stands for what is only known at run time: in the page, and in a string of the source. */
const GAP = '…';

interface Quotation {
  readonly section: string;
  readonly text: string;
}

/** What the first column of each table of such a kind has in backticks. */
function quotations(kind: string[]): Quotation[] {
  return PAGE.split(/^## /m).flatMap((part) => {
    const section = part.slice(0, part.indexOf('\n'));
    const tables = part.match(/^(?:\|.*\n)+/gm) ?? [];
    return tables.flatMap((table) => {
      const [head, , ...rows] = table.trim().split('\n').map(firstCell);
      return kind.includes(head)
        ? rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, text]) => ({ section, text })))
        : [];
    });
  });
}

function firstCell(row: string): string {
  return row.split('|')[1].trim();
}

/** Every string of a file, with a gap for each part that is no literal. Parts of a concatenation are strings too. */
function stringsOf(path: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== GAP) found.push(text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function textOf(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => GAP + literal.text).join('');
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return textOf(node.left) + textOf(node.right);
  }
  return GAP;
}

const STRINGS = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => stringsOf(join(ROOT, 'src', file)));

/** Whether a message has such a part. A gap in the page covers any text. */
function isPartOfMessage(quotation: string): boolean {
  const parts = quotation.split(GAP).map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(parts.join('.*'), 's');
  return STRINGS.some((text) => pattern.test(text));
}

/** The ID of a warning is part of a longer one. */
function isName(quotation: string): boolean {
  return STRINGS.some((text) => text === quotation || text.endsWith(`:${quotation}`));
}

test('the page quotes messages or names in each of its sections', () => {
  const sections = new Set(quotations([...MESSAGES, ...NAMES]).map(({ section }) => section));
  expect([...sections]).toEqual(['Synth', 'Deploy', 'Notifications and answers', 'Log and errors', 'Alarms']);
});

test('a quotation has at least one word, so that it identifies a message', () => {
  const short = quotations(MESSAGES).filter(({ text }) => !/[A-Za-z]{4}/.test(text.replaceAll(GAP, '')));
  expect(short).toEqual([]);
});

test('each part of a message is in a string of the source', () => {
  expect(quotations(MESSAGES).filter(({ text }) => !isPartOfMessage(text))).toEqual([]);
});

test('each name is a string of the source', () => {
  expect(quotations(NAMES).filter(({ text }) => !isName(text))).toEqual([]);
});

test('what no string has is not found', () => {
  expect(isPartOfMessage('the moon … is full')).toBe(false);
  expect(isName('lock')).toBe(false);
});
