/** The last use of an access key, and what follows from it. */
import { DAY, DEFAULT_AGES } from '../../../src/contract/ages';
import { RUN_MINUTES } from '../../../src/contract/settings';
import { withoutVerification, inUse, isUnused, UNUSED_DAYS, describeUse } from '../../../src/rotator/domain/last-use';
import { addMs, formatTime } from '../../../src/rotator/domain/time';
import { LastUseStatus } from '../../../src/rotator/domain/user-state';
import { ago, key, NOW, used } from '../decide';

const at = (when: Date, service = 's3'): LastUseStatus => ({ at: when, service, region: 'eu-west-1' });

test.each<[string, LastUseStatus | undefined, boolean, boolean]>([
  ['never used', 'never', false, true],
  ['used at an unknown time', 'unknown', true, false],
  ['whose last use was not read', undefined, true, false],
  ['used less than half a switch period ago', at(addMs(ago(7), 1)), true, false],
  ['used half a switch period ago', at(ago(7)), false, false],
  ['used 90 days ago', at(ago(UNUSED_DAYS)), false, false],
  ['used longer ago', at(addMs(ago(UNUSED_DAYS), -1)), false, true],
])('a key %s: in use is %p, unused is %p', (_case, use, isInUse, unused) => {
  expect(inUse(use, { ages: DEFAULT_AGES }, NOW)).toBe(isInUse);
  expect(isUnused(use, NOW)).toBe(unused);
});

test('half of the switch period of the user', () => {
  const ages = { create: 90, deactivate: 92, delete: 118 };
  expect(inUse(at(addMs(NOW, -DAY + 1)), { ages }, NOW)).toBe(true);
  expect(inUse(at(addMs(NOW, -DAY)), { ages }, NOW)).toBe(false);
});

describe('the verification of a new key is not a use', () => {
  const verified = addMs(ago(30), RUN_MINUTES * 60_000);

  test('GetCallerIdentity within the longest run after the creation', () => {
    expect(withoutVerification(at(verified, 'sts'), key('A', 30))).toBe('never');
    expect(withoutVerification(at(ago(30), 'sts'), key('A', 30))).toBe('never');
  });

  test.each<[string, LastUseStatus | undefined]>([
    ['later', at(addMs(verified, 1), 'sts')],
    ['of another service', at(verified, 's3')],
    ['unknown', 'unknown'],
    ['never', 'never'],
    ['whose last use was not read', undefined],
  ])('every other use stays: %s', (_case, use) => {
    expect(withoutVerification(use, key('A', 30))).toBe(use);
  });
});

test('as text', () => {
  expect(describeUse('never')).toBe('never used');
  expect(describeUse('unknown')).toBe('last used at an unknown time (IAM did not return it)');
  expect(describeUse(undefined)).toBe('last used at an unknown time (IAM did not return it)');
  expect(describeUse(used(1))).toBe('last used 2026-05-31 12:00 UTC for s3 in eu-west-1');
  expect(formatTime(new Date('2026-01-31T03:12:45.678Z'))).toBe('2026-01-31 03:12 UTC');
});
