import { bare, request } from './support';
import { DAY } from '../../src/rotator/ages';
import { readLedger, Versions } from '../../src/rotator/ledger-state';
import { FRESH, nextStep, Step, StepOptions, UserState } from '../../src/rotator/lifecycle';
import { RotationRequest } from '../../src/rotator/request';

const NOW = new Date('2026-06-01T12:00:00Z');
const ago = (days: number) => new Date(NOW.getTime() - days * DAY);
const iso = (date: Date) => date.toISOString().replace('.000', '');
const key = (keyId: string, ageInDays: number, active = true) => ({ keyId, active, createdAt: ago(ageInDays) });

function step(asked: RotationRequest, keys: UserState['keys'], versions: Versions, options?: StepOptions): Step {
  return nextStep(asked, { keys, ledger: readLedger(versions), now: NOW }, options);
}

/** An issued key that is current for so many days. */
const current = (keyId: string, ageInDays: number) => ({ v1: ['AWSCURRENT', `key:${keyId}:${iso(ago(ageInDays))}`] });
const previous = (keyId: string, ageInDays: number, ...more: string[]) => ({ v0: ['AWSPREVIOUS', `key:${keyId}:${iso(ago(ageInDays))}`, ...more] });

describe('create', () => {
  test('a user without a key gets one', () => {
    expect(step(request('create'), [], {})).toEqual({ do: 'issue', adopt: [] });
  });

  test.each([
    [89, 'nothing'],
    [90 - 2 / 24, 'nothing'], // two hours early
    [90 - 0.5 / 24, 'issue'], // within the tolerance
    [90, 'issue'],
    [500, 'issue'],
  ])('a key of %d days: %s', (age, wanted) => {
    expect(step(request('create'), [key('A', age)], current('A', age)).do).toBe(wanted);
  });

  test('asked by a person, a key of any age is replaced', () => {
    expect(step(bare('create'), [key('A', 2)], current('A', 2)).do).toBe('issue');
  });

  test('asked by a person, a key that is less than a day old is not: people could not keep up', () => {
    expect(step(bare('create'), [key('A', 0.9)], current('A', 0.9))).toMatchObject({ outcome: 'refused', until: new Date(ago(0.9).getTime() + FRESH) });
  });

  test('while the previous key holds the second slot, it waits, and says until when', () => {
    const versions = { ...current('B', 95), ...previous('A', 185, `off:A:${iso(ago(10))}`) };
    expect(step(request('create'), [key('A', 185, false), key('B', 95)], versions)).toMatchObject({ outcome: 'waiting', until: new Date(ago(10).getTime() + 14 * DAY) });
  });

  test('where a foreign key holds the second slot, nothing is destroyed, and a person has to act', () => {
    const blocked = step(request('create'), [key('A', 90), key('FOREIGN', 3)], current('A', 90));
    expect(blocked).toMatchObject({ do: 'report', outcome: 'blocked', why: expect.stringContaining('FOREIGN') });
  });

  test('a user with two keys of its own is put on record when it is adopted, then is blocked', () => {
    const keys = [key('X', 400), key('Y', 300)];
    expect(step(request('create'), keys, {}, { adopting: true })).toEqual({ do: 'adopt', adopt: ['X', 'Y'] });
    expect(step(request('create'), keys, { v0: ['AWSCURRENT', 'adopted:X', 'adopted:Y'] }, { adopting: true })).toMatchObject({ outcome: 'blocked' });
  });

  test('a user with one key of its own gets ours beside it, and the old one is on record to be retired', () => {
    expect(step(request('create'), [key('X', 400)], {}, { adopting: true })).toEqual({ do: 'issue', adopt: ['X'] });
  });

  test('keys that are found later are not adopted', () => {
    expect(step(request('create'), [key('X', 400)], {})).toEqual({ do: 'issue', adopt: [] });
  });

  test('a current key that somebody deactivated is reported, not replaced', () => {
    expect(step(request('create'), [key('A', 100, false)], current('A', 100))).toMatchObject({ outcome: 'blocked' });
  });

  test('a current key that somebody deleted is replaced, once IAM\'s lists cannot be lagging any more', () => {
    expect(step(request('create'), [], current('A', 0.01))).toMatchObject({ outcome: 'waiting' });
    expect(step(request('create'), [], current('A', 10)).do).toBe('issue');
  });

  test('a value that somebody else wrote into the secret is reported with the command that mends it', () => {
    const versions = { v2: ['AWSCURRENT'], ...previous('A', 10) };
    expect(step(request('create'), [key('A', 10)], versions)).toMatchObject({
      outcome: 'blocked', remedy: expect.stringContaining('--move-to-version-id v0 --remove-from-version-id v2'),
    });
  });

  test('while another run is at it, it keeps out of the way', () => {
    const claim = `claim:${iso(ago(5 / 1440))}`;
    expect(step(request('create'), [key('A', 90)], { ...current('A', 90), v2: [claim] })).toMatchObject({ outcome: 'busy' });
  });
});

describe('deactivate', () => {
  const keys = (age: number) => [key('A', 90 + age), key('B', age)];
  const versions = (age: number) => ({ ...previous('A', 90 + age), ...current('B', age) });

  test.each([[13.9, 'nothing'], [14 - 0.5 / 24, 'deactivate'], [14, 'deactivate'], [60, 'deactivate']])(
    'a successor of %d days: %s', (age, wanted) => expect(step(request('deactivate'), keys(age), versions(age)).do).toBe(wanted));

  test('asked by a person, the grace period holds all the same', () => {
    expect(step(bare('deactivate'), keys(13), versions(13))).toMatchObject({ outcome: 'not-due', until: new Date(ago(13).getTime() + 14 * DAY) });
  });

  test('never while the current key does not work', () => {
    const broken = [key('A', 110), key('B', 20, false)];
    expect(step(request('deactivate'), broken, versions(20))).toMatchObject({ outcome: 'waiting' });
  });

  test('never a foreign key', () => {
    expect(step(request('deactivate'), [key('B', 20), key('FOREIGN', 200)], current('B', 20))).toMatchObject({ outcome: 'not-due' });
  });

  test('a key that somebody else deactivated is stamped now: its second grace begins late, never early', () => {
    expect(step(request('deactivate'), [key('A', 100, false), key('B', 10)], versions(10))).toMatchObject({ do: 'stamp', key: { keyId: 'A' } });
  });

  test('never a key that is newer than the current one: somebody moved AWSCURRENT back, which the next create reports', () => {
    const movedBack = { v0: ['AWSPREVIOUS', `key:B:${iso(ago(5))}`], ...current('A', 95) };
    const both = [key('A', 95), key('B', 5)];
    expect(step(request('deactivate'), both, movedBack)).toMatchObject({ outcome: 'not-due' });
    expect(step(request('create'), both, movedBack)).toMatchObject({
      outcome: 'blocked', remedy: expect.stringContaining('--move-to-version-id v0 --remove-from-version-id v1'),
    });
  });

  test('an adopted key that was made in the very second of the first key is a previous key all the same', () => {
    const adopted = { v0: ['AWSPREVIOUS', 'opened', 'adopted:X'], ...current('B', 15) };
    expect(step(request('deactivate'), [key('X', 15), key('B', 15)], adopted)).toMatchObject({ do: 'deactivate', key: { keyId: 'X' } });
  });

  test('never while a key is being issued: it exists already, and is not current yet', () => {
    const issuing = { ...current('B', 90), v2: [`key:C:${iso(NOW)}`, `claim:${iso(NOW)}`] };
    expect(step(request('deactivate'), [key('B', 90), key('C', 0)], issuing)).toMatchObject({ outcome: 'busy' });
  });
});

describe('delete', () => {
  const keys = [key('A', 120, false), key('B', 30)];
  const versions = (off: number) => ({ ...previous('A', 120, `off:A:${iso(ago(off))}`), ...current('B', 30) });

  test.each([[13.9, 'nothing'], [14 - 0.5 / 24, 'delete'], [14, 'delete'], [90, 'delete']])(
    'inactive for %d days: %s', (off, wanted) => expect(step(request('delete'), keys, versions(off)).do).toBe(wanted));

  test('never an active key, however old', () => {
    expect(step(request('delete'), [key('A', 500), key('B', 400)], { ...previous('A', 500), ...current('B', 400) })).toMatchObject({ outcome: 'not-due' });
  });

  test('an inactive key without a stamp is stamped, not deleted', () => {
    expect(step(request('delete'), keys, { ...previous('A', 120), ...current('B', 30) })).toMatchObject({ do: 'stamp' });
  });

  test('of several stamps, the latest counts', () => {
    const twice = { ...previous('A', 120, `off:A:${iso(ago(20))}`, `off:A:${iso(ago(2))}`), ...current('B', 30) };
    expect(step(request('delete'), keys, twice)).toMatchObject({ outcome: 'not-due' });
  });

  test('never while the current key is gone', () => {
    expect(step(request('delete'), [key('A', 120, false)], versions(20))).toMatchObject({ outcome: 'waiting' });
  });
});

describe('whatever is asked, what an earlier run left is settled first', () => {
  const dead = `claim:${iso(ago(1))}`;

  test('a key that was stored but not published is discarded', () => {
    const versions = { ...current('A', 90), v2: [`key:B:${iso(ago(1))}`, dead] };
    expect(step(request('delete'), [key('A', 90), key('B', 1)], versions)).toMatchObject({ do: 'discard', claim: { version: 'v2' } });
  });

  test('a key that was published but not announced is announced', () => {
    const versions = { ...previous('A', 90), v1: ['AWSCURRENT', `key:B:${iso(ago(1))}`, dead] };
    expect(step(request('delete'), [key('A', 90), key('B', 1)], versions)).toMatchObject({ do: 'announce-created', key: { keyId: 'B' } });
  });

  test('a key that was published and replaced by a person since is not taken for a leftover', () => {
    const versions = { v3: ['AWSCURRENT', 'opened'], v1: ['AWSPREVIOUS', `key:B:${iso(ago(1))}`, dead] };
    expect(step(request('delete'), [key('B', 1)], versions).do).toBe('announce-created');
  });

  test('under a value that somebody else wrote, nothing is discarded: what had been published cannot be told', () => {
    const versions = { v4: ['AWSCURRENT'], v3: ['AWSPREVIOUS'], v1: [`key:B:${iso(ago(1))}`, dead] };
    expect(step(request('create'), [key('B', 1)], versions)).toMatchObject({ outcome: 'blocked', remedy: expect.stringContaining('--move-to-version-id v1') });
  });

  test('an unknown key from the time of a dead run is watched for six hours, as its last use may show late', () => {
    const versions = (hours: number) => ({ ...current('A', 90), v2: [`claim:${iso(ago(hours / 24))}`] });
    expect(step(request('create'), [key('A', 90), key('X', 5 / 24)], versions(5))).toMatchObject({ outcome: 'busy' });
    expect(step(request('create'), [key('A', 90), key('X', 7 / 24)], versions(7)).do).toBe('discard');
    expect(step(request('create'), [key('A', 90)], versions(1)).do).toBe('discard'); // there is none
  });

  test('the stamp of a key that somebody switched on again is void: its second grace starts anew', () => {
    const versions = { ...previous('A', 110, `off:A:${iso(ago(6))}`), ...current('B', 20) };
    expect(step(request('deactivate'), [key('A', 110), key('B', 20)], versions)).toMatchObject({ do: 'unstamp', stamp: { keyId: 'A' } });
  });

  test('a discard comes before messages, and happens even while these cannot be sent', () => {
    const versions = { ...previous('A', 200, `off:A:${iso(ago(1))}:untold`), ...current('B', 90), v2: [`key:C:${iso(ago(1))}`, dead] };
    const keys = [key('A', 200, false), key('B', 90)];
    expect(step(request('create'), keys, versions).do).toBe('discard');
    expect(step(request('create'), keys, versions, { mute: true }).do).toBe('discard');
  });

  test('a stamp that nobody was told about, and a stamp whose key is gone', () => {
    const versions = (stamp: string) => ({ ...previous('A', 100, stamp), ...current('B', 10) });
    expect(step(request('create'), [key('A', 100, false), key('B', 10)], versions(`off:A:${iso(ago(1))}:untold`)).do).toBe('announce-deactivated');
    expect(step(request('create'), [key('B', 10)], versions(`off:A:${iso(ago(1))}`)).do).toBe('announce-deleted');
  });

  test('while messages cannot be sent, they wait, and the step is taken', () => {
    const versions = { ...previous('A', 200), v1: ['AWSCURRENT', `key:B:${iso(ago(90))}`, `claim:${iso(ago(90))}`] };
    expect(step(request('create'), [key('B', 90)], versions, { mute: true }).do).toBe('issue');
  });
});
