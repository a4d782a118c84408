/** A program in a process group of its own: Ctrl-C in the terminal does not reach it, and one call ends all of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The file descriptor of its output. Default: stderr. */
  readonly output?: number;
}

/**
 * Waits for the end of a program.
 *
 * @param signal - kills the program and its children. Nothing weaker: a program that handles signals could go on
 * @returns how it ended
 */
export async function runInGroup({ command, args, env, output = 2 }: Program, signal: AbortSignal): Promise<string> {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', output, output] });
  const kill = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // it has ended
    }
  };
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  try {
    const [code, killedBy] = await once(child, 'close');
    if (killedBy) return `${command} was ended by ${killedBy}`;
    return code === 0 ? `${command} succeeded` : `${command} ended with code ${code}. Its output says why`;
  } catch (error) {
    return `${command} could not be started: ${(error as Error).message}. Run \`npm ci\`, and start this by npm`;
  } finally {
    signal.removeEventListener('abort', kill);
  }
}
