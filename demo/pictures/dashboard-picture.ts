/** Draws a CloudWatch dashboard from its body and its data. */
import { LINE, round, svg, text, TONES } from './theme';

export interface DashboardBody {
  readonly widgets: readonly Widget[];
}

interface Widget {
  readonly type: string;
  /** Place and size in units of the grid, which is 24 wide. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly stacked?: boolean;
    /** Namespace, name, names and values of the dimensions, and options. */
    readonly metrics?: readonly (readonly [...string[], MetricOptions])[];
    readonly annotations?: { readonly horizontal?: readonly Line[] };
  };
}

interface MetricOptions {
  readonly label: string;
  readonly stat: string;
}

interface Line {
  readonly value: number;
  readonly label: string;
  readonly color: string;
}

export interface Alarm {
  readonly name: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
}

export interface DashboardData {
  /** Begin and end of the data, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /**
   * The value of a metric for each day, if it has one. `metric` has the namespace, the name, and the names and values
   * of the dimensions.
   */
  readonly daily: (metric: readonly string[], statistic: string) => readonly (number | undefined)[];
  /** The results of a query, by the title of its widget: the names of the columns, then the rows. */
  readonly tables: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly alarms: readonly Alarm[];
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Series {
  readonly label: string;
  readonly color: string;
  readonly values: readonly (number | undefined)[];
}

const DAY = 86_400_000;
const COLUMN = 50;
const ROW = 34;
const GAP = 6;
const CHARACTER = 6.3;
const LINE_HEIGHT = 19;

const PALETTE = ['#4184e4', '#e5534b', '#2da44e', '#a475f9', '#d18616', '#39a5b5', '#c9518a', '#9198a1'];
const STATES = { OK: TONES.active, ALARM: TONES.red, INSUFFICIENT_DATA: '#6e7781' };

export function dashboardPicture({ widgets }: DashboardBody, data: DashboardData): string {
  const width = 24 * COLUMN;
  const height = ROW * Math.max(...widgets.map((widget) => widget.y + widget.height));
  return svg(
    { width, height, label: 'The dashboard of a rotation', fontSize: 11 },
    widgets.flatMap((widget) => drawWidget(widget, data)),
  );
}

function drawWidget(widget: Widget, data: DashboardData): string[] {
  const [left, top] = [widget.x * COLUMN + GAP / 2, widget.y * ROW + GAP / 2];
  const [width, height] = [widget.width * COLUMN - GAP, widget.height * ROW - GAP];
  const { title = '' } = widget.properties;
  const inner: Box = { left: left + 12, top: top + 34, right: left + width - 12, bottom: top + height - 10 };
  return [
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="6" fill="none" stroke="${LINE}"/>`,
    text(left + 12, top + 21, title, 'font-weight="600" font-size="13"'),
    ...drawContent(widget, inner, data),
  ];
}

function drawContent({ type, properties }: Widget, box: Box, data: DashboardData): string[] {
  switch (type) {
    case 'alarm':
      return drawAlarms(data.alarms, box);
    case 'log':
      return drawTable(data.tables[properties.title ?? ''] ?? [], box);
    case 'metric':
      return drawGraph(properties, box, data);
    default:
      return [];
  }
}

function drawAlarms(alarms: readonly Alarm[], { left, top, right }: Box): string[] {
  const width = (right - left + GAP) / alarms.length;
  return alarms.flatMap(({ name, state }, index) => {
    const x = left + index * width;
    return [
      `<rect x="${round(x)}" y="${top}" width="${round(width - GAP)}" height="46" rx="4" fill="${STATES[state]}"/>`,
      text(x + 10, top + 19, name, `fill="${TONES.onColor}" font-weight="600"`),
      text(x + 10, top + 36, state, `fill="${TONES.onColor}"`),
    ];
  });
}

function drawTable(rows: readonly (readonly string[])[], { left, top, right, bottom }: Box): string[] {
  const visible = rows.slice(0, Math.floor((bottom - top) / LINE_HEIGHT));
  if (visible.length === 0) return [];
  const needed = visible[0].map((_, column) => (Math.max(...visible.map((row) => row[column].length)) + 3) * CHARACTER);
  const lefts = needed.map((_, column) => left + needed.slice(0, column).reduce((sum, width) => sum + width, 0));
  return visible.flatMap((row, index) => {
    const y = top + index * LINE_HEIGHT + 13;
    return [
      ...row.map((cell, column) => {
        const maxLength = Math.floor((right - lefts[column]) / CHARACTER);
        return text(
          lefts[column],
          y,
          cell.length > maxLength ? `${cell.slice(0, maxLength - 1)}…` : cell,
          index === 0 ? 'font-weight="600"' : '',
        );
      }),
      `<line x1="${left}" y1="${y + 6}" x2="${right}" y2="${y + 6}" stroke="${LINE}" stroke-width="0.5"/>`,
    ];
  });
}

function drawGraph(
  { metrics = [], annotations, stacked = false }: Widget['properties'],
  box: Box,
  data: DashboardData,
): string[] {
  const all = metrics
    .map((metric, index): Series => {
      const { label, stat } = metric.at(-1) as MetricOptions;
      return {
        label,
        color: PALETTE[index % PALETTE.length],
        values: data.daily(metric.slice(0, -1) as string[], stat),
      };
    })
    .filter(({ values }) => values.some((value) => value !== undefined));
  const lines = annotations?.horizontal ?? [];
  const graph: Box = { ...box, left: box.left + 26, top: box.top + 6, bottom: box.bottom - 36 };
  // The highest series first, so that it does not hide the others.
  const series = stacked ? stack(all).reverse() : all;
  const largest = Math.max(
    1,
    ...lines.map(({ value }) => value),
    ...series.flatMap(({ values }) => values.map((value) => value ?? 0)),
  );
  const step = niceStep(largest);
  const top = Math.ceil((largest * 1.05) / step) * step;
  const y = (value: number) => round(graph.bottom - (value / top) * (graph.bottom - graph.top));
  const x = (at: number) => round(graph.left + ((at - data.from) / (data.to - data.from)) * (graph.right - graph.left));
  return [
    ...drawAxes(graph, { top, step, x, y }, data),
    ...series.flatMap(({ values, color }) =>
      partsOf(values).map((points) =>
        drawLine(
          points.map(([day, value]) => [x(data.from + (day + 0.5) * DAY), y(value)]),
          color,
          stacked ? y(0) : undefined,
        ),
      ),
    ),
    ...lines.flatMap(({ value, label, color }) => [
      `<line x1="${graph.left}" y1="${y(value)}" x2="${graph.right}" y2="${y(value)}" stroke="${color}" stroke-dasharray="5 4"/>`,
      text(graph.left + 6, y(value) - 3, label, `fill="${color}"`),
    ]),
    ...drawLegend(all, box),
  ];
}

interface Scales {
  readonly top: number;
  readonly step: number;
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
}

function drawAxes({ left, right, bottom }: Box, { top, step, x, y }: Scales, { from, to }: DashboardData): string[] {
  const values = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  const months = firstsOfMonths(from, to);
  const rare = months.filter((_, index) => index % Math.ceil((months.length * 34) / (right - left)) === 0);
  return [
    ...values.flatMap((value) => [
      `<line x1="${left}" y1="${y(value)}" x2="${right}" y2="${y(value)}" stroke="${LINE}" stroke-width="0.5"/>`,
      text(left - 6, y(value) + 4, `${value}`, 'text-anchor="end"'),
    ]),
    ...rare.map((at) =>
      text(x(at), bottom + 14, new Date(at).toLocaleString('en', { month: 'short', timeZone: 'UTC' })),
    ),
  ];
}

/**
 * Leaves out points on a straight line between their neighbors: they only add size.
 *
 * @param ground - the lower end of the filled area; undefined if the area is not filled
 */
function drawLine(points: readonly (readonly [number, number])[], color: string, ground?: number): string {
  const bends = points.filter(([x, y], index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    return !before || !after || Math.abs((y - before[1]) * (after[0] - x) - (after[1] - y) * (x - before[0])) > 0.15;
  });
  const [first, last] = [bends[0], bends.at(-1)!];
  // A single point is drawn as a dot.
  const line = bends.length === 1 ? [first, first] : bends;
  const area = ground === undefined ? [] : [[last[0], ground], [first[0], ground], first];
  const path = [...line, ...area].map(([x, y]) => `${x},${y}`).join(' ');
  return `<polyline points="${path}" fill="${ground === undefined ? 'none' : color}" stroke="${color}" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/>`;
}

function drawLegend(series: readonly Series[], { left, bottom }: Box): string[] {
  if (series.length === 0) return [text(left, bottom - 2, 'no data')];
  const widths = series.map(({ label }) => label.length * CHARACTER + 22);
  return series.flatMap(({ label, color }, index) => {
    const x = left + widths.slice(0, index).reduce((sum, width) => sum + width, 0);
    return [`<circle cx="${round(x + 4)}" cy="${bottom - 6}" r="4" fill="${color}"/>`, text(x + 13, bottom - 2, label)];
  });
}

/** Adds to each series the series before it. */
function stack(series: readonly Series[]): Series[] {
  return series.map((one, index) => ({
    ...one,
    values: one.values.map((_, day) => {
      const values = series.slice(0, index + 1).map(({ values: below }) => below[day]);
      return values.every((value) => value === undefined)
        ? undefined
        : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    }),
  }));
}

/** Consecutive days with values. */
function partsOf(values: readonly (number | undefined)[]): (readonly [number, number])[][] {
  const parts: (readonly [number, number])[][] = [];
  values.forEach((value, day) => {
    if (value === undefined) return;
    if (day === 0 || values[day - 1] === undefined) parts.push([]);
    parts.at(-1)!.push([day, value]);
  });
  return parts;
}

function firstsOfMonths(from: number, to: number): number[] {
  const [year, month] = [new Date(from).getUTCFullYear(), new Date(from).getUTCMonth()];
  return Array.from({ length: Math.ceil((to - from) / (28 * DAY)) + 1 }, (_, index) =>
    Date.UTC(year, month + index, 1),
  ).filter((at) => at >= from && at < to);
}

function niceStep(largest: number): number {
  return [1, 2, 5, 10, 20, 25, 50, 100, 250, 500, 1_000].find((step) => largest / step <= 6) ?? 10_000;
}
