import { escape, LINE, round, svg, text, TONES } from './theme';
import type { Calls, KeyBar } from '../timeline';

const LEFT = 120;
const RIGHT = 24;
const TOP = 64;
const BOTTOM = 48;
const WIDTH = 1000;
const BAR = 18;
const GAP = 4;
const LANE = 2 * (BAR + GAP) + 20;
const TICK = 30;

/**
 * Draws a lane per user and a bar per key: green while the key is active, gray while it is inactive. Below them are the
 * calls of the process that uses the keys, if there is one.
 *
 * Keys have numbers instead of IDs, so the picture changes only if the days change.
 */
export function picture(
  users: readonly string[],
  bars: readonly KeyBar[],
  days: number,
  calls: Readonly<Record<string, Calls>> = {},
): string {
  const height = TOP + users.length * LANE + BOTTOM;
  const x = (day: number) => round(LEFT + (day * (WIDTH - LEFT - RIGHT)) / days);
  const bottom = TOP + users.length * LANE;
  const ticks = Array.from({ length: Math.floor(days / TICK) + 1 }, (_, index) => index * TICK);
  return svg({ width: WIDTH, height, label: `The access keys of ${users.length} users over ${days} days` }, [
    ...legend(),
    ...ticks.flatMap((day) => [
      `<line x1="${x(day)}" y1="${TOP - 8}" x2="${x(day)}" y2="${bottom}" stroke="${LINE}"/>`,
      text(x(day), bottom + 18, String(day), 'text-anchor="middle" class="faint"'),
    ]),
    text((LEFT + WIDTH - RIGHT) / 2, bottom + 38, 'days since the deployment', 'text-anchor="middle" class="faint"'),
    ...users.flatMap((user, lane) => [
      `<line x1="8" y1="${TOP + lane * LANE - 8}" x2="${WIDTH - RIGHT}" y2="${TOP + lane * LANE - 8}" stroke="${LINE}"/>`,
      text(LEFT - 16, TOP + lane * LANE + LANE / 2 - 4, user, 'text-anchor="end" font-weight="600"'),
      ...bars
        .filter((bar) => bar.user === user)
        // A user has at most two keys, so its keys alternate between two rows.
        .flatMap((bar, index) => draw(bar, `key ${index + 1}`, TOP + lane * LANE + (index % 2) * (BAR + GAP), days, x)),
      ...(calls[user]
        ? [text(LEFT, TOP + lane * LANE + 2 * (BAR + GAP) + 8, sentence(calls[user]), 'class="faint" font-size="11"')]
        : []),
    ]),
  ]);
}

function sentence({ made, failed }: Calls): string {
  return `a process with an AWS SDK and the program aws-current-key: ${made} calls, ${failed || 'none'} failed`;
}

function legend(): string[] {
  const entry = (left: number, color: string, meaning: string) => [
    `<rect x="${left}" y="19" width="26" height="14" rx="3" fill="${color}"/>`,
    text(left + 34, 31, meaning),
  ];
  return [
    ...entry(LEFT, TONES.active, 'key is active'),
    ...entry(LEFT + 150, TONES.inactive, 'key is inactive, deleted later'),
  ];
}

function draw(bar: KeyBar, name: string, y: number, days: number, x: (day: number) => number): string[] {
  const from = x(bar.from ?? 0);
  const to = x(Math.min(bar.to ?? days, days));
  const inactiveFrom = x(Math.min(bar.inactiveFrom ?? days, bar.to ?? days, days));
  const dates = [
    bar.from === undefined ? 'older than the deployment' : `created on day ${bar.from}`,
    ...(bar.inactiveFrom === undefined ? [] : [`deactivated on day ${bar.inactiveFrom}`]),
    ...(bar.to === undefined ? [] : [`deleted on day ${bar.to}`]),
  ];
  return [
    `<g><title>${escape(`${name}: ${dates.join(', ')}`)}</title>`,
    `<rect x="${from}" y="${y}" width="${round(inactiveFrom - from)}" height="${BAR}" rx="3" fill="${TONES.active}"/>`,
    ...(to > inactiveFrom
      ? [
          `<rect x="${inactiveFrom}" y="${y}" width="${round(to - inactiveFrom)}" height="${BAR}" rx="3" fill="${TONES.inactive}"/>`,
        ]
      : []),
    ...(inactiveFrom - from > 48 ? [text(from + 6, y + 13, name, `fill="${TONES.onColor}" font-size="11"`)] : []),
    '</g>',
  ];
}
