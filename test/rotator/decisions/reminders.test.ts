import { Ages, DEFAULT_AGES } from '../../../src/contract/ages';
import { nextStep } from '../../../src/rotator/decisions/next-step';
import { dryRunOutcome } from '../../../src/rotator/messages/dry-run';
import { ago, ahead, asListed, current, fact, inactive, key, Known, previous, stateOf, step, used } from '../decide';
import { manualRequest, request } from '../support';

const HOUR = 1 / 24;

describe('before a deactivation', () => {
  // A is old, and B current for this many days: A is deactivated on day 14.
  const keys = (age: number) => [key('A', 90 + age), key('B', age)];
  const versions = (age: number, ...more: string[]) => ({ ...previous('A', 90 + age, ...more), ...current('B', age) });
  const stepOn = (age: number, known: Known = {}, reminded: readonly number[] = [], event = request('deactivate')) =>
    step(event, keys(age), versions(age, ...reminded.slice(-1).map((day) => fact('reminded', 'A', age - day))), known);

  test('the reminder names the key and the time', () => {
    expect(stepOn(7)).toEqual({ do: 'remind', key: key('A', 97), before: 'deactivation', at: ahead(7) });
  });

  test.each<[number, number[], string]>([
    [1, [], 'nothing'], // the notification of the new key was just sent
    [6.9, [], 'nothing'],
    [7, [], 'remind'],
    [7, [7], 'nothing'],
    [8, [7], 'nothing'],
    [12.9, [7], 'nothing'],
    [13, [7], 'remind'],
    [13, [7, 13], 'nothing'],
    [13.9, [7, 13], 'nothing'],
    [14, [7, 13], 'deactivate'],
  ])('on day %d, reminded on days %j: %s', (age, reminded, expected) =>
    expect(stepOn(age, {}, reminded).do).toBe(expected),
  );

  test.each([
    [7 - 1.01 * HOUR, 'nothing'],
    [7 - HOUR, 'remind'],
    [7 - HOUR / 2, 'remind'],
  ])('with the tolerance of an hour that all steps have: on day %d, %s', (age, expected) =>
    expect(stepOn(age).do).toBe(expected),
  );

  test('one that was sent an hour early counts', () => {
    expect(stepOn(7, {}, [7 - HOUR]).do).toBe('nothing');
    expect(stepOn(13, {}, [7 - HOUR, 13 - HOUR]).do).toBe('nothing');
  });

  test('one that was missed is sent once, and not for each day that was missed', () => {
    expect(stepOn(10).do).toBe('remind');
    expect(stepOn(11, {}, [10]).do).toBe('nothing');
    expect(stepOn(13.5).do).toBe('remind');
    expect(stepOn(13.8, {}, [13.5]).do).toBe('nothing');
  });

  test('not twice on a day, with consecutive reminder days', () => {
    const event = request('deactivate', DEFAULT_AGES, true, { reminderDays: [3, 2, 1] });
    expect(stepOn(13, {}, [13], event).do).toBe('nothing');
    expect(stepOn(13, {}, [12], event).do).toBe('remind');
    expect(stepOn(12.5, {}, [12], event).do).toBe('nothing');
  });

  test.each([[[1, 7]], [[7, 1]], [[7, 1, 7, 1, 1]]])(
    'in any order of the reminder days, and with duplicates: %j',
    (reminderDays) => {
      const event = request('deactivate', DEFAULT_AGES, true, { reminderDays });
      const days = Array.from({ length: 14 }, (_, day) => day);
      expect(days.filter((day) => stepOn(day, {}, [], event).do === 'remind')).toEqual([7, 8, 9, 10, 11, 12, 13]);
      const sent: number[] = [];
      for (const day of days) if (stepOn(day, {}, sent, event).do === 'remind') sent.push(day);
      expect(sent).toEqual([7, 13]);
    },
  );

  test('none without reminder days', () => {
    for (const age of [7, 13]) {
      expect(stepOn(age, {}, [], request('deactivate', DEFAULT_AGES, true, { reminderDays: [] }))).toMatchObject({
        outcome: 'not-due',
      });
    }
  });

  test('none at the start of the period or before it, with reminder days for longer periods', () => {
    const short: Ages = { create: 90, deactivate: 97, delete: 111 };
    expect(step(request('deactivate', short), keys(0.5), versions(0.5))).toMatchObject({ outcome: 'not-due' });
    expect(step(request('deactivate', short), keys(6), versions(6)).do).toBe('remind');
    const shortest: Ages = { create: 3, deactivate: 4, delete: 5 };
    expect(step(request('deactivate', shortest), keys(0.9), versions(0.9))).toMatchObject({ outcome: 'not-due' });
  });

  test('none if the old key is unused and the new one is used', () => {
    expect(stepOn(7, { uses: { B: used(1) } })).toMatchObject({ outcome: 'not-due', until: ahead(7) });
    expect(stepOn(7, { uses: { A: used(8), B: used(1) } })).toMatchObject({ outcome: 'not-due' }); // before the period
  });

  test('while the old key is in use, even if the new one is as well', () => {
    expect(stepOn(7, { uses: { A: used(6.9), B: used(1) } }).do).toBe('remind');
  });

  test('while the new key was never used, even if the old one is not in use', () => {
    expect(stepOn(7, { uses: { A: used(60) } }).do).toBe('remind');
  });

  test('with an unknown last use, the old key counts as in use, and so does the new one', () => {
    expect(stepOn(7, { uses: { A: 'unknown', B: used(1) } }).do).toBe('remind');
    expect(stepOn(7, { uses: { A: 'never', B: 'unknown' } })).toMatchObject({ outcome: 'not-due' });
  });

  test('the verification of the new key does not count as use', () => {
    expect(stepOn(7, { uses: { B: { at: ago(7), service: 'sts', region: 'us-east-1' } } }).do).toBe('remind');
    expect(stepOn(7, { uses: { B: { at: ago(6), service: 'sts', region: 'us-east-1' } } })).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('the last use of both is read, and only when a reminder is due', () => {
    const read: string[] = [];
    const uses = new Proxy({}, { get: (_, keyId: string) => void read.push(keyId) });
    stepOn(6, { uses });
    expect(read).toEqual([]);
    stepOn(7, { uses });
    expect(read).toEqual(['A', 'B']);
  });

  test('and the last use is not required', () => {
    const state = stateOf(keys(7), versions(7));
    expect(asListed(nextStep(request('deactivate'), state))).toEqual({
      do: 'get-last-used',
      keys: keys(7),
      required: false,
    });
  });

  test('only by a scheduled check, not by a manual event', () => {
    expect(stepOn(7, {}, [], manualRequest('deactivate'))).toMatchObject({ outcome: 'not-due', until: ahead(7) });
  });

  test('only by the check for deactivations', () => {
    expect(stepOn(7, {}, [], request('create'))).toMatchObject({ outcome: 'not-due' });
    expect(stepOn(7, {}, [], request('delete'))).toMatchObject({ outcome: 'not-due' });
  });

  test('not while notifications cannot be sent, and not in a dry run', () => {
    expect(stepOn(7, { withoutNotifications: true })).toMatchObject({ outcome: 'not-due', until: ahead(7) });
    const dryRun = request('deactivate', DEFAULT_AGES, true, { dryRun: true });
    expect(dryRunOutcome(stepOn(7, { withoutNotifications: true }, [], dryRun), dryRun)).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('a postponed key gets no more reminders', () => {
    const withDelay = request('deactivate', DEFAULT_AGES, true, { maxDelayDays: 10 });
    expect(stepOn(13, { uses: { A: used(1) } }, [7], withDelay)).toMatchObject({ do: 'remind', at: ahead(1) });
    expect(stepOn(15, { uses: { A: used(1) } }, [7, 13], withDelay)).toMatchObject({ do: 'postpone' });
    expect(stepOn(23, { uses: { A: used(1) } }, [], withDelay)).toMatchObject({ do: 'postpone', until: ahead(1) });
  });

  test('a period that started again has its own reminders', () => {
    const again = (days: number, reminded: number) =>
      step(request('deactivate'), [key('A', 110), key('B', 20)], {
        ...previous('A', 110, fact('reminded', 'A', reminded)),
        ...current('B', 20, fact('current-since', 'B', days)),
      });
    expect(again(6, 7).do).toBe('nothing');
    expect(again(7, 13)).toMatchObject({ do: 'remind', at: ahead(7) });
  });

  test('also for an adopted key and a rejected one', () => {
    const adopted = { v1: ['AWSCURRENT', fact('key', 'B', 7), fact('adopted', 'X', 7)] };
    expect(step(request('deactivate'), [key('X', 400), key('B', 7)], adopted)).toMatchObject({
      do: 'remind',
      key: { keyId: 'X' },
      at: ahead(7),
    });
    const rolledBack = { v0: ['AWSPREVIOUS', fact('key', 'B', 20), fact('rejected', 'B', 7)], ...current('A', 110) };
    const both = [key('A', 110), key('B', 20)];
    expect(step(request('deactivate'), both, rolledBack, { uses: { A: used(1), B: used(1) } })).toMatchObject({
      do: 'remind',
      key: { keyId: 'B' },
      at: ahead(7),
    });
    expect(step(request('deactivate'), both, rolledBack, { uses: { A: used(1), B: used(8) } })).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('none for an unused key that is retired to free a slot for the first key', () => {
    const event = request('deactivate', DEFAULT_AGES, true, { retireExistingKeys: true });
    const adopted = { v0: ['AWSCURRENT', fact('adopted', 'X', 7), fact('adopted', 'Y', 7)] };
    expect(step(event, [key('X', 400), key('Y', 300)], adopted, { uses: { X: used(1), Y: used(91) } })).toMatchObject({
      outcome: 'not-due',
      until: ahead(7),
    });
  });

  test('never for an unmanaged key or a displaced one', () => {
    expect(
      step(request('deactivate'), [key('B', 7), key('X', 200)], current('B', 7, fact('unmanaged', 'X', 1))),
    ).toMatchObject({ outcome: 'not-due' });
    const movedBack = { ...current('A', 97), v2: [fact('key', 'B', 7), fact('displaced', 'B', 1)] };
    expect(step(request('deactivate'), keys(7), movedBack)).toMatchObject({ outcome: 'not-due' });
  });
});

describe('before a deletion', () => {
  // A is inactive for this many days: it is deleted on day 14.
  const keys = [inactive('A', 120), key('B', 30)];
  const versions = (off: number, ...more: string[]) => ({
    ...previous('A', 120, fact('inactive', 'A', off), ...more),
    ...current('B', 30),
  });
  const stepOn = (off: number, reminded: readonly number[] = [], known: Known = {}, event = request('delete')) =>
    step(event, keys, versions(off, ...reminded.map((day) => fact('reminded', 'A', off - day))), known);

  test('the reminder names the key and the time', () => {
    expect(stepOn(13)).toEqual({ do: 'remind', key: inactive('A', 120), before: 'deletion', at: ahead(1) });
  });

  test.each<[number, number[], string]>([
    [7, [], 'nothing'], // only before a deactivation
    [12.9, [], 'nothing'],
    [13 - HOUR, [], 'remind'],
    [13, [], 'remind'],
    [13, [-1], 'remind'], // of the deactivation
    [13.5, [13], 'nothing'],
    [13.5, [13 - HOUR], 'nothing'],
    [14, [13], 'delete'],
  ])('once, as late as the last reminder: on day %d, reminded on days %j: %s', (off, reminded, expected) =>
    expect(stepOn(off, reminded).do).toBe(expected),
  );

  test('whether or not the keys are in use: a deletion cannot be undone', () => {
    expect(stepOn(13, [], { uses: { A: used(60), B: used(1) } }).do).toBe('remind');
    expect(stepOn(13, [], { uses: { A: 'unknown', B: 'unknown' } }).do).toBe('remind');
  });

  test('on the last of the reminder days', () => {
    const on = (reminderDays: number[]) =>
      [9, 11, 13].filter(
        (off) => stepOn(off, [], {}, request('delete', DEFAULT_AGES, true, { reminderDays })).do === 'remind',
      );
    expect(on([5, 3])).toEqual([11, 13]);
    expect(on([3, 5])).toEqual([11, 13]);
    expect(on([20, 3])).toEqual([11, 13]);
    expect(on([20])).toEqual([]);
    expect(on([])).toEqual([]);
  });

  test('not by a manual event, and not while notifications cannot be sent', () => {
    expect(stepOn(13, [], {}, manualRequest('delete'))).toMatchObject({ outcome: 'not-due', until: ahead(1) });
    expect(stepOn(13, [], { withoutNotifications: true })).toMatchObject({ outcome: 'not-due', until: ahead(1) });
  });

  test('a key that was active meanwhile gets a new recovery period, with its reminder', () => {
    expect(stepOn(14, [13], { uses: { A: used(3) } }).do).toBe('record-inactive');
    expect(stepOn(13, [-1]).do).toBe('remind');
  });
});
