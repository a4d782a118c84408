/** Draws the keys of a user: above, all keys; below, one rotation day by day, with the notifications. */
import { LINE, round, svg, text, TONES } from './theme';

/** Days since the deploy. An event that has not happened yet is undefined. */
export interface KeyLife {
  readonly from: number;
  readonly replaced?: number;
  readonly deactivated?: number;
  readonly deleted?: number;
}

export interface Notified {
  readonly day: number;
  readonly event: string;
  readonly subject: string;
}

const WIDTH = 1000;
const LEFT = 84;
const RIGHT = WIDTH - 24;
const BAR = 24;
const ROW = BAR + 8;
const TOP = 84;
const MESSAGE = 24;

/** Days shown before and after a rotation. The notifications need space on the right of their days. */
const [BEFORE, AFTER] = [5, 62];

type Scale = (day: number) => number;

export function keyLifePicture(keys: readonly KeyLife[], notified: readonly Notified[], days: number): string {
  const rotation = keys[1].from;
  const last = keys[0].deleted!;
  const messages = notified.filter(({ day }) => day >= rotation && day <= last);
  const axis = TOP + keys.length * ROW;
  const zoom = axis + 86;
  const height = zoom + 2 * ROW + 34 + messages.length * MESSAGE + 16;
  return svg({ width: WIDTH, height, label: labelOf(keys[0]) }, [
    ...legend(),
    ...overview(keys, axis, scale(0, days)),
    ...rotationInDays(keys, messages, zoom, rotation),
  ]);
}

function labelOf({ replaced, deactivated, deleted }: KeyLife): string {
  return `A key is replaced on day ${replaced}, deactivated on day ${deactivated} and deleted on day ${deleted}`;
}

function legend(): string[] {
  const entries: [number, string, string][] = [
    [LEFT, TONES.active, 'current key'],
    [LEFT + 140, TONES.previous, 'switch period: still works'],
    [LEFT + 380, TONES.inactive, 'recovery period: inactive, can be activated again'],
  ];
  return entries.flatMap(([x, tone, meaning]) => [
    `<rect x="${x}" y="22" width="26" height="14" rx="3" fill="${tone}"/>`,
    text(x + 34, 34, meaning),
  ]);
}

function overview(keys: readonly KeyLife[], axis: number, x: Scale): string[] {
  const dates = keys
    .flatMap(({ from, deactivated, deleted }) => [from, deactivated, deleted])
    .filter((day) => day !== undefined);
  return [
    text(LEFT, TOP - 16, 'The keys of one user', 'font-weight="600"'),
    ...dates.flatMap((day) => [
      `<line x1="${x(day)}" y1="${TOP - 6}" x2="${x(day)}" y2="${axis + 4}" stroke="${LINE}"/>`,
      text(x(day), axis + 20, String(day), 'text-anchor="middle" class="faint" font-size="12"'),
    ]),
    text(LEFT - 18, axis + 20, 'day', 'text-anchor="end" class="faint" font-size="12"'),
    ...keys.flatMap((key, index) => [
      text(LEFT - 18, TOP + index * ROW + 17, `key ${index + 1}`, 'text-anchor="end"'),
      ...bar(key, TOP + index * ROW, x),
    ]),
  ];
}

function rotationInDays(
  [old, next]: readonly KeyLife[],
  messages: readonly Notified[],
  top: number,
  rotation: number,
): string[] {
  const x = scale(rotation - BEFORE, rotation + AFTER);
  const first = top + 2 * ROW + 30;
  const rowOf = (index: number) => first + (messages.length - 1 - index) * MESSAGE;
  return [
    `<line x1="24" y1="${top - 44}" x2="${RIGHT}" y2="${top - 44}" stroke="${LINE}"/>`,
    text(LEFT, top - 16, 'One rotation, and the notifications to the recipients', 'font-weight="600"'),
    text(LEFT - 18, top + 17, 'key 1', 'text-anchor="end"'),
    text(LEFT - 18, top + ROW + 17, 'key 2', 'text-anchor="end"'),
    // The last notification is at the top, so that no line crosses a text.
    ...messages.map(
      ({ day }, index) => `<line x1="${x(day)}" y1="${top}" x2="${x(day)}" y2="${rowOf(index) - 4}" stroke="${LINE}"/>`,
    ),
    ...bar(
      old,
      top,
      x,
      `${old.deactivated! - old.replaced!} days to switch`,
      `${old.deleted! - old.deactivated!} days to roll back`,
    ),
    ...bar(next, top + ROW, x),
    ...messages.flatMap(({ day, event, subject }, index) => [
      `<circle cx="${x(day)}" cy="${rowOf(index) - 4}" r="4" fill="${TONES.blue}"/>`,
      `<text x="${x(day) + 12}" y="${rowOf(index)}"><tspan font-weight="600">day ${day}, ${event}:</tspan> ${subject}</text>`,
    ]),
  ];
}

function bar(
  { from, replaced, deactivated, deleted }: KeyLife,
  y: number,
  x: Scale,
  switchLabel = '',
  recoveryLabel = '',
): string[] {
  const piece = (begin: number, end: number | undefined, tone: string, label: string) =>
    begin > (end ?? Infinity)
      ? []
      : [
          `<rect x="${x(begin)}" y="${y}" width="${round(x(end ?? Infinity) - x(begin))}" height="${BAR}" rx="3" fill="${tone}"/>`,
          ...(label
            ? [
                text(
                  (x(begin) + x(end ?? Infinity)) / 2,
                  y + 16,
                  label,
                  `text-anchor="middle" fill="${TONES.onTone}" font-size="12" font-weight="600"`,
                ),
              ]
            : []),
        ];
  return [
    ...piece(from, replaced, TONES.active, ''),
    ...(replaced === undefined ? [] : piece(replaced, deactivated, TONES.previous, switchLabel)),
    ...(deactivated === undefined ? [] : piece(deactivated, deleted, TONES.inactive, recoveryLabel)),
  ];
}

/** Days outside the range are drawn at its ends. */
function scale(first: number, last: number): Scale {
  return (day) => round(LEFT + ((Math.min(Math.max(day, first), last) - first) * (RIGHT - LEFT)) / (last - first));
}
