/** Years of simulated time on the local AWS, with faults between the bundled function and AWS, checked by a watcher. */
import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { DAY } from './key-history';
import type { Ages, Plan, SoakUser } from './soak-users';
import { type Violation, Watcher } from './watcher';
import { AccessKeyRotationProps, RotatedUserProps, RotationSchedule, RotationTrigger, UserStacks } from '../../src';
import { LocalAws, userArn } from '../end-to-end/support';
import type { Fault } from '../local-aws/emulator';
import { Trigger, TRIGGERS } from '../local-aws/triggers';

export interface SoakOptions {
  readonly users: readonly SoakUser[];
  readonly plan: Plan;
  /** The seed of the faults. */
  readonly seed: number;
  /** The share of calls with which a series of faults begins. */
  readonly rate: number;
  /** The check interval in days. */
  readonly checkEveryDays?: number;
  readonly trigger?: Trigger;
  readonly onDay?: (report: SoakReport, watcher: Watcher) => void;
}

/** More users need user stacks: a stack can have 59 to 68. */
const USERS_IN_ONE_STACK = 50;
const USERS_PER_STACK = 40;

export interface SoakReport {
  readonly users: number;
  days: number;
  outageDays: number;
  blackouts: number;
  redeploys: number;
  /** Events of rules or schedules. */
  checks: number;
  /** Observations of a user by the watcher. */
  observations: number;
  logEvents: number;
  faults: Record<Fault, number>;
  /** Runs with a fault, those of them that failed, and events that failed three times. */
  disturbedRuns: number;
  failedRuns: number;
  deadLetters: number;
  keyEvents: Record<string, number>;
  violations: readonly Violation[];
}

/** After this number of days, the logs are searched and deleted. */
const LOG_DAYS = 30;

/** At this rate every call fails, except those between two series of faults. */
const BLACKOUT = 10;

/** Days without faults at the end, in which all steps must be finished. */
const UNDISTURBED_DAYS = 3;

/** The error of a repetition in the pause after a failed attempt, so that Lambda repeats it once more. */
const TOO_EARLY = /: the attempt of .* failed, and what it left is removed; a check from /;

export class Soak {
  public static async start(options: SoakOptions): Promise<Soak> {
    return new Soak(await LocalAws.start(), options);
  }

  public readonly watcher: Watcher;
  public readonly report: SoakReport;
  private readonly turns = new Map<string, number>();

  private constructor(
    public readonly aws: LocalAws,
    private readonly options: SoakOptions,
  ) {
    this.watcher = new Watcher(aws, options.users, (user) => userArn(user.name, user.path), options.checkEveryDays);
    this.report = {
      users: options.users.length,
      days: 0,
      outageDays: 0,
      blackouts: 0,
      redeploys: 0,
      checks: 0,
      observations: 0,
      logEvents: 0,
      faults: { throttled: 0, unavailable: 0, unreachable: 0, lost: 0, killed: 0 },
      disturbedRuns: 0,
      failedRuns: 0,
      deadLetters: 0,
      keyEvents: {},
      violations: this.watcher.violations,
    };
  }

  public async run(): Promise<SoakReport> {
    const { plan, seed, rate } = this.options;
    await this.begin();
    await this.aws.emulator.faults({ seed, rate });
    while (this.report.days < plan.days) {
      await this.nextDay();
    }
    await this.aws.emulator.faults({ rate: 0 });
    for (let day = 0; day < UNDISTURBED_DAYS; day++) {
      await this.day();
    }
    await this.searchLogs();
    return this.report;
  }

  /** The first deploy, without faults. */
  public async begin(): Promise<void> {
    const { emulator } = this.aws;
    for (const { name, path, adoptedWith } of this.options.users.filter((user) => user.adoptedWith !== undefined)) {
      for (const keyId of await this.aws.makeUser(name, adoptedWith!, path)) {
        this.watcher.adopt(name, keyId, await emulator.now());
      }
    }
    await emulator.journal(); // the watcher has the existing keys
    await this.deploy();
    await this.watcher.observe();
    await emulator.advanceTo(midnightAfter(await emulator.now()));
  }

  /** The planned events of the day, and then its checks. */
  private async nextDay(): Promise<void> {
    const { emulator } = this.aws;
    const {
      rate,
      plan: { outages, blackouts, redeploys },
    } = this.options;
    const outage = outages.get(this.report.days);
    if (outage) {
      const end = new Date((await emulator.now()).getTime() + outage * DAY);
      await emulator.skipTo(midnightAfter(new Date(end.getTime() - DAY)));
      this.options.users.forEach(({ name }) => this.watcher.disturbed(name, end));
      this.report.days += outage;
      this.report.outageDays += outage;
    }
    if (redeploys.has(this.report.days)) {
      this.report.redeploys++;
      await emulator.faults({ rate: 0 });
      await this.deploy(this.options.users.filter((_user, index) => index % 3 === this.report.redeploys % 3));
      await emulator.faults({ rate });
    }
    if (blackouts.has(this.report.days)) {
      this.report.blackouts++;
      await emulator.faults({ rate: BLACKOUT });
      await this.day();
      await emulator.faults({ rate });
    } else {
      await this.day();
    }
  }

  /** One day of checks, and an observation of each user. */
  public async day(): Promise<void> {
    const { emulator } = this.aws;
    this.report.checks += await emulator.advanceTo(midnightAfter(await emulator.now()));
    this.report.days++;
    await this.checkRuns();
    await this.watcher.observe();
    this.report.observations = this.watcher.observations;
    this.report.keyEvents = this.watcher.keyEvents();
    if (this.report.days % LOG_DAYS === 0) {
      await this.searchLogs();
    }
    this.options.onDay?.(this.report, this.watcher);
  }

  /** A run may fail only because of a fault: its own, or that of the attempt which it would repeat too early. */
  private async checkRuns(): Promise<void> {
    const now = await this.aws.emulator.now();
    const { counts, runs } = await this.aws.emulator.faults();
    this.report.faults = counts;
    const failed = new Set<unknown>();
    for (const { event, faults, error } of runs) {
      const user = event.username as string;
      if (faults.length > 0) {
        this.report.disturbedRuns++;
        this.watcher.disturbed(user, now);
      }
      if (error && faults.length === 0 && !TOO_EARLY.test(error)) {
        this.watcher.report(user, now, `a run failed without a fault: ${error}`);
      } else if (error) {
        this.report.failedRuns++;
        failed.add(user);
      }
    }
    for (const letter of (await this.aws.deadLetters()) as { username: string }[]) {
      this.report.deadLetters++;
      if (!failed.has(letter.username)) {
        this.watcher.report(letter.username, now, `a dead letter without a failed run: ${JSON.stringify(letter)}`);
      }
    }
  }

  private async searchLogs(): Promise<void> {
    const now = await this.aws.emulator.now();
    const events = await this.aws.emulator.logs({ forget: true });
    this.report.logEvents += events.length;
    this.watcher.findSecrets(events.map(({ message }) => message).join('\n'), 'the logs', now);
    for (const { message } of events) {
      if (message.includes('"outcome":"blocked"')) {
        this.watcher.report(JSON.parse(message).username, now, `a user is blocked: ${message}`);
      }
    }
  }

  /** Deploys the stack, with the next schedule for `changing`. */
  private async deploy(changing: readonly SoakUser[] = this.options.users): Promise<void> {
    for (const { name } of changing) {
      this.turns.set(name, (this.turns.get(name) ?? -1) + 1);
    }
    await this.aws.deploy((stack) => this.rotation(stack));
    const now = await this.aws.emulator.now();
    changing.forEach((user) => this.watcher.deployed(user.name, this.agesOf(user), now));
    this.options.users.forEach(({ name }) => this.watcher.disturbed(name, now));
  }

  private rotation(stack: Stack): AccessKeyRotationProps {
    const { users, checkEveryDays = 1, trigger = TRIGGERS[0] } = this.options;
    return {
      trigger: RotationTrigger[trigger]({ checkInterval: Duration.days(checkEveryDays) }),
      ...(users.length > USERS_IN_ONE_STACK && {
        userStacks: UserStacks.nested(Math.ceil(users.length / USERS_PER_STACK)),
      }),
      users: this.options.users.map((user): RotatedUserProps => ({
        ...(user.adoptedWith === undefined
          ? { userName: user.name, path: user.path }
          : { user: iam.User.fromUserArn(stack, user.name, userArn(user.name, user.path)) }),
        secretName: user.secret,
        accessKeyField: user.fields[0],
        secretKeyField: user.fields[1],
        schedule: scheduleOf(this.agesOf(user)),
      })),
    };
  }

  private agesOf({ name, schedules }: SoakUser): Ages {
    return schedules[this.turns.get(name)! % schedules.length];
  }
}

function scheduleOf(ages: Ages): RotationSchedule {
  return RotationSchedule.of({
    create: Duration.days(ages.create),
    deactivate: Duration.days(ages.deactivate),
    delete: Duration.days(ages.delete),
  });
}

function midnightAfter(instant: Date): Date {
  return new Date((Math.floor(instant.getTime() / DAY) + 1) * DAY);
}
