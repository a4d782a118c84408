/** Users whose keys the rotation replaces on the model of AWS, and what a scanner sees of them on each day. */
import { Duration } from 'aws-cdk-lib';
import { LAST_DAY } from './findings';
import { Ages, DAY, DEFAULT_AGES, TOLERANCE } from '../../src/contract/ages';
import { rotate } from '../../src/rotator/actions/rotate';
import { RotationRequest } from '../../src/rotator/domain/user-state';
import { RotationSchedule } from '../../src/schedule/rotation-schedule';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';
import { ModelAws } from '../fake-aws/fake-aws';
import { checkTimesOf, firings, request } from '../rotator/support';

const TRIGGER = RotationTrigger.eventBridgeRules();
const FIXED_RATES = RotationTrigger.fixedRates();
const START = new Date('2026-01-01T00:00:00Z').getTime();

/** Two rotations of the default schedule, until the second old key is inactive. */
const DAYS = LAST_DAY + 1;

interface Cycle {
  readonly ages: Ages;
  readonly settings?: Partial<RotationRequest>;
  /** Daily checks by default. */
  readonly trigger?: RotationTrigger;
  /** From a `create` check to the deploy, which is at midnight by default. */
  readonly sinceCheck?: number;
  /** Before the deploy. */
  readonly before?: (aws: ModelAws) => void;
  /** The key that consumers use on a day, if they use one. */
  readonly uses?: (aws: ModelAws) => string | undefined;
}

const current = (aws: ModelAws) => aws.currentKey();
const oldestActive = (aws: ModelAws) => [...aws.keys.values()].find(({ active }) => active)?.keyId;

export const CYCLES = {
  'default schedule': { ages: DEFAULT_AGES, uses: current },
  'default schedule, consumers switch on the last day': { ages: DEFAULT_AGES, uses: oldestActive },
  'default schedule, no consumer': { ages: DEFAULT_AGES },
  'default schedule, just after a check': { ages: DEFAULT_AGES, sinceCheck: TOLERANCE + 60_000, uses: current },
  'activeUnder(90 days)': {
    ages: RotationSchedule.activeUnder(Duration.days(90))._agesFor(0, checkTimesOf(TRIGGER)),
    uses: current,
  },
  'a new key every 45 days, no consumer': { ages: { create: 45, deactivate: 59, delete: 73 } },
  'a new key every 30 days, no consumer': { ages: { create: 30, deactivate: 44, delete: 58 } },
  'deactivation postponed by up to 14 days': { ages: DEFAULT_AGES, settings: { maxDelayDays: 14 }, uses: oldestActive },
  'fixed rates': { ages: DEFAULT_AGES, trigger: FIXED_RATES, uses: current },
  'fixed rates, a new key every 180 days': {
    ages: { create: 180, deactivate: 194, delete: 208 },
    trigger: FIXED_RATES,
    uses: current,
  },
  'adopted with a key of 200 days': {
    ages: DEFAULT_AGES,
    settings: { adopted: true, retireExistingKeys: true },
    before: (aws) => {
      aws.now = new Date(START - 200 * DAY);
      aws.makeKey();
    },
    uses: current,
  },
} satisfies Record<string, Cycle>;

export type CycleName = keyof typeof CYCLES;

export interface SeenKey {
  readonly active: boolean;
  readonly createdAt: string;
  readonly lastUsed: string | null;
  readonly lastUsedService: string | null;
}

/** The user at one time. */
export interface Sight {
  /** Since the deploy. */
  readonly day: number;
  readonly now: string;
  /** The two columns of a credential report. */
  readonly keys: readonly (SeenKey | null)[];
  /** As Secrets Manager reports it: the day, without a time. */
  readonly lastAccessed: string;
}

/**
 * What a scanner sees on each day: at its end, and also at its start if the keys change within the day. Only checks
 * change them, and the first key, created at the start of a day, is a day older at the start of the next.
 */
export async function play(name: CycleName): Promise<Sight[]> {
  const { ages, settings, trigger = TRIGGER, sinceCheck, before, uses }: Cycle = CYCLES[name];
  const aws = new ModelAws();
  before?.(aws);
  aws.now = new Date(START);
  const slots = new Slots();
  let lastAccessed = START;
  const run = async (action: RotationRequest['action']) => {
    const calls = aws.calls.length;
    await rotate(request(action, ages, true, settings), aws.tools());
    if (aws.calls.slice(calls).includes('GetSecretValue')) lastAccessed = aws.now.getTime();
  };
  const look = (day: number): Sight => ({
    day,
    now: aws.now.toISOString(),
    keys: slots.of(aws),
    lastAccessed: new Date(Math.floor(lastAccessed / DAY) * DAY).toISOString(),
  });

  await run('create');
  const sights: Sight[] = [];
  const fired = [...firings(trigger, ages, DAYS + 1)];
  const deployed = sinceCheck === undefined ? 0 : fired.find(({ action }) => action === 'create')!.at + sinceCheck;
  const checks = fired.map(({ at, action }) => ({ at: at - deployed, action })).filter(({ at }) => at >= 0);
  for (let day = 0; day < DAYS; day++) {
    aws.now = new Date(START + day * DAY + 60_000);
    const start = look(day);
    for (const { at, action } of checks.filter((check) => Math.floor(check.at / DAY) === day)) {
      aws.now = new Date(START + at + 7_000);
      await run(action);
    }
    aws.now = new Date(START + (day + 1) * DAY - 60_000);
    const used = uses?.(aws);
    if (used) aws.person.use(used);
    const end = look(day);
    if (statuses(start) !== statuses(end)) sights.push(start);
    sights.push(end);
  }
  return sights;
}

const statuses = ({ keys }: Sight) => JSON.stringify(keys.map((key) => key && [key.createdAt, key.active]));

/** The two columns of a credential report: a key keeps its column, and a new one gets the free column. */
class Slots {
  private held: (string | undefined)[] = [undefined, undefined];

  public of(aws: ModelAws): (SeenKey | null)[] {
    this.held = this.held.map((keyId) => (keyId && aws.keys.has(keyId) ? keyId : undefined));
    for (const keyId of aws.keys.keys()) {
      if (!this.held.includes(keyId)) this.held[this.held.indexOf(undefined)] = keyId;
    }
    return this.held.map((held) => {
      if (!held) return null;
      const { active, createdAt, uses } = aws.keys.get(held)!;
      const last = uses.at(-1);
      return {
        active,
        createdAt: createdAt.toISOString(),
        lastUsed: last?.at.toISOString() ?? null,
        lastUsedService: last?.service ?? null,
      };
    });
  }
}
