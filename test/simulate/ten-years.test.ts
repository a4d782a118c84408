import { dailyChecks } from './daily-checks';
import { Ages, DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { closedReason, WindowSettings } from '../../src/contract/change-window';
import { stableHash } from '../../src/private/hash';
import { rotate } from '../../src/rotator/actions/rotate';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';
import { skipsChecks } from '../../src/schedule/summer-time';
import { KeyEvent, ModelAws } from '../fake-aws/fake-aws';
import { checkSettled, watch } from '../fake-aws/invariants';
import { firings, request } from '../rotator/support';

const START = new Date('2026-01-01T00:00:00Z').getTime();
const DAYS = 3_653;

/** Ten years of a user: the first key at midnight of day 0, then all checks of the rules. */
async function tenYears(trigger: RotationTrigger, ages: Ages, afterCheck: (aws: ModelAws) => void = () => {}) {
  const aws = new ModelAws();
  watch(aws, ages);
  await rotate(request('create', ages), aws.tools());
  const outcomes: string[] = [];
  const overdue: number[] = [];
  const sentEvents = aws.sent.map(({ attributes: { event, accessKeyId } }) => ({
    day: 0,
    notification: `${event} ${accessKeyId}`,
  }));
  for (const { at, action } of firings(trigger, ages, DAYS)) {
    // A check takes some seconds, so a key is younger than the time since the check that created it.
    aws.now = new Date(START + at + 7_000);
    const before = aws.sent.length;
    const { outcome, measurements } = await rotate(request(action, ages), aws.tools());
    outcomes.push(outcome);
    overdue.push(measurements!.OverdueDays!);
    sentEvents.push(
      ...aws.sent
        .slice(before)
        .map(({ attributes: { event, accessKeyId } }) => ({
          day: dayOf(aws.now),
          notification: `${event} ${accessKeyId}`,
        })),
    );
    afterCheck(aws);
  }
  checkSettled(aws);
  return { aws, outcomes, overdue, sentEvents };
}

function dayOf(at: Date): number {
  return Math.floor((at.getTime() - START) / DAY);
}

function daysOf(history: KeyEvent[], what: KeyEvent['what']): number[] {
  return history.filter((event) => event.what === what).map(({ at }) => dayOf(at));
}

function everyDays(first: number, interval: number): number[] {
  return Array.from({ length: Math.ceil((DAYS - first) / interval) }, (_, index) => first + index * interval);
}

describe('ten years of daily checks', () => {
  test.each<[string, Ages]>([
    ['90/104/118', DEFAULT_AGES],
    ['75/89/103', { create: 75, deactivate: 89, delete: 103 }],
    ['30/44/58, which deletes each key two days before its slot is needed', { create: 30, deactivate: 44, delete: 58 }],
    ['3/4/5', { create: 3, deactivate: 4, delete: 5 }],
  ])('%s: every step is taken on its day, and none is overdue', async (_name, ages) => {
    const { aws, overdue } = await tenYears(RotationTrigger.eventBridgeRules(), ages);

    expect(daysOf(aws.history, 'created')).toEqual([0, ...everyDays(ages.create, ages.create)]);
    expect(daysOf(aws.history, 'deactivated')).toEqual(everyDays(ages.deactivate, ages.create));
    expect(daysOf(aws.history, 'deleted')).toEqual(everyDays(ages.delete, ages.create));
    expect(Math.max(...overdue)).toBe(0);
  });

  test('each step has one notification, and each deadline its reminders', async () => {
    const { aws, sentEvents } = await tenYears(RotationTrigger.eventBridgeRules(), DEFAULT_AGES);

    const steps = aws.history
      .filter(({ what }) => what !== 'published')
      .map(({ what, keyId, at }) => ({ day: dayOf(at), notification: `${what} ${keyId}` }));
    // No key is ever used.
    const reminders = aws.history.flatMap(({ what, keyId, at }) => {
      const reminderDays = what === 'deactivated' ? [7, 1] : what === 'deleted' ? [1] : [];
      return reminderDays.map((days) => ({ day: dayOf(at) - days, notification: `reminder ${keyId}` }));
    });
    expect(reminders.slice(0, 6).map(({ day }) => day)).toEqual([97, 103, 117, 187, 193, 207]);
    expect(sentEvents).toEqual([...steps, ...reminders].sort((a, b) => a.day - b.day));
  });

  test('if people switch in time, only the deletions have reminders', async () => {
    const { sentEvents } = await tenYears(RotationTrigger.eventBridgeRules(), DEFAULT_AGES, (aws) =>
      aws.person.use(aws.currentKey()!),
    );

    const reminders = sentEvents.filter(({ notification }) => notification.startsWith('reminder'));
    expect(reminders.slice(0, 3)).toEqual([
      { day: 117, notification: 'reminder AKIA0001' },
      { day: 207, notification: 'reminder AKIA0002' },
      { day: 297, notification: 'reminder AKIA0003' },
    ]);
    expect(reminders).toHaveLength(40);
  });

  test('a secret never has more labels than Secrets Manager allows, and keeps the records of two deleted keys', async () => {
    const { aws } = await tenYears(RotationTrigger.eventBridgeRules(), DEFAULT_AGES);

    const records = aws.labels().filter((label) => label.startsWith('akr1.key.'));
    expect(records.length - aws.keys.size).toBe(2);
    expect(aws.labels().length).toBeLessThanOrEqual(20);
  });
});

describe('ten years of checks within a change window', () => {
  const freezes = Array.from({ length: 11 }, (_, year) => ({
    start: `${2025 + year}-12-18`,
    end: `${2026 + year}-01-04`,
    reason: 'end of the year',
  }));

  test.each<[string, WindowSettings]>([
    [
      'working days in Berlin, with a freeze each year',
      { weekDays: [1, 2, 3, 4, 5], hours: [9, 17], timeZone: 'Europe/Berlin', freezes },
    ],
    ['an hour in which Berlin changes to summer time', { hours: [2, 3], timeZone: 'Europe/Berlin' }],
    ['Mondays', { weekDays: [1] }],
  ])('%s: each step is taken within it on its announced date, and none is overdue', async (_, window) => {
    const aws = new ModelAws();
    watch(aws, DEFAULT_AGES);
    const checkTimes = RotationTrigger.eventBridgeScheduler()._checkTimes(stableHash('alice'), window)!;
    const settings = { checkTimes };
    const checks = dailyChecks(checkTimes);
    aws.now = new Date(START);
    await rotate(request('create', DEFAULT_AGES, true, { ...settings, duringDeploy: true }), aws.tools());
    const taken: string[] = [];
    for (let day = 0; day < DAYS; day++) {
      for (const { time, action } of checks(day)) {
        aws.now = new Date(START + time + 7_000);
        const { outcome, measurements } = await rotate(request(action, DEFAULT_AGES, true, settings), aws.tools());
        expect(measurements!.OverdueDays).toBe(0);
        if (!['created', 'deactivated', 'deleted'].includes(outcome)) continue;
        expect(closedReason(window, aws.now.getTime())).toBeUndefined();
        taken.push(`${outcome} ${new Date(START + time).toISOString()}`);
      }
    }

    const announcedIn = (event: string) => aws.sent.filter(({ attributes }) => attributes.event === event);
    const announced = [
      ...announcedIn('created').map(({ details }) => `created ${details.replacedAt}`),
      ...announcedIn('created').map(({ details }) => `deactivated ${details.deactivatedAt}`),
      ...announcedIn('deactivated').map(({ details }) => `deleted ${details.deletedAt}`),
    ];
    const until = new Date(START + DAYS * DAY).toISOString();
    expect(announced.filter((step) => !step.endsWith('undefined') && step.split(' ')[1] < until).sort()).toEqual(
      taken.sort(),
    );
    expect(announcedIn('created').length).toBeGreaterThan(35);
    const remindedOf = new Set(
      announcedIn('reminder').map(
        ({ attributes, details }) => `${attributes.accessKeyId} ${details.deactivatedAt ? '' : 'deletion'}`,
      ),
    );
    // In spring, a check of the day before a deletion can be missing.
    const notReminded = announcedIn('deleted').filter(
      ({ attributes }) => !remindedOf.has(`${attributes.accessKeyId} deletion`),
    );
    expect(notReminded.length).toBeLessThanOrEqual(skipsChecks(window) ? 1 : 0);
    checkSettled(aws);
  });
});

describe('ten years of fixed rates', () => {
  test('drift, but exceed no quota and keep both periods', async () => {
    const { aws, outcomes, overdue } = await tenYears(RotationTrigger.fixedRates(), DEFAULT_AGES);

    expect(daysOf(aws.history, 'deactivated').slice(0, 3)).toEqual([104, 208, 312]); // promised: 104, 194, 284
    expect(outcomes).toContain('waiting');
    expect(Math.max(...overdue)).toBeGreaterThan(2);
  });
});
