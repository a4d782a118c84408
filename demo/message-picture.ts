/** A message as a mail client shows it. Pure. */

export interface Mail {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly at: Date;
  readonly text: string;
}

const WIDTH = 904;
const MARGIN = 24;
const HEAD = 92;
const LINE_HEIGHT = 18;
/** So many characters of the body fit side by side. */
const COLUMNS = 118;

// Legible on white and on near-black alike, as in picture.ts.
const TEXT = '#6e7781';
const LINE = '#6e778155';
const MONOSPACED = 'ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace';

export function messagePicture({ subject, from, to, at, text }: Mail): string {
  const lines = text.trimEnd().split('\n').flatMap(wrap);
  const height = HEAD + lines.length * LINE_HEIGHT + MARGIN + 8;
  const [right, body] = [WIDTH - MARGIN, HEAD + LINE_HEIGHT + 8];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img"`,
    `  aria-label="${escape(subject)}" font-family="-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13" fill="${TEXT}">`,
    `<rect x="1" y="1" width="${WIDTH - 2}" height="${height - 2}" rx="8" fill="none" stroke="${LINE}"/>`,
    `<text x="${MARGIN}" y="34" font-size="17" font-weight="600">${escape(subject)}</text>`,
    `<text x="${MARGIN}" y="58">${escape(from)}</text>`,
    `<text x="${right}" y="58" text-anchor="end">${at.toISOString().slice(0, 16).replace('T', ' ')}</text>`,
    `<text x="${MARGIN}" y="76">to ${escape(to)}</text>`,
    `<line x1="${MARGIN}" y1="${HEAD}" x2="${right}" y2="${HEAD}" stroke="${LINE}"/>`,
    `<g font-family="${MONOSPACED}" font-size="12" xml:space="preserve">`,
    ...lines.flatMap((line, index) => line === '' ? [] : [`<text x="${MARGIN}" y="${body + index * LINE_HEIGHT}">${escape(line)}</text>`]),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** At blanks, and without an indent from the second line on, as mail clients do. */
function wrap(line: string): string[] {
  if (line.length <= COLUMNS) return [line];
  const blank = line.lastIndexOf(' ', COLUMNS);
  const end = blank > line.search(/\S/) ? blank : COLUMNS;
  return [line.slice(0, end), ...wrap(line.slice(end).trimStart())];
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
