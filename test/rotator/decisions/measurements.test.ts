import { DAY } from '../../../src/contract/ages';
import { rotate } from '../../../src/rotator/actions/rotate';
import { measurementsOf } from '../../../src/rotator/decisions/status';
import { Versions } from '../../../src/rotator/domain/ledger';
import { AccessKey } from '../../../src/rotator/domain/user-state';
import { ModelAws } from '../../fake-aws/fake-aws';
import { current, fact, inactive, key, previous, stateOf } from '../decide';
import { manualRequest, request } from '../support';

const read = (keys: AccessKey[], versions: Versions, orphanedKeysDeleted = 0) =>
  measurementsOf(request('create'), stateOf(keys, versions), orphanedKeysDeleted);

test('all keys count, active or not', () => {
  expect(read([], {}).Keys).toBe(0);
  expect(
    read([inactive('A', 106), key('B', 16)], { ...previous('A', 106, fact('inactive', 'A', 2)), ...current('B', 16) }),
  ).toEqual({
    Keys: 2,
    UnmanagedKeys: 0,
    OldestActiveKeyDays: 16,
    OverLimitDays: 0,
    OverdueDays: 0,
    OrphanedKeysDeleted: 0,
  });
});

test('the age of the oldest active key of the user, managed or not, in whole days', () => {
  expect(read([key('A', 95.9), key('B', 5.9)], { ...previous('A', 95), ...current('B', 5) }).OldestActiveKeyDays).toBe(
    95,
  );
  expect(read([key('B', 5), key('X', 400)], current('B', 5)).OldestActiveKeyDays).toBe(400);
  expect(read([inactive('X', 400)], {}).OldestActiveKeyDays).toBe(0);
  expect(read([key('B', -0.001)], current('B', 0)).OldestActiveKeyDays).toBe(0); // the clocks of IAM's servers differ
});

describe('the days over the limit of activeUnder', () => {
  const overLimit = (keys: AccessKey[], versions: Versions, limitDays?: number) =>
    measurementsOf({ ...request('create'), limitDays }, stateOf(keys, versions), 0).OverLimitDays;

  test.each([
    [59.9, 0],
    [60.1, 1],
    [65, 5],
  ])('are those of the oldest active key, rounded up: with a key of %d days, %d', (age, days) => {
    expect(overLimit([key('A', age), key('B', 1)], { ...previous('A', age), ...current('B', 1) }, 60)).toBe(days);
  });

  test('count keys of any origin: unmanaged, adopted and leaked ones', () => {
    for (const kind of ['unmanaged', 'adopted', 'leaked']) {
      expect(overLimit([key('B', 5), key('X', 65)], current('B', 5, fact(kind, 'X', 1)), 60)).toBe(5);
    }
    expect(overLimit([key('X', 65)], {}, 60)).toBe(5);
  });

  test('are the same with any record in the secret', () => {
    for (const forged of [
      'current-since',
      'inactive',
      'missing',
      'displaced',
      'rejected',
      'reminded',
      'restore',
      'claim',
      'no-such-kind',
    ]) {
      const versions = { ...previous('A', 65), ...current('B', 1, fact(forged, 'A', -900), fact(forged, 'B', -900)) };
      expect([forged, overLimit([key('A', 65), key('B', 1)], versions, 60)]).toEqual([forged, 5]);
    }
  });

  test('do not count inactive keys, and are 0 without a limit', () => {
    expect(overLimit([inactive('A', 400), key('B', 1)], { ...previous('A', 400), ...current('B', 1) }, 60)).toBe(0);
    expect(overLimit([key('A', 400)], current('A', 400))).toBe(0);
  });
});

test('unmanaged keys are those that the rotation does not retire', () => {
  expect(read([key('B', 5), key('X', 2)], current('B', 5)).UnmanagedKeys).toBe(1);
  expect(read([key('B', 5), key('X', 2)], current('B', 5, fact('unmanaged', 'X', 1))).UnmanagedKeys).toBe(1);
  expect(read([key('B', 5), key('X', 9)], current('B', 5, fact('adopted', 'X', 5))).UnmanagedKeys).toBe(0);
  expect(read([key('B', 5), key('X', 2)], current('B', 5, fact('leaked', 'X', 1))).UnmanagedKeys).toBe(0);
});

test('before the first key, none is unmanaged yet', () => {
  expect(read([key('X', 400), key('Y', 300)], {}).UnmanagedKeys).toBe(0);
  expect(read([key('X', 400), key('Y', 300)], { v0: ['AWSCURRENT', fact('adopted', 'X', 1)] }).UnmanagedKeys).toBe(0);
});

test('the days by which a step is overdue, and the deleted orphaned keys', () => {
  expect(read([key('B', 93)], current('B', 93), 2)).toMatchObject({ OverdueDays: 3, OrphanedKeysDeleted: 2 });
});

describe('an outcome contains', () => {
  test('the measurements of the user before it', async () => {
    const aws = new ModelAws();
    expect((await rotate(request('create'), aws.tools())).measurements).toMatchObject({
      Keys: 0,
      OldestActiveKeyDays: 0,
    });
    expect((await rotate(request('create'), aws.tools())).measurements).toMatchObject({ Keys: 1 });
    aws.now = new Date(aws.now.getTime() + 93 * DAY);
    expect((await rotate(manualRequest('status'), aws.tools())).measurements).toMatchObject({
      Keys: 1,
      OldestActiveKeyDays: 93,
      OverdueDays: 3,
    });
    expect(
      (await rotate(request('create', undefined, true, { dryRun: true }), aws.tools())).measurements,
    ).toMatchObject({ Keys: 1, OldestActiveKeyDays: 93, OverdueDays: 3 });
    expect((await rotate(request('create'), aws.tools())).measurements).toMatchObject({
      Keys: 1,
      OldestActiveKeyDays: 93,
      OverdueDays: 3,
    });
    expect((await rotate(request('create'), aws.tools())).measurements).toMatchObject({
      Keys: 2,
      OldestActiveKeyDays: 93,
      OverdueDays: 0,
    });
  });

  test('how many keys of failed runs it deleted', async () => {
    const aws = new ModelAws();
    await rotate(request('create'), aws.tools());
    aws.now = new Date(aws.now.getTime() + 90 * DAY);
    aws.faultAt = (call) => (call === 'GetCallerIdentity' ? 'crash' : undefined);
    await expect(rotate(request('create'), aws.tools())).rejects.toThrow();
    aws.faultAt = undefined;
    expect(aws.keys.size).toBe(2);
    aws.now = new Date(aws.now.getTime() + DAY);
    expect(await rotate(request('create'), aws.tools())).toMatchObject({
      outcome: 'created',
      measurements: { OrphanedKeysDeleted: 1, Keys: 1 },
    });
    expect(aws.sent.map(({ attributes }) => attributes.event)).toEqual(['created', 'orphan-deleted', 'created']);
  });
});
