import type { KeyBar } from './timeline';

const LEFT = 120;
const RIGHT = 24;
const TOP = 64;
const BOTTOM = 48;
const WIDTH = 1000;
const BAR = 18;
const GAP = 4;
const LANE = 2 * (BAR + GAP) + 20;
const TICK = 30;

// The picture has no background of its own, and cannot know which theme its reader chose (a media query only knows the
// system's): these tones are legible on white and on near-black alike.
const TEXT = '#6e7781';
const LINE = '#6e778155';
const ACTIVE = '#2da44e';
const INACTIVE = '#9198a1';
const ON_BAR = '#ffffff';

/**
 * A lane per user, a bar per key: green while active, grey while inactive. Pure.
 *
 * Keys are numbered, not named: the same life gives the same picture, so the one in the README changes only with reason.
 */
export function picture(users: readonly string[], bars: readonly KeyBar[], days: number): string {
  const height = TOP + users.length * LANE + BOTTOM;
  const x = (day: number) => round(LEFT + day * (WIDTH - LEFT - RIGHT) / days);
  const bottom = TOP + users.length * LANE;
  const ticks = Array.from({ length: Math.floor(days / TICK) + 1 }, (_, index) => index * TICK);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img"`,
    `  aria-label="The access keys of ${users.length} users over ${days} days" font-family="-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13">`,
    ...legend(),
    ...ticks.flatMap((day) => [
      `<line x1="${x(day)}" y1="${TOP - 8}" x2="${x(day)}" y2="${bottom}" stroke="${LINE}"/>`,
      `<text x="${x(day)}" y="${bottom + 18}" text-anchor="middle" fill="${TEXT}">${day}</text>`,
    ]),
    `<text x="${round((LEFT + WIDTH - RIGHT) / 2)}" y="${bottom + 38}" text-anchor="middle" fill="${TEXT}">days since the deployment</text>`,
    ...users.flatMap((user, lane) => [
      `<line x1="8" y1="${TOP + lane * LANE - 8}" x2="${WIDTH - RIGHT}" y2="${TOP + lane * LANE - 8}" stroke="${LINE}"/>`,
      `<text x="${LEFT - 16}" y="${TOP + lane * LANE + LANE / 2 - 4}" text-anchor="end" fill="${TEXT}" font-weight="600">${escape(user)}</text>`,
      ...bars.filter((bar) => bar.user === user)
        // A user has two slots for keys, and its keys take turns.
        .flatMap((bar, index) => draw(bar, `key ${index + 1}`, TOP + lane * LANE + (index % 2) * (BAR + GAP), days, x)),
    ]),
    '</svg>',
    '',
  ].join('\n');
}

function legend(): string[] {
  const entry = (left: number, colour: string, text: string) => [
    `<rect x="${left}" y="19" width="26" height="14" rx="3" fill="${colour}"/>`,
    `<text x="${left + 34}" y="31" fill="${TEXT}">${text}</text>`,
  ];
  return [
    ...entry(LEFT, ACTIVE, 'key is active'),
    ...entry(LEFT + 150, INACTIVE, 'key is inactive, about to be deleted'),
  ];
}

function draw(bar: KeyBar, name: string, y: number, days: number, x: (day: number) => number): string[] {
  const from = x(bar.from ?? 0);
  const to = x(Math.min(bar.to ?? days, days));
  const off = x(Math.min(bar.inactiveFrom ?? days, bar.to ?? days, days));
  const life = [
    bar.from === undefined ? 'older than the deployment' : `created on day ${bar.from}`,
    ...(bar.inactiveFrom === undefined ? [] : [`deactivated on day ${bar.inactiveFrom}`]),
    ...(bar.to === undefined ? [] : [`deleted on day ${bar.to}`]),
  ];
  return [
    `<g><title>${name}: ${life.join(', ')}</title>`,
    `<rect x="${from}" y="${y}" width="${round(off - from)}" height="${BAR}" rx="3" fill="${ACTIVE}"/>`,
    ...(to > off ? [`<rect x="${off}" y="${y}" width="${round(to - off)}" height="${BAR}" rx="3" fill="${INACTIVE}"/>`] : []),
    ...(off - from > 48 ? [`<text x="${from + 6}" y="${y + 13}" fill="${ON_BAR}" font-size="11">${name}</text>`] : []),
    '</g>',
  ];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
