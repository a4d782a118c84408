/** Reminders as they are sent, run by run. When they are due is in reminders.test.ts. */
import * as fc from 'fast-check';
import {
  Ages,
  agesProblem,
  DAY,
  reminderProblem,
  recoveryPeriodDays,
  switchPeriodDays,
} from '../../../src/contract/ages';
import { Action, ACTIONS } from '../../../src/contract/events';
import { rotate } from '../../../src/rotator/actions/rotate';
import { ModelAws } from '../../fake-aws/fake-aws';
import { request } from '../support';

const HOUR = 3_600_000;

describe('in a run', () => {
  /** B is the new key, and A the old one, after this many days of the switch period. */
  async function daysIntoPeriod(days: number): Promise<ModelAws> {
    const aws = new ModelAws();
    await rotate(request('create'), aws.tools());
    for (const more of [90, days]) {
      aws.now = new Date(aws.now.getTime() + more * DAY);
      if (more === 90) await rotate(request('create'), aws.tools());
    }
    aws.sent = [];
    return aws;
  }
  const events = ({ sent }: ModelAws) =>
    sent.map(({ attributes: { event, accessKeyId } }) => `${event} ${accessKeyId}`);

  test('a reminder is recorded, and the outcome is that no step is due yet', async () => {
    const aws = await daysIntoPeriod(7);
    const outcome = await rotate(request('deactivate'), aws.tools());
    expect(outcome).toMatchObject({
      outcome: 'not-due',
      accessKeyId: 'AKIA0001',
      until: '2026-04-15T00:00:00.000Z',
      message: 'the deactivation of the previous key AKIA0001 is not due yet; a reminder was sent',
    });
    expect(aws.labels()).toContain('akr1.reminded.AKIA0001.20260408T000000Z');
    await rotate(request('deactivate'), aws.tools());
    expect(events(aws)).toEqual(['reminder AKIA0001']);
  });

  test('it is sent once, even if the ledger shows its record late', async () => {
    const aws = await daysIntoPeriod(7);
    aws.ownSecret().lag = 60_000;
    await rotate(request('deactivate'), aws.tools());
    expect(events(aws)).toEqual(['reminder AKIA0001']);
  });

  test('a reminder that could not be sent is sent by the next check', async () => {
    const aws = await daysIntoPeriod(7);
    aws.snsIsDown = true;
    expect(await rotate(request('deactivate'), aws.tools())).toMatchObject({
      outcome: 'not-due',
      message: 'the deactivation of the previous key AKIA0001 is not due yet',
    });
    expect(aws.labels().filter((label) => label.startsWith('reminded'))).toEqual([]);
    aws.snsIsDown = false;
    await rotate(request('deactivate'), aws.tools());
    expect(events(aws)).toEqual(['reminder AKIA0001']);
  });

  test('after a run that crashes after the notification, the next one sends it again', async () => {
    const aws = await daysIntoPeriod(7);
    aws.faultAt = (call) => (call === 'Publish' ? 'crash' : undefined);
    await rotate(request('deactivate'), aws.tools());
    aws.faultAt = undefined;
    await rotate(request('deactivate'), aws.tools());
    await rotate(request('deactivate'), aws.tools());
    expect(events(aws)).toEqual(['reminder AKIA0001', 'reminder AKIA0001']);
  });

  test('it contains the last use of both keys', async () => {
    const aws = await daysIntoPeriod(6);
    aws.person.use('AKIA0001');
    aws.now = new Date(aws.now.getTime() + DAY);
    await rotate(request('deactivate'), aws.tools());
    expect(aws.sent[0].text).toContain(
      'It was last used 2026-04-07 00:00 UTC for s3 in us-east-1.\nNo consumer has used the new key AKIA0002 yet.\n',
    );
  });

  test('before a deletion as well, with the roll-back command, but not for a leaked key', async () => {
    const aws = await daysIntoPeriod(7);
    aws.person.use('AKIA0001');
    aws.now = new Date(aws.now.getTime() + 7 * DAY);
    await rotate(request('deactivate'), aws.tools());
    aws.now = new Date(aws.now.getTime() + 13 * DAY);
    const leaking = aws.clone();
    leaking
      .ownSecret()
      .stage('akr1.leaked.AKIA0001.20260420T000000Z', leaking.versionOf('AKIA0001'), undefined, leaking.now);
    for (const world of [aws, leaking]) {
      world.sent = [];
      await rotate(request('delete'), world.tools());
      expect(events(world)).toEqual(['reminder AKIA0001']);
    }
    expect(aws.sent[0].text).toContain(
      'It was last used 2026-04-08 00:00 UTC for s3 in us-east-1.\nNo consumer has used the new key AKIA0002 yet.\n',
    );
    expect(aws.sent[0].text).toContain('"rollback"');
    expect(leaking.sent[0].text).not.toContain('"rollback"');
  });

  test('the records of reminders are removed with the key', async () => {
    const aws = await daysIntoPeriod(7);
    for (const [days, action] of [
      [0, 'deactivate'],
      [6, 'deactivate'],
      [1, 'deactivate'],
      [13, 'delete'],
      [1, 'delete'],
    ] as const) {
      aws.now = new Date(aws.now.getTime() + days * DAY);
      await rotate(request(action), aws.tools());
      expect(aws.labels().filter((label) => label.startsWith('akr1.reminded.')).length).toBeLessThanOrEqual(2);
    }
    expect(events(aws)).toEqual([
      'reminder AKIA0001',
      'reminder AKIA0001',
      'deactivated AKIA0001',
      'reminder AKIA0001',
      'deleted AKIA0001',
    ]);
    expect(aws.labels().filter((label) => label.startsWith('akr1.reminded.'))).toEqual([]);
  });
});

describe('with any schedule, any reminder days and any missed checks', () => {
  const small: fc.Arbitrary<Ages> = fc
    .tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 60 }))
    .map(([first, second, more]) => ({
      create: first + second + more,
      deactivate: 2 * first + second + more,
      delete: 2 * (first + second) + more,
    }));
  const life = small.chain((ages) =>
    fc.record({
      ages: fc.constant(ages),
      reminderDays: fc
        .uniqueArray(
          fc.integer({ min: 1, max: Math.max(1, Math.min(switchPeriodDays(ages), recoveryPeriodDays(ages)) - 1) }),
          { maxLength: 4 },
        )
        .filter((days) => reminderProblem(ages, days) === undefined),
      missed: fc.infiniteStream(fc.integer({ min: 0, max: 3 }).map((dice) => dice === 0)),
      late: fc.infiniteStream(fc.integer({ min: 0, max: 50 })), // minutes
      used: fc.infiniteStream(fc.constantFrom('old', 'new', 'both', 'none')),
    }),
  );

  test('reminders come before their deadline, on the day of a check, and at most one for each reminder day', async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(life, async ({ ages, reminderDays, missed, late, used: uses }) => {
        expect(agesProblem(ages)).toBeUndefined();
        const aws = new ModelAws();
        const begin = aws.now.getTime();
        await rotate(request('create', ages, true, { reminderDays }), aws.tools());
        const reminders: { keyId: string; before: string; due: number; at: number }[] = [];
        for (let day = 1; day <= 2 * ages.create + 40; day++) {
          const usedKeys = uses.next().value;
          for (const keyId of [...aws.keys].filter(([, { active }]) => active).map(([id]) => id)) {
            const isNew = keyId === aws.currentKey();
            if (usedKeys === 'both' || usedKeys === (isNew ? 'new' : 'old')) aws.person.use(keyId);
          }
          for (const action of ACTIONS) {
            aws.now = new Date(Math.max(aws.now.getTime(), begin + day * DAY + late.next().value * 60_000));
            if (missed.next().value) continue;
            aws.sent = [];
            await rotate(request(action, ages, true, { reminderDays }), aws.tools());
            for (const {
              attributes: { event, accessKeyId },
              details,
            } of aws.sent) {
              if (event !== 'reminder') continue;
              const due = Date.parse((details.deactivatedAt ?? details.deletedAt)!);
              const before = details.deactivatedAt ? 'deactivation' : 'deletion';
              reminders.push({ keyId: accessKeyId!, before, due, at: aws.now.getTime() });
              expect(action).toBe<Action>(before === 'deactivation' ? 'deactivate' : 'delete');
            }
          }
        }
        for (const { due, at } of reminders) expect(at).toBeLessThan(due);
        // Each belongs to the latest reminder day before it, with the tolerance of an hour.
        const slots = reminders.map(({ keyId, before, due, at }) => {
          const days = before === 'deletion' ? [Math.min(...reminderDays)] : reminderDays;
          const ahead = days.filter((each) => at >= due - each * DAY - HOUR);
          expect(ahead).not.toEqual([]);
          return `${Math.min(...ahead)} days before the ${before} of ${keyId} at ${due}`;
        });
        expect(new Set(slots).size).toBe(slots.length);
        count += slots.length;
      }),
      { numRuns: 30 },
    );
    expect(count).toBeGreaterThan(0);
  });
});
