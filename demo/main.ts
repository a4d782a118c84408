/**
 * `npm run demo`: deploys examples/typescript to a local AWS, simulates more than a year, and shows what happened.
 * With `-- --trigger schedules`, EventBridge Scheduler starts the checks instead of rules.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { CONSUMER_OF, DAYS, differences, EXPECTED_AGES } from './expectation';
import { Observer } from './observer';
import { picture } from './pictures/picture';
import { synthesize } from './synthesis';
import { table } from './table';
import { type Calls, type ObservedNotification, keyBars, type Sample, timeline } from './timeline';
import { Installation } from '../test/end-to-end/consumers/installation';
import { Emulator } from '../test/local-aws/emulator';

const STACK = 'AccessKeys';
const DAY = 86_400_000;
const DEPLOYMENT = new Date('2026-01-01T00:00:00Z');
/** The age of partner-x's key when the rotation adopts the user. */
const OLD_KEY_DAYS = 200;
/** How often, in days, to sample the keys even without a notification. */
const EXTRA_SAMPLE_EVERY = 10;
/** The app for each trigger; undefined for the app of the example. */
const TRIGGERS: Record<string, string | undefined> = {
  rules: undefined,
  schedules: join(__dirname, 'schedules-app.ts'),
};
const CONSUMER = join(__dirname, '..', 'test', 'end-to-end', 'consumers', 'consumer.cjs');
const PICTURE = join(__dirname, 'timeline.svg');

const USERS = Object.keys(EXPECTED_AGES);

async function main(days: number, app?: string): Promise<void> {
  const assembly = mkdtempSync(join(tmpdir(), 'demo-'));
  console.log('Starting the local AWS (its first start takes a while) and synthesizing examples/typescript ...');
  const emulator = await Emulator.start({ startAt: new Date(DEPLOYMENT.getTime() - OLD_KEY_DAYS * DAY) });
  try {
    synthesize('typescript', assembly, app);
    report(await watch(emulator, assembly, days), days);
  } finally {
    await emulator.stop();
    rmSync(assembly, { recursive: true, force: true });
  }
}

interface Observations {
  readonly samples: Sample[];
  readonly notifications: ObservedNotification[];
  readonly calls: Calls;
}

async function watch(emulator: Emulator, assembly: string, days: number): Promise<Observations> {
  const observer = new Observer(emulator);
  await observer.createUserWithKey('/partners/', 'partner-x');
  const samples = await observer.sample(['partner-x'], -1);
  const notifications: ObservedNotification[] = [];
  await emulator.skipTo(DEPLOYMENT);
  console.log(`Deploying the stack ${STACK} at ${DEPLOYMENT.toISOString()} ...`);
  await emulator.deploy(assembly, STACK);
  await observer.subscribe(STACK);
  const machine = await Installation.of(emulator, CONSUMER_OF);
  const consumer = machine.consumer(process.execPath, CONSUMER);
  let failed = 0;
  const begin = Date.now();
  let checks = 0;
  for (let day = 0; day <= days; day++) {
    if (!(await consumer(await machine.setClock())).arn?.endsWith(`/${CONSUMER_OF}`)) failed += 1;
    checks += await emulator.advanceTo(new Date(DEPLOYMENT.getTime() + (day + 1) * DAY));
    const newNotifications = await observer.notifications(day);
    notifications.push(...newNotifications);
    if (newNotifications.length > 0 || day % EXTRA_SAMPLE_EVERY === 0 || day === days) {
      samples.push(...(await observer.sample(USERS, day)));
    }
    progress(day, days, checks, begin);
  }
  machine.remove();
  return { samples, notifications, calls: { made: days + 1, failed } };
}

function report({ samples, notifications, calls }: Observations, days: number): void {
  const rows = timeline(samples, notifications);
  console.log(`\n${table(rows)}\n`);
  writeFileSync(PICTURE, picture(USERS, keyBars(rows), days, { [CONSUMER_OF]: calls }));
  console.log(`The timeline as a picture: ${relative(process.cwd(), PICTURE)}`);
  console.log(`A process with an AWS SDK used the key of ${CONSUMER_OF}: ${calls.made} calls, ${calls.failed} failed.`);
  const problems = differences(rows, EXPECTED_AGES, days);
  if (calls.failed > 0) problems.push(`${calls.failed} calls failed with the key of ${CONSUMER_OF}`);
  if (problems.length > 0) {
    console.error(`Not as expected:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    process.exitCode = 1;
  } else {
    console.log(`All ${rows.length} events happened on the expected days.`);
  }
}

function progress(day: number, days: number, checks: number, begin: number): void {
  const seconds = ((Date.now() - begin) / 1000).toFixed(0);
  const text = `Day ${day} of ${days}, ${checks} checks, ${seconds} s`;
  if (process.stdout.isTTY) {
    process.stdout.write(`\r${text}${day === days ? '\n' : ''}`);
  } else if (day % 50 === 0 || day === days) {
    console.log(text);
  }
}

const { values } = parseArgs({
  options: { days: { type: 'string', default: String(DAYS) }, trigger: { type: 'string', default: 'rules' } },
});
const requested = Number(values.days);
if (!Number.isInteger(requested) || requested < 1) {
  console.error(`--days is '${values.days}', expected a whole number of days, at least 1`);
  process.exit(1);
}
if (!Object.keys(TRIGGERS).includes(values.trigger)) {
  console.error(`--trigger is '${values.trigger}', expected ${Object.keys(TRIGGERS).join(' or ')}`);
  process.exit(1);
}
main(requested, TRIGGERS[values.trigger]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
