import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readmeApp } from './readme';
import { comparable, keptTemplate } from './template';
import { IN_JAVA, type Mistakes, mistakesOf } from './typed-callers';
import { addBadInput, cdkVersion, copyOfExample, execute, generated, mavenOptions, synthesize } from './workplace';

/** Kept from one run to the next: Maven fetches nearly two thousand files to resolve the CDK's ranges of versions. */
const OPTIONS = mavenOptions('m2');

let copy: string;

beforeAll(async () => {
  // What publishing needs as well, and takes long, can be left out.
  await execute(
    generated('java'),
    {},
    'mvn',
    ...OPTIONS,
    '--quiet',
    '-Dmaven.javadoc.skip=true',
    '-Dmaven.source.skip=true',
    'install',
  );
  copy = copyOfExample('java');
  mkdirSync(join(copy, '.mvn'));
  writeFileSync(
    join(copy, '.mvn', 'maven.config'),
    [...OPTIONS, '-Drotation.version=0.0.0', `-Dcdk.version=${cdkVersion()}`].join('\n'),
  );
});

/** The plugin takes it from the project file only. */
function mainClass(name: string): void {
  const project = join(copy, 'pom.xml');
  writeFileSync(project, readFileSync(project, 'utf8').replace(/<mainClass>.*</, `<mainClass>com.myorg.${name}<`));
}

test('the template of the Java example is equal to that of TypeScript', async () => {
  expect(comparable(await synthesize(copy))).toBe(keptTemplate('example'));
});

describe('a mistake that the compiler of Java does not find', () => {
  let mistakes: Mistakes;

  beforeAll(async () => {
    addBadInput('src/main/java/com/myorg/BadInput.java', copy);
    mainClass('BadInput');
    mistakes = mistakesOf(await execute(copy, {}, 'mvn', '-q', 'compile', 'exec:java'));
  });

  test.each(Object.entries(IN_JAVA))('%s', (name, message) => {
    expect(mistakes[name]).toBe(message);
  });

  test('is in the table', () => {
    expect(Object.keys(mistakes)).toEqual(Object.keys(IN_JAVA));
  });
});

test('the README has the same app in Java', async () => {
  writeFileSync(join(copy, 'src/main/java/com/myorg/AccessKeysApp.java'), readmeApp('java'));
  mainClass('AccessKeysApp');

  expect(comparable(await synthesize(copy))).toBe(keptTemplate('readme'));
});
