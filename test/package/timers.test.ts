/** Why triggers only start checks: three timers alone, as decision 1 describes them. */
import { readFileSync } from 'fs';
import { join } from 'path';

interface TimedKey {
  readonly made: number;
  active: boolean;
}

/** Ten years of three timers without checks by age: the events, by day. */
function timersAlone(): Map<number, string> {
  const keys: TimedKey[] = [{ made: 0, active: true }];
  const happened = new Map<number, string>();
  for (let day = 1; day <= 3_653; day++) {
    const sinceRotation = day - keys.at(-1)!.made;
    const old = keys.length > 1 ? keys[0] : undefined;
    if (day % 104 === 0 && old?.active) {
      old.active = false;
      happened.set(day, `deactivate a key ${sinceRotation} days after its rotation`);
    }
    if (day % 118 === 0 && old) {
      keys.shift();
      happened.set(
        day,
        old.active
          ? 'delete a key that was never deactivated'
          : `delete a key ${sinceRotation} days after its rotation`,
      );
    }
    if (day % 90 === 0) {
      if (keys.length === 2) happened.set(day, 'fail to create a key: the user has two');
      else keys.push({ made: day, active: true });
    }
  }
  return happened;
}

test.each([
  [104, 'deactivate a key 14 days after its rotation'],
  [118, 'delete a key 28 days after its rotation'],
  [208, 'deactivate a key 28 days after its rotation'],
  [236, 'delete a key 56 days after its rotation'],
  [312, 'deactivate a key 42 days after its rotation'],
  [450, 'fail to create a key: the user has two'],
  [590, 'delete a key that was never deactivated'],
  [1352, 'deactivate a key 2 days after its rotation'],
])('on day %d, they %s', (day, what) => {
  expect(timersAlone().get(day)).toBe(what);
});

test('decision 1 has the same days', () => {
  const page = readFileSync(join(__dirname, '../../docs/decisions/0001-triggers-only-start-checks.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| ([^|]*) \|$/gm)].map(([, day, what]) => ({ day: Number(day), what }));

  expect(rows.map(({ day }) => day)).toEqual([104, 208, 450, 590, 1352]);
  expect(rows).toEqual(rows.map(({ day }) => ({ day, what: timersAlone().get(day) })));
});
