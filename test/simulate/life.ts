/** Plays a history: every daily check of a user, and whatever disturbs them. */
import {
  Requested,
  Disturbance,
  ExistingKey,
  TimedDisturbance,
  History,
  maxDelayFor,
  Intervention,
  WhichKey,
} from './history';
import { changeManually, pick } from './manual-changes';
import { Oracle } from './oracle';
import { settle } from './resolve';
import { Tally } from './tally';
import { DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { Action, Command, COMMANDS } from '../../src/contract/events';
import { Outcome } from '../../src/contract/outcome';
import { rotate } from '../../src/rotator/actions/rotate';
import { AwsCallFailed } from '../../src/rotator/aws/call';
import { RotationRequest } from '../../src/rotator/domain/user-state';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';
import { Fault, ModelAws } from '../fake-aws/fake-aws';
import { SECRET_PREFIX } from '../fake-aws/iam';
import { firings, request } from '../rotator/support';

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** The rules' times of day are the same on every day. */
const DAILY = [...firings(RotationTrigger.eventBridgeRules(), DEFAULT_AGES, 1)];

/** IAM's lists and STS within a minute, the last use within hours. */
const LAGS = { lists: 60_000, sts: 12_000, uses: 4 * HOUR };

/**
 * What a call takes, and for how long DescribeSecret may be one write behind: the answer to the next call may be old.
 */
const CALL = 100;
const STALE = 150;

/** A program signs with its key every so many days. */
const PROGRAM = 3;

/** The keys that a user has at its adoption are as old as this. */
const OLD = 200 * DAY;
const USED: Record<ExistingKey, number | undefined> = {
  'used lately': DAY,
  'used long ago': 120 * DAY,
  'never used': undefined,
  inactive: undefined,
};

/** Of a key that the user never had. */
const NO_KEY = 'AKIANOBODY0000000000';

interface Planned {
  readonly at: number;
  readonly asked: Requested;
}

interface Program {
  readonly keyId: string;
  readonly until: number;
  next: number;
}

export class Life {
  public readonly aws = new ModelAws();
  public readonly judge: Oracle;
  /** What went wrong first. */
  public violation?: string;
  /** What the last report of a block said. */
  public report?: string;
  private readonly extra: Planned[] = [];
  private programs: Program[] = [];
  private faults: { fault: Fault; call: number }[] = [];
  private outageUntil = 0;
  private snsDownUntil = 0;
  /** Of the Lambda's clock, which nobody may look at: IAM's Date is the judge. */
  private skew = 0;
  private lost = 0;
  private maxDelayDays: number;
  /** What the rules ask: thousands of times the same, until a deploy. */
  private readonly questions = new Map<Action, RotationRequest>();
  /** Runs mix. */
  private atOnceNow = false;
  private late: number[] = [];
  private again: number[] = [];

  /** @param engine - the rotator, or one that lacks something, to see that it is missed */
  constructor(
    private readonly history: History,
    private readonly tally: Tally,
    private readonly engine: typeof rotate = rotate,
  ) {
    this.judge = new Oracle(this.aws, history.ages, history);
    this.maxDelayDays = history.maxDelayDays;
    for (const had of history.had) this.had(had);
    this.aws.now = new Date(START);
    if (history.lags) this.aws.iam.lags = LAGS;
    if (history.stale) this.aws.secret.lag = STALE;
    this.aws.pause = this.latency;
    this.aws.polls = history.lags;
  }

  /** @returns what went wrong, if anything did */
  public async play(): Promise<string | undefined> {
    const { days, happenings } = this.history;
    const real = { clock: Date.now, write: process.stdout.write };
    Date.now = () => this.aws.now.getTime() + this.skew;
    process.stdout.write = (line: string | Uint8Array) => {
      if (String(line).includes(SECRET_PREFIX)) this.fail(`invariant 8: a secret is logged: ${line}`);
      return true;
    };
    try {
      await this.event(this.request('create')); // the deploy
      const upcoming = [...happenings].sort((a, b) => b.day - a.day);
      for (let day = 0; day < days && !this.violation; day++) {
        for (const { at, action } of DAILY) {
          const time = day * DAY + at;
          if (upcoming.length > 0 || this.extra.length > 0) await this.before(time, upcoming);
          await this.check(time, action);
          if (this.violation) break;
        }
      }
      if (!this.violation) await this.end(days);
    } finally {
      Date.now = real.clock;
      process.stdout.write = real.write;
    }
    this.tally.days += (this.aws.now.getTime() - START) / DAY;
    return this.violation;
  }

  private get latency(): ModelAws['pause'] {
    return this.history.stale
      ? async () => {
          this.aws.now = new Date(this.aws.now.getTime() + CALL);
        }
      : undefined;
  }

  private had(had: ExistingKey): void {
    this.aws.now = new Date(START - OLD);
    const keyId = this.aws.makeKey(false, had !== 'inactive');
    const used = USED[had];
    if (used !== undefined) this.aws.person.use(keyId, new Date(START - used));
  }

  /** A check as a rule asks it, or a command, with nothing in its way. */
  public async ask(time: number, asked: Requested): Promise<Outcome | undefined> {
    this.passTo(time);
    return this.event(this.request(asked));
  }

  public fail(what: string): void {
    this.violation ??= what;
  }

  /** @returns what that person then asks the Lambda for */
  public person(what: Intervention): Requested | undefined {
    const done = changeManually(
      this.aws,
      what,
      this.judge.unmanaged(),
      what.do === 'as the report says' ? this.report : this.aws.sent.at(-1)?.text,
    );
    if (!done) return undefined;
    this.tally.count(this.tally.interventions, what.do);
    if (what.do === 'as the report says') this.report = undefined;
    return done === 'done' ? undefined : done;
  }

  /** Whatever comes before that time: disturbances, and checks that are late or come again. */
  private async before(time: number, upcoming: TimedDisturbance[]): Promise<void> {
    for (;;) {
      const happening = upcoming.at(-1);
      const planned = this.extra.reduce<Planned | undefined>(
        (first, other) => (first && first.at <= other.at ? first : other),
        undefined,
      );
      const next = Math.min(happening ? happening.day * DAY : Infinity, planned ? planned.at : Infinity);
      if (next > time || this.violation) return;
      this.passTo(next);
      if (planned?.at === next) {
        this.extra.splice(this.extra.indexOf(planned), 1);
        await this.event(this.request(planned.asked));
      } else {
        upcoming.pop();
        await this.happen(happening!, next);
      }
    }
  }

  private async check(time: number, action: Action): Promise<void> {
    if (time < this.outageUntil) return;
    if (this.lost > 0) {
      this.lost--;
      return;
    }
    const late = this.late.shift();
    if (late !== undefined) {
      this.extra.push({ at: time + late, asked: action });
      return;
    }
    const again = this.again.shift();
    if (again !== undefined) this.extra.push({ at: time + again, asked: action });
    this.passTo(time);
    if (time >= this.snsDownUntil) this.aws.snsIsDown = false;
    if (this.programs.length > 0) this.usePrograms(time);
    await this.event(this.question(action));
  }

  private async happen(what: Disturbance, time: number): Promise<void> {
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
        this.lost++;
        break;
      case 'the next check comes late':
        this.late.push(what.hours * HOUR);
        break;
      case 'the next check comes again':
        this.again.push(what.minutes * MINUTE);
        break;
      case 'ask':
        await this.event(this.request(what.asked, !what.byHand, what.dryRun));
        break;
      case 'a program uses': {
        const keyId = pick(this.aws, what.key, this.judge.unmanaged());
        if (keyId) this.programs.push({ keyId, until: time + what.days * DAY, next: time });
        break;
      }
      case 'at once':
        await this.atOnce(what);
        break;
      case 'deploy':
        this.judge.ages = what.ages;
        this.maxDelayDays = maxDelayFor(what.ages, this.history.maxDelayDays);
        this.questions.clear();
        await this.event(this.request('create')); // the first-key resource asks on every deploy that changes it
        break;
      case "the Lambda's clock is wrong":
        this.skew = what.minutes * MINUTE;
        break;
      default: {
        const asks = this.person(what);
        if (asks) await this.event(this.request(asks, false));
        return;
      }
    }
    this.tally.count(this.tally.disturbances, what.do);
  }

  /**
   * Runs whose calls mix. Each call takes some seconds, so that all of them stay within the time that Lambda gives a
   * run.
   */
  private async atOnce({ asked, person, order }: Extract<Disturbance, { do: 'at once' }>): Promise<void> {
    const waiting: (() => void)[] = [];
    let random = order;
    const draw = (count: number) => {
      random = (random * 75 + 74) % 65_537;
      return Math.floor(random / 7) % count;
    };
    this.atOnceNow = true;
    this.aws.pause = () => new Promise((resolve) => waiting.push(resolve));
    const runs: Promise<unknown>[] = [];
    let running = 0;
    const run = (what: Requested, ifDue: boolean) => {
      running++;
      runs.push(
        this.event(this.request(what, ifDue)).finally(() => {
          running--;
        }),
      );
    };
    for (const what of asked) run(what, true);
    let personActsIn = person ? draw(12) : -1;
    while (running > 0) {
      await new Promise(setImmediate);
      if (personActsIn-- === 0) {
        this.judge.raceFrom = this.aws.trail;
        const asks = this.person(person!);
        if (asks) run(asks, false);
      }
      if (waiting.length === 0) continue;
      this.passTo(this.aws.now.getTime() - START + draw(4) * 1_000);
      waiting.splice(draw(waiting.length), 1)[0]();
    }
    this.aws.pause = this.latency;
    this.atOnceNow = false;
    this.judge.raceFrom = undefined;
    await Promise.all(runs);
  }

  private async event(asked: RotationRequest): Promise<Outcome | undefined> {
    const [planned] = this.faults.splice(0, 1);
    let index = 0;
    const { aws } = this;
    const tools = aws.tools();
    aws.calls.length = 0;
    // Of events that come at once, one may fail; which calls are its own, nobody asks.
    if (planned || !this.atOnceNow) {
      aws.faultAt = planned && (() => (index++ === planned.call ? this.strike(planned.fault) : undefined));
    }
    this.tally.checks++;
    if (asked.accessKeyId && !asked.dryRun) this.judge.leaked.add(asked.accessKeyId);
    const {
      iam: { keys },
      secret: { labels },
      sent,
    } = aws;
    let outcome: Outcome | undefined;
    try {
      outcome = await this.engine(asked, tools);
      if (outcome.outcome === 'blocked' && !asked.dryRun) this.report = outcome.message;
      this.tally.count(this.tally.outcomes, outcome.outcome);
    } catch (error) {
      this.tally.failures++;
      if (!planned) this.unexpected(error as Error);
    }
    const isDryRun = (asked.dryRun || asked.action === 'status') && !this.atOnceNow;
    if (isDryRun && (aws.iam.keys !== keys || aws.secret.labels !== labels || aws.sent !== sent)) {
      this.fail(`a question changed something: ${JSON.stringify(asked)}`);
    }
    if (planned || !this.atOnceNow) aws.faultAt = undefined;
    this.violation ??= this.judge.violation;
    return outcome;
  }

  /** Without a fault, nothing may fail, unless others are at it at the same time, or the answers are old. */
  private unexpected(error: Error): void {
    if (this.atOnceNow) return;
    // A list that lags does not show the key that somebody just made, either.
    if ((this.history.stale || this.history.lags) && error instanceof AwsCallFailed && error.rejected) return;
    this.fail(`a check without any fault failed: ${error.message}`);
  }

  private usePrograms(time: number): void {
    this.programs = this.programs.filter(({ until }) => until > time);
    for (const program of this.programs) {
      if (program.next > time || !this.aws.keys.get(program.keyId)?.active) continue;
      this.aws.person.use(program.keyId);
      program.next += PROGRAM * DAY;
    }
  }

  private strike(fault: Fault): Fault {
    this.tally.count(this.tally.faults, fault);
    return fault;
  }

  private async end(days: number): Promise<void> {
    this.faults = [];
    this.extra.length = 0;
    this.aws.snsIsDown = false;
    await settle(this, days * DAY, DAILY);
  }

  private question(action: Action): RotationRequest {
    const known = this.questions.get(action) ?? this.request(action);
    this.questions.set(action, known);
    return known;
  }

  private request(asked: Requested, ifDue = true, dryRun = false): RotationRequest {
    const [action, whose] = asked.split(' ') as [RotationRequest['action'], WhichKey | undefined];
    const { retireExistingKeys, retireUnmanagedKeys } = this.history;
    const settings = { retireExistingKeys, retireUnmanagedKeys, maxDelayDays: this.maxDelayDays, dryRun };
    return request(action, this.judge.ages, ifDue && !COMMANDS.includes(action as Command), {
      ...settings,
      ...(whose && { accessKeyId: pick(this.aws, whose, this.judge.unmanaged()) ?? NO_KEY }),
    });
  }

  /** Time never runs backwards. */
  private passTo(time: number): void {
    if (START + time > this.aws.now.getTime()) this.aws.now = new Date(START + time);
  }
}
