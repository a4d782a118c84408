import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const EMULATOR = join(__dirname, 'requirements.txt');
const HOME = join(__dirname, '..', '..', '.emulator');

/** What time-machine, the strictest of the requirements, asks for. */
const OLDEST_PYTHON = [3, 11];

/** The Python interpreter that has the emulator. */
export async function emulatorPython(): Promise<string> {
  return pythonWith(EMULATOR);
}

/**
 * The Python interpreter of a virtual environment with these packages, set up on first use.
 *
 * The directory is named after the requirements, so a change of these makes a new one. It is built under a name of its
 * own and then renamed: processes that start at once do not see each other's half, and the slower one discards its own.
 */
export async function pythonWith(requirements: string): Promise<string> {
  const key = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const directory = join(HOME, key);
  if (!existsSync(directory)) {
    await build(directory, requirements);
  }
  return join(directory, 'bin', 'python');
}

async function build(directory: string, requirements: string): Promise<void> {
  const python = process.env.PYTHON ?? 'python3';
  await requirePython(python);
  const draft = `${directory}.${process.pid}`;
  mkdirSync(HOME, { recursive: true });
  try {
    await run(python, ['-m', 'venv', draft]);
    await run(join(draft, 'bin', 'python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--requirement',
      requirements,
    ]);
    renameSync(draft, directory);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(directory)) {
      throw new Error(`${requirements} could not be installed: ${detail(error)}`);
    }
  }
}

async function requirePython(python: string): Promise<void> {
  const needed = `Python ${OLDEST_PYTHON.join('.')} or newer, with its venv module, is needed for the local AWS`;
  const { stdout } = await run(python, ['-c', 'import sys, venv, ensurepip; print(*sys.version_info[:2])']).catch(
    (error) => {
      throw new Error(`${needed}, but '${python}' does not run: ${detail(error)} (PYTHON names another one)`);
    },
  );
  const [major, minor] = stdout.trim().split(' ').map(Number);
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new Error(
      `${needed}, but '${python}' is ${major}.${minor} (the environment variable PYTHON names another one)`,
    );
  }
}

function detail(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return stderr?.trim() || message;
}
