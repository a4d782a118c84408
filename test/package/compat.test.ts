/** The task that compares the public surface with the last release, on a release of our own making. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const REPOSITORY = path.join(__dirname, '..', '..');
const { tasks } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, '.projen', 'tasks.json'), 'utf8'));
const [command, release, ...options]: string[] = tasks.compat.steps[0].exec.split(' ');

/** As if what is here now, changed by `change`, had been released. */
function compare(change: (types: Record<string, any>) => void) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'release-'));
  fs.symlinkSync(path.join(REPOSITORY, 'node_modules'), path.join(folder, 'node_modules'));
  fs.copyFileSync(path.join(REPOSITORY, 'package.json'), path.join(folder, 'package.json'));
  const assembly = JSON.parse(fs.readFileSync(path.join(REPOSITORY, '.jsii'), 'utf8'));
  change(assembly.types);
  // which says: not checked
  fs.writeFileSync(path.join(folder, '.jsii'), JSON.stringify({ ...assembly, fingerprint: '*' }));
  const { status, stdout, stderr } = spawnSync(
    path.join(REPOSITORY, 'node_modules', '.bin', command),
    [folder, ...options],
    { cwd: REPOSITORY, encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
}

test('it compares with what npm has, in each build', () => {
  expect(release).toBe('npm:cdk-access-key-rotation');
  expect(tasks['post-compile'].steps).toContainEqual({ spawn: 'compat' });
});

test('what is new is no break', () => {
  expect(
    compare((types) => {
      types['cdk-access-key-rotation.UnmanagedKeys'].members.pop();
    }),
  ).toMatchObject({ status: 0 });
});

test('what is gone is one, without a stability in the assembly', () => {
  const { status, output } = compare((types) => {
    types['cdk-access-key-rotation.UnmanagedKeys'].members.push({ name: 'ASK', docs: { summary: '.' } });
  });
  expect(output).toContain('ASK');
  expect(status).toBe(1);
});
