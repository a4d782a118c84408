/** Plays the checks of one user against the decisions of the Lambda, and observes how old active keys become. */
import { Ages } from '../../src/contract/ages';
import { CheckTimes } from '../../src/contract/check-times';
import { ACTIONS, Action } from '../../src/contract/events';
import { fromLocal, toLocal } from '../../src/contract/time-zone';
import { applyRecord, nextStep } from '../../src/rotator/decisions/next-step';
import { labelOf, readLedger } from '../../src/rotator/domain/ledger';
import { AccessKey, LastUseStatus, userState, UserState } from '../../src/rotator/domain/user-state';
import { createdMessage } from '../../src/rotator/messages/new-key-messages';
import { request } from '../rotator/support';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From the decision to the new key: the claim is written first. */
const CREATION_TIME = 2 * SECOND;

export interface Scenario {
  readonly ages: Ages;
  readonly maxDelayDays: number;
  /** Cron expressions, by action. */
  readonly crons: Readonly<Record<Action, string>>;
  /** As the Lambda reads them. With them, announced dates are compared with the checks. */
  readonly checkTimes?: CheckTimes;
  readonly deployedAt: number;
  /** The checks in this period are lost. */
  readonly lost?: { readonly from: number; readonly to: number };
  /** Keys that are played until they are inactive. */
  readonly keys: number;
  /** Milliseconds from the time of a check to its step. */
  readonly runTime: number;
}

export interface Played {
  /** The highest age at which a key was active, in days. */
  readonly oldestDays: number;
  /** The times of the checks that took a step. */
  readonly acted: readonly number[];
  /** Steps that were taken at another time than announced. */
  readonly notAsAnnounced: readonly string[];
}

export function play(scenario: Scenario): Played {
  const user = new User(scenario);
  user.create(scenario.deployedAt);
  const horizon = scenario.deployedAt + (scenario.keys + 1) * scenario.ages.delete * 2 * DAY;
  const timeZone = scenario.checkTimes?.window?.timeZone;
  const times = ACTIONS.map((action) => ({ action, next: nextTimeOf(scenario.crons[action], timeZone) }));
  const { from = 0, to = 0 } = scenario.lost ?? {};
  for (let now = scenario.deployedAt; user.deactivated < scenario.keys;) {
    // Checks long before a step can be due are left out: with checks every hour, these are nearly all.
    const checks = times.map(({ action, next }) => ({ action, at: nextFrom(next, now, user.idleUntil(action)) }));
    const { action, at } = checks.reduce((first, other) => (other.at < first.at ? other : first));
    now = at;
    if (at < from || at >= to) user.check(action, at);
    if (at > horizon) throw new Error(`the keys are not deactivated: ${JSON.stringify(scenario)}`);
  }
  return { oldestDays: user.oldest / DAY, acted: user.acted, notAsAnnounced: user.notAsAnnounced };
}

function nextFrom(next: (after: number) => number, now: number, idleUntil: number): number {
  return idleUntil === Infinity ? Infinity : next(Math.max(now, idleUntil));
}

/** The first time after another at which a cron expression fires, parsed independently of the code that writes it. */
export function nextTimeOf(cron: string, timeZone?: string): (after: number) => number {
  const [, minute, hour, everyHours, everyDays] = /^cron\((\d+) (\d+)(?:\/(\d+))? (?:\*|1\/(\d+)) \* \? \*\)$/.exec(
    cron,
  )!;
  const minutes: number[] = [];
  for (let hours = Number(hour); hours < 24; hours += Number(everyHours ?? 24)) {
    minutes.push(hours * 60 + Number(minute));
  }
  const firesOn = (midnight: number) => !everyDays || (new Date(midnight).getUTCDate() - 1) % Number(everyDays) === 0;
  return (after) => {
    for (let midnight = Math.floor(toLocal(after, timeZone) / DAY) * DAY; ; midnight += DAY) {
      if (!firesOn(midnight)) continue;
      const times = minutes.map((at) => fromLocal(midnight + at * MINUTE, timeZone));
      const found = times.find((at) => at !== undefined && at > after);
      if (found !== undefined) return found;
    }
  };
}

class User {
  public oldest = 0;
  public deactivated = 0;
  public readonly acted: number[] = [];
  public readonly notAsAnnounced: string[] = [];
  private readonly announced: Partial<Record<Action, Date>> = {};
  private keys: AccessKey[] = [];
  private inactiveSince = 0;
  private versions: Record<string, string[]> = {};
  private count = 0;

  constructor(private readonly scenario: Scenario) {}

  public create(at: number): void {
    const keyId = `KEY${this.count++}`;
    const createdAt = new Date(Math.floor(at / SECOND) * SECOND);
    for (const [version, labels] of Object.entries(this.versions)) {
      this.versions[version] = labels
        .filter((label) => label !== 'AWSPREVIOUS')
        .map((label) => (label === 'AWSCURRENT' ? 'AWSPREVIOUS' : label));
    }
    this.versions[keyId] = ['AWSCURRENT', labelOf('key', keyId, createdAt)];
    this.keys.push({ keyId, active: true, createdAt });
    const { ages, checkTimes } = this.scenario;
    if (!checkTimes) return;
    const message = createdMessage(request('create', ages, true, { checkTimes }), keyId, createdAt, ['OLD']);
    this.announced.create = new Date(message.details.replacedAt!);
    this.announced.deactivate = new Date(message.details.deactivatedAt!);
    this.announced.delete = new Date(message.details.deletedAt!);
  }

  public check(action: Action, at: number): void {
    const { ages, maxDelayDays, checkTimes, runTime } = this.scenario;
    const now = new Date(at + runTime);
    let state: UserState = userState(this.keys, readLedger(this.versions), now);
    for (;;) {
      const step = nextStep(request(action, ages, true, { maxDelayDays, checkTimes }), state, {
        withoutNotifications: true,
      });
      const due = ['issue', 'deactivate', 'delete'].includes(step.do) ? this.announced[action] : undefined;
      if (due && due.getTime() !== at) {
        this.notAsAnnounced.push(`${action} at ${new Date(at).toJSON()}, not ${due.toJSON()}`);
      }
      switch (step.do) {
        case 'get-last-used':
          // If the deactivation can be postponed, the old key is always in use.
          state = { ...state, lastUse: new Map(step.keys.map((key) => [key.keyId, this.lastUse(key, now)])) };
          continue;
        case 'decrypt-current':
          state = { ...state, decryption: 'possible' };
          continue;
        case 'record':
          state = applyRecord(step, state);
          this.versions = structuredClone(state.ledger.versions) as Record<string, string[]>;
          continue;
        case 'issue':
          this.create(now.getTime() + CREATION_TIME);
          break;
        case 'deactivate':
          this.deactivate(step.key.keyId, now);
          break;
        case 'delete':
          this.keys = this.keys.filter(({ keyId }) => keyId !== step.key.keyId);
          delete this.versions[step.key.keyId];
          break;
        case 'nothing':
        case 'postpone':
          return;
        default:
          throw new Error(`the player does not support ${JSON.stringify(step)}`);
      }
      this.acted.push(at);
      return;
    }
  }

  private lastUse({ active }: AccessKey, at: Date): LastUseStatus {
    return active && this.scenario.maxDelayDays > 0 ? { at, service: 's3', region: 'eu-west-1' } : 'never';
  }

  private deactivate(keyId: string, now: Date): void {
    const key = this.keys.find((other) => other.keyId === keyId)!;
    this.oldest = Math.max(this.oldest, now.getTime() - key.createdAt.getTime());
    this.keys = this.keys.map((other) => (other === key ? { ...key, active: false } : other));
    this.versions[keyId].push(labelOf('inactive', keyId, now));
    this.inactiveSince = now.getTime();
    this.deactivated++;
  }

  /** Before this time, no check of the action has a step to take. */
  public idleUntil(action: Action): number {
    const { create, deactivate, delete: deleteAt } = this.scenario.ages;
    const newest = this.keys.at(-1)!.createdAt.getTime();
    const isOld = (key: AccessKey, active: boolean) => key !== this.keys.at(-1) && key.active === active;
    switch (action) {
      case 'create':
        return newest + create * DAY - 3 * HOUR;
      case 'deactivate':
        if (!this.keys.some((key) => isOld(key, true))) return Infinity;
        return newest + (deactivate - create) * DAY - 3 * HOUR;
      case 'delete':
        if (!this.keys.some((key) => isOld(key, false))) return Infinity;
        return this.inactiveSince + (deleteAt - deactivate) * DAY - 3 * HOUR;
    }
  }
}
