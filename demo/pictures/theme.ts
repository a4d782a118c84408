/**
 * The colors and fonts of all pictures, in a light and in a dark page.
 *
 * One file has both color schemes, selected by a media query. `<picture>` is not an alternative: Construct Hub removes
 * it and `<source>`, and keeps the inner `<img>`; NuGet shows no HTML. A picture in Markdown syntax works on GitHub,
 * npm, PyPI and Construct Hub. The query uses the color scheme of the page, or of the system if the page has none. Each
 * picture therefore has its own background, and is legible on both.
 */

interface Tones {
  readonly paper: string;
  readonly border: string;
  readonly ink: string;
  readonly faint: string;
}

const LIGHT: Tones = { paper: '#ffffff', border: '#d1d9e0', ink: '#1f2328', faint: '#59636e' };
const DARK: Tones = { paper: '#0d1117', border: '#3d444d', ink: '#f0f6fc', faint: '#9198a1' };

/** Visible on both backgrounds. White text is legible on the dark tones, and near-black text on the light ones. */
export const TONES = {
  active: '#1f883d',
  blue: '#218bff',
  previous: '#d4a72c',
  inactive: '#9198a1',
  red: '#cf222e',
  onColor: '#ffffff',
  onTone: '#1f2328',
};

/** Color of guide lines, visible on both backgrounds. */
export const LINE = '#818b9866';

export const SANS = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
export const MONOSPACED = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Text for screen readers. */
  readonly label: string;
  readonly fontSize?: number;
}

/**
 * Text without a `fill` has the ink color. `class="faint"`, `class="box"` and `class="stroke"` depend on the color
 * scheme too.
 */
export function svg({ width, height, label, fontSize = 13 }: Frame, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"`,
    `  aria-label="${escape(label)}" font-family="${SANS}" font-size="${fontSize}">`,
    `<style>${rules(LIGHT)} @media (prefers-color-scheme: dark) { ${rules(DARK)} }</style>`,
    `<rect class="box" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function rules({ paper, border, ink, faint }: Tones): string {
  return `svg { fill: ${ink} } .faint { fill: ${faint} } .box { fill: ${paper}; stroke: ${border} } .stroke { stroke: ${faint}; fill: none }`;
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${attributes && ` ${attributes}`}>${escape(content)}</text>`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escape(content: string): string {
  return content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
