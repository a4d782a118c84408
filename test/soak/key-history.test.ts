import { Change, DAY, HOUR, KeyHistory } from './key-history';

const AGES = { create: 90, deactivate: 104, delete: 118 };
const at = (days: number, hours = 0) => new Date(days * DAY + hours * HOUR);

/** The violations of the last of these changes. */
function violationsOfLast(...changes: [Date, Change['what'], string][]): string[] {
  const history = new KeyHistory(AGES);
  return changes.map(([time, what, keyId]) => history.apply({ at: time, what, keyId })).at(-1)!;
}

const issued = (keyId: string, day: number): [Date, Change['what'], string][] => [
  [at(day), 'created', keyId],
  [at(day), 'verified', keyId],
  [at(day), 'published', keyId],
];
const rotated = [...issued('A', 0), ...issued('B', 90)];

describe('no violation', () => {
  test.each<[string, ...[Date, Change['what'], string][]]>([
    ['a deactivation after the switch period', ...rotated, [at(104), 'deactivated', 'A']],
    ['a deactivation within the tolerance', ...rotated, [at(104, -0.9), 'deactivated', 'A']],
    ['a deletion after the recovery period', ...rotated, [at(104), 'deactivated', 'A'], [at(118), 'deleted', 'A']],
    [
      'the deletion of a key that was never published',
      ...issued('A', 0),
      [at(1), 'created', 'B'],
      [at(1), 'deleted', 'B'],
    ],
    [
      'a deactivation that is repeated after a lost response',
      ...rotated,
      [at(104), 'deactivated', 'A'],
      [at(105), 'deactivated', 'A'],
    ],
  ])('%s', (_name, ...changes) => expect(violationsOfLast(...changes)).toEqual([]));
});

describe('a violation', () => {
  test.each<[string, string, ...[Date, Change['what'], string][]]>([
    [
      'a deactivation within the switch period',
      'current for 13.92 days, expected 14',
      ...rotated,
      [at(104, -2), 'deactivated', 'A'],
    ],
    [
      'a deletion within the recovery period',
      'inactive for 13.92 days, expected 14',
      ...rotated,
      [at(110), 'deactivated', 'A'],
      [at(124, -2), 'deleted', 'A'],
    ],
    ['the deletion of an old key that is active', 'inactive for no days', ...rotated, [at(150), 'deleted', 'A']],
    [
      'an interrupted recovery period',
      'inactive for 10.00 days',
      ...rotated,
      [at(104), 'deactivated', 'A'],
      [at(110), 'activated', 'A'],
      [at(111), 'deactivated', 'A'],
      [at(121), 'deleted', 'A'],
    ],
    [
      'the deactivation of the current key',
      'AWSCURRENT holds A, which is inactive',
      ...issued('A', 0),
      [at(1), 'deactivated', 'A'],
    ],
    [
      'the deletion of the current key',
      'AWSCURRENT holds A, which is not a key of the user',
      ...issued('A', 0),
      [at(1), 'deleted', 'A'],
    ],
    [
      'a key that was published before it was verified',
      'before it was verified',
      [at(0), 'created', 'A'],
      [at(0), 'published', 'A'],
    ],
    ['a third key', 'has 3 keys', ...rotated, [at(91), 'created', 'C']],
    [
      'the deactivation of an unmanaged key',
      'neither a previous key nor adopted',
      ...issued('A', 0),
      [at(1), 'created', 'X'],
      [at(90), 'deactivated', 'X'],
    ],
  ])('%s', (_name, why, ...changes) => expect(violationsOfLast(...changes).join('; ')).toContain(why));
});
