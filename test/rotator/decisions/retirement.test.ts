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
  ])('with a current key of %d days: %s', (age, expected) =>
    expect(step(request('deactivate'), keys(age), versions(age)).do).toBe(expected),
  );

  test('the tolerance of an hour includes the time of a run from creation to publication', () => {
    expect(step(request('deactivate'), keys(14 - 56 / 1440), versions(14 - 56 / 1440)).do).toBe('remind');
    expect(step(request('deactivate'), keys(14 - 55 / 1440), versions(14 - 55 / 1440)).do).toBe('deactivate');
  });

  test('is decided by the last use of both keys, which is not required', () => {
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

  test('the switch period applies to a manual event as well', () => {
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

  test('a current key that was deactivated and activated has to work for a whole switch period from then', () => {
    const since = (days: number) => ({ ...previous('A', 110), ...current('B', 20, fact('current-since', 'B', days)) });
    expect(step(request('deactivate'), [key('A', 110), key('B', 20)], since(13))).toMatchObject({
      do: 'remind',
      at: ago(-1),
    });
    expect(step(request('deactivate'), [key('A', 110), key('B', 20)], since(14)).do).toBe('deactivate');
  });

  test('never an unmanaged key', () => {
    const noted = current('B', 20, fact('unmanaged', 'UNMANAGED', 1));
    expect(step(request('deactivate'), [key('B', 20), key('UNMANAGED', 200)], noted)).toMatchObject({
      outcome: 'not-due',
    });
  });

  test("nothing while another principal's value is current", () => {
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

  test('a key that was deactivated outside the rotation is recorded now: its recovery period starts late, never early', () => {
    expect(step(request('deactivate'), [inactive('A', 100), key('B', 10)], versions(10))).toMatchObject({
      do: 'record-inactive',
      key: { keyId: 'A' },
    });
  });

  test('an inactive key with a record stays for its recovery period', () => {
    const recorded = { ...previous('A', 100, fact('inactive', 'A', 1)), ...current('B', 10) };
    expect(step(request('deactivate'), [inactive('A', 100), key('B', 10)], recorded)).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('an issued key of the same second as the current one is an old key', () => {
    const sameSecond = { ...previous('A', 20), ...current('B', 20) };
    expect(step(request('deactivate'), [key('A', 20), key('B', 20)], sameSecond)).toMatchObject({
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
  const withDelay = request('deactivate', undefined, true, { maxDelayDays: 10 });

  test('is deactivated on time by default', () => {
    expect(step(request('deactivate'), keys(14), versions(14), { uses: { A: used(0) } }).do).toBe('deactivate');
  });

  test('is postponed with a maximum delay, until the end of that', () => {
    expect(step(withDelay, keys(14), versions(14), { uses: { A: used(6.9), B: used(0) } })).toMatchObject({
      do: 'postpone',
      key: { keyId: 'A' },
      until: ago(-10),
    });
    expect(step(withDelay, keys(23), versions(23), { uses: { A: used(0) } })).toMatchObject({
      do: 'postpone',
      until: ago(-1),
    });
    expect(step(withDelay, keys(24), versions(24), { uses: { A: used(0) } }).do).toBe('deactivate');
  });

  test('is not postponed for a use before the last half of the switch period', () => {
    expect(step(withDelay, keys(14), versions(14), { uses: { A: used(7), B: used(0) } }).do).toBe('deactivate');
    expect(step(withDelay, keys(14), versions(14), { uses: { B: used(0) } }).do).toBe('deactivate');
  });

  test('unknown means in use', () => {
    expect(step(withDelay, keys(14), versions(14), { uses: { A: 'unknown' } }).do).toBe('postpone');
  });

  test('is postponed while no consumer has used the new key, even if the old one is not used either', () => {
    const postponed = { do: 'postpone', key: { keyId: 'A' }, unused: { keyId: 'B' }, until: ago(-10) };
    expect(step(withDelay, keys(14), versions(14))).toMatchObject(postponed);
    expect(
      step(withDelay, keys(14), versions(14), { uses: { B: { at: ago(14), service: 'sts', region: 'us-east-1' } } }),
    ).toMatchObject(postponed);
    expect(step(withDelay, keys(24), versions(24)).do).toBe('deactivate');
  });

  test('a new key whose last use is unknown does not postpone it', () => {
    expect(step(withDelay, keys(14), versions(14), { uses: { B: 'unknown' } }).do).toBe('deactivate');
  });

  test('a person ends the postponement at once', () => {
    const manual = { ...withDelay, ifDue: false };
    expect(step(manual, keys(14), versions(14), { uses: { A: used(0) } }).do).toBe('deactivate');
    expect(step(manual, keys(14), versions(14)).do).toBe('deactivate');
    expect(step(manual, keys(13), versions(13)).do).toBe('nothing');
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
  ])('inactive for %d days: %s', (off, expected) =>
    expect(step(request('delete'), keys, versions(off)).do).toBe(expected),
  );

  test('is decided by the last use: if IAM does not answer, no key is deleted', () => {
    expect(asListed(nextStep(request('delete'), stateOf(keys, versions(14))))).toEqual({
      do: 'get-last-used',
      keys: [keys[0]],
      required: true,
    });
    expect(step(request('delete'), keys, versions(14))).toEqual({ do: 'delete', key: keys[0] });
  });

  test('never an active key, at any age', () => {
    expect(
      step(request('delete'), [key('A', 500), key('B', 400)], { ...previous('A', 500), ...current('B', 400) }),
    ).toMatchObject({ outcome: 'not-due' });
  });

  test('an inactive key without a record is recorded, not deleted', () => {
    expect(step(request('delete'), keys, { ...previous('A', 120), ...current('B', 30) })).toMatchObject({
      do: 'record-inactive',
    });
  });

  test('of several records, the latest counts', () => {
    const twice = { ...previous('A', 120, fact('inactive', 'A', 20), fact('inactive', 'A', 2)), ...current('B', 30) };
    expect(step(request('delete'), keys, twice)).toMatchObject({ outcome: 'not-due' });
  });

  test('never while the current key is missing', () => {
    const missing = { ...previous('A', 120, fact('inactive', 'A', 20)), ...current('B', 30, fact('missing', 'B', 1)) };
    expect(step(request('delete'), [inactive('A', 120)], missing)).toMatchObject({ outcome: 'waiting' });
  });

  test('a key that was used after its record was active meanwhile: its recovery period starts again', () => {
    expect(step(request('delete'), keys, versions(14), { uses: { A: used(3) } })).toMatchObject({
      do: 'record-inactive',
      key: { keyId: 'A' },
      replaces: { kind: 'inactive' },
    });
    expect(step(request('delete'), keys, versions(14), { uses: { A: used(14.5) } }).do).toBe('delete'); // before it
    const after = (ms: number) => ({ at: addMs(ago(14), ms), service: 's3', region: 'eu-west-1' });
    // a deactivation takes time to reach all services
    expect(step(request('delete'), keys, versions(14), { uses: { A: after(TOLERANCE) } }).do).toBe('delete');
    expect(step(request('delete'), keys, versions(14), { uses: { A: after(TOLERANCE + 1) } }).do).toBe(
      'record-inactive',
    );
    expect(step(request('delete'), keys, versions(14), { uses: { A: 'unknown' } }).do).toBe('record-inactive');
  });
});

test('why no key is retired: the exact messages', () => {
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
