/** Many users are visited at a limited rate, and within the time of the run. */
import { USERS_PER_DIGEST } from '../../../src/contract/events';
import { RUN_MINUTES } from '../../../src/contract/settings';
import { forEachPaced } from '../../../src/rotator/handlers/paced';
import { VirtualTime } from '../../load/virtual-time';

const names = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);

/** A visit takes `ms` milliseconds, and the run has `run` milliseconds. */
async function visits(count: number, ms: number = 100, run: number = RUN_MINUTES * 60_000) {
  const time = new VirtualTime(0);
  const started: number[] = [];
  const visit = async (name: string) => {
    started.push(time.now);
    await time.sleep(ms);
    return name.toUpperCase();
  };
  const results = forEachPaced(names(count), visit, {
    sleep: (pause) => time.sleep(pause),
    remainingTime: () => run - time.now,
  });
  await time.run();
  return { results: await results, started, now: time.now };
}

test('visits all users, in their order', async () => {
  const { results } = await visits(12);
  expect(results).toEqual(names(12).map((name) => name.toUpperCase()));
});

test('visits five users concurrently, and five per second', async () => {
  const { started } = await visits(12);
  expect(started).toEqual([...Array(5).fill(0), ...Array(5).fill(1_000), ...Array(2).fill(2_000)]);
});

test('never visits more than five users concurrently, if IAM is slow', async () => {
  expect((await visits(12, 3_000)).started).toEqual([
    ...Array(5).fill(0),
    ...Array(5).fill(3_000),
    ...Array(2).fill(6_000),
  ]);
});

test('does not wait after the last user', async () => {
  expect((await visits(5)).now).toBe(100);
});

test('ends with the visited users when the time is nearly over', async () => {
  const { results } = await visits(100, 100, 48_000);
  expect(results).toHaveLength(20); // four groups begin in the three seconds above the reserve
});

test('no users, no results', async () => {
  expect((await visits(0)).results).toEqual([]);
});

test('one run can visit the users of one digest, in at most 80 % of its time', () => {
  expect((USERS_PER_DIGEST / 5) * 1_000).toBeLessThanOrEqual((RUN_MINUTES * 60_000 - 45_000) * 0.8);
});
