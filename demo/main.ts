/**
 * `npm run demo`: deploys examples/typescript to a local AWS, simulates more than a year, and shows what happened.
 * With `-- --trigger eventBridgeScheduler`, EventBridge Scheduler starts the checks instead of rules. With
 * `-- --window working-days`, keys change within that window only, and the demo fails if a step is outside of it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { CONSUMER_OF, DEPLOYMENT, differences, EXPECTED_AGES, EXPECTED_AGES_IN_WINDOW } from './expectation';
import { Observer } from './observer';
import { type DemoOptions, demoOptions } from './options';
import { picture } from './pictures/picture';
import { type Announcement, type Step, stepProblems, windowLine } from './steps';
import { synthesize } from './synthesis';
import { table } from './table';
import { type Calls, type ObservedNotification, keyBars, type Sample, timeline } from './timeline';
import { WINDOWS } from './window';
import { Installation } from '../test/end-to-end/consumers/installation';
import { Emulator } from '../test/local-aws/emulator';
import { TRIGGERS } from '../test/local-aws/triggers';

const STACK = 'AccessKeys';
const DAY = 86_400_000;
/** The age of partner-x's key when the rotation adopts the user. */
const OLD_KEY_DAYS = 200;
/** How often, in days, to sample the keys even without a notification. */
const EXTRA_SAMPLE_EVERY = 10;
/** The app of the example with other options. Without options, the demo runs the app itself. */
const APP = join(__dirname, 'app.ts');
const CONSUMER = join(__dirname, '..', 'test', 'end-to-end', 'consumers', 'consumer.cjs');
const PICTURE = join(__dirname, 'timeline.svg');

const USERS = Object.keys(EXPECTED_AGES);

async function main(options: DemoOptions): Promise<void> {
  const { trigger, window } = options;
  const assembly = mkdtempSync(join(tmpdir(), 'demo-'));
  console.log('Starting the local AWS (its first start takes a while) and synthesizing examples/typescript ...');
  const emulator = await Emulator.start({ startAt: new Date(DEPLOYMENT.getTime() - OLD_KEY_DAYS * DAY) });
  try {
    const isExample = trigger === TRIGGERS[0] && !window;
    if (isExample) synthesize('typescript', assembly);
    else synthesize('typescript', assembly, APP, window ? [trigger, window] : [trigger]);
    report(await watch(emulator, assembly, options), options);
  } finally {
    await emulator.stop();
    rmSync(assembly, { recursive: true, force: true });
  }
}

interface Observations {
  readonly samples: Sample[];
  readonly notifications: ObservedNotification[];
  readonly calls: Calls;
  /** After the deployment, with a change window; otherwise empty, as are the announcements. */
  readonly steps: Step[];
  readonly announcements: Announcement[];
}

async function watch(emulator: Emulator, assembly: string, { days, window }: DemoOptions): Promise<Observations> {
  const observer = new Observer(emulator);
  await observer.createUserWithKey('/partners/', 'partner-x');
  const samples = await observer.sample(['partner-x'], -1);
  const notifications: ObservedNotification[] = [];
  await emulator.skipTo(DEPLOYMENT);
  console.log(`Deploying the stack ${STACK} at ${DEPLOYMENT.toISOString()} ...`);
  await emulator.deploy(assembly, STACK);
  await observer.subscribe(STACK);
  const steps: Step[] = [];
  const announcements: Announcement[] = [];
  if (window) {
    await observer.steps(-1); // the deployment is not bound to the window
    announcements.push(...(await observer.announced(STACK, -1)));
  }
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
    if (window) steps.push(...(await observer.steps(day)));
    announcements.push(...newNotifications.flatMap((notification) => notification.announcements));
    if (newNotifications.length > 0 || day % EXTRA_SAMPLE_EVERY === 0 || day === days) {
      samples.push(...(await observer.sample(USERS, day)));
    }
    progress(day, days, checks, begin);
  }
  machine.remove();
  return { samples, notifications, calls: { made: days + 1, failed }, steps, announcements };
}

function report(observations: Observations, { days, window: windowName }: DemoOptions): void {
  const { samples, notifications, calls, steps, announcements } = observations;
  const window = windowName === undefined ? undefined : WINDOWS[windowName];
  const rows = timeline(samples, notifications);
  console.log(`\n${table(rows)}\n`);
  if (!window) {
    // The picture of the README has no window.
    writeFileSync(PICTURE, picture(USERS, keyBars(rows), days, { [CONSUMER_OF]: calls }));
    console.log(`The timeline as a picture: ${relative(process.cwd(), PICTURE)}`);
  }
  console.log(`A process with an AWS SDK used the key of ${CONSUMER_OF}: ${calls.made} calls, ${calls.failed} failed.`);
  const problems = differences(rows, window ? EXPECTED_AGES_IN_WINDOW : EXPECTED_AGES, days, window);
  if (window) problems.push(...stepProblems(steps, announcements, window));
  if (calls.failed > 0) problems.push(`${calls.failed} calls failed with the key of ${CONSUMER_OF}`);
  if (problems.length > 0) {
    console.error(`Not as expected:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    process.exitCode = 1;
  } else {
    console.log(`All ${rows.length} events happened on the expected days.`);
    if (window) console.log(windowLine(window, steps));
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

try {
  main(demoOptions(process.argv.slice(2))).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
