/**
 * The program of clients/, killed at any point. Afterwards the next call answers with a key that AWS accepts, the new
 * key is there when that call has read the secret, and nothing else stays in the directory.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import * as fc from 'fast-check';
import { BIN, COMMANDS, DAY, INSTALL, type Key, Machine, PROGRAM, SHELLS, START } from './machine';
import { BUDGET, randomRuns, sampled } from '../exhaustive/budget';

const AT_ONCE = 4;
/** Of some four thousand points, other ones in each run. */
const KILLS = 1_000;

const counting = mkdtempSync(join(tmpdir(), 'counting-'));
for (const command of COMMANDS) symlinkSync(join(BIN, 'count'), join(counting, command));
afterAll(() => rmSync(counting, { recursive: true }));

interface Situation {
  readonly name: string;
  readonly args: readonly string[];
  prepare(machine: Machine): Promise<Key[]>;
}

/** Each returns the keys that an SDK may get afterwards; the last of them when the secret has been read. */
const SITUATIONS: readonly Situation[] = [
  {
    name: 'a new key',
    args: [],
    async prepare(machine) {
      return [await machine.installed(), next(machine)];
    },
  },
  {
    name: 'a new key, with a lock and drafts of a process that was killed',
    args: ['--refresh'],
    async prepare(machine) {
      const first = await machine.installed();
      symlinkSync(`999999999:${machine.now}`, join(machine.directory, 'lock'));
      machine.write('new.999999999.key', machine.read('key'));
      return [first, next(machine)];
    },
  },
  {
    name: 'a damaged file, and the key before it',
    args: [],
    async prepare(machine) {
      const first = await machine.installed();
      const second = next(machine);
      await machine.answer();
      machine.write('key', machine.read('key').slice(0, -20));
      return [first, second];
    },
  },
  {
    name: 'a rejected key, and the key before it, which is current again',
    args: [],
    async prepare(machine) {
      const first = await machine.installed();
      const second = next(machine);
      await machine.answer();
      machine.deactivate(second);
      machine.publish(first);
      machine.now += DAY;
      return [first];
    },
  },
  {
    name: 'another installation',
    args: INSTALL,
    async prepare(machine) {
      return [await machine.installed(), next(machine)];
    },
  },
  {
    name: 'the first installation',
    args: INSTALL,
    async prepare(machine) {
      return [machine.rotate()];
    },
  },
];

function next(machine: Machine): Key {
  machine.now += DAY;
  return machine.rotate();
}

/** @returns the number of points that it passed, or undefined if it was killed */
async function killed(
  machine: Machine,
  args: readonly string[],
  killAt: string,
  traced: boolean,
): Promise<number | undefined> {
  const [shell, ...options] = machine.shell.command;
  const program = [PROGRAM, '--directory', machine.directory, ...args];
  // The DEBUG trap of bash runs before each command of the process, and of its functions.
  const trace = `set -T; at=0; trap '[ $BASH_SUBSHELL != 0 ] || [ $((at += 1)) != ${killAt} ] || kill -9 $$' DEBUG; trap 'echo $at >"$FAKE_AWS/count"' EXIT; . "$0"`;
  const child = spawn(shell, traced ? [...options, '-c', trace, ...program] : [...options, ...program], {
    detached: true, // a process group of its own
    stdio: 'ignore',
    env: {
      PATH: traced ? machine.path : [counting, machine.path].join(delimiter),
      REAL_PATH: machine.path,
      KILL_AT: traced ? '0' : killAt,
      HOME: machine.home,
      FAKE_AWS: machine.account,
      ...(args[0] === '--install' ? { AWS_ACCESS_KEY_ID: 'ADMIN', AWS_SECRET_ACCESS_KEY: 'of-an-administrator' } : {}),
    },
  });
  const [, signal] = await once(child, 'exit');
  return signal === 'SIGKILL' ? undefined : Number(readFileSync(join(machine.account, 'count'), 'utf8'));
}

interface Point {
  readonly situation: Situation;
  readonly machine: Machine;
  readonly keys: readonly Key[];
  readonly traced: boolean;
  readonly at: string;
}

/** All points of a situation: before each command, and for those that are no part of the shell after each. */
async function pointsOf(machine: Machine, situation: Situation, traced: boolean): Promise<Point[]> {
  const keys = await situation.prepare(machine);
  const whole = machine.copy();
  const count = (await killed(whole, situation.args, '0', traced))!;
  whole.remove();
  const numbers = [...Array(count).keys()].map((number) => number + 1);
  const ats = traced ? numbers.map(String) : numbers.flatMap((number) => [`${number}`, `${number}.5`]);
  return ats.map((at) => ({ situation, machine, keys, traced, at }));
}

async function play({ situation, machine: before, keys, traced, at }: Point): Promise<string | undefined> {
  const machine = before.copy();
  try {
    const passed = await killed(machine, situation.args, at, traced);
    if (passed !== undefined && passed >= Number(at)) return 'was not killed';
    if (!existsSync(join(machine.directory, 'config'))) {
      if (situation.name !== 'the first installation') return 'lost its configuration';
      const { code, stderr } = await machine.install();
      if (code !== 0) return `cannot be installed: ${stderr}`;
    }
    const { AccessKey, SecretKey } = await machine.answer();
    if (!keys.some((key) => key.AccessKey === AccessKey && key.SecretKey === SecretKey)) return `answers ${AccessKey}`;
    const strange = () => machine.files().filter((file) => !['config', 'key', 'previous', 'state'].includes(file));
    if (AccessKey !== keys.at(-1)!.AccessKey || strange().length > 0) {
      machine.now += DAY;
      const later = await machine.answer();
      if (later.AccessKey !== keys.at(-1)!.AccessKey || later.stderr) return `does not recover: ${later.stderr}`;
    }
    if (strange().length > 0) return `leaves ${strange().join()}`;
    const open = machine.files().filter((file) => machine.mode(file) !== '600');
    return open.length > 0 ? `leaves ${open.join()} open` : undefined;
  } catch (error) {
    return String(error);
  } finally {
    machine.remove();
  }
}

test(`killed ${KILLS} times, before or after any command: ${BUDGET}`, async () => {
  const machines: Machine[] = [];
  const points: Point[] = [];
  for (const shell of SHELLS) {
    for (const traced of shell.name === 'bash' ? [false, true] : [false]) {
      for (const situation of SITUATIONS) {
        const machine = new Machine(shell);
        machines.push(machine);
        points.push(...(await pointsOf(machine, situation, traced)));
      }
    }
  }
  const kills = fc.sample(fc.shuffledSubarray(points, { minLength: KILLS, maxLength: KILLS }), {
    ...randomRuns(1),
    numRuns: 1,
  });
  const left = sampled(kills[0], 1 / 4);
  const problems: object[] = [];
  await Promise.all(
    [...Array(AT_ONCE)].map(async () => {
      for (let point = left.pop(); point; point = left.pop()) {
        const problem = await play(point);
        const { situation, machine, traced, at } = point;
        if (problem) problems.push({ problem, situation: situation.name, shell: machine.shell.name, traced, at });
      }
    }),
  );
  machines.forEach((machine) => machine.remove());
  expect(problems).toEqual([]);
});

test('each command that the program runs is a point', async () => {
  const machine = new Machine();
  const only = join(machine.home, 'only');
  mkdirSync(only);
  for (const command of COMMANDS) symlinkSync(join(BIN, 'count'), join(only, command));
  // `dirname` and `cat` (of --help and --stdin) change nothing, and are not used by an SDK.
  for (const command of ['dirname']) symlinkSync(`/usr/bin/${command}`, join(only, command));
  symlinkSync('/bin/sh', join(only, 'sh'));
  machine.rotate();
  const env = { PATH: only, REAL_PATH: machine.path, KILL_AT: '0' };

  const installation = await machine.run(INSTALL, { path: only, env: { ...env, AWS_ACCESS_KEY_ID: 'ADMIN' } });
  machine.now = START + DAY;
  machine.rotate();
  const answer = await machine.run([], { path: only, env });
  machine.remove();

  expect([installation.stderr, answer.stderr]).toEqual(['', '']);
  expect([installation.code, answer.code]).toEqual([0, 0]);
});
