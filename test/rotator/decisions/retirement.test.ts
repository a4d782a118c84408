import { DAY } from '../../../src/contract/ages';
import { nextStep } from '../../../src/rotator/decisions/next-step';
import { addMs, TOLERANCE } from '../../../src/rotator/domain/time';
import { ago, asListed, current, fact, inactive, iso, key, NOW, previous, stateOf, step, used } from '../decide';
import { manualRequest, request } from '../support';

describe('deactivate', () => {
  const keys = (age: number) => [key('A', 90 + age), key('B', age)];
  const versions = (age: number) => ({ ...previous('A', 90 + age), ...current('B', age) });

  test.each([
    [6.9, 'nothing'],
    [13.9, 'remind'],
    [14 - 0.5 / 24, 'deactivate'],
    [14, 'deactivate'],
    [60, 'deactivate'],
  ])('a successor of %d days: %s', (age, wanted) =>
    expect(step(request('deactivate'), keys(age), versions(age)).do).toBe(wanted),
  );

  test('the tolerance of an hour pays for what a run takes as well: from creation to publication', () => {
    expect(step(request('deactivate'), keys(14 - 56 / 1440), versions(14 - 56 / 1440)).do).toBe('remind');
    expect(step(request('deactivate'), keys(14 - 55 / 1440), versions(14 - 55 / 1440)).do).toBe('deactivate');
  });

  test('is decided after a look at the use of both keys, and goes on where IAM does not answer', () => {
    expect(asListed(nextStep(request('deactivate'), stateOf(keys(14), versions(14))))).toEqual({
      do: 'get-last-used',
      keys: keys(14),
      required: false,
    });
    expect(step(request('deactivate'), keys(14), versions(14))).toEqual({
      do: 'deactivate',
      key: key('A', 104),
      reason: 'period-over',
    });
  });

  test('asked by a person, the grace period holds all the same', () => {
    expect(step(manualRequest('deactivate'), keys(13), versions(13))).toMatchObject({
      outcome: 'not-due',
      until: new Date(ago(13).getTime() + 14 * DAY),
    });
  });

  test('never while the current key does not work', () => {
    const broken = [key('A', 110), inactive('B', 20)];
    expect(
      step(request('deactivate'), broken, { ...previous('A', 110), ...current('B', 20, fact('inactive', 'B', 3)) }),
    ).toMatchObject({ outcome: 'waiting' });
  });

  test('a current key that was switched off and on again has to work for the whole grace, counted from then', () => {
    const since = (days: number) => ({ ...previous('A', 110), ...current('B', 20, fact('current-since', 'B', days)) });
    expect(step(request('deactivate'), [key('A', 110), key('B', 20)], since(13))).toMatchObject({
      do: 'remind',
      at: ago(-1),
    });
    expect(step(request('deactivate'), [key('A', 110), key('B', 20)], since(14)).do).toBe('deactivate');
  });

  test('never a foreign key', () => {
    const noted = current('B', 20, fact('unmanaged', 'FOREIGN', 1));
    expect(step(request('deactivate'), [key('B', 20), key('FOREIGN', 200)], noted)).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('under a value that somebody else wrote, nothing', () => {
    const overwritten = {
      v9: ['AWSCURRENT'],
      ...previous('B', 20, fact('displaced', 'B', 1)),
      v3: [fact('key', 'A', 110)],
    };
    expect(step(request('deactivate'), [key('A', 110), key('B', 20)], overwritten)).toMatchObject({
      outcome: 'waiting',
    });
    expect(step(request('delete'), [inactive('A', 110), key('B', 20)], overwritten)).toMatchObject({
      outcome: 'waiting',
    });
  });

  test('a key that somebody else deactivated is stamped now: its second grace begins late, never early', () => {
    expect(step(request('deactivate'), [inactive('A', 100), key('B', 10)], versions(10))).toMatchObject({
      do: 'record-inactive',
      key: { keyId: 'A' },
    });
  });

  test('one that bears a stamp is left to its second grace', () => {
    const stamped = { ...previous('A', 100, fact('inactive', 'A', 1)), ...current('B', 10) };
    expect(step(request('deactivate'), [inactive('A', 100), key('B', 10)], stamped)).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('a key of ours from the very second of the current one is an old one as well', () => {
    const twins = { ...previous('A', 20), ...current('B', 20) };
    expect(step(request('deactivate'), [key('A', 20), key('B', 20)], twins)).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'A' },
    });
  });

  test('never while a key is being issued: it exists already, and is not current yet', () => {
    const issuing = { ...current('B', 90), v2: [`akr1.key.C.${iso(NOW)}`, `akr1.claim.run.${iso(NOW)}`] };
    expect(step(request('deactivate'), [key('B', 90), key('C', 0)], issuing)).toMatchObject({ outcome: 'locked' });
  });
});

describe('an old key that is still in use', () => {
  const keys = (age: number) => [key('A', 90 + age), key('B', age)];
  const versions = (age: number) => ({ ...previous('A', 90 + age), ...current('B', age) });
  const holding = request('deactivate', undefined, true, { maxDelayDays: 10 });

  test('is deactivated on time, as promised', () => {
    expect(step(request('deactivate'), keys(14), versions(14), { uses: { A: used(0) } }).do).toBe('deactivate');
  });

  test('is held where that is asked for, at most so long', () => {
    expect(step(holding, keys(14), versions(14), { uses: { A: used(6.9) } })).toMatchObject({
      do: 'postpone',
      key: { keyId: 'A' },
      until: ago(-10),
    });
    expect(step(holding, keys(23), versions(23), { uses: { A: used(0) } })).toMatchObject({
      do: 'postpone',
      until: ago(-1),
    });
    expect(step(holding, keys(24), versions(24), { uses: { A: used(0) } }).do).toBe('deactivate');
  });

  test('is not held for what was before the last half of the grace', () => {
    expect(step(holding, keys(14), versions(14), { uses: { A: used(7) } }).do).toBe('deactivate');
    expect(step(holding, keys(14), versions(14)).do).toBe('deactivate');
  });

  test('unknown means in use', () => {
    expect(step(holding, keys(14), versions(14), { uses: { A: 'unknown' } }).do).toBe('postpone');
  });

  test('the use of the new key changes nothing', () => {
    expect(step(holding, keys(14), versions(14), { uses: { B: used(0) } }).do).toBe('deactivate');
  });
});

describe('delete', () => {
  const keys = [inactive('A', 120), key('B', 30)];
  const versions = (off: number) => ({ ...previous('A', 120, fact('inactive', 'A', off)), ...current('B', 30) });

  test.each([
    [12.9, 'nothing'],
    [13.9, 'remind'],
    [14 - 0.5 / 24, 'delete'],
    [14, 'delete'],
    [90, 'delete'],
  ])('inactive for %d days: %s', (off, wanted) => expect(step(request('delete'), keys, versions(off)).do).toBe(wanted));

  test('is decided by the last use: without an answer of IAM, nothing is deleted', () => {
    expect(asListed(nextStep(request('delete'), stateOf(keys, versions(14))))).toEqual({
      do: 'get-last-used',
      keys: [keys[0]],
      required: true,
    });
    expect(step(request('delete'), keys, versions(14))).toEqual({ do: 'delete', key: keys[0], reason: 'period-over' });
  });

  test('never an active key, however old', () => {
    expect(
      step(request('delete'), [key('A', 500), key('B', 400)], { ...previous('A', 500), ...current('B', 400) }),
    ).toMatchObject({ outcome: 'not-due' });
  });

  test('an inactive key without a stamp is stamped, not deleted', () => {
    expect(step(request('delete'), keys, { ...previous('A', 120), ...current('B', 30) })).toMatchObject({
      do: 'record-inactive',
    });
  });

  test('of several stamps, the latest counts', () => {
    const twice = { ...previous('A', 120, fact('inactive', 'A', 20), fact('inactive', 'A', 2)), ...current('B', 30) };
    expect(step(request('delete'), keys, twice)).toMatchObject({ outcome: 'not-due' });
  });

  test('never while the current key is gone', () => {
    const gone = { ...previous('A', 120, fact('inactive', 'A', 20)), ...current('B', 30, fact('missing', 'B', 1)) };
    expect(step(request('delete'), [inactive('A', 120)], gone)).toMatchObject({ outcome: 'waiting' });
  });

  test('a key that was used after its stamp was switched on in between: its second grace begins anew', () => {
    expect(step(request('delete'), keys, versions(14), { uses: { A: used(3) } })).toMatchObject({
      do: 'record-inactive',
      key: { keyId: 'A' },
      replaces: { kind: 'inactive' },
    });
    expect(step(request('delete'), keys, versions(14), { uses: { A: used(14.5) } }).do).toBe('delete'); // before it
    const after = (ms: number) => ({ at: addMs(ago(14), ms), service: 's3', region: 'eu-west-1' });
    // IAM spreads it slowly
    expect(step(request('delete'), keys, versions(14), { uses: { A: after(TOLERANCE) } }).do).toBe('delete');
    expect(step(request('delete'), keys, versions(14), { uses: { A: after(TOLERANCE + 1) } }).do).toBe(
      'record-inactive',
    );
    expect(step(request('delete'), keys, versions(14), { uses: { A: 'unknown' } }).do).toBe('record-inactive');
  });
});

test('why nothing is retired, word for word', () => {
  const whyOf = (
    action: 'deactivate' | 'delete',
    ...[keys, versions]: [Parameters<typeof step>[1], Parameters<typeof step>[2]]
  ) => step(request(action), keys, versions);
  const both = { ...previous('A', 95), ...current('B', 5) };
  expect(whyOf('deactivate', [key('A', 95), key('B', 5)], both)).toMatchObject({
    why: 'the previous key A stays active for the switch period of 14 days',
  });
  expect(whyOf('deactivate', [key('B', 5)], current('B', 5))).toMatchObject({
    why: 'there is no previous key that is still active',
  });
  expect(whyOf('delete', [key('A', 95), key('B', 5)], both)).toMatchObject({
    why: 'there is no previous key that is inactive',
  });
  expect(
    whyOf('delete', [inactive('A', 105), key('B', 15)], {
      ...previous('A', 105, fact('inactive', 'A', 1)),
      ...current('B', 15),
    }),
  ).toMatchObject({ why: 'the previous key A is inactive, and is kept for the recovery period of 14 days' });
  expect(whyOf('delete', [], {})).toMatchObject({ why: 'no key of this rotation is current' });

  const meanwhile = 'no previous key is retired while';
  expect(
    whyOf('delete', [key('A', 110), key('B', 20)], {
      v9: ['AWSCURRENT'],
      ...previous('B', 20, fact('displaced', 'B', 1)),
      v3: [fact('key', 'A', 110)],
    }),
  ).toMatchObject({ why: `${meanwhile} no key of this rotation is current (the "create" action reports why)` });
  expect(
    whyOf('delete', [key('A', 110), inactive('B', 20)], {
      ...previous('A', 110),
      ...current('B', 20, fact('inactive', 'B', 1)),
    }),
  ).toMatchObject({ why: `${meanwhile} the current key B is inactive` });
  expect(
    whyOf('delete', [key('A', 110)], { ...previous('A', 110), ...current('B', 20, fact('missing', 'B', 1)) }),
  ).toMatchObject({ why: `${meanwhile} IAM does not list the current key B` });
});
