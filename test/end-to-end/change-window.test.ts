/** A change window on the local AWS, with the shipped bundle, over the change to summer time of 2026-03-29. */
import { CfnOutput, Duration, TimeZone } from 'aws-cdk-lib';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { LocalAws, ReceivedNotification } from './support';
import { ChangeWindow, Recipient, RotationSchedule, RotationTrigger, WeekDay } from '../../src';
import type { Outcome } from '../../src/contract/outcome';
import type { JournalEntry } from '../local-aws/emulator';

const MONDAY = new Date('2026-03-16T00:00:00Z');

/** Ages that fit around five closed days in a row, a weekend and the freeze. */
const ages = (create: number, deactivate: number, deletion: number) =>
  RotationSchedule.of({
    create: Duration.days(create),
    deactivate: Duration.days(deactivate),
    delete: Duration.days(deletion),
  });

type Schedules = Readonly<Record<string, RotationSchedule>>;

/**
 * Due in the freeze: the second new key of alice, and the deletion of the first key of bob. The second new key of carol
 * is due at the same local time as the first one, which is an hour earlier since the change to summer time.
 */
const SHORT: Schedules = { alice: ages(8, 9, 10), bob: ages(10, 11, 12), carol: ages(9, 10, 11) };

/** Nothing is due in the freeze, and a recovery period of five days reaches into it. */
const LONG: Schedules = { dave: ages(30, 31, 32), erin: ages(30, 31, 32), frank: ages(30, 31, 36) };

const FREEZE = { start: '2026-03-30', end: '2026-04-01', reason: 'end of the quarter' };

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start({ startAt: MONDAY });
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

/** Working days from 9 to 17. Without a time zone, in UTC. */
async function deploy(schedules: Schedules, trigger: RotationTrigger, timeZone?: TimeZone): Promise<void> {
  await aws.deploy((stack) => {
    const queue = new sqs.Queue(stack, 'Queue', { retentionPeriod: Duration.days(14) });
    new CfnOutput(stack, 'Inbox', { value: queue.queueUrl });
    return {
      trigger,
      changeWindow: ChangeWindow.of({
        weekDays: [WeekDay.MONDAY, WeekDay.TUESDAY, WeekDay.WEDNESDAY, WeekDay.THURSDAY, WeekDay.FRIDAY],
        startHour: 9,
        endHour: 17,
        timeZone,
        freezes: [FREEZE],
      }),
      users: Object.entries(schedules).map(([userName, schedule]) => ({ userName, schedule })),
      recipients: [Recipient.subscription(new subscriptions.SqsSubscription(queue))],
    };
  });
}

interface LocalTime {
  readonly weekday: string;
  /** Such as "2026-03-30". */
  readonly date: string;
  /** Such as "09:05". */
  readonly time: string;
}

/** By the wall clock of a time zone. */
function local(at: string, timeZone: string): LocalTime {
  const format = (locale: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(new Date(at));
  return {
    weekday: format('en', { weekday: 'short' }),
    date: format('sv', { dateStyle: 'short' }),
    time: format('sv', { timeStyle: 'short' }),
  };
}

function isOpen({ weekday, date, time }: LocalTime): boolean {
  const isFrozen = FREEZE.start <= date && date <= FREEZE.end;
  return !['Sat', 'Sun'].includes(weekday) && !isFrozen && '09:00' <= time && time < '17:00';
}

const ANNOUNCED = {
  CreateAccessKey: 'replacedAt',
  UpdateAccessKey: 'deactivatedAt',
  DeleteAccessKey: 'deletedAt',
} as const;

type Change = JournalEntry & { readonly action: keyof typeof ANNOUNCED };

/** The changes of keys by the function since the last call. */
async function changes(): Promise<Change[]> {
  const isChange = (entry: JournalEntry): entry is Change => entry.byFunction && entry.action in ANNOUNCED;
  return (await aws.emulator.journal()).filter(isChange);
}

/** The latest date of the step that the notifications about the user have. */
function announcedFor({ action, parameters }: Change, notifications: ReceivedNotification[]): string | undefined {
  const dates = notifications
    .filter(({ username }) => username === parameters.UserName)
    .map((notification) => notification[ANNOUNCED[action]]);
  return dates.filter((date) => date !== undefined).at(-1);
}

const minuteOf = (at: string) => new Date(at).toISOString().slice(0, 16);
const invoke = async (event: object) => (await aws.invoke(event)) as Outcome;
const check = (action: string, username: string) => invoke({ action, username, ifDue: true });
const nextOf = async (username: string) =>
  (await invoke({ action: 'status', username })).status!.keys.map(({ next }) => next!);
const advanceTo = (at: string) => aws.emulator.advanceTo(new Date(at));

describe.each<[string, RotationTrigger, TimeZone | undefined]>([
  ['schedules, with hours in Berlin', RotationTrigger.eventBridgeScheduler(), TimeZone.EUROPE_BERLIN],
  ['rules, with hours in UTC', RotationTrigger.eventBridgeRules(), undefined],
])('with %s', (_kind, trigger, timeZone) => {
  const zone = timeZone?.timezoneName ?? 'UTC';

  test('checks change keys only while the window is open, at the dates that were announced before', async () => {
    await deploy(SHORT, trigger, timeZone);
    await changes(); // a deploy issues the first keys at any time
    const notifications = await aws.received(aws.outputs.Inbox);
    const taken: string[] = [];
    for (let day = 0; day < 25; day++) {
      await aws.emulator.advanceDays(1);
      for (const change of await changes()) {
        const at = local(change.time, zone);
        expect([at, isOpen(at)]).toEqual([at, true]);
        const announced = announcedFor(change, notifications);
        expect([change.action, minuteOf(change.time)]).toEqual([change.action, announced && minuteOf(announced)]);
        taken.push(`${at.weekday} ${at.date.slice(5)} ${change.action} ${String(change.parameters.UserName)}`);
      }
      notifications.push(...(await aws.received(aws.outputs.Inbox))); // those of this day announced nothing for it
    }

    expect(taken).toEqual([
      'Tue 03-24 CreateAccessKey alice',
      'Wed 03-25 CreateAccessKey carol',
      'Wed 03-25 UpdateAccessKey alice',
      'Thu 03-26 CreateAccessKey bob',
      'Thu 03-26 UpdateAccessKey carol',
      'Thu 03-26 DeleteAccessKey alice',
      'Fri 03-27 UpdateAccessKey bob',
      'Fri 03-27 DeleteAccessKey carol',
      'Thu 04-02 CreateAccessKey alice', // due in the freeze
      'Thu 04-02 DeleteAccessKey bob', // due on a Saturday, and then there is the freeze
      'Fri 04-03 CreateAccessKey carol', // in Berlin, one hour before nine days are over
      'Fri 04-03 UpdateAccessKey alice',
      'Mon 04-06 CreateAccessKey bob', // due on a Sunday
      'Mon 04-06 UpdateAccessKey carol', // due on a Saturday
      'Mon 04-06 DeleteAccessKey alice', // due on a Saturday
      'Tue 04-07 UpdateAccessKey bob',
      'Tue 04-07 DeleteAccessKey carol',
      'Wed 04-08 DeleteAccessKey bob',
    ]);
    expect(await aws.deadLetters()).toEqual([]);
  });

  test('in the freeze, a check waits and says why and until when, and a status has the same date', async () => {
    await deploy(SHORT, trigger, timeZone);
    await advanceTo('2026-04-01T20:00:00Z');
    await changes();

    const reason = 'changes are frozen from 2026-03-30 to 2026-04-01 (end of the quarter)';
    const [replacement, deletion] = [await check('create', 'alice'), await check('delete', 'bob')];
    for (const answer of [replacement, deletion]) {
      expect(answer).toMatchObject({ outcome: 'waiting', message: expect.stringContaining(reason) });
      const until = local(answer.until!, zone);
      expect([until.date, isOpen(until)]).toEqual(['2026-04-02', true]);
    }
    expect(await nextOf('alice')).toEqual([{ action: 'replace', dueAt: replacement.until }]);
    expect(await nextOf('bob')).toContainEqual({ action: 'delete', dueAt: deletion.until });
    expect(await changes()).toEqual([]);

    await aws.emulator.advanceDays(1);
    const done = (await changes()).map(({ action, time }) => [action, minuteOf(time)]);
    expect(done).toEqual([
      ['CreateAccessKey', minuteOf(replacement.until!)],
      ['DeleteAccessKey', minuteOf(deletion.until!)],
    ]);
  });

  test('in the freeze, a person creates, revokes and rolls back keys', async () => {
    await deploy(LONG, trigger, timeZone);
    const [{ AccessKey: leaked }, { AccessKey: old }] = [await aws.secretValue('erin'), await aws.secretValue('frank')];
    await aws.emulator.skipTo(new Date('2026-03-25T06:00:00Z')); // nothing is due until then
    await invoke({ action: 'create', username: 'frank' });
    await advanceTo('2026-03-30T10:00:00Z');
    await changes();

    expect(await invoke({ action: 'create', username: 'dave' })).toMatchObject({ outcome: 'created' });
    await invoke({ action: 'revoke', username: 'erin', accessKeyId: leaked });
    expect(await invoke({ action: 'rollback', username: 'frank' })).toMatchObject({ outcome: 'rolled-back' });

    const current = await aws.secretValue('erin');
    expect(await aws.keys('erin')).toEqual({ [leaked]: 'Inactive', [current.AccessKey]: 'Active' });
    expect((await aws.secretValue('frank')).AccessKey).toBe(old);
    expect((await aws.keys('frank'))[old]).toBe('Active');
    const frozen = (await changes()).map(({ action, parameters }) => `${action} ${String(parameters.UserName)}`);
    expect(frozen).toEqual([
      'CreateAccessKey dave',
      'CreateAccessKey erin',
      'UpdateAccessKey erin',
      'UpdateAccessKey frank',
    ]);
    await advanceTo('2026-04-01T23:00:00Z');
    expect(await changes()).toEqual([]); // the checks of the freeze leave all of them as they are
  });
});
