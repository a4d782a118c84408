/**
 * Before the tests of any language: what jsii-pacmak makes of the present `lib` and `.jsii`, and the template that all
 * are held to.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readmeApp } from './readme';
import { keepTemplate } from './template';
import { installTypeScriptExample } from './typescript-example';
import { execute, REPOSITORY, synthesize, workplace } from './workplace';

export default async function (): Promise<void> {
  const packages = join(workplace(), 'packages');
  mkdirSync(packages, { recursive: true });
  const pacmak = join(REPOSITORY, 'node_modules', '.bin', 'jsii-pacmak');
  // Its own builds make documentation and what publishing needs as well. Here each language's own tool compiles the
  // code, as in its test.
  await execute(REPOSITORY, {}, pacmak, '--code-only', '--no-npmignore', '--outdir', packages);
  const copy = await installTypeScriptExample();
  keepTemplate('example', await synthesize(copy));
  writeFileSync(join(copy, 'readme.ts'), readmeApp('ts nofixture'));
  keepTemplate('readme', await synthesize(copy, {}, 'npx ts-node readme.ts'));
}
