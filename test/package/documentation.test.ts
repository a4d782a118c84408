import { execFileSync } from 'child_process';
import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

test('every example in the README and in the API docs compiles', () => {
  const tablet = join(mkdtempSync(join(tmpdir(), 'rosetta-')), 'tablet.json');
  const rosetta = join(__dirname, '..', '..', 'node_modules', '.bin', 'jsii-rosetta');

  // Fails with the compiler's words where one does not.
  execFileSync(rosetta, ['extract', '--strict', '--cache-to', tablet], { cwd: join(__dirname, '..', '..'), stdio: 'pipe' });
}, 120_000);
