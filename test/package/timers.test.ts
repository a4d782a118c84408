/** Why the rules only ask: three timers alone, as the README describes them. */
import { readFileSync } from 'fs';
import { join } from 'path';

interface TimedKey {
  readonly made: number;
  active: boolean;
}

/** Ten years of three timers that act by themselves: what happens on which day. */
function timersAlone(): Map<number, string> {
  const keys: TimedKey[] = [{ made: 0, active: true }];
  const happened = new Map<number, string>();
  for (let day = 1; day <= 3_653; day++) {
    const sinceRotation = day - keys.at(-1)!.made;
    const old = keys.length > 1 ? keys[0] : undefined;
    if (day % 104 === 0 && old?.active) {
      old.active = false;
      happened.set(day, `deactivates ${sinceRotation} days after the rotation`);
    }
    if (day % 118 === 0 && old) {
      keys.shift();
      happened.set(
        day,
        old.active ? 'deletes a key that was never deactivated' : `deletes ${sinceRotation} days after the rotation`,
      );
    }
    if (day % 90 === 0) {
      if (keys.length === 2) happened.set(day, 'fails: both slots are taken');
      else keys.push({ made: day, active: true });
    }
  }
  return happened;
}

test.each([
  [104, 'deactivates 14 days after the rotation'],
  [118, 'deletes 28 days after the rotation'],
  [208, 'deactivates 28 days after the rotation'],
  [236, 'deletes 56 days after the rotation'],
  [312, 'deactivates 42 days after the rotation'],
  [450, 'fails: both slots are taken'],
  [590, 'deletes a key that was never deactivated'],
  [1352, 'deactivates 2 days after the rotation'],
])('on day %d, it %s', (day, what) => {
  expect(timersAlone().get(day)).toBe(what);
});

test('the README says so', () => {
  const [, section] = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8').split(
    '\n## Why age, and not timers\n',
  );
  const rows = [...section.split('\n## ')[0].matchAll(/^\| (\d+) \| ([^|]*) \|/gm)].map(([, day, what]) => ({
    day: Number(day),
    what,
  }));

  expect(rows.map(({ day }) => day)).toEqual([104, 208, 450, 590, 1352]);
  expect(rows).toEqual(rows.map(({ day }) => ({ day, what: timersAlone().get(day) })));
});
