/** Each test is in one project of jest.config.js, and is run by CI or each week. */
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';

interface Config {
  readonly projects: { readonly displayName: string; readonly testRegex: string[] }[];
}

const TEST = join(__dirname, '..');
const ROOT = join(TEST, '..');
/** They need compilers: only .ci/run runs them. */
const EXAMPLES = 'languages';
const files = readdirSync(TEST, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('/test', name))
  .sort();

/** The files of each project. */
function projects(scope?: string): Record<string, string[]> {
  process.env.TEST_SCOPE = scope ?? '';
  let config: Config | undefined;
  jest.isolateModules(() => {
    config = jest.requireActual('../../jest.config.js');
  });
  return Object.fromEntries(
    config!.projects.map(({ displayName, testRegex }) => {
      const patterns = testRegex.map((pattern) => new RegExp(pattern));
      return [displayName, files.filter((file) => patterns.some((pattern) => pattern.test(file)))];
    }),
  );
}

const scopeHere = process.env.TEST_SCOPE;
afterAll(() => {
  process.env.TEST_SCOPE = scopeHere ?? '';
});

test('each test is in exactly one project, and some are once more in that of the newest CDK', () => {
  const { 'synth-newest': newest, ...others } = projects();
  expect(Object.values(others).flat().sort()).toEqual(files);
  expect(newest.filter((file) => !others.synth.includes(file))).toEqual([]);
});

test('CI runs every file once, by `npm test` or `npm run test:rest`, but these, which a workflow runs each week', () => {
  const filesOf = (scope: string) => Object.values(projects(scope)).flat();
  const inCi = new Set([...filesOf('bounded'), ...filesOf('rest')]);
  expect(filesOf('bounded').filter((file) => filesOf('rest').includes(file))).toEqual([]);
  expect(files.filter((file) => !inCi.has(file))).toEqual(
    [
      'end-to-end/alarms',
      'end-to-end/change-window',
      'end-to-end/consumers/years',
      'end-to-end/lambda-nodes',
      'end-to-end/migration-import',
      'end-to-end/migration-rotators',
      'end-to-end/runbook-layouts',
      'integ/apps',
      'judges/suppressions',
      'judges/templates',
      'languages/package-managers',
      'load/deploy',
      'load/five-thousand',
      'load/many-on-monday',
      'soak/key-history',
      'soak/soak',
      'soak/watcher',
      'template/scale',
    ].map((name) => `/test/${name}.test.ts`),
  );
  expect([...new Set(filesOf('full'))].sort()).toEqual(files);
  const weekly = readFileSync(join(ROOT, '.github/workflows/weekly.yml'), 'utf8');
  for (const command of ['test:full', 'examples']) expect(weekly).toContain(`run: npm run ${command}\n`);
});

interface Task {
  readonly env?: { readonly TEST_SCOPE?: string };
  readonly steps?: { readonly exec?: string; readonly spawn?: string }[];
}
const { tasks } = JSON.parse(readFileSync(join(ROOT, '.projen/tasks.json'), 'utf8')) as { tasks: Record<string, Task> };

const selected = (command: string) => / --selectProjects ([\w -]+?)(?= --|$)/m.exec(command)?.[1].split(' ') ?? [];

test.each(['test', 'test:rest', 'test:full'])(
  '`npm run %s` selects each project that has tests in its scope',
  (name) => {
    const { env, steps = [] } = tasks[name];
    const inScope = Object.entries(projects(env!.TEST_SCOPE)).filter(([, tests]) => tests.length > 0);
    const expected = inScope.map(([project]) => project).filter((project) => project !== EXAMPLES);
    expect(steps.flatMap(({ exec = '' }) => selected(exec)).sort()).toEqual(expected.sort());
  },
);

test('the build of a pull request runs `npm test`, `npm run test:rest` and all judges', () => {
  const spawned = (name: string): string[] =>
    (tasks[name].steps ?? []).flatMap(({ spawn }) => (spawn ? [spawn, ...spawned(spawn)] : []));
  expect(readFileSync(join(ROOT, '.github/workflows/build.yml'), 'utf8')).toContain('run: npx projen build');
  expect(
    spawned('build')
      .filter((name) => /^(test|judges)/.test(name))
      .sort(),
  ).toEqual(['judges:slow', 'test', 'test:rest']);
  expect(tasks['judges:slow'].steps!.flatMap(({ exec = '' }) => selected(exec))).toEqual(['judges']);
  const judgesIn = ['judges:slow', 'test', 'test:rest'].flatMap((name) => projects(tasks[name].env!.TEST_SCOPE).judges);
  expect(judgesIn.sort()).toEqual(projects('full').judges);
});

test('.ci/run runs both, and beside them only the examples', () => {
  const script = readFileSync(join(ROOT, '.ci/run'), 'utf8');
  expect(script).toMatch(/^rest\(\) {\n(?:.*\n)*? {2}both examples 'npm run test:rest' /m);
  expect(script).toMatch(/npm test && rest /);
  expect(script).toMatch(/^ {2}TEST_SCOPE=bounded npx jest /m);
  expect(selected(script)).toEqual([EXAMPLES]);
});
