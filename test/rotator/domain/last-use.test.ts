/** What a key's last use means. */
import { DAY, DEFAULT_AGES } from '../../../src/contract/ages';
import { RUN_MINUTES } from '../../../src/contract/settings';
import { withoutVerification, inUse, isUnused, UNUSED_DAYS, describeUse } from '../../../src/rotator/domain/last-use';
import { addMs, formatTime } from '../../../src/rotator/domain/time';
import { LastUseStatus } from '../../../src/rotator/domain/user-state';
import { ago, key, NOW, used } from '../decide';

const at = (when: Date, service = 's3'): LastUseStatus => ({ at: when, service, region: 'eu-west-1' });

test.each<[string, LastUseStatus | undefined, boolean, boolean]>([
  ['never used', 'never', false, true],
  ['used nobody knows when', 'unknown', true, false],
  ['not looked up', undefined, true, false],
  ['used less than half a grace ago', at(addMs(ago(7), 1)), true, false],
  ['used half a grace ago', at(ago(7)), false, false],
  ['used 90 days ago', at(ago(UNUSED_DAYS)), false, false],
  ['used longer ago', at(addMs(ago(UNUSED_DAYS), -1)), false, true],
])('a key %s: in use is %p, unused is %p', (_what, use, isInUse, unused) => {
  expect(inUse(use, { ages: DEFAULT_AGES }, NOW)).toBe(isInUse);
  expect(isUnused(use, NOW)).toBe(unused);
});

test('half a grace is that of the user', () => {
  const ages = { create: 90, deactivate: 92, delete: 118 };
  expect(inUse(at(addMs(NOW, -DAY + 1)), { ages }, NOW)).toBe(true);
  expect(inUse(at(addMs(NOW, -DAY)), { ages }, NOW)).toBe(false);
});

describe('our own verification is not use by people', () => {
  const verified = addMs(ago(30), RUN_MINUTES * 60_000);

  test('GetCallerIdentity, within the time of the run that made the key', () => {
    expect(withoutVerification(at(verified, 'sts'), key('A', 30))).toBe('never');
    expect(withoutVerification(at(ago(30), 'sts'), key('A', 30))).toBe('never');
  });

  test.each<[string, LastUseStatus | undefined]>([
    ['later', at(addMs(verified, 1), 'sts')],
    ['of another service', at(verified, 's3')],
    ['unknown', 'unknown'],
    ['never', 'never'],
    ['not looked up', undefined],
  ])('but not: %s', (_what, use) => {
    expect(withoutVerification(use, key('A', 30))).toBe(use);
  });
});

test('in words', () => {
  expect(describeUse('never')).toBe('never used');
  expect(describeUse('unknown')).toBe('last used nobody knows when (IAM did not say)');
  expect(describeUse(undefined)).toBe('last used nobody knows when (IAM did not say)');
  expect(describeUse(used(1))).toBe('last used 2026-05-31 12:00 UTC for s3 in eu-west-1');
  expect(formatTime(new Date('2026-01-31T03:12:45.678Z'))).toBe('2026-01-31 03:12 UTC');
});
