/** The benchmarks measure what is in the package, and their results are those of the present text. */
import { spawnSync } from 'node:child_process';
import * as repository from './pages/repository';

test('the L1 variant is the template of the library', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['-r', 'ts-node/register/transpile-only', 'bench/same-templates.ts'],
    { cwd: repository.ROOT, encoding: 'utf8', env: { ...process.env, TS_NODE_PROJECT: 'tsconfig.dev.json' } },
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
});

test('the results have the text of their template', () => {
  const texts = repository.read('bench/results-template.md').split(/{{[a-z-]+}}/);
  let results = repository.read('bench/RESULTS.md');
  for (const text of texts) {
    expect(results).toContain(text);
    results = results.slice(results.indexOf(text) + text.length);
  }
});
