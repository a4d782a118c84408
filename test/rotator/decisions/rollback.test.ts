import { afterRecords, nextStep } from '../../../src/rotator/decisions/next-step';
import { Versions } from '../../../src/rotator/domain/ledger';
import { Step } from '../../../src/rotator/domain/step';
import { AccessKey, RotationRequest } from '../../../src/rotator/domain/user-state';
import { ago, ahead, current, fact, inactive, iso, key, NOW, previous, stateOf, step } from '../decide';
import { manualRequest, request } from '../support';

const rollback = manualRequest('rollback');
const MINUTE = 1 / 1440;

describe('within the recovery period', () => {
  const keys = [inactive('A', 110), key('B', 20)];
  const off = (days: number, ...more: string[]) => ({
    ...previous('A', 110, fact('inactive', 'A', days), ...more),
    ...current('B', 20),
  });

  test('the previous key is made current again, and the other one is rejected', () => {
    expect(step(rollback, keys, off(6))).toMatchObject({
      do: 'restore',
      key: { subject: 'A', version: 'v0' },
      reject: { keyId: 'B' },
    });
  });

  test.each([
    [
      'just after the deactivation, when its check may still run',
      off(14 * MINUTE),
      'deactivated less than 15 minutes ago',
    ],
    ['just before the deletion, when its check may run already', off(14 - 74 * MINUTE), 'is over, or about to be'],
    ['when the key leaked', off(6, fact('leaked', 'A', 6)), 'leaked'],
  ])('not %s', (_when, versions, why) => {
    expect(step(rollback, keys, versions)).toMatchObject({ outcome: 'refused', why: expect.stringContaining(why) });
  });

  test('from 15 minutes after the deactivation until 75 minutes before the deletion is due', () => {
    expect(step(rollback, keys, off(15 * MINUTE)).do).toBe('restore');
    expect(step(rollback, keys, off(14 - 76 * MINUTE)).do).toBe('restore');
  });
});

test.each([
  [
    'the previous key is still active',
    [key('A', 95), key('B', 5)],
    { ...previous('A', 95), ...current('B', 5) },
    'still active',
  ],
  ['there is no previous key', [key('B', 50)], current('B', 50), 'none was issued yet, or it is deleted'],
  [
    'the other key was not issued',
    [inactive('X', 5), key('B', 50)],
    current('B', 50, fact('unmanaged', 'X', 1)),
    'was not issued by this rotation',
  ],
  [
    'there is no current key',
    [inactive('A', 110)],
    { ...previous('A', 110, fact('inactive', 'A', 6)), ...current('B', 20, fact('missing', 'B', 1)) },
    'no current key',
  ],
])('refused if %s', (_what, keys, versions, why) => {
  expect(step(rollback, keys, versions)).toMatchObject({ outcome: 'refused', why: expect.stringContaining(why) });
});

describe('after another principal wrote a value', () => {
  /** After the steps that only record the change. The value was read, and holds no key of the rotation. */
  const decided = (asked: RotationRequest, keys: AccessKey[], versions: Versions): Step =>
    nextStep(asked, afterRecords(asked, { ...stateOf(keys, versions), decryption: 'possible' }));
  const over = (...keys: [keyId: string, age: number][]): Versions => ({
    ...Object.fromEntries(keys.map(([keyId, age], index) => [`v${index}`, [fact('key', keyId, age)]])),
    v9: ['AWSCURRENT'],
  });

  test('the last key is made current again, and no key is rejected', () => {
    expect(decided(rollback, [key('A', 95), key('B', 5)], over(['A', 95], ['B', 5]))).toEqual({
      do: 'restore',
      key: expect.objectContaining({ subject: 'B', version: 'v1' }),
    });
  });

  test('it is activated if a person deactivated it', () => {
    expect(decided(rollback, [inactive('B', 5)], over(['B', 5]))).toMatchObject({
      do: 'restore',
      key: { subject: 'B' },
    });
  });

  test('without a key that can be current, the value is replaced, and a check issues a new key', () => {
    expect(decided(rollback, [], over(['A', 95], ['B', 5]))).toEqual({ do: 'replace-value', version: 'v1' });
    expect(decided(rollback, [], { v0: ['akr1.initialized'], v9: ['AWSCURRENT'] })).toMatchObject({
      outcome: 'refused',
    });
  });

  test('a key that leaked is not made current', () => {
    const leaked = { ...over(['A', 95]), v1: [fact('key', 'B', 5), fact('leaked', 'B', 1), fact('inactive', 'B', 1)] };
    expect(decided(rollback, [key('A', 95), inactive('B', 5)], leaked)).toMatchObject({ key: { subject: 'A' } });
  });

  test('a check that is due changes nothing', () => {
    expect(decided(request('create'), [key('B', 95)], over(['B', 95]))).toMatchObject({ do: 'report' });
    expect(decided(manualRequest('create'), [key('B', 95)], over(['B', 95]))).toMatchObject({ do: 'report' });
  });
});

describe('after AWSCURRENT was moved back to an older key', () => {
  const versions = { v0: ['AWSPREVIOUS', fact('key', 'B', 20), fact('displaced', 'B', 1)], ...current('A', 110) };

  test('"create" of a person makes the newer key current, if it is active', () => {
    expect(step(manualRequest('create'), [key('A', 110), key('B', 20)], versions)).toEqual({
      do: 'restore',
      key: expect.objectContaining({ subject: 'B' }),
    });
    expect(step(manualRequest('create'), [key('A', 110), inactive('B', 20)], versions)).toMatchObject({ do: 'report' });
    expect(step(request('create'), [key('A', 110), key('B', 20)], versions)).toMatchObject({ do: 'report' });
  });

  test('a roll-back confirms it, or makes the newer key current if the older one is deleted', () => {
    expect(step(rollback, [key('A', 110), key('B', 20)], versions)).toMatchObject({
      do: 'record',
      add: { label: expect.stringMatching(/^akr1\.rejected\.B\./) },
    });
    const missing = { ...versions, ...current('A', 110, fact('missing', 'A', 1)) };
    expect(step(rollback, [inactive('B', 20)], missing)).toMatchObject({ do: 'restore', key: { subject: 'B' } });
  });
});

describe('after it', () => {
  const versions = (days: number, ...more: string[]) => ({
    v0: ['AWSPREVIOUS', fact('key', 'B', 30), fact('rejected', 'B', days), ...more],
    ...current('A', 120),
  });
  const keys = [key('A', 120), key('B', 30)];

  test('a second roll-back event changes nothing', () => {
    expect(step(rollback, keys, versions(0))).toMatchObject({
      outcome: 'not-due',
      why: expect.stringContaining('A is current already'),
    });
  });

  test('rotation pauses until the rejected key is deleted', () => {
    expect(step(request('create'), keys, versions(4))).toMatchObject({
      outcome: 'waiting',
      why: expect.stringContaining('pauses'),
      until: ago(-24),
    });
  });

  test('the rejected key is retired with both periods, from the roll-back', () => {
    expect(step(request('deactivate'), keys, versions(13))).toMatchObject({
      do: 'remind',
      key: { keyId: 'B' },
      at: ago(-1),
    });
    expect(step(request('deactivate'), keys, versions(14))).toMatchObject({ do: 'deactivate', key: { keyId: 'B' } });
    expect(
      step(request('delete'), [key('A', 120), inactive('B', 30)], versions(28, fact('inactive', 'B', 14))),
    ).toMatchObject({ do: 'delete', key: { keyId: 'B' } });
  });

  test('it can be rolled back in turn', () => {
    const later = versions(20, fact('inactive', 'B', 6));
    expect(step(rollback, [key('A', 120), inactive('B', 30)], later)).toMatchObject({
      do: 'restore',
      key: { subject: 'B' },
      reject: { keyId: 'A' },
    });
  });

  test('a later check announces it, if its run could not', () => {
    const unnotified = {
      v0: ['AWSPREVIOUS', fact('key', 'B', 30), `${fact('rejected', 'B', 1)}.unnotified`],
      ...current('A', 120),
    };
    expect(step(request('create'), keys, unnotified)).toMatchObject({
      do: 'notify',
      fact: { kind: 'rejected', subject: 'B' },
    });
  });
});

test('the same after the newer key was deactivated as well', () => {
  const movedBack = { v0: ['AWSPREVIOUS', fact('key', 'B', 5), fact('displaced', 'B', 1)], ...current('A', 95) };
  expect(step(rollback, [key('A', 95), inactive('B', 5)], movedBack)).toMatchObject({
    do: 'record',
    add: { label: `akr1.rejected.B.${iso(NOW)}.unnotified` },
  });
  expect(step(request('create'), [key('A', 95), inactive('B', 5)], movedBack)).toMatchObject({
    remedy: expect.not.stringContaining('move AWSCURRENT to'),
  });
});

test('the event confirms that AWSCURRENT was moved back outside the rotation', () => {
  const movedBack = { v0: ['AWSPREVIOUS', fact('key', 'B', 5), fact('displaced', 'B', 1)], ...current('A', 95) };
  expect(step(rollback, [key('A', 95), key('B', 5)], movedBack)).toEqual({
    do: 'record',
    add: { label: `akr1.rejected.B.${iso(NOW)}.unnotified`, version: 'v0' },
    remove: [],
  });
});

describe('the exact messages', () => {
  const off = (days: number, ...more: string[]) => ({
    ...previous('A', 110, fact('inactive', 'A', days), ...more),
    ...current('B', 20),
  });
  const keys = [inactive('A', 110), key('B', 20)];

  test.each<[string, AccessKey[], Versions, string, Date | undefined]>([
    ['no current key', [], {}, 'there is no current key to roll back from', undefined],
    [
      'no previous key',
      [key('B', 20)],
      current('B', 20),
      'there is no previous key: none was issued yet, or it is deleted',
      undefined,
    ],
    [
      'not issued',
      [inactive('X', 5), key('B', 20)],
      current('B', 20, fact('unmanaged', 'X', 1)),
      'X was not issued by this rotation, which does not have its secret access key',
      undefined,
    ],
    ['leaked', keys, off(6, fact('leaked', 'A', 6)), 'the previous key A was reported as leaked', undefined],
    [
      'active',
      [key('A', 95), key('B', 5)],
      { ...previous('A', 95), ...current('B', 5) },
      'the previous key A is still active and can be used as it is',
      undefined,
    ],
    [
      'just deactivated',
      keys,
      off(14 * MINUTE),
      'the previous key A was deactivated less than 15 minutes ago',
      ahead(MINUTE),
    ],
    [
      'is over, or about to be',
      keys,
      off(14 - 75 * MINUTE),
      'the recovery period of the previous key A is over, or about to be: a roll-back was possible until 2026-06-01T12:00:00.000Z',
      undefined,
    ],
  ])('%s', (_what, listed, versions, why, until) => {
    expect(step(rollback, listed, versions)).toEqual({ do: 'nothing', outcome: 'refused', why, until });
  });

  test('done already', () => {
    const again = { v0: ['AWSPREVIOUS', fact('key', 'B', 20), fact('rejected', 'B', 0)], ...current('A', 110) };
    expect(step(rollback, [key('A', 110), key('B', 20)], again)).toEqual({
      do: 'nothing',
      outcome: 'not-due',
      why: 'A is current already, and B is being retired',
      until: undefined,
    });
  });
});

test('a previous key without a record may have been deactivated just now', () => {
  expect(
    step(rollback, [inactive('A', 110), key('B', 20)], { ...previous('A', 110), ...current('B', 20) }),
  ).toMatchObject({ outcome: 'refused', until: ahead(15 * MINUTE) });
});

describe('with a limit of 90 days', () => {
  const limited = manualRequest('rollback', {
    ages: { create: 73, deactivate: 87, delete: 101 },
    limitDays: 90,
    checkTimes: { first: 0, interval: 24 * 60 },
  });
  const after = (age: number) => ({ ...previous('A', age, fact('inactive', 'A', 1)), ...current('B', 15) });

  test('a key that was deactivated on schedule does not come back: it would reach the limit', () => {
    expect(step(limited, [inactive('A', 88), key('B', 15)], after(88))).toEqual({
      do: 'nothing',
      outcome: 'refused',
      why:
        'the previous key A could be active until an age of 133 days, and the limit is 90 days: B would have to be retired before'
        + ' a new key could replace it. If programs do not work with B, send {"action": "create", "username": "alice"} for a new key'
        + ' when A is deleted',
      until: new Date('2026-06-14T16:00:00Z'),
    });
  });

  test.each([
    [40, 'restore'],
    [44, 'restore'],
    [45, 'nothing'],
  ])('a key of %d days, after an early replacement: %s', (age, expected) => {
    expect(step(limited, [inactive('A', age), key('B', 15)], after(age)).do).toBe(expected);
  });

  test('the maximum delay of a deactivation counts, from the check that replaces the key', () => {
    const delayed = { ...limited, maxDelayDays: 3 };
    expect(step(delayed, [inactive('A', 40), key('B', 15)], after(40))).toMatchObject({
      outcome: 'refused',
      why: expect.stringContaining('until an age of 92 days'),
    });
    expect(step(limited, [inactive('A', 40), key('B', 15)], after(40)).do).toBe('restore');
  });

  test('a roll-back outside the rotation is confirmed nevertheless: the rotation can only continue then', () => {
    const versions = { ...current('A', 88), v2: [fact('key', 'B', 15)] };
    expect(step(limited, [key('A', 88), key('B', 15)], versions).do).toBe('record');
  });
});
