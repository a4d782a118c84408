/**
 * What disturbs a user's life. The daily checks are not in it: they come by themselves, and a history says only what is
 * different, so that leaving something out of it is a simpler history.
 */
import * as fc from 'fast-check';
import { Ages, DEFAULT_AGES, maxDelayProblem } from '../../src/contract/ages';
import { Action, ACTIONS } from '../../src/contract/events';
import { Fault, FAULTS } from '../fake-aws/fake-aws';

/** Which key a person means: the one in the secret, the one beside it, or one that people made themselves. */
export type WhichKey = 'current' | 'other' | 'unmanaged';

/** What the Lambda is asked: by the rules, or by people only. */
export type Requested = Action | `revoke ${WhichKey}` | 'rollback' | 'status';

export type Intervention =
  | { readonly do: 'make a key'; readonly used: boolean }
  | { readonly do: 'activate' | 'deactivate' | 'delete' | 'use'; readonly key: WhichKey }
  /** Between two checks: nobody sees that it was on. */
  | { readonly do: 'switch on, use and switch off'; readonly key: WhichKey }
  | { readonly do: 'overwrite the secret'; readonly with: 'text' | 'other fields' | 'a key of their own' }
  | { readonly do: 'move AWSCURRENT'; readonly back: number }
  /** One of the commands that the last report of a block, or the last message of all, asks for. */
  | { readonly do: 'as the report says' | 'as the message says'; readonly choice: number };

export type Disturbance =
  /** The next event fails at one of its calls. */
  | { readonly do: 'fault'; readonly fault: Fault; readonly call: number }
  | { readonly do: 'outage'; readonly days: number }
  | { readonly do: 'SNS is down'; readonly days: number }
  | { readonly do: 'the next check is lost' }
  | { readonly do: 'the next check comes late'; readonly hours: number }
  | { readonly do: 'the next check comes again'; readonly minutes: number }
  | { readonly do: 'ask'; readonly asked: Requested; readonly byHand: boolean; readonly dryRun: boolean }
  /** A program signs with a key every few days, for as long as that is active. */
  | { readonly do: 'a program uses'; readonly key: WhichKey; readonly days: number }
  /** Events whose calls mix, in an order that the number says; with a person among them or not. */
  | {
      readonly do: 'at once';
      readonly asked: readonly Requested[];
      readonly person?: Intervention;
      readonly order: number;
    }
  | { readonly do: 'deploy'; readonly ages: Ages }
  | { readonly do: "the Lambda's clock is wrong"; readonly minutes: number }
  | Intervention;

/** Days since the first deploy, with a fraction. */
export type TimedDisturbance = { readonly day: number } & Disturbance;

/** A key that the user has before the rotation comes. */
export type ExistingKey = 'used lately' | 'used long ago' | 'never used' | 'inactive';

/** What the user is deployed with, and where. */
export interface Setting {
  readonly ages: Ages;
  readonly retireExistingKeys: boolean;
  readonly had: readonly ExistingKey[];
  readonly maxDelayDays: number;
  readonly retireUnmanagedKeys: boolean;
  /** Whether IAM takes its time to spread what is written and used, as the real one does. */
  readonly lags: boolean;
  /** Whether DescribeSecret may answer what was true before the latest write. */
  readonly stale: boolean;
}

export const DEFAULT_SETTING: Setting = {
  ages: DEFAULT_AGES,
  retireExistingKeys: false,
  had: [],
  maxDelayDays: 0,
  retireUnmanagedKeys: false,
  lags: false,
  stale: false,
};

export interface History extends Setting {
  readonly days: number;
  readonly happenings: readonly TimedDisturbance[];
}

/** The constructs refuse to hold for longer than the ages allow. */
export function maxDelayFor(ages: Ages, maxDelayDays: number): number {
  return maxDelayProblem(ages, maxDelayDays) ? 0 : maxDelayDays;
}

/** As people set them: the default, the compliant one, the shortest that just works, and others. */
export const SCHEDULES: readonly Ages[] = [
  DEFAULT_AGES,
  { create: 75, deactivate: 89, delete: 103 },
  { create: 30, deactivate: 44, delete: 58 },
  { create: 60, deactivate: 67, delete: 74 },
  { create: 3, deactivate: 4, delete: 5 },
];

const had = fc.constantFrom<ExistingKey[]>('used lately', 'used long ago', 'never used', 'inactive');
const whose = fc.constantFrom<WhichKey[]>('current', 'other', 'unmanaged');
const choice = fc.nat(3);

export const interventions: fc.Arbitrary<Intervention> = fc.oneof(
  fc.record({ do: fc.constant('make a key' as const), used: fc.boolean() }),
  fc.record({
    do: fc.constantFrom('activate' as const, 'deactivate' as const, 'delete' as const, 'use' as const),
    key: whose,
  }),
  fc.record({ do: fc.constant('switch on, use and switch off' as const), key: whose }),
  fc.record({
    do: fc.constant('overwrite the secret' as const),
    with: fc.constantFrom('text' as const, 'other fields' as const, 'a key of their own' as const),
  }),
  fc.record({ do: fc.constant('move AWSCURRENT' as const), back: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('as the message says' as const), choice }),
  { weight: 8, arbitrary: fc.record({ do: fc.constant('as the report says' as const), choice }) },
);

const faults = fc.record({
  do: fc.constant('fault' as const),
  fault: fc.constantFrom(...FAULTS),
  call: fc.oneof(fc.nat(3), fc.nat(14)),
});
const asked: fc.Arbitrary<Requested> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ACTIONS) },
  { weight: 1, arbitrary: whose.map((key) => `revoke ${key}` as const) },
  { weight: 2, arbitrary: fc.constantFrom('rollback' as const, 'status' as const) },
);
const atOnce = fc.record({
  do: fc.constant('at once' as const),
  asked: fc.array(asked, { minLength: 1, maxLength: 3 }),
  person: fc.option(interventions, { nil: undefined }),
  order: fc.nat(0xffff),
});

const upTo = (days: number) => fc.integer({ min: 1, max: days });

/** The weights make years in which most days are plain, and every kind comes again and again. */
const disturbances: fc.Arbitrary<Disturbance> = fc.oneof(
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
    arbitrary: fc.record({ do: fc.constant('ask' as const), asked, byHand: fc.boolean(), dryRun: fc.boolean() }),
  },
  { weight: 12, arbitrary: atOnce },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('a program uses' as const), key: whose, days: upTo(150) }) },
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

/** Any day, or one of those around which a rotation of the default schedule acts: that is where disturbances hurt. */
function moments(days: number): fc.Arbitrary<number> {
  const minutes = fc.integer({ min: 0, max: 3 * 1_440 }).map((count) => Math.round(count / 1.44) / 1_000);
  const busy = fc
    .tuple(fc.nat(Math.floor(days / 90)), fc.constantFrom(0, 14, 28), minutes)
    .map(([cycle, grace, more]) => Math.round((cycle * 90 + grace - 1 + more) * 1_000) / 1_000);
  const any = fc.integer({ min: 0, max: days * 1_000 }).map((thousandths) => thousandths / 1_000);
  return fc.oneof(busy, any).filter((day) => day > 0 && day < days);
}

/** Histories of so many days, with so many disturbances at most, or with exactly as many. */
export function histories(
  days: number,
  count: { readonly exactly: number } | { readonly maxDelay: number },
): fc.Arbitrary<History> {
  const happening = fc.tuple(moments(days), disturbances).map(([day, what]): TimedDisturbance => ({ day, ...what }));
  const length =
    'exactly' in count ? { minLength: count.exactly, maxLength: count.exactly } : { maxLength: count.maxDelay };
  const setting = fc.record({
    ages: fc.oneof(
      { weight: 3, arbitrary: fc.constant(DEFAULT_AGES) },
      { weight: 1, arbitrary: fc.constantFrom(...SCHEDULES) },
    ),
    lags: fc.boolean(),
    stale: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    maxDelayDays: fc.oneof(fc.constant(0), upTo(30)),
    retireUnmanagedKeys: fc.boolean(),
  });
  const user = fc.oneof(
    { weight: 2, arbitrary: fc.constant({ retireExistingKeys: false, had: [] }) },
    { weight: 1, arbitrary: fc.record({ retireExistingKeys: fc.boolean(), had: fc.array(had, { maxLength: 2 }) }) },
  );
  return fc
    .tuple(setting, user, fc.array(happening, { ...length, size: 'max' }))
    .map(([what, who, happenings]) => ({
      ...what,
      ...who,
      maxDelayDays: maxDelayFor(what.ages, what.maxDelayDays),
      days,
      happenings,
    }));
}
