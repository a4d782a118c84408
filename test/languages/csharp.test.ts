import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparable, keptTemplate } from './template';
import { cdkVersion, copyOfExample, execute, generated, synthesize } from './workplace';

const LIBRARY = join(generated('dotnet'), 'CdkAccessKeyRotation');
const HAS_SDK = spawnSync('dotnet', ['--version']).status === 0;

test('the code for .NET is generated', () => {
  expect(existsSync(join(LIBRARY, 'CdkAccessKeyRotation.csproj'))).toBe(true);
});

const builtWhereThereIsDotnet = HAS_SDK
  ? test
  : () => console.warn('The C# example is generated, but not built: there is no dotnet here.');

builtWhereThereIsDotnet('the template of the C# example is equal to that of TypeScript', async () => {
  const copy = copyOfExample('csharp');
  const project = join(copy, 'src', 'AccessKeys', 'AccessKeys.csproj');
  // NuGet takes the lowest version of a range, and for the library that is the built one.
  writeFileSync(
    project,
    readFileSync(project, 'utf8').replace(/("Amazon\.CDK\.Lib" Version=)"[^"]*"/, `$1"[${cdkVersion()}]"`),
  );
  const environment = {
    NUGET_PACKAGES: join(copy, 'packages'), // where installed packages stay, and 0.0.0 must not
    // MSBuild reads its properties from the environment
    RestoreAdditionalProjectSources: join(LIBRARY, 'bin', 'Release'),
  };

  await execute(LIBRARY, environment, 'dotnet', 'build', '--configuration', 'Release');

  expect(comparable(await synthesize(copy, environment))).toBe(keptTemplate('example'));
});
