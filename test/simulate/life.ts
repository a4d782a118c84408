/** Plays a history: every daily check of a user, and the disturbances. */
import { DailyChecks, dailyChecks } from './daily-checks';
import {
  RequestedAction,
  Disturbance,
  ExistingKey,
  TimedDisturbance,
  History,
  maxDelayFor,
  START,
  windowFor,
  Intervention,
  WhichKey,
} from './history';
import { changeManually, pick } from './manual-changes';
import { Oracle } from './oracle';
import { settle } from './resolve';
import { Tally } from './tally';
import { DAY } from '../../src/contract/ages';
import { closedReason, WindowSettings } from '../../src/contract/change-window';
import { CheckTimes } from '../../src/contract/check-times';
import { Action, ACTIONS, Command, COMMANDS } from '../../src/contract/events';
import { Outcome } from '../../src/contract/outcome';
import { stableHash } from '../../src/private/hash';
import { rotate } from '../../src/rotator/actions/rotate';
import { AwsCallFailed } from '../../src/rotator/aws/call';
import { causeOf } from '../../src/rotator/domain/failure';
import { RotationRequest } from '../../src/rotator/domain/user-state';
import { longestClosedDays } from '../../src/schedule/closed-days';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';
import { Fault, ModelAws } from '../fake-aws/fake-aws';
import { SECRET_PREFIX } from '../fake-aws/iam';
import { request } from '../rotator/support';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Milliseconds until IAM and STS return a change. */
const LAGS = { lists: 60_000, sts: 12_000, uses: 4 * HOUR };

/**
 * Milliseconds of a call, and for which DescribeSecret may be one write behind: the response to the next call may be
 * stale.
 */
const CALL_DURATION = 100;
const STALE_FOR = 150;

/** Days between two uses of a key by a program. */
const PROGRAM_INTERVAL = 3;

/** The age of existing keys at the first deployment. */
const EXISTING_KEY_AGE = 200 * DAY;
const LAST_USED: Record<ExistingKey, number | undefined> = {
  'recently used': DAY,
  'used long ago': 120 * DAY,
  'never used': undefined,
  inactive: undefined,
};

/** The ID of a key that does not exist. */
const UNKNOWN_KEY = 'AKIANOBODY0000000000';

interface PlannedCheck {
  readonly at: number;
  readonly action: RequestedAction;
}

interface Program {
  readonly keyId: string;
  readonly until: number;
  next: number;
}

export class Life {
  public readonly aws = new ModelAws();
  public readonly oracle: Oracle;
  /** The first violation. */
  public violation?: string;
  /** The last report of a blocked rotation. */
  public report?: string;
  private readonly plannedChecks: PlannedCheck[] = [];
  private programs: Program[] = [];
  private faults: { fault: Fault; call: number }[] = [];
  private outageUntil = 0;
  private snsDownUntil = 0;
  /** Milliseconds by which the function's clock is wrong. The rotation must use the clock of IAM. */
  private clockSkew = 0;
  private checksToLose = 0;
  private maxDelayDays: number;
  private window: WindowSettings | undefined;
  private checkTimes!: CheckTimes;
  private checksOf!: DailyChecks;
  /** The requests of the rules, cached until the next deployment. */
  private readonly ruleRequests = new Map<Action, RotationRequest>();
  /** Whether concurrent runs are playing. */
  private isConcurrent = false;
  private delays: number[] = [];
  private repeatDelays: number[] = [];

  /** @param engine - the rotator, or a defective one that the invariants must detect */
  constructor(
    private readonly history: History,
    private readonly tally: Tally,
    private readonly engine: typeof rotate = rotate,
  ) {
    this.oracle = new Oracle(this.aws, history.ages, history);
    this.maxDelayDays = history.maxDelayDays;
    this.useWindow();
    for (const key of history.existingKeys) this.createExistingKey(key);
    this.aws.now = new Date(START);
    if (history.lags) this.aws.iam.lags = LAGS;
    if (history.stale) this.aws.secret.lag = STALE_FOR;
    this.aws.pause = this.latency;
    this.aws.polls = history.lags;
  }

  /** @returns the first violation, if any */
  public async play(): Promise<string | undefined> {
    const { days, disturbances } = this.history;
    const original = { clock: Date.now, write: process.stdout.write };
    Date.now = () => this.aws.now.getTime() + this.clockSkew;
    process.stdout.write = (line: string | Uint8Array) => {
      if (String(line).includes(SECRET_PREFIX)) this.fail(`invariant 8: a secret is logged: ${line}`);
      return true;
    };
    try {
      await this.handle(this.request('create')); // the first deployment
      const upcoming = [...disturbances].sort((a, b) => b.day - a.day);
      for (let day = 0; day < days && !this.violation; day++) {
        for (const { time, action } of this.checksOf(day)) {
          if (upcoming.length > 0 || this.plannedChecks.length > 0) await this.playUntil(time, upcoming);
          await this.check(time, action);
          if (this.violation) break;
        }
      }
      if (!this.violation) await this.end(days);
    } finally {
      Date.now = original.clock;
      process.stdout.write = original.write;
    }
    this.tally.days += (this.aws.now.getTime() - START) / DAY;
    return this.violation;
  }

  private useWindow(): void {
    this.window = windowFor(this.oracle.ages, this.maxDelayDays, this.history.window);
    this.checkTimes = RotationTrigger.eventBridgeScheduler()._checkTimes(stableHash('alice'), this.window)!;
    this.checksOf = dailyChecks(this.checkTimes);
  }

  private get latency(): ModelAws['pause'] {
    return this.history.stale
      ? async () => {
          this.aws.now = new Date(this.aws.now.getTime() + CALL_DURATION);
        }
      : undefined;
  }

  private createExistingKey(kind: ExistingKey): void {
    this.aws.now = new Date(START - EXISTING_KEY_AGE);
    const keyId = this.aws.makeKey(false, kind !== 'inactive');
    const sinceUse = LAST_USED[kind];
    if (sinceUse !== undefined) this.aws.person.use(keyId, new Date(START - sinceUse));
  }

  /** A check of a rule or a command, without a disturbance. */
  public async invoke(time: number, action: RequestedAction): Promise<Outcome | undefined> {
    this.passTo(time);
    return this.handle(this.request(action));
  }

  public fail(what: string): void {
    this.violation ??= what;
  }

  /** @returns the action that the person then invokes, if any */
  public intervene(what: Intervention): RequestedAction | undefined {
    const done = changeManually(
      this.aws,
      what,
      this.oracle.unmanaged(),
      what.do === 'follow the report' ? this.report : this.aws.sent.at(-1)?.text,
    );
    if (!done) return undefined;
    this.tally.count(this.tally.interventions, what.do);
    if (what.do === 'follow the report') this.report = undefined;
    return done === 'done' ? undefined : done;
  }

  /** Plays the disturbances and the late or repeated checks up to a time. */
  private async playUntil(time: number, upcoming: TimedDisturbance[]): Promise<void> {
    for (;;) {
      const disturbance = upcoming.at(-1);
      const planned = this.plannedChecks.reduce<PlannedCheck | undefined>(
        (first, other) => (first && first.at <= other.at ? first : other),
        undefined,
      );
      const next = Math.min(disturbance ? disturbance.day * DAY : Infinity, planned ? planned.at : Infinity);
      if (next > time || this.violation) return;
      this.passTo(next);
      if (planned?.at === next) {
        this.plannedChecks.splice(this.plannedChecks.indexOf(planned), 1);
        await this.handle(this.request(planned.action));
      } else {
        upcoming.pop();
        await this.disturb(disturbance!, next);
      }
    }
  }

  private async check(time: number, action: Action): Promise<void> {
    if (time < this.outageUntil) return;
    if (this.checksToLose > 0) {
      this.checksToLose--;
      return;
    }
    const delay = this.delays.shift();
    if (delay !== undefined) {
      this.plannedChecks.push({ at: time + delay, action });
      return;
    }
    const repeatDelay = this.repeatDelays.shift();
    if (repeatDelay !== undefined) this.plannedChecks.push({ at: time + repeatDelay, action });
    this.passTo(time);
    if (time >= this.snsDownUntil) this.aws.snsIsDown = false;
    if (this.programs.length > 0) this.usePrograms(time);
    await this.handle(this.ruleRequest(action));
  }

  private async disturb(what: Disturbance, time: number): Promise<void> {
    switch (what.do) {
      case 'fault':
        this.faults.push(what);
        return;
      case 'outage':
        this.outageUntil = Math.max(this.outageUntil, time + what.days * DAY);
        break;
      case 'SNS is down':
        this.aws.snsIsDown = true;
        this.snsDownUntil = Math.max(this.snsDownUntil, time + what.days * DAY);
        break;
      case 'the next check is lost':
        this.checksToLose++;
        break;
      case 'the next check comes late':
        this.delays.push(what.hours * HOUR);
        break;
      case 'the next check comes again':
        this.repeatDelays.push(what.minutes * MINUTE);
        break;
      case 'invoke':
        await this.handle(this.request(what.action, !what.byHand, what.dryRun));
        break;
      case 'a program uses': {
        const keyId = pick(this.aws, what.key, this.oracle.unmanaged());
        if (keyId) this.programs.push({ keyId, until: time + what.days * DAY, next: time });
        break;
      }
      case 'at once':
        await this.atOnce(what);
        break;
      case 'deploy':
        this.oracle.ages = what.ages;
        this.maxDelayDays = maxDelayFor(what.ages, this.history.maxDelayDays);
        this.useWindow();
        this.ruleRequests.clear();
        await this.handle(this.request('create')); // the custom resource for the first key invokes it
        break;
      case "the Lambda's clock is wrong":
        this.clockSkew = what.minutes * MINUTE;
        break;
      default: {
        const action = this.intervene(what);
        if (action) await this.handle(this.request(action, false));
        return;
      }
    }
    this.tally.count(this.tally.disturbances, what.do);
  }

  /**
   * Concurrent runs whose calls interleave. Each call takes up to 3 seconds, so that all runs end before the function's
   * timeout.
   */
  private async atOnce({ actions, intervention, order }: Extract<Disturbance, { do: 'at once' }>): Promise<void> {
    const waiting: (() => void)[] = [];
    let random = order;
    const draw = (count: number) => {
      random = (random * 75 + 74) % 65_537;
      return Math.floor(random / 7) % count;
    };
    this.isConcurrent = true;
    const areChecks = actions.every((action) => (ACTIONS as readonly string[]).includes(action));
    this.oracle.closed = areChecks && !intervention && this.isClosed();
    this.aws.pause = () => new Promise((resolve) => waiting.push(resolve));
    const runs: Promise<unknown>[] = [];
    let running = 0;
    const run = (action: RequestedAction, ifDue: boolean) => {
      running++;
      runs.push(
        this.handle(this.request(action, ifDue)).finally(() => {
          running--;
        }),
      );
    };
    for (const action of actions) run(action, true);
    let intervenesIn = intervention ? draw(12) : -1;
    while (running > 0) {
      await new Promise(setImmediate);
      if (intervenesIn-- === 0) {
        this.oracle.raceFrom = this.aws.clone();
        const action = this.intervene(intervention!);
        if (action) run(action, false);
      }
      if (waiting.length === 0) continue;
      this.passTo(this.aws.now.getTime() - START + draw(4) * 1_000);
      waiting.splice(draw(waiting.length), 1)[0]();
    }
    this.aws.pause = this.latency;
    this.isConcurrent = false;
    this.oracle.raceFrom = undefined;
    await Promise.all(runs);
  }

  private async handle(rotationRequest: RotationRequest): Promise<Outcome | undefined> {
    const [planned] = this.faults.splice(0, 1);
    let index = 0;
    const { aws } = this;
    const tools = aws.tools();
    aws.calls.length = 0;
    // Of concurrent events, one may have a fault; the index then counts the calls of all of them.
    if (planned || !this.isConcurrent) {
      aws.faultAt = planned && (() => (index++ === planned.call ? this.injectFault(planned.fault) : undefined));
    }
    this.tally.checks++;
    if (!this.isConcurrent) {
      this.oracle.closed = rotationRequest.ifDue && this.isClosed();
    }
    if (rotationRequest.accessKeyId && !rotationRequest.dryRun) this.oracle.leaked.add(rotationRequest.accessKeyId);
    const {
      iam: { keys },
      secret: { labels },
      sent,
    } = aws;
    let outcome: Outcome | undefined;
    try {
      outcome = await this.engine(rotationRequest, tools);
      if (outcome.outcome === 'blocked' && !rotationRequest.dryRun) this.report = outcome.message;
      this.tally.count(this.tally.outcomes, outcome.outcome);
    } catch (error) {
      this.tally.failures++;
      if (!planned) this.unexpected(error as Error);
    }
    const isDryRun = (rotationRequest.dryRun || rotationRequest.action === 'status') && !this.isConcurrent;
    if (isDryRun && (aws.iam.keys !== keys || aws.secret.labels !== labels || aws.sent !== sent)) {
      this.fail(`a dry run or status changed something: ${JSON.stringify(rotationRequest)}`);
    }
    if (planned || !this.isConcurrent) aws.faultAt = undefined;
    this.violation ??= this.oracle.violation;
    return outcome;
  }

  /** Without a fault, no event may fail, except for concurrent events and stale responses. */
  private unexpected(error: Error): void {
    if (this.isConcurrent) return;
    // After an attempt that failed, a check that comes again starts none.
    if (causeOf(error) === 'RecentFailure') return;
    // A stale list also misses a key that was just created outside the rotation.
    if ((this.history.stale || this.history.lags) && error instanceof AwsCallFailed && error.rejected) return;
    this.fail(`a check without a fault failed: ${error.message}`);
  }

  private usePrograms(time: number): void {
    this.programs = this.programs.filter(({ until }) => until > time);
    for (const program of this.programs) {
      if (program.next > time || !this.aws.keys.get(program.keyId)?.active) continue;
      this.aws.person.use(program.keyId);
      program.next += PROGRAM_INTERVAL * DAY;
    }
  }

  private isClosed(): boolean {
    return this.window !== undefined && closedReason(this.window, this.aws.now.getTime()) !== undefined;
  }

  private injectFault(fault: Fault): Fault {
    this.tally.count(this.tally.faults, fault);
    return fault;
  }

  private async end(days: number): Promise<void> {
    this.faults = [];
    this.plannedChecks.length = 0;
    this.aws.snsIsDown = false;
    await settle(this, days, this.checksOf, this.window ? longestClosedDays(this.window) : 0);
  }

  private ruleRequest(action: Action): RotationRequest {
    const cached = this.ruleRequests.get(action) ?? this.request(action);
    this.ruleRequests.set(action, cached);
    return cached;
  }

  private request(requestedAction: RequestedAction, ifDue = true, dryRun = false): RotationRequest {
    const [action, detail] = requestedAction.split(' ') as [RotationRequest['action'], WhichKey | 'now' | undefined];
    const byHand = detail === 'now' || COMMANDS.includes(action as Command);
    const { retireExistingKeys, retireUnmanagedKeys, smtp } = this.history;
    const settings = {
      retireExistingKeys,
      retireUnmanagedKeys,
      maxDelayDays: this.maxDelayDays,
      dryRun,
      checkTimes: this.checkTimes,
      sesSmtpRegions: smtp ? ['eu-west-1'] : [],
    };
    return request(action, this.oracle.ages, ifDue && !byHand, {
      ...settings,
      ...(detail
        && detail !== 'now' && { accessKeyId: pick(this.aws, detail, this.oracle.unmanaged()) ?? UNKNOWN_KEY }),
    });
  }

  /** Moves the time forward, never back. */
  private passTo(time: number): void {
    if (START + time > this.aws.now.getTime()) this.aws.now = new Date(START + time);
  }
}
