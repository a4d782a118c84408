/** What a key's last use means. */
import { DAY, DEFAULT_AGES } from '../../../src/contract/ages';
import { RUN_MINUTES } from '../../../src/contract/settings';
import { byPeople, inUse, isUnused, UNUSED_DAYS, useOf } from '../../../src/rotator/domain/last-use';
import { plus, time } from '../../../src/rotator/domain/time';
import { Use } from '../../../src/rotator/domain/user-state';
import { ago, key, NOW, used } from '../decide';

const at = (when: Date, service = 's3'): Use => ({ at: when, service, region: 'eu-west-1' });

test.each<[string, Use | undefined, boolean, boolean]>([
  ['never used', 'never', false, true],
  ['used nobody knows when', 'unknown', true, false],
  ['not looked up', undefined, true, false],
  ['used less than half a grace ago', at(plus(ago(7), 1)), true, false],
  ['used half a grace ago', at(ago(7)), false, false],
  ['used 90 days ago', at(ago(UNUSED_DAYS)), false, false],
  ['used longer ago', at(plus(ago(UNUSED_DAYS), -1)), false, true],
])('a key %s: in use is %p, unused is %p', (_what, use, isInUse, unused) => {
  expect(inUse(use, { ages: DEFAULT_AGES }, NOW)).toBe(isInUse);
  expect(isUnused(use, NOW)).toBe(unused);
});

test('half a grace is that of the user', () => {
  const ages = { create: 90, deactivate: 92, delete: 118 };
  expect(inUse(at(plus(NOW, -DAY + 1)), { ages }, NOW)).toBe(true);
  expect(inUse(at(plus(NOW, -DAY)), { ages }, NOW)).toBe(false);
});

describe('our own verification is not use by people', () => {
  const verified = plus(ago(30), RUN_MINUTES * 60_000);

  test('GetCallerIdentity, within the time of the run that made the key', () => {
    expect(byPeople(at(verified, 'sts'), key('A', 30))).toBe('never');
    expect(byPeople(at(ago(30), 'sts'), key('A', 30))).toBe('never');
  });

  test.each<[string, Use | undefined]>([
    ['later', at(plus(verified, 1), 'sts')],
    ['of another service', at(verified, 's3')],
    ['unknown', 'unknown'],
    ['never', 'never'],
    ['not looked up', undefined],
  ])('but not: %s', (_what, use) => {
    expect(byPeople(use, key('A', 30))).toBe(use);
  });
});

test('in words', () => {
  expect(useOf('never')).toBe('never used');
  expect(useOf('unknown')).toBe('last used nobody knows when (IAM did not say)');
  expect(useOf(undefined)).toBe('last used nobody knows when (IAM did not say)');
  expect(useOf(used(1))).toBe('last used 2026-05-31 12:00 UTC for s3 in eu-west-1');
  expect(time(new Date('2026-01-31T03:12:45.678Z'))).toBe('2026-01-31 03:12 UTC');
});
