import { readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MESSAGES, messagesOf } from './bad-input';
import { readmeApp } from './readme';
import { comparable, keptTemplate } from './template';
import { addBadInput, cdkVersion, copyOfExample, type Environment, execute, generated, synthesize } from './workplace';

let copy: string;
let environment: Environment;

/** A virtual environment with the wheel. */
beforeAll(async () => {
  copy = copyOfExample('python');
  await execute(copy, {}, process.env.PYTHON ?? 'python3', '-m', 'venv', '.venv');
  environment = {
    PATH: `${join(copy, '.venv', 'bin')}${delimiter}${process.env.PATH}`,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
  await execute(copy, environment, 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', 'dist', generated('python'));
  const [wheel] = readdirSync(join(copy, 'dist'));
  await execute(
    copy,
    environment,
    'pip',
    'install',
    '--quiet',
    '--requirement',
    'requirements.txt',
    `aws-cdk-lib==${cdkVersion()}`,
    join('dist', wheel),
  );
});

test('the template of the Python example is equal to that of TypeScript', async () => {
  expect(comparable(await synthesize(copy, environment))).toBe(keptTemplate('example'));
});

test('bad input gives the same message in Python', async () => {
  addBadInput('bad_input.py', copy);

  expect(messagesOf(await execute(copy, environment, 'python3', 'bad_input.py'))).toEqual(MESSAGES);
});

test('the README has the same app in Python', async () => {
  writeFileSync(join(copy, 'readme.py'), readmeApp('python'));

  expect(comparable(await synthesize(copy, environment, 'python3 readme.py'))).toBe(keptTemplate('readme'));
});
