/** Each test is run by `npm test` or by `npm run test:rest`, in one project of jest.config.js. */
import { readdirSync } from 'fs';
import { join } from 'path';

interface Config {
  readonly projects: { readonly displayName: string; readonly testRegex: string[] }[];
}

const TEST = join(__dirname, '..');
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

test('`npm test` and `npm run test:rest` run every file, and both of them what CI runs whole', () => {
  const filesOf = (scope: string) => new Set(Object.values(projects(scope)).flat());
  const [bounded, rest] = [filesOf('bounded'), filesOf('rest')];
  expect([...new Set([...bounded, ...rest])].sort()).toEqual(files);
  expect([...bounded].filter((file) => rest.has(file)).sort()).toEqual(['/test/clients/kills.test.ts']);
});
