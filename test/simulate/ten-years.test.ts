import { Ages, DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { rotate } from '../../src/rotator/actions/rotate';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';
import { KeyEvent, ModelAws } from '../fake-aws/fake-aws';
import { checkSettled, watch } from '../fake-aws/invariants';
import { firings, request } from '../rotator/support';

const START = new Date('2026-01-01T00:00:00Z').getTime();
const DAYS = 3_653;

/** Ten years of a user: the first key at midnight of day 0, then whatever the rules ask. */
async function tenYears(trigger: RotationTrigger, ages: Ages, live: (aws: ModelAws) => void = () => {}) {
  const aws = new ModelAws();
  watch(aws, ages);
  await rotate(request('create', ages), aws.tools());
  const outcomes: string[] = [];
  const overdue: number[] = [];
  const told = aws.sent.map(({ attributes: { event, accessKeyId } }) => ({ day: 0, news: `${event} ${accessKeyId}` }));
  for (const { at, action } of firings(trigger, ages, DAYS)) {
    // A check takes a moment, so keys are always some seconds younger than the time since the check before.
    aws.now = new Date(START + at + 7_000);
    const before = aws.sent.length;
    const { outcome, measurements } = await rotate(request(action, ages), aws.tools());
    outcomes.push(outcome);
    overdue.push(measurements!.OverdueDays!);
    told.push(
      ...aws.sent
        .slice(before)
        .map(({ attributes: { event, accessKeyId } }) => ({ day: dayOf(aws.now), news: `${event} ${accessKeyId}` })),
    );
    live(aws);
  }
  checkSettled(aws);
  return { aws, outcomes, overdue, told };
}

function dayOf(at: Date): number {
  return Math.floor((at.getTime() - START) / DAY);
}

function daysOf(history: KeyEvent[], what: KeyEvent['what']): number[] {
  return history.filter((event) => event.what === what).map(({ at }) => dayOf(at));
}

function arithmetic(first: number, every: number): number[] {
  return Array.from({ length: Math.ceil((DAYS - first) / every) }, (_, index) => first + index * every);
}

describe('ten years of daily checks', () => {
  test.each<[string, Ages]>([
    ['90/104/118', DEFAULT_AGES],
    ['75/89/103', { create: 75, deactivate: 89, delete: 103 }],
    ['30/44/58, where each key goes two days before its slot is needed', { create: 30, deactivate: 44, delete: 58 }],
    ['3/4/5', { create: 3, deactivate: 4, delete: 5 }],
  ])('%s: every step on the day of the arithmetic, none lost, none overdue', async (_name, ages) => {
    const { aws, overdue } = await tenYears(RotationTrigger.eventBridgeRules(), ages);

    expect(daysOf(aws.history, 'created')).toEqual([0, ...arithmetic(ages.create, ages.create)]);
    expect(daysOf(aws.history, 'deactivated')).toEqual(arithmetic(ages.deactivate, ages.create));
    expect(daysOf(aws.history, 'deleted')).toEqual(arithmetic(ages.delete, ages.create));
    expect(Math.max(...overdue)).toBe(0);
  });

  test('each step is told once, and each deadline ahead of it', async () => {
    const { aws, told } = await tenYears(RotationTrigger.eventBridgeRules(), DEFAULT_AGES);

    const steps = aws.history
      .filter(({ what }) => what !== 'published')
      .map(({ what, keyId, at }) => ({ day: dayOf(at), news: `${what} ${keyId}` }));
    // Nobody ever uses a new key.
    const reminders = aws.history.flatMap(({ what, keyId, at }) => {
      const ahead = what === 'deactivated' ? [7, 1] : what === 'deleted' ? [1] : [];
      return ahead.map((days) => ({ day: dayOf(at) - days, news: `reminder ${keyId}` }));
    });
    expect(reminders.slice(0, 6).map(({ day }) => day)).toEqual([97, 103, 117, 187, 193, 207]);
    expect(told).toEqual([...steps, ...reminders].sort((a, b) => a.day - b.day));
  });

  test('where people switch in time, only the deletions are announced ahead', async () => {
    const { told } = await tenYears(RotationTrigger.eventBridgeRules(), DEFAULT_AGES, (aws) =>
      aws.person.use(aws.currentKey()!),
    );

    const reminders = told.filter(({ news }) => news.startsWith('reminder'));
    expect(reminders.slice(0, 3)).toEqual([
      { day: 117, news: 'reminder AKIA0001' },
      { day: 207, news: 'reminder AKIA0002' },
      { day: 297, news: 'reminder AKIA0003' },
    ]);
    expect(reminders).toHaveLength(40);
  });

  test('a secret never bears more labels than Secrets Manager allows, and keeps the records of two deleted keys', async () => {
    const { aws } = await tenYears(RotationTrigger.eventBridgeRules(), DEFAULT_AGES);

    const records = aws.labels().filter((label) => label.startsWith('akr1.key.'));
    expect(records.length - aws.keys.size).toBe(2);
    expect(aws.labels().length).toBeLessThanOrEqual(20);
  });
});

describe("ten years of the seed's literal rates", () => {
  test('drift apart, but run into no quota and break no grace period', async () => {
    const { aws, outcomes, overdue } = await tenYears(RotationTrigger.fixedRates(), DEFAULT_AGES);

    expect(daysOf(aws.history, 'deactivated').slice(0, 3)).toEqual([104, 208, 312]); // promised: 104, 194, 284
    expect(outcomes).toContain('waiting');
    expect(Math.max(...overdue)).toBeGreaterThan(2);
  });
});
