import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MESSAGES, messagesOf } from './bad-input';
import { readmeApp } from './readme';
import { comparable, keptTemplate } from './template';
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

test('bad input gives the same message in Go', async () => {
  addBadInput('bad-input/bad_input.go', copy);

  expect(messagesOf(await execute(copy, {}, 'go', 'run', './bad-input'))).toEqual(MESSAGES);
});

test('the README has the same app in Go', async () => {
  mkdirSync(join(copy, 'readme'));
  writeFileSync(join(copy, 'readme', 'main.go'), readmeApp('go'));

  expect(comparable(await synthesize(copy, {}, 'go run ./readme'))).toBe(keptTemplate('readme'));
});
