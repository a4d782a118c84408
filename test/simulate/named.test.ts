/** The smallest histories that once broke an invariant. */
import { DEFAULT_SETTING } from './history';
import { playWithoutViolation } from './support';

test('a published key without a notification is not deleted as an orphan after another value was current', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    ages: { create: 3, deactivate: 4, delete: 5 },
    days: 8,
    disturbances: [
      { day: 2, do: 'SNS is down', days: 12 },
      { day: 6.5, do: 'overwrite the secret', with: 'other fields' },
      { day: 6.7, do: 'follow the report', choice: 0 },
    ],
  }));

test('the switch period begins again after the secret held a value that was written outside the rotation', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 105,
    disturbances: [
      { day: 91, do: 'overwrite the secret', with: 'text' },
      { day: 103, do: 'follow the report', choice: 0 },
    ],
  }));

test('the switch period begins again after AWSCURRENT was on the old key', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 105,
    disturbances: [
      { day: 95, do: 'move AWSCURRENT', back: 2 },
      { day: 103, do: 'follow the report', choice: 0 },
    ],
  }));

test('a leaked key under a value that was written outside the rotation is reported, and the checks go on', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 60,
    disturbances: [
      { day: 50, do: 'overwrite the secret', with: 'other fields' },
      { day: 51, do: 'invoke', action: 'revoke other', byHand: true, dryRun: false },
    ],
  }));

test('after a roll-back, an older key is deleted after newer ones, and its record is removed once', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 439,
    disturbances: [
      { day: 387, do: 'follow the notification', choice: 0 },
      { day: 437, do: 'follow the notification', choice: 2 },
    ],
  }));

test('the switch period begins when a new key is published, some seconds after its creation', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    lags: true,
    days: 105,
    // A check exactly an hour early: the tolerance must not apply twice.
    disturbances: [{ day: 104.20903, do: 'invoke', action: 'deactivate', byHand: false, dryRun: false }],
  }));

test('the switch period of the other key begins when a rejected key is made current by hand', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 125,
    disturbances: [
      { day: 106, do: 'invoke', action: 'rollback', byHand: true, dryRun: false },
      { day: 119, do: 'move AWSCURRENT', back: 1 },
    ],
  }));

test('under a value that was written outside the rotation, the report names no unpublished key to make current', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 277,
    disturbances: [
      { day: 209, do: 'invoke', action: 'create', byHand: true, dryRun: false },
      {
        day: 275.334,
        do: 'at once',
        actions: ['revoke current'],
        intervention: { do: 'overwrite the secret', with: 'text' },
        order: 47909,
      },
    ],
  }));

test('a current key that is deleted before its notification: its record is not removed by the next check', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 105,
    disturbances: [
      { day: 89, do: 'overwrite the secret', with: 'other fields' },
      { day: 91, do: 'SNS is down', days: 17 },
      { day: 92, do: 'follow the report', choice: 3 },
      { day: 104, do: 'delete', key: 'current' },
    ],
  }));

test('a key that was deactivated by hand just before counts as inactive from the own call on', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    lags: true,
    retireUnmanagedKeys: true,
    existingKeys: ['never used'],
    days: 2,
    disturbances: [
      { day: 0, do: 'the next check is lost' },
      { day: 0, do: 'the next check is lost' },
      { day: 0, do: 'the next check is lost' },
      { day: 0.014, do: 'at once', actions: ['delete', 'revoke current'], order: 13 },
      {
        day: 0.016,
        do: 'at once',
        actions: ['rollback'],
        intervention: { do: 'follow the report', choice: 0 },
        order: 47170,
      },
      {
        day: 0.019,
        do: 'at once',
        actions: ['rollback'],
        intervention: { do: 'follow the report', choice: 3 },
        order: 23970,
      },
    ],
  }));

test('if all keys leaked before the first publication, an inactive one is deleted to free a slot', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    existingKeys: ['recently used', 'recently used'],
    days: 2,
    disturbances: [
      { day: 0, do: 'follow the report', choice: 3 },
      { day: 0, do: 'fault', fault: 'rejected', call: 2 },
      { day: 0.006, do: 'deploy', ages: { create: 75, deactivate: 89, delete: 103 } },
      { day: 0.006, do: 'fault', fault: 'crash', call: 3 },
      { day: 0.011, do: 'deploy', ages: { create: 75, deactivate: 89, delete: 103 } },
      { day: 0.016, do: 'at once', actions: ['create', 'revoke other', 'delete'], order: 43481 },
      { day: 0.018, do: 'at once', actions: ['create', 'delete', 'status'], order: 13 },
      { day: 0.021, do: 'at once', actions: ['revoke unmanaged', 'delete'], order: 59948 },
    ],
  }));

test('a leaked key that is deleted to free a slot is deleted although it is activated at that moment', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    lags: true,
    days: 931,
    disturbances: [
      { day: 928, do: 'invoke', action: 'revoke current', byHand: false, dryRun: false },
      {
        day: 929.486,
        do: 'at once',
        actions: ['revoke current'],
        intervention: { do: 'activate', key: 'other' },
        order: 51237,
      },
    ],
  }));

test('under a value that was written outside the rotation, the report moves AWSCURRENT to the initial version if no key was published', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    lags: true,
    retireExistingKeys: true,
    existingKeys: ['inactive', 'inactive'],
    days: 2,
    disturbances: [
      { day: 0, do: 'follow the notification', choice: 3 },
      { day: 0, do: 'fault', fault: 'crash', call: 13 },
      { day: 0, do: 'overwrite the secret', with: 'text' },
    ],
  }));

test('a key that leaked under a value that was written outside the rotation is a successor only once it is current again', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    retireUnmanagedKeys: true,
    days: 16,
    disturbances: [
      { day: 0, do: 'overwrite the secret', with: 'other fields' },
      { day: 0, do: 'create a key', used: false },
      { day: 0.01, do: 'a program uses', key: 'unmanaged', days: 28 },
      { day: 0.014, do: 'invoke', action: 'revoke other', byHand: true, dryRun: false },
      { day: 15, do: 'follow the report', choice: 2 },
    ],
  }));

test('a key that leaked before it was published, under a value that was written outside the rotation, is not announced as a new one', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 25,
    disturbances: [
      { day: 1, do: 'create a key', used: true },
      {
        day: 2,
        do: 'at once',
        actions: ['revoke current'],
        intervention: { do: 'overwrite the secret', with: 'text' },
        order: 0,
      },
      { day: 13, do: 'invoke', action: 'revoke unmanaged', byHand: true, dryRun: false },
      { day: 24, do: 'invoke', action: 'revoke other', byHand: true, dryRun: false },
    ],
  }));

test('the recovery period begins with the own deactivation, even if another run reads a stale list after it', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    ages: { create: 75, deactivate: 89, delete: 103 },
    lags: true,
    days: 98,
    disturbances: [
      {
        day: 82.373,
        do: 'at once',
        actions: ['revoke other', 'rollback', 'revoke current'],
        intervention: { do: 'activate', key: 'current' },
        order: 50338,
      },
      { day: 96.369, do: 'at once', actions: ['delete'], order: 14344 },
    ],
  }));
