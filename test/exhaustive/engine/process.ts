/**
 * Points in a run. A run depends only on its answers, so the answers identify a point, and no point is computed twice.
 * To continue from a point, the run is repeated from its start with the answers up to there.
 *
 * Two rules make more points equal. Both are checked, on `WITNESSES` other ways to each point:
 * - of calls that wait at the same time, the order of the answers makes no difference;
 * - when the rotator reads the state again to decide the next step, it keeps from earlier steps only whether a
 *   notification could not be sent, and what it did to keys itself.
 */
import { Answer, Answered, End, Program, Repeat } from './repeat';
import { Call } from '../../fake-aws/calls';
import { identity } from '../../fake-aws/identity';

const WITNESSES = 1;

let pointCount = 0;

/** How a run gets to a point. */
interface Way {
  readonly program: Program;
  readonly startedAt: number;
  readonly path: readonly Answered[];
  /** The points of this run, by what it keeps. */
  readonly points: Map<string, Point>;
  /** What it keeps from before the latest read of the state, and the answers since then. */
  readonly memory: string;
  readonly since: readonly string[];
  readonly muted: boolean;
  /** The last change of each key by this run. */
  readonly writes: Readonly<Record<string, string>>;
}

export class Point {
  public static async start(program: Program, startedAt: number): Promise<Point> {
    const way = { program, startedAt, path: [], points: new Map(), memory: '', since: [], muted: false, writes: {} };
    return new Point(way, await Repeat.of(program, startedAt, []));
  }

  public readonly id = ++pointCount;
  /** The calls that wait for an answer: more than one where the rotator makes several calls at once. */
  public readonly open: readonly Call[];
  public readonly end: End | undefined;
  private readonly next = new Map<string, Point>();
  private readonly witnesses: (readonly Answered[])[] = [];
  private live: Repeat | undefined;

  private constructor(
    private readonly way: Way,
    live: Repeat,
  ) {
    this.open = live.open();
    this.end = live.end;
    this.live = live;
  }

  /** The point after an answer, if it was computed before. */
  public known(slot: number, answer: Answer): Point | undefined {
    return this.next.get(`${slot}${named(answer)}`);
  }

  public async answered(slot: number, answer: Answer): Promise<Point> {
    const { program, startedAt, path, points, memory, since, muted, writes } = this.way;
    const call = this.open[slot];
    const live = this.live ?? (await Repeat.of(program, startedAt, path));
    this.live = undefined;
    const answered = { slot, answer, waiting: this.open.length };
    await live.give(answered);
    for (const witness of this.witnesses) {
      if (signature(await Repeat.of(program, startedAt, [...witness, answered])) !== signature(live)) {
        throw new Error('a run keeps more state than the search assumes');
      }
    }

    const isNewRead = !program.keepsOutcome && readsStateAgain(live.open(), call);
    const way = {
      program,
      startedAt,
      points,
      path: [...path, answered],
      muted: muted || (call.name === 'Publish' && answer.error !== undefined),
      writes: answer.error ? writes : { ...writes, ...writeOf(call) },
    };
    const kept = isNewRead
      ? { memory: `read ${way.muted}${JSON.stringify(Object.entries(way.writes).sort())}`, since: [] }
      : { memory, since: [...since, `${occurrence(call, since)}${named(answer)}`].sort() };
    const pointKey = `${kept.memory}/${kept.since.join()}`;
    let point = points.get(pointKey);
    if (!point) {
      point = new Point({ ...way, ...kept }, live);
      points.set(pointKey, point);
    } else {
      if (point.signature() !== signature(live)) throw new Error('a run keeps more state than the search assumes');
      if (point.witnesses.length < WITNESSES && point.next.size === 0) point.witnesses.push(way.path);
    }
    this.next.set(`${slot}${named(answer)}`, point);
    return point;
  }

  private signature(): string {
    return JSON.stringify([this.open, this.end?.outcome, this.end?.error?.message]);
  }
}

/** A call, and how many of the same were answered before. */
function occurrence(call: Call, since: readonly string[]): string {
  const same = `${identity(call, JSON.stringify)}#`;
  return `${same}${since.filter((earlier) => earlier.startsWith(same)).length}`;
}

function signature(run: Repeat): string {
  return JSON.stringify([run.open(), run.end?.outcome, run.end?.error?.message]);
}

function writeOf(call: Call): Record<string, string> {
  switch (call.name) {
    case 'UpdateAccessKey':
      return { [call.keyId]: call.active ? 'active' : 'inactive' };
    case 'DeleteAccessKey':
      return { [call.keyId]: 'deleted' };
    default:
      return {};
  }
}

/** Not after a claim, nor after a read of the secret: such reads are for the step that is under way. */
function readsStateAgain(open: readonly Call[], { name: after }: Call): boolean {
  const [first, ...more] = open.map(({ name }) => name);
  const isForStep = ['PutSecretValue', 'DescribeSecret', 'GetSecretValue'].includes(after);
  return !isForStep && first === 'ListAccessKeys' && (more.length === 0 || more.join() === 'DescribeSecret');
}

function named({ value, error, at }: Answer): string {
  if (error) return `@${at}${error.code}${error.rejected}`;
  return `@${at}=${typeof value === 'object' && value !== null ? contents(value) : value}`;
}

/** Lists and descriptions are serialized once: the model returns the same object while they are unchanged. */
function contents(value: object): string {
  return Object.values(value)
    .map((part) => (typeof part === 'object' ? identity(part, JSON.stringify) : part))
    .join();
}
