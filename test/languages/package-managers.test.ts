/**
 * The first app of the README, installed as consumers do: each package manager gives the same Lambda, with the oldest
 * and the newest CDK, and the synth prints no warning.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModuleKind, transpile } from 'typescript';
import { readmeApp } from './readme';
import { cdkOf, type Environment, execute, outputsOf, REPOSITORY, tarball, workplace } from './workplace';
import { LAMBDA_NODES, lambdaNode } from '../local-aws/lambda-node';

const HOME = join(workplace(), 'package-managers');
const TOOLS = join(HOME, 'tools');
const YARN = join(TOOLS, 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
const PNPM = join(TOOLS, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
const NPM_OPTIONS = ['--no-audit', '--no-fund', '--prefer-offline'];

const APP = transpile(readmeApp('ts nofixture'), { module: ModuleKind.CommonJS });

const { devDependencies, peerDependencies } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
const [OLDEST, NEWEST] = [cdkOf('oldest'), cdkOf('newest')];
const CDKS = {
  'the oldest CDK': { 'aws-cdk-lib': OLDEST.version, constructs: devDependencies.constructs },
  'the newest CDK': { 'aws-cdk-lib': NEWEST.version, constructs: peerDependencies.constructs },
};

/** Yarn, unlike npm and pnpm, fetches what the CDK bundles, and not each registry has it: it takes what is bundled. */
const BUNDLED = Object.fromEntries(
  readdirSync(join(NEWEST.directory, 'node_modules', '@aws')).map((name) => [
    `@aws/${name}`,
    `file:${join(NEWEST.directory, 'node_modules', '@aws', name)}`,
  ]),
);

/** What a synth leaves. */
interface Synthesis {
  /** The files of the assets, by path in the assembly. */
  readonly assets: Files;
  /** All that the app itself prints. */
  readonly printed: string;
  /** The files of the assembly with warnings and errors, which the CDK CLI prints. */
  readonly warnings: string[];
}

const SILENT = { printed: '', warnings: [] };

type Files = Record<string, string>;
let nodes: string[];
let expected: Synthesis;

beforeAll(async () => {
  write(TOOLS, { 'package.json': '{ "private": true }' });
  await execute(TOOLS, {}, 'npm', 'install', ...NPM_OPTIONS, '@yarnpkg/cli-dist@4.18.1', 'pnpm@10.34.9');
  const others = await Promise.all(LAMBDA_NODES.map(lambdaNode));
  nodes = [process.execPath, ...others.map(({ directory }) => join(directory, 'node'))];
  expected = await synthesized(write(inNpmApp('plain'), { 'app.js': APP }), process.execPath);
});

test('an app of npm has the Lambda and its list of users, and is synthesized without a warning', () => {
  const names = Object.keys(expected.assets).map((name) => name.replace(/[0-9a-f]{64}/, '…'));
  expect(names).toEqual(['asset.…/index.mjs', 'asset.…/subscriptions.json', 'asset.…/users.json']);
  expect(expected).toMatchObject(SILENT);
});

describe.each(Object.entries(CDKS))('with %s, the asset is the same and there is no warning', (name, cdk) => {
  const app = (directory: string, more: object = {}) =>
    write(directory, {
      'app.js': APP,
      'package.json': JSON.stringify({
        name: 'infrastructure',
        private: true,
        dependencies: { ...cdk, 'cdk-access-key-rotation': `file:${tarball()}` },
        ...more,
      }),
    });

  /** Also where an API of the CDK that is deprecated is an error. */
  async function expectSame(directory: string, versions: readonly string[], ...options: string[]): Promise<void> {
    const same = { ...expected, ...SILENT };
    for (const node of versions) expect(await synthesized(directory, node, {}, ...options)).toEqual(same);
    const strict = { JSII_DEPRECATED: 'fail' };
    expect(await synthesized(directory, versions[0], strict, ...options)).toEqual(same);
  }

  test("in Yarn's zip files (Plug'n'Play), with each Node", async () => {
    const directory = write(app(join(HOME, `yarn ${name}`), { resolutions: BUNDLED }), { 'yarn.lock': '' });
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

    await expectSame(directory, nodes, '--require', './.pnp.cjs');
  });

  test('in the store of pnpm, with each Node', async () => {
    const directory = app(join(HOME, `pnpm ${name}`));
    const store = ['--store-dir', join(HOME, 'pnpm')];
    await execute(directory, {}, process.execPath, PNPM, 'install', '--no-frozen-lockfile', ...store);

    await expectSame(directory, nodes);
  });

  test('in the root folder of npm workspaces', async () => {
    const root = write(join(HOME, `npm ${name}`), {
      'package.json': '{ "private": true, "workspaces": ["packages/*"] }',
    });
    const directory = app(join(root, 'packages', 'infrastructure'));
    await execute(root, {}, 'npm', 'install', ...NPM_OPTIONS);

    expect(readdirSync(directory).sort()).toEqual(['app.js', 'package.json']);
    await expectSame(directory, [process.execPath]);
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
      'Error: AccessKeys/Rotation/Rotator/Handler: the code of the Lambda, assets/rotator/rotator.lambda/index.mjs of the package'
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

async function synthesized(
  directory: string,
  node: string,
  environment: Environment = {},
  ...options: string[]
): Promise<Synthesis> {
  const assembly = join(directory, 'cdk.out');
  rmSync(assembly, { recursive: true, force: true });
  const app = { CDK_OUTDIR: assembly, JSII_DEPRECATED: '', ...environment };
  const { stdout, stderr } = await outputsOf(directory, app, node, ...options, 'app.js');
  const files = readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(mjs|json)$/.test(name))
    .sort()
    .map((name) => [name, readFileSync(join(assembly, name), 'utf8')] as const);
  return {
    assets: Object.fromEntries(files.filter(([name]) => /^asset\.\w+./.test(name))),
    printed: stdout + stderr,
    warnings: files.filter(([, content]) => /"aws:cdk:(warning|error)"/.test(content)).map(([name]) => name),
  };
}
