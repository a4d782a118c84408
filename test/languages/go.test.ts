import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readmeApp } from './readme';
import { comparable, keptTemplate } from './template';
import { IN_GO, type Mistakes, mistakesOf } from './typed-callers';
import { addBadInput, copyOfExample, execute, generated, synthesize } from './workplace';

const MODULE = 'github.com/cdk-access-key-rotation/cdk-access-key-rotation-go/cdkaccesskeyrotation';

let copy: string;

beforeAll(async () => {
  copy = copyOfExample('go');
  await execute(copy, {}, 'go', 'mod', 'edit', `-replace=${MODULE}=${join(generated('go'), 'cdkaccesskeyrotation')}`);
});

test('the template of the Go example is equal to that of TypeScript', async () => {
  expect(comparable(await synthesize(copy))).toBe(keptTemplate('example'));
});

describe('a mistake that the compiler of Go does not find', () => {
  let mistakes: Mistakes;

  beforeAll(async () => {
    addBadInput('bad-input/bad_input.go', copy);
    mistakes = mistakesOf(await execute(copy, {}, 'go', 'run', './bad-input'));
  });

  test.each(Object.entries(IN_GO))('%s', (name, message) => {
    expect(mistakes[name]).toBe(message);
  });

  test('is in the table', () => {
    expect(Object.keys(mistakes)).toEqual(Object.keys(IN_GO));
  });
});

test('the README has the same app in Go', async () => {
  mkdirSync(join(copy, 'readme'));
  writeFileSync(join(copy, 'readme', 'main.go'), readmeApp('go'));

  expect(comparable(await synthesize(copy, {}, 'go run ./readme'))).toBe(keptTemplate('readme'));
});
