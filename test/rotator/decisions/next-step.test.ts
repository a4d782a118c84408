import { DAY } from '../../../src/contract/ages';
import { MISSING_CONFIRMATION } from '../../../src/rotator/decisions/current-key';
import { applyRecord, MIN_AGE_FOR_MANUAL_CREATE, recognized } from '../../../src/rotator/decisions/next-step';
import { removeLabelsCommand } from '../../../src/rotator/domain/commands';
import { CLAIM_LIFETIME } from '../../../src/rotator/domain/ledger';
import { SecretValue } from '../../../src/rotator/domain/secret-value';
import { ago, current, fact, inactive, iso, key, NOW, previous, stateOf, step, used } from '../decide';
import { manualRequest, request } from '../support';

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

  test('a manual event replaces a key of any age', () => {
    expect(step(manualRequest('create'), [key('A', 2)], current('A', 2)).do).toBe('issue');
  });

  test('except a key that is less than a day old, as consumers need time to switch', () => {
    expect(step(manualRequest('create'), [key('A', 0.9)], current('A', 0.9))).toMatchObject({
      outcome: 'refused',
      until: new Date(ago(0.9).getTime() + MIN_AGE_FOR_MANUAL_CREATE),
    });
  });

  test('while the previous key uses the second slot, it waits, with the end of the wait', () => {
    const versions = { ...current('B', 95), ...previous('A', 185, fact('inactive', 'A', 10)) };
    expect(step(request('create'), [inactive('A', 185), key('B', 95)], versions)).toMatchObject({
      outcome: 'waiting',
      until: new Date(ago(10).getTime() + 14 * DAY),
    });
  });

  test('if an unmanaged key uses the second slot, no key is deleted, and a person has to act', () => {
    const keys = [key('A', 90), key('UNMANAGED', 3)];
    expect(step(request('create'), keys, current('A', 90, fact('unmanaged', 'UNMANAGED', 2)))).toMatchObject({
      do: 'report',
      why: expect.stringContaining('UNMANAGED'),
    });
  });

  test('a current key that was deactivated outside the rotation is recorded and reported, not replaced', () => {
    expect(step(request('create'), [inactive('A', 100)], current('A', 100))).toMatchObject({
      do: 'record',
      add: { label: `akr1.inactive.A.${iso(NOW)}` },
    });
    expect(step(request('create'), [inactive('A', 100)], current('A', 100, fact('inactive', 'A', 1)))).toMatchObject({
      do: 'report',
    });
  });

  test('a missing current key is replaced after a second list, minutes later', () => {
    expect(step(request('create'), [], current('A', 10))).toMatchObject({
      do: 'record',
      add: { label: `akr1.missing.A.${iso(NOW)}`, version: 'v1' },
    });
    const minute = MISSING_CONFIRMATION / 10 / DAY;
    expect(step(request('create'), [], current('A', 10, fact('missing', 'A', minute)))).toMatchObject({
      outcome: 'waiting',
      until: new Date(ago(minute).getTime() + MISSING_CONFIRMATION),
    });
    expect(step(request('create'), [], current('A', 10, fact('missing', 'A', 1))).do).toBe('issue');
  });

  test('a value that another principal wrote into the secret is reported, with the command that fixes it', () => {
    const versions = { v2: ['AWSCURRENT'], ...previous('A', 10, fact('displaced', 'A', 1)) };
    expect(step(request('create'), [key('A', 10)], versions)).toMatchObject({
      do: 'report',
      remedy: expect.stringContaining('make A of alice current again: aws lambda invoke '),
    });
  });

  test("facts on another principal's version do not make that a version of this rotation", () => {
    const versions = { v2: ['AWSCURRENT', fact('unmanaged', 'X', 1), fact('missing', 'A', 1)], ...previous('A', 10) };
    // an obsolete record is removed first
    expect(step(request('create'), [key('A', 10), key('X', 2)], versions)).toMatchObject({ do: 'record' });
    expect(
      step(request('create'), [key('A', 10), key('X', 2)], {
        v2: ['AWSCURRENT', fact('unmanaged', 'X', 1)],
        ...previous('A', 10, fact('displaced', 'A', 1)),
      }),
    ).toMatchObject({ do: 'report' });
  });

  test('AWSCURRENT was moved back outside the rotation: reported, with both fixes', () => {
    const movedBack = { v0: ['AWSPREVIOUS', fact('key', 'B', 5), fact('displaced', 'B', 1)], ...current('A', 95) };
    const both = [key('A', 95), key('B', 5)];
    expect(step(request('create'), both, movedBack)).toMatchObject({
      do: 'report',
      remedy: expect.stringMatching(/^to make B current: aws lambda invoke .*; or to retire B: aws lambda invoke /),
    });
    expect(step(request('create'), both, movedBack)).toMatchObject({ remedy: expect.stringContaining('"rollback"') });
    expect(step(request('deactivate'), both, movedBack)).toMatchObject({ outcome: 'not-due' });
  });

  test('a previous key that is overdue for a week is retired by this check: its own checks do not run', () => {
    const versions = (age: number, ...more: string[]) => ({
      ...previous('A', 90 + age, ...more),
      ...current('B', age),
    });
    const keys = (age: number) => [key('A', 90 + age), key('B', age)];
    expect(step(manualRequest('create'), keys(35), versions(35))).toMatchObject({ outcome: 'waiting' });
    expect(step(manualRequest('create'), keys(35.1), versions(35.1))).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'A' },
    });
    expect(step(manualRequest('create', { maxDelayDays: 10 }), keys(45), versions(45))).toMatchObject({
      outcome: 'waiting',
    });
    const off = [inactive('A', 190), key('B', 100)];
    expect(step(request('create'), off, versions(100, fact('inactive', 'A', 21)))).toMatchObject({
      outcome: 'waiting',
    });
    expect(step(request('create'), off, versions(100, fact('inactive', 'A', 21.1)))).toMatchObject({
      do: 'delete',
      key: { keyId: 'A' },
    });
  });

  test('if the current key is missing and an unmanaged key uses a slot, that one is named, and not the last issued key', () => {
    const versions = { ...previous('A', 100), ...current('B', 10, fact('missing', 'B', 1), fact('unmanaged', 'X', 1)) };
    expect(step(request('create'), [key('A', 100), key('X', 3)], versions)).toMatchObject({
      do: 'report',
      remedy: expect.stringContaining('--access-key-id X'),
    });
  });

  test('AWSCURRENT on the first version, which holds no key, is reported as the value of another principal is', () => {
    const versions = {
      v0: ['AWSCURRENT', 'akr1.initialized'],
      v1: ['AWSPREVIOUS', fact('key', 'A', 10), fact('displaced', 'A', 1)],
    };
    expect(step(request('create'), [key('A', 10)], versions)).toMatchObject({
      do: 'report',
      why: expect.stringContaining('holds no access key'),
      remedy: expect.stringContaining('make A of alice current again: aws lambda invoke '),
    });
  });

  test('the value of another principal is not replaced, even if no issued key exists any more', () => {
    const versions = { v9: ['AWSCURRENT'], v0: [fact('key', 'A', 10)] };
    expect(step(request('create'), [], versions)).toMatchObject({
      do: 'report',
      why: expect.stringContaining('no key of this rotation can be made current'),
    });
  });

  test('with too many labels for a new key, a person has to remove some', () => {
    const notes = (count: number) => ({
      ...current('A', 90),
      v5: Array.from({ length: count }, (_, index) => `note ${index}`),
    });
    expect(step(request('create'), [key('A', 90)], notes(15)).do).toBe('issue');
    expect(step(request('create'), [key('A', 90)], notes(16))).toMatchObject({
      do: 'report',
      why: expect.stringContaining('18 staging labels'),
    });
  });

  test('while another run is active, the outcome is "locked"', () => {
    const claim = `akr1.claim.1b4e.${iso(ago(5 / 1440))}`;
    expect(step(request('create'), [key('A', 90)], { ...current('A', 90), v2: [claim] })).toMatchObject({
      outcome: 'locked',
    });
  });
});

describe('why no key is issued: the exact messages', () => {
  const nothing = (outcome: string, why: string, until?: Date) => ({ do: 'nothing', outcome, why, until });

  test('it is not due', () => {
    expect(step(request('create'), [key('A', 30)], current('A', 30))).toEqual(
      nothing('not-due', 'the current key A is not 90 days old', ago(-60)),
    );
  });

  test('it was just replaced; after a day, it can be replaced again', () => {
    expect(step(manualRequest('create'), [key('A', 0.5)], current('A', 0.5))).toEqual(
      nothing('refused', 'the current key A is less than a day old', ago(-0.5)),
    );
    expect(step(manualRequest('create'), [key('A', 1)], current('A', 1)).do).toBe('issue');
  });

  test('the second slot is used, by an older key or by a newer one', () => {
    expect(
      step(request('create'), [inactive('A', 185), key('B', 95)], {
        ...previous('A', 185, fact('inactive', 'A', 10)),
        ...current('B', 95),
      }),
    ).toEqual(nothing('waiting', 'no slot is free for a new key until the previous key A is deleted', ago(10 - 14)));
    const rejected = { ...current('A', 185), v0: [fact('key', 'B', 95), fact('rejected', 'B', 10)] };
    expect(step(request('create'), [key('A', 185), key('B', 95)], rejected)).toEqual(
      nothing('waiting', 'rotation pauses until the newer key B is deleted', ago(10 - 28)),
    );
  });

  test('both slots are used by existing keys', () => {
    const adopted = { v0: ['AWSCURRENT', fact('adopted', 'X', 1), fact('adopted', 'Y', 1)] };
    expect(step(request('create'), [key('X', 400), key('Y', 300)], adopted)).toEqual(
      nothing(
        'waiting',
        'no slot is free for a new key: the user had two access keys already; X, which is not in use, is retired first',
        ago(1 - 28),
      ),
    );
    expect(
      step(request('create'), [key('X', 400), key('Y', 300)], adopted, { uses: { X: used(1), Y: used(1) } }),
    ).toEqual({
      do: 'report',
      why: 'both existing access keys of alice, X and Y, are in use, so no slot is free for a new key',
      remedy:
        'stop using one of them and delete it (the older one: aws iam delete-access-key --user-name alice --access-key-id X --region eu-west-1), and the next check issues a new key',
    });
  });

  test('an unmanaged key uses the second slot, or two of them use both', () => {
    const remedy = (keyId: string) =>
      `delete a key that is not in use (aws iam delete-access-key --user-name alice --access-key-id ${keyId} --region eu-west-1), and the next check issues a new key`;
    expect(step(request('create'), [key('A', 90), key('X', 3)], current('A', 90, fact('unmanaged', 'X', 2)))).toEqual({
      do: 'report',
      why: 'no slot is free for a new key: this rotation does not retire X, which it did not issue',
      remedy: remedy('X'),
    });
    expect(step(request('create'), [key('X', 4), key('Y', 3)], {})).toEqual({
      do: 'report',
      why: 'no slot is free for a new key: this rotation does not retire X and Y, which it did not issue',
      remedy: remedy('X'),
    });
  });

  test('another run is active, or failed a moment ago', () => {
    const versions = { ...current('A', 90), v2: [`akr1.claim.run.${iso(NOW)}`] };
    expect(step(request('create'), [key('A', 90)], versions)).toEqual(
      nothing('locked', 'another run works on this user, or has failed', new Date(NOW.getTime() + CLAIM_LIFETIME)),
    );
  });
});

describe('an old key whose own checks do not run', () => {
  const MINUTE = 1 / 1440;
  const off = (days: number, maxDelayDays = 0) =>
    step(request('create', undefined, true, { maxDelayDays }), [inactive('A', 185), key('B', 95)], {
      ...previous('A', 185, fact('inactive', 'A', days)),
      ...current('B', 95),
    });

  test('is deleted by this check a week after its deletion was due', () => {
    expect(off(14 + 7)).toMatchObject({ outcome: 'waiting', until: NOW });
    expect(off(14 + 7 + MINUTE)).toMatchObject({ do: 'delete', key: { keyId: 'A' } });
  });

  test('later by the maximum delay', () => {
    expect(off(14 + 7 + 5, 5)).toMatchObject({ outcome: 'waiting' });
    expect(off(14 + 7 + 5 + MINUTE, 5)).toMatchObject({ do: 'delete' });
  });

  test('is deactivated first if it is still active', () => {
    const keys = [key('A', 185), key('B', 95)];
    expect(step(request('create'), keys, { ...previous('A', 185), ...current('B', 95) })).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'A' },
    });
  });
});

describe('a secret can have 20 labels, and a new key needs three', () => {
  const labels = (count: number) => Array.from({ length: count }, (_, index) => `note-${index}`);

  test('with 17, a key is issued; with one more, a person has to remove some', () => {
    expect(step(request('create'), [key('A', 90)], current('A', 90, ...labels(15))).do).toBe('issue');
    expect(step(request('create'), [key('A', 90)], { ...current('A', 90), v5: labels(16) })).toEqual({
      do: 'report',
      why: 'the secret alice has 18 staging labels, and a new key needs 3 of the 20 that a secret can have',
      remedy: `remove labels that this rotation did not write (${removeLabelsCommand(request('create'))})`,
    });
  });

  test('an edit whose record has no room is still an edit: the decision is that with the record', () => {
    const decided = (others: number) =>
      step(
        request('create'),
        [key('A', 90)],
        { ...previous('A', 90), v1: ['AWSCURRENT', ...labels(others)] },
        { holds: 'A' },
      );
    expect(decided(16)).toMatchObject({ do: 'record', add: { label: fact('copy', 'A', 90), version: 'v1' } });
    // The check is one of the current key, A.
    expect(decided(17)).toMatchObject({ do: 'report', why: expect.stringContaining('has 21 staging labels') });
  });
});

describe('for every action, what an earlier run left is completed first', () => {
  const claim = `akr1.claim.run.${iso(ago(1))}`;

  test('a key that was stored but not published is discarded', () => {
    const versions = { ...current('A', 90), v2: [`akr1.key.B.${iso(ago(1))}`, claim] };
    expect(step(request('delete'), [key('A', 90), key('B', 1)], versions)).toMatchObject({
      do: 'discard',
      claim: { version: 'v2' },
    });
  });

  test('a key that was published but not announced is announced', () => {
    const versions = {
      ...previous('A', 90),
      v1: ['AWSCURRENT', `akr1.key.B.${iso(ago(1))}`, fact('current-since', 'B', 1), claim],
    };
    expect(step(request('delete'), [key('A', 90), key('B', 1)], versions)).toMatchObject({
      do: 'notify-created',
      key: { subject: 'B' },
    });
  });

  test('a published key is not discarded after AWSCURRENT was moved outside the rotation', () => {
    const versions = {
      v3: ['AWSCURRENT', 'akr1.initialized'],
      v1: ['AWSPREVIOUS', `akr1.key.B.${iso(ago(1))}`, fact('displaced', 'B', 1), claim],
    };
    expect(step(request('create'), [key('B', 1)], versions)).toMatchObject({
      do: 'report',
      remedy: expect.stringContaining('make B of alice current again: aws lambda invoke '),
    });
  });

  test("while another principal's value is current, nothing is discarded: it is unknown which keys had been published", () => {
    const versions = {
      v4: ['AWSCURRENT'],
      v3: ['AWSPREVIOUS'],
      v1: [`akr1.key.B.${iso(ago(1))}`, claim, fact('displaced', 'B', 1)],
    };
    expect(step(request('create'), [key('B', 1)], versions)).toMatchObject({
      do: 'report',
      remedy: expect.stringContaining('make B of alice current again: aws lambda invoke '),
    });
  });

  test('a possible orphan of a failed run is observed for six hours, as its last use can be late', () => {
    const versions = (hours: number) => ({ ...current('A', 90), v2: [`akr1.claim.run.${iso(ago(hours / 24))}`] });
    expect(step(request('create'), [key('A', 90), key('X', 5 / 24)], versions(5))).toMatchObject({ outcome: 'locked' });
    expect(step(request('create'), [key('A', 90), key('X', 7 / 24)], versions(7)).do).toBe('discard');
    expect(step(request('create'), [key('A', 90)], versions(1)).do).toBe('discard'); // there is none
  });

  test('a key that was published and replaced is not discarded, even with a pending notification and without AWSPREVIOUS', () => {
    const pending = { v1: [fact('key', 'B', 95), fact('claim', 'run', 95)], v2: ['AWSCURRENT', fact('key', 'C', 5)] };
    expect(step(request('delete'), [key('B', 95), key('C', 5)], pending)).toMatchObject({
      do: 'record',
      remove: [{ kind: 'claim', version: 'v1' }],
    });
  });

  test('a discard comes before notifications, and happens even while these cannot be sent', () => {
    const versions = {
      ...previous('A', 200, `${fact('inactive', 'A', 1)}.unnotified`),
      ...current('B', 90),
      v2: [`akr1.key.C.${iso(ago(1))}`, claim],
    };
    const keys = [inactive('A', 200), key('B', 90)];
    expect(step(request('create'), keys, versions).do).toBe('discard');
    expect(step(request('create'), keys, versions, { withoutNotifications: true }).do).toBe('discard');
  });

  test('an unnotified record, and a record of a deleted key', () => {
    const versions = (record: string) => ({ ...previous('A', 100, record), ...current('B', 10) });
    const unnotified = `${fact('inactive', 'A', 1)}.unnotified`;
    expect(step(request('create'), [inactive('A', 100), key('B', 10)], versions(unnotified))).toMatchObject({
      do: 'notify',
      fact: { subject: 'A' },
    });
    expect(step(request('create'), [key('B', 10)], versions(fact('inactive', 'A', 1))).do).toBe('notify-deleted');
  });

  test('while notifications cannot be sent, they wait, and the step is performed', () => {
    const versions = {
      ...previous('A', 200),
      v1: [
        'AWSCURRENT',
        `akr1.key.B.${iso(ago(90))}`,
        fact('current-since', 'B', 90),
        `akr1.claim.run.${iso(ago(90))}`,
      ],
    };
    expect(step(request('create'), [key('B', 90)], versions, { withoutNotifications: true }).do).toBe('issue');
  });
});

describe('with daily checks at 00:00 (create), 08:00 and 16:00 (delete), a wait ends at a check for a new key:', () => {
  const daily = { checkTimes: { first: 0, interval: 1440 } };

  test('the one after the check that deletes the previous key', () => {
    const versions = { ...current('B', 95), ...previous('A', 185, fact('inactive', 'A', 10)) };
    const keys = [inactive('A', 185), key('B', 95)];
    expect(step(request('create', undefined, true, daily), keys, versions)).toMatchObject({
      outcome: 'waiting',
      until: new Date('2026-06-06T00:00:00Z'),
    });
    // A person can repeat the event as soon as the deletion is due.
    expect(step(manualRequest('create', daily), keys, versions)).toMatchObject({
      outcome: 'waiting',
      until: new Date('2026-06-05T12:00:00Z'),
    });
  });

  test('the next one, after a deploy that takes over a secret with an old key', () => {
    const deploy = request('create', undefined, true, { ...daily, existingSecret: 'with-key', duringDeploy: true });
    const owned = current('B', 95, fact('owner', 'eu_west_1_Keys_1', 0));
    expect(step(deploy, [key('B', 95)], owned)).toMatchObject({
      outcome: 'not-due',
      until: new Date('2026-06-02T00:00:00Z'),
    });
  });
});

describe('the state after a record', () => {
  const state = stateOf([key('A', 10)], { v0: ['AWSPREVIOUS', 'blue'], v1: ['AWSCURRENT', fact('key', 'A', 10)] });
  const recorded = (label: string, version: string) =>
    applyRecord({ do: 'record', add: { label, version }, remove: [] }, state).ledger.versions;

  test('has a label on one version only: it moves', () => {
    expect(recorded('blue', 'v1')).toEqual({ v0: ['AWSPREVIOUS'], v1: ['AWSCURRENT', fact('key', 'A', 10), 'blue'] });
  });

  test('has a version that had no labels, with this one alone', () => {
    expect(recorded('green', 'v2')).toEqual({ ...state.ledger.versions, v2: ['green'] });
  });
});

test('people see the key of an existing secret as the current one, although a void label is still to be reported', () => {
  const uuid = '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed';
  const dryRun = request('status', undefined, true, { existingSecret: 'with-key', adopted: true, dryRun: true });
  const seen = recognized(dryRun, {
    ...stateOf([key('A', 10)], { [uuid]: ['AWSCURRENT', fact('claim', 'run', 1)] }),
    decryption: 'possible',
    value: SecretValue.of({ AccessKey: 'A', SecretKey: 's' }),
  });
  expect(seen.current).toMatchObject({ keyId: 'A' });
});

/** docs/scheduling.md, "Change the schedule of keys that exist": the ages are not recorded with a key. */
describe('a new schedule applies from the next check', () => {
  const shorter = { create: 30, deactivate: 37, delete: 44 };
  const longer = { create: 120, deactivate: 150, delete: 180 };
  const pair = [key('A', 98), key('B', 8)];
  const versions = { ...previous('A', 98), ...current('B', 8) };
  const retired = [inactive('A', 105), key('B', 15)];
  const retiredVersions = { ...previous('A', 105, fact('inactive', 'A', 8)), ...current('B', 15) };

  test('a current key that is older than the new age is replaced at once', () => {
    expect(step(request('create'), [key('A', 40)], current('A', 40)).do).toBe('nothing');
    expect(step(request('create', shorter), [key('A', 40)], current('A', 40)).do).toBe('issue');
    expect(step(request('create', longer), [key('A', 100)], current('A', 100)).do).toBe('nothing');
  });

  test('a shorter period that is over ends at once, without a reminder', () => {
    expect(step(request('deactivate', shorter), pair, versions)).toMatchObject({ do: 'deactivate', key: pair[0] });
    expect(step(request('delete', shorter), retired, retiredVersions)).toMatchObject({ do: 'delete', key: retired[0] });
  });

  test('a longer period keeps the old key', () => {
    const later = [key('A', 110), key('B', 20)];
    const laterVersions = { ...previous('A', 110), ...current('B', 20) };
    expect(step(request('deactivate'), later, laterVersions).do).toBe('deactivate');
    expect(step(request('deactivate', longer), later, laterVersions).do).toBe('nothing');
  });
});
