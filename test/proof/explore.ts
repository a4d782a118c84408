/**
 * All that can happen to runs which are under way at the same time: at each moment any of them may get its next answer, and
 * each call may fail in any way, as far as the budget goes. States are met layer by layer, one call deeper each time, and
 * those that nobody can tell apart become one, with the number of ways that lead to it.
 */
import { Point } from './process';
import { Program } from './repeat';
import { World, Worlds } from './world';
import { Call, CallName, READS } from '../model/calls';
import { Broken, checkSecrecy, Wishes } from '../rotator/invariants';
import { Fault, ModelAws } from '../rotator/model';

/** What may go wrong in a history, and how often. */
export interface Budget {
  /** Calls that fail. */
  readonly faults: number;
  /** Calls that are answered with what was true before the latest write. */
  readonly stale: number;
  /** Times that a run is slow, and the clock moves. */
  readonly pauses: number;
}

export const NOTHING_GOES_WRONG: Budget = { faults: 0, stale: 0, pauses: 0 };

/** Nearly as long as Lambda lets a run take. */
const PAUSE = 4 * 60_000;

/** How a history got to where it is, last step first. */
export interface Trace {
  readonly before?: Trace;
  readonly step: () => string;
}

export type Result = 'died' | 'failed' | 'ended';

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
  readonly wishes: Wishes;
  readonly faults: readonly Fault[];
  /** Where runs begin, kept over explorations from the same state. */
  readonly roots: Map<string, Point>;
  readonly worlds: Worlds;
  readonly counts: Counts;
}

interface State extends Omit<Ended, 'results' | 'aws' | 'ways'> {
  readonly world: World;
  ways: number;
  /** Nothing where the process died. */
  readonly points: readonly (Point | undefined)[];
}

export async function explore(from: Pick<Ended, 'aws' | 'left' | 'trace' | 'ways'>, programs: readonly Program[], setting: Setting): Promise<Ended[]> {
  // Half the time would go into the stacks of injected errors.
  Error.stackTraceLimit = 0;
  const ended: Ended[] = [];
  const points = await Promise.all(programs.map((program) => root(program, from.aws, setting.roots)));
  let layer = new Map<string, State>([['', { ...from, world: setting.worlds.of(from.aws), points }]]);
  while (layer.size > 0) {
    const next = new Map<string, State>();
    for (const state of layer.values()) {
      setting.counts.states++;
      if (state.points.every((point) => !point || point.end)) ended.push(finish(state));
      else await successors(state, programs, setting, next);
    }
    layer = next;
  }
  return ended;
}

async function successors(state: State, programs: readonly Program[], setting: Setting, next: Map<string, State>): Promise<void> {
  const { world, left, points } = state;
  for (const [index, point] of points.entries()) {
    if (!point) continue;
    for (const [slot, call] of point.open.entries()) {
      for (const { fault, behind } of possible(call, world.aws, left, setting.faults)) {
        const step = () => `${programs[index].name}: ${describe(call, fault, behind)}`;
        const { to, answer } = guarded(state, step, () => world.move(call, fault, behind, setting.wishes));
        setting.counts.calls++;
        const then = fault === 'crash' ? undefined : point.known(slot, answer) ?? await point.answered(slot, answer);
        const others = [...points];
        others[index] = then;
        const less = fault || behind > 0 ? { ...left, faults: left.faults - (fault ? 1 : 0), stale: left.stale - (behind > 0 ? 1 : 0) } : left;
        add(next, to, others, less, state, step);
      }
    }
  }
  if (left.pauses > 0) add(next, world.later(PAUSE), points, { ...left, pauses: left.pauses - 1 }, state, () => '4 minutes pass');
}

function add(layer: Map<string, State>, world: World, points: State['points'], left: Budget, { ways, trace }: State, step: () => string): void {
  let key = `${world.id}|${left.faults}${left.stale}${left.pauses}`;
  // Of a run that is over, only its result matters.
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
    // A read has no effect, so it makes no difference where its answer is lost.
    for (const fault of faults) if (fault !== 'lost' || !READS.includes(call.name) || !faults.includes('unreachable')) all.push({ fault, behind: 0 });
  }
  return all;
}

function depthOf(name: CallName, { iam, secret, now }: ModelAws): number {
  switch (name) {
    case 'DescribeSecret': return secret.depth(now);
    case 'ListAccessKeys':
    case 'CreateAccessKey':
    case 'UpdateAccessKey':
    case 'DeleteAccessKey': return iam.depth(now);
    default: return 0;
  }
}

function finish(state: State): Ended {
  const { world: { aws }, points, left, ways, trace } = state;
  for (const point of points) {
    const text = point && (point.end!.error?.message ?? JSON.stringify(point.end!.outcome));
    if (text) guarded(state, () => 'the end of a run', () => checkSecrecy(text, aws));
  }
  return { aws, left, ways, trace, results: points.map(resultOf) };
}

function resultOf(point: Point | undefined): Result {
  return !point ? 'died' : point.end?.error ? 'failed' : 'ended';
}

/** Adds to a broken invariant how it came to that. */
export function guarded<T>({ trace }: { readonly trace?: Trace }, step: () => string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof Broken ? new Broken(`${error.message}\n${history({ before: trace, step })}`) : error;
  }
}

export function history(trace: Trace | undefined): string {
  const steps: string[] = [];
  for (let at = trace; at; at = at.before) steps.unshift(`  ${at.step()}`);
  return steps.join('\n');
}

async function root(program: Program, { now }: ModelAws, roots: Map<string, Point>): Promise<Point> {
  const key = `${program.name}@${now.getTime()}`;
  const known = roots.get(key) ?? await Point.start(program, now.getTime());
  roots.set(key, known);
  return known;
}

function describe(call: Call, fault: Fault | undefined, behind: number): string {
  const { name, ...args } = call;
  const what = name === 'Publish' ? JSON.stringify(call.message.attributes) : JSON.stringify(args);
  return `${name} ${what}${fault ? ` — ${fault}` : ''}${behind > 0 ? ` — ${behind} writes behind` : ''}`;
}
