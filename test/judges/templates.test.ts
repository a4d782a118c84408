/** cfn-lint and checkov read the templates as files. */
import { cpSync, readFileSync } from 'fs';
import { join, relative } from 'path';
import { APP_NAMES } from './app-names';
import { appOf } from './apps';
import { differences, place } from './findings';
import { runTool } from './tool';
import { temporaryDirectory } from '../template/support';

const assemblies = temporaryDirectory();

beforeAll(() => {
  for (const name of APP_NAMES) {
    const { app, directory } = appOf(name);
    app.synth();
    cpSync(directory, join(assemblies, name), { recursive: true, filter: (file) => !file.includes('asset.') });
  }
});

test('each finding of cfn-lint, warnings and informational ones too, stands in findings.ts, and each there is found', async () => {
  // Its exit code is a sum: 2 for errors, 4 for warnings, 8 for informational findings. 1 is a failure of cfn-lint.
  const answer = await runTool(
    'templates',
    'cfnlint.runner.cli',
    ['--format', 'json', '--include-checks', 'I', '--', join(assemblies, '**', '*.template.json')],
    { exitCodes: (code) => code % 2 === 0 },
  );
  const matches = JSON.parse(answer) as { Rule: { Id: string }; Filename: string; Location: { Path: string[] } }[];
  const found = matches.map(({ Rule, Filename, Location }) => {
    const { Resources } = JSON.parse(readFileSync(Filename, 'utf8'));
    const kind = Resources[Location.Path?.[1]]?.Type ?? 'the template';
    return place(Rule.Id, kind, relative(assemblies, Filename).split('/')[0]);
  });
  expect(differences('cfn-lint', found)).toEqual({ unexplained: [], obsolete: [] });
});

test('each finding of checkov stands in findings.ts, and each there is found', async () => {
  const answer = await runTool('templates', 'checkov.main', [
    ...['--directory', assemblies, '--framework', 'cloudformation', '--output', 'json'],
    ...['--compact', '--quiet', '--soft-fail', '--skip-download'],
  ]);
  const { results, summary } = JSON.parse(answer) as {
    results: { failed_checks: { check_id: string; resource: string; file_path: string }[] };
    summary: { parsing_errors: number; resource_count: number };
  };
  expect(summary.parsing_errors).toBe(0);
  expect(summary.resource_count).toBeGreaterThan(APP_NAMES.length * 20);
  const found = results.failed_checks.map(({ check_id, resource, file_path }) =>
    place(check_id, resource.split('.')[0], file_path.split('/')[1]),
  );
  expect(differences('checkov', found)).toEqual({ unexplained: [], obsolete: [] });
});
