import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const EMULATOR = join(__dirname, 'requirements.txt');
const HOME = join(__dirname, '..', '..', '.emulator');

/** The minimum of time-machine, the strictest of the requirements. */
const OLDEST_PYTHON = [3, 11];

/** The Python interpreter of the virtual environment with the emulator. */
export async function emulatorPython(): Promise<string> {
  return pythonWith(EMULATOR);
}

/**
 * The Python interpreter of a virtual environment with these packages, which is created on first use. The requirements
 * list every package, so that none is installed that they do not pin.
 *
 * Its directory has the hash of the requirements. It is built under a temporary name and renamed at the end, so
 * concurrent processes never use an incomplete one; the slower process deletes its own.
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
      '--no-deps',
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
      throw new Error(
        `${needed}, but '${python}' does not run: ${detail(error)}. Set the environment variable PYTHON to another one`,
      );
    },
  );
  const [major, minor] = stdout.trim().split(' ').map(Number);
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new Error(
      `${needed}, but '${python}' is ${major}.${minor}. Set the environment variable PYTHON to another one`,
    );
  }
}

function detail(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return stderr?.trim() || message;
}
