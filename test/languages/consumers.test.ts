/**
 * The program of clients/ with the AWS SDKs for Java and Go, through one rotation on the local AWS. Those for
 * JavaScript and Python, whose clocks can be moved, live through years: end-to-end/consumers/.
 */
import { cpSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Duration } from 'aws-cdk-lib';
import { execute, mavenOptions, workplace } from './workplace';
import { RotationSchedule } from '../../src';
import { Installation } from '../end-to-end/consumers/installation';
import { LocalAws, userArn } from '../end-to-end/support';

/** The validity of the program's answer, and what is left of it when an SDK receives it here. */
const ANSWER = 3_600_000;
const VALID = 5_000;

const SHORT = RotationSchedule.of({ create: Duration.days(3), deactivate: Duration.days(4), delete: Duration.days(5) });

let aws: LocalAws;
let machine: Installation;
let clock: NodeJS.Timeout;

beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(async () => {
  await aws.reset();
  await aws.deploy(() => ({ users: [{ userName: 'alice', schedule: SHORT }] }));
  machine = await Installation.of(aws.emulator, 'alice');
  // The clock of the program is nearly an hour slow, so its answers soon expire by the clock of the SDK, the real one.
  const show = () => machine.showTime(Date.now() - ANSWER + VALID);
  show();
  clock = setInterval(show, 200);
});
afterEach(() => {
  clearInterval(clock);
  machine.remove();
});
afterAll(() => aws.emulator.stop());

/** Compiles the program in this folder of consumers/. @returns the copy of the folder */
async function compiled(language: string, command: string, ...parameters: string[]): Promise<string> {
  const copy = join(workplace(), 'consumers', language);
  cpSync(join(__dirname, 'consumers', language), copy, { recursive: true });
  await execute(copy, {}, command, ...parameters);
  return copy;
}

const PROCESSES = {
  async Go() {
    return machine.consumer(join(await compiled('go', 'go', 'build', '-o', 'consumer'), 'consumer'));
  },
  async Java() {
    const options = [...mavenOptions('m2-consumers'), '--quiet'];
    const copy = await compiled('java', 'mvn', ...options, 'compile', 'dependency:copy-dependencies');
    const classes = join(copy, 'target', 'classes');
    return machine.consumer('java', '-cp', [classes, join(classes, '*')].join(delimiter), 'Consumer');
  },
};

test.each(Object.entries(PROCESSES))('a process in %s takes a new key without a restart', async (_, start) => {
  const consumer = await start();
  /** @returns the access key ID of a call, which succeeds */
  const call = async () => {
    const made = await consumer(new Date());
    expect(made).toEqual({ arn: userArn('alice'), accessKeyId: expect.any(String) });
    return made.accessKeyId;
  };
  const current = async () => (await aws.secretValue('alice')).AccessKey;

  const old = await current();
  expect(await call()).toBe(old);
  while ((await current()) === old) await aws.emulator.advanceDays(1);
  expect(await call()).toBe(old); // still valid: the program has not read the secret

  await machine.program(['--refresh']);
  while ((await call()) === old) await pause(500); // until the answer with the old key has expired
  for (const key of [{ [old]: 'Inactive' }, {}]) {
    await aws.emulator.advanceDays(1);
    expect(await aws.keys('alice')).toEqual({ ...key, [await current()]: 'Active' });
    expect(await call()).toBe(await current());
  }
});
