/** The judges that are Python programs, each in a virtual environment of its own: what they require contradicts. */
import { spawn } from 'child_process';
import { join } from 'path';
import { pythonWith } from '../local-aws/virtual-environment';

export type Environment = 'templates' | 'prowler';

/**
 * Runs a program of the virtual environment with `<environment>.txt`.
 *
 * @param program - a module of a package, or a Python file of this folder. It is no script of the virtual environment:
 *   those name the path at which it was built, before it was renamed
 * @param exitCodes - those that are answers: linters end with others than 0 when they find something
 */
export async function runTool(
  environment: Environment,
  program: string,
  args: readonly string[],
  options: { input?: string; exitCodes?: (code: number) => boolean } = {},
): Promise<string> {
  const python = await pythonWith(join(__dirname, `${environment}.txt`));
  const start = program.endsWith('.py') ? [join(__dirname, program)] : ['-m', program];
  const child = spawn(python, ['-B', ...start, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const read = async (stream: NodeJS.ReadableStream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  child.stdin.end(options.input ?? '');
  const [stdout, stderr, code] = await Promise.all([read(child.stdout), read(child.stderr), ended]);
  const { exitCodes = (status) => status === 0 } = options;
  if (code === null || !exitCodes(code)) throw new Error(`${program} ended with ${code}:\n${stderr || stdout}`);
  return stdout;
}
