/** Many users are looked at slowly, and only as long as there is time. */
import { USERS_PER_DIGEST } from '../../../src/contract/events';
import { RUN_MINUTES } from '../../../src/contract/settings';
import { forEachPaced } from '../../../src/rotator/handlers/paced';
import { VirtualTime } from '../../load/virtual-time';

const names = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);

/** A look takes `ms`, and the run has so many. */
async function looks(count: number, ms: number = 100, run: number = RUN_MINUTES * 60_000) {
  const time = new VirtualTime(0);
  const started: number[] = [];
  const look = async (name: string) => {
    started.push(time.now);
    await time.sleep(ms);
    return name.toUpperCase();
  };
  const visited = forEachPaced(names(count), look, {
    sleep: (pause) => time.sleep(pause),
    remainingTime: () => run - time.now,
  });
  await time.run();
  return { seen: await visited, started, now: time.now };
}

test('all are seen, in their order', async () => {
  const { seen } = await looks(12);
  expect(seen).toEqual(names(12).map((name) => name.toUpperCase()));
});

test('five at once, and five a second: what IAM can be asked for long', async () => {
  const { started } = await looks(12);
  expect(started).toEqual([...Array(5).fill(0), ...Array(5).fill(1_000), ...Array(2).fill(2_000)]);
});

test('slower where IAM is slower: never more than five at once', async () => {
  expect((await looks(12, 3_000)).started).toEqual([
    ...Array(5).fill(0),
    ...Array(5).fill(3_000),
    ...Array(2).fill(6_000),
  ]);
});

test('nobody waits after the last', async () => {
  expect((await looks(5)).now).toBe(100);
});

test('when the time is nearly over, it ends with those that were seen', async () => {
  const { seen } = await looks(100, 100, 48_000);
  expect(seen).toHaveLength(20); // three seconds above what is held back, in which four groups begin
});

test('nobody is nobody', async () => {
  expect((await looks(0)).seen).toEqual([]);
});

test('the users of one digest can be looked at in one run, with a quarter of the time to spare', () => {
  expect((USERS_PER_DIGEST / 5) * 1_000).toBeLessThanOrEqual((RUN_MINUTES * 60_000 - 45_000) * 0.8);
});
