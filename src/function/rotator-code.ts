import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { FileAssetLocation, FileAssetPackaging, FileSystem, Lazy, Stack, Stage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ASSET_SALT } from '../contract/settings';

const PACKAGE_NAME = 'cdk-access-key-rotation';
const BUNDLE_FILE = 'index.mjs';
const BUNDLE = ['assets', 'rotator', 'rotator.lambda', BUNDLE_FILE];

/** The content of each file of the asset, by name. */
type Files = Readonly<Record<string, Buffer>>;

/**
 * The code of the Lambda, with the settings in files beside it. The environment of a function (4 KB) is too small for
 * more than about 60 users, and an account can have 5,000. The lists are complete only when all users are added, so the
 * asset is created during synth.
 *
 * `AssetStaging` of the CDK does not fit: it is a construct, and the tree is locked during synth. It also accepts a
 * folder that exists without reading its files.
 */
export class RotatorCode extends lambda.Code {
  public readonly isInline = false;
  private staged?: { readonly settings: string; readonly location: FileAssetLocation };

  /**
   * @param settings - returns the text of each file by its name. It is called several times, and the asset changes with
   *   its result
   * @param packageFolder - the folder of this package by default
   */
  constructor(
    private readonly settings: () => Readonly<Record<string, string>>,
    private readonly packageFolder?: string,
  ) {
    super();
  }

  public bind(scope: Construct): lambda.CodeConfig {
    const bundle = this.readBundle(scope);
    const location = () => this.stage(scope, bundle);
    return {
      s3Location: {
        bucketName: Lazy.uncachedString({ produce: () => location().bucketName }),
        objectKey: Lazy.uncachedString({ produce: () => location().objectKey }),
      },
    };
  }

  /** Read as one file, and not copied: Yarn Plug'n'Play keeps packages in zip files, which `fs.cpSync` cannot read. */
  private readBundle(scope: Construct): Buffer {
    try {
      const folder = this.packageFolder ?? join(__dirname, '..', '..'); // no bundler's ES module has a `__dirname`
      return readFileSync(join(folder, ...BUNDLE));
    } catch (error) {
      throw new Error(
        `${scope.node.path}: the code of the Lambda, ${BUNDLE.join('/')} of the package ${PACKAGE_NAME}, cannot be read (${(error as Error).message}).`
          + " It has to be at its place beside the package's other files."
          + ` If a bundler such as esbuild bundles the app, mark ${PACKAGE_NAME}, aws-cdk-lib and constructs as external`
          + ' (esbuild: --packages=external); otherwise install the package again.',
      );
    }
  }

  private stage(scope: Construct, bundle: Buffer): FileAssetLocation {
    const texts = Object.entries(this.settings());
    const settings = JSON.stringify(texts);
    if (this.staged?.settings !== settings) {
      const files: Files = {
        [BUNDLE_FILE]: bundle,
        ...Object.fromEntries(texts.map(([name, text]) => [name, Buffer.from(text)])),
      };
      const sourceHash = fingerprintOf(files, scope);
      const fileName = `asset.${sourceHash}`;
      const folder = join(Stage.of(scope)!.outdir, fileName);
      try {
        complete(folder, files);
      } catch (error) {
        throw new Error(
          `${scope.node.path}: ${folder}, the asset of the Lambda, cannot be written (${(error as Error).message}).`
            + ' The output folder needs free space and has to be writable. Correct this, or delete the folder of the asset, and synthesize again.',
        );
      }
      this.staged = {
        settings,
        location: Stack.of(scope).synthesizer.addFileAsset({
          fileName,
          sourceHash,
          packaging: FileAssetPackaging.ZIP_DIRECTORY,
        }),
      };
    }
    return this.staged.location;
  }
}

/**
 * The hash that the CDK gives to a folder with these files. Some synthesizers, such as that of cdk-stacksets, pass the
 * folder to the CDK again and expect the same hash. It follows from names and contents only: modes and times differ
 * between machines.
 */
function fingerprintOf(files: Files, scope: Construct): string {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'rotator-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return FileSystem.fingerprint(folder, { extraHash: scope.node.tryGetContext(ASSET_SALT) });
  } catch (error) {
    throw new Error(
      `${scope.node.path}: ${tmpdir()}, the folder for temporary files, cannot be written (${(error as Error).message}).`
        + ' The code of the Lambda needs free space there for a moment. Correct this, or set TMPDIR to another folder.',
    );
  } finally {
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes these files to a folder, and removes all others. An interrupted synth can leave any part of it, so each file
 * is compared.
 *
 * The folder has its final name from the start: a rename cannot replace a folder, and a cut synth would leave temporary
 * folders. Synths that run at the same time do not disturb each other. They write the same bytes to the same places,
 * and never shorten a file to nothing, so a file that is complete stays complete.
 */
function complete(folder: string, files: Files): void {
  removeUnless('Directory', folder);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!(name in files)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    removeUnless('File', file);
    if (existsSync(file) && readFileSync(file).equals(content)) continue;
    appendFileSync(file, ''); // creates it, and truncates nothing
    writeFileSync(file, content, { flag: 'r+' });
    truncateSync(file, content.length);
  }
}

/** A link is neither file nor directory here: what it points to can change, or belong to another program. */
function removeUnless(kind: 'Directory' | 'File', path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found && !found[`is${kind}`]()) rmSync(path, { recursive: true, force: true });
}
