/**
 * The look that all pictures share, in a light and a dark page.
 *
 * One file does for both, by a media query inside it. `<picture>` would not: Construct Hub's sanitizer knows neither
 * that nor `<source>` and leaves the inner `<img>`, and NuGet shows no HTML at all. A picture that is shown by
 * Markdown's own syntax works on GitHub, npm, PyPI and Construct Hub alike. The query follows the page where that says
 * which it is, else the system: so each picture has a background of its own, and is legible also where the two differ.
 */

interface Tones {
  readonly paper: string;
  readonly border: string;
  readonly ink: string;
  readonly faint: string;
}

const LIGHT: Tones = { paper: '#ffffff', border: '#d1d9e0', ink: '#1f2328', faint: '#59636e' };
const DARK: Tones = { paper: '#0d1117', border: '#3d444d', ink: '#f0f6fc', faint: '#9198a1' };

/** Seen well on both papers. White is read well on the strong ones, near-black on the pale ones. */
export const TONES = {
  active: '#1f883d',
  blue: '#218bff',
  grace: '#d4a72c',
  inactive: '#9198a1',
  red: '#cf222e',
  onColor: '#ffffff',
  onTone: '#1f2328',
};

/** Of lines that only guide the eye: seen on both papers. */
export const LINE = '#818b9866';

export const SANS = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
export const MONOSPACED = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** What somebody is told who cannot see the picture. */
  readonly label: string;
  readonly fontSize?: number;
}

/**
 * Text has the colour of ink where it says nothing else; `class="faint"`, `class="box"` and `class="stroke"` follow the
 * page as well.
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
