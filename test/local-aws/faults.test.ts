/** Faults between a function and AWS, with the function of the package. */
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

/** Invokes checks until each kind of fault has occurred, and a run with a fault has failed and another one has not. */
async function everyKind(): Promise<FaultReport> {
  await aws.emulator.faults({ seed: 1, rate: 5 });
  const runs = [];
  for (;;) {
    await aws.invoke(CHECK).catch(() => undefined);
    const report = await aws.emulator.faults();
    runs.push(...report.runs);
    const isMixed = new Set(runs.map(({ error }) => error === null)).size === 2;
    if (isMixed && FAULTS.every((kind) => report.counts[kind] > 0)) return { ...report, runs };
  }
}

test('each kind occurs, is counted, and is reported with its run', async () => {
  const { counts, runs } = await everyKind();

  for (const kind of FAULTS) {
    expect(runs.flatMap(({ faults }) => faults).filter((fault) => fault === kind)).toHaveLength(counts[kind]);
  }
  for (const { event, faults } of runs) expect([event, faults.length > 0]).toEqual([CHECK, true]);
  expect(runs.filter(({ faults }) => faults.includes('killed')).map(({ error }) => error)).toContain(
    'Worker process died',
  );
});

test('only the requested kind occurs, and a run has its time', async () => {
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

test('without faults, the function works', async () => {
  await aws.emulator.faults({ rate: 0 });
  expect(await aws.invoke(CHECK)).toMatchObject({ outcome: 'not-due' });
  expect((await aws.emulator.faults()).runs).toEqual([]);
});

test('calls of other clients have no faults', async () => {
  const before = (await aws.emulator.faults({ seed: 1, rate: 100 })).counts;
  const value = await aws.secretValue('alice');
  expect(await aws.callerIdentity(value)).toContain('user/alice');
  expect((await aws.emulator.faults()).counts).toEqual(before);
});

test('the journal has the calls that took effect, and none that was rejected', async () => {
  const createKey = () => aws.iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
  await aws.emulator.journal();
  const [existing] = await aws.makeUser('bob', 1);
  await createKey();
  await expect(createKey()).rejects.toThrow('quota');
  await aws.invoke(CHECK);

  const entries = await aws.emulator.journal();

  const created = expect.objectContaining({
    action: 'CreateAccessKey',
    byFunction: false,
    parameters: expect.objectContaining({ UserName: 'bob' }),
  });
  expect(entries).toEqual([created, created]);
  expect(entries[0].created!.AccessKeyId).toBe(existing);
});
