/** Consumer apps whose packages are not plain folders in `node_modules`: each has the same Lambda as an app of npm. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cdkVersion, execute, REPOSITORY, tarball, workplace } from './workplace';
import { LAMBDA_NODES, lambdaNode } from '../local-aws/lambda-node';

const HOME = join(workplace(), 'package-managers');
const TOOLS = join(HOME, 'tools');
const YARN = join(TOOLS, 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
const PNPM = join(TOOLS, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
const NPM_OPTIONS = ['--no-audit', '--no-fund', '--prefer-offline'];

const APP = `
  const { App, Stack } = require('aws-cdk-lib');
  const { AccessKeyRotation } = require('cdk-access-key-rotation');
  const app = new App({ outdir: 'cdk.out' });
  new AccessKeyRotation(new Stack(app, 'Keys'), 'Rotation', { users: [{ userName: 'ci-deployer' }] });
  app.synth();
`;

const OLDEST: Record<string, string> = JSON.parse(
  readFileSync(join(REPOSITORY, 'package.json'), 'utf8'),
).devDependencies;

/** Versions of the CDK and of constructs. The newest is left out: the packages that it bundles are not everywhere. */
const CDKS = {
  'the oldest CDK': { 'aws-cdk-lib': OLDEST['aws-cdk-lib'], constructs: OLDEST.constructs },
  'the CDK of the examples': { 'aws-cdk-lib': cdkVersion(), constructs: '^10.5.0' },
};

type Files = Record<string, string>;
let nodes: string[];
let expected: Files;

beforeAll(async () => {
  write(TOOLS, { 'package.json': '{ "private": true }' });
  await execute(TOOLS, {}, 'npm', 'install', ...NPM_OPTIONS, '@yarnpkg/cli-dist@4.18.1', 'pnpm@10.34.9');
  const others = await Promise.all(LAMBDA_NODES.map(lambdaNode));
  nodes = [process.execPath, ...others.map(({ directory }) => join(directory, 'node'))];
  expected = await synthesized(write(inNpmApp('plain'), { 'app.js': APP }), process.execPath);
});

test('an app of npm has the Lambda and its list of users', () => {
  expect(Object.keys(expected).map((name) => name.replace(/[0-9a-f]{64}/, '…'))).toEqual([
    'asset.…/index.mjs',
    'asset.…/users.json',
  ]);
});

describe.each(Object.entries(CDKS))('with %s, the asset is the same', (name, cdk) => {
  const manifest = (path: string) =>
    JSON.stringify({
      name: 'infrastructure',
      private: true,
      dependencies: { ...cdk, 'cdk-access-key-rotation': `file:${path}` },
    });
  const app = (manager: string) =>
    write(join(HOME, `${manager} ${name}`), { 'app.js': APP, 'package.json': manifest(tarball()) });

  test("in Yarn's zip files (Plug'n'Play), with each Node", async () => {
    const directory = write(app('yarn'), { 'yarn.lock': '' });
    const setting = async (key: string) => (await execute(HOME, {}, 'npm', 'config', 'get', key)).trim();
    const authorities = await setting('cafile');
    const yarn = {
      YARN_NPM_REGISTRY_SERVER: await setting('registry'),
      ...(authorities !== 'null' && { YARN_HTTPS_CA_FILE_PATH: authorities }),
      YARN_NODE_LINKER: 'pnp',
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      YARN_CACHE_FOLDER: join(HOME, 'yarn'),
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', // there is no lock file, also in CI
      YARN_ENABLE_TELEMETRY: 'false',
    };
    await execute(directory, yarn, process.execPath, YARN, 'install');

    for (const node of nodes) {
      expect(await synthesized(directory, node, '--require', './.pnp.cjs')).toEqual(expected);
    }
  });

  test('in the store of pnpm, with each Node', async () => {
    const directory = app('pnpm');
    const store = ['--store-dir', join(HOME, 'pnpm')];
    await execute(directory, {}, process.execPath, PNPM, 'install', '--no-frozen-lockfile', ...store);

    for (const node of nodes) expect(await synthesized(directory, node)).toEqual(expected);
  });

  test('in the root folder of npm workspaces', async () => {
    const root = write(join(HOME, `npm ${name}`), {
      'package.json': '{ "private": true, "workspaces": ["packages/*"] }',
    });
    const directory = write(join(root, 'packages', 'infrastructure'), {
      'app.js': APP,
      'package.json': manifest(tarball()),
    });
    await execute(root, {}, 'npm', 'install', ...NPM_OPTIONS);

    expect(readdirSync(directory).sort()).toEqual(['app.js', 'package.json']);
    expect(await synthesized(directory, process.execPath)).toEqual(expected);
  });
});

describe('an app that esbuild bundles', () => {
  async function bundled(name: string, ...options: string[]): Promise<string> {
    const directory = write(inNpmApp(name), { 'source.js': APP });
    const esbuild = join(REPOSITORY, 'node_modules', '.bin', 'esbuild');
    await execute(directory, {}, esbuild, 'source.js', '--bundle', '--platform=node', '--outfile=app.js', ...options);
    return directory;
  }

  const MESSAGE = (error: string) =>
    new RegExp(
      'Error: Keys/Rotation/Rotator/Handler: the code of the Lambda, assets/rotator/rotator.lambda/index.mjs of the package'
        + ` cdk-access-key-rotation, cannot be read \\(${error}.*\\)\\. .* mark cdk-access-key-rotation, aws-cdk-lib and`
        + ' constructs as external \\(esbuild: --packages=external\\); otherwise install the package again\\.',
    );

  test('has the same asset if the packages are external', async () => {
    expect(await synthesized(await bundled('external', '--packages=external'), process.execPath)).toEqual(expected);
  });

  test('names what is missing and the option if they are not', async () => {
    const directory = await bundled('whole');
    await expect(synthesized(directory, process.execPath)).rejects.toThrow(
      MESSAGE('ENOENT: no such file or directory, open .*assets.rotator.rotator\\.lambda.index\\.mjs'),
    );
  });

  test('and as an ES module, which has no __dirname', async () => {
    const banner = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
    const external = ['--external:aws-cdk-lib', '--external:constructs'];
    const directory = await bundled('module', '--format=esm', `--banner:js=${banner}`, ...external);
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
    await expect(synthesized(directory, process.execPath)).rejects.toThrow(MESSAGE('__dirname is not defined'));
  });
});

/** A folder in the app that npm installed before all tests. */
function inNpmApp(name: string): string {
  return join(workplace(), 'typescript', `package-managers-${name}`);
}

function write(directory: string, files: Files): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

/** The files of the assets, by path in the assembly, which `app.js` synthesizes. */
async function synthesized(directory: string, node: string, ...options: string[]): Promise<Files> {
  const assembly = join(directory, 'cdk.out');
  rmSync(assembly, { recursive: true, force: true });
  await execute(directory, {}, node, ...options, 'app.js');
  const files = readdirSync(assembly, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^asset\.\w+./.test(name),
  );
  return Object.fromEntries(
    files
      .filter((name) => /\.(mjs|json)$/.test(name))
      .sort()
      .map((name) => [name, readFileSync(join(assembly, name), 'utf8')]),
  );
}
