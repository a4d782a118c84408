import * as fc from 'fast-check';
import { applyRecord } from '../../../src/rotator/decisions/next-step';
import { FACTS, Versions } from '../../../src/rotator/domain/ledger';
import { AccessKey } from '../../../src/rotator/domain/user-state';
import { ago, current, fact, inactive, iso, key, NOW, previous, stateOf, step } from '../decide';
import { request } from '../support';

const check = request('delete');
const removed = (label: string) => ({ do: 'record', remove: [{ label }] });

describe('changes outside the rotation are recorded before other decisions', () => {
  test('an old key that was activated again loses its record', () => {
    const record = fact('inactive', 'A', 6);
    expect(
      step(check, [key('A', 110), key('B', 20)], { ...previous('A', 110, record), ...current('B', 20) }),
    ).toMatchObject({ do: 'record', remove: [{ label: record }] });
  });

  test('a current key that was activated again is current from now', () => {
    const record = fact('inactive', 'B', 6);
    expect(step(check, [key('B', 20)], current('B', 20, record))).toMatchObject({
      add: { label: `akr1.current-since.B.${iso(NOW)}`, version: 'v1' },
      remove: [{ label: record }],
    });
  });

  test('a current key that was deactivated or is not listed is recorded once, and no record is removed', () => {
    const recorded = (kind: string) => ({
      do: 'record',
      add: { label: `akr1.${kind}.B.${iso(NOW)}`, version: 'v1' },
      remove: [],
    });
    expect(step(check, [inactive('B', 20)], current('B', 20))).toEqual(recorded('inactive'));
    expect(step(check, [], current('B', 20))).toEqual(recorded('missing'));
    expect(step(check, [inactive('B', 20)], current('B', 20, fact('inactive', 'B', 1)))).toMatchObject({
      outcome: 'waiting',
    });
    expect(step(check, [], current('B', 20, fact('missing', 'B', 1)))).toMatchObject({ outcome: 'waiting' });
  });

  test('that a leaked current key is inactive is notified later: the run that deactivated it may have failed before', () => {
    expect(step(check, [inactive('B', 20)], current('B', 20, fact('leaked', 'B', 0)))).toEqual({
      do: 'record',
      add: { label: `akr1.inactive.B.${iso(NOW)}.unnotified`, version: 'v1' },
      remove: [],
    });
  });

  test('the newest key is displaced if AWSCURRENT is on the value of another principal or on an older key', () => {
    const displaced = { do: 'record', add: { label: `akr1.displaced.B.${iso(NOW)}`, version: 'v0' }, remove: [] };
    const newest = { v0: ['AWSPREVIOUS', fact('key', 'B', 20)] };
    expect(step(check, [key('A', 110), key('B', 20)], { ...newest, v5: ['AWSCURRENT'] })).toEqual(displaced);
    expect(step(check, [key('A', 110), key('B', 20)], { ...newest, ...current('A', 110) })).toEqual(displaced);
    expect(step(check, [key('B', 20)], { ...newest, ...current('DELETED', 300) })).toMatchObject({ do: 'record' });
  });

  test('when AWSCURRENT is back, the key is current from now', () => {
    const displaced = fact('displaced', 'B', 6);
    expect(step(check, [key('B', 20)], current('B', 20, displaced))).toMatchObject({
      do: 'record',
      add: { label: `akr1.current-since.B.${iso(NOW)}`, version: 'v1' },
      remove: [{ label: displaced }],
    });
  });

  test('a rejected key that was made current outside the rotation is current from now: the key before it gets the whole switch period', () => {
    const versions = { ...previous('A', 110), ...current('B', 20, fact('rejected', 'B', 1)) };
    expect(step(check, [key('A', 110), key('B', 20)], versions)).toMatchObject({
      add: { label: `akr1.current-since.B.${iso(NOW)}` },
      remove: [{ label: fact('rejected', 'B', 1) }],
    });
  });

  test('after a roll-back, the value of another principal displaces the key that was current, not the rejected one', () => {
    const versions = {
      v0: ['AWSPREVIOUS', fact('key', 'A', 110)],
      v1: [fact('key', 'B', 20), fact('rejected', 'B', 5)],
      v9: ['AWSCURRENT'],
    };
    expect(step(check, [key('A', 110), key('B', 20)], versions)).toMatchObject({
      add: { label: `akr1.displaced.A.${iso(NOW)}`, version: 'v0' },
    });
  });

  test('the stored key of a failed run is not displaced', () => {
    const versions = {
      v0: ['AWSPREVIOUS', fact('key', 'A', 90)],
      v1: [fact('key', 'K', 1), fact('claim', 'run', 1)],
      v9: ['AWSCURRENT'],
    };
    expect(step(check, [key('A', 90), key('K', 1)], versions)).toMatchObject({
      add: { label: `akr1.displaced.A.${iso(NOW)}` },
    });
  });

  test('the deletion of a key that a roll-back had rejected is recorded once, also if a person deleted it', () => {
    const versions = { ...current('A', 80), v7: [fact('key', 'B', 20)] };
    expect(step(check, [key('A', 80)], versions)).toEqual({
      do: 'record',
      add: { label: `akr1.missing.B.${iso(NOW)}`, version: 'v7' },
      remove: [],
    });
    expect(step(check, [key('A', 80)], { ...versions, v7: [...versions.v7, fact('missing', 'B', 3)] })).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('but not that of a key that was current before the current key', () => {
    expect(step(check, [key('B', 20)], { ...previous('A', 110), ...current('B', 20) })).toMatchObject({
      outcome: 'not-due',
    });
  });

  test('of a missing current key and a deleted newer one, that of the current key is recorded', () => {
    const versions = { ...current('A', 80), v7: [fact('key', 'B', 20)] };
    expect(step(check, [], versions)).toMatchObject({ add: { label: `akr1.missing.A.${iso(NOW)}`, version: 'v1' } });
  });

  test('that a key was current is recorded before its notification: AWSCURRENT and AWSPREVIOUS can be moved', () => {
    const claim = fact('claim', 'run', 1);
    expect(step(check, [key('B', 1)], current('B', 1, claim))).toMatchObject({
      add: { label: fact('current-since', 'B', 1), version: 'v1' },
    });
    const movedTwice = {
      v1: [fact('key', 'B', 1), claim, fact('current-since', 'B', 1)],
      ...{ v0: ['AWSCURRENT', fact('key', 'A', 91)] },
    };
    expect(step(check, [key('A', 91), key('B', 1)], movedTwice)).toMatchObject({
      add: { label: `akr1.displaced.B.${iso(NOW)}` },
    });
  });

  test('only the records of two deleted keys are kept; all records of the others are removed', () => {
    const versions = {
      ...current('E', 10),
      v2: [fact('key', 'D', 100), fact('inactive', 'D', 1)],
      v3: [fact('key', 'C', 200)],
      v4: [fact('key', 'B', 300), fact('inactive', 'B', 250), fact('claim', 'run', 300)],
    };
    expect(step(check, [key('E', 10)], versions)).toMatchObject({
      do: 'record',
      remove: [
        { label: fact('inactive', 'B', 250) },
        { label: fact('key', 'B', 300) },
        { label: expect.stringContaining('claim') },
      ],
    });
  });

  test('no record is undone by the next one: the steps converge', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 13, maxLength: 13 }), (choices) => {
        const [a, b, c, pending, ...choicesOfFacts] = choices;
        const keys = [...(a > 2 ? [key('A', 110, a > 5)] : []), ...(b > 2 ? [key('B', 20, b > 5)] : [])];
        const facts = (keyId: string, chosen: number[]) =>
          FACTS.filter((_, index) => chosen[index] > 7).map((kind) => fact(kind, keyId, 3));
        let versions: Versions = {
          v0: [...(c < 4 ? ['AWSCURRENT'] : ['AWSPREVIOUS']), fact('key', 'A', 110), ...facts('A', choicesOfFacts)],
          v1: [
            ...(c >= 4 && c < 8 ? ['AWSCURRENT'] : []),
            fact('key', 'B', 20),
            ...facts('B', [...choicesOfFacts].reverse()),
            ...(pending > 5 ? [fact('claim', 'run', 20)] : []),
          ],
          ...(c >= 8 && { v9: ['AWSCURRENT'] }),
        };
        for (let round = 0; round < 20; round++) {
          const next = step(check, keys, versions, { withoutNotifications: true });
          if (next.do !== 'record') return;
          versions = applyRecord(next, stateOf(keys, versions)).ledger.versions;
        }
        throw new Error(`it does not converge: ${JSON.stringify({ keys, versions })}`);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [
      'of a missing current key that is listed again',
      [key('B', 20)],
      current('B', 20, fact('missing', 'B', 1)),
      fact('missing', 'B', 1),
    ],
    [
      'that a newer one replaces',
      [key('B', 20)],
      current('B', 20, fact('current-since', 'B', 5), fact('current-since', 'B', 1)),
      fact('current-since', 'B', 5),
    ],
    [
      'of a rejected key that is deleted',
      [key('A', 110)],
      { ...current('A', 110), v7: [fact('key', 'B', 20), fact('rejected', 'B', 1), fact('missing', 'B', 1)] },
      fact('rejected', 'B', 1),
    ],
    [
      'of the deletion of a rejected key that is listed again',
      [key('A', 110), key('B', 20)],
      { ...current('A', 110), v7: [fact('key', 'B', 20), fact('rejected', 'B', 2), fact('missing', 'B', 1)] },
      fact('missing', 'B', 1),
    ],
    [
      'of the deletion of a rejected key, after a newer key is current',
      [key('A', 110), key('C', 1)],
      { ...previous('A', 110), ...current('C', 1), v7: [fact('key', 'B', 20), fact('missing', 'B', 2)] },
      fact('missing', 'B', 2),
    ],
    [
      'of a displaced key that leaked',
      [key('A', 110), inactive('B', 20)],
      { ...current('A', 110), v0: [fact('key', 'B', 20), fact('leaked', 'B', 1), fact('displaced', 'B', 2)] },
      fact('displaced', 'B', 2),
    ],
    [
      'of an unmanaged key that is deleted',
      [key('B', 20)],
      current('B', 20, fact('unmanaged', 'X', 1)),
      fact('unmanaged', 'X', 1),
    ],
    [
      'of an adopted key that is deleted',
      [key('B', 20)],
      current('B', 20, fact('adopted', 'X', 1)),
      fact('adopted', 'X', 1),
    ],
    [
      'of an inactive current key that is missing: no notification is pending',
      [],
      current('B', 20, fact('inactive', 'B', 3), fact('missing', 'B', 1)),
      fact('inactive', 'B', 3),
    ],
    [
      'of a reminder, after a later one',
      [key('A', 100), key('B', 10)],
      { ...previous('A', 100, fact('reminded', 'A', 3), fact('reminded', 'A', 1)), ...current('B', 10) },
      fact('reminded', 'A', 3),
    ],
    ...['exposed', 'suspected'].flatMap((kind): [string, AccessKey[], Versions, string][] => [
      [
        `of a report that AWS sent, ${kind}, after the key is gone`,
        [key('B', 20)],
        current('B', 20, fact(kind, 'X', 2)),
        fact(kind, 'X', 2),
      ],
      [
        `of a report, ${kind}, that a later one follows`,
        [key('B', 20)],
        current('B', 20, fact(kind, 'B', 2), fact(kind, 'B', 1)),
        fact(kind, 'B', 2),
      ],
    ]),
    [
      'of an unmanaged key that is being retired',
      [key('B', 20), key('X', 5)],
      current('B', 20, fact('unmanaged', 'X', 2), fact('adopted', 'X', 1)),
      fact('unmanaged', 'X', 2),
    ],
  ])('an obsolete record is removed: %s', (_what, keys, versions, obsolete) => {
    expect(step(check, keys, versions)).toMatchObject(removed(obsolete));
  });

  test('but a record with a pending notification stays until it is sent', () => {
    const versions = { ...current('B', 20, fact('adopted', 'X', 40), fact('inactive', 'X', 14)) };
    expect(step(check, [key('B', 20)], versions)).toMatchObject({ do: 'notify-deleted' });
  });

  test.each(['exposed', 'suspected'])('the record of a key that AWS reported as %s stays while it exists', (kind) => {
    expect(step(check, [key('A', 20)], current('A', 20, fact(kind, 'A', 1)))).toMatchObject({ outcome: 'not-due' });
  });

  test('the record of an unmanaged key that exists stays', () => {
    expect(step(check, [key('A', 20), inactive('X', 5)], current('A', 20, fact('unmanaged', 'X', 1)))).toMatchObject({
      outcome: 'not-due',
    });
  });
});

describe('a key that another principal created', () => {
  const keys = [key('B', 20), key('X', 5)];

  test('is announced once, for every action', () => {
    expect(step(check, keys, current('B', 20))).toMatchObject({
      do: 'notify-unmanaged',
      key: { keyId: 'X' },
      recordVersion: 'v1',
    });
    expect(step(check, keys, current('B', 20, fact('unmanaged', 'X', 1)))).toMatchObject({ outcome: 'not-due' });
  });

  test('is not announced while notifications cannot be sent', () => {
    expect(step(check, keys, current('B', 20), { withoutNotifications: true })).toMatchObject({ outcome: 'not-due' });
  });

  test('is recorded as adopted, with the option, once it is announced', () => {
    const retiring = request('delete', undefined, true, { retireUnmanagedKeys: true });
    expect(step(retiring, keys, current('B', 20))).toMatchObject({ do: 'notify-unmanaged' });
    expect(step(retiring, keys, current('B', 20, fact('unmanaged', 'X', 1)))).toMatchObject({
      do: 'record',
      add: { label: `akr1.adopted.X.${iso(NOW)}`, version: 'v1' },
      remove: [{ label: fact('unmanaged', 'X', 1) }],
    });
  });

  test('and is then retired with both periods, even if it is newer than the current key', () => {
    const adopted = (days: number) => current('B', 60, fact('adopted', 'X', days));
    expect(step(request('deactivate'), [key('B', 60), key('X', 40)], adopted(13))).toMatchObject({
      do: 'remind',
      key: { keyId: 'X' },
      before: 'deactivation',
    });
    expect(step(request('deactivate'), [key('B', 60), key('X', 40)], adopted(14))).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'X' },
    });
  });

  test('is not announced while it may be an orphan of a failed run', () => {
    const versions = { ...current('B', 20), v2: [fact('claim', 'run', 0)] };
    expect(step(check, [key('B', 20), key('X', 0)], versions)).toMatchObject({ outcome: 'locked' });
    // While another principal's value is current, nothing is discarded, so it may be an orphan for long.
    const overwritten = {
      ...previous('B', 20, fact('displaced', 'B', 1)),
      v2: [`akr1.claim.run.${iso(ago(2))}`],
      v9: ['AWSCURRENT'],
    };
    expect(step(check, [key('B', 20), key('X', 2)], overwritten)).toMatchObject({ outcome: 'waiting' });
  });
});

describe('records of deleted keys', () => {
  const kept = {
    v1: [fact('key', 'K1', 400), fact('inactive', 'K1', 10)],
    v3: [fact('key', 'K3', 200)],
    v9: ['AWSCURRENT', fact('key', 'B', 20)],
  };
  const labels = (versions: Versions) => {
    const recorded = step(check, [key('B', 20)], versions, { withoutNotifications: true });
    return recorded.do === 'record' && [...recorded.remove.map(({ label }) => label)];
  };

  test('stay for two keys, those with the latest records', () => {
    expect(labels(kept)).toBe(false);
  });

  test('all records of the others are removed: facts, the key, and a pending notification', () => {
    const claim = `akr1.claim.run.${iso(ago(300))}`;
    expect(labels({ ...kept, v2: [fact('key', 'K2', 300), fact('inactive', 'K2', 201), claim] })).toEqual([
      fact('inactive', 'K2', 201),
      fact('key', 'K2', 300),
      claim,
    ]);
  });

  test('an obsolete record is removed once', () => {
    expect(labels({ ...kept, v2: [fact('key', 'K2', 300), fact('rejected', 'K2', 250)] })).toEqual([
      fact('rejected', 'K2', 250),
      fact('key', 'K2', 300),
    ]);
  });

  test('but not the claim of another key with a pending notification', () => {
    const pending = { ...kept, v9: [...kept.v9, fact('current-since', 'B', 20), `akr1.claim.run.${iso(ago(20))}`] };
    expect(labels({ ...pending, v2: [fact('key', 'K2', 300)] })).toEqual([fact('key', 'K2', 300)]);
  });

  test('also for an adopted key, with the record of its pending notification', () => {
    const [adopted, inactiveRecord] = [fact('adopted', 'X', 300), fact('inactive', 'X', 280)];
    expect(labels({ ...kept, v2: [adopted, inactiveRecord] })).toEqual([adopted, inactiveRecord]);
  });

  test('also while the value of another principal is current: the claim too, and no other claim', () => {
    const claim = (days: number) => `akr1.claim.run.${iso(ago(days))}`;
    const overwritten = {
      v1: kept.v1,
      v2: [fact('key', 'K2', 300), claim(300)],
      v3: [...kept.v3, claim(200)],
      v9: ['AWSCURRENT'],
    };
    expect(step(check, [], overwritten)).toMatchObject({
      do: 'record',
      remove: [
        { label: fact('key', 'K2', 300), version: 'v2' },
        { label: claim(300), version: 'v2' },
      ],
    });
  });

  test('stay for a key that exists, and for the current one even if it is missing', () => {
    const versions = {
      v0: [fact('key', 'A', 500)],
      v1: [fact('key', 'K1', 400)],
      v2: [fact('key', 'K2', 300)],
      v9: ['AWSCURRENT', fact('key', 'B', 450), fact('missing', 'B', 440)],
    };
    expect(step(check, [key('A', 500)], versions, { withoutNotifications: true })).toMatchObject({
      outcome: 'waiting',
    });
    const both = { ...kept, v0: [fact('key', 'A', 500)] };
    expect(step(check, [key('A', 500), key('B', 20)], both, { withoutNotifications: true })).toMatchObject({
      outcome: 'not-due',
    });
  });
});

describe('a current key with a pending notification', () => {
  const pending = (minutes: number, ...more: string[]) =>
    step(
      check,
      [key('B', minutes / 1440)],
      current('B', minutes / 1440, `akr1.claim.run.${iso(ago(minutes / 1440))}`, ...more),
      { withoutNotifications: true },
    );

  test('is recorded as current, once its run has ended', () => {
    expect(pending(16)).toEqual({
      do: 'record',
      add: { label: fact('current-since', 'B', 16 / 1440), version: 'v1' },
      remove: [],
    });
    expect(pending(15)).toMatchObject({ outcome: 'not-due' });
  });

  test('but once only, and only for its own notification', () => {
    expect(pending(16, fact('current-since', 'B', 16 / 1440))).toMatchObject({ outcome: 'not-due' });
    const ofAnother = {
      ...current('B', 20),
      v0: ['AWSPREVIOUS', fact('key', 'A', 110), `akr1.claim.run.${iso(ago(110))}`],
    };
    // The key before it needs none any more.
    expect(step(check, [key('A', 110), key('B', 20)], ofAnother, { withoutNotifications: true })).toEqual({
      do: 'record',
      remove: [expect.objectContaining({ kind: 'claim', version: 'v0' })],
    });
  });
});

describe('the record that a version is an edit of the key of another one', () => {
  const copy = fact('copy', 'A', 110);
  const edited = { ...previous('A', 110), v2: ['AWSCURRENT', copy] };

  test('stays while the version is current', () => {
    expect(step(check, [key('A', 110)], edited, { holds: 'A' })).not.toMatchObject(removed(copy));
  });

  test('goes once AWSCURRENT is on the version of the key again', () => {
    const back = { v0: ['AWSCURRENT', fact('key', 'A', 110)], v2: ['AWSPREVIOUS', copy] };
    expect(step(check, [key('A', 110)], back)).toMatchObject(removed(copy));
  });

  test('goes once a newer key is published, and without any key of the rotation', () => {
    const replaced = { v0: [fact('key', 'A', 110)], v2: ['AWSPREVIOUS', copy], ...current('B', 20) };
    expect(step(check, [key('A', 110), key('B', 20)], replaced)).toMatchObject(removed(copy));
    const none = { v1: ['akr1.initialized'], v2: [copy], v3: ['AWSCURRENT'] };
    expect(step(check, [], none, { holds: '' })).toMatchObject(removed(copy));
  });

  test('stays while another principal’s value is over the last key: a roll-back brings its fields back', () => {
    const over = { v0: [fact('key', 'A', 110)], v2: ['AWSPREVIOUS', copy], v3: ['AWSCURRENT'] };
    expect(step(check, [key('A', 110)], over, { holds: '' })).not.toMatchObject(removed(copy));
  });
});

describe('the record of the leaked key that a new key replaces', () => {
  const replaces = fact('replaces', 'B', 1);
  const N = [fact('key', 'N', 1), fact('claim', 'run', 1)];
  const old = { v1: [fact('key', 'B', 20), fact('leaked', 'B', 1), fact('inactive', 'B', 1)] };
  const B = inactive('B', 20);

  test('stays until the notification of the new key is sent, which has it as the reason', () => {
    const published = { ...old, v2: ['AWSCURRENT', ...N, fact('current-since', 'N', 1), replaces] };
    expect(step(check, [B, key('N', 1)], published)).toMatchObject({ do: 'notify-created', key: { subject: 'N' } });
  });

  test('goes with that notification, even if the claim of another run is left', () => {
    const claim = fact('claim', 'run', 20);
    const announced = { v1: [...old.v1, claim], v2: ['AWSCURRENT', N[0], replaces] };
    expect(step(check, [B, key('N', 1)], announced)).toMatchObject({
      do: 'record',
      remove: [{ label: replaces }, { label: claim }],
    });
  });

  test('goes if the new key is deleted, so no notification is sent', () => {
    const gone = { ...old, v2: ['AWSCURRENT', ...N, fact('missing', 'N', 0.5), replaces] };
    expect(step(check, [B], gone)).toMatchObject(removed(replaces));
  });
});
