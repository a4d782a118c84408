import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cdkVersion, copyOfExample, execute, generated } from './workplace';

/** A copy of the example, with the tarball and the CDK installed as npm does it. */
export async function installTypeScriptExample(): Promise<string> {
  const copy = copyOfExample('typescript');
  const tarball = join(
    generated('js'),
    readdirSync(generated('js')).find((name) => name.endsWith('.tgz'))!,
  );
  // The CLI is the one of this repository.
  await execute(copy, {}, 'npm', 'pkg', 'delete', 'devDependencies.aws-cdk');
  await execute(
    copy,
    {},
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    tarball,
    `aws-cdk-lib@${cdkVersion()}`,
  );
  return copy;
}
