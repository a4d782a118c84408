/**
 * Where the examples are tried: copies of them in a directory outside the repository, with packages built a moment ago.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const REPOSITORY = join(__dirname, '..', '..');
/** What may stay from one run to the next: only what others have published. */
export const CACHE = join(REPOSITORY, '.languages');
const EXAMPLES = join(REPOSITORY, 'examples');
const PROGRAMS = join(__dirname, 'bad-input');
/** What is left in an example by those who try it by hand. */
const LITTER = ['node_modules', 'cdk.out', '.venv', '__pycache__', 'target', 'bin', 'obj'];

export type Language = 'typescript' | 'python' | 'java' | 'go' | 'csharp';

export interface Environment {
  readonly [name: string]: string;
}

/** The directory of this run. Made before the tests, and told to their processes by the environment. */
export function workplace(): string {
  return (process.env.LANGUAGES_WORKPLACE ??= mkdtempSync(join(tmpdir(), 'languages-')));
}

/** Options of Maven, with a local repository of this name: two processes must not write into one. */
export function mavenOptions(repository: string): string[] {
  return ['--batch-mode', '--no-transfer-progress', `-Dmaven.repo.local=${join(CACHE, repository)}`];
}

/** What jsii-pacmak generated: a tarball for JavaScript, source code for the others. */
export function generated(target: 'js' | 'python' | 'java' | 'go' | 'dotnet'): string {
  return join(workplace(), 'packages', target);
}

/** The package as npm has it. */
export function tarball(): string {
  const directory = generated('js');
  return join(
    directory,
    readdirSync(directory).find((name) => name.endsWith('.tgz'))!,
  );
}

/** The oldest CDK that the package supports, and the newest that the other tests run with. */
export function cdkOf(age: 'oldest' | 'newest'): { version: string; directory: string } {
  const directory = join(REPOSITORY, 'node_modules', age === 'oldest' ? 'aws-cdk-lib' : 'aws-cdk-lib-newest');
  return { version: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).version, directory };
}

/** Go has no ranges: the CDK that its example names is the one that all examples are tried with. */
export function cdkVersion(): string {
  return /awscdk\/v2 v(\S+)/.exec(readFileSync(join(EXAMPLES, 'go', 'go.mod'), 'utf8'))![1];
}

export function copyOfExample(language: Language): string {
  const copy = join(workplace(), language);
  const source = join(EXAMPLES, language);
  // In TypeScript and JavaScript, unlike in C#, `bin` is where the app is.
  const litter = (path: string) => LITTER.includes(basename(path)) && path !== join(source, 'bin');
  cpSync(source, copy, { recursive: true, filter: (path) => !litter(path) });
  return copy;
}

/** Puts the program with the bad input of a language into a copy of its example. */
export function addBadInput(program: string, copy: string): void {
  cpSync(join(PROGRAMS, basename(program)), join(copy, program));
}

/** @returns what it prints; fails with all that it said */
export async function execute(
  directory: string,
  environment: Environment,
  command: string,
  ...parameters: string[]
): Promise<string> {
  return (await outputsOf(directory, environment, command, ...parameters)).stdout;
}

/** Like `execute()`, with what is printed as errors: warnings of a command that succeeds. */
export async function outputsOf(
  directory: string,
  environment: Environment,
  command: string,
  ...parameters: string[]
): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: 'true', ...environment };
  try {
    return await run(command, parameters, { cwd: directory, env, maxBuffer: 100_000_000 });
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error(
      `${command} ${parameters.join(' ')}\n${[stdout, stderr].join('\n').trim().slice(-10_000) || message}`,
    );
  }
}

/** Does what the user of an example does, and returns the template. With another command, it is that of another app. */
export async function synthesize(copy: string, environment: Environment = {}, app?: string): Promise<string> {
  const cdk = join(REPOSITORY, 'node_modules', '.bin', 'cdk');
  const settings = { AWS_REGION: '', AWS_DEFAULT_REGION: '', CDK_DISABLE_CLI_TELEMETRY: 'true', ...environment };
  await execute(copy, settings, cdk, 'synth', '--quiet', '--no-notices', ...(app ? ['--app', app] : []));
  return readFileSync(join(copy, 'cdk.out', 'AccessKeys.template.json'), 'utf8');
}
