/** A message as a mail client shows it. Pure. */
import { LINE, MONOSPACED, svg, text as drawText } from './theme';

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

export function messagePicture({ subject, from, to, at, text }: Mail): string {
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

/** At blanks, and without an indent from the second line on, as mail clients do. */
function wrap(line: string): string[] {
  if (line.length <= COLUMNS) return [line];
  const blank = line.lastIndexOf(' ', COLUMNS);
  const end = blank > line.search(/\S/) ? blank : COLUMNS;
  return [line.slice(0, end), ...wrap(line.slice(end).trimStart())];
}
