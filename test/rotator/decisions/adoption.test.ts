import { nextStep } from '../../../src/rotator/decisions/next-step';
import { ago, asListed, current, fact, inactive, key, stateOf, step, used } from '../decide';
import { manualRequest, request } from '../support';

const adopting = (action: Parameters<typeof request>[0]) =>
  manualRequest(action, { ifDue: true, retireExistingKeys: true });

describe('adoption', () => {
  test('a user with one key of its own gets ours beside it, and the old one is on record to be retired', () => {
    expect(step(adopting('create'), [key('X', 400)], {})).toEqual({ do: 'issue', adopt: ['X'] });
  });

  test('where the caller opted out, that key is foreign', () => {
    expect(step(request('create'), [key('X', 400)], {})).toEqual({ do: 'issue', adopt: [] });
  });

  test('it is about the first key: what is made later is foreign', () => {
    const versions = current('A', 90, fact('unmanaged', 'X', 1));
    expect(step(adopting('create'), [key('A', 90), key('X', 2)], versions)).toMatchObject({
      do: 'report',
      why: expect.stringContaining('this rotation does not retire X'),
    });
  });

  test('the adopted key goes when ours has been out for the first grace, and the adoption is as old', () => {
    const versions = { v0: ['AWSPREVIOUS', 'akr1.initialized', fact('adopted', 'X', 14)], ...current('B', 14) };
    expect(step(request('deactivate'), [key('X', 400), key('B', 14)], versions)).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'X' },
    });
  });

  test('even if it was made in the very second of the first key', () => {
    const versions = { v0: ['AWSPREVIOUS', 'akr1.initialized', fact('adopted', 'X', 15)], ...current('B', 15) };
    expect(step(request('deactivate'), [key('X', 15), key('B', 15)], versions)).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'X' },
    });
  });
});

describe('two keys at adoption leave no slot', () => {
  const adopted = (days: number, ...more: string[]) => ({
    v0: ['AWSCURRENT', fact('adopted', 'X', days), fact('adopted', 'Y', days), ...more],
  });
  const active = [key('X', 400), key('Y', 300)];

  test('they are put on record first', () => {
    expect(step(adopting('create'), active, {})).toEqual({ do: 'adopt', adopt: ['X', 'Y'] });
  });

  test("but not one that people were told is somebody else's", () => {
    expect(
      step(adopting('create'), active, { v0: ['AWSCURRENT', 'akr1.initialized', fact('unmanaged', 'X', 1)] }),
    ).toEqual({ do: 'adopt', adopt: ['Y'] });
  });

  test('where the caller opted out, a person has to act', () => {
    expect(step(request('create'), active, {})).toMatchObject({
      do: 'report',
      why: expect.stringContaining('this rotation does not retire X and Y'),
    });
  });

  test('both in use: refused, with the command for the older one', () => {
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

  test('one not used for 90 days: it goes through both graces, counted from the adoption', () => {
    const uses = { X: used(1), Y: used(91) };
    expect(step(adopting('create'), active, adopted(13), { uses })).toMatchObject({
      outcome: 'waiting',
      why: expect.stringContaining('Y, which is not in use'),
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
    const off = adopted(28, fact('inactive', 'Y', 14));
    expect(step(adopting('delete'), [key('X', 400), inactive('Y', 300)], off)).toMatchObject({
      do: 'delete',
      key: { keyId: 'Y' },
    });
  });

  test('both unused: the older one, whichever IAM lists first', () => {
    expect(step(adopting('deactivate'), active, adopted(14))).toMatchObject({ do: 'deactivate', key: { keyId: 'X' } });
    expect(step(adopting('deactivate'), [...active].reverse(), adopted(14))).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'X' },
    });
  });

  test('one inactive or expired: stamped, then deleted after the second grace; the active one stays', () => {
    const keys = [key('X', 400), inactive('Y', 300)];
    expect(step(adopting('create'), keys, adopted(1))).toMatchObject({ outcome: 'waiting' });
    expect(step(adopting('deactivate'), keys, adopted(1))).toMatchObject({
      do: 'record-inactive',
      key: { keyId: 'Y' },
    });
    expect(step(adopting('delete'), keys, adopted(13, fact('inactive', 'Y', 12)))).toMatchObject({
      outcome: 'not-due',
    });
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
    const off = adopted(15, fact('inactive', 'X', 14), fact('inactive', 'Y', 14));
    expect(step(adopting('delete'), keys, off)).toMatchObject({ do: 'delete', key: { keyId: 'X' } });
    expect(step(adopting('delete'), [...keys].reverse(), off)).toMatchObject({ do: 'delete', key: { keyId: 'X' } });
  });

  test('one of two that is not ours to retire: neither is', () => {
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

  test('their last use is asked for, and where IAM does not say, that is an answer too', () => {
    const state = stateOf([...active].reverse(), adopted(1));
    for (const action of ['create', 'deactivate', 'delete'] as const) {
      expect(asListed(nextStep(adopting(action), state))).toEqual({
        do: 'get-last-used',
        keys: active,
        required: false,
      });
    }
  });

  test('as soon as one is gone, the first key is issued, and the other one is retired after it', () => {
    expect(step(adopting('create'), [key('X', 400)], adopted(30))).toMatchObject({
      do: 'record',
      remove: [{ label: expect.stringContaining('akr1.adopted.Y') }],
    });
    expect(step(adopting('create'), [key('X', 400)], { v0: ['AWSCURRENT', fact('adopted', 'X', 30)] })).toEqual({
      do: 'issue',
      adopt: [],
    });
  });

  test('a single key is never taken away from a user that has no key of ours yet', () => {
    const versions = { v0: ['AWSCURRENT', fact('adopted', 'X', 300), fact('inactive', 'X', 200)] };
    expect(step(adopting('delete'), [inactive('X', 400)], versions)).toMatchObject({ outcome: 'not-due' });
    expect(
      step(adopting('deactivate'), [key('X', 400)], { v0: ['AWSCURRENT', fact('adopted', 'X', 300)] }),
    ).toMatchObject({ outcome: 'not-due' });
  });
});
