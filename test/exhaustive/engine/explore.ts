/**
 * All histories of runs that are active at the same time. In each state, any run can get its next answer, and each call
 * can fail in any way, within the budget. The search visits states layer by layer, one call deeper each time. Equal
 * states are merged, with the number of ways that lead to them.
 */
import { Point } from './process';
import { Answer, Program } from './repeat';
import { World, Worlds } from './world';
import { RUN_MINUTES } from '../../../src/contract/settings';
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
  /** Calls of a run that take as long as another run sleeps. Without them, no run waits while another makes calls. */
  readonly slow: number;
}

export const NO_FAULTS: Budget = { faults: 0, stale: 0, pauses: 0, slow: 0 };

/** In milliseconds: nearly the timeout of the function. */
const PAUSE = 4 * 60_000;

/** The steps of a history, last step first. */
export interface Trace {
  readonly before?: Trace;
  readonly step: () => string;
}

/** Lambda repeats a run that crashed, and one that gives no answer for this reason. */
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
  /** Called after each call with the results of the runs before it. @throws InvariantViolation */
  readonly check?: (call: Call, answer: Answer, results: readonly (Result | undefined)[]) => void;
}

interface State extends Omit<Ended, 'results' | 'aws' | 'ways'> {
  readonly world: World;
  ways: number;
  /** Undefined for a process that crashed. */
  readonly points: readonly (Point | undefined)[];
  /** When Lambda ends the runs, by the clock of the model. */
  readonly endsAt: number;
  /** The slow call, as the points of the other runs. */
  readonly slowAt?: string;
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
    const { world, points, left, slowAt, step } = await choose([...moves(state, programs, setting)]).make();
    state = { ...state, world, points, left, slowAt, ways: 1, trace: { before: state.trace, step } };
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
    endsAt: from.aws.now.getTime() + RUN_MINUTES * 60_000,
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

interface Next extends Pick<State, 'world' | 'points' | 'left' | 'slowAt'> {
  readonly step: Trace['step'];
}

function* moves(state: State, programs: readonly Program[], setting: Setting): Generator<Move> {
  const { world, left, points, endsAt, slowAt } = state;
  if (world.aws.now.getTime() >= endsAt) {
    const make = async () => ({
      world,
      points: points.map((point) => (point?.end ? point : undefined)),
      left,
      step: () => 'Lambda ends the runs',
    });
    yield { isFailure: false, make };
    return;
  }
  for (const [index, point] of points.entries()) {
    if (!point) continue;
    for (const [slot, call] of point.open.entries()) {
      const slow = call.name === 'Sleep' ? busyApartFrom(point, points) : slowAt;
      const isSlowAgain = slow !== undefined && slow !== slowAt;
      if (isSlowAgain && left.slow === 0) continue;
      for (const { fault, behind } of possible(call, world.aws, left, setting.faults)) {
        const step = () => `${programs[index].name}: ${describe(call, fault, behind)}`;
        const less =
          fault || behind > 0 || isSlowAgain
            ? {
                ...left,
                faults: left.faults - (fault ? 1 : 0),
                stale: left.stale - (behind > 0 ? 1 : 0),
                slow: left.slow - (isSlowAgain ? 1 : 0),
              }
            : left;
        const make = async () => {
          const { to, answer } = guarded(state, step, () => world.move(call, fault, behind, setting.requests));
          setting.counts.calls++;
          guarded(state, step, () =>
            setting.check?.(
              call,
              answer,
              points.map((one) => (!one || one.end ? resultOf(one) : undefined)),
            ),
          );
          const others = [...points];
          others[index] =
            fault === 'crash' ? undefined : (point.known(slot, answer) ?? (await point.answered(slot, answer)));
          return { world: to, points: others, left: less, slowAt: slow ?? slowAt, step };
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

function add(
  layer: Map<string, State>,
  { world, points, left, slowAt, step }: Next,
  { ways, trace, endsAt }: State,
): void {
  let key = `${world.id}|${left.faults}${left.stale}${left.pauses}${left.slow}${slowAt ?? ''}`;
  // For a run that has ended, only its result matters.
  for (const point of points) key += `,${!point || point.end ? resultOf(point) : point.id}`;
  const same = layer.get(key);
  if (same) same.ways += ways;
  else layer.set(key, { world, points, left, slowAt, ways, endsAt, trace: { before: trace, step } });
}

/** The points of the other runs, if one of them has a call other than Sleep without an answer. */
function busyApartFrom(own: Point, points: State['points']): string | undefined {
  const busy = points.filter((point) => point && point !== own && point.open.some(({ name }) => name !== 'Sleep'));
  return busy.length > 0 ? busy.map((point) => point!.id).join() : undefined;
}

interface Possibility {
  readonly fault?: Fault;
  readonly behind: number;
}

function possible(call: Call, aws: ModelAws, left: Budget, faults: readonly Fault[]): Possibility[] {
  const all: Possibility[] = [{ behind: 0 }];
  if (call.name === 'Sleep' || call.name === 'EditFields') return all;
  if (left.stale > 0) {
    for (let behind = 1; behind <= depthOf(call.name, aws); behind++) all.push({ behind });
  }
  if (left.faults > 0) {
    // A read has no effect: a lost answer is the same as a call that was not made.
    const isSame = READS.includes(call.name) && faults.includes('unreachable');
    for (const fault of faults) {
      if (fault === 'lost' && isSame) continue;
      if (fault === 'lagging' && !aws.canLag(call)) continue;
      if (fault === 'forged' && aws.secret.holder('AWSCURRENT') === undefined) continue;
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
  const error = point?.end?.error;
  return !point || error?.name === 'RepeatNeeded' ? 'crashed' : error ? 'failed' : 'ended';
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
