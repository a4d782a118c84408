/**
 * What a consumer gets: the packed tarball, in an empty app that is written in plain JavaScript. `lib` and `assets` have to be
 * built before; the test task does so.
 */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const REPOSITORY = path.join(__dirname, '..', '..');
const NAME = 'cdk-access-key-rotation';

const APP = `
  const { App, Stack } = require('aws-cdk-lib');
  const { AccessKeyRotation, RotationSchedule } = require('${NAME}');
  const app = new App({ outdir: 'cdk.out' });
  const stack = new Stack(app, 'Consumer');
  const rotation = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'ci-deployer' }] });
  rotation.addUser({ userName: 'legacy-erp', schedule: RotationSchedule.ACTIVE_UNDER_90_DAYS });
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

  // As "npm install" would, but with the two peers from this repository in place of a registry.
  const modules = path.join(work, 'app', 'node_modules');
  fs.mkdirSync(modules, { recursive: true });
  run('tar', ['-xzf', path.join(work, path.basename(filename)), '-C', modules], work);
  fs.renameSync(path.join(modules, 'package'), path.join(modules, NAME));
  for (const peer of ['aws-cdk-lib', 'constructs']) {
    fs.symlinkSync(path.join(REPOSITORY, 'node_modules', peer), path.join(modules, peer), 'dir');
  }
}, 120_000);

afterAll(() => fs.rmSync(work, { recursive: true, force: true }));

describe('the tarball', () => {
  test.each([
    'lib/index.js', 'lib/index.d.ts', '.jsii', 'assets/rotator/rotator.lambda/index.mjs', 'LICENSE', 'README.md', 'package.json',
  ])('holds %s', (file) => {
    expect(files).toContain(file);
  });

  test.each([
    'src', 'test', 'examples', 'demo', 'bench', 'docs', 'coverage', 'dist', 'node_modules', 'projenrc', '.projen', '.github', '.ci', '.emulator', '.languages',
  ])('holds nothing of %s', (folder) => {
    expect(files.filter((file) => file.startsWith(`${folder}/`))).toEqual([]);
  });

  test('holds no file of the project itself', () => {
    const expected = ['.jsii', 'API.md', 'LICENSE', 'README.md', 'package.json'];
    expect(files.filter((file) => !file.includes('/') && !expected.includes(file))).toEqual([]);
  });

  test('holds no TypeScript but declarations', () => {
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
  });

  test('is smaller than 1.5 MB', () => {
    expect(size).toBeLessThan(1_500_000);
  });

  test('brings no dependencies, only peers', () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(work, 'app', 'node_modules', NAME, 'package.json'), 'utf8'));
    expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
    expect(manifest.bundledDependencies ?? manifest.bundleDependencies ?? []).toEqual([]);
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
  });
});

describe('an app that has installed it', () => {
  let template: any;

  beforeAll(() => {
    fs.writeFileSync(path.join(work, 'app', 'app.js'), APP);
    run(process.execPath, ['app.js'], path.join(work, 'app'));
    template = JSON.parse(fs.readFileSync(path.join(work, 'app', 'cdk.out', 'Consumer.template.json'), 'utf8'));
  }, 60_000);

  const bundle = () => path.join(work, 'app', 'node_modules', NAME, 'assets', 'rotator', 'rotator.lambda', 'index.mjs');
  const ofType = (type: string) => Object.values<any>(template.Resources).filter(({ Type }) => Type === type);

  test('synthesizes users, secrets, rules and first keys', () => {
    expect(ofType('AWS::IAM::User').map(({ Properties }) => Properties.UserName)).toEqual(['ci-deployer', 'legacy-erp']);
    expect(ofType('AWS::SecretsManager::Secret').map(({ Properties }) => Properties.Name)).toEqual(['ci-deployer', 'legacy-erp']);
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

  test('finds a handler in it', () => {
    const script = `import(${JSON.stringify(bundle())}).then(({ handler }) => console.log(typeof handler))`;
    expect(run(process.execPath, ['-e', script], work).trim()).toBe('function');
  });
});

function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, AWS_REGION: 'eu-central-1' } });
}
