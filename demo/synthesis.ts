import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const REPOSITORY = join(__dirname, '..');

/**
 * Synthesizes an app of `examples/`, as `cdk synth` would: runs it with the context of its cdk.json.
 *
 * The app imports the library by its name. tsconfig.dev.json maps that to this repository's sources, so that nothing
 * has to be compiled or installed first; the Lambda bundle is the one that gets packaged.
 *
 * @param app - another app, to be run as if it were the example's
 */
export function synthesize(
  example: string,
  outputDirectory: string,
  app = join(REPOSITORY, 'examples', example, 'bin', 'access-keys.ts'),
): void {
  const directory = join(REPOSITORY, 'examples', example);
  const { context } = JSON.parse(readFileSync(join(directory, 'cdk.json'), 'utf8')) as { context?: object };
  execFileSync(process.execPath, ['-r', 'ts-node/register/transpile-only', '-r', 'tsconfig-paths/register', app], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      TS_NODE_PROJECT: 'tsconfig.dev.json',
      CDK_OUTDIR: outputDirectory,
      CDK_CONTEXT_JSON: JSON.stringify(context ?? {}),
    },
  });
}
