/**
 * What a consumer gets: the packed tarball, in an empty app that is written in plain JavaScript. `lib` and `assets`
 * have to be built before; the test task does so.
 */
import { execFileSync, spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const REPOSITORY = path.join(__dirname, '..', '..');
const NAME = 'cdk-access-key-rotation';

const APP = `
  const { App, Duration, Stack } = require('aws-cdk-lib');
  const { AccessKeyRotation, RotationSchedule } = require('${NAME}');
  const app = new App({ outdir: 'cdk.out' });
  const stack = new Stack(app, 'Consumer');
  const rotation = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'ci-deployer' }] });
  rotation.addUser({ userName: 'legacy-erp', schedule: RotationSchedule.activeUnder(Duration.days(90)) });
  app.synth();
`;

let work: string;
let size: number;
let files: string[];

beforeAll(() => {
  work = fs.mkdtempSync(path.join(os.tmpdir(), 'tarball-'));
  const packed = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', work], REPOSITORY);
  const [{ filename, size: bytes, files: entries }] = JSON.parse(packed.slice(packed.indexOf('[')));
  size = bytes;
  files = entries.map((entry: { path: string }) => entry.path);

  // npm installs it; the two peers come from this repository in place of a registry.
  fs.mkdirSync(path.join(work, 'app'));
  fs.writeFileSync(path.join(work, 'app', 'package.json'), '{ "private": true }');
  run(
    'npm',
    ['install', '--offline', '--legacy-peer-deps', '--no-audit', '--no-fund', path.join(work, path.basename(filename))],
    path.join(work, 'app'),
  );
  const modules = path.join(work, 'app', 'node_modules');
  for (const peer of ['aws-cdk-lib', 'constructs']) {
    fs.symlinkSync(path.join(REPOSITORY, 'node_modules', peer), path.join(modules, peer), 'dir');
  }
});

afterAll(() => fs.rmSync(work, { recursive: true, force: true }));

describe('the tarball', () => {
  test.each([
    'lib/index.js',
    'lib/index.d.ts',
    '.jsii',
    '.jsii.tabl.json',
    'assets/rotator/rotator.lambda/index.mjs',
    'assets/rotator/rotator.lambda/sbom.cdx.json',
    'assets/rotator/rotator.lambda/LICENSES.txt',
    'clients/access-key-audit',
    'clients/access-key-coverage',
    'clients/aws-current-key',
    'LICENSE',
    'README.md',
    'package.json',
  ])('holds %s', (file) => {
    expect(files).toContain(file);
  });

  test('holds three folders, and no file of the project itself', () => {
    const top = new Set(files.map((file) => file.split('/')[0]));
    expect([...top].sort()).toEqual([
      '.jsii',
      '.jsii.tabl.json',
      'API.md',
      'LICENSE',
      'README.md',
      'assets',
      'clients',
      'lib',
      'package.json',
    ]);
  });

  test.each([
    ['access-key-audit', /a report for auditors from the log/],
    ['access-key-coverage', /which active access keys of an AWS account no rotation has/],
    ['aws-current-key', /credential_process/],
  ])('holds the program %s, which can be run', (name, help) => {
    const program = path.join(work, 'app', 'node_modules', NAME, 'clients', name);
    expect(run(program, ['--help'], work).replace(/\s+/g, ' ')).toMatch(help);
  });

  test('holds no other program', () => {
    expect(files.filter((file) => file.startsWith('clients/'))).toEqual(
      ['access-key-audit', 'access-key-coverage', 'aws-current-key'].map((name) => `clients/${name}`),
    );
  });

  test('holds the Lambda, its SBOM and its licences, and nothing else, among its assets', () => {
    const folder = 'assets/rotator/rotator.lambda';
    expect(files.filter((file) => file.startsWith('assets/')).sort()).toEqual([
      `${folder}/LICENSES.txt`,
      `${folder}/index.mjs`,
      `${folder}/sbom.cdx.json`,
    ]);
  });

  test('holds a program and its declarations, and neither tests nor maps, in its library', () => {
    const strange = files.filter(
      (file) => file.startsWith('lib/') && (!/\.(js|d\.ts)$/.test(file) || /test|spec|example|bench/.test(file)),
    );
    expect(strange).toEqual([]);
  });

  test('is smaller than 1.5 MB', () => {
    expect(size).toBeLessThan(1_500_000);
  });

  test('runs nothing while it is installed', () => {
    expect(Object.keys(manifest().scripts).filter((script) => /install|prepare|^(pre|post)pack/.test(script))).toEqual(
      [],
    );
  });

  test('brings no dependencies, only peers', () => {
    const {
      dependencies,
      bundledDependencies,
      bundleDependencies,
      optionalDependencies,
      peerDependencies,
      devDependencies: tested,
    } = manifest();
    expect({ ...dependencies, ...optionalDependencies }).toEqual({});
    expect(bundledDependencies ?? bundleDependencies ?? []).toEqual([]);
    expect(peerDependencies).toEqual({
      'aws-cdk-lib': `^${tested['aws-cdk-lib']}`,
      constructs: `^${tested.constructs}`,
    });
  });
});

const manifest = () =>
  JSON.parse(fs.readFileSync(path.join(work, 'app', 'node_modules', NAME, 'package.json'), 'utf8'));

describe('an app that has installed it', () => {
  let template: any;

  beforeAll(() => {
    fs.writeFileSync(path.join(work, 'app', 'app.js'), APP);
    run(process.execPath, ['app.js'], path.join(work, 'app'));
    template = JSON.parse(fs.readFileSync(path.join(work, 'app', 'cdk.out', 'Consumer.template.json'), 'utf8'));
  });

  const bundle = () => path.join(work, 'app', 'node_modules', NAME, 'assets', 'rotator', 'rotator.lambda', 'index.mjs');
  const ofType = (type: string) => Object.values<any>(template.Resources).filter(({ Type }) => Type === type);

  test('synthesizes users, secrets, rules and first keys', () => {
    expect(ofType('AWS::IAM::User').map(({ Properties }) => Properties.UserName)).toEqual([
      'ci-deployer',
      'legacy-erp',
    ]);
    expect(ofType('AWS::SecretsManager::Secret').map(({ Properties }) => Properties.Name)).toEqual([
      'ci-deployer',
      'legacy-erp',
    ]);
    expect(ofType('AWS::Events::Rule')).toHaveLength(6);
    expect(ofType('Custom::AccessKeyRotationFirstKey')).toHaveLength(2);
  });

  test('deploys the Lambda that came with the tarball, and needs no bundler', () => {
    const assembly = path.join(work, 'app', 'cdk.out');
    const { files: assets } = JSON.parse(fs.readFileSync(path.join(assembly, 'Consumer.assets.json'), 'utf8'));
    const [{ Properties }] = ofType('AWS::Lambda::Function');
    const { source } = assets[Properties.Code.S3Key.replace('.zip', '')];
    expect(fs.readFileSync(path.join(assembly, source.path, 'index.mjs')).equals(fs.readFileSync(bundle()))).toBe(true);
  });

  test('has nothing else to install', () => {
    const installed = fs.readdirSync(path.join(work, 'app', 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed.sort()).toEqual(['aws-cdk-lib', NAME, 'constructs']);
  });

  test('finds a handler in it', () => {
    const script = `import(${JSON.stringify(bundle())}).then(({ handler }) => console.log(typeof handler))`;
    expect(run(process.execPath, ['-e', script], work).trim()).toBe('function');
  });
});

describe('an app in the wrong surroundings is told what to do:', () => {
  /** An app that has the package, and in place of its peers what is given, by name. */
  function load(peers: Record<string, string>, node = process.versions.node): string {
    const modules = path.join(fs.mkdtempSync(path.join(work, 'surroundings-')), 'node_modules');
    fs.cpSync(path.join(work, 'app', 'node_modules', NAME), path.join(modules, NAME), { recursive: true });
    for (const [peer, version] of Object.entries(peers)) {
      fs.mkdirSync(path.join(modules, peer));
      fs.writeFileSync(path.join(modules, peer, 'package.json'), JSON.stringify({ name: peer, version }));
    }
    const script = `Object.defineProperty(process.versions, 'node', { value: '${node}' }); require('${NAME}')`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], {
      cwd: path.dirname(modules),
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    return /^Error: (.*)$/m.exec(stderr)![1];
  }

  const needs = (peer: string) => `${NAME} needs ${peer} ${manifest().peerDependencies[peer]}`;

  test.each([
    [
      'a CDK that is too old',
      { 'aws-cdk-lib': '2.188.1', constructs: '10.5.0' },
      'aws-cdk-lib',
      '2.188.1 is installed. Upgrade it',
    ],
    [
      'a CDK whose number only looks newer',
      { 'aws-cdk-lib': '2.99.9', constructs: '10.5.0' },
      'aws-cdk-lib',
      '2.99.9 is installed. Upgrade it',
    ],
    ['no CDK', { constructs: '10.5.0' }, 'aws-cdk-lib', 'it is not installed. Install it'],
    [
      'constructs that are too old',
      { 'aws-cdk-lib': '3.0.0', constructs: '10.4.5' },
      'constructs',
      '10.4.5 is installed. Upgrade it',
    ],
    ['no constructs', { 'aws-cdk-lib': '3.0.0' }, 'constructs', 'it is not installed. Install it'],
  ])('%s', (_what, peers, peer, found) => {
    expect(load(peers)).toBe(`${needs(peer)}, but ${found}.`);
  });

  test('a Node that cannot read the code', () => {
    expect(load({}, '14.21.3')).toBe(`${NAME} needs Node.js 20 or newer, but this is 14.21.3. Upgrade Node.js.`);
  });
});

function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AWS_REGION: 'eu-central-1' },
  });
}
