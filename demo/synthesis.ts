import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const REPOSITORY = join(__dirname, '..');

/**
 * Synthesizes an app of `examples/` as `cdk synth` does: runs it with the context of its cdk.json.
 *
 * The app imports the library by its package name. tsconfig.dev.json maps the name to the sources of this repository,
 * so nothing must be compiled or installed before. The Lambda bundle is the one of the package.
 *
 * @param app - another app, which runs in place of the app of the example
 * @param args - the arguments of the app
 */
export function synthesize(
  example: string,
  outputDirectory: string,
  app = join(REPOSITORY, 'examples', example, 'bin', 'access-keys.ts'),
  args: readonly string[] = [],
): void {
  const directory = join(REPOSITORY, 'examples', example);
  const { context } = JSON.parse(readFileSync(join(directory, 'cdk.json'), 'utf8')) as { context?: object };
  execFileSync(
    process.execPath,
    ['-r', 'ts-node/register/transpile-only', '-r', 'tsconfig-paths/register', app, ...args],
    {
      cwd: REPOSITORY,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        TS_NODE_PROJECT: 'tsconfig.dev.json',
        CDK_OUTDIR: outputDirectory,
        CDK_CONTEXT_JSON: JSON.stringify(context ?? {}),
      },
    },
  );
}
