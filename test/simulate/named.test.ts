/** The smallest histories that broke something once. */
import { DEFAULT_SETTING } from './history';
import { playWithoutViolation } from './support';

test("a previous key that nobody was told of is not taken for a leftover when somebody's value was over it", () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    ages: { create: 3, deactivate: 4, delete: 5 },
    days: 8,
    happenings: [
      { day: 2, do: 'SNS is down', days: 12 },
      { day: 6.5, do: 'overwrite the secret', with: 'other fields' },
      { day: 6.7, do: 'as the report says', choice: 0 },
    ],
  }));

test("while the secret holds somebody else's value, nobody can switch to the new key: the first grace begins anew after it", () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 105,
    happenings: [
      { day: 91, do: 'overwrite the secret', with: 'text' },
      { day: 103, do: 'as the report says', choice: 0 },
    ],
  }));

test('while AWSCURRENT is on the old key, nobody switches to the new one: the first grace begins anew after it', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 105,
    happenings: [
      { day: 95, do: 'move AWSCURRENT', back: 2 },
      { day: 103, do: 'as the report says', choice: 0 },
    ],
  }));

test('a leaked key under a value that somebody wrote is reported, and does not stop every check', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 60,
    happenings: [
      { day: 50, do: 'overwrite the secret', with: 'other fields' },
      { day: 51, do: 'ask', asked: 'revoke other', byHand: true, dryRun: false },
    ],
  }));

test('after a roll-back, an older key is deleted after newer ones: its own record is not taken away twice', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 439,
    happenings: [
      { day: 387, do: 'as the message says', choice: 0 },
      { day: 437, do: 'as the message says', choice: 2 },
    ],
  }));

test('the first grace begins when a new key is published, some seconds after it was made', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    lags: true,
    days: 105,
    // A check that comes an hour early, to the second: the tolerance must not be used twice.
    happenings: [{ day: 104.20903, do: 'ask', asked: 'deactivate', byHand: false, dryRun: false }],
  }));

test('a key that somebody makes current in spite of its roll-back is as new: the first grace of the other begins then', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 125,
    happenings: [
      { day: 106, do: 'ask', asked: 'rollback', byHand: true, dryRun: false },
      { day: 119, do: 'move AWSCURRENT', back: 1 },
    ],
  }));

test("under somebody else's value, the report never names a key that a run was still issuing as the one to make current", () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 277,
    happenings: [
      { day: 209, do: 'ask', asked: 'create', byHand: true, dryRun: false },
      {
        day: 275.334,
        do: 'at once',
        asked: ['revoke current'],
        person: { do: 'overwrite the secret', with: 'text' },
        order: 47909,
      },
    ],
  }));

test('a current key that vanishes before anybody was told of it: what is put on record is not taken away by the next reading', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    days: 105,
    happenings: [
      { day: 89, do: 'overwrite the secret', with: 'other fields' },
      { day: 91, do: 'SNS is down', days: 17 },
      { day: 92, do: 'as the report says', choice: 3 },
      { day: 104, do: 'delete', key: 'current' },
    ],
  }));

test('a key that somebody else deactivated just before is known to be inactive from our own call on', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    lags: true,
    retireUnmanagedKeys: true,
    had: ['never used'],
    days: 2,
    happenings: [
      { day: 0, do: 'the next check is lost' },
      { day: 0, do: 'the next check is lost' },
      { day: 0, do: 'the next check is lost' },
      { day: 0.014, do: 'at once', asked: ['delete', 'revoke current'], order: 13 },
      { day: 0.016, do: 'at once', asked: ['rollback'], person: { do: 'as the report says', choice: 0 }, order: 47170 },
      { day: 0.019, do: 'at once', asked: ['rollback'], person: { do: 'as the report says', choice: 3 }, order: 23970 },
    ],
  }));

test('where all keys leaked before the first one was ever published, one that is off makes room as well', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    had: ['used lately', 'used lately'],
    days: 2,
    happenings: [
      { day: 0, do: 'as the report says', choice: 3 },
      { day: 0, do: 'fault', fault: 'rejected', call: 2 },
      { day: 0.006, do: 'deploy', ages: { create: 75, deactivate: 89, delete: 103 } },
      { day: 0.006, do: 'fault', fault: 'crash', call: 3 },
      { day: 0.011, do: 'deploy', ages: { create: 75, deactivate: 89, delete: 103 } },
      { day: 0.016, do: 'at once', asked: ['create', 'revoke other', 'delete'], order: 43481 },
      { day: 0.018, do: 'at once', asked: ['create', 'delete', 'status'], order: 13 },
      { day: 0.021, do: 'at once', asked: ['revoke unmanaged', 'delete'], order: 59948 },
    ],
  }));

test('a leaked key that goes to make room goes although somebody switches it on that very moment', () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    lags: true,
    days: 931,
    happenings: [
      { day: 928, do: 'ask', asked: 'revoke current', byHand: false, dryRun: false },
      {
        day: 929.486,
        do: 'at once',
        asked: ['revoke current'],
        person: { do: 'activate', key: 'other' },
        order: 51237,
      },
    ],
  }));

test("under somebody else's value, the report gives AWSCURRENT back to our first version where no key was ever published", () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    lags: true,
    retireExistingKeys: true,
    had: ['inactive', 'inactive'],
    days: 2,
    happenings: [
      { day: 0, do: 'as the message says', choice: 3 },
      { day: 0, do: 'fault', fault: 'crash', call: 13 },
      { day: 0, do: 'overwrite the secret', with: 'text' },
    ],
  }));

test("a key that leaked under somebody else's value and is current again is a successor from then on only", () =>
  playWithoutViolation({
    ...DEFAULT_SETTING,
    retireUnmanagedKeys: true,
    days: 16,
    happenings: [
      { day: 0, do: 'overwrite the secret', with: 'other fields' },
      { day: 0, do: 'make a key', used: false },
      { day: 0.01, do: 'a program uses', key: 'unmanaged', days: 28 },
      { day: 0.014, do: 'ask', asked: 'revoke other', byHand: true, dryRun: false },
      { day: 15, do: 'as the report says', choice: 2 },
    ],
  }));
