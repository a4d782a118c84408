/** What goes wrong on request between a function and AWS, shown with the function that is shipped. */
import { CreateAccessKeyCommand } from '@aws-sdk/client-iam';
import { FAULTS, type FaultReport } from './emulator';
import { LocalAws } from '../end-to-end/support';

const CHECK = { action: 'create', username: 'alice', ifDue: true };

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
  await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
  await aws.emulator.faults();
});
afterAll(() => aws.emulator.stop());
afterEach(() => aws.emulator.faults({ rate: 0 }));

/** Checks until each kind has been met, by a function that has little to do. */
async function everyKind(): Promise<FaultReport> {
  await aws.emulator.faults({ seed: 1, rate: 5 });
  const runs = [];
  for (;;) {
    await aws.invoke(CHECK).catch(() => undefined);
    const report = await aws.emulator.faults();
    runs.push(...report.runs);
    if (FAULTS.every((kind) => report.counts[kind] > 0)) return { ...report, runs };
  }
}

test('each kind is met, counted, and told with the run that met it; some runs fail of it, some do not', async () => {
  const { counts, runs } = await everyKind();

  for (const kind of FAULTS) {
    expect(runs.flatMap(({ faults }) => faults).filter((fault) => fault === kind)).toHaveLength(counts[kind]);
  }
  for (const { event, faults } of runs) expect([event, faults.length > 0]).toEqual([CHECK, true]);
  expect(runs.filter(({ error }) => error !== null).length).toBeGreaterThan(0);
  expect(runs.filter(({ error }) => error === null).length).toBeGreaterThan(0);
  expect(runs.filter(({ faults }) => faults.includes('killed')).map(({ error }) => error)).toContain(
    'Worker process died',
  );
});

test('one kind only, where that is asked for; a run tells when it was', async () => {
  const before = (await aws.emulator.faults({ rate: 100, kinds: ['throttled'] })).counts;
  const since = await aws.emulator.now();
  await expect(aws.invoke(CHECK)).rejects.toThrow('Throttling');
  const {
    counts,
    runs: [{ time }],
  } = await aws.emulator.faults({ rate: 0 });
  expect({ ...counts, throttled: 0 }).toEqual({ ...before, throttled: 0 });
  expect(counts.throttled).toBeGreaterThan(before.throttled);
  expect(new Date(time).getTime()).toBeGreaterThanOrEqual(since.getTime());
  expect(new Date(time).getTime()).toBeLessThanOrEqual((await aws.emulator.now()).getTime());
});

test('without them, the function works as before', async () => {
  await aws.emulator.faults({ rate: 0 });
  expect(await aws.invoke(CHECK)).toMatchObject({ outcome: 'not-due' });
  expect((await aws.emulator.faults()).runs).toEqual([]);
});

test('what others call is never disturbed', async () => {
  const before = (await aws.emulator.faults({ seed: 1, rate: 100 })).counts;
  const value = await aws.secretValue('alice');
  expect(await aws.callerIdentity(value)).toContain('user/alice');
  expect((await aws.emulator.faults()).counts).toEqual(before);
});

test('the journal tells who did what that took effect, and nothing that was refused', async () => {
  const bob = () => aws.iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
  await aws.emulator.journal();
  const [own] = await aws.makeUser('bob', 1);
  await bob();
  await expect(bob()).rejects.toThrow('quota');
  await aws.invoke(CHECK);

  const entries = await aws.emulator.journal();

  const created = expect.objectContaining({
    action: 'CreateAccessKey',
    byFunction: false,
    parameters: expect.objectContaining({ UserName: 'bob' }),
  });
  expect(entries).toEqual([created, created]);
  expect(entries[0].created!.AccessKeyId).toBe(own);
});
