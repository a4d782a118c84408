import { nextStep } from '../../../src/rotator/decisions/next-step';
import { ago, asListed, current, fact, inactive, key, stateOf, step, used } from '../decide';
import { manualRequest, request } from '../support';

const adopting = (action: Parameters<typeof request>[0]) =>
  manualRequest(action, { ifDue: true, retireExistingKeys: true });

describe('adoption', () => {
  test('a user with one existing key gets a new key, and the existing key is recorded as adopted', () => {
    expect(step(adopting('create'), [key('X', 400)], {})).toEqual({ do: 'issue', adopt: ['X'] });
  });

  test('without the option, that key is unmanaged', () => {
    expect(step(request('create'), [key('X', 400)], {})).toEqual({ do: 'issue', adopt: [] });
  });

  test('only keys that exist before the first key are adopted: a later key is unmanaged', () => {
    const versions = current('A', 90, fact('unmanaged', 'X', 1));
    expect(step(adopting('create'), [key('A', 90), key('X', 2)], versions)).toMatchObject({
      do: 'report',
      why: expect.stringContaining('this rotation does not retire X'),
    });
  });

  test('the adopted key is deactivated after a switch period from the first key and from the adoption', () => {
    const versions = { v0: ['AWSPREVIOUS', 'akr1.initialized', fact('adopted', 'X', 14)], ...current('B', 14) };
    expect(step(request('deactivate'), [key('X', 400), key('B', 14)], versions)).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'X' },
    });
  });

  test('even if it was created in the same second as the first key', () => {
    const versions = { v0: ['AWSPREVIOUS', 'akr1.initialized', fact('adopted', 'X', 15)], ...current('B', 15) };
    expect(step(request('deactivate'), [key('X', 15), key('B', 15)], versions)).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'X' },
    });
  });
});

describe('two existing keys leave no slot', () => {
  const adopted = (days: number, ...more: string[]) => ({
    v0: ['AWSCURRENT', fact('adopted', 'X', days), fact('adopted', 'Y', days), ...more],
  });
  const active = [key('X', 400), key('Y', 300)];

  test('they are recorded first', () => {
    expect(step(adopting('create'), active, {})).toEqual({ do: 'adopt', adopt: ['X', 'Y'] });
  });

  test('except a key that was announced as unmanaged', () => {
    expect(
      step(adopting('create'), active, { v0: ['AWSCURRENT', 'akr1.initialized', fact('unmanaged', 'X', 1)] }),
    ).toEqual({ do: 'adopt', adopt: ['Y'] });
  });

  test('without the option, a person has to act', () => {
    expect(step(request('create'), active, {})).toMatchObject({
      do: 'report',
      why: expect.stringContaining('this rotation does not retire X and Y'),
    });
  });

  test('both in use: blocked, with the command for the older one', () => {
    const uses = { X: used(3), Y: used(1) };
    for (const action of ['create', 'deactivate', 'delete'] as const) {
      const answer = step(adopting(action), active, adopted(60), { uses });
      expect(answer).toMatchObject(
        action === 'create'
          ? {
              do: 'report',
              why: expect.stringContaining('X and Y, are in use'),
              remedy: expect.stringContaining('--access-key-id X'),
            }
          : { outcome: 'not-due' },
      );
    }
  });

  test('unknown use means in use', () => {
    expect(step(adopting('create'), active, adopted(60), { uses: { X: 'unknown', Y: 'unknown' } })).toMatchObject({
      do: 'report',
    });
  });

  test('one unused for 90 days: it is retired with both periods, from the adoption', () => {
    const uses = { X: used(1), Y: used(91) };
    expect(step(adopting('create'), active, adopted(13), { uses })).toMatchObject({
      outcome: 'waiting',
      why: expect.stringContaining('Y, which is not in use'),
      until: ago(13 - 28),
    });
    expect(step(adopting('deactivate'), active, adopted(13), { uses })).toMatchObject({
      outcome: 'not-due',
      until: ago(-1),
    });
    expect(step(adopting('deactivate'), active, adopted(14), { uses })).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'Y' },
    });
    expect(step(adopting('deactivate'), active, adopted(14), { uses: { X: used(1), Y: used(90) } })).toMatchObject({
      outcome: 'not-due',
    });
    const afterDeactivation = adopted(28, fact('inactive', 'Y', 14));
    expect(step(adopting('delete'), [key('X', 400), inactive('Y', 300)], afterDeactivation)).toMatchObject({
      do: 'delete',
      key: { keyId: 'Y' },
    });
  });

  test('both unused: the older one, in any order of the list', () => {
    expect(step(adopting('deactivate'), active, adopted(14))).toMatchObject({ do: 'deactivate', key: { keyId: 'X' } });
    expect(step(adopting('deactivate'), [...active].reverse(), adopted(14))).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'X' },
    });
  });

  test('one inactive or expired: recorded, then deleted after the recovery period; the active one stays', () => {
    const keys = [key('X', 400), inactive('Y', 300)];
    expect(step(adopting('create'), keys, adopted(1))).toMatchObject({ outcome: 'waiting', until: ago(-14) });
    expect(step(adopting('deactivate'), keys, adopted(1))).toMatchObject({
      do: 'record-inactive',
      key: { keyId: 'Y' },
    });
    const recorded = adopted(13, fact('inactive', 'Y', 12));
    expect(step(adopting('create'), keys, recorded)).toMatchObject({ outcome: 'waiting', until: ago(-2) });
    expect(step(adopting('delete'), keys, recorded)).toMatchObject({ outcome: 'not-due', until: ago(-2) });
    expect(step(adopting('delete'), keys, adopted(14, fact('inactive', 'Y', 13)))).toMatchObject({
      do: 'remind',
      key: { keyId: 'Y' },
      before: 'deletion',
    });
    expect(step(adopting('delete'), keys, adopted(15, fact('inactive', 'Y', 14)))).toMatchObject({
      do: 'delete',
      key: { keyId: 'Y' },
    });
  });

  test('both inactive: the older one', () => {
    const keys = [inactive('X', 400), inactive('Y', 300)];
    const afterDeactivation = adopted(15, fact('inactive', 'X', 14), fact('inactive', 'Y', 14));
    expect(step(adopting('delete'), keys, afterDeactivation)).toMatchObject({ do: 'delete', key: { keyId: 'X' } });
    expect(step(adopting('delete'), [...keys].reverse(), afterDeactivation)).toMatchObject({
      do: 'delete',
      key: { keyId: 'X' },
    });
  });

  test('one of two is unmanaged: neither is retired', () => {
    const versions = { v0: ['AWSCURRENT', fact('adopted', 'X', 60)] };
    expect(step(request('deactivate'), active, versions)).toMatchObject({
      outcome: 'not-due',
      why: 'no key of this rotation is current',
    });
    expect(step(request('create'), active, versions)).toMatchObject({
      do: 'report',
      why: expect.stringContaining('this rotation does not retire Y'),
    });
  });

  test('their last use is read, and it is not required', () => {
    const state = stateOf([...active].reverse(), adopted(1));
    for (const action of ['create', 'deactivate', 'delete'] as const) {
      expect(asListed(nextStep(adopting(action), state))).toEqual({
        do: 'get-last-used',
        keys: active,
        required: false,
      });
    }
  });

  test('once one is deleted, the first key is issued, and the other one is retired after it', () => {
    expect(step(adopting('create'), [key('X', 400)], adopted(30))).toMatchObject({
      do: 'record',
      remove: [{ label: expect.stringContaining('akr1.adopted.Y') }],
    });
    expect(step(adopting('create'), [key('X', 400)], { v0: ['AWSCURRENT', fact('adopted', 'X', 30)] })).toEqual({
      do: 'issue',
      adopt: [],
    });
  });

  test('the only key of a user without an issued key is never retired', () => {
    const versions = { v0: ['AWSCURRENT', fact('adopted', 'X', 300), fact('inactive', 'X', 200)] };
    expect(step(adopting('delete'), [inactive('X', 400)], versions)).toMatchObject({ outcome: 'not-due' });
    expect(
      step(adopting('deactivate'), [key('X', 400)], { v0: ['AWSCURRENT', fact('adopted', 'X', 300)] }),
    ).toMatchObject({ outcome: 'not-due' });
  });
});
