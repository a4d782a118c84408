import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { median, range, table } from './statistics';
import { pythonWith } from '../test/local-aws/virtual-environment';

const ROOT = join(__dirname, '..');
const BUNDLE = join(ROOT, 'assets', 'rotator', 'rotator.lambda', 'index.mjs');
const SOURCE = join(ROOT, 'src', 'rotator', 'rotator.lambda.ts');
const ROUNDS = 15;

/** Loads a module as the Lambda runtime does: ES modules by import, others by require. */
const LOAD = `
  const [url] = process.argv.slice(1);
  if (url?.endsWith('.mjs')) await import(url);
  else if (url) (await import('node:module')).createRequire(url)((await import('node:url')).fileURLToPath(url));`;
const BOTO3 =
  'import boto3\nfor service in ("iam", "secretsmanager", "sns"): boto3.client(service, region_name="eu-west-1")';

interface Candidate {
  readonly name: string;
  readonly bytes: number | undefined;
  readonly command: string[];
  /** The same process without a module to load. */
  readonly empty: string[];
}

/** Size and load time of the bundle: the time of new processes that load it, minus the time of empty processes. */
export async function handlerLoad(directory: string, progress: (line: string) => void): Promise<string> {
  const python = await pythonWith(join(__dirname, 'requirements.txt'));
  const candidates: Candidate[] = [
    ofNode('the bundle of the package (ES module)', BUNDLE),
    ofNode('the same source with the defaults of esbuild (CommonJS, minified)', byDefaults(directory)),
    { name: 'boto3 with three clients', bytes: undefined, command: [python, '-c', BOTO3], empty: [python, '-c', ''] },
  ];
  const times: number[][] = candidates.map(() => []);
  for (let round = 0; round <= ROUNDS; round++) {
    const now = candidates.map(({ command, empty }) => wallTime(command) - wallTime(empty));
    if (round > 0) now.forEach((ms, index) => times[index].push(ms)); // round 0 fills the disk cache
    if (round % 5 === 0) progress(`handler load time, round ${round} of ${ROUNDS}`);
  }
  const rows = candidates.map(({ name, bytes }, index) => {
    const ratios = times[index].map((ms, round) => times[0][round] / ms);
    return [
      name,
      bytes === undefined ? '-' : (bytes / 1000).toFixed(0),
      bytes === undefined ? '-' : (candidates[0].bytes! / bytes).toFixed(2),
      `${median(times[index]).toFixed(0)} (${range(times[index], 0)})`,
      median(ratios).toFixed(2),
    ];
  });
  return table(['', 'kB', 'package / this', 'load time, ms', 'package / this'], rows);
}

function ofNode(name: string, file: string): Candidate {
  const empty = [process.execPath, '--input-type=module', '-e', LOAD];
  return { name, bytes: statSync(file).size, command: [...empty, pathToFileURL(file).href], empty };
}

function byDefaults(directory: string): string {
  const outfile = join(directory, 'by-defaults.cjs');
  buildSync({ entryPoints: [SOURCE], bundle: true, platform: 'node', minify: true, outfile, logLevel: 'error' });
  return outfile;
}

function wallTime([program, ...args]: string[]): number {
  const begin = performance.now();
  // Only the variables that Lambda sets, without credentials or profiles of this machine.
  const { status, stderr } = spawnSync(program, args, {
    env: { PATH: process.env.PATH, AWS_REGION: 'eu-west-1' },
    encoding: 'utf8',
  });
  const ms = performance.now() - begin;
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  return ms;
}
