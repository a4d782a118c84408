/**
 * Places in a run. What a run does depends on nothing but its answers, so a place in it is known by them: no place is
 * computed twice, and to get to one by another way, the run is repeated from its start with the answers known by then.
 * Two things more make places equal, and both are not believed but checked on `WITNESSES` other ways to each place:
 * - of calls that wait at the same time, it makes no difference which is answered first;
 * - when the rotator reads everything anew to decide on the next step, it remembers of the steps before only whether a
 *   message could not be sent, and what it did to keys itself.
 */
import { Answer, Answered, End, Program, Repeat } from './repeat';
import { Call } from '../../fake-aws/calls';
import { identity } from '../../fake-aws/identity';

const WITNESSES = 1;

let points = 0;

/** What a place is made from. */
interface Way {
  readonly program: Program;
  readonly startedAt: number;
  readonly path: readonly Answered[];
  /** The places of this run by what it can remember. */
  readonly places: Map<string, Point>;
  /** What it remembers from before it read everything anew, and what came since. */
  readonly memory: string;
  readonly since: readonly string[];
  readonly muted: boolean;
  /** Keys, and what it made of them. */
  readonly writes: Readonly<Record<string, string>>;
}

export class Point {
  public static async start(program: Program, startedAt: number): Promise<Point> {
    const way = { program, startedAt, path: [], places: new Map(), memory: '', since: [], muted: false, writes: {} };
    return new Point(way, await Repeat.of(program, startedAt, []));
  }

  public readonly id = ++points;
  /** The calls that wait for an answer: more than one where the rotator asks for several things at once. */
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

  /** Where an answer leads, if that is known by now. */
  public known(slot: number, answer: Answer): Point | undefined {
    return this.next.get(`${slot}${named(answer)}`);
  }

  public async answered(slot: number, answer: Answer): Promise<Point> {
    const { program, startedAt, path, places, memory, since, muted, writes } = this.way;
    const call = this.open[slot];
    const live = this.live ?? (await Repeat.of(program, startedAt, path));
    this.live = undefined;
    const answered = { slot, answer, waiting: this.open.length };
    await live.give(answered);
    for (const witness of this.witnesses) {
      if (looks(await Repeat.of(program, startedAt, [...witness, answered])) !== looks(live)) {
        throw new Error('a run remembers more than the search thinks');
      }
    }

    const way = {
      program,
      startedAt,
      places,
      path: [...path, answered],
      muted: muted || (call.name === 'Publish' && answer.error !== undefined),
      writes: answer.error ? writes : { ...writes, ...writeOf(call) },
    };
    const anew = readsAnew(live.open(), call);
    const remembered = anew
      ? { memory: `anew ${way.muted}${JSON.stringify(Object.entries(way.writes).sort())}`, since: [] }
      : { memory, since: [...since, `${identity(call, JSON.stringify)}${named(answer)}`].sort() };
    const place = `${remembered.memory}/${remembered.since.join()}`;
    let point = places.get(place);
    if (!point) {
      point = new Point({ ...way, ...remembered }, live);
      places.set(place, point);
    } else {
      if (point.looks() !== looks(live)) throw new Error('a run remembers more than the search thinks');
      if (point.witnesses.length < WITNESSES && point.next.size === 0) point.witnesses.push(way.path);
    }
    this.next.set(`${slot}${named(answer)}`, point);
    return point;
  }

  private looks(): string {
    return JSON.stringify([this.open, this.end?.outcome, this.end?.error?.message]);
  }
}

function looks(run: Repeat): string {
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

/** Not so after a claim: then it reads to see that nothing has changed. */
function readsAnew(open: readonly Call[], after: Call): boolean {
  const [first, ...more] = open.map(({ name }) => name);
  return (
    first === 'ListAccessKeys'
    && (more.length === 0 || more.join() === 'DescribeSecret')
    && after.name !== 'PutSecretValue'
  );
}

function named({ value, error, at }: Answer): string {
  if (error) return `@${at}${error.code}${error.rejected}`;
  return `@${at}=${typeof value === 'object' && value !== null ? contents(value) : value}`;
}

/** Lists and descriptions are looked at once: the model gives the same object where nothing has changed. */
function contents(value: object): string {
  return Object.values(value)
    .map((part) => (typeof part === 'object' ? identity(part, JSON.stringify) : part))
    .join();
}
