import { Ages, DEFAULT_AGES } from '../../../src/contract/ages';
import { nextStep } from '../../../src/rotator/decisions/next-step';
import { dryRunOutcome } from '../../../src/rotator/messages/dry-run';
import { ago, ahead, asListed, current, fact, inactive, key, Known, previous, stateOf, step, used } from '../decide';
import { manualRequest, request } from '../support';

const HOUR = 1 / 24;

describe('before a deactivation', () => {
  // A is old, and B current for so many days: A stops on day 14.
  const keys = (age: number) => [key('A', 90 + age), key('B', age)];
  const versions = (age: number, ...more: string[]) => ({ ...previous('A', 90 + age, ...more), ...current('B', age) });
  const stepOn = (age: number, known: Known = {}, reminded: readonly number[] = [], asked = request('deactivate')) =>
    step(asked, keys(age), versions(age, ...reminded.slice(-1).map((day) => fact('reminded', 'A', age - day))), known);

  test('people are told which key, and when', () => {
    expect(stepOn(7)).toEqual({ do: 'remind', key: key('A', 97), before: 'deactivation', at: ahead(7) });
  });

  test.each<[number, number[], string]>([
    [1, [], 'nothing'], // the message about the new key is just out
    [6.9, [], 'nothing'],
    [7, [], 'remind'],
    [7, [7], 'nothing'],
    [8, [7], 'nothing'],
    [12.9, [7], 'nothing'],
    [13, [7], 'remind'],
    [13, [7, 13], 'nothing'],
    [13.9, [7, 13], 'nothing'],
    [14, [7, 13], 'deactivate'],
  ])('on day %d, reminded on days %j: %s', (age, reminded, wanted) =>
    expect(stepOn(age, {}, reminded).do).toBe(wanted),
  );

  test.each([
    [7 - 1.01 * HOUR, 'nothing'],
    [7 - HOUR, 'remind'],
    [7 - HOUR / 2, 'remind'],
  ])('with the tolerance of an hour that all steps have: on day %d, %s', (age, wanted) =>
    expect(stepOn(age).do).toBe(wanted),
  );

  test('one that came an hour early counts', () => {
    expect(stepOn(7, {}, [7 - HOUR]).do).toBe('nothing');
    expect(stepOn(13, {}, [7 - HOUR, 13 - HOUR]).do).toBe('nothing');
  });

  test('one that was missed is made up for once, and not for each day that was missed', () => {
    expect(stepOn(10).do).toBe('remind');
    expect(stepOn(11, {}, [10]).do).toBe('nothing');
    expect(stepOn(13.5).do).toBe('remind');
    expect(stepOn(13.8, {}, [13.5]).do).toBe('nothing');
  });

  test('not twice on a day, though the days follow one another', () => {
    const asked = request('deactivate', DEFAULT_AGES, true, { reminderDays: [3, 2, 1] });
    expect(stepOn(13, {}, [13], asked).do).toBe('nothing');
    expect(stepOn(13, {}, [12], asked).do).toBe('remind');
    expect(stepOn(12.5, {}, [12], asked).do).toBe('nothing');
  });

  test.each([[[1, 7]], [[7, 1]], [[7, 1, 7, 1, 1]]])(
    'in whatever order they are asked for, and however often: %j',
    (reminderDays) => {
      const asked = request('deactivate', DEFAULT_AGES, true, { reminderDays });
      const days = Array.from({ length: 14 }, (_, day) => day);
      expect(days.filter((day) => stepOn(day, {}, [], asked).do === 'remind')).toEqual([7, 8, 9, 10, 11, 12, 13]);
      const told: number[] = [];
      for (const day of days) if (stepOn(day, {}, told, asked).do === 'remind') told.push(day);
      expect(told).toEqual([7, 13]);
    },
  );

  test('none where none is asked for', () => {
    for (const age of [7, 13]) {
      expect(stepOn(age, {}, [], request('deactivate', DEFAULT_AGES, true, { reminderDays: [] }))).toMatchObject({
        outcome: 'not-due',
      });
    }
  });

  test('none as early as the grace itself begins: days that were asked for with longer graces', () => {
    const short: Ages = { create: 90, deactivate: 97, delete: 111 };
    expect(step(request('deactivate', short), keys(0.5), versions(0.5))).toMatchObject({ outcome: 'not-due' });
    expect(step(request('deactivate', short), keys(6), versions(6)).do).toBe('remind');
    const shortest: Ages = { create: 3, deactivate: 4, delete: 5 };
    expect(step(request('deactivate', shortest), keys(0.9), versions(0.9))).toMatchObject({ outcome: 'not-due' });
  });

  test('none where the old key is unused and the new one is used', () => {
    expect(stepOn(7, { uses: { B: used(1) } })).toMatchObject({ outcome: 'not-due', until: ahead(7) });
    expect(stepOn(7, { uses: { A: used(8), B: used(1) } })).toMatchObject({ outcome: 'not-due' }); // before the grace
  });

  test('while the old key is in use, though the new one is as well', () => {
    expect(stepOn(7, { uses: { A: used(6.9), B: used(1) } }).do).toBe('remind');
  });

  test('while nobody uses the new key, though nobody uses the old one either', () => {
    expect(stepOn(7, { uses: { A: used(60) } }).do).toBe('remind');
  });

  test('where IAM does not say, the old key counts as in use, and so does the new one', () => {
    expect(stepOn(7, { uses: { A: 'unknown', B: used(1) } }).do).toBe('remind');
    expect(stepOn(7, { uses: { A: 'never', B: 'unknown' } })).toMatchObject({ outcome: 'not-due' });
  });

  test('our own verification of the new key is not use of it', () => {
    expect(stepOn(7, { uses: { B: { at: ago(7), service: 'sts', region: 'us-east-1' } } }).do).toBe('remind');
    expect(stepOn(7, { uses: { B: { at: ago(6), service: 'sts', region: 'us-east-1' } } })).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('the last use of both is asked for, and only when it is time', () => {
    const asked: string[] = [];
    const uses = new Proxy({}, { get: (_, keyId: string) => void asked.push(keyId) });
    stepOn(6, { uses });
    expect(asked).toEqual([]);
    stepOn(7, { uses });
    expect(asked).toEqual(['A', 'B']);
  });

  test('and a check that IAM does not answer goes on all the same', () => {
    const state = stateOf(keys(7), versions(7));
    expect(asListed(nextStep(request('deactivate'), state))).toEqual({
      do: 'get-last-used',
      keys: keys(7),
      required: false,
    });
  });

  test("only by a schedule's check: who asks by hand gets an answer", () => {
    expect(stepOn(7, {}, [], manualRequest('deactivate'))).toMatchObject({ outcome: 'not-due', until: ahead(7) });
  });

  test('only by the check that looks after deactivations', () => {
    expect(stepOn(7, {}, [], request('create'))).toMatchObject({ outcome: 'not-due' });
    expect(stepOn(7, {}, [], request('delete'))).toMatchObject({ outcome: 'not-due' });
  });

  test('not while messages cannot be sent, and not in a dry run', () => {
    expect(stepOn(7, { withoutNotifications: true })).toMatchObject({ outcome: 'not-due', until: ahead(7) });
    const looksOn = request('deactivate', DEFAULT_AGES, true, { dryRun: true });
    expect(dryRunOutcome(stepOn(7, { withoutNotifications: true }, [], looksOn), looksOn)).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('an old key that is held has had its reminders', () => {
    const holding = request('deactivate', DEFAULT_AGES, true, { maxDelayDays: 10 });
    expect(stepOn(13, { uses: { A: used(1) } }, [7], holding)).toMatchObject({ do: 'remind', at: ahead(1) });
    expect(stepOn(15, { uses: { A: used(1) } }, [7, 13], holding)).toMatchObject({ do: 'postpone' });
    expect(stepOn(23, { uses: { A: used(1) } }, [], holding)).toMatchObject({ do: 'postpone', until: ahead(1) });
  });

  test('a grace that began anew has its own reminders', () => {
    const anew = (days: number, reminded: number) =>
      step(request('deactivate'), [key('A', 110), key('B', 20)], {
        ...previous('A', 110, fact('reminded', 'A', reminded)),
        ...current('B', 20, fact('current-since', 'B', days)),
      });
    expect(anew(6, 7).do).toBe('nothing');
    expect(anew(7, 13)).toMatchObject({ do: 'remind', at: ahead(7) });
  });

  test('a key that was adopted, and one that was rolled back, have theirs', () => {
    const adopted = { v1: ['AWSCURRENT', fact('key', 'B', 7), fact('adopted', 'X', 7)] };
    expect(step(request('deactivate'), [key('X', 400), key('B', 7)], adopted)).toMatchObject({
      do: 'remind',
      key: { keyId: 'X' },
      at: ahead(7),
    });
    const back = { v0: ['AWSPREVIOUS', fact('key', 'B', 20), fact('rejected', 'B', 7)], ...current('A', 110) };
    const both = [key('A', 110), key('B', 20)];
    expect(step(request('deactivate'), both, back, { uses: { A: used(1), B: used(1) } })).toMatchObject({
      do: 'remind',
      key: { keyId: 'B' },
      at: ahead(7),
    });
    expect(step(request('deactivate'), both, back, { uses: { A: used(1), B: used(8) } })).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('a key that goes because nobody uses it, to make room for the first one of ours, needs none', () => {
    const asked = request('deactivate', DEFAULT_AGES, true, { retireExistingKeys: true });
    const full = { v0: ['AWSCURRENT', fact('adopted', 'X', 7), fact('adopted', 'Y', 7)] };
    expect(step(asked, [key('X', 400), key('Y', 300)], full, { uses: { X: used(1), Y: used(91) } })).toMatchObject({
      outcome: 'not-due',
      until: ahead(7),
    });
  });

  test('never of a foreign key, nor of one that was passed over', () => {
    expect(
      step(request('deactivate'), [key('B', 7), key('X', 200)], current('B', 7, fact('unmanaged', 'X', 1))),
    ).toMatchObject({ outcome: 'not-due' });
    const movedBack = { ...current('A', 97), v2: [fact('key', 'B', 7), fact('displaced', 'B', 1)] };
    expect(step(request('deactivate'), keys(7), movedBack)).toMatchObject({ outcome: 'not-due' });
  });
});

describe('before a deletion', () => {
  // A is inactive for so many days: it is deleted on day 14.
  const keys = [inactive('A', 120), key('B', 30)];
  const versions = (off: number, ...more: string[]) => ({
    ...previous('A', 120, fact('inactive', 'A', off), ...more),
    ...current('B', 30),
  });
  const stepOn = (off: number, reminded: readonly number[] = [], known: Known = {}, asked = request('delete')) =>
    step(asked, keys, versions(off, ...reminded.map((day) => fact('reminded', 'A', off - day))), known);

  test('people are told which key, and when', () => {
    expect(stepOn(13)).toEqual({ do: 'remind', key: inactive('A', 120), before: 'deletion', at: ahead(1) });
  });

  test.each<[number, number[], string]>([
    [7, [], 'nothing'], // that is for people who have to do something
    [12.9, [], 'nothing'],
    [13 - HOUR, [], 'remind'],
    [13, [], 'remind'],
    [13, [-1], 'remind'], // of the deactivation
    [13.5, [13], 'nothing'],
    [13.5, [13 - HOUR], 'nothing'],
    [14, [13], 'delete'],
  ])('once, as late as the last reminder: on day %d, reminded on days %j: %s', (off, reminded, wanted) =>
    expect(stepOn(off, reminded).do).toBe(wanted),
  );

  test('whether or not anybody uses anything: nobody can undo it', () => {
    expect(stepOn(13, [], { uses: { A: used(60), B: used(1) } }).do).toBe('remind');
    expect(stepOn(13, [], { uses: { A: 'unknown', B: 'unknown' } }).do).toBe('remind');
  });

  test('as late as the last of the days that were asked for', () => {
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

  test('not by hand, not while messages cannot be sent', () => {
    expect(stepOn(13, [], {}, manualRequest('delete'))).toMatchObject({ outcome: 'not-due', until: ahead(1) });
    expect(stepOn(13, [], { withoutNotifications: true })).toMatchObject({ outcome: 'not-due', until: ahead(1) });
  });

  test('a key that was switched on in between has its grace anew, and its reminder', () => {
    expect(stepOn(14, [13], { uses: { A: used(3) } }).do).toBe('record-inactive');
    expect(stepOn(13, [-1]).do).toBe('remind');
  });
});
