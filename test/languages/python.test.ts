import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MESSAGES, messagesOf } from './bad-input';
import { resourceTypesOf, ROTATION } from './outputs';
import { PYTHON_MISTAKES, summaryOf } from './python-mistakes';
import { fencesOf, pythonPrograms, readmeApp } from './readme';
import { comparable, keptTemplate } from './template';
import {
  addBadInput,
  cdkVersion,
  copyOfExample,
  type Environment,
  execute,
  generated,
  REPOSITORY,
  synthesize,
} from './workplace';

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
    '--no-compile', // most modules of the CDK are never imported
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

describe('each mistake has a message', () => {
  let errors: string[];

  beforeAll(async () => {
    addBadInput('mistakes.py', copy);
    writeFileSync(join(copy, 'mistakes.json'), JSON.stringify(PYTHON_MISTAKES.map(([expression]) => expression)));
    errors = JSON.parse(await execute(copy, environment, 'python3', 'mistakes.py', 'mistakes.json'));
  });

  test.each(PYTHON_MISTAKES.map(([expression, message], index) => ({ expression, message, index })))(
    '$expression',
    ({ message, index }) => {
      expect(summaryOf(errors[index])).toBe(message);
    },
  );
});

test('the README has the same app in Python, and docs/languages.md repeats it', async () => {
  expect(fencesOf(readFileSync(join(REPOSITORY, 'docs/languages.md'), 'utf8'), 'python')).toEqual([
    readmeApp('python'),
  ]);
  writeFileSync(join(copy, 'readme.py'), readmeApp('python'));

  expect(comparable(await synthesize(copy, environment, 'python3 readme.py'))).toBe(keptTemplate('readme'));
});

test.each(pythonPrograms().map((program, index) => [index + 1, program]))(
  'the translation of snippet %i of the README gives a template',
  async (number, program) => {
    writeFileSync(join(copy, `snippet_${number}.py`), `${program}`);

    expect(await resourceTypesOf(copy, environment, 'python3', `snippet_${number}.py`)).toMatchObject(ROTATION);
  },
);

test.each([
  'README.md',
  ...readdirSync(join(REPOSITORY, 'docs'), { encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
])('the Python of %s can be parsed', async (page) => {
  for (const [index, code] of fencesOf(readFileSync(join(REPOSITORY, page), 'utf8'), 'python').entries()) {
    const file = join(copy, `fence-${index}.py`);
    writeFileSync(file, code);
    await execute(copy, environment, 'python3', '-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', file);
  }
});
