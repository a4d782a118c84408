import type { TimelineRow } from './timeline';

const HEADER = ['Day', 'User', 'Key', 'Event', 'Message'];

/** The timeline as text, in the order of the days. */
export function table(rows: readonly TimelineRow[]): string {
  const cells = [...rows]
    .sort((a, b) => a.day - b.day || a.user.localeCompare(b.user))
    .map((row) => [String(row.day), row.user, shortKeyId(row.keyId), row.event, row.subject ?? '-']);
  const widths = HEADER.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column].length)));
  const format = (line: string[]) =>
    line
      .map((cell, column) => (column === 0 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd();
  return [format(HEADER), format(widths.map((width) => '-'.repeat(width))), ...cells.map(format)].join('\n');
}

/** The end of an access key ID. All IDs begin with the same characters. */
export function shortKeyId(keyId: string): string {
  return `..${keyId.slice(-4)}`;
}
