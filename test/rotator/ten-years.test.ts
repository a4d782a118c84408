import { settled, watch } from './invariants';
import { KeyEvent, ModelAws } from './model';
import { firings, request } from './support';
import { RotationTrigger } from '../../src/rotation-trigger';
import { Ages, DAY, DEFAULT_AGES } from '../../src/rotator/ages';
import { rotate } from '../../src/rotator/rotate';

const START = new Date('2026-01-01T00:00:00Z').getTime();
const DAYS = 3_653;

/** Ten years of a user: the first key at midnight of day 0, then whatever the rules ask. */
async function tenYears(trigger: RotationTrigger, ages: Ages) {
  const aws = new ModelAws();
  watch(aws, ages);
  await rotate(request('create', ages), aws.tools());
  const outcomes: string[] = [];
  for (const { at, action } of firings(trigger, ages, DAYS)) {
    // A check takes a moment, so keys are always some seconds younger than the time since the check before.
    aws.now = new Date(START + at + 7_000);
    outcomes.push((await rotate(request(action, ages), aws.tools())).outcome);
  }
  settled(aws);
  return { aws, outcomes };
}

function daysOf(history: KeyEvent[], what: KeyEvent['what']): number[] {
  return history.filter((event) => event.what === what).map(({ at }) => Math.floor((at.getTime() - START) / DAY));
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
  ])('%s: every step on the day of the arithmetic, none lost', async (_name, ages) => {
    const { aws } = await tenYears(RotationTrigger.rules(), ages);

    expect(daysOf(aws.history, 'created')).toEqual([0, ...arithmetic(ages.create, ages.create)]);
    expect(daysOf(aws.history, 'deactivated')).toEqual(arithmetic(ages.deactivate, ages.create));
    expect(daysOf(aws.history, 'deleted')).toEqual(arithmetic(ages.delete, ages.create));
  });

  test('each step is told once', async () => {
    const { aws } = await tenYears(RotationTrigger.rules(), DEFAULT_AGES);

    const told = aws.sent.map(({ attributes }) => `${attributes.event} ${attributes.accessKeyId}`);
    const happened = aws.history.filter(({ what }) => what !== 'published').map(({ what, keyId }) => `${what} ${keyId}`);
    expect(told).toEqual(happened);
  });

  test('a secret never bears more labels than Secrets Manager allows, and keeps the records of two deleted keys', async () => {
    const { aws } = await tenYears(RotationTrigger.rules(), DEFAULT_AGES);

    const records = aws.labels().filter((label) => label.startsWith('key:'));
    expect(records.length - aws.keys.size).toBe(2);
    expect(aws.labels().length).toBeLessThanOrEqual(20);
  });
});

describe('ten years of the seed\'s literal rates', () => {
  test('drift apart, but run into no quota and break no grace period', async () => {
    const { aws, outcomes } = await tenYears(RotationTrigger.literalRates(), DEFAULT_AGES);

    expect(daysOf(aws.history, 'deactivated').slice(0, 3)).toEqual([104, 208, 312]); // promised: 104, 194, 284
    expect(outcomes).toContain('waiting');
  });
});
