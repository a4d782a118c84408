/** The program of clients/ is a POSIX shell script without a finding of ShellCheck. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CODE, Machine, PROGRAM, SHELLS } from './machine';
import { emulatorPython } from '../local-aws/virtual-environment';

const run = promisify(execFile);
const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'consumers.md'), 'utf8');
const TEXT = readFileSync(PROGRAM, 'utf8');

test('ShellCheck finds nothing', async () => {
  const shellcheck = join(dirname(await emulatorPython()), 'shellcheck');

  const { stdout } = await run(shellcheck, ['--shell=sh', '--severity=style', PROGRAM]);

  expect(stdout).toBe('');
});

test('this machine has a shell to test with', () => {
  console.log(`The program is tested with: ${SHELLS.map(({ name }) => name).join(', ')}`);
  expect(SHELLS.map(({ name }) => name)).toContain('sh');
});

test('the page lists each exit code of the program', () => {
  const inProgram = [...TEXT.matchAll(/^(?:[A-Z_]+=\d+ ?)+$/gm)].flatMap(([line]) =>
    [...line.matchAll(/([A-Z_]+)=(\d+)/g)]
      .filter(([, name]) => !name.endsWith('SECONDS'))
      .map(([, , code]) => Number(code)),
  );
  const codes = inProgram.sort((a, b) => a - b);
  const onPage = [...PAGE.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));

  expect(codes).toEqual(Object.values(CODE).sort((a, b) => a - b));
  expect(onPage).toEqual([0, ...codes]);
});

test('the page has each option', async () => {
  const machine = new Machine();
  const { stdout } = await machine.run(['--help']);
  machine.remove();

  for (const [option] of stdout.matchAll(/--[a-z-]+/g)) expect(PAGE).toContain(option);
});
