/** The rows of the table in src/rotator/decisions/leak.ts. */
import { DAY } from '../../../src/contract/ages';
import { RACE_MARGIN } from '../../../src/rotator/decisions/failed-runs';
import {
  deactivateOnly,
  isLeakPending,
  isRevocationPending,
  withDeactivation,
} from '../../../src/rotator/decisions/leak';
import { CLAIM_LIFETIME, Versions } from '../../../src/rotator/domain/ledger';
import { blocked, notDue, Step } from '../../../src/rotator/domain/step';
import { AccessKey } from '../../../src/rotator/domain/user-state';
import { ago, asListed, current, fact, inactive, iso, key, NOW, previous, stateOf, step } from '../decide';
import { manualRequest, request } from '../support';

const leak = (accessKeyId: string) => manualRequest('revoke', { accessKeyId });
const leaked = (keyId: string, days = 0) => fact('leaked', keyId, days);

describe('the leak is recorded first', () => {
  test('on the version of the key, or on that of the current key if it was not issued', () => {
    const versions = { ...previous('A', 100), ...current('B', 10) };
    expect(step(leak('A'), [key('A', 100), key('B', 10)], versions)).toEqual({
      do: 'record',
      add: { label: `akr1.leaked.A.${iso(NOW)}`, version: 'v0' },
      remove: [],
    });
    expect(step(leak('X'), [key('X', 5), key('B', 10)], current('B', 10))).toMatchObject({
      do: 'record',
      add: { version: 'v1' },
    });
  });

  test('even while another run is active: a later check acts on it', () => {
    const versions = { ...current('B', 90), v2: [`akr1.claim.run.${iso(NOW)}`] };
    expect(step(leak('B'), [key('B', 90)], versions)).toMatchObject({ do: 'record' });
    expect(
      step(leak('B'), [key('B', 90)], { ...current('B', 90, leaked('B')), v2: [`akr1.claim.run.${iso(NOW)}`] }),
    ).toMatchObject({ outcome: 'locked' });
  });

  test('but not for an ID that is no key of the user, which is refused at once, even while another run is active', () => {
    expect(step(leak('NONE'), [key('B', 10)], current('B', 10))).toMatchObject({
      outcome: 'refused',
      why: expect.stringContaining('has B'),
    });
    const issuing = { ...current('B', 90), v2: [`akr1.claim.run.${iso(NOW)}`] };
    expect(step(leak('NONE'), [key('B', 90)], issuing)).toMatchObject({ outcome: 'refused' });
    const another = { ...previous('A', 90, leaked('A')), ...current('B', 10) };
    expect(step(leak('NONE'), [key('A', 90), key('B', 10)], another)).toMatchObject({ outcome: 'refused' });
  });

  test('and not before a key was issued', () => {
    expect(step(leak('X'), [key('X', 10)], {})).toMatchObject({
      do: 'report',
      remedy: 'send "revoke" again once the rotation has issued a key',
    });
  });
});

describe.each([
  ['by the event', leak('A')],
  ['by any later check', request('delete')],
])('%s, a leaked key that is not current', (_how, event) => {
  const off = { do: 'deactivate', key: key('A', 90), reason: 'leaked' };

  test('is deactivated at once, even in its switch period', () => {
    const versions = { ...previous('A', 90, leaked('A')), ...current('B', 0) };
    expect(step(event, [key('A', 90), key('B', 0)], versions)).toEqual(off);
  });

  test('even if another principal created it', () => {
    expect(step(event, [key('A', 3), key('B', 50)], current('B', 50, leaked('A')))).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'A' },
    });
  });

  test.each([
    ['is inactive', [inactive('B', 10)], current('B', 10, fact('inactive', 'B', 1))],
    ['is missing', [], current('B', 10)],
    [
      'is not known, because another principal wrote the value',
      [key('B', 10)],
      { v2: ['AWSCURRENT'], v1: [fact('key', 'B', 10)] },
    ],
  ] as const)('even if the current key %s: the thief comes first', (_what, keys, versions) => {
    expect(step(event, [key('A', 90), ...keys], { ...previous('A', 90, leaked('A')), ...versions })).toEqual(off);
  });

  describe('while another run is active or has failed:', () => {
    const during = (claim: string, ...onClaim: string[]) => ({
      v0: [fact('key', 'A', 90), leaked('A')],
      ...current('B', 0),
      v2: [fact(claim, 'run', 0), ...onClaim],
    });
    const fallingBack = (): Versions => ({ ...during('restore'), ...current('B', 1, leaked('B')) });

    test('a run that issues a key delays nothing', () => {
      expect(step(event, [key('A', 90), key('B', 0)], during('claim'))).toEqual(off);
    });

    test('but the key that this run issues can be current in a moment', () => {
      const issuing = { ...current('B', 90), v2: [fact('claim', 'run', 0), fact('key', 'A', 0), leaked('A')] };
      expect(step(event, [key('A', 0), key('B', 90)], issuing)).toMatchObject({ outcome: 'locked' });
      const unstored = { ...current('B', 90, leaked('A')), v2: [fact('claim', 'run', 0)] };
      expect(step(event, [key('A', 0), key('B', 90)], unstored)).toMatchObject({ outcome: 'locked' });
    });

    test.each<[string, AccessKey[], Versions]>([
      [
        'a roll-back to it has activated it',
        [key('A', 90), key('B', 0)],
        { ...during('restore'), v0: [fact('key', 'A', 90), leaked('A'), fact('inactive', 'A', 1)] },
      ],
      ['the current key leaked, and a run falls back to it', [key('A', 90), inactive('B', 1)], fallingBack()],
      ['the current key is not listed', [key('A', 90)], during('restore')],
      [
        'AWSCURRENT was moved back, and a run moves it forward to it',
        [key('A', 1), key('B', 90)],
        { v0: [fact('key', 'A', 1), leaked('A')], ...current('B', 90), v2: [fact('restore', 'run', 0)] },
      ],
    ])('and so can the previous key, if %s', (_why, keys, versions) => {
      expect(step(event, keys, versions)).toMatchObject({ outcome: 'locked' });
    });

    test('but no run makes a previous key current that was not inactive, while AWSCURRENT is on a newer one', () => {
      expect(step(event, [key('A', 90), key('B', 0)], during('restore'))).toEqual(off);
    });

    test('nor a key that the rotation did not issue', () => {
      const unmanaged = { ...current('B', 1, leaked('A')), v2: [fact('restore', 'run', 0), fact('inactive', 'A', 1)] };
      expect(step(event, [key('A', 90), key('B', 1)], unmanaged)).toMatchObject({ do: 'record' });
    });

    test('and a claim for that on the version of a published key is not that of a run', () => {
      const forged = {
        v0: ['AWSPREVIOUS', fact('key', 'A', 90), leaked('A'), fact('inactive', 'A', 1)],
        ...current('B', 1, fact('restore', 'run', 0)),
      };
      expect(step(event, [key('A', 90), key('B', 1)], forged)).toMatchObject({ do: 'record' });
    });

    test.each(['claim', 'restore'])('a failed run delays nothing (%s)', (claim) => {
      const failed = { ...during('claim'), v2: [fact(claim, 'run', 1)] };
      expect(step(event, [key('A', 90), key('B', 0)], failed)).toEqual(off);
    });
  });

  test('activated again, its old record goes first: the deactivation is announced even if its answer is lost', () => {
    const again = { ...previous('A', 90, leaked('A'), fact('inactive', 'A', 3)), ...current('B', 0) };
    expect(step(event, [key('A', 90), key('B', 0)], again)).toMatchObject({
      do: 'record',
      remove: [{ label: fact('inactive', 'A', 3) }],
    });
  });

  test('inactive without a record, its deactivation is recorded and announced', () => {
    const versions = { ...previous('A', 90, leaked('A')), ...current('B', 0, fact('inactive', 'B', 0)) };
    expect(step(event, [inactive('A', 90), inactive('B', 0)], versions)).toMatchObject({
      do: 'record-inactive',
      key: { keyId: 'A' },
    });
  });

  test('and never published, it is left to the clean-up of its failed run, which deletes it', () => {
    const failed = { ...current('B', 5), v2: [fact('claim', 'run', 1), fact('key', 'A', 1), leaked('A')] };
    expect(step(event, [key('A', 1), key('B', 5)], failed)).toMatchObject({ do: 'discard' });
  });

  test('is deleted after the recovery period, as any other key', () => {
    const versions = (days: number) => ({
      ...previous('A', 120, leaked('A', days), fact('inactive', 'A', days)),
      ...current('B', 30),
    });
    expect(step(request('delete'), [inactive('A', 120), key('B', 30)], versions(12))).toMatchObject({
      outcome: 'not-due',
    });
    expect(step(request('delete'), [inactive('A', 120), key('B', 30)], versions(13))).toMatchObject({
      do: 'remind',
      before: 'deletion',
    });
    expect(step(request('delete'), [inactive('A', 120), key('B', 30)], versions(14))).toMatchObject({
      do: 'delete',
      key: { keyId: 'A' },
    });
  });
});

describe.each([
  ['by the event', leak('B')],
  ['by any later check', request('deactivate')],
])('%s, a leaked key that is current', (_how, event) => {
  const replaced = { do: 'issue', adopt: [], frees: undefined, replace: { leaked: 'B', fallback: undefined } };

  test('is replaced by a new key at once, at any age', () => {
    expect(step(event, [key('B', 0.1)], current('B', 0.1, leaked('B')))).toEqual(replaced);
  });

  test.each([
    ['inactive', [inactive('B', 5)]],
    ['deleted: no second list has to confirm it', []],
  ] as const)('even if it is %s already', (_what, keys) => {
    const more = keys.length > 0 ? 'inactive' : 'missing';
    expect(step(event, keys, current('B', 5, leaked('B'), fact(more, 'B', 0)))).toEqual(replaced);
  });

  test.each([
    ['the previous key', previous('A', 110, fact('inactive', 'A', 6))],
    ['the previous key, without a record', previous('A', 110)],
    ['an adopted key', { v0: ['akr1.initialized', fact('adopted', 'A', 20), fact('inactive', 'A', 6)] }],
    ['another leaked key', previous('A', 110, leaked('A'), fact('inactive', 'A', 6))],
  ])('%s that is inactive is deleted for its slot, and never activated: the thief may hold it', (_what, other) => {
    const versions = { ...other, ...current('B', 20, leaked('B')) };
    expect(step(event, [inactive('A', 110), key('B', 20)], versions)).toEqual({
      ...replaced,
      frees: inactive('A', 110),
    });
  });

  test('a leaked key that is active is deactivated before that', () => {
    const both = { ...previous('A', 110, leaked('A')), ...current('B', 20, leaked('B')) };
    expect(step(event, [key('B', 20), key('A', 110)], both)).toEqual({
      do: 'deactivate',
      key: key('A', 110),
      reason: 'leaked',
    });
  });

  describe('if no other slot can be freed, its own slot is used', () => {
    const own = { do: 'issue', frees: { keyId: 'B' }, replace: { leaked: 'B' } };
    const fallback = (decided: Step) => (decided as Extract<Step, { do: 'issue' }>).replace!.fallback?.subject;
    const beside = (keys: AccessKey[], versions: Versions) =>
      step(event, [...keys, key('B', 5)], { ...versions, ...current('B', 5, leaked('B')) });

    test('the previous key is active: it becomes current if no key can be issued', () => {
      const decided = beside([key('A', 95)], previous('A', 95));
      expect(decided).toMatchObject(own);
      expect(fallback(decided)).toBe('A');
    });

    test.each<[string, AccessKey, Versions]>([
      ['rejected by a roll-back', key('A', 3), previous('A', 3, fact('rejected', 'A', 1))],
      ['adopted', key('A', 95), { v0: ['akr1.initialized', fact('adopted', 'A', 5)] }],
      ['unmanaged', key('A', 95), { v0: ['akr1.initialized', fact('unmanaged', 'A', 5)] }],
      ['unmanaged and inactive', inactive('A', 95), { v0: ['akr1.initialized', fact('unmanaged', 'A', 5)] }],
    ])('a key that is %s stays as it is, and never becomes current', (_what, other, versions) => {
      const decided = beside([other], versions);
      expect(decided).toMatchObject(own);
      expect(fallback(decided)).toBeUndefined();
    });

    test('a previous key that a check may be deactivating does not become current until that check has ended', () => {
      const due = (sinceLeak: number) =>
        step(event, [key('A', 104), key('B', 14)], {
          ...previous('A', 104),
          ...current('B', 14, leaked('B', sinceLeak)),
        });
      expect(fallback(due(0))).toBeUndefined();
      expect(fallback(due(CLAIM_LIFETIME / DAY))).toBe('A');
      const minutes = (RACE_MARGIN / DAY) * 1440;
      const notYetDue = (before: number) =>
        step(event, [key('A', 104), key('B', 14 - before / 1440)], {
          ...previous('A', 104),
          ...current('B', 14 - before / 1440, leaked('B')),
        });
      expect(fallback(notYetDue(minutes))).toBeUndefined();
      expect(fallback(notYetDue(minutes + 1))).toBe('A');
    });

    test('nothing is deleted for it while the leaked key is gone and two other keys are there', () => {
      const versions = {
        v0: [fact('unmanaged', 'X', 1), fact('unmanaged', 'Y', 1)],
        ...current('B', 5, leaked('B'), fact('missing', 'B', 1)),
      };
      expect(step(event, [key('X', 3), key('Y', 2)], versions)).toMatchObject({ do: 'nothing' });
    });

    test('the leaked key is gone: the previous key becomes current only after checks that could deactivate it have ended', () => {
      const gone = (sinceLeak: number) =>
        step(event, [key('A', 95)], {
          ...previous('A', 95),
          ...current('B', 5, leaked('B', sinceLeak), fact('missing', 'B', 0)),
        });
      expect(gone(0)).toMatchObject({ do: 'issue', replace: { leaked: 'B' } });
      expect(fallback(gone(0))).toBeUndefined();
      expect(fallback(gone(CLAIM_LIFETIME / DAY))).toBe('A');
    });
  });

  test('waits for no other run once it is inactive and another key is current: nothing is left to do', () => {
    const off = { ...previous('A', 110, leaked('A', 1), fact('inactive', 'A', 1)), ...current('B', 90) };
    const running = { ...off, v2: [fact('claim', 'run', 0)] };
    expect(step(leak('A'), [inactive('A', 110), key('B', 90)], running)).toMatchObject({ outcome: 'not-due' });
  });

  test('waits for a run that is active or has failed', () => {
    const running = { ...current('B', 90, leaked('B')), v2: [fact('claim', 'run', 0)] };
    expect(step(event, [key('B', 90)], running)).toMatchObject({ outcome: 'locked' });
  });
});

describe('a run recorded that its key replaces the leaked one, and failed', () => {
  const stored = (...more: string[]) => ({
    ...current('B', 20, leaked('B'), ...more),
    v2: [fact('claim', 'run', 0), fact('key', 'N', 0), fact('replaces', 'B', 0)],
  });
  const publish = { do: 'publish', key: { subject: 'N', version: 'v2' }, replaces: { subject: 'B' } };

  test.each([
    ['before the deactivation', [key('B', 20)], stored()],
    ['after it', [inactive('B', 20)], stored()],
    ['after it, as a check recorded it', [inactive('B', 20)], stored(fact('inactive', 'B', 0))],
    ['after the deletion of the leaked key', [], stored(fact('inactive', 'B', 0))],
  ])('%s: any event publishes the new key, without waiting', (_when, keys, versions) => {
    for (const event of [leak('B'), request('create'), request('deactivate'), request('delete')]) {
      expect(step(event, [...keys, key('N', 0)], versions)).toMatchObject(publish);
    }
  });

  test.each<[string, AccessKey[], Versions]>([
    ['does not exist', [], stored()],
    ['is inactive', [inactive('N', 0)], stored()],
    ['leaked as well', [key('N', 0)], stored(leaked('N'))],
    [
      'replaces a key that is not current any more',
      [key('N', 0)],
      { ...stored(), v1: [fact('key', 'B', 20), leaked('B')], v3: ['AWSCURRENT', fact('key', 'C', 1)] },
    ],
  ])('but not if it %s', (_why, keys, versions) => {
    expect(step(request('create'), [inactive('B', 20), ...keys], versions)).not.toMatchObject({ do: 'publish' });
  });

  test('the record goes when the new key is announced, or does not exist', () => {
    const announced = {
      ...previous('B', 20, leaked('B'), fact('inactive', 'B', 0)),
      ...current('N', 0, fact('replaces', 'B', 0)),
    };
    expect(step(request('create'), [inactive('B', 20), key('N', 0)], announced)).toMatchObject({
      do: 'record',
      remove: [{ label: fact('replaces', 'B', 0) }],
    });
    const gone = { ...current('B', 20), v2: [fact('claim', 'run', 1), fact('key', 'N', 1), fact('replaces', 'B', 1)] };
    expect(step(request('create'), [key('B', 20)], gone)).toMatchObject({ do: 'discard' });
  });
});

test('a repeated event first sends the pending notifications, as any other event', () => {
  const pending = {
    ...previous('A', 110, leaked('A', 1), `${fact('inactive', 'A', 1)}.unnotified`),
    ...current('B', 20),
  };
  expect(step(leak('A'), [inactive('A', 110), key('B', 20)], pending)).toMatchObject({
    do: 'notify',
    fact: { kind: 'inactive', subject: 'A' },
  });
});

describe('a leak is pending', () => {
  const pending = (keys: AccessKey[], ...more: string[]) =>
    isLeakPending(stateOf(keys, { ...previous('A', 90), ...current('B', 10, ...more) }));

  test('while a leaked key can be used, current or not', () => {
    expect(pending([key('A', 90), key('B', 10)], leaked('A'))).toBe(true);
    expect(pending([key('A', 90), key('B', 10)], leaked('B'))).toBe(true);
  });

  test('while a leaked key is current, even if it is inactive', () => {
    expect(pending([key('A', 90), inactive('B', 10)], leaked('B'))).toBe(true);
  });

  test('not after the leaked key is inactive and another one is current, and not without a leak', () => {
    expect(pending([inactive('A', 90), key('B', 10)], leaked('A'))).toBe(false);
    expect(isLeakPending(stateOf([inactive('A', 90)], previous('A', 90, leaked('A'))))).toBe(false);
    expect(pending([key('A', 90), key('B', 10)])).toBe(false);
  });
});

test('after its replacement, it is not reported as a displaced key', () => {
  const versions = {
    v0: ['AWSPREVIOUS', fact('key', 'B', 5), leaked('B', 1), fact('inactive', 'B', 1)],
    ...current('A', 95),
  };
  expect(step(request('create'), [key('A', 95), inactive('B', 5)], versions)).toMatchObject({
    outcome: 'waiting',
    until: ago(-13),
  });
  expect(step(leak('B'), [key('A', 95), inactive('B', 5)], versions)).toMatchObject({ outcome: 'not-due' });
});

test('deleted by any principal, it is announced, and its record goes with the notification', () => {
  const deleted = current('B', 20, leaked('X', 1));
  expect(step(request('create'), [key('B', 20)], deleted)).toMatchObject({
    do: 'notify-deleted',
    fact: { kind: 'leaked', subject: 'X' },
  });
});

test('one of two adopted keys can be revoked: the other one works', () => {
  const versions = { v0: ['AWSCURRENT', fact('adopted', 'X', 1), fact('adopted', 'Y', 1), leaked('X')] };
  expect(step(leak('X'), [key('X', 400), key('Y', 300)], versions)).toMatchObject({
    do: 'deactivate',
    key: { keyId: 'X' },
  });
});

test('AWSCURRENT was moved back to the leaked key: a new key replaces it, and the newer one becomes current if none can be issued', () => {
  const movedBack = {
    v0: ['AWSPREVIOUS', fact('key', 'B', 20), fact('displaced', 'B', 2)],
    ...current('A', 110, leaked('A', 1)),
  };
  expect(step(leak('A'), [key('A', 110), key('B', 20)], movedBack)).toMatchObject({
    do: 'issue',
    frees: { keyId: 'A' },
    replace: { leaked: 'A', fallback: { subject: 'B' } },
  });
});

test('without a current key, the slot of an inactive leaked key is used', () => {
  const missing = {
    ...previous('A', 110, leaked('A', 1), fact('inactive', 'A', 1)),
    ...current('B', 20, fact('missing', 'B', 1), fact('unmanaged', 'X', 1)),
  };
  expect(step(request('create'), [inactive('A', 110), key('X', 5)], missing)).toMatchObject({
    do: 'issue',
    frees: { keyId: 'A' },
  });
  const alone = {
    ...previous('A', 110, leaked('A', 1), fact('inactive', 'A', 1)),
    ...current('B', 20, fact('missing', 'B', 1)),
  };
  expect(step(request('create'), [inactive('A', 110)], alone)).toEqual({ do: 'issue', adopt: [] });
});

describe('a "revoke"', () => {
  const both: Versions = { ...previous('A', 110), ...current('B', 20) };
  const issuing = { ...current('B', 90), v2: [fact('claim', 'run', 0), fact('key', 'A', 0)] };

  test.each<[string, string, AccessKey[], Versions, { pending: boolean; named: boolean }]>([
    ['is active', 'A', [key('A', 110), key('B', 20)], both, { pending: true, named: true }],
    ['is current', 'B', [inactive('A', 110), key('B', 20)], both, { pending: true, named: true }],
    ['is current and inactive', 'B', [inactive('A', 110), inactive('B', 20)], both, { pending: true, named: false }],
    ['is inactive', 'A', [inactive('A', 110), key('B', 20)], both, { pending: false, named: false }],
    [
      'is inactive, and a run may publish it',
      'A',
      [inactive('A', 0), key('B', 90)],
      issuing,
      { pending: true, named: true },
    ],
    ['is not listed', 'X', [inactive('A', 110), key('B', 20)], both, { pending: false, named: false }],
  ])('whose key %s', (_what, keyId, keys, versions, { pending, named }) => {
    const state = stateOf(keys, versions);
    const command = `aws iam update-access-key --user-name alice --access-key-id ${keyId} --status Inactive`;
    const texts = (end: Parameters<typeof withDeactivation>[0]) =>
      Object.values(withDeactivation(end, leak(keyId), state)).filter((text) => `${text}`.includes(command));

    expect(isRevocationPending(leak(keyId), state)).toBe(pending);
    // Both ends that a run can have: nothing to do, and a report that a person has to act.
    expect(texts(notDue('why'))).toEqual(named ? [expect.stringMatching(/^why; /)] : []);
    expect(texts(blocked('why', 'remedy'))).toEqual(named ? [expect.stringMatching(/^remedy; /)] : []);
  });

  test('that cannot be recorded deactivates its key, as one that leaked', () => {
    const end = blocked('why', 'remedy');
    expect(asListed(deactivateOnly(leak('A'), stateOf([key('A', 110), key('B', 20)], both), end))).toEqual({
      do: 'deactivate',
      key: key('A', 110),
      reason: 'leaked',
      unrecorded: true,
    });
    expect(deactivateOnly(leak('A'), stateOf([inactive('A', 110), key('B', 20)], both), end)).toEqual({
      ...end,
      why: 'the leaked key A is inactive; why',
    });
    expect(deactivateOnly(leak('X'), stateOf([key('B', 20)], both), end)).toEqual(end);
  });
});

describe('the exact messages', () => {
  const versions = { ...previous('A', 110), ...current('B', 20) };

  test('of a leak that cannot be recorded', () => {
    expect(step(leak('NONE'), [key('A', 110), key('B', 20)], versions)).toEqual({
      do: 'nothing',
      outcome: 'refused',
      why: 'NONE is not an access key of alice, which has A and B',
      until: undefined,
    });
    expect(step(leak('NONE'), [], {})).toMatchObject({ why: 'NONE is not an access key of alice, which has none' });
    expect(step(leak('X'), [key('X', 10)], {})).toMatchObject({
      why: 'this rotation has no record of a key of alice, so no key can replace X',
    });
  });

  test('of a leaked key that is inactive', () => {
    expect(
      step(leak('A'), [inactive('A', 110), key('B', 20)], {
        ...versions,
        v0: [fact('key', 'A', 110), leaked('A', 1), fact('inactive', 'A', 1)],
      }),
    ).toEqual({
      do: 'nothing',
      outcome: 'not-due',
      why: 'the leaked key A is inactive, and is deleted after the recovery period',
      until: undefined,
    });
  });

  test('of a leaked key that was deleted for its slot', () => {
    const deleted = { v0: [leaked('A'), fact('inactive', 'A', 0)], ...current('B', 0) };
    expect(step(leak('A'), [key('B', 0)], deleted, { withoutNotifications: true })).toMatchObject({
      outcome: 'not-due',
      why: 'the leaked key A is deleted',
    });
  });
});
