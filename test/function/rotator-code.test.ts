/** The asset of the Lambda in the output folder of an app is complete, also after an interrupted synth. */
import fs from 'fs'; // the module itself, for the mocks
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { App, AssetStaging, Stack, Stage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3assets from 'aws-cdk-lib/aws-s3-assets';
import { RotatorCode } from '../../src/function/rotator-code';

const USERS = '[["alice",{}],["bob",{"maxDelayDays":7}]]';
const CODE = 'export const handler = () => {};\n'.repeat(1000);
const SALT = '@aws-cdk/core:assetHashSalt';

let directory: string;
let packageFolder: string;
let outdir: string;

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), 'rotator-code-'));
  packageFolder = join(directory, 'package');
  outdir = join(directory, 'cdk.out');
  fs.mkdirSync(bundle(), { recursive: true });
  fs.writeFileSync(bundle('index.mjs'), CODE);
});

afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(directory, { recursive: true, force: true });
});

const bundle = (file = '') => join(packageFolder, 'assets', 'rotator', 'rotator.lambda', file);

interface Synth {
  readonly users?: string;
  readonly context?: Record<string, unknown>;
  readonly inStage?: boolean;
}

/** @returns the folder of the asset, and the object key that the template has */
function synth({ users = USERS, context, inStage }: Synth = {}): { readonly asset: string; readonly key: string } {
  const app = new App({ outdir, context });
  const stack = new Stack(inStage ? new Stage(app, 'Stage') : app, 'Stack');
  new lambda.Function(stack, 'Function', {
    code: new RotatorCode(() => ({ 'users.json': users }), packageFolder),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_22_X,
  });
  app.synth();
  const assembly = inStage ? join(outdir, 'assembly-Stage') : outdir;
  const read = (kind: string) => {
    const name = fs.readdirSync(assembly).find((file) => file.endsWith(`.${kind}.json`))!;
    return JSON.parse(fs.readFileSync(join(assembly, name), 'utf8'));
  };
  const resources = Object.values<any>(read('template').Resources);
  const key: string = resources.find(({ Type }) => Type === 'AWS::Lambda::Function').Properties.Code.S3Key;
  const { source } = read('assets').files[key.replace('.zip', '')];
  return { asset: join(assembly, source.path), key };
}

function expectComplete(asset: string): void {
  expect(fs.lstatSync(asset).isDirectory()).toBe(true);
  expect(fs.readdirSync(asset).sort()).toEqual(['index.mjs', 'users.json']);
  for (const name of fs.readdirSync(asset)) expect(fs.lstatSync(join(asset, name)).isFile()).toBe(true);
  expect(fs.readFileSync(join(asset, 'index.mjs'), 'utf8')).toBe(CODE);
  expect(fs.readFileSync(join(asset, 'users.json'), 'utf8')).toBe(USERS);
}

describe('what an earlier synth left does not count as complete:', () => {
  const LEFT: Record<string, (asset: string) => void> = {
    'an empty folder': (asset) => {
      fs.rmSync(asset, { recursive: true });
      fs.mkdirSync(asset);
    },
    'code without the list of users': (asset) => fs.rmSync(join(asset, 'users.json')),
    'a list of users without code': (asset) => fs.rmSync(join(asset, 'index.mjs')),
    'half of the code': (asset) => fs.truncateSync(join(asset, 'index.mjs'), 10),
    'an empty list of users': (asset) => fs.truncateSync(join(asset, 'users.json')),
    'code of the right length without content': (asset) =>
      fs.writeFileSync(join(asset, 'index.mjs'), Buffer.alloc(CODE.length)),
    'code that is too long': (asset) => fs.appendFileSync(join(asset, 'index.mjs'), 'export {'),
    'a file that does not belong there': (asset) => fs.writeFileSync(join(asset, 'index.js'), ''),
    'a folder that does not belong there': (asset) =>
      fs.mkdirSync(join(asset, 'node_modules', 'x'), { recursive: true }),
    'a folder in place of a file': (asset) => {
      fs.rmSync(join(asset, 'users.json'));
      fs.mkdirSync(join(asset, 'users.json', 'x'), { recursive: true });
    },
    'a file in place of the folder': (asset) => {
      fs.rmSync(asset, { recursive: true });
      fs.writeFileSync(asset, '');
    },
    'a link that points nowhere': (asset) => {
      fs.rmSync(asset, { recursive: true });
      fs.symlinkSync(join(directory, 'nowhere'), asset, 'dir');
    },
  };

  test.each(Object.entries(LEFT))('%s', (_what, leave) => {
    const first = synth();
    expectComplete(first.asset);
    leave(first.asset);

    const second = synth();
    expectComplete(second.asset);
    expect(second.key).toBe(first.key);
  });

  test('a link to the package, which is not written to', () => {
    const { asset } = synth();
    fs.rmSync(join(asset, 'index.mjs'));
    fs.symlinkSync(bundle('index.mjs'), join(asset, 'index.mjs'));
    fs.rmSync(join(asset, 'users.json'));
    fs.symlinkSync(bundle('users.json'), join(asset, 'users.json'));

    expectComplete(synth().asset);
    expect(fs.readdirSync(bundle())).toEqual(['index.mjs']);
  });

  test('what is complete is not written again, so a deploy can read it at the same time', () => {
    const { asset } = synth();
    const times = () => fs.readdirSync(asset).map((name) => fs.statSync(join(asset, name), { bigint: true }).mtimeNs);
    const before = times();

    synth();
    expect(times()).toEqual(before);
  });

  test('a file that is written by two synths at once is at no time shorter', () => {
    const { asset } = synth();
    const file = join(asset, 'index.mjs');
    // The second synth has read the file when the first one had written half of it.
    const real = fs.readFileSync;
    jest
      .spyOn(fs, 'readFileSync')
      .mockImplementation(((path: string, ...rest: any[]) =>
        path === file ? Buffer.from(CODE.slice(0, 10)) : real(path, ...rest)) as any);
    const sizes: number[] = [];
    const write = fs.writeFileSync;
    jest.spyOn(fs, 'writeFileSync').mockImplementation(((path: any, content: any, options: any) => {
      if (path === file) {
        fs.closeSync(fs.openSync(file, options?.flag ?? 'w')); // what opening it does, before anything is written
        sizes.push(fs.statSync(file).size);
      }
      write(path, content, options);
    }) as any);

    synth();
    jest.restoreAllMocks();
    expect([...new Set(sizes)]).toEqual([CODE.length]);
    expectComplete(asset);
  });

  test('nothing is left beside the asset', () => {
    synth();
    expect(
      fs
        .readdirSync(outdir)
        .map((name) => name.replace(/[0-9a-f]{64}/, '…'))
        .sort(),
    ).toEqual(['Stack.assets.json', 'Stack.template.json', 'asset.…', 'cdk.out', 'manifest.json', 'tree.json']);
  });

  test('a full disk: the message says what to do, and the next synth completes the folder', () => {
    const write = fs.writeFileSync;
    const mocked = jest.spyOn(fs, 'writeFileSync').mockImplementation(((file: any, content: any, options: any) => {
      if (!content.includes('alice') || !file.startsWith(outdir)) return write(file, content, options);
      write(file, content.slice(0, 5));
      throw new Error('ENOSPC: no space left on device, write');
    }) as any);
    expect(() => synth()).toThrow(
      /Stack\/Function: .*cdk\.out.asset\.[0-9a-f]{64}, the asset of the Lambda, cannot be written \(ENOSPC: no space left on device, write\)\. The output folder needs free space and has to be writable\. Correct this, or delete the folder of the asset, and synthesize again\./,
    );
    mocked.mockRestore();

    expectComplete(synth().asset);
  });

  test('a full folder for temporary files: the message says what to do, and nothing is left there', () => {
    let folder: string | undefined;
    jest.spyOn(fs, 'writeFileSync').mockImplementationOnce(((file: string) => {
      folder = dirname(file);
      throw new Error('ENOSPC: no space left on device, write');
    }) as any);
    expect(() => synth()).toThrow(
      `Stack/Function: ${tmpdir()}, the folder for temporary files, cannot be written (ENOSPC: no space left on device, write).`
        + ' The code of the Lambda needs free space there for a moment. Correct this, or set TMPDIR to another folder.',
    );
    expect(dirname(folder!)).toBe(tmpdir());
    expect(fs.existsSync(folder!)).toBe(false);
  });
});

describe('the package can be stored in any way:', () => {
  const writable = (path: string) => /[2367]..$/.test(fs.statSync(path).mode.toString(8));

  test('read-only, as in Bazel, Nix and CI images: the asset does not get the modes', () => {
    const { key } = synth();
    fs.rmSync(outdir, { recursive: true });
    fs.chmodSync(bundle('index.mjs'), 0o444);
    fs.chmodSync(bundle(), 0o555);

    const { asset, key: readOnly } = synth();
    expectComplete(asset);
    expect([asset, join(asset, 'index.mjs'), join(asset, 'users.json')].filter((path) => !writable(path))).toEqual([]);
    expect(readOnly).toBe(key);
    fs.chmodSync(bundle(), 0o755);
  });

  test('a folder that is a link, as npm link and pnpm make it: nothing is written into the package', () => {
    const target = join(directory, 'store');
    fs.renameSync(bundle(), target);
    fs.symlinkSync(target, bundle(), 'dir');

    expectComplete(synth().asset);
    expect(fs.readdirSync(target)).toEqual(['index.mjs']);
  });

  test('files that are links, as Bazel makes them: the asset has the content', () => {
    fs.renameSync(bundle('index.mjs'), join(directory, 'stored'));
    fs.symlinkSync(join(directory, 'stored'), bundle('index.mjs'));

    expectComplete(synth().asset);
  });

  test('without the folder, the message names it, the rule and the fix', () => {
    fs.rmSync(bundle(), { recursive: true });
    const file = bundle('index.mjs');

    expect(() => synth()).toThrow(
      'Stack/Function: the code of the Lambda, assets/rotator/rotator.lambda/index.mjs of the package cdk-access-key-rotation,'
        + ` cannot be read (ENOENT: no such file or directory, open '${file}').`
        + " It has to be at its place beside the package's other files."
        + ' If a bundler such as esbuild bundles the app, mark cdk-access-key-rotation, aws-cdk-lib and constructs as external'
        + ' (esbuild: --packages=external); otherwise install the package again.',
    );
  });
});

describe('the object key', () => {
  test('follows from the content: of the code, and of the list', () => {
    const { key } = synth();
    const { key: otherUsers } = synth({ users: '[]' });
    fs.appendFileSync(bundle('index.mjs'), '\n');
    const { key: otherCode } = synth();

    expect(new Set([key, otherUsers, otherCode]).size).toBe(3);
  });

  test.each([undefined, 'salt'])(
    'is the one that the CDK gives to the same folder, with the context key %s: cdk-stacksets depends on it',
    (salt) => {
      const context = { [SALT]: salt };
      const { asset, key } = synth({ context });
      AssetStaging.clearAssetHashCache(); // across apps, without the salt
      const again = new s3assets.Asset(new Stack(new App({ outdir, context })), 'Asset', { path: asset });
      expect(again.s3ObjectKey).toBe(key);
    },
  );

  test('follows from nothing else', () => {
    const { key } = synth();
    fs.utimesSync(bundle('index.mjs'), 1, 1);
    fs.chmodSync(bundle('index.mjs'), 0o755);
    const moved = join(directory, 'moved');
    fs.renameSync(packageFolder, moved);
    packageFolder = moved;
    outdir = join(directory, 'elsewhere');

    expect(synth().key).toBe(key);
    expect(synth({ inStage: true }).key).toBe(key);
  });

  test("changes with the CDK's own context key for this, as those of the CDK's assets do", () => {
    const keys = ['', '1', '2'].map((salt) => {
      const { asset, key } = synth({ context: { [SALT]: salt } });
      expectComplete(asset);
      AssetStaging.clearAssetHashCache(); // across apps, without the salt
      const stack = new Stack(new App({ outdir, context: { [SALT]: salt } }));
      return [key, new s3assets.Asset(stack, 'Asset', { path: bundle() }).assetHash];
    });
    expect(new Set(keys.flat()).size).toBe(6);
    expect(keys[0][0]).toBe(synth().key);
  });
});
