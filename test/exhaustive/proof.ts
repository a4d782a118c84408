/**
 * The common parts of the proofs: programs of events, ends of histories in sequence, and the table of counts.
 */
import { Counts, Ended, explore, history, Move, NO_FAULTS, Setting, walk } from './engine/explore';
import { Program } from './engine/repeat';
import { Worlds } from './engine/world';
import { Rotate, RotationEvent, run } from './events';
import { Failing } from './failing';
import { Recovery } from './recovery';
import { Start } from './starts';
import { rotate } from '../../src/rotator/actions/rotate';
import { CLAIM_LIFETIME } from '../../src/rotator/domain/ledger';
import { Call, READS } from '../fake-aws/calls';
import { Fault } from '../fake-aws/fake-aws';
import { InvariantViolation } from '../fake-aws/invariants';

/** What a proof has computed from one start state. */
export class SearchFromStart {
  public readonly counts: Counts = { histories: 0, states: 0, calls: 0 };
  public readonly aftermath: Recovery;
  private readonly roots: Setting['roots'] = new Map();
  private readonly worlds = new Worlds();

  constructor(
    public readonly start: Start,
    private readonly engine?: Rotate,
  ) {
    this.aftermath = new Recovery(start, engine);
  }

  public beginning(budget: Partial<Ended['left']> = {}): Ended {
    return { aws: this.start.aws, left: { ...NO_FAULTS, ...budget }, results: [], ways: 1 };
  }

  /** All histories of these events at once. Histories with the same end are merged. */
  public async explore(
    from: Ended,
    events: readonly RotationEvent[],
    label: string,
    faults: readonly Fault[] = [],
  ): Promise<Ended[]> {
    return this.named(async () =>
      merged(await explore(from, this.programs(events, label), this.setting(events, faults))),
    );
  }

  /** One of the histories of these events at once. */
  public async walk(
    from: Ended,
    events: readonly RotationEvent[],
    faults: readonly Fault[],
    choose: (moves: readonly Move[]) => Move,
  ): Promise<Ended> {
    return this.named(() => walk(from, this.programs(events, ''), this.setting(events, faults), choose));
  }

  /** The end when these events come one after the other and no call fails. */
  public async inSequence(events: readonly RotationEvent[]): Promise<string> {
    let at = this.beginning();
    for (const [index, event] of events.entries()) [at] = await this.explore(at, [event], `${index + 1}. `);
    return this.aftermath.of(at);
  }

  /** The end when these events come one after the other and each fails in a way of its own. */
  public async inFailure(
    events: readonly { readonly event: RotationEvent; readonly fails: Failing }[],
  ): Promise<string> {
    let at = this.beginning();
    for (const [index, { event, fails }] of events.entries()) {
      const attempt = new SearchFromStart(this.start, (request, tools) => rotate(request, fails(tools)));
      [at] = await attempt.explore(later(at, index * CLAIM_LIFETIME), [event], 'fails: ');
    }
    return this.aftermath.of(at);
  }

  /** @throws InvariantViolation if the end of the history is not allowed */
  public async judge(ended: Ended, allowed: ReadonlySet<string>): Promise<void> {
    this.counts.histories += ended.ways;
    const end = await this.aftermath.of(ended);
    if (!allowed.has(end)) {
      throw new InvariantViolation(
        `${this.start.name}: ends with "${end}" instead of "${[...allowed].join('" or "')}"\n${history(ended.trace)}`,
      );
    }
  }

  private async named<T>(proof: () => Promise<T>): Promise<T> {
    try {
      return await proof();
    } catch (error) {
      throw error instanceof InvariantViolation
        ? new InvariantViolation(`${this.start.name}: ${error.message}`)
        : error;
    }
  }

  private setting(events: readonly RotationEvent[], faults: readonly Fault[]): Setting {
    const revokes = events.filter((event) => !isNotification(event));
    const named = revokes.map(({ names }) => names?.(this.start.aws));
    const areChecks = events.every(({ ifDue, duringDeploy }) => ifDue && !duringDeploy);
    const requests = {
      ...this.start.requests,
      leaked: (keyId: string) => named.includes(keyId),
      closed: areChecks ? this.start.requests.closed : undefined,
    };
    const check = revokes.length === 0 ? checkNotifiesOnly : undefined;
    return { requests, faults, check, roots: this.roots, worlds: this.worlds, counts: this.counts };
  }

  private programs(events: readonly RotationEvent[], label: string): Program[] {
    return events.map((event, index) => this.program(event, events.length > 1 ? `${label}${'ABC'[index]}` : label));
  }

  /** An event, and an owner of the secret who writes another field at any point of its run. */
  public async exploreWithEdit(from: Ended, event: RotationEvent, faults: readonly Fault[] = []): Promise<Ended[]> {
    const edit: Program = {
      name: 'edit',
      polls: this.start.aws.polls,
      run: (_tools, callAws) => callAws({ name: 'EditFields', host: 'edited' }),
    };
    const programs = [this.program(event, ''), edit];
    return this.named(async () => merged(await explore(from, programs, this.setting([event], faults))));
  }

  private program(event: RotationEvent, label: string): Program {
    return {
      name: `${label}${event.name}`,
      polls: this.start.aws.polls,
      keepsOutcome: event.report !== undefined,
      run: (tools) => run(event, this.start.aws, this.start.settings, tools, this.engine),
    };
  }
}

/** A report about which people are only notified. */
function isNotification({ report, like }: RotationEvent): boolean {
  return report !== undefined && !like;
}

function checkNotifiesOnly(call: Call): void {
  const isRecord = call.name === 'UpdateSecretVersionStage' && /^akr1\.(exposed|suspected)\./.test(call.label);
  if (isRecord || call.name === 'Publish' || READS.includes(call.name)) return;
  throw new InvariantViolation(`a report that only notifies calls ${JSON.stringify(call)}`);
}

export function merged(all: readonly Ended[]): Ended[] {
  const different = new Map<string, Ended>();
  for (const ended of all) {
    const { left, results, aws } = ended;
    const key = `${left.faults}${left.stale}${left.pauses}${left.slow}${results.join()}${aws.fingerprint()}`;
    const same = different.get(key);
    different.set(key, same ? { ...same, ways: same.ways + ended.ways } : ended);
  }
  return [...different.values()];
}

/** The same state at a later time, by the clock of the model. */
export function later(ended: Ended, ms: number): Ended {
  const aws = ended.aws.clone();
  aws.now = new Date(aws.now.getTime() + ms);
  return { ...ended, aws };
}

/** Continues after a broken invariant, and reports all of them at the end, each with its shortest history. */
export class Findings {
  private readonly found: string[] = [];

  public async unlessBroken(prove: () => Promise<void>): Promise<void> {
    try {
      await prove();
    } catch (error) {
      if (!(error instanceof InvariantViolation)) throw error;
      this.found.push(error.message);
    }
  }

  /** @throws InvariantViolation if any was found */
  public report(): void {
    if (this.found.length > 0) {
      throw new InvariantViolation(`${this.found.length} broken:\n\n${this.found.slice(0, 100).join('\n\n')}`);
    }
  }
}

/** One line for each kind of history. */
export class Tally {
  private readonly rows = new Map<string, Counts & { ends: number }>();

  /** @param title - which part of the search the table counts */
  constructor(private readonly title: string = '') {}

  public add(
    kind: string,
    { counts, aftermath }: { readonly counts: Counts; readonly aftermath: { readonly size: number } },
  ): void {
    const { histories, states, calls, ends } = this.of(kind);
    this.rows.set(kind, {
      histories: histories + counts.histories,
      states: states + counts.states,
      calls: calls + counts.calls,
      ends: ends + aftermath.size,
    });
  }

  public of(kind: string): Counts & { ends: number } {
    return this.rows.get(kind) ?? { histories: 0, states: 0, calls: 0, ends: 0 };
  }

  public print(): void {
    const figure = (value: number) => value.toLocaleString('en').padStart(16);
    const lines = [...this.rows].map(
      ([kind, { histories, states, calls, ends }]) =>
        `${kind.padEnd(48)}${[histories, states, calls, ends].map(figure).join('')}`,
    );
    const head = `${''.padEnd(48)}${['histories', 'states', 'calls', 'ends'].map((name) => name.padStart(16)).join('')}`;
    process.stdout.write(`${[this.title, head, ...lines].join('\n')}\n`);
  }
}
