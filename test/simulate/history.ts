/**
 * The disturbances in the life of a user. The daily checks are not in a history: it has only the deviations, so a
 * history with fewer of them is simpler.
 */
import * as fc from 'fast-check';
import { Ages, DAY, DEFAULT_AGES, maxDelayProblem } from '../../src/contract/ages';
import { WindowSettings } from '../../src/contract/change-window';
import { Action, ACTIONS } from '../../src/contract/events';
import { closedDaysProblem } from '../../src/schedule/closed-days';
import { Fault, FAULTS } from '../fake-aws/fake-aws';

/** The first deployment. */
export const START = Date.UTC(2026, 0, 1);

/** A key of the user: the current one, another issued one, or one that was created outside the rotation. */
export type WhichKey = 'current' | 'other' | 'unmanaged';

/** The actions of events, some of which only people send. */
export type RequestedAction = Action | 'create now' | `revoke ${WhichKey}` | 'rollback' | 'status';

export type Intervention =
  | { readonly do: 'create a key'; readonly used: boolean }
  | { readonly do: 'activate' | 'deactivate' | 'delete' | 'use'; readonly key: WhichKey }
  /** Between two checks: the rotation never reads that it was active. */
  | { readonly do: 'activate, use and deactivate'; readonly key: WhichKey }
  | { readonly do: 'overwrite the secret'; readonly with: 'text' | 'other fields' | 'another key' }
  /** A person writes other fields beside the key of AWSCURRENT. */
  | { readonly do: 'edit other fields'; readonly host: number }
  | { readonly do: 'move AWSCURRENT'; readonly back: number }
  /** One of the commands in the last report of a blocked rotation, or in the last notification. */
  | { readonly do: 'follow the report' | 'follow the notification'; readonly choice: number };

export type Disturbance =
  /** The next event has a fault at one of its calls. */
  | { readonly do: 'fault'; readonly fault: Fault; readonly call: number }
  | { readonly do: 'outage'; readonly days: number }
  | { readonly do: 'SNS is down'; readonly days: number }
  | { readonly do: 'the next check is lost' }
  | { readonly do: 'the next check comes late'; readonly hours: number }
  | { readonly do: 'the next check comes again'; readonly minutes: number }
  | { readonly do: 'invoke'; readonly action: RequestedAction; readonly byHand: boolean; readonly dryRun: boolean }
  /** A program uses a key every few days while it is active. */
  | { readonly do: 'a program uses'; readonly key: WhichKey; readonly days: number }
  /**
   * Concurrent events: their calls interleave in an order that the number determines, possibly with a manual change.
   */
  | {
      readonly do: 'at once';
      readonly actions: readonly RequestedAction[];
      readonly intervention?: Intervention;
      readonly order: number;
    }
  | { readonly do: 'deploy'; readonly ages: Ages }
  | { readonly do: "the Lambda's clock is wrong"; readonly minutes: number }
  | Intervention;

/** `day`: days since the first deployment, with a fraction. */
export type TimedDisturbance = { readonly day: number } & Disturbance;

/** A key that the user has before the first deployment. */
export type ExistingKey = 'recently used' | 'used long ago' | 'never used' | 'inactive';

/** The settings of the user, and the consistency of AWS. */
export interface Setting {
  readonly ages: Ages;
  readonly retireExistingKeys: boolean;
  readonly existingKeys: readonly ExistingKey[];
  readonly maxDelayDays: number;
  readonly retireUnmanagedKeys: boolean;
  /** Whether the secret has SMTP credentials. */
  readonly smtp: boolean;
  /** Whether IAM is eventually consistent. */
  readonly lags: boolean;
  /** Whether DescribeSecret may return the state before the latest write. */
  readonly stale: boolean;
  /** Default: changes at any time. */
  readonly window?: WindowSettings;
}

export const DEFAULT_SETTING: Setting = {
  ages: DEFAULT_AGES,
  retireExistingKeys: false,
  existingKeys: [],
  maxDelayDays: 0,
  retireUnmanagedKeys: false,
  smtp: false,
  lags: false,
  stale: false,
  window: undefined,
};

export interface History extends Setting {
  readonly days: number;
  readonly disturbances: readonly TimedDisturbance[];
}

/** The constructs reject a delay that the ages do not allow. */
export function maxDelayFor(ages: Ages, maxDelayDays: number): number {
  return maxDelayProblem(ages, maxDelayDays) ? 0 : maxDelayDays;
}

/** The constructs reject a window that leaves no room for the periods. */
export function windowFor(
  ages: Ages,
  maxDelayDays: number,
  window: WindowSettings | undefined,
): WindowSettings | undefined {
  return window && closedDaysProblem(ages, maxDelayDays, window) ? undefined : window;
}

/** Working days or others, hours, a time zone with summer time, and a freeze each year. */
function windows(days: number): fc.Arbitrary<WindowSettings> {
  const date = (day: number) => new Date(START + day * DAY).toISOString().slice(0, 10);
  return fc.record(
    {
      weekDays: fc.oneof(
        fc.constant([1, 2, 3, 4, 5]),
        fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
      ),
      hours: fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 1, max: 24 }))
        .filter(([start, end]) => start < end),
      timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York'),
      freezes: fc
        .array(fc.tuple(fc.nat(300), fc.nat(20)), {
          minLength: Math.ceil(days / 365),
          maxLength: Math.ceil(days / 365),
        })
        .map((years) =>
          years.map(([day, length], year) => ({
            start: date(year * 365 + day),
            end: date(year * 365 + day + length),
            reason: 'a sale',
          })),
        ),
    },
    { requiredKeys: [] },
  );
}

/** Typical schedules: the default, the compliant one, the shortest one, and others. */
export const SCHEDULES: readonly Ages[] = [
  DEFAULT_AGES,
  { create: 75, deactivate: 89, delete: 103 },
  { create: 30, deactivate: 44, delete: 58 },
  { create: 60, deactivate: 67, delete: 74 },
  { create: 3, deactivate: 4, delete: 5 },
];

const existingKey = fc.constantFrom<ExistingKey[]>('recently used', 'used long ago', 'never used', 'inactive');
const whichKey = fc.constantFrom<WhichKey[]>('current', 'other', 'unmanaged');
const choice = fc.nat(3);

export const interventions: fc.Arbitrary<Intervention> = fc.oneof(
  fc.record({ do: fc.constant('create a key' as const), used: fc.boolean() }),
  fc.record({
    do: fc.constantFrom('activate' as const, 'deactivate' as const, 'delete' as const, 'use' as const),
    key: whichKey,
  }),
  fc.record({ do: fc.constant('activate, use and deactivate' as const), key: whichKey }),
  fc.record({
    do: fc.constant('overwrite the secret' as const),
    with: fc.constantFrom('text' as const, 'other fields' as const, 'another key' as const),
  }),
  fc.record({ do: fc.constant('edit other fields' as const), host: fc.nat(2) }),
  fc.record({ do: fc.constant('move AWSCURRENT' as const), back: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('follow the notification' as const), choice }),
  { weight: 8, arbitrary: fc.record({ do: fc.constant('follow the report' as const), choice }) },
);

const faults = fc.record({
  do: fc.constant('fault' as const),
  fault: fc.constantFrom(...FAULTS),
  call: fc.oneof(fc.nat(3), fc.nat(14)),
});
const requestedAction: fc.Arbitrary<RequestedAction> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ACTIONS) },
  { weight: 1, arbitrary: whichKey.map((key) => `revoke ${key}` as const) },
  { weight: 2, arbitrary: fc.constantFrom('rollback' as const, 'status' as const) },
);
const atOnce = fc.record({
  do: fc.constant('at once' as const),
  actions: fc.array(requestedAction, { minLength: 1, maxLength: 3 }),
  intervention: fc.option(interventions, { nil: undefined }),
  order: fc.nat(0xffff),
});

const upTo = (days: number) => fc.integer({ min: 1, max: days });

/** With these weights, most days of a year are undisturbed and every kind occurs several times. */
const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  { weight: 40, arbitrary: faults },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('outage' as const),
      days: fc.oneof({ weight: 9, arbitrary: upTo(5) }, { weight: 1, arbitrary: upTo(200) }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('SNS is down' as const), days: upTo(40) }) },
  { weight: 8, arbitrary: fc.constant({ do: 'the next check is lost' as const }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('the next check comes late' as const),
      hours: fc.integer({ min: 1, max: 24 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('the next check comes again' as const), minutes: fc.nat(90) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('invoke' as const),
      action: requestedAction,
      byHand: fc.boolean(),
      dryRun: fc.boolean(),
    }),
  },
  { weight: 12, arbitrary: atOnce },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('a program uses' as const), key: whichKey, days: upTo(150) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deploy' as const), ages: fc.constantFrom(...SCHEDULES) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("the Lambda's clock is wrong" as const),
      minutes: fc.integer({ min: -15, max: 15 }),
    }),
  },
  { weight: 20, arbitrary: interventions },
);

/** Any day, or one near the steps of the default schedule, where disturbances matter most. */
function moments(days: number): fc.Arbitrary<number> {
  const minutes = fc.integer({ min: 0, max: 3 * 1_440 }).map((count) => Math.round(count / 1.44) / 1_000);
  const nearStep = fc
    .tuple(fc.nat(Math.floor(days / 90)), fc.constantFrom(0, 14, 28), minutes)
    .map(([cycle, offset, more]) => Math.round((cycle * 90 + offset - 1 + more) * 1_000) / 1_000);
  const any = fc.integer({ min: 0, max: days * 1_000 }).map((thousandths) => thousandths / 1_000);
  return fc.oneof(nearStep, any).filter((day) => day > 0 && day < days);
}

/** Histories with a number of disturbances, exact or at most. */
export function histories(
  days: number,
  count: { readonly exactly: number } | { readonly max: number },
): fc.Arbitrary<History> {
  const timedDisturbance = fc
    .tuple(moments(days), disturbance)
    .map(([day, what]): TimedDisturbance => ({ day, ...what }));
  const length = 'exactly' in count ? { minLength: count.exactly, maxLength: count.exactly } : { maxLength: count.max };
  const setting = fc.record({
    ages: fc.oneof(
      { weight: 3, arbitrary: fc.constant(DEFAULT_AGES) },
      { weight: 1, arbitrary: fc.constantFrom(...SCHEDULES) },
    ),
    lags: fc.boolean(),
    stale: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    maxDelayDays: fc.oneof(fc.constant(0), upTo(30)),
    retireUnmanagedKeys: fc.boolean(),
    smtp: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    window: fc.option(windows(days), { nil: undefined, freq: 2 }),
  });
  const user = fc.oneof(
    { weight: 2, arbitrary: fc.constant({ retireExistingKeys: false, existingKeys: [] }) },
    {
      weight: 1,
      arbitrary: fc.record({ retireExistingKeys: fc.boolean(), existingKeys: fc.array(existingKey, { maxLength: 2 }) }),
    },
  );
  return fc
    .tuple(setting, user, fc.array(timedDisturbance, { ...length, size: 'max' }))
    .map(([settings, userSettings, disturbances]) => ({
      ...settings,
      ...userSettings,
      maxDelayDays: maxDelayFor(settings.ages, settings.maxDelayDays),
      days,
      disturbances,
    }));
}
