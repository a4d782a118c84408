/** What a release may do, and whom it trusts: the workflows as GitHub reads them. */
import { spawnSync } from 'child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { parse } from 'yaml';
import { emulatorPython } from '../local-aws/virtual-environment';

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Record<string, string>;
  readonly with?: Record<string, unknown>;
}
interface Job {
  readonly outputs?: Record<string, string>;
  readonly needs?: string | string[];
  readonly environment?: unknown;
  readonly permissions?: Record<string, string>;
  readonly env?: Record<string, string>;
  readonly steps: Step[];
}
interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions?: unknown;
  readonly jobs: Record<string, Job>;
}

const WORKFLOWS = join(__dirname, '..', '..', '.github', 'workflows');
const read = (file: string): Workflow => parse(readFileSync(join(WORKFLOWS, file), 'utf8'));
const files = readdirSync(WORKFLOWS);
const { on, jobs } = read('release.yml');
const registries = ['npm', 'pypi', 'maven', 'nuget', 'golang'];
/** jsii-pacmak installs Python packages for PyPI, and publib for both. */
const PYTHON_JOBS = ['package_pypi', 'release_pypi', 'release_nuget'];

const publishing = (registry: string) => jobs[`release_${registry}`].steps.find(({ run }) => run?.includes('publib-'))!;
const secretsOf = (job: Job) => [...JSON.stringify(job).matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);

describe.each(files)('%s', (file) => {
  const workflow = read(file);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  test('names each action by its commit, because a tag can be moved', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.filter((action) => !/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });

  test('knows one commit of each action', () => {
    const commits = new Map(steps.flatMap(({ uses }) => (uses ? [uses.split('@') as [string, string]] : [])));
    expect(
      steps.flatMap(({ uses }) => (uses && !uses.endsWith(commits.get(uses.split('@')[0])!) ? [uses] : [])),
    ).toEqual([]);
  });

  test('gives no job that runs scripts of dependencies a secret, or more than to read', () => {
    const runScripts = Object.values(workflow.jobs).filter(({ steps: own }) =>
      own.some(({ run }) => /\bnpm (ci|i|install)\b|\bprojen\b/.test(`${run}`)),
    );
    for (const job of runScripts) {
      expect(job.permissions).toEqual({ contents: 'read' });
      expect(secretsOf(job)).toEqual([]);
    }
  });

  test('says for each job what it may do', () => {
    expect(workflow.permissions).toBeUndefined(); // or each job would get these as well
    expect(
      Object.entries(workflow.jobs)
        .filter(([, { permissions }]) => typeof permissions !== 'object')
        .map(([name]) => name),
    ).toEqual([]);
  });
});

describe('zizmor', () => {
  const audit = async (path: string): Promise<{ ident: string }[]> => {
    const zizmor = join(dirname(await emulatorPython()), 'zizmor');
    const { stdout, stderr } = spawnSync(zizmor, ['--offline', '--no-config', '--format=json', path], {
      encoding: 'utf8',
    });
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout);
  };

  test('has no finding, and nothing is excepted', async () => {
    expect(await audit(WORKFLOWS)).toEqual([]);
    expect(files.filter((file) => readFileSync(join(WORKFLOWS, file), 'utf8').includes('zizmor:'))).toEqual([]);
  });

  test('finds what it is there for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'workflows-'));
    const file = join(folder, 'build.yml');
    const workflow = readFileSync(join(WORKFLOWS, 'build.yml'), 'utf8');
    writeFileSync(file, workflow.replace(/^on:/m, 'on:\n  pull_request_target: {}'));
    const found = await audit(file);
    rmSync(folder, { recursive: true });
    expect(found.map(({ ident }) => ident)).toEqual(['dangerous-triggers']);
  });
});

test('no job starts with the token of the repository for a pull request of a fork', () => {
  expect(files.filter((file) => 'pull_request_target' in read(file).on)).toEqual([]);
});

test('no checkout leaves a token for the later steps of its job', () => {
  const checkouts = files
    .flatMap((file) => Object.values(read(file).jobs))
    .flatMap(({ steps }) => steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')));
  expect(checkouts.length).toBeGreaterThan(10);
  expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
});

test('an upgrade waits until a release is seven days old', () => {
  const { upgrade } = JSON.parse(readFileSync(join(WORKFLOWS, '../../.projen/tasks.json'), 'utf8')).tasks;
  expect(upgrade.env.NPM_CONFIG_BEFORE).toContain(`Date.now()-${7 * 86_400_000}`);
  const [check] = upgrade.steps.filter((step: { execArgs?: string[] }) =>
    step.execArgs?.includes('npm-check-updates@20'),
  );
  expect(check.execArgs).toContain('--cooldown=7');
});

describe('a release', () => {
  test('follows from each merge to main, and waits for nobody', () => {
    expect(on.push).toEqual({ branches: ['main'] });
    // where an approval could be asked for
    expect(Object.entries(jobs).filter(([, { environment }]) => environment !== undefined)).toEqual([]);
  });

  test('goes to five registries, and is on GitHub when it is on all of them', () => {
    const release = ['release', ...registries.map((registry) => `release_${registry}`)];
    const packaging = registries.map((registry) => `package_${registry}`);
    expect(Object.keys(jobs).sort()).toEqual([...release, ...packaging, 'release_github'].sort());
    expect([jobs.release_github.needs].flat().sort()).toEqual(release.sort());
  });

  test.each(registries)('publishes to %s what another job has packaged and uploaded', (registry) => {
    const [packaged, published] = [jobs[`package_${registry}`], jobs[`release_${registry}`]];
    expect(published.needs).toEqual(['release', `package_${registry}`]);
    const upload = packaged.steps.at(-1)!;
    expect(upload).toMatchObject({ uses: expect.stringMatching(/^actions\/upload-artifact@/), with: { path: 'dist' } });
    expect(packaged.outputs).toEqual({ artifact_id: `\${{ steps.${upload.id}.outputs.artifact-id }}` });
    const downloads = published.steps.filter(({ uses }) => uses?.startsWith('actions/download-artifact@'));
    expect(downloads.map((step) => step.with)).toEqual([
      { 'artifact-ids': `\${{ needs.package_${registry}.outputs.artifact_id }}`, path: 'dist' },
    ]);
  });

  test.each(registries)(
    'publishes to %s with a pinned publib, and with dependencies of it that are seven days old',
    (registry) => {
      const [days, ...commands] = publishing(registry).run!.split('\n');
      // an assignment of its own: the shell ends at its error, and not at one within `export`
      const before = /^NPM_CONFIG_BEFORE=\$\(node -p "(.+)"\)$/.exec(days)![1];
      const { stdout } = spawnSync('node', ['-p', before], { encoding: 'utf8' });
      expect((Date.now() - Date.parse(stdout.trim())) / 86_400_000).toBeCloseTo(7, 2);
      expect(commands).toEqual([
        'export NPM_CONFIG_BEFORE',
        expect.stringMatching(new RegExp(`^npx -p publib@\\d+\\.\\d+\\.\\d+ publib-${registry}$`)),
      ]);
    },
  );

  // jsii-pacmak and publib name them by ranges, and call pip themselves
  describe.each(PYTHON_JOBS)('installs no Python package in %s that is younger than seven days', (job) => {
    const { env, steps } = jobs[job];
    const index = steps.findIndex(({ name }) => name === 'Require a pip that skips new releases');

    test('by a variable of pip, in each step', () => {
      expect(env).toEqual({ PIP_UPLOADED_PRIOR_TO: 'P7D' });
      expect(steps.filter((step) => step.env && 'PIP_UPLOADED_PRIOR_TO' in step.env)).toEqual([]);
      expect(steps.filter(({ run }) => /\bpip3? install|\bPIP_(?!UPLOADED)/.test(`${run}`))).toEqual([]);
    });

    test('with the newest Python, checked before all else that runs', () => {
      expect(steps.slice(0, index)).toContainEqual({
        uses: expect.stringMatching(/^actions\/setup-python@/),
        with: { 'python-version': '3.x' },
      });
      expect(steps.findIndex(({ run }) => run)).toBe(index);
    });

    test.each([
      ['26.1', '26.1', 0],
      ['26.1.2', '27.0', 0],
      ['26.0.1', '26.1', 1],
      ['26.1', '25.3', 1],
      ['9.0', '26.1', 1],
    ])('the pip %s, and in a virtual environment %s: exit status %i', (own, bundled, status) => {
      const folder = mkdtempSync(join(tmpdir(), 'pip-'));
      writeFileSync(join(folder, 'pip.py'), `__version__ = '${own}'`);
      writeFileSync(join(folder, 'ensurepip.py'), `version = lambda: '${bundled}'`);
      const options = { env: { ...process.env, PYTHONPATH: folder }, encoding: 'utf8' } as const;
      const result = spawnSync('bash', ['-e', '-c', steps[index].run!], options);
      rmSync(folder, { recursive: true });
      expect({ status: result.status, stderr: result.stderr }).toEqual({
        status,
        stderr: status === 0 ? '' : expect.stringMatching(/^pip [\d.]+ ignores PIP_UPLOADED_PRIOR_TO/),
      });
    });
  });

  test('runs Python in no other job', () => {
    const others = registries
      .flatMap((registry) => [`package_${registry}`, `release_${registry}`])
      .filter((job) => !PYTHON_JOBS.includes(job));
    const commands = others.flatMap((job) => jobs[job].steps.flatMap(({ run }) => run ?? []));
    expect(commands.filter((run) => /python|\bpip/.test(run))).toEqual([]);
  });

  const npmCommands = (kind: 'package' | 'release') =>
    registries
      .flatMap((registry) => jobs[`${kind}_${registry}`].steps.flatMap(({ run }) => run ?? []))
      .flatMap((run) => run.split('\n'))
      .filter((command) => /\b(npm|npx|pnpm|yarn)\b/.test(command))
      .map((command) => command.replace(/publib@\S+ publib-\w+$/, 'publib').replace(/package:\w+$/, 'package'));

  test('installs nothing in a job that publishes but publib, and in one that packages only from the lock file', () => {
    expect([...new Set(npmCommands('release'))]).toEqual(['npx -p publib']);
    expect([...new Set(npmCommands('package'))]).toEqual(['cd .repo && npm ci', 'cd .repo && npx projen package']);
  });

  test.each([
    ['npm', 'NPM_TRUSTED_PUBLISHER', []],
    ['pypi', 'PYPI_TRUSTED_PUBLISHER', []],
    ['nuget', 'NUGET_TRUSTED_PUBLISHER', ['NUGET_USERNAME']], // no secret, but where projen looks for it
  ])('is trusted by %s, and has no secret for it', (registry, flag, secrets) => {
    expect(publishing(registry).env).toMatchObject({ [flag]: 'true' });
    expect(jobs[`release_${registry}`].permissions).toMatchObject({ 'id-token': 'write', contents: 'read' });
    expect(secretsOf(jobs[`release_${registry}`])).toEqual(secrets);
  });

  test('says on npm and PyPI where it was built', () => {
    expect(publishing('npm').env).toMatchObject({ NPM_CONFIG_PROVENANCE: 'true' });
    expect(publishing('pypi').env).not.toHaveProperty('PYPI_DISABLE_ATTESTATIONS'); // else made for whoever is trusted
  });

  test.each([
    ['maven', '.jar'],
    ['nuget', '.nupkg'],
  ])('has GitHub say so for %s, right before it is published', (registry, extension) => {
    const { permissions, steps } = jobs[`release_${registry}`];
    const attest = steps[steps.indexOf(publishing(registry)) - 1];
    expect(attest).toMatchObject({
      uses: expect.stringMatching(/^actions\/attest@/),
      with: { 'subject-path': expect.stringContaining(extension) },
    });
    expect(permissions).toMatchObject({ 'id-token': 'write', attestations: 'write', contents: 'read' });
  });

  test('uses the public registries', () => {
    const named = registries
      .map((registry) => publishing(registry).env!)
      .flatMap((env) => Object.keys(env).filter((name) => /REGISTRY|_URL|SERVER$|ENDPOINT/.test(name)));
    expect(named).toEqual([]);
    // the one that still takes uploads
    expect(publishing('maven').env).toMatchObject({ MAVEN_SERVER_ID: 'central-ossrh' });
  });

  test('needs no secret but these', () => {
    const used = Object.values(jobs).flatMap(secretsOf);
    expect([...new Set(used)].sort()).toEqual([
      'GITHUB_TOKEN',
      'GO_GITHUB_DEPLOY_KEY',
      'MAVEN_GPG_PRIVATE_KEY',
      'MAVEN_GPG_PRIVATE_KEY_PASSPHRASE',
      'MAVEN_PASSWORD',
      'MAVEN_STAGING_PROFILE_ID',
      'MAVEN_USERNAME',
      'NUGET_USERNAME',
    ]);
  });

  test('lets nobody but these jobs write, or speak for this repository', () => {
    const writing = Object.entries(jobs).map(([name, { permissions }]) => [
      name,
      Object.keys(permissions!)
        .filter((what) => permissions![what] === 'write')
        .sort(),
    ]);
    expect(Object.fromEntries(writing)).toEqual({
      ...Object.fromEntries(registries.map((registry) => [`package_${registry}`, []])),
      release: [],
      release_github: ['contents'],
      release_npm: ['id-token'],
      release_pypi: ['id-token'],
      release_maven: ['attestations', 'id-token'],
      release_nuget: ['attestations', 'id-token'],
      release_golang: [],
    });
  });
});
