import * as fc from 'fast-check';
import { applyRecord } from '../../../src/rotator/decisions/next-step';
import { FACTS, Versions } from '../../../src/rotator/domain/ledger';
import { ago, current, fact, inactive, iso, key, NOW, previous, stateOf, step } from '../decide';
import { request } from '../support';

const check = request('delete');
const removed = (label: string) => ({ do: 'record', remove: [{ label }] });

describe('what people did is on record before anything is decided by it', () => {
  test('an old key that was switched on again loses its stamp', () => {
    const stamp = fact('inactive', 'A', 6);
    expect(
      step(check, [key('A', 110), key('B', 20)], { ...previous('A', 110, stamp), ...current('B', 20) }),
    ).toMatchObject({ do: 'record', remove: [{ label: stamp }] });
  });

  test('a current key that was switched on again counts from now', () => {
    const stamp = fact('inactive', 'B', 6);
    expect(step(check, [key('B', 20)], current('B', 20, stamp))).toMatchObject({
      add: { label: `akr1.current-since.B.${iso(NOW)}`, version: 'v1' },
      remove: [{ label: stamp }],
    });
  });

  test('a current key that somebody switched off, or that is not listed, is noted once, and nothing is taken away', () => {
    const noted = (kind: string) => ({
      do: 'record',
      add: { label: `akr1.${kind}.B.${iso(NOW)}`, version: 'v1' },
      remove: [],
    });
    expect(step(check, [inactive('B', 20)], current('B', 20))).toEqual(noted('inactive'));
    expect(step(check, [], current('B', 20))).toEqual(noted('missing'));
    expect(step(check, [inactive('B', 20)], current('B', 20, fact('inactive', 'B', 1)))).toMatchObject({
      outcome: 'waiting',
    });
    expect(step(check, [], current('B', 20, fact('missing', 'B', 1)))).toMatchObject({ outcome: 'waiting' });
  });

  test('AWSCURRENT that is on a value of somebody else, or on an older key, is away from our newest one', () => {
    const away = { do: 'record', add: { label: `akr1.displaced.B.${iso(NOW)}`, version: 'v0' }, remove: [] };
    const newest = { v0: ['AWSPREVIOUS', fact('key', 'B', 20)] };
    expect(step(check, [key('A', 110), key('B', 20)], { ...newest, v5: ['AWSCURRENT'] })).toEqual(away);
    expect(step(check, [key('A', 110), key('B', 20)], { ...newest, ...current('A', 110) })).toEqual(away);
    expect(step(check, [key('B', 20)], { ...newest, ...current('DELETED', 300) })).toMatchObject({ do: 'record' });
  });

  test('when it is back, the current key counts from now', () => {
    const away = fact('displaced', 'B', 6);
    expect(step(check, [key('B', 20)], current('B', 20, away))).toMatchObject({
      do: 'record',
      add: { label: `akr1.current-since.B.${iso(NOW)}`, version: 'v1' },
      remove: [{ label: away }],
    });
  });

  test('a rejected key that somebody made current again by hand counts from now: its predecessor has the whole first grace', () => {
    const versions = { ...previous('A', 110), ...current('B', 20, fact('rejected', 'B', 1)) };
    expect(step(check, [key('A', 110), key('B', 20)], versions)).toMatchObject({
      add: { label: `akr1.current-since.B.${iso(NOW)}` },
      remove: [{ label: fact('rejected', 'B', 1) }],
    });
  });

  test('after a roll-back, a foreign value is away from the key that was current, not from the rejected one', () => {
    const versions = {
      v0: ['AWSPREVIOUS', fact('key', 'A', 110)],
      v1: [fact('key', 'B', 20), fact('rejected', 'B', 5)],
      v9: ['AWSCURRENT'],
    };
    expect(step(check, [key('A', 110), key('B', 20)], versions)).toMatchObject({
      add: { label: `akr1.displaced.A.${iso(NOW)}`, version: 'v0' },
    });
  });

  test('the key that a dead run stored is no key to go back to', () => {
    const versions = {
      v0: ['AWSPREVIOUS', fact('key', 'A', 90)],
      v1: [fact('key', 'K', 1), fact('claim', 'run', 1)],
      v9: ['AWSCURRENT'],
    };
    expect(step(check, [key('A', 90), key('K', 1)], versions)).toMatchObject({
      add: { label: `akr1.displaced.A.${iso(NOW)}` },
    });
  });

  test('that a key was current is on record before its message is: somebody may move both labels away', () => {
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

  test('records of all but two keys that are gone are forgotten, with all that was noted of them', () => {
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

  test('no record is undone by the next one', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 13, maxLength: 13 }), (choices) => {
        const [a, b, c, owed, ...marks] = choices;
        const keys = [...(a > 2 ? [key('A', 110, a > 5)] : []), ...(b > 2 ? [key('B', 20, b > 5)] : [])];
        const facts = (keyId: string, chosen: number[]) =>
          FACTS.filter((_, index) => chosen[index] > 7).map((kind) => fact(kind, keyId, 3));
        let versions: Versions = {
          v0: [...(c < 4 ? ['AWSCURRENT'] : ['AWSPREVIOUS']), fact('key', 'A', 110), ...facts('A', marks)],
          v1: [
            ...(c >= 4 && c < 8 ? ['AWSCURRENT'] : []),
            fact('key', 'B', 20),
            ...facts('B', [...marks].reverse()),
            ...(owed > 5 ? [fact('claim', 'run', 20)] : []),
          ],
          ...(c >= 8 && { v9: ['AWSCURRENT'] }),
        };
        for (let round = 0; round < 20; round++) {
          const next = step(check, keys, versions, { withoutNotifications: true });
          if (next.do !== 'record') return;
          versions = applyRecord(next, stateOf(keys, versions)).ledger.versions;
        }
        throw new Error(`it does not settle: ${JSON.stringify({ keys, versions })}`);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [
      'the current key was listed again',
      [key('B', 20)],
      current('B', 20, fact('missing', 'B', 1)),
      fact('missing', 'B', 1),
    ],
    [
      'a newer fact replaces an older one',
      [key('B', 20)],
      current('B', 20, fact('current-since', 'B', 5), fact('current-since', 'B', 1)),
      fact('current-since', 'B', 5),
    ],
    [
      'a rejected key is gone',
      [key('A', 110)],
      { ...current('A', 110), v7: [fact('key', 'B', 20), fact('rejected', 'B', 1)] },
      fact('rejected', 'B', 1),
    ],
    [
      'a key that AWSCURRENT was moved away from leaked',
      [key('A', 110), inactive('B', 20)],
      { ...current('A', 110), v0: [fact('key', 'B', 20), fact('leaked', 'B', 1), fact('displaced', 'B', 2)] },
      fact('displaced', 'B', 2),
    ],
    ['a foreign key is gone', [key('B', 20)], current('B', 20, fact('unmanaged', 'X', 1)), fact('unmanaged', 'X', 1)],
    ['an adopted key is gone', [key('B', 20)], current('B', 20, fact('adopted', 'X', 1)), fact('adopted', 'X', 1)],
    ['a leaked key is gone', [key('B', 20)], current('B', 20, fact('leaked', 'X', 1)), fact('leaked', 'X', 1)],
    [
      'a current key that was off is gone: nobody awaits a message',
      [],
      current('B', 20, fact('inactive', 'B', 3), fact('missing', 'B', 1)),
      fact('inactive', 'B', 3),
    ],
    [
      'a later reminder replaces an earlier one',
      [key('A', 100), key('B', 10)],
      { ...previous('A', 100, fact('reminded', 'A', 3), fact('reminded', 'A', 1)), ...current('B', 10) },
      fact('reminded', 'A', 3),
    ],
    [
      'a foreign key is ours to retire by now',
      [key('B', 20), key('X', 5)],
      current('B', 20, fact('unmanaged', 'X', 2), fact('adopted', 'X', 1)),
      fact('unmanaged', 'X', 2),
    ],
  ])('%s', (_what, keys, versions, over) => {
    expect(step(check, keys, versions)).toMatchObject(removed(over));
  });

  test('but what a message is owed for stays until it is told', () => {
    const versions = { ...current('B', 20, fact('adopted', 'X', 40), fact('inactive', 'X', 14)) };
    expect(step(check, [key('B', 20)], versions)).toMatchObject({ do: 'notify-deleted' });
  });

  test('a rejected key that was adopted, or one that is neither: nothing to note', () => {
    expect(step(check, [key('A', 20), inactive('X', 5)], current('A', 20, fact('unmanaged', 'X', 1)))).toMatchObject({
      outcome: 'not-due',
    });
  });
});

describe('a key that somebody else made', () => {
  const keys = [key('B', 20), key('X', 5)];

  test('is told about once, whatever is asked', () => {
    expect(step(check, keys, current('B', 20))).toMatchObject({
      do: 'notify-unmanaged',
      key: { keyId: 'X' },
      recordVersion: 'v1',
    });
    expect(step(check, keys, current('B', 20, fact('unmanaged', 'X', 1)))).toMatchObject({ outcome: 'not-due' });
  });

  test('is not told about while messages cannot be sent', () => {
    expect(step(check, keys, current('B', 20), { withoutNotifications: true })).toMatchObject({ outcome: 'not-due' });
  });

  test('is put on record to be retired where that is asked for, once people know', () => {
    const retiring = request('delete', undefined, true, { retireUnmanagedKeys: true });
    expect(step(retiring, keys, current('B', 20))).toMatchObject({ do: 'notify-unmanaged' });
    expect(step(retiring, keys, current('B', 20, fact('unmanaged', 'X', 1)))).toMatchObject({
      do: 'record',
      add: { label: `akr1.adopted.X.${iso(NOW)}`, version: 'v1' },
      remove: [{ label: fact('unmanaged', 'X', 1) }],
    });
  });

  test('and then goes through both graces, counted from then, though it is newer than the current key', () => {
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

  test('is not foreign while it may be what a dead run left', () => {
    const versions = { ...current('B', 20), v2: [fact('claim', 'run', 0)] };
    expect(step(check, [key('B', 20), key('X', 0)], versions)).toMatchObject({ outcome: 'locked' });
    // Under somebody else's value nothing is discarded, so it may be that for long.
    const overwritten = {
      ...previous('B', 20, fact('displaced', 'B', 1)),
      v2: [`akr1.claim.run.${iso(ago(2))}`],
      v9: ['AWSCURRENT'],
    };
    expect(step(check, [key('B', 20), key('X', 2)], overwritten)).toMatchObject({ outcome: 'waiting' });
  });
});

describe('records of keys that are gone', () => {
  const kept = {
    v1: [fact('key', 'K1', 400), fact('inactive', 'K1', 10)],
    v3: [fact('key', 'K3', 200)],
    v9: ['AWSCURRENT', fact('key', 'B', 20)],
  };
  const labels = (versions: Versions) => {
    const noted = step(check, [key('B', 20)], versions, { withoutNotifications: true });
    return noted.do === 'record' && [...noted.remove.map(({ label }) => label)];
  };

  test('stay for two of them, those of which something is known last', () => {
    expect(labels(kept)).toBe(false);
  });

  test('of the others, all goes: facts, the key itself, and a message that was owed', () => {
    const claim = `akr1.claim.run.${iso(ago(300))}`;
    expect(labels({ ...kept, v2: [fact('key', 'K2', 300), fact('inactive', 'K2', 201), claim] })).toEqual([
      fact('inactive', 'K2', 201),
      fact('key', 'K2', 300),
      claim,
    ]);
  });

  test('what is over anyhow goes once', () => {
    expect(labels({ ...kept, v2: [fact('key', 'K2', 300), fact('rejected', 'K2', 250)] })).toEqual([
      fact('rejected', 'K2', 250),
      fact('key', 'K2', 300),
    ]);
  });

  test('but not the claim of another key, whose message is owed still', () => {
    const owed = { ...kept, v9: [...kept.v9, fact('current-since', 'B', 20), `akr1.claim.run.${iso(ago(20))}`] };
    expect(labels({ ...owed, v2: [fact('key', 'K2', 300)] })).toEqual([fact('key', 'K2', 300)]);
  });

  test('of a key that was not ours as well, the stamp included that owes a message', () => {
    const [adopted, off] = [fact('adopted', 'X', 300), fact('inactive', 'X', 280)];
    expect(labels({ ...kept, v2: [adopted, off] })).toEqual([adopted, off]);
  });

  test('stay for a key that exists, and for the current one even if it does not', () => {
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

describe('a current key whose message is owed', () => {
  const owed = (minutes: number, ...more: string[]) =>
    step(check, [key('B', 20)], current('B', 20, `akr1.claim.run.${iso(ago(minutes / 1440))}`, ...more), {
      withoutNotifications: true,
    });

  test('is on record to have been current, once its run is dead', () => {
    expect(owed(16)).toEqual({
      do: 'record',
      add: { label: fact('current-since', 'B', 20), version: 'v1' },
      remove: [],
    });
    expect(owed(15)).toMatchObject({ outcome: 'not-due' });
  });

  test('but once only, and only for its own message', () => {
    expect(owed(16, fact('current-since', 'B', 20))).toMatchObject({ outcome: 'not-due' });
    const ofAnother = {
      ...current('B', 20),
      v0: ['AWSPREVIOUS', fact('key', 'A', 110), `akr1.claim.run.${iso(ago(110))}`],
    };
    expect(step(check, [key('A', 110), key('B', 20)], ofAnother, { withoutNotifications: true })).toMatchObject({
      outcome: 'not-due',
    });
  });
});
