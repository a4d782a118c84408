import { cdkVersion, copyOfExample, execute, tarball } from './workplace';

/** A copy of the example, with the tarball and the CDK installed as npm does it. */
export async function installTypeScriptExample(): Promise<string> {
  const copy = copyOfExample('typescript');
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
    tarball(),
    `aws-cdk-lib@${cdkVersion()}`,
  );
  return copy;
}
