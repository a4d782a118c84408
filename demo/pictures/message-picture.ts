/** Draws a message as an email client shows it. */
import { LINE, MONOSPACED, svg, text as drawText } from './theme';

export interface Email {
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
/** Characters of the body in one line. */
const COLUMNS = 118;

export function messagePicture({ subject, from, to, at, text }: Email): string {
  const lines = text.trimEnd().split('\n').flatMap(wrap);
  const height = HEAD + lines.length * LINE_HEIGHT + MARGIN + 8;
  const [right, body] = [WIDTH - MARGIN, HEAD + LINE_HEIGHT + 8];
  return svg({ width: WIDTH, height, label: subject }, [
    drawText(MARGIN, 34, subject, 'font-size="17" font-weight="600"'),
    drawText(MARGIN, 58, from, 'class="faint"'),
    drawText(right, 58, at.toISOString().slice(0, 16).replace('T', ' '), 'text-anchor="end" class="faint"'),
    drawText(MARGIN, 76, `to ${to}`, 'class="faint"'),
    `<line x1="${MARGIN}" y1="${HEAD}" x2="${right}" y2="${HEAD}" stroke="${LINE}"/>`,
    `<g font-family="${MONOSPACED}" font-size="12" xml:space="preserve">`,
    ...lines.flatMap((line, index) => (line === '' ? [] : [drawText(MARGIN, body + index * LINE_HEIGHT, line)])),
    '</g>',
  ]);
}

/** Wraps at spaces, and without an indent from the second line on, as email clients do. */
function wrap(line: string): string[] {
  if (line.length <= COLUMNS) return [line];
  const space = line.lastIndexOf(' ', COLUMNS);
  const end = space > line.search(/\S/) ? space : COLUMNS;
  return [line.slice(0, end), ...wrap(line.slice(end).trimStart())];
}
