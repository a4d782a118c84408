/** cfn-lint and checkov read the templates as files. */
import { cpSync, readFileSync } from 'fs';
import { join, relative, sep } from 'path';
import { APP_NAMES, AppName } from './app-names';
import { appOf, appWithMore } from './apps';
import { differences, place } from './findings';
import { nameInTemplate } from './resources';
import { runTool } from './tool';
import { temporaryDirectory } from '../template/support';

const assemblies = temporaryDirectory();

/** The folder of the default app with more resources, beside those of the apps. */
const MORE = 'more';

/** A judge reads all templates at once: it is slow to start. */
const found: Record<'cfn-lint' | 'checkov', { inApps: string[]; inMore: string[] }> = {
  'cfn-lint': { inApps: [], inMore: [] },
  checkov: { inApps: [], inMore: [] },
};

function add(judge: keyof typeof found, rule: string, template: string, logicalId: string): void {
  const { Resources } = JSON.parse(readFileSync(template, 'utf8'));
  const [folder] = relative(assemblies, template).split(sep);
  const resource = Resources[logicalId] ? nameInTemplate(Resources[logicalId]) : 'the template';
  const app: AppName = folder === MORE ? 'default' : (folder as AppName);
  found[judge][folder === MORE ? 'inMore' : 'inApps'].push(place(rule, resource, app));
}

beforeAll(async () => {
  for (const name of [...APP_NAMES, MORE]) {
    const { app, directory } = name === MORE ? appWithMore() : appOf(name as AppName);
    app.synth();
    cpSync(directory, join(assemblies, name), { recursive: true, filter: (file) => !file.includes('asset.') });
  }
  await Promise.all([runCfnLint(), runCheckov()]);
});

async function runCfnLint(): Promise<void> {
  // Its exit code is a sum: 2 for errors, 4 for warnings, 8 for informational findings. 1 is a failure of cfn-lint.
  const answer = await runTool(
    'templates',
    'cfnlint.runner.cli',
    ['--format', 'json', '--include-checks', 'I', '--', join(assemblies, '**', '*.template.json')],
    { exitCodes: (code) => code % 2 === 0 },
  );
  const matches = JSON.parse(answer) as { Rule: { Id: string }; Filename: string; Location: { Path: string[] } }[];
  for (const { Rule, Filename, Location } of matches) add('cfn-lint', Rule.Id, Filename, Location.Path?.[1]);
}

async function runCheckov(): Promise<void> {
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
  for (const { check_id, resource, file_path } of results.failed_checks) {
    add('checkov', check_id, join(assemblies, file_path), resource.split('.')[1]);
  }
}

test.each(['cfn-lint', 'checkov'] as const)(
  'each finding of %s, warnings and informational ones too, stands in findings.ts, and each there is found',
  (judge) => {
    expect(differences(judge, found[judge].inApps)).toEqual({ unexplained: [], obsolete: [] });
  },
);

test('nothing explains the findings of one more function, queue, topic or secret', () => {
  expect(differences('cfn-lint', found['cfn-lint'].inMore).unexplained).toContain(
    'W3005 on Keys/Rotation/Rotator/MoreFunction (AWS::Lambda::Function) in "default"',
  );
  expect(differences('checkov', found.checkov.inMore).unexplained).toEqual(
    expect.arrayContaining([
      'CKV_AWS_173 on Keys/Rotation/Rotator/MoreFunction (AWS::Lambda::Function) in "default"',
      'CKV_AWS_27 on Keys/Rotation/Rotator/MoreQueue (AWS::SQS::Queue) in "default"',
      'CKV_AWS_26 on Keys/Rotation/MoreTopic (AWS::SNS::Topic) in "default"',
      'CKV_AWS_149 on Keys/Rotation/User-alice/MoreSecret (AWS::SecretsManager::Secret) in "default"',
    ]),
  );
});
