/**
 * All histories of runs that are active at the same time. In each state, any run can get its next answer, and each call
 * can fail in any way, within the budget. The search visits states layer by layer, one call deeper each time. Equal
 * states are merged, with the number of ways that lead to them.
 */
import { Point } from './process';
import { Program } from './repeat';
import { World, Worlds } from './world';
import { Call, CallName, READS } from '../../fake-aws/calls';
import { Fault, ModelAws } from '../../fake-aws/fake-aws';
import { InvariantViolation, checkSecrecy, CallerRequests } from '../../fake-aws/invariants';

/** Which failures a history may have, and how many. */
export interface Budget {
  /** Calls that fail. */
  readonly faults: number;
  /** Calls with an answer from before the latest write. */
  readonly stale: number;
  /** Pauses of a run, in which the clock moves. */
  readonly pauses: number;
}

export const NO_FAULTS: Budget = { faults: 0, stale: 0, pauses: 0 };

/** In milliseconds: nearly the timeout of the function. */
const PAUSE = 4 * 60_000;

/** The steps of a history, last step first. */
export interface Trace {
  readonly before?: Trace;
  readonly step: () => string;
}

export type Result = 'crashed' | 'failed' | 'ended';

export interface Ended {
  readonly aws: ModelAws;
  readonly results: readonly Result[];
  readonly left: Budget;
  readonly ways: number;
  readonly trace?: Trace;
}

export interface Counts {
  histories: number;
  states: number;
  calls: number;
}

export interface Setting {
  readonly requests: CallerRequests;
  readonly faults: readonly Fault[];
  /** The first points of runs, kept for all explorations from the same state. */
  readonly roots: Map<string, Point>;
  readonly worlds: Worlds;
  readonly counts: Counts;
}

interface State extends Omit<Ended, 'results' | 'aws' | 'ways'> {
  readonly world: World;
  ways: number;
  /** Undefined for a process that crashed. */
  readonly points: readonly (Point | undefined)[];
}

export async function explore(
  from: Pick<Ended, 'aws' | 'left' | 'trace' | 'ways'>,
  programs: readonly Program[],
  setting: Setting,
): Promise<Ended[]> {
  const ended: Ended[] = [];
  let layer = new Map<string, State>([['', await begin(from, programs, setting)]]);
  while (layer.size > 0) {
    const next = new Map<string, State>();
    for (const state of layer.values()) {
      setting.counts.states++;
      if (isOver(state)) ended.push(finish(state));
      else for (const move of moves(state, programs, setting)) add(next, await move.make(), state);
    }
    layer = next;
  }
  return ended;
}

/** One history instead of all: `choose` selects each next move. */
export async function walk(
  from: Pick<Ended, 'aws' | 'left' | 'trace' | 'ways'>,
  programs: readonly Program[],
  setting: Setting,
  choose: (moves: readonly Move[]) => Move,
): Promise<Ended> {
  let state = await begin(from, programs, setting);
  while (!isOver(state)) {
    setting.counts.states++;
    const { world, points, left, step } = await choose([...moves(state, programs, setting)]).make();
    state = { world, points, left, ways: 1, trace: { before: state.trace, step } };
  }
  return finish(state);
}

async function begin(
  from: Pick<Ended, 'aws' | 'left' | 'trace' | 'ways'>,
  programs: readonly Program[],
  { roots, worlds }: Setting,
): Promise<State> {
  // The stack traces of injected errors would take half of the time.
  Error.stackTraceLimit = 0;
  return {
    ...from,
    world: worlds.of(from.aws),
    points: await Promise.all(programs.map((program) => root(program, from.aws, roots))),
  };
}

function isOver({ points }: State): boolean {
  return points.every((point) => !point || point.end);
}

/** One of the next steps of a state. */
export interface Move {
  readonly isFailure: boolean;
  readonly make: () => Promise<Next>;
}

interface Next extends Pick<State, 'world' | 'points' | 'left'> {
  readonly step: Trace['step'];
}

function* moves(state: State, programs: readonly Program[], setting: Setting): Generator<Move> {
  const { world, left, points } = state;
  for (const [index, point] of points.entries()) {
    if (!point) continue;
    for (const [slot, call] of point.open.entries()) {
      for (const { fault, behind } of possible(call, world.aws, left, setting.faults)) {
        const step = () => `${programs[index].name}: ${describe(call, fault, behind)}`;
        const less =
          fault || behind > 0
            ? { ...left, faults: left.faults - (fault ? 1 : 0), stale: left.stale - (behind > 0 ? 1 : 0) }
            : left;
        const make = async () => {
          const { to, answer } = guarded(state, step, () => world.move(call, fault, behind, setting.requests));
          setting.counts.calls++;
          const others = [...points];
          others[index] =
            fault === 'crash' ? undefined : (point.known(slot, answer) ?? (await point.answered(slot, answer)));
          return { world: to, points: others, left: less, step };
        };
        yield { isFailure: less !== left, make };
      }
    }
  }
  if (left.pauses > 0) {
    const make = async () => ({
      world: world.later(PAUSE),
      points,
      left: { ...left, pauses: left.pauses - 1 },
      step: () => '4 minutes pass',
    });
    yield { isFailure: true, make };
  }
}

function add(layer: Map<string, State>, { world, points, left, step }: Next, { ways, trace }: State): void {
  let key = `${world.id}|${left.faults}${left.stale}${left.pauses}`;
  // For a run that has ended, only its result matters.
  for (const point of points) key += `,${!point || point.end ? resultOf(point) : point.id}`;
  const same = layer.get(key);
  if (same) same.ways += ways;
  else layer.set(key, { world, points, left, ways, trace: { before: trace, step } });
}

interface Possibility {
  readonly fault?: Fault;
  readonly behind: number;
}

function possible(call: Call, aws: ModelAws, left: Budget, faults: readonly Fault[]): Possibility[] {
  const all: Possibility[] = [{ behind: 0 }];
  if (call.name === 'Sleep') return all;
  if (left.stale > 0) {
    for (let behind = 1; behind <= depthOf(call.name, aws); behind++) all.push({ behind });
  }
  if (left.faults > 0) {
    // A read has no effect: a lost answer is the same as a call that was not made.
    const isSame = READS.includes(call.name) && faults.includes('unreachable');
    for (const fault of faults) {
      if (fault === 'lost' && isSame) continue;
      if (fault === 'lagging' && !aws.canLag(call)) continue;
      all.push({ fault, behind: 0 });
    }
  }
  return all;
}

function depthOf(name: CallName, { iam, secret, now }: ModelAws): number {
  switch (name) {
    case 'DescribeSecret':
      return secret.depth(now);
    case 'ListAccessKeys':
    case 'CreateAccessKey':
    case 'UpdateAccessKey':
    case 'DeleteAccessKey':
      return iam.depth(now);
    default:
      return 0;
  }
}

function finish(state: State): Ended {
  const {
    world: { aws },
    points,
    left,
    ways,
    trace,
  } = state;
  for (const point of points) {
    const text = point && (point.end!.error?.message ?? JSON.stringify(point.end!.outcome));
    if (text) {
      guarded(
        state,
        () => 'the end of a run',
        () => checkSecrecy(text),
      );
    }
  }
  return { aws, left, ways, trace, results: points.map(resultOf) };
}

function resultOf(point: Point | undefined): Result {
  return !point ? 'crashed' : point.end?.error ? 'failed' : 'ended';
}

/** Adds the history to the message of a broken invariant. */
export function guarded<T>({ trace }: { readonly trace?: Trace }, step: () => string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof InvariantViolation
      ? new InvariantViolation(`${error.message}\n${history({ before: trace, step })}`)
      : error;
  }
}

export function history(trace: Trace | undefined): string {
  const steps: string[] = [];
  for (let at = trace; at; at = at.before) steps.unshift(`  ${at.step()}`);
  return steps.join('\n');
}

async function root(program: Program, { now }: ModelAws, roots: Map<string, Point>): Promise<Point> {
  const key = `${program.name}@${now.getTime()}`;
  const known = roots.get(key) ?? (await Point.start(program, now.getTime()));
  roots.set(key, known);
  return known;
}

function describe(call: Call, fault: Fault | undefined, behind: number): string {
  const { name, ...args } = call;
  const what = name === 'Publish' ? JSON.stringify(call.message.attributes) : JSON.stringify(args);
  return `${name} ${what}${fault ? ` — ${fault}` : ''}${behind > 0 ? ` — ${behind} writes behind` : ''}`;
}
