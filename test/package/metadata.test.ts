/** What Construct Hub and the registries know of the package before anybody reads its page. */
import { existsSync, readFileSync } from 'fs';
import { join } from 'path';

const ROOT = join(__dirname, '..', '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const manifest = JSON.parse(read('package.json'));
const assembly = JSON.parse(read('.jsii'));

test('Construct Hub takes it for a construct library, and for one of the AWS CDK', () => {
  expect(manifest.jsii).toBeDefined();
  expect(Object.keys(manifest.peerDependencies)).toEqual(expect.arrayContaining(['aws-cdk-lib', 'constructs']));
  expect(manifest.keywords).toEqual(expect.arrayContaining(['cdk', 'aws-cdk', 'awscdk']));
});

test('Construct Hub refuses what differs between package.json and the assembly', () => {
  const { name, version, license } = manifest;
  expect({ name: assembly.name, version: assembly.version, license: assembly.license }).toEqual({
    name,
    version,
    license,
  });
});

test('it has a licence, a description, an author and a repository', () => {
  expect(manifest).toMatchObject({
    license: 'Apache-2.0',
    author: { name: expect.any(String), url: expect.any(String) },
  });
  expect(existsSync(join(ROOT, 'LICENSE'))).toBe(true);
  expect(manifest.description.length).toBeGreaterThan(50);
  expect(manifest.repository.url).toBe(`${manifest.homepage}.git`);
});

test('neither package.json nor the assembly has a stability: the README and the version (0.x) say it', () => {
  expect(read('README.md')).toMatch(/experimental[^.]*\b0\.x/i);
  expect(manifest.stability).toBeUndefined();
  expect(assembly.docs?.stability).toBeUndefined();
});

test('the badges of the README name the packages as they are published', () => {
  const {
    java: { maven },
    python,
    dotnet,
    go,
  } = manifest.jsii.targets;
  const badges = [...read('README.md').matchAll(/^\[!\[[^\]]*\]\(([^)]*)\)\]\(([^)]*)\)$/gm)].map(
    ([, image, link]) => `${image} ${link}`,
  );

  for (const name of [
    `constructs.dev/packages/${manifest.name}`,
    `npmjs.com/package/${manifest.name}`,
    `pypi/v/${python.distName}`,
    `maven-central/v/${maven.groupId}/${maven.artifactId}`,
    `nuget/v/${dotnet.packageId}`,
    `pkg.go.dev/${go.moduleName}/${go.packageName}`,
    `${manifest.homepage}/blob/main/LICENSE`,
  ]) {
    expect(badges).toEqual(expect.arrayContaining([expect.stringContaining(name)]));
  }
});
